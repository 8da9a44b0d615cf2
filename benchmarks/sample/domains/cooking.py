"""Recipes and mixtures: grams, servings, litres."""

from benchmarks.sample.draws import below, between, divisor_of, multiple_of, one_of
from benchmarks.sample.story import Domain, Setting, ask, beat, step
from benchmarks.sample.words import nouns, phrases

_OPENINGS = (
    beat(
        "> grams",
        {"n": between(2, 8), "g": multiple_of("n", 5, 40)},
        (step("grams = g / n", "one serving has {eq} grams", "每份是{eq}克"),),
        en=(
            "A recipe {place} for {n} servings uses {g} grams of {item}. Take one serving.",
            "{place}, {g} grams of {item} are split evenly over {n} plates; look at one plate.",
        ),
        zh=(
            "{place}的配方做{n}份要用{g}克{item}，看其中一份。",
            "{place}，{g}克{item}平均分到{n}个盘子里，看一盘。",
        ),
    ),
    beat(
        "> grams",
        {"g": between(4, 40), "n": between(2, 9)},
        (step("grams = g * n", "that is {eq} grams of {item}", "{item}重{eq}克"),),
        en=(
            "The cook takes {n} spoons of {item}, each with {g} grams.",
            "One portion of soup contains {g} grams of {item}, and {n} portions are cooked.",
        ),
        zh=("厨师放了{n}勺{item}，每勺{g}克。", "一份汤里有{g}克{item}，一共煮{n}份。"),
    ),
    beat(
        "> grams",
        {"a": between(10, 120), "b": between(5, 80)},
        (step("grams = a + b", "the mixture has {eq} grams", "混合后是{eq}克"),),
        en=(
            "{name} mixes {a} grams of {item} with {b} grams of {item2}.",
            "Into a bowl go {a} grams of {item} and {b} grams of {item2}.",
        ),
        zh=("{name}把{a}克{item}和{b}克{item2}混在一起。", "碗里放入{a}克{item}和{b}克{item2}。"),
    ),
    beat(
        "> grams",
        {"w": one_of((100, 120, 150, 180, 200, 90, 80)), "b": between(5, 60)},
        (step("grams = w - b", "the contents weigh {eq} grams", "净重{eq}克"),),
        en=(
            "A jar of {item} weighs {w} grams, {b} grams of which are the glass.",
            "A full tin of {item} weighs {w} grams; the empty tin alone has {b} grams.",
        ),
        zh=("一罐{item}重{w}克，其中罐子重{b}克。", "{item}连罐子共重{w}克，空罐{b}克。"),
    ),
    beat(
        "> grams",
        {"a": between(1, 4), "b": between(2, 6), "part": between(5, 25)},
        (
            step("parts = a + b", "there are {eq} parts", "一共{eq}份"),
            step("grams = parts * part", "the mixture has {eq} grams", "混合物有{eq}克"),
        ),
        en=(
            "A dough needs {a} parts of {item} and {b} parts of {item2}; a part has {part} grams.",
            "{a} scoops of {item} and {b} scoops of {item2} are stirred, {part} grams a scoop.",
        ),
        zh=(
            "和面要{a}份{item}和{b}份{item2}，每份{part}克。",
            "搅拌{a}勺{item}和{b}勺{item2}，每勺{part}克。",
        ),
    ),
)

_GRAMS = (
    beat(
        "grams > grams",
        {"d": between(5, 60)},
        (step("grams = now + d", "with it {eq} grams", "加上后{eq}克"),),
        en=("{d} grams of {item3} are added.", "Then {d} grams of {item3} are stirred in."),
        zh=("再加入{d}克{item3}。", "然后拌入{d}克{item3}。"),
    ),
    beat(
        "grams > grams",
        {"d": below("now", 60)},
        (step("grams = now - d", "{eq} grams are left", "剩下{eq}克"),),
        en=("In the oven it loses {d} grams of water.", "{name} tastes it and eats {d} grams."),
        zh=("烤的时候失去{d}克水分。", "{name}尝了尝，吃掉{d}克。"),
    ),
    beat(
        "grams > grams",
        {"k": between(2, 5)},
        (step("grams = now * k", "{k} times that is {eq} grams", "{k}倍是{eq}克"),),
        en=("For a big family {k} times this amount is made.", "All this is prepared {k} times."),
        zh=("人多，要做{k}倍的量。", "这样的量一共准备{k}次。"),
    ),
    beat(
        "grams > grams",
        {"k": divisor_of("now", 9)},
        (step("grams = now / k", "each piece has {eq} grams", "每块{eq}克"),),
        en=(
            "It is cut into {k} equal pieces; one piece goes on a plate.",
            "{k} equal balls are formed from it; weigh one.",
        ),
        zh=("把它切成相等的{k}块，取一块装盘。", "用它做成{k}个一样的丸子，称一个。"),
    ),
    beat(
        "grams > grams",
        {},
        (step("grams = now / 2", "half is {eq} grams", "一半是{eq}克"),),
        en=("Half of it goes into the freezer.", "Only one half is baked today."),
        zh=("一半放进冰箱冷冻。", "今天只烤一半。"),
    ),
    beat(
        "grams > grams",
        {"n": between(2, 6), "w": between(3, 12)},
        (
            step("extra = n * w", "the nuts have {eq} grams", "坚果有{eq}克"),
            step("grams = now + extra", "in all {eq} grams", "总共{eq}克"),
        ),
        en=("{n} nuts of {w} grams each decorate it.", "On top come {n} nuts, {w} grams apiece."),
        zh=("上面放{n}颗坚果，每颗{w}克。", "再用{n}颗各重{w}克的坚果点缀。"),
    ),
    beat(
        "grams > grams",
        {"n": between(2, 5), "w": between(2, 12)},
        (
            step("used = n * w", "the samples take {eq} grams", "试吃用{eq}克"),
            step("grams = now - used", "{eq} grams stay", "还有{eq}克"),
        ),
        en=(
            "{n} guests each try {w} grams of it.",
            "{n} samples of {w} grams are taken out.",
        ),
        zh=("{n}位客人每人试吃{w}克。", "从中取出{n}份试吃，每份{w}克。"),
    ),
    beat(
        "grams > servings",
        {"w": divisor_of("now", 30, 3)},
        (step("servings = now / w", "that fills {eq} bowls", "可装{eq}碗"),),
        en=("It is filled into bowls of {w} grams.", "A serving is {w} grams; count the servings."),
        zh=("把它装碗，每碗{w}克。", "每份{w}克，看能分几份。"),
    ),
    beat(
        "servings > servings",
        {"d": between(2, 12)},
        (step("servings = now + d", "with them {eq}", "加起来{eq}份"),),
        en=("{d} servings from yesterday are still there.", "A neighbour brings {d} servings."),
        zh=("昨天还剩{d}份。", "邻居又送来{d}份。"),
    ),
    beat(
        "servings > servings",
        {"d": below("now", 9)},
        (step("servings = now - d", "{eq} servings are left", "剩下{eq}份"),),
        en=("{d} servings are eaten at once.", "The children eat {d} servings at noon."),
        zh=("马上吃掉了{d}份。", "中午孩子们吃了{d}份。"),
    ),
    beat(
        "servings > grams",
        {"s": between(2, 9)},
        (step("grams = now * s", "the salt weighs {eq} grams", "盐一共{eq}克"),),
        en=(
            "Each serving gets {s} grams of salt; weigh the salt.",
            "{s} grams of salt go into each.",
        ),
        zh=("每份放{s}克盐，称盐的重量。", "每份里加{s}克盐，看用了多少盐。"),
    ),
)

_QUESTIONS = ask(
    {
        "grams": (
            ("How many grams is that?", "What is the weight in grams?"),
            ("一共是多少克？", "有多重，是几克？"),
        ),
        "servings": (
            ("How many servings are there?", "What is the number of servings?"),
            ("一共有几份？", "有多少份？"),
        ),
    }
)

_SETTINGS = (
    Setting(
        "baking",
        nouns(
            """
            flour | flour | 面粉 | 克
            sugar | sugar | 糖 | 克
            butter | butter | 黄油 | 块
            raisins | raisins | 葡萄干 | 颗
            cocoa | cocoa | 可可粉 | 克
            """
        ),
        phrases("for a cake | 做蛋糕时\nfor biscuits | 做饼干时"),
    ),
    Setting(
        "kitchen",
        nouns(
            """
            rice | rice | 米 | 克
            lentils | lentils | 扁豆 | 克
            carrots | carrots | 胡萝卜 | 根
            noodles | noodles | 面条 | 克
            mushrooms | mushrooms | 蘑菇 | 个
            """
        ),
        phrases("for a stew | 做炖菜时\nin the hotel kitchen | 酒店厨房里"),
    ),
    Setting(
        "sweets",
        nouns(
            """
            yoghurt | yoghurt | 酸奶 | 杯
            honey | honey | 蜂蜜 | 勺
            berries | berries | 浆果 | 颗
            cream | cream | 奶油 | 克
            oats | oats | 燕麦 | 克
            """
        ),
        phrases("for a dessert | 做甜点时\nfor breakfast | 做早餐时"),
    ),
)

DOMAIN = Domain("cooking", (*_OPENINGS, *_GRAMS), _QUESTIONS, _SETTINGS)
