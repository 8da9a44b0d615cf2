"""Ages: older, younger, times as old, in some years, some years ago."""

from benchmarks.sample.draws import above, below, between, divisor_of
from benchmarks.sample.story import Domain, Setting, ask, beat, step
from benchmarks.sample.words import nouns, phrases

_OLDER = step("age = now + d", "{new} is {eq} years old", "{new}{eq}岁")
_THEN = step("age = now + d", "then {cur} is {eq} years old", "那时{cur}{eq}岁")

_OPENINGS = (
    beat(
        "> age",
        {"start": between(3, 40)},
        (),
        en=(
            "{cur} is {start} years old.",
            "{place}, {cur} celebrates birthday number {start}.",
            "The age of {cur} is {start}.",
        ),
        zh=("{cur}今年{start}岁。", "{place}，{cur}刚满{start}岁。"),
    ),
    beat(
        "> age+",
        {"start": between(3, 40), "d": between(2, 30)},
        (step("age = start + d", "{new} is {eq} years old", "{new}{eq}岁"),),
        en=(
            "{cur} is {start} years old and {new} is {d} years older.",
            "{new} is {d} years older than {cur}, now aged {start}.",
        ),
        zh=("{cur}今年{start}岁，{new}比{cur}大{d}岁。", "{new}早出生{d}年，{cur}现在{start}岁。"),
    ),
    beat(
        "> age+",
        {"start": between(2, 30), "k": between(2, 5)},
        (step("age = start * k", "{new} is {eq} years old", "{new}{eq}岁"),),
        en=(
            "{cur} is {start} years old, and {new} is {k} times as old.",
            "{cur} is {start}, and {new} has {k} times that age.",
        ),
        zh=(
            "{cur}今年{start}岁，{new}的年龄是{cur}的{k}倍。",
            "{new}的岁数是{cur}的{k}倍，{cur}{start}岁。",
        ),
    ),
    beat(
        "> age+",
        {"start": between(2, 40), "total": above("start", 50)},
        (step("age = total - start", "{new} is {eq} years old", "{new}{eq}岁"),),
        en=(
            "{cur} and {new} are {total} years old together, and {cur} is {start}.",
            "The ages of {cur} and {new} add up to {total}; {cur} is {start} years old.",
        ),
        zh=(
            "{cur}和{new}的年龄和是{total}岁，{cur}{start}岁。",
            "{cur}与{new}一共{total}岁，其中{cur}{start}岁。",
        ),
    ),
)

_NOW = (
    beat(
        "age > age+",
        {"d": between(2, 30)},
        (_OLDER,),
        en=(
            "{new} is {d} years older than {cur}.",
            "{cur} is {d} years younger than {new}.",
        ),
        zh=("{new}比{cur}大{d}岁。", "{cur}比{new}小{d}岁。"),
    ),
    beat(
        "age > age+",
        {"d": below("now", 25)},
        (step("age = now - d", "{new} is {eq} years old", "{new}{eq}岁"),),
        en=(
            "{new} is {d} years younger than {cur}.",
            "{cur} is {d} years older than {new}.",
        ),
        zh=("{new}比{cur}小{d}岁。", "{cur}比{new}大{d}岁。"),
    ),
    beat(
        "age > age+",
        {"k": between(2, 4)},
        (step("age = now * k", "{new} is {eq} years old", "{new}{eq}岁"),),
        en=(
            "{new} is {k} times as old as {cur}.",
            "The age of {new} is {k} times that of {cur}.",
        ),
        zh=("{new}的年龄是{cur}的{k}倍。", "{new}的岁数正好是{cur}的{k}倍。"),
    ),
    beat(
        "age > age+",
        {},
        (step("age = now / 2", "{new} is {eq} years old", "{new}{eq}岁"),),
        en=("{new} is half as old as {cur}.", "{cur} is twice as old as {new}."),
        zh=("{new}的年龄是{cur}的一半。", "{cur}的年龄是{new}的2倍。"),
    ),
    beat(
        "age > age+ & start & first",
        {},
        (step("age = start + now", "{new} is {eq} years old", "{new}{eq}岁"),),
        en=(
            "{new} is as old as {first} and {cur} together.",
            "If you add the ages of {first} and {cur}, you get the age of {new}.",
        ),
        zh=(
            "{new}的年龄等于{first}与{cur}的年龄之和。",
            "{first}和{cur}的岁数加起来正好是{new}的岁数。",
        ),
    ),
    beat(
        "age > age+ & start & first",
        {},
        (step("age = mean(start, now)", "{new} is {eq} years old", "{new}{eq}岁"),),
        en=(
            "The age of {new} is the average of the ages of {first} and {cur}.",
            "{new} is exactly midway in age between {first} and {cur}.",
        ),
        zh=("{new}的年龄是{first}和{cur}的平均年龄。", "{new}的年龄恰好在{first}和{cur}的正中间。"),
    ),
    beat(
        "age > age+",
        {"k": between(2, 3), "d": between(1, 9)},
        (
            step("times = now * k", "{k} times the age is {eq}", "{k}倍是{eq}岁"),
            step("age = times + d", "{new} is {eq} years old", "{new}{eq}岁"),
        ),
        en=(
            "{new} is {d} years older than {k} times the age of {cur}.",
            "Take the age of {cur} {k} times and add {d} years to find the age of {new}.",
        ),
        zh=("{new}的年龄比{cur}的{k}倍还多{d}岁。", "{cur}的年龄乘以{k}再加{d}就是{new}的年龄。"),
    ),
    beat(
        "age > then",
        {"d": between(2, 25)},
        (_THEN,),
        en=("{d} years pass.", "Now imagine the day {d} years from now."),
        zh=("过了{d}年。", "再想一想{d}年以后。"),
    ),
    beat(
        "age > then",
        {"d": below("now", 15)},
        (step("age = now - d", "at that time {cur} was {eq}", "当时{cur}{eq}岁"),),
        en=("Look back {d} years.", "Think of the time {d} years ago."),
        zh=("回想{d}年以前。", "把时间倒回{d}年前。"),
    ),
)

_THEN_BEATS = (
    beat(
        "then > then+",
        {"d": between(2, 25)},
        (step("age = now + d", "{new} is {eq} at that time", "那时{new}{eq}岁"),),
        en=(
            "At that time {new} is {d} years older than {cur}.",
            "{new} is then ahead of {cur} by {d} years.",
        ),
        zh=("那时{new}比{cur}大{d}岁。", "那时{cur}比{new}小{d}岁。"),
    ),
    beat(
        "then > then+",
        {"k": between(2, 3)},
        (step("age = now * k", "{new} is {eq} at that time", "那时{new}{eq}岁"),),
        en=(
            "At that time {new} is {k} times as old as {cur}.",
            "In that year the age of {new} is {k} times the age of {cur}.",
        ),
        zh=("那时{new}的年龄是{cur}的{k}倍。", "那一年{new}的岁数是{cur}的{k}倍。"),
    ),
    beat(
        "then > then+",
        {"k": divisor_of("now", 4)},
        (step("age = now / k", "{new} is {eq} at that time", "那时{new}{eq}岁"),),
        en=(
            "At that time {cur} is {k} times as old as {new}.",
            "In that year {cur} has {k} times the age of {new}.",
        ),
        zh=("那时{cur}的年龄是{new}的{k}倍。", "那一年{cur}的岁数是{new}的{k}倍。"),
    ),
    beat(
        "then > then",
        {"d": between(2, 15)},
        (step("age = now + d", "{cur} reaches {eq} years", "{cur}到了{eq}岁"),),
        en=("After that, {d} further years go by.", "Then wait {d} more years."),
        zh=("之后又过了{d}年。", "再等{d}年。"),
    ),
)

_QUESTIONS = ask(
    {
        "age": (
            ("How old is {cur}?", "What is the age of {cur}?"),
            ("{cur}今年多少岁？", "{cur}的年龄是多少岁？"),
        ),
        "then": (
            ("How old is {cur} at that time?", "What is the age of {cur} then?"),
            ("那时{cur}多少岁？", "这时{cur}的年龄是多少？"),
        ),
    }
)

_NO_NOUNS = nouns(
    "cake | cakes | 蛋糕 | 个\ncandle | candles | 蜡烛 | 支\ncard | cards | 贺卡 | 张"
)

_SETTINGS = (
    Setting(
        "family",
        _NO_NOUNS,
        phrases("at the family table | 家庭聚会上\nthis summer | 今年夏天\ntoday | 今天"),
    ),
    Setting(
        "animals",
        _NO_NOUNS,
        phrases("at the animal shelter | 在动物救助站\non the farm | 在农场"),
        cast="qualities",
        qualities=phrases(
            """
            the dog | 小狗
            the parrot | 鹦鹉
            the pony | 小马
            the turtle | 乌龟
            the donkey | 毛驴
            the goat | 山羊
            the cat | 小猫
            the elephant | 大象
            the swan | 天鹅
            the camel | 骆驼
            """
        ),
    ),
    Setting(
        "trees",
        _NO_NOUNS,
        phrases("in the old park | 在老公园里\nnear the village | 在村口"),
        cast="qualities",
        qualities=phrases(
            """
            the oak | 橡树
            the pine | 松树
            the maple | 枫树
            the willow | 柳树
            the birch | 白桦
            the plum tree | 梅树
            the cedar | 雪松
            the palm | 棕榈树
            the poplar | 杨树
            the ginkgo | 银杏
            """
        ),
    ),
)

DOMAIN = Domain("ages", (*_OPENINGS, *_NOW, *_THEN_BEATS), _QUESTIONS, _SETTINGS, largest=110)
