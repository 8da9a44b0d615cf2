"""Counting and combinations."""

from benchmarks.sample.draws import below, between, divisor_of
from benchmarks.sample.story import Domain, Setting, ask, beat, step
from benchmarks.sample.words import nouns, phrases

_OPENINGS = (
    beat(
        "> ways",
        {"a": between(2, 12), "b": between(2, 9)},
        (step("ways = a * b", "there are {eq} pairs", "有{eq}种搭配"),),
        en=(
            "{name} can choose one of {a} {item} and one of {b} {item2}.",
            "{place}, one of {a} {item} is combined with one of {b} {item2}.",
        ),
        zh=(
            "{name}可以从{a}{item.unit}{item}和{b}{item2.unit}{item2}中各选一{item.unit}。",
            "{place}，{a}{item.unit}{item}与{b}{item2.unit}{item2}任意搭配。",
        ),
    ),
    beat(
        "> ways",
        {"a": between(2, 6), "b": between(2, 5), "c": between(2, 5)},
        (
            step("pairs = a * b", "two choices make {eq}", "前两样有{eq}种"),
            step("ways = pairs * c", "all three make {eq}", "三样有{eq}种"),
        ),
        en=(
            "A set consists of one of {a} {item}, one of {b} {item2} and one of {c} {item3}.",
            "{place}, one picks from {a} {item}, {b} {item2} and {c} {item3}, one of each.",
        ),
        zh=(
            "一套包括{a}种{item}之一、{b}种{item2}之一和{c}种{item3}之一。",
            "{place}，从{a}种{item}、{b}种{item2}和{c}种{item3}里各选一种。",
        ),
    ),
    beat(
        "> ways",
        {"n": between(4, 16)},
        (
            step("others = n - 1", "each meets {eq} others", "每人与{eq}人"),
            step("both = n * others", "counted twice that is {eq}", "重复算是{eq}"),
            step("ways = both / 2", "there are {eq} pairs", "一共{eq}对"),
        ),
        en=(
            "{n} players meet, and every two of them play one match.",
            "At a party with {n} guests everyone shakes hands with everyone else once.",
        ),
        zh=("{n}名选手，每两人比赛一场。", "聚会上有{n}位客人，每两人握一次手。"),
    ),
    beat(
        "> ways",
        {"n": between(3, 14)},
        (
            step("others = n - 1", "for the second place {eq} are left", "第二个有{eq}种选法"),
            step("ways = n * others", "there are {eq} ways", "一共{eq}种"),
        ),
        en=(
            "From {n} candidates a captain and a deputy are chosen.",
            "A first and a second prize go to two different ones of {n} children.",
        ),
        zh=(
            "从{n}名候选人中选出一名队长和一名副队长。",
            "{n}个孩子中，一人得一等奖，另一人得二等奖。",
        ),
    ),
    beat(
        "> ways",
        {"a": between(2, 6), "b": between(2, 6), "c": between(1, 9)},
        (
            step("via = a * b", "through the middle {eq}", "经过中间有{eq}条"),
            step("ways = via + c", "with the direct ones {eq}", "加上直达有{eq}条"),
        ),
        en=(
            "{a} roads lead from the castle to the mill and {b} from the mill to the port; "
            "{c} further roads go directly.",
            "There are {a} paths from camp to bridge, {b} from bridge to summit, "
            "and {c} paths that avoid the bridge.",
        ),
        zh=(
            "从城堡到磨坊有{a}条路，从磨坊到港口有{b}条路，另有{c}条直达的路。",
            "从营地到桥有{a}条小路，从桥到山顶有{b}条，还有{c}条不经过桥的路。",
        ),
    ),
    beat(
        "> ways",
        {},
        (
            step("ends = 3 * 2", "the last places allow {eq}", "后几位有{eq}种"),
            step("ways = 4 * ends", "all places allow {eq}", "全部有{eq}种"),
        ),
        en=(
            "Four different {item} are put in a row in any order.",
            "{name} arranges four different {item} side by side.",
        ),
        zh=(
            "四{item.unit}不同的{item}任意排成一排。",
            "{name}把四{item.unit}不同的{item}并排摆放。",
        ),
    ),
)

_BEATS = (
    beat(
        "ways > ways",
        {"d": below("now", 15)},
        (step("ways = now - d", "{eq} are allowed", "允许的有{eq}种"),),
        en=("{d} of the possibilities are not allowed.", "By the rules, {d} cases are ruled out."),
        zh=("其中{d}种不允许。", "按规定排除{d}种情况。"),
    ),
    beat(
        "ways > ways",
        {"d": between(2, 20)},
        (step("ways = now + d", "with the special ones {eq}", "加上特殊的{eq}种"),),
        en=("{d} special cases are counted as well.", "Another {d} possibilities are added."),
        zh=("还要算上{d}种特殊情况。", "另外增加{d}种可能。"),
    ),
    beat(
        "ways > ways",
        {"k": between(2, 5)},
        (step("ways = now * k", "with the colour {eq}", "加上颜色有{eq}种"),),
        en=("Each comes in {k} colours.", "For every one of these there are {k} colours."),
        zh=("每种又有{k}种颜色。", "每一种都可以配{k}种颜色。"),
    ),
    beat(
        "ways > ways",
        {},
        (step("ways = now / 2", "without order {eq}", "不计顺序{eq}种"),),
        en=(
            "Mirror images count as the same.",
            "Since left and right make no difference, two cases always count as one.",
        ),
        zh=("左右颠倒的算同一种。", "左右没有区别，每两种算一种。"),
    ),
    beat(
        "ways > ways",
        {"k": divisor_of("now", 9)},
        (step("ways = now / k", "a group has {eq}", "每组{eq}种"),),
        en=(
            "They are sorted into {k} lists of equal length; count one list.",
            "The possibilities are shared equally by {k} examiners; take one of them.",
        ),
        zh=("把它们平均分到{k}张表里，数一张表。", "{k}位考官平分这些情况，看其中一位。"),
    ),
    beat(
        "ways > ways",
        {"a": between(2, 6), "b": between(2, 6)},
        (
            step("more = a * b", "the second kind has {eq}", "第二类有{eq}种"),
            step("ways = now + more", "both kinds have {eq}", "两类共{eq}种"),
        ),
        en=(
            "A second kind is built from {a} letters and {b} digits, one of each.",
            "Besides, codes of one of {a} signs and one of {b} stamps are possible.",
        ),
        zh=(
            "第二类由{a}个字母和{b}个数字各取一个组成。",
            "此外还可以用{a}个符号和{b}枚印章各一来组合。",
        ),
    ),
    beat(
        "ways > ways",
        {"a": between(2, 5), "b": between(2, 4)},
        (
            step("bad = a * b", "{eq} are forbidden", "禁止的有{eq}种"),
            step("ways = now - bad", "{eq} stay", "剩下{eq}种"),
        ),
        en=(
            "Those made of {a} red ones with {b} green ones, each with each, are forbidden.",
            "Each of {a} wet days clashes with each of {b} halls, and these cases are struck out.",
        ),
        zh=("其中{a}种红色与{b}种绿色的搭配都被禁止。", "{a}个雨天与{b}个场地的组合全部划掉。"),
    ),
    beat(
        "ways > ways",
        {"t": between(2, 4)},
        (step("ways = now * t", "all tests are {eq}", "共试{eq}次"),),
        en=(
            "Every possibility is tried {t} times; count the trials.",
            "Each case is tested {t} times.",
        ),
        zh=("每种可能试{t}次，数试验次数。", "每种情况测试{t}次。"),
    ),
)

_QUESTIONS = ask(
    {
        "ways": (
            ("How many are there?", "How many different cases result?", "What is the count?"),
            ("一共有多少种？", "共有多少种不同的情况？", "总数是多少？"),
        ),
    }
)

_SETTINGS = (
    Setting(
        "clothes",
        nouns(
            """
            shirt | shirts | 衬衫 | 件
            skirt | skirts | 裙子 | 条
            hat | hats | 帽子 | 顶
            pair of boots | pairs of boots | 靴子 | 双
            """
        ),
        phrases("in the theatre wardrobe | 剧院服装间里\nfor the carnival | 狂欢节上"),
    ),
    Setting(
        "menu",
        nouns(
            """
            soup | soups | 汤 | 种
            main dish | main dishes | 主菜 | 种
            dessert | desserts | 甜点 | 种
            drink | drinks | 饮料 | 种
            """
        ),
        phrases("on the menu | 菜单上\nin the canteen | 食堂里"),
    ),
    Setting(
        "codes",
        nouns(
            """
            symbol | symbols | 符号 | 个
            letter | letters | 字母 | 个
            coloured flag | coloured flags | 彩旗 | 面
            lamp | lamps | 灯 | 盏
            """
        ),
        phrases("for a secret code | 设计密码时\nfor a signal | 发信号时"),
    ),
)

DOMAIN = Domain("counting", (*_OPENINGS, *_BEATS), _QUESTIONS, _SETTINGS)
