"""Ordering puzzles with names: who stands where in a queue, a race, a row or a tower."""

from benchmarks.sample.draws import below, between, made
from benchmarks.sample.story import Domain, Setting, ask, beat, step
from benchmarks.sample.words import nouns, phrases

_OPENINGS = (
    beat(
        "> place",
        {"start": between(2, 30)},
        (),
        en=("{place}, {cur} has position {start}.", "{cur} is number {start} {place}."),
        zh=("{place}，{cur}排在第{start}位。", "{cur}在{place}是第{start}个。"),
    ),
    beat(
        "> place+",
        {"start": between(2, 30), "d": between(2, 20)},
        (step("place = start + d", "{new} has position {eq}", "{new}是第{eq}位"),),
        en=(
            "{place}, {cur} has position {start}, and {new} comes {d} positions after {cur}.",
            "{new} is {d} positions behind {cur}, who is number {start} {place}.",
        ),
        zh=(
            "{place}，{cur}排第{start}位，{new}在{cur}后面{d}位。",
            "{new}比{cur}靠后{d}位，{cur}在{place}排第{start}。",
        ),
    ),
    beat(
        "> place",
        {"back": between(2, 20), "_a": between(3, 20), "all": made(lambda v: v["back"] + v["_a"])},
        (
            step("ahead = all - back", "ahead of {cur} are {eq}", "{cur}前面有{eq}人"),
            step("place = ahead + 1", "{cur} has position {eq}", "{cur}是第{eq}位"),
        ),
        en=(
            "{place} there are {all} in all, and counted from the back {cur} is number {back}.",
            "Of {all} {place}, {cur} is number {back} from the end.",
        ),
        zh=(
            "{place}一共{all}人，{cur}从后往前数是第{back}位。",
            "{place}共有{all}人，{cur}排倒数第{back}。",
        ),
    ),
)

_BEATS = (
    beat(
        "place > place+",
        {"d": between(2, 20)},
        (step("place = now + d", "{new} has position {eq}", "{new}是第{eq}位"),),
        en=("{new} comes {d} positions after {cur}.", "{cur} is {d} positions ahead of {new}."),
        zh=("{new}在{cur}后面{d}位。", "{cur}比{new}靠前{d}位。"),
    ),
    beat(
        "place > place+",
        {"d": below("now", 15)},
        (step("place = now - d", "{new} has position {eq}", "{new}是第{eq}位"),),
        en=("{new} comes {d} positions before {cur}.", "{cur} is {d} positions behind {new}."),
        zh=("{new}在{cur}前面{d}位。", "{cur}比{new}靠后{d}位。"),
    ),
    beat(
        "place > place+",
        {"d": between(2, 12)},
        (
            step("gap = d + 1", "the distance is {eq}", "相差{eq}位"),
            step("place = now + gap", "{new} has position {eq}", "{new}是第{eq}位"),
        ),
        en=(
            "Exactly {d} others are between {cur} and {new}, who is further back.",
            "After {cur} come {d} others and then {new}.",
        ),
        zh=("{cur}和{new}之间正好有{d}人，{new}更靠后。", "{cur}后面隔{d}人是{new}。"),
    ),
    beat(
        "place > place+",
        {"d": between(1, 8)},
        (
            step("gap = d + 1", "the distance is {eq}", "相差{eq}位"),
            step("place = now - gap", "{new} has position {eq}", "{new}是第{eq}位"),
        ),
        en=(
            "Exactly {d} others are between {new} and {cur}, and {new} is further in front.",
            "First comes {new}, then {d} others, then {cur}.",
        ),
        zh=("{new}和{cur}之间正好有{d}人，{new}更靠前。", "先是{new}，隔{d}人之后是{cur}。"),
    ),
    beat(
        "place > place+",
        {"k": between(2, 3)},
        (step("place = now * k", "{new} has position {eq}", "{new}是第{eq}位"),),
        en=(
            "The position number of {new} is {k} times that of {cur}.",
            "Multiply the position of {cur} by {k} to find {new}.",
        ),
        zh=("{new}的位次是{cur}的{k}倍。", "{cur}的位次乘{k}就是{new}的位次。"),
    ),
    beat(
        "place > place+",
        {},
        (step("place = now / 2", "{new} has position {eq}", "{new}是第{eq}位"),),
        en=(
            "The position number of {new} is half of that of {cur}.",
            "{new} is exactly halfway between the very front and {cur}, at half the number.",
        ),
        zh=("{new}的位次是{cur}的一半。", "{cur}的位次是{new}的2倍。"),
    ),
    beat(
        "place > place+ & start & first",
        {},
        (step("place = mean(start, now)", "{new} has position {eq}", "{new}是第{eq}位"),),
        en=(
            "{new} is exactly in the middle between {first} and {cur}.",
            "Between {first} and {cur}, {new} takes the central position.",
        ),
        zh=("{new}正好在{first}和{cur}的正中间。", "{first}与{cur}的中间位置是{new}。"),
    ),
    beat(
        "place > place+ & start & first",
        {"d": between(1, 9)},
        (
            step("rear = max(start, now)", "the one further back has {eq}", "靠后的是{eq}"),
            step("place = rear + d", "{new} has position {eq}", "{new}是第{eq}位"),
        ),
        en=(
            "{new} comes {d} positions after whichever of {first} and {cur} is further back.",
            "Take the rear one of {first} and {cur}; {new} follows {d} positions later.",
        ),
        zh=(
            "{first}和{cur}中靠后的那个人再往后{d}位是{new}。",
            "{new}排在{first}与{cur}中较后者之后{d}位。",
        ),
    ),
    beat(
        "place > place",
        {"d": below("now", 9)},
        (step("place = now - d", "{cur} moves up to {eq}", "{cur}前进到第{eq}位"),),
        en=("Then {d} of those ahead of {cur} leave.", "{cur} gains {d} positions."),
        zh=("后来{cur}前面走了{d}人。", "{cur}又前进了{d}位。"),
    ),
    beat(
        "place > place",
        {"d": between(1, 12)},
        (step("place = now + d", "{cur} falls back to {eq}", "{cur}退到第{eq}位"),),
        en=("Then {d} others push in before {cur}.", "{cur} loses {d} positions."),
        zh=("后来有{d}人插到{cur}前面。", "{cur}又后退了{d}位。"),
    ),
    beat(
        "place > behind",
        {"_b": between(2, 30), "all": made(lambda v: v["now"] + v["_b"])},
        (step("behind = all - now", "behind {cur} are {eq}", "{cur}后面有{eq}人"),),
        en=(
            "There are {all} altogether; think of those behind {cur}.",
            "The total is {all}, and everyone after {cur} is counted.",
        ),
        zh=("总共有{all}人，看{cur}后面的人。", "一共{all}人，数排在{cur}之后的。"),
    ),
    beat(
        "behind > behind",
        {"d": between(2, 15)},
        (step("behind = now + d", "then there are {eq}", "变成{eq}人"),),
        en=("{d} newcomers join at the very end.", "At the back, {d} more arrive."),
        zh=("最后面又来了{d}人。", "末尾又加入{d}人。"),
    ),
    beat(
        "behind > behind",
        {"d": below("now", 9)},
        (step("behind = now - d", "then there are {eq}", "变成{eq}人"),),
        en=("{d} of the last ones give up.", "The final {d} go home."),
        zh=("最后{d}人放弃了。", "末尾{d}人回家了。"),
    ),
)

_QUESTIONS = ask(
    {
        "place": (
            ("Which position does {cur} have?", "What is the position of {cur}?"),
            ("{cur}排在第几位？", "{cur}是第几位？"),
        ),
        "behind": (
            ("How many are behind {cur}?", "How many come after {cur}?"),
            ("{cur}后面有多少人？", "排在{cur}之后的有几人？"),
        ),
    }
)

_NO_NOUNS = nouns("row | rows | 排 | 个\nplace | places | 位置 | 个\nnumber | numbers | 号 | 个")

_SETTINGS = (
    Setting(
        "queue",
        _NO_NOUNS,
        phrases("in the ticket queue | 买票的队伍里\nat the bakery counter | 面包店的队里"),
    ),
    Setting(
        "race", _NO_NOUNS, phrases("in the marathon | 马拉松比赛中\nin the ski race | 滑雪比赛中")
    ),
    Setting(
        "row", _NO_NOUNS, phrases("in the alphabetical list | 点名册上\nin the parade | 游行队列里")
    ),
)

DOMAIN = Domain("ordering", (*_OPENINGS, *_BEATS), _QUESTIONS, _SETTINGS, largest=99)
