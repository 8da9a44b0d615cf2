"""Number sequences: arithmetic, geometric, given by a rule."""

from benchmarks.sample.draws import below, between, divisor_of, made
from benchmarks.sample.story import Domain, Setting, ask, beat, step
from benchmarks.sample.words import nouns, phrases

_OPENINGS = (
    beat(
        "> term",
        {"start": between(2, 30), "d": between(2, 15)},
        (step("term = start + d", "the second term is {eq}", "第二项是{eq}"),),
        en=(
            "An arithmetic sequence begins with {start} and has the common difference {d}. "
            "Take its second term.",
            "A sequence starts at {start} and grows by {d} each time; go to the second term.",
        ),
        zh=(
            "一个等差数列首项是{start}，公差是{d}，取第二项。",
            "数列从{start}开始，每次增加{d}，看第二项。",
        ),
    ),
    beat(
        "> term",
        {"start": between(1, 30), "d": between(2, 12), "n": between(4, 12)},
        (
            step("gaps = n - 1", "there are {eq} gaps", "间隔有{eq}个"),
            step("rise = gaps * d", "the rise is {eq}", "增加了{eq}"),
            step("term = start + rise", "the term is {eq}", "这一项是{eq}"),
        ),
        en=(
            "Take term number {n} of the arithmetic sequence with first term {start} "
            "and common difference {d}.",
            "An arithmetic progression has the first member {start} and the step {d}; "
            "look at member number {n}.",
        ),
        zh=(
            "等差数列首项为{start}，公差为{d}，取第{n}项。",
            "一个等差数列从{start}开始，公差{d}，看它的第{n}项。",
        ),
    ),
    beat(
        "> term",
        {"start": between(2, 9), "r": between(2, 4)},
        (
            step("second = start * r", "the second term is {eq}", "第二项是{eq}"),
            step("term = second * r", "the third term is {eq}", "第三项是{eq}"),
        ),
        en=(
            "A geometric sequence has first term {start} and ratio {r}. Take its third term.",
            "From {start} on, every member is {r} times the one before; stop at the third.",
        ),
        zh=(
            "等比数列首项是{start}，公比是{r}，取第三项。",
            "从{start}起，每一项是前一项的{r}倍，看第三项。",
        ),
    ),
    beat(
        "> term",
        {
            "_d": between(2, 15),
            "start": between(1, 25),
            "b": made(lambda v: v["start"] + v["_d"]),
            "c": made(lambda v: v["start"] + 2 * v["_d"]),
        },
        (
            step("gap = c - b", "the difference is {eq}", "公差是{eq}"),
            step("term = c + gap", "the next term is {eq}", "下一项是{eq}"),
        ),
        en=(
            "The sequence {start}, {b}, {c}, ... is arithmetic. Continue it by one term.",
            "{start}, {b}, {c}, ... goes on in equal steps; write down the next member.",
        ),
        zh=(
            "数列{start}，{b}，{c}，……是等差数列，写出下一项。",
            "{start}，{b}，{c}，……按相同的间隔继续，看下一项。",
        ),
    ),
    beat(
        "> term",
        {"start": between(2, 12), "b": between(2, 12)},
        (
            step("third = start + b", "the third term is {eq}", "第三项是{eq}"),
            step("term = b + third", "the fourth term is {eq}", "第四项是{eq}"),
        ),
        en=(
            "A sequence begins {start}, {b}, and each later term is the sum of the two before it. "
            "Take the fourth term.",
            "As with Fibonacci, every member is the sum of the two before it; "
            "the first two are {start} and {b}. Go to the fourth.",
        ),
        zh=(
            "数列前两项是{start}和{b}，以后每一项是前两项之和，取第四项。",
            "像斐波那契数列那样，每项等于前两项的和，前两项为{start}、{b}，看第四项。",
        ),
    ),
    beat(
        "> total",
        {
            "start": between(1, 15),
            "_d": between(1, 6),
            "last": made(lambda v: v["start"] + 5 * v["_d"]),
        },
        (
            step("pair = start + last", "first plus last is {eq}", "首项加末项是{eq}"),
            step("total = pair * 3", "the {eq} is the sum of three pairs", "三对的和是{eq}"),
        ),
        en=(
            "Add the six terms of an arithmetic sequence that runs from {start} to {last}.",
            "Six numbers in equal steps, the first {start}, the last {last}, are summed.",
        ),
        zh=(
            "把从{start}到{last}的等差数列的六项相加。",
            "六个数间隔相等，第一个是{start}，最后一个是{last}，求和。",
        ),
    ),
)

_BEATS = (
    beat(
        "term > term",
        {"d": between(2, 40)},
        (step("term = now + d", "adding {d} gives {eq}", "加{d}得{eq}"),),
        en=("The term after it is larger by {d}.", "To reach the following member, {d} is added."),
        zh=("后一项比它大{d}。", "再加{d}就是后面一项。"),
    ),
    beat(
        "term > term",
        {"d": below("now", 40)},
        (step("term = now - d", "it falls to {eq}", "降到{eq}"),),
        en=("Then the sequence falls by {d}.", "The following member is smaller by {d}."),
        zh=("接着数列减少{d}。", "后面一项比它小{d}。"),
    ),
    beat(
        "term > term",
        {"k": between(2, 5)},
        (step("term = now * k", "times {k} gives {eq}", "乘{k}得{eq}"),),
        en=(
            "The next member is {k} times this one.",
            "One step further, the value is multiplied by {k}.",
        ),
        zh=("下一项是它的{k}倍。", "再往后一步，数值乘以{k}。"),
    ),
    beat(
        "term > term",
        {"k": divisor_of("now", 6)},
        (step("term = now / k", "dividing by {k} gives {eq}", "除以{k}得{eq}"),),
        en=("After that the rule divides by {k}.", "The following member is 1/{k} of this one."),
        zh=("此后的规则是除以{k}。", "后一项是它的1/{k}。"),
    ),
    beat(
        "term > term",
        {"k": between(2, 3), "c": between(1, 15)},
        (
            step("times = now * k", "{k} times it is {eq}", "它的{k}倍是{eq}"),
            step("term = times + c", "plus {c} gives {eq}", "加{c}得{eq}"),
        ),
        en=(
            "The rule for the next term: multiply by {k}, then add {c}.",
            "By a recursion, the following member is {k} times this one plus {c}.",
        ),
        zh=("下一项的规则是先乘{k}，再加{c}。", "根据递推公式，后一项等于它的{k}倍加{c}。"),
    ),
    beat(
        "term > term",
        {"d": between(2, 9), "n": between(3, 8)},
        (
            step("rise = n * d", "{n} steps add {eq}", "{n}步增加{eq}"),
            step("term = now + rise", "that leads to {eq}", "到达{eq}"),
        ),
        en=(
            "From there on it climbs {n} times by {d} each.",
            "{n} equal steps of {d} upwards follow.",
        ),
        zh=("从那里起又上升{n}次，每次{d}。", "接着有{n}个等步，每步增加{d}。"),
    ),
    beat(
        "term > term",
        {},
        (step("term = now * 2", "doubling gives {eq}", "翻倍得{eq}"),),
        en=("The next term is its double.", "Then the pattern doubles the value."),
        zh=("下一项翻倍。", "然后按规律把数值加倍。"),
    ),
    beat(
        "term > total & start",
        {},
        (step("total = start + now", "the sum with the first term is {eq}", "与首项的和是{eq}"),),
        en=(
            "Add the first term of the sequence to it.",
            "The very first number is added to this one.",
        ),
        zh=("把它与数列的首项相加。", "再加上最开始的那个数。"),
    ),
    beat(
        "total > total",
        {"d": between(3, 40)},
        (step("total = now + d", "with {d} it is {eq}", "加上{d}是{eq}"),),
        en=("The number {d} is included in the sum.", "To this sum, {d} is added."),
        zh=("和里面再算上{d}。", "在这个和上加{d}。"),
    ),
    beat(
        "total > total",
        {"d": below("now", 40)},
        (step("total = now - d", "without {d} it is {eq}", "去掉{d}是{eq}"),),
        en=("The number {d} is struck from the sum.", "From this sum, {d} is subtracted."),
        zh=("从和里去掉{d}。", "这个和再减{d}。"),
    ),
    beat(
        "total > total",
        {"k": divisor_of("now", 6)},
        (step("total = now / k", "the average is {eq}", "平均数是{eq}"),),
        en=("Divide the sum by {k}.", "It is the sum of {k} numbers; pass to their average."),
        zh=("把和除以{k}。", "它是{k}个数的和，求这些数的平均数。"),
    ),
)

_QUESTIONS = ask(
    {
        "term": (
            ("What is the value of this term?", "Which number stands there?"),
            ("这一项是多少？", "这个数是几？"),
        ),
        "total": (
            ("What is the result?", "Which value comes out?"),
            ("结果是多少？", "最后得到多少？"),
        ),
    }
)

_SETTINGS = (
    Setting(
        "series",
        nouns("term | terms | 项 | 个\nnumber | numbers | 数 | 个\nmember | members | 成员 | 个"),
        phrases("in a notebook | 本子上\non the board | 黑板上"),
    ),
)

DOMAIN = Domain("sequences", (*_OPENINGS, *_BEATS), _QUESTIONS, _SETTINGS)
