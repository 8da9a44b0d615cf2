"""Fractions, percentages and ratios of a group."""

from benchmarks.sample.draws import (
    below,
    between,
    coprime_to,
    divisor_of,
    made,
    percent_of,
    proper_part_of,
)
from benchmarks.sample.story import Domain, Setting, Values, ask, beat, step
from benchmarks.sample.words import nouns, phrases


def _whole(values: Values) -> int:
    return (values["a"] + values["b"]) * values["_part"]


_OPENINGS = (
    beat(
        "> group",
        {"m": between(12, 60)},
        (),
        en=(
            "There are {m} {item} {place}.",
            "{name} counts {m} {item} {place}.",
        ),
        zh=("{place}有{m}{item.unit}{item}。", "{name}数了数，{place}一共有{m}{item.unit}{item}。"),
    ),
    beat(
        "> group",
        {"_m": between(2, 20), "m": made(lambda v: v["_m"] * 10)},
        (),
        en=(
            "A collection of {m} {item} is kept {place}.",
            "{place}, one finds {m} {item}.",
        ),
        zh=("{place}收着{m}{item.unit}{item}。", "在{place}可以找到{m}{item.unit}{item}。"),
    ),
    beat(
        "> group",
        {
            "a": between(2, 5),
            "b": coprime_to("a", 1, 5),
            "_part": between(3, 15),
            "m": made(_whole),
        },
        (
            step("parts = a + b", "there are {eq} parts", "一共{eq}份"),
            step("part = m / parts", "one part is {eq}", "每份是{eq}"),
            step("group = part * a", "so {eq} are {cur}", "{cur}的有{eq}{item.unit}"),
        ),
        en=(
            "Of {m} {item} {place}, the {cur} ones and the others are in the ratio {a} : {b}. "
            "Look at the {cur} ones.",
            "{m} {item} {place} split into {cur} and other ones in the ratio {a} to {b}. "
            "Take the {cur} part.",
        ),
        zh=(
            "{place}有{m}{item.unit}{item}，{cur}的与其余的之比是{a}:{b}。先看{cur}的。",
            "{m}{item.unit}{item}里，{cur}的和其他的按{a}比{b}分。取{cur}的部分。",
        ),
    ),
    beat(
        "> group",
        {"a": between(3, 30), "k": between(2, 6)},
        (step("group = a * k", "there are {eq} {item}", "共有{eq}{item.unit}"),),
        en=(
            "{a} boxes {place} hold {k} {item} each.",
            "{place}, there are {a} rows of {k} {item}.",
        ),
        zh=(
            "{place}有{a}箱，每箱{k}{item.unit}{item}。",
            "{place}有{a}排{item}，每排{k}{item.unit}。",
        ),
    ),
)

_GROUP = (
    beat(
        "group > group+",
        {"q": divisor_of("now", 9)},
        (step("group = now / q", "{eq} are {new}", "{new}的有{eq}{item.unit}"),),
        en=(
            "Exactly 1/{q} of them are {new}. Look at those.",
            "One in {q} is {new}, and these are set apart.",
        ),
        zh=(
            "其中1/{q}是{new}的，只看这些。",
            "每{q}{item.unit}里有一{item.unit}是{new}的，把它们挑出来。",
        ),
    ),
    beat(
        "group > group+",
        {"q": divisor_of("now", 9, 3), "p": proper_part_of("q")},
        (
            step("part = now / q", "1/{q} of them is {eq}", "1/{q}是{eq}"),
            step("group = part * p", "{eq} are {new}", "{new}的有{eq}{item.unit}"),
        ),
        en=(
            "Of these, {p}/{q} are {new}; only they count from now on.",
            "The fraction {p}/{q} of them is {new} and is picked out.",
        ),
        zh=("其中{p}/{q}是{new}的，以后只算它们。", "它们的{p}/{q}是{new}的，被挑了出来。"),
    ),
    beat(
        "group > group+",
        {"p": percent_of("now")},
        (step("group = percent(now, p)", "{eq} are {new}", "{new}的有{eq}{item.unit}"),),
        en=(
            "{p} percent of those are {new}. Keep only them.",
            "A share of {p} % turns out to be {new}; we go on with it.",
        ),
        zh=("其中百分之{p}是{new}的，只留下它们。", "有{p}%是{new}的，接下来只看这些。"),
    ),
    beat(
        "group > group",
        {"p": percent_of("now")},
        (
            step("gone = percent(now, p)", "{eq} are lost", "少了{eq}{item.unit}"),
            step("group = now - gone", "{eq} remain", "剩下{eq}{item.unit}"),
        ),
        en=(
            "Their number falls by {p} percent.",
            "{p} % of these get lost; the rest stays.",
        ),
        zh=("它们的数量减少了百分之{p}。", "其中{p}%丢失了，其余的留下。"),
    ),
    beat(
        "group > group",
        {"p": percent_of("now")},
        (
            step("more = percent(now, p)", "{eq} are added", "增加{eq}{item.unit}"),
            step("group = now + more", "that makes {eq}", "变成{eq}{item.unit}"),
        ),
        en=(
            "Within a year their number increases by {p} percent.",
            "A rise of {p} % follows.",
        ),
        zh=("一年内它们的数量增加了百分之{p}。", "随后又增长了{p}%。"),
    ),
    beat(
        "group > group",
        {"q": divisor_of("now", 6)},
        (
            step("gone = now / q", "1/{q} of them is {eq}", "1/{q}是{eq}"),
            step("group = now - gone", "{eq} are left", "还剩{eq}{item.unit}"),
        ),
        en=(
            "A fraction of 1/{q} is given away.",
            "1/{q} of these {item} are handed to {friend}.",
        ),
        zh=("送走了其中的1/{q}。", "把其中1/{q}交给了{friend}。"),
    ),
    beat(
        "group > group",
        {"k": between(2, 4)},
        (step("group = now * k", "that makes {eq}", "变成{eq}{item.unit}"),),
        en=("Then their number becomes {k} times as large.", "Their count grows {k}-fold."),
        zh=("后来数量变为原来的{k}倍。", "它们增加到{k}倍。"),
    ),
    beat(
        "group > group",
        {"d": between(2, 30)},
        (step("group = now + d", "there are {eq} now", "现在有{eq}{item.unit}"),),
        en=("{d} of the same kind are added to these.", "They are joined by {d} more such {item}."),
        zh=("又添了{d}{item.unit}同样的。", "再加上{d}{item.unit}一样的。"),
    ),
    beat(
        "group > group",
        {"d": below("now", 30)},
        (step("group = now - d", "{eq} remain", "剩下{eq}{item.unit}"),),
        en=("{d} of these are taken away.", "Without {d} of them the count goes on."),
        zh=("拿走其中{d}{item.unit}。", "从中去掉{d}{item.unit}。"),
    ),
    beat(
        "group > group",
        {"a": divisor_of("now", 8), "b": coprime_to("a", 2, 9)},
        (
            step("sets = now / a", "that is {eq} groups", "共{eq}组"),
            step("group = sets * b", "{eq} {item2} go with them", "对应{eq}{item2.unit}"),
        ),
        en=(
            "For every {a} of these there are {b} {item2}. Count the {item2}.",
            "They stand to the {item2} in the ratio {a} : {b}, and now the {item2} matter.",
        ),
        zh=(
            "每{a}{item.unit}配{b}{item2.unit}{item2}，数一数{item2}。",
            "它们与{item2}的数量比是{a}:{b}，现在看{item2}。",
        ),
    ),
)

_QUESTIONS = ask(
    {
        "group": (
            ("How many are there?", "What number is that?", "How many does this make?"),
            ("一共有多少？", "这是多少？", "有多少个？"),
        ),
    }
)

_SETTINGS = (
    Setting(
        "orchard",
        nouns(
            """
            apple | apples | 苹果 | 个
            pear | pears | 梨 | 个
            peach | peaches | 桃子 | 个
            basket | baskets | 篮子 | 个
            """
        ),
        phrases("in the orchard | 果园里\nin the barn | 谷仓里"),
        "qualities",
        phrases(
            "ripe|熟\nred|红\nsweet|甜\nlarge|大\nwashed|洗过\nsold|卖掉\nunhurt|完好\npacked|装箱"
        ),
    ),
    Setting(
        "school",
        nouns(
            """
            pupil | pupils | 学生 | 名
            choir singer | choir singers | 合唱队员 | 名
            athlete | athletes | 运动员 | 名
            chair | chairs | 椅子 | 把
            """
        ),
        phrases("at the primary school | 小学里\nat the sports club | 体育俱乐部里"),
        "qualities",
        phrases(
            "tall|高个\nnew|新来\nlocal|本地\nfast|跑得快\nleft-handed|左撇子\nshy|内向\nmusical|爱音乐\nyoung|年幼"
        ),
    ),
    Setting(
        "library",
        nouns(
            """
            book | books | 书 | 本
            magazine | magazines | 杂志 | 本
            map | maps | 地图 | 张
            shelf | shelves | 书架 | 个
            """
        ),
        phrases("in the town library | 市图书馆里\nin the archive | 档案室里"),
        "qualities",
        phrases(
            "old|旧\nillustrated|带插图\nborrowed|借出\nthick|厚\nrare|少见\ndamaged|破损\nforeign|外文\nblue|蓝色"
        ),
    ),
    Setting(
        "farm",
        nouns(
            """
            sheep | sheep | 羊 | 只
            hen | hens | 母鸡 | 只
            cow | cows | 奶牛 | 头
            stable | stables | 棚 | 间
            """
        ),
        phrases("on the farm | 农场里\nat the cattle market | 牲口市场上"),
        "qualities",
        phrases(
            "brown|棕色\nhealthy|健康\nyoung|年幼\nspotted|带斑点\nheavy|重\ntame|温顺\nwhite|白色\nhungry|饿"
        ),
    ),
)

DOMAIN = Domain("ratio", (*_OPENINGS, *_GROUP), _QUESTIONS, _SETTINGS)
