"""Speed, time and distance."""

from benchmarks.sample.draws import below, between, divisor_of, multiple_of
from benchmarks.sample.story import Domain, Setting, ask, beat, step
from benchmarks.sample.words import nouns, phrases

_OPENINGS = (
    beat(
        "> distance",
        {"v": between(8, 40), "t": between(2, 6)},
        (step("way = v * t", "the {item.one} covers {eq} km", "{item}行驶了{eq}千米"),),
        en=(
            "{item.a} travels {place} at {v} km per hour for {t} hours.",
            "For {t} hours {item.a} keeps a speed of {v} km per hour {place}.",
        ),
        zh=(
            "一{item.unit}{item}{place}以每小时{v}千米的速度行驶了{t}小时。",
            "{place}，一{item.unit}{item}每小时行{v}千米，行了{t}小时。",
        ),
    ),
    beat(
        "> remaining",
        {"d": between(40, 199)},
        (),
        en=(
            "The route {place} is {d} km long.",
            "{item.a} has to cover {d} km {place}.",
        ),
        zh=("{place}的路线全长{d}千米。", "一{item.unit}{item}{place}要走{d}千米。"),
    ),
    beat(
        "> speed",
        {"t": between(2, 9), "d": multiple_of("t", 5, 30)},
        (step("pace = d / t", "its speed is {eq} km per hour", "速度是每小时{eq}千米"),),
        en=(
            "{item.a} covers {d} km {place} in {t} hours at a steady speed.",
            "In {t} hours {item.a} gets {d} km far, always equally fast.",
        ),
        zh=(
            "一{item.unit}{item}{place}匀速行驶，{t}小时走了{d}千米。",
            "一{item.unit}{item}用{t}小时匀速走完{d}千米。",
        ),
    ),
    beat(
        "> time",
        {"v": between(6, 30), "d": multiple_of("v", 2, 9)},
        (step("hours = d / v", "the journey takes {eq} hours", "路上要{eq}小时"),),
        en=(
            "{item.a} makes a journey of {d} km {place} at {v} km per hour.",
            "The destination is {d} km away, and {item.a} moves at {v} km per hour.",
        ),
        zh=(
            "一{item.unit}{item}{place}以每小时{v}千米的速度走完{d}千米。",
            "目的地在{d}千米外，一{item.unit}{item}每小时行{v}千米。",
        ),
    ),
    beat(
        "> distance",
        {"v": between(5, 30), "w": between(5, 30), "t": between(2, 5)},
        (
            step("both = v + w", "each hour they close {eq} km", "每小时一共靠近{eq}千米"),
            step("way = both * t", "at first they are {eq} km apart", "原来相距{eq}千米"),
        ),
        en=(
            "{item.a} and {item2.a} set out towards each other at {v} and {w} km per hour "
            "and meet after {t} hours.",
            "From two towns {item.a} at {v} km per hour and {item2.a} at {w} km per hour "
            "head for each other; they meet {t} hours later.",
        ),
        zh=(
            "{item}和{item2}分别以每小时{v}千米和{w}千米的速度相向而行，{t}小时后相遇。",
            "两地同时出发，{item}每小时行{v}千米，{item2}每小时行{w}千米，{t}小时后相遇。",
        ),
    ),
)

_DISTANCE = (
    beat(
        "distance > distance",
        {"e": between(3, 60)},
        (step("way = now + e", "with this stretch it is {eq} km", "加上这段是{eq}千米"),),
        en=("Another stretch of {e} km follows.", "After that come {e} km of gravel road."),
        zh=("接着又走了{e}千米。", "之后还有{e}千米的土路。"),
    ),
    beat(
        "distance > distance",
        {"v": between(5, 20), "t": between(2, 5)},
        (
            step("leg = v * t", "the next leg is {eq} km", "后一段是{eq}千米"),
            step("way = now + leg", "so far that is {eq} km", "到这里是{eq}千米"),
        ),
        en=(
            "Then come {t} more hours at {v} km per hour.",
            "In heavy traffic, a leg of {t} hours at only {v} km per hour is added.",
        ),
        zh=("随后又以每小时{v}千米行驶{t}小时。", "遇上堵车，又以每小时{v}千米走了{t}小时。"),
    ),
    beat(
        "distance > distance",
        {"e": below("now", 40)},
        (step("way = now - e", "a shorter way has {eq} km", "抄近路是{eq}千米"),),
        en=("A new tunnel shortens this way by {e} km.", "A shortcut saves {e} km of it."),
        zh=("新隧道使这段路缩短{e}千米。", "走近路可以少走{e}千米。"),
    ),
    beat(
        "distance > distance",
        {"k": between(2, 4)},
        (step("way = now * k", "{k} such trips are {eq} km", "{k}趟是{eq}千米"),),
        en=("This trip is made {k} times.", "In a week the driver repeats the tour {k} times."),
        zh=("这样的路程一共走了{k}趟。", "一周内司机把这段路跑了{k}趟。"),
    ),
    beat(
        "distance > speed",
        {"t": divisor_of("now", 9)},
        (step("pace = now / t", "that is {eq} km per hour", "每小时是{eq}千米"),),
        en=(
            "The whole distance is to be done in {t} hours.",
            "On the next day exactly {t} hours are allowed for the same distance.",
        ),
        zh=("整段路程要在{t}小时内匀速走完。", "第二天要用{t}小时走完同样的路程。"),
    ),
    beat(
        "distance > time",
        {"v": divisor_of("now", 40, 4)},
        (step("hours = now / v", "going back takes {eq} hours", "返回要{eq}小时"),),
        en=("The way back is done at {v} km per hour.", "It returns at {v} km per hour."),
        zh=("返回时每小时行{v}千米。", "回程的速度是每小时{v}千米。"),
    ),
    beat(
        "remaining > remaining",
        {"e": below("now", 50)},
        (step("way = now - e", "{eq} km are still to go", "还剩{eq}千米"),),
        en=("By noon {e} km of it are done.", "The first {e} km are already behind the driver."),
        zh=("到中午已经走了{e}千米。", "司机已经走完前{e}千米。"),
    ),
    beat(
        "remaining > remaining",
        {"v": between(4, 20), "t": between(2, 4)},
        (
            step("leg = v * t", "the part done is {eq} km", "走了{eq}千米"),
            step("way = now - leg", "{eq} km remain", "剩下{eq}千米"),
        ),
        en=(
            "The next {t} hours pass at {v} km per hour.",
            "At {v} km per hour the {item.one} drives on for {t} hours.",
        ),
        zh=("接下来以每小时{v}千米走了{t}小时。", "{item}又以每小时{v}千米前进了{t}小时。"),
    ),
    beat(
        "remaining > time",
        {"v": divisor_of("now", 30, 3)},
        (step("hours = now / v", "the rest takes {eq} hours", "剩下的要{eq}小时"),),
        en=(
            "The rest of the route is covered at {v} km per hour.",
            "From here on the {item.one} moves at {v} km per hour to the end.",
        ),
        zh=("余下的路程每小时行{v}千米。", "从这里起{item}以每小时{v}千米走到终点。"),
    ),
)

_SPEED_AND_TIME = (
    beat(
        "speed > speed",
        {"e": between(2, 20)},
        (step("pace = now + e", "the new speed is {eq} km per hour", "新速度是每小时{eq}千米"),),
        en=(
            "Downhill it becomes {e} km per hour faster.",
            "With a tail wind the speed rises by {e} km per hour.",
        ),
        zh=("下坡时每小时快了{e}千米。", "顺风时每小时快{e}千米。"),
    ),
    beat(
        "speed > speed",
        {"e": below("now", 12)},
        (step("pace = now - e", "it slows to {eq} km per hour", "减到每小时{eq}千米"),),
        en=("In the rain it goes {e} km per hour slower.", "Fog costs {e} km per hour of speed."),
        zh=("下雨时每小时慢了{e}千米。", "因为有雾，每小时少走{e}千米。"),
    ),
    beat(
        "speed > speed",
        {},
        (step("pace = now * 2", "twice that is {eq} km per hour", "两倍是每小时{eq}千米"),),
        en=(
            "{item2.a} moves twice as fast as that.",
            "Compared with this, {item2.a} has double the speed.",
        ),
        zh=("一{item2.unit}{item2}的速度是它的2倍。", "{item2}比它快一倍。"),
    ),
    beat(
        "speed > distance",
        {"t": between(2, 6)},
        (step("way = now * t", "in {t} hours that is {eq} km", "{t}小时走{eq}千米"),),
        en=("This speed is kept up for {t} hours.", "It goes on like this for {t} hours."),
        zh=("保持这个速度走了{t}小时。", "就这样继续行驶{t}小时。"),
    ),
    beat(
        "time > time",
        {"h": between(1, 6)},
        (step("hours = now + h", "with the rest it is {eq} hours", "加上休息是{eq}小时"),),
        en=("On the way there is a rest of {h} hours.", "Waiting at the border takes {h} hours."),
        zh=("途中休息{h}小时。", "过关排队等了{h}小时。"),
    ),
    beat(
        "time > time",
        {},
        (step("hours = now * 2", "there and back is {eq} hours", "往返是{eq}小时"),),
        en=("Going back takes just as long.", "The return trip needs the same time again."),
        zh=("返回用的时间一样长。", "回程又花了同样的时间。"),
    ),
    beat(
        "time > distance",
        {"v": between(3, 12)},
        (step("way = now * v", "in that time it is {eq} km", "这段时间走{eq}千米"),),
        en=(
            "In the same time a hiker walks at {v} km per hour.",
            "Meanwhile a runner moves at {v} km per hour.",
        ),
        zh=("同样的时间里，一个徒步者每小时走{v}千米。", "与此同时，一名跑步者每小时跑{v}千米。"),
    ),
)

_QUESTIONS = ask(
    {
        "distance": (
            ("How many kilometres is that?", "What is the distance in km?"),
            ("一共是多少千米？", "这段路程是多少千米？"),
        ),
        "remaining": (
            ("How many kilometres are left?", "How far is it still to the end, in km?"),
            ("还剩多少千米？", "离终点还有多少千米？"),
        ),
        "speed": (
            ("What is the speed then, in km per hour?", "How many km per hour is that?"),
            ("这时的速度是每小时多少千米？", "每小时行多少千米？"),
        ),
        "time": (
            ("How many hours does it take in all?", "What is the total time in hours?"),
            ("一共需要多少小时？", "总共用了几小时？"),
        ),
    }
)

_SETTINGS = (
    Setting(
        "road",
        nouns(
            """
            bus | buses | 客车 | 辆
            lorry | lorries | 货车 | 辆
            tractor | tractors | 拖拉机 | 辆
            scooter | scooters | 摩托车 | 辆
            school van | school vans | 校车 | 辆
            """
        ),
        phrases(
            "along the coast | 沿海边\nto the mountains | 去山区\nthrough the desert | 穿过沙漠"
        ),
    ),
    Setting(
        "rail",
        nouns(
            """
            freight train | freight trains | 货运列车 | 列
            tram | trams | 有轨电车 | 列
            steam engine | steam engines | 蒸汽机车 | 列
            night train | night trains | 夜班火车 | 列
            """
        ),
        phrases("between two stations | 在两站之间\nto the capital | 去省城"),
    ),
    Setting(
        "water",
        nouns(
            """
            ferry | ferries | 渡轮 | 艘
            sailing boat | sailing boats | 帆船 | 艘
            barge | barges | 驳船 | 艘
            steamship | steamships | 轮船 | 艘
            """
        ),
        phrases("down the river | 顺着河流\nacross the lake | 横渡湖面\nto an island | 去海岛"),
    ),
    Setting(
        "sport",
        nouns(
            """
            cyclist | cyclists | 自行车手 | 名
            rider on horseback | riders on horseback | 骑手 | 名
            skater | skaters | 滑冰者 | 名
            canoeist | canoeists | 皮划艇手 | 名
            """
        ),
        phrases("in a long race | 在长途比赛中\non a training tour | 在训练中"),
    ),
)

DOMAIN = Domain("travel", (*_OPENINGS, *_DISTANCE, *_SPEED_AND_TIME), _QUESTIONS, _SETTINGS)
