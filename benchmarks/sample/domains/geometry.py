"""Geometry: areas, perimeters and sides of plots and sheets."""

from benchmarks.sample.draws import below, between, divisor_of, made
from benchmarks.sample.story import Domain, Setting, ask, beat, step
from benchmarks.sample.words import nouns, phrases

_OPENINGS = (
    beat(
        "> area",
        {"a": between(3, 20), "b": between(2, 12)},
        (step("area = a * b", "the rectangle has {eq} square metres", "长方形面积是{eq}平方米"),),
        en=(
            "A rectangular {item.one} is {a} m long and {b} m wide.",
            "{place}, a rectangular {item.one} measures {a} m by {b} m.",
        ),
        zh=("一块长方形{item}长{a}米，宽{b}米。", "{place}有一块长{a}米、宽{b}米的长方形{item}。"),
    ),
    beat(
        "> area",
        {"s": between(3, 14)},
        (step("area = s * s", "the square has {eq} square metres", "正方形面积是{eq}平方米"),),
        en=(
            "A square {item.one} has sides of {s} m.",
            "Each side of a square {item.one} {place} is {s} m long.",
        ),
        zh=("一块正方形{item}的边长是{s}米。", "{place}有一块边长{s}米的正方形{item}。"),
    ),
    beat(
        "> area",
        {"w": between(2, 10), "d": between(2, 12)},
        (
            step("a = w + d", "the length is {eq} m", "长是{eq}米"),
            step("area = a * w", "the rectangle has {eq} square metres", "面积是{eq}平方米"),
        ),
        en=(
            "A rectangular {item.one} is {w} m wide and {d} m longer than it is wide.",
            "The length of a rectangular {item.one} {place} exceeds its width of {w} m by {d} m.",
        ),
        zh=(
            "一块长方形{item}宽{w}米，长比宽多{d}米。",
            "{place}有一块长方形{item}，宽{w}米，长比宽长{d}米。",
        ),
    ),
    beat(
        "> area",
        {"b": between(2, 20), "h": between(2, 12)},
        (
            step("box = b * h", "base times height is {eq}", "底乘高是{eq}"),
            step("area = box / 2", "the triangle has {eq} square metres", "三角形面积是{eq}平方米"),
        ),
        en=(
            "A triangular {item.one} has a base of {b} m and a height of {h} m.",
            "{place}, a {item.one} has the form of a triangle with base {b} m and height {h} m.",
        ),
        zh=(
            "一块三角形{item}的底是{b}米，高是{h}米。",
            "{place}有一块三角形{item}，底{b}米，高{h}米。",
        ),
    ),
    beat(
        "> perimeter",
        {"a": between(4, 40), "b": between(2, 30)},
        (
            step("half = a + b", "length and width make {eq} m", "长加宽是{eq}米"),
            step("round = half * 2", "the perimeter is {eq} m", "周长是{eq}米"),
        ),
        en=(
            "A border runs around a rectangular {item.one} of {a} m by {b} m.",
            "All four sides of a {item.one}, {a} m long and {b} m wide, are edged.",
        ),
        zh=(
            "沿一块长{a}米、宽{b}米的长方形{item}围一圈边。",
            "给长{a}米、宽{b}米的{item}四周镶边。",
        ),
    ),
    beat(
        "> perimeter",
        {"s": between(3, 40)},
        (step("round = s * 4", "the perimeter is {eq} m", "周长是{eq}米"),),
        en=(
            "A rope is laid around a square {item.one} with sides of {s} m.",
            "{place}, the outline of a square {item.one} with {s} m sides is marked.",
        ),
        zh=(
            "用绳子围住边长{s}米的正方形{item}。",
            "{place}画出一块边长{s}米的正方形{item}的边线。",
        ),
    ),
    beat(
        "> perimeter",
        {
            # The three sides close: |a - b| < c < a + b.
            "a": between(8, 30),
            "_d": between(0, 5),
            "b": made(lambda v: v["a"] + v["_d"]),
            "c": between(6, 12),
        },
        (
            step("two = a + b", "two sides make {eq} m", "两边之和是{eq}米"),
            step("round = two + c", "the perimeter is {eq} m", "周长是{eq}米"),
        ),
        en=(
            "The sides of a triangular {item.one} are {a} m, {b} m and {c} m long.",
            "Walking around a three-sided {item.one} means {a} m, then {b} m, then {c} m.",
        ),
        zh=(
            "一块三角形{item}的三条边长{a}米、{b}米和{c}米。",
            "绕三角形{item}走一圈，要走{a}米、{b}米和{c}米。",
        ),
    ),
)

_AREA = (
    beat(
        "area > area",
        {"e": below("now", 40)},
        (step("area = now - e", "{eq} square metres remain", "剩下{eq}平方米"),),
        en=(
            "A pond of {e} square metres takes away a part of it.",
            "Of this area {e} square metres are paved.",
        ),
        zh=("其中{e}平方米挖成了水池。", "其中{e}平方米铺了砖。"),
    ),
    beat(
        "area > area",
        {"s": between(2, 6)},
        (
            step("corner = s * s", "the cut has {eq} square metres", "去掉的是{eq}平方米"),
            step("area = now - corner", "{eq} square metres remain", "剩下{eq}平方米"),
        ),
        en=(
            "A square corner with sides of {s} m is cut off.",
            "From one corner a square of side {s} m is removed.",
        ),
        zh=("从一角切去边长{s}米的正方形。", "去掉一个边长{s}米的正方形角。"),
    ),
    beat(
        "area > area",
        {"c": between(2, 9), "e": between(2, 9)},
        (
            step("strip = c * e", "the strip has {eq} square metres", "长条是{eq}平方米"),
            step("area = now + strip", "together {eq} square metres", "合起来{eq}平方米"),
        ),
        en=(
            "A strip of {c} m by {e} m is attached to it.",
            "It is extended by a rectangle with sides {c} m and {e} m.",
        ),
        zh=("旁边又接上长{c}米、宽{e}米的长条。", "又扩建了一块{c}米乘{e}米的长方形。"),
    ),
    beat(
        "area > area",
        {"k": between(2, 5)},
        (step("area = now * k", "all have {eq} square metres", "一共{eq}平方米"),),
        en=(
            "There are {k} such surfaces of the same size.",
            "The surface is needed {k} times over.",
        ),
        zh=("这样大小的一共有{k}块。", "同样的面积需要{k}份。"),
    ),
    beat(
        "area > area",
        {"k": divisor_of("now", 9)},
        (step("area = now / k", "each part has {eq} square metres", "每份是{eq}平方米"),),
        en=(
            "It is divided into {k} parts of equal area; look at one part.",
            "One of {k} equally large pieces of it is used.",
        ),
        zh=("把它平均分成{k}份，只看其中一份。", "取其中{k}等份里的一份。"),
    ),
    beat(
        "area > side",
        {"c": divisor_of("now", 15)},
        (step("side = now / c", "the other side is {eq} m", "另一边是{eq}米"),),
        en=(
            "A rectangle of the same area has one side of {c} m. Consider its other side.",
            "It is reshaped into a rectangle, keeping the area, that is {c} m wide.",
        ),
        zh=(
            "另一个面积相同的长方形有一条边长{c}米。看它的另一条边。",
            "保持面积不变，改成宽{c}米的长方形。",
        ),
    ),
    beat(
        "area > tiles",
        {"k": between(2, 9)},
        (step("tiles = now * k", "that takes {eq} tiles", "需要{eq}块砖"),),
        en=(
            "Every square metre needs {k} tiles.",
            "It is covered with tiles, {k} of them to a square metre.",
        ),
        zh=("每平方米要铺{k}块砖。", "用瓷砖铺满，一平方米用{k}块。"),
    ),
)

_LINES = (
    beat(
        "perimeter > perimeter",
        {"e": below("now", 12)},
        (step("round = now - e", "without the gate it is {eq} m", "去掉门是{eq}米"),),
        en=("An entrance of {e} m stays open.", "For a gate, {e} m are left out."),
        zh=("留出{e}米宽的入口。", "其中{e}米装门，不用围。"),
    ),
    beat(
        "perimeter > perimeter",
        {"k": between(2, 4)},
        (step("round = now * k", "{k} rounds are {eq} m", "{k}圈是{eq}米"),),
        en=("It goes around {k} times.", "{k} rounds are made along the edge."),
        zh=("一共绕{k}圈。", "沿着边走了{k}圈。"),
    ),
    beat(
        "perimeter > perimeter",
        {"e": between(2, 20)},
        (step("round = now + e", "with the overlap it is {eq} m", "加上接头是{eq}米"),),
        en=("For the overlap {e} m are added.", "A reserve of {e} m is planned in."),
        zh=("接头处再加{e}米。", "另外多备{e}米。"),
    ),
    beat(
        "perimeter > side",
        {},
        (step("side = now / 4", "one side of the square is {eq} m", "正方形边长是{eq}米"),),
        en=(
            "This length is bent into a square. Consider one of its sides.",
            "A square with the same total outline is formed; take one side.",
        ),
        zh=("把这个长度围成一个正方形，看它的边长。", "用同样的长度围成正方形，取一条边。"),
    ),
    beat(
        "perimeter > posts",
        {"e": divisor_of("now", 9)},
        (step("posts = now / e", "that is {eq} posts", "需要{eq}根桩"),),
        en=("Along it a post is set every {e} m.", "Posts stand {e} m apart all the way round."),
        zh=("每隔{e}米立一根桩。", "一圈上每{e}米立一根木桩。"),
    ),
    beat(
        "side > area",
        {"h": between(2, 9)},
        (step("area = now * h", "the area is {eq} square metres", "面积是{eq}平方米"),),
        en=(
            "A new rectangle has this side and a height of {h} m.",
            "With this side, a rectangle {h} m high is drawn.",
        ),
        zh=("以这条边为底，画一个高{h}米的长方形。", "新长方形以它为一边，另一边是{h}米。"),
    ),
    beat(
        "side > perimeter",
        {},
        (step("round = now * 3", "the triangle has an outline of {eq} m", "三角形周长是{eq}米"),),
        en=(
            "On this side stands a triangle with three equal sides. Consider its outline.",
            "An equilateral triangle is built with this side; walk around it.",
        ),
        zh=("以这条边作一个等边三角形，看它的周长。", "用它作等边三角形的边长，绕一圈。"),
    ),
    beat(
        "side > side",
        {"e": between(2, 15)},
        (step("side = now + e", "the longer side is {eq} m", "加长后是{eq}米"),),
        en=("This side is lengthened by {e} m.", "Then the side grows by {e} m."),
        zh=("把这条边加长{e}米。", "这条边再增加{e}米。"),
    ),
    beat(
        "tiles > tiles",
        {"e": between(3, 30)},
        (step("tiles = now + e", "with spares {eq} tiles", "加上备用是{eq}块"),),
        en=("{e} spare tiles are ordered as well.", "As a reserve, {e} tiles are added."),
        zh=("另外多买{e}块备用。", "还要备{e}块砖。"),
    ),
    beat(
        "tiles > tiles",
        {"e": below("now", 30)},
        (step("tiles = now - e", "{eq} tiles must be bought", "还要买{eq}块"),),
        en=("{e} of the tiles are already there.", "In the cellar {e} tiles are found."),
        zh=("其中{e}块已经有了。", "地下室里找到{e}块砖。"),
    ),
    beat(
        "posts > posts",
        {"e": between(2, 9)},
        (step("posts = now * e", "they use {eq} screws", "共用{eq}颗螺丝"),),
        en=("Each post takes {e} screws. Count the screws.", "{e} screws hold each post."),
        zh=("每根桩用{e}颗螺丝，数螺丝。", "固定每根桩要{e}颗螺丝。"),
    ),
)

_QUESTIONS = ask(
    {
        "area": (
            ("What is this area in square metres?", "How many square metres is that?"),
            ("面积是多少平方米？", "这是多少平方米？"),
        ),
        "perimeter": (
            ("How many metres long is the line?", "What total length results, in metres?"),
            ("总长是多少米？", "一共要多少米？"),
        ),
        "side": (
            ("How long is this side in metres?", "What is the length of that side?"),
            ("这条边长多少米？", "边长是多少米？"),
        ),
        "tiles": (
            ("How many tiles is that?", "What number of tiles results?"),
            ("一共多少块砖？", "需要多少块砖？"),
        ),
        "posts": (
            ("How many are needed?", "What number is required?"),
            ("一共需要多少？", "要用多少？"),
        ),
    }
)

_SETTINGS = (
    Setting(
        "land",
        nouns(
            """
            garden | gardens | 花园 | 个
            meadow | meadows | 草地 | 块
            playground | playgrounds | 操场 | 个
            vegetable bed | vegetable beds | 菜地 | 块
            """
        ),
        phrases("behind the house | 屋后\nin the village | 村里\nby the school | 学校旁"),
    ),
    Setting(
        "rooms",
        nouns(
            """
            hall | halls | 大厅 | 间
            stage | stages | 舞台 | 个
            kitchen floor | kitchen floors | 厨房地面 | 块
            terrace | terraces | 露台 | 个
            """
        ),
        phrases("in a new building | 新楼里\non the ground floor | 一楼"),
    ),
    Setting(
        "sheets",
        nouns(
            """
            carpet | carpets | 地毯 | 块
            banner | banners | 横幅 | 条
            metal sheet | metal sheets | 铁皮 | 块
            sail | sails | 帆布 | 块
            """
        ),
        phrases("in the workshop | 车间里\nat the factory | 工厂里"),
    ),
)

DOMAIN = Domain("geometry", (*_OPENINGS, *_AREA, *_LINES), _QUESTIONS, _SETTINGS)
