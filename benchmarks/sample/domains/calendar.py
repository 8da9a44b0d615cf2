"""Calendar and clock: minutes, hours, days and weeks."""

from benchmarks.sample.draws import below, between, divisor_of, one_of
from benchmarks.sample.story import Domain, Setting, ask, beat, step
from benchmarks.sample.words import nouns, phrases

_OPENINGS = (
    beat(
        "> days",
        {"w": between(2, 15), "d": between(1, 6)},
        (
            step("whole = w * 7", "{w} weeks are {eq} days", "{w}周是{eq}天"),
            step("days = whole + d", "altogether {eq} days", "一共{eq}天"),
        ),
        en=(
            "{item.a} lasts {w} weeks and {d} days.",
            "The calendar shows {item.a} of {w} weeks and {d} days.",
        ),
        zh=("{item.a}持续{w}周零{d}天。", "日历上，{item.a}占{w}个星期又{d}天。"),
    ),
    beat(
        "> days",
        {"w": between(2, 20)},
        (step("days = w * 7", "{w} weeks are {eq} days", "{w}周是{eq}天"),),
        en=(
            "{item.a} goes on for {w} weeks. Count its days.",
            "Exactly {w} weeks are set aside for {item.a}; think in days.",
        ),
        zh=("{item.a}要进行{w}周，换算成天数。", "为{item.a}留出整整{w}个星期，按天计算。"),
    ),
    beat(
        "> minutes",
        {"m": one_of((10, 15, 20, 25, 30, 35, 40, 45, 50)), "n": between(2, 7)},
        (step("minutes = m * n", "the lessons take {eq} minutes", "课一共{eq}分钟"),),
        en=(
            "{name} has {n} lessons of {m} minutes each.",
            "On the timetable there are {n} lessons, and each takes {m} minutes.",
        ),
        zh=("{name}有{n}节课，每节{m}分钟。", "课程表上有{n}节课，每节课{m}分钟。"),
    ),
    beat(
        "> minutes",
        {"h": between(1, 3), "m": between(5, 55)},
        (
            step("whole = h * 60", "{h} hours are {eq} minutes", "{h}小时是{eq}分钟"),
            step("minutes = whole + m", "altogether {eq} minutes", "一共{eq}分钟"),
        ),
        en=(
            "A film runs for {h} hours and {m} minutes.",
            "The clock shows that {h} hours and {m} minutes have passed since the start.",
        ),
        zh=("一部电影长{h}小时{m}分钟。", "时钟显示，从开始到现在过了{h}小时{m}分钟。"),
    ),
    beat(
        "> hours",
        {"a": between(5, 11), "b": between(12, 23)},
        (step("hours = b - a", "from {a} to {b} are {eq} hours", "{a}点到{b}点是{eq}小时"),),
        en=(
            "The office is open from {a}:00 to {b}:00.",
            "A shift begins at {a}:00 and ends at {b}:00 on the same day.",
        ),
        zh=("办公室从{a}点开到{b}点。", "一个班次{a}点开始，当天{b}点结束。"),
    ),
    beat(
        "> days",
        {"d": between(20, 120)},
        (),
        en=("There are {d} days until {item.a}.", "{name} counts {d} days to go before {item.a}."),
        zh=("距离{item.a}还有{d}天。", "{name}数了数，离{item.a}还差{d}天。"),
    ),
)

_DAYS = (
    beat(
        "days > days",
        {"d": between(2, 30)},
        (step("days = now + d", "with the delay {eq} days", "推迟后是{eq}天"),),
        en=("It is put off by {d} days.", "A delay of {d} days comes on top."),
        zh=("又推迟了{d}天。", "另外耽误了{d}天。"),
    ),
    beat(
        "days > days",
        {"d": below("now", 30)},
        (step("days = now - d", "{eq} days are left", "剩下{eq}天"),),
        en=(
            "{d} days of that are holidays and do not count.",
            "So far {d} of these days are over.",
        ),
        zh=("其中{d}天放假，不计算。", "到现在已经过去{d}天。"),
    ),
    beat(
        "days > days",
        {"w": between(1, 6)},
        (
            step("extra = w * 7", "{w} weeks are {eq} days", "{w}周是{eq}天"),
            step("days = now + extra", "in all {eq} days", "总共{eq}天"),
        ),
        en=("It is extended by {w} weeks.", "{w} full weeks are added to the plan."),
        zh=("又延长了{w}周。", "计划里再加上{w}个整周。"),
    ),
    beat(
        "days > weeks",
        {},
        (step("weeks = now / 7", "that is {eq} weeks", "就是{eq}周"),),
        en=("Now express this in weeks.", "The time is written down in whole weeks."),
        zh=("把它换算成星期。", "这段时间用整周来记。"),
    ),
    beat(
        "days > hours",
        {"h": between(2, 8)},
        (step("hours = now * h", "that is {eq} hours", "一共{eq}小时"),),
        en=(
            "On each of these days {name} works {h} hours.",
            "{h} hours of practice are planned for every day.",
        ),
        zh=("这些天里{name}每天工作{h}小时。", "每天安排{h}小时练习。"),
    ),
    beat(
        "days > days",
        {},
        (step("days = now / 2", "half the time is {eq} days", "一半是{eq}天"),),
        en=(
            "A new schedule halves this time.",
            "Exactly half of these days are rainy; count them.",
        ),
        zh=("新的日程把时间缩短一半。", "其中正好一半是雨天，数雨天。"),
    ),
    beat(
        "weeks > days",
        {"t": between(2, 5)},
        (step("days = now * t", "that is {eq} training days", "训练{eq}天"),),
        en=(
            "In each week there are {t} training days. Count those days.",
            "{name} trains on {t} days of every week.",
        ),
        zh=("每周有{t}个训练日，数训练日。", "{name}每周训练{t}天。"),
    ),
    beat(
        "weeks > weeks",
        {"d": between(1, 12)},
        (step("weeks = now + d", "with them {eq} weeks", "加起来{eq}周"),),
        en=("{d} weeks of holidays follow.", "Another {d} weeks go by."),
        zh=("接着是{d}周假期。", "又过了{d}个星期。"),
    ),
)

_CLOCK = (
    beat(
        "minutes > minutes",
        {"b": between(5, 30)},
        (step("minutes = now + b", "with the break {eq} minutes", "加上休息{eq}分钟"),),
        en=("A break of {b} minutes is added.", "In between there is a pause of {b} minutes."),
        zh=("中间休息{b}分钟。", "另外有{b}分钟的间歇。"),
    ),
    beat(
        "minutes > minutes",
        {"b": below("now", 40)},
        (step("minutes = now - b", "it takes {eq} minutes", "需要{eq}分钟"),),
        en=("It ends {b} minutes early.", "By starting late, {b} minutes are lost."),
        zh=("提前{b}分钟结束。", "因为开始晚了，少了{b}分钟。"),
    ),
    beat(
        "minutes > minutes",
        {"d": between(2, 5)},
        (step("minutes = now * d", "in {d} days {eq} minutes", "{d}天是{eq}分钟"),),
        en=("The same happens on {d} days.", "It is repeated on {d} days of the week."),
        zh=("这样过了{d}天。", "一周里有{d}天都是这样。"),
    ),
    beat(
        "minutes > minutes",
        {"s": divisor_of("now", 9)},
        (step("minutes = now / s", "one part takes {eq} minutes", "每段{eq}分钟"),),
        en=(
            "The time is divided into {s} equal sections; take one section.",
            "{s} speakers share it equally; look at one of them.",
        ),
        zh=("这段时间平均分成{s}段，看其中一段。", "{s}位发言者平分这段时间，看其中一位。"),
    ),
    beat(
        "minutes > minutes",
        {"n": between(2, 5), "b": one_of((5, 10, 15, 20))},
        (
            step("extra = n * b", "the pauses take {eq} minutes", "间歇共{eq}分钟"),
            step("minutes = now + extra", "in all {eq} minutes", "总共{eq}分钟"),
        ),
        en=(
            "There are {n} pauses of {b} minutes.",
            "{n} times the clock is stopped for {b} minutes.",
        ),
        zh=("其间停了{n}次，每次{b}分钟。", "中途有{n}次间歇，每次{b}分钟。"),
    ),
    beat(
        "hours > hours",
        {"b": below("now", 6)},
        (step("hours = now - b", "without the break {eq} hours", "除去休息{eq}小时"),),
        en=("{b} hours of it are a lunch break.", "For cleaning, {b} hours are taken off."),
        zh=("其中{b}小时是午休。", "要减去{b}小时打扫时间。"),
    ),
    beat(
        "hours > hours",
        {"d": between(2, 7)},
        (step("hours = now * d", "on {d} days {eq} hours", "{d}天是{eq}小时"),),
        en=("It is the same on {d} days of the week.", "This is counted over {d} days."),
        zh=("一周里有{d}天如此。", "这样算{d}天。"),
    ),
    beat(
        "hours > minutes",
        {},
        (step("minutes = now * 60", "that is {eq} minutes", "就是{eq}分钟"),),
        en=("Now the time is given in minutes.", "Convert this into minutes."),
        zh=("把时间换成分钟。", "换算成分钟。"),
    ),
    beat(
        "hours > hours",
        {"b": between(1, 12)},
        (step("hours = now + b", "with overtime {eq} hours", "加班后{eq}小时"),),
        en=("{b} hours of overtime come in addition.", "It runs {b} hours longer than planned."),
        zh=("另外加班{b}小时。", "比计划多用了{b}小时。"),
    ),
)

_QUESTIONS = ask(
    {
        "days": (
            ("How many days is that?", "What is the number of days?"),
            ("一共是多少天？", "有几天？"),
        ),
        "weeks": (
            ("How many weeks are these?", "What is the number of weeks?"),
            ("一共是几周？", "有多少个星期？"),
        ),
        "minutes": (
            ("How many minutes does it take?", "What is the time in minutes?"),
            ("一共多少分钟？", "需要几分钟？"),
        ),
        "hours": (
            ("How many hours are these?", "What is the time in hours?"),
            ("一共多少小时？", "是几个小时？"),
        ),
    }
)

_SETTINGS = (
    Setting(
        "events",
        nouns(
            """
            summer camp | summer camps | 夏令营 | 次
            harvest festival | harvest festivals | 丰收节 | 个
            art exhibition | art exhibitions | 画展 | 个
            school trip | school trips | 春游 | 次
            """
        ),
        phrases("in town | 城里\nat school | 学校里"),
    ),
    Setting(
        "projects",
        nouns(
            """
            building project | building projects | 工程 | 项
            language course | language courses | 外语课程 | 门
            sea voyage | sea voyages | 航行 | 次
            experiment | experiments | 实验 | 项
            """
        ),
        phrases("at the university | 大学里\nat the harbour | 港口"),
    ),
)

DOMAIN = Domain("calendar", (*_OPENINGS, *_DAYS, *_CLOCK), _QUESTIONS, _SETTINGS)
