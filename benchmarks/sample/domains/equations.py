"""Linear equations: solve for an unknown, then go on with it.

The coefficients are drawn together with a hidden solution, so that every equation has an integer
solution; the steps undo the operations from the outside in.
"""

from benchmarks.sample.draws import below, between, divisor_of, made
from benchmarks.sample.story import Domain, Setting, ask, beat, step
from benchmarks.sample.words import nouns, phrases

_OPENINGS = (
    beat(
        "> x",
        {"b": between(2, 50), "_x": between(2, 60), "c": made(lambda v: v["_x"] + v["b"])},
        (step("x = c - b", "{cur} = {eq}", "{cur} = {eq}"),),
        en=(
            "Solve the equation {cur} + {b} = {c}.",
            "If {b} is added to the unknown {cur}, {c} results.",
        ),
        zh=("解方程{cur} + {b} = {c}。", "未知数{cur}加上{b}等于{c}。"),
    ),
    beat(
        "> x",
        {"a": between(2, 9), "_x": between(2, 20), "c": made(lambda v: v["a"] * v["_x"])},
        (step("x = c / a", "{cur} = {eq}", "{cur} = {eq}"),),
        en=("Solve the equation {a}{cur} = {c}.", "The unknown {cur} satisfies {a} * {cur} = {c}."),
        zh=("解方程{a}{cur} = {c}。", "未知数{cur}满足{a} * {cur} = {c}。"),
    ),
    beat(
        "> x",
        {
            "a": between(2, 9),
            "b": between(1, 30),
            "_x": between(2, 15),
            "c": made(lambda v: v["a"] * v["_x"] + v["b"]),
        },
        (
            step("ax = c - b", "{a}{cur} = {eq}", "{a}{cur} = {eq}"),
            step("x = ax / a", "{cur} = {eq}", "{cur} = {eq}"),
        ),
        en=(
            "Solve the equation {a}{cur} + {b} = {c}.",
            "The number {cur} makes {a}{cur} + {b} equal to {c}.",
        ),
        zh=("解方程{a}{cur} + {b} = {c}。", "数{cur}使得{a}{cur} + {b}等于{c}。"),
    ),
    beat(
        "> x",
        {
            "a": between(2, 9),
            "b": between(1, 12),
            "_x": between(3, 15),
            "c": made(lambda v: v["a"] * (v["_x"] + v["b"])),
        },
        (
            step("inside = c / a", "{cur} + {b} = {eq}", "{cur} + {b} = {eq}"),
            step("x = inside - b", "{cur} = {eq}", "{cur} = {eq}"),
        ),
        en=(
            "Solve the equation {a}({cur} + {b}) = {c}.",
            "Multiplying the bracket {cur} + {b} by {a} yields {c}.",
        ),
        zh=("解方程{a}({cur} + {b}) = {c}。", "括号{cur} + {b}乘以{a}得到{c}。"),
    ),
    beat(
        "> x",
        {
            "a": between(2, 8),
            "b": between(1, 15),
            "_c": between(3, 20),
            "_x": made(lambda v: v["a"] * (v["b"] + v["_c"])),
            "c": made(lambda v: v["_c"]),
        },
        (
            step("part = c + b", "{cur} / {a} = {eq}", "{cur} / {a} = {eq}"),
            step("x = part * a", "{cur} = {eq}", "{cur} = {eq}"),
        ),
        en=(
            "Solve the equation {cur} / {a} - {b} = {c}.",
            "When {cur} is divided by {a} and {b} is subtracted, {c} remains.",
        ),
        zh=("解方程{cur} / {a} - {b} = {c}。", "{cur}除以{a}再减{b}等于{c}。"),
    ),
    beat(
        "> x",
        {
            "d": between(2, 4),
            "_k": between(2, 5),
            "a": made(lambda v: v["d"] + v["_k"]),
            "b": between(1, 20),
            "_x": between(2, 12),
            "c": made(lambda v: v["_k"] * v["_x"] + v["b"]),
        },
        (
            step("k = a - d", "on the left stay {eq} times {cur}", "左边剩下的系数是{eq}"),
            step("kx = c - b", "on the right stays {eq}", "右边是{eq}"),
            step("x = kx / k", "{cur} = {eq}", "{cur} = {eq}"),
        ),
        en=(
            "Solve the equation {a}{cur} + {b} = {d}{cur} + {c}.",
            "The two sides {a}{cur} + {b} and {d}{cur} + {c} are equal.",
        ),
        zh=("解方程{a}{cur} + {b} = {d}{cur} + {c}。", "{a}{cur} + {b}与{d}{cur} + {c}相等。"),
    ),
    beat(
        "> x",
        {
            "_d": between(2, 5),
            "a": between(2, 6),
            "b": between(1, 12),
            "_x": between(2, 12),
            "_s": made(lambda v: v["a"] * v["_x"] + v["b"]),
            "e": between(2, 9),
            "d": made(lambda v: v["_d"]),
            "c": made(lambda v: v["_d"] * v["_s"] - v["e"]),
        },
        (
            step("outer = c + e", "{d}({a}{cur} + {b}) = {eq}", "{d}({a}{cur} + {b}) = {eq}"),
            step("inner = outer / d", "{a}{cur} + {b} = {eq}", "{a}{cur} + {b} = {eq}"),
            step("ax = inner - b", "{a}{cur} = {eq}", "{a}{cur} = {eq}"),
            step("x = ax / a", "{cur} = {eq}", "{cur} = {eq}"),
        ),
        en=(
            "Solve the equation {d}({a}{cur} + {b}) - {e} = {c}.",
            "{d} times the bracket {a}{cur} + {b}, diminished by {e}, is {c}.",
        ),
        zh=("解方程{d}({a}{cur} + {b}) - {e} = {c}。", "{d}乘括号{a}{cur} + {b}再减{e}得{c}。"),
    ),
    beat(
        "> x",
        {
            "a": between(2, 6),
            "b": between(2, 20),
            "_x": between(3, 20),
            "c": made(lambda v: v["a"] * v["_x"] - v["b"]),
        },
        (
            step("ax = c + b", "{a} times the number is {eq}", "这个数的{a}倍是{eq}"),
            step("x = ax / a", "the number is {eq}", "这个数是{eq}"),
        ),
        en=(
            "{name} thinks of a number {cur}, multiplies it by {a}, subtracts {b} and gets {c}.",
            "{a} times an unknown number {cur} minus {b} is {c}, says {name}.",
        ),
        zh=(
            "{name}想了一个数{cur}，乘以{a}，再减{b}，得{c}。",
            "{name}说，一个数{cur}的{a}倍减{b}等于{c}。",
        ),
    ),
)

_BEATS = (
    beat(
        "x > x+",
        {"k": between(2, 40)},
        (step("x = now + k", "{new} = {eq}", "{new} = {eq}"),),
        en=("Let {new} = {cur} + {k}.", "The unknown {new} exceeds {cur} by {k}."),
        zh=("设{new} = {cur} + {k}。", "未知数{new}比{cur}大{k}。"),
    ),
    beat(
        "x > x+",
        {"k": below("now", 30)},
        (step("x = now - k", "{new} = {eq}", "{new} = {eq}"),),
        en=("Let {new} = {cur} - {k}.", "We also have {new} + {k} = {cur}."),
        zh=("设{new} = {cur} - {k}。", "又知{new} + {k} = {cur}。"),
    ),
    beat(
        "x > x+",
        {"k": between(2, 7)},
        (step("x = now * k", "{new} = {eq}", "{new} = {eq}"),),
        en=("Let {new} = {k}{cur}.", "The unknown {new} is {k} times the solution {cur}."),
        zh=("设{new} = {k}{cur}。", "未知数{new}是{cur}的{k}倍。"),
    ),
    beat(
        "x > x+",
        {"k": divisor_of("now", 9)},
        (step("x = now / k", "{new} = {eq}", "{new} = {eq}"),),
        en=("Let {new} satisfy {k}{new} = {cur}.", "Also {cur} = {k}{new} holds."),
        zh=("已知{k}{new} = {cur}。", "又有{cur} = {k}{new}成立。"),
    ),
    beat(
        "x > x+",
        {"k": between(2, 5), "m": between(1, 20)},
        (
            step("kx = now * k", "{k}{cur} = {eq}", "{k}{cur} = {eq}"),
            step("x = kx + m", "{new} = {eq}", "{new} = {eq}"),
        ),
        en=("Let {new} = {k}{cur} + {m}.", "Insert {cur} into {new} = {k}{cur} + {m}."),
        zh=("设{new} = {k}{cur} + {m}。", "把{cur}代入{new} = {k}{cur} + {m}。"),
    ),
    beat(
        "x > x+",
        {"k": between(2, 5), "m": between(1, 15)},
        (
            step("kx = now * k", "{k}{cur} = {eq}", "{k}{cur} = {eq}"),
            step("x = kx - m", "{new} = {eq}", "{new} = {eq}"),
        ),
        en=("Let {new} = {k}{cur} - {m}.", "A second equation reads {new} + {m} = {k}{cur}."),
        zh=("设{new} = {k}{cur} - {m}。", "第二个方程是{new} + {m} = {k}{cur}。"),
    ),
    beat(
        "x > x+ & root & first",
        {},
        (step("x = root + now", "{new} = {eq}", "{new} = {eq}"),),
        en=("Let {new} = {first} + {cur}.", "The sum of the unknowns {first} and {cur} is {new}."),
        zh=("设{new} = {first} + {cur}。", "未知数{first}与{cur}的和是{new}。"),
    ),
)

_QUESTIONS = ask(
    {
        "x": (
            ("What is {cur}?", "Find the value of {cur}.", "Determine {cur}."),
            ("求{cur}的值。", "{cur}等于多少？", "{cur}是多少？"),
        ),
    }
)

_SETTINGS = (
    Setting(
        "algebra",
        nouns(
            """
            equation | equations | 方程 | 个
            unknown | unknowns | 未知数 | 个
            side | sides | 边 | 条
            """
        ),
        phrases("on the board | 黑板上\nin the exercise book | 练习本上"),
        "letters",
    ),
)

DOMAIN = Domain("equations", (*_OPENINGS, *_BEATS), _QUESTIONS, _SETTINGS)
