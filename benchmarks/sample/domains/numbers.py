"""Number theory: remainders, common divisors and multiples, digit sums."""

from benchmarks.sample.draws import below, between, divisor_of, made, multiple_of
from benchmarks.sample.story import Domain, Setting, ask, beat, step
from benchmarks.sample.words import nouns, phrases

_OPENINGS = (
    beat(
        "> n",
        {"n": between(11, 199)},
        (),
        en=("Let {cur} be the number {n}.", "Start from the number {n} and call it {cur}."),
        zh=("设{cur}是数{n}。", "从数{n}开始，记为{cur}。"),
    ),
    beat(
        "> n",
        {"_g": between(2, 12), "a": multiple_of("_g", 2, 9), "b": multiple_of("_g", 2, 9)},
        (step("n = gcd(a, b)", "{cur} is {eq}", "{cur}是{eq}"),),
        en=(
            "{cur} is the greatest common divisor of {a} and {b}.",
            "Let {cur} be the largest number that divides both {a} and {b}.",
        ),
        zh=("{cur}是{a}和{b}的最大公因数。", "设{cur}是能同时整除{a}和{b}的最大的数。"),
    ),
    beat(
        "> n",
        {"b": between(3, 12), "a": between(20, 150)},
        (step("n = a % b", "{cur} is {eq}", "{cur}是{eq}"),),
        en=(
            "{cur} is the remainder when {a} is divided by {b}.",
            "Divide {a} by {b} and let {cur} be what remains.",
        ),
        zh=("{cur}是{a}除以{b}的余数。", "{a}除以{b}，余数记为{cur}。"),
    ),
    beat(
        "> n",
        {"a": between(12, 999)},
        (step("n = digits(a)", "{cur} is {eq}", "{cur}是{eq}"),),
        en=(
            "{cur} is the sum of the digits of {a}.",
            "Add up the digits of {a} and call the result {cur}.",
        ),
        zh=("{cur}是{a}的各位数字之和。", "把{a}的各位数字相加，和记为{cur}。"),
    ),
    beat(
        "> n",
        {"a": between(3, 20), "b": between(3, 12)},
        (step("n = a * b", "{cur} is {eq}", "{cur}是{eq}"),),
        en=("{cur} is the product of {a} and {b}.", "Let {cur} be {a} multiplied by {b}."),
        zh=("{cur}是{a}与{b}的积。", "设{cur}等于{a}乘{b}。"),
    ),
    beat(
        "> n",
        {"_g": between(2, 6), "a": multiple_of("_g", 1, 4), "b": multiple_of("_g", 2, 5)},
        (step("n = lcm(a, b)", "{cur} is {eq}", "{cur}是{eq}"),),
        en=(
            "{cur} is the least common multiple of {a} and {b}.",
            "Let {cur} be the smallest number that both {a} and {b} divide.",
        ),
        zh=("{cur}是{a}和{b}的最小公倍数。", "设{cur}是{a}和{b}都能整除的最小的数。"),
    ),
)

_BEATS = (
    beat(
        "n > n+",
        {"m": between(3, 12)},
        (step("n = now % m", "{new} is {eq}", "{new}是{eq}"),),
        en=(
            "{new} is the remainder of {cur} after division by {m}.",
            "Dividing {cur} by {m} leaves the remainder {new}.",
        ),
        zh=("{new}是{cur}除以{m}的余数。", "{cur}除以{m}，余{new}。"),
    ),
    beat(
        "n > n+",
        {},
        (step("n = digits(now)", "{new} is {eq}", "{new}是{eq}"),),
        en=("{new} is the digit sum of {cur}.", "The digits of {cur} add up to {new}."),
        zh=("{new}是{cur}的各位数字之和。", "{cur}的各位数字加起来是{new}。"),
    ),
    beat(
        "n > n+",
        {"m": between(4, 60)},
        (step("n = gcd(now, m)", "{new} is {eq}", "{new}是{eq}"),),
        en=(
            "{new} is the greatest common divisor of {cur} and {m}.",
            "The largest number dividing {cur} as well as {m} is {new}.",
        ),
        zh=("{new}是{cur}和{m}的最大公因数。", "能同时整除{cur}和{m}的最大的数是{new}。"),
    ),
    beat(
        "n > n+",
        {"m": between(2, 9)},
        (step("n = lcm(now, m)", "{new} is {eq}", "{new}是{eq}"),),
        en=(
            "{new} is the least common multiple of {cur} and {m}.",
            "The smallest multiple shared by {cur} and {m} is {new}.",
        ),
        zh=("{new}是{cur}和{m}的最小公倍数。", "{cur}和{m}最小的公倍数是{new}。"),
    ),
    beat(
        "n > n+",
        {"m": between(2, 9)},
        (step("n = now * m", "{new} is {eq}", "{new}是{eq}"),),
        en=("{new} is {cur} multiplied by {m}.", "Multiplying {cur} by {m} gives {new}."),
        zh=("{new}等于{cur}乘{m}。", "{cur}乘以{m}得到{new}。"),
    ),
    beat(
        "n > n+",
        {"m": between(3, 60)},
        (step("n = now + m", "{new} is {eq}", "{new}是{eq}"),),
        en=("{new} is the sum of {cur} and {m}.", "Adding {m} to {cur} gives {new}."),
        zh=("{new}是{cur}与{m}的和。", "{cur}加上{m}得{new}。"),
    ),
    beat(
        "n > n+",
        {"m": below("now", 60)},
        (step("n = now - m", "{new} is {eq}", "{new}是{eq}"),),
        en=(
            "{new} is the difference of {cur} and {m}.",
            "Taking {m} away from {cur} leaves {new}.",
        ),
        zh=("{new}是{cur}减去{m}的差。", "从{cur}中去掉{m}剩{new}。"),
    ),
    beat(
        "n > n+",
        {"m": divisor_of("now", 12)},
        (step("n = now / m", "{new} is {eq}", "{new}是{eq}"),),
        en=("{new} is the quotient of {cur} and {m}.", "{cur} divided by {m} is exactly {new}."),
        zh=("{new}是{cur}除以{m}的商。", "{cur}恰好是{new}的{m}倍。"),
    ),
    beat(
        "n > n+",
        {"_s": between(4, 12), "m": made(lambda v: v["_s"] * v["_s"])},
        (step("n = max(now, m)", "{new} is {eq}", "{new}是{eq}"),),
        en=(
            "{new} is the larger of the two numbers {cur} and {m}.",
            "Of {cur} and {m}, the greater one is {new}.",
        ),
        zh=("{new}是{cur}和{m}中较大的数。", "{cur}与{m}相比，较大的是{new}。"),
    ),
    beat(
        "n > n+",
        {},
        (step("n = now * now", "{new} is {eq}", "{new}是{eq}"),),
        en=("{new} is the square of {cur}.", "Squaring {cur} gives {new}."),
        zh=("{new}是{cur}的平方。", "{cur}乘它自己得{new}。"),
    ),
)

_QUESTIONS = ask(
    {
        "n": (
            ("Find {cur}.", "What is the value of {cur}?", "Which number is {cur}?"),
            ("求{cur}。", "{cur}的值是多少？", "{cur}是几？"),
        ),
    }
)

_SETTINGS = (
    Setting(
        "letters",
        nouns(
            "digit | digits | 数字 | 个\nfactor | factors | 因数 | 个\nprime | primes | 质数 | 个"
        ),
        phrases("on the board | 黑板上\nin the book | 书上"),
        "qualities",
        phrases("A|A\nB|B\nC|C\nD|D\nE|E\nF|F\nG|G\nH|H\nK|K\nL|L"),
    ),
    Setting(
        "integers",
        nouns(
            "digit | digits | 数字 | 个\nfactor | factors | 因数 | 个\nprime | primes | 质数 | 个"
        ),
        phrases("on the board | 黑板上\nin the book | 书上"),
        "qualities",
        phrases("N|N\nP|P\nQ|Q\nR|R\nS|S\nT|T\nU|U\nV|V\nW|W\nM|M"),
    ),
)

DOMAIN = Domain("numbers", (*_OPENINGS, *_BEATS), _QUESTIONS, _SETTINGS)
