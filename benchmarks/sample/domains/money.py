"""Shopping and money: prices, change, sharing a bill."""

from benchmarks.sample.draws import below, between, divisor_of, one_of
from benchmarks.sample.story import Domain, Setting, ask, beat, step
from benchmarks.sample.words import nouns, phrases

_OPENINGS = (
    beat(
        "> left",
        {"m": between(20, 99)},
        (),
        en=("{name} has {m} dollars.", "In {name.his} purse {name} finds {m} dollars."),
        zh=("{name}有{m}元钱。", "{name}的钱包里有{m}元。"),
    ),
    beat(
        "> cost",
        {"n": between(2, 12), "price": between(2, 12)},
        (step("cost = n * price", "the {item} cost {eq} dollars", "{item}一共要{eq}元"),),
        en=(
            "{name} buys {n} {item} {place} at {price} dollars each.",
            "Each {item.one} costs {price} dollars, and {name} takes {n} of them.",
            "{place}, {name} picks out {n} {item}, each priced at {price} dollars.",
        ),
        zh=(
            "{name}{place}买了{n}{item.unit}{item}，每{item.unit}{price}元。",
            "{place}，一{item.unit}{item}卖{price}元，{name}买了{n}{item.unit}。",
        ),
    ),
    beat(
        "> cost",
        {"p": between(3, 40), "q": between(3, 40)},
        (step("cost = p + q", "together they cost {eq} dollars", "两样一共{eq}元"),),
        en=(
            "{name} buys {item.a} for {p} dollars and {item2.a} for {q} dollars.",
            "{item.a} costs {p} dollars and {item2.a} costs {q} dollars. {name} buys one of each.",
        ),
        zh=(
            "{name}买了{item.a}，花了{p}元，又买了{item2.a}，花了{q}元。",
            "{item.a}{p}元，{item2.a}{q}元，{name}各买一{item.unit}。",
        ),
    ),
    beat(
        "> cost",
        {"n": between(2, 9), "p": between(2, 9), "k": between(2, 9), "q": between(2, 9)},
        (
            step("one = n * p", "the {item} cost {eq} dollars", "{item}要{eq}元"),
            step("two = k * q", "the {item2} cost {eq} dollars", "{item2}要{eq}元"),
            step("cost = one + two", "together that is {eq} dollars", "合起来是{eq}元"),
        ),
        en=(
            "{name} buys {n} {item} at {p} dollars each and {k} {item2} at {q} dollars each.",
            "One {item.one} is {p} dollars and one {item2.one} is {q} dollars. "
            "{name} takes {n} {item} and {k} {item2}.",
        ),
        zh=(
            "{name}买了{n}{item.unit}{item}，每{item.unit}{p}元；"
            "又买了{k}{item2.unit}{item2}，每{item2.unit}{q}元。",
            "{item}每{item.unit}{p}元，{item2}每{item2.unit}{q}元，"
            "{name}买了{n}{item.unit}{item}和{k}{item2.unit}{item2}。",
        ),
    ),
    beat(
        "> left",
        {"p": between(2, 12), "n": between(3, 12)},
        (step("saved = p * n", "{name} has saved {eq} dollars", "{name}存了{eq}元"),),
        en=(
            "{name} saves {p} dollars of pocket money every week for {n} weeks.",
            "For {n} weeks {name} puts {p} dollars a week into a money box.",
        ),
        zh=("{name}每周存{p}元零花钱，存了{n}周。", "{name}连续{n}周往储蓄罐里放钱，每周{p}元。"),
    ),
)

_COST = (
    beat(
        "cost > cost",
        {"k": between(2, 8), "q": between(2, 9)},
        (
            step("more = k * q", "the {item2} cost {eq} dollars", "{item2}要{eq}元"),
            step("cost = now + more", "the bill is now {eq} dollars", "账单变成{eq}元"),
        ),
        en=(
            "{k} {item2} at {q} dollars each are added to the bill.",
            "{name.he} also takes {k} {item2} for {q} dollars each.",
        ),
        zh=(
            "账单上又加了{k}{item2.unit}{item2}，每{item2.unit}{q}元。",
            "{name.he}还要了{k}{item2.unit}{item2}，每{item2.unit}{q}元。",
        ),
    ),
    beat(
        "cost > cost",
        {"d": below("now", 20)},
        (step("cost = now - d", "with the coupon it is {eq} dollars", "用券后是{eq}元"),),
        en=(
            "A coupon takes {d} dollars off the total.",
            "The cashier accepts a voucher worth {d} dollars.",
        ),
        zh=("一张优惠券可以减{d}元。", "收银员收下了一张{d}元的代金券。"),
    ),
    beat(
        "cost > cost",
        {"d": between(3, 20)},
        (step("cost = now + d", "with delivery it is {eq} dollars", "加上运费是{eq}元"),),
        en=("Delivery adds {d} dollars.", "Having it all brought home costs {d} dollars more."),
        zh=("另付运费{d}元。", "送货上门还要多付{d}元。"),
    ),
    beat(
        "cost > cost",
        {"k": between(2, 6)},
        (step("cost = now * k", "{k} such orders cost {eq} dollars", "{k}份要{eq}元"),),
        en=(
            "The same order is placed {k} times.",
            "{k} classes each receive exactly this order, all paid by {name}.",
        ),
        zh=("同样的东西一共订了{k}份。", "{name}给{k}个班各订了一份同样的东西。"),
    ),
    beat(
        "cost > cost",
        {},
        (step("cost = now / 2", "half of it is {eq} dollars", "半价是{eq}元"),),
        en=("Today everything is sold at half price.", "A sale cuts the bill in half."),
        zh=("今天所有商品半价。", "店里打对折。"),
    ),
    beat(
        "cost > share",
        {"k": divisor_of("now")},
        (step("share = now / k", "each pays {eq} dollars", "每人付{eq}元"),),
        en=(
            "{k} friends split the bill equally.",
            "The cost is divided evenly among {k} people.",
        ),
        zh=("{k}个朋友平分这笔钱。", "这笔费用由{k}个人平均分摊。"),
    ),
    beat(
        "cost > left",
        {"b": one_of((20, 50, 60, 80, 100, 120, 150, 200))},
        (step("left = b - now", "the change is {eq} dollars", "找回{eq}元"),),
        en=("{name} pays with {b} dollars.", "{name} hands {b} dollars to the cashier."),
        zh=("{name}付了{b}元。", "{name}递给收银员{b}元。"),
    ),
    beat(
        "cost > cost & price",
        {"r": between(2, 4)},
        (
            step("back = r * price", "the refund is {eq} dollars", "退款是{eq}元"),
            step("cost = now - back", "after the refund it is {eq} dollars", "退款后是{eq}元"),
        ),
        en=(
            "{name} then returns {r} {item} at the price paid for them.",
            "{r} of the {item} are faulty, and their full price is refunded.",
        ),
        zh=(
            "后来{name}按原价退了{r}{item.unit}{item}。",
            "其中{r}{item.unit}{item}有毛病，按原价退款。",
        ),
    ),
)

_AFTER = (
    beat(
        "share > share",
        {"d": between(2, 15)},
        (step("share = now + d", "with the bus it is {eq} dollars", "加上车费是{eq}元"),),
        en=(
            "Each of them also pays {d} dollars for the bus.",
            "On top of that, everyone spends {d} dollars on a bus ticket.",
        ),
        zh=("每人另外还要付{d}元车费。", "除此之外，每个人还花了{d}元坐公交车。"),
    ),
    beat(
        "share > cost",
        {"k": between(2, 6)},
        (step("cost = now * k", "{name} pays {eq} dollars", "{name}付{eq}元"),),
        en=(
            "{name} treats the family and pays {k} of these shares.",
            "{k} of these shares are paid by {name} alone.",
        ),
        zh=("{name}请客，替家里付了{k}个人的份。", "其中{k}个人的份由{name}一人付。"),
    ),
    beat(
        "left > left",
        {"d": below("now", 40)},
        (step("left = now - d", "{eq} dollars are left", "还剩{eq}元"),),
        en=(
            "{name} spends {d} dollars on {item3.a}.",
            "Then {item3.a} for {d} dollars is bought.",
        ),
        zh=("{name}买{item3.a}用去{d}元。", "接着花{d}元买了{item3.a}。"),
    ),
    beat(
        "left > left",
        {"d": between(3, 40)},
        (step("left = now + d", "{name} now has {eq} dollars", "{name}现在有{eq}元"),),
        en=(
            "{name} earns {d} dollars by walking a dog.",
            "For washing a car, {name} is paid {d} dollars.",
        ),
        zh=("{name}帮人遛狗挣了{d}元。", "{name}洗车得到{d}元报酬。"),
    ),
    beat(
        "left > left",
        {"k": between(2, 3)},
        (step("left = now * k", "that makes {eq} dollars", "变成{eq}元"),),
        en=(
            "Grandmother makes it {k} times as much.",
            "An uncle is generous, so the sum grows to {k} times what it was.",
        ),
        zh=("奶奶把这笔钱变成了原来的{k}倍。", "叔叔很大方，让这笔钱增加到原来的{k}倍。"),
    ),
    beat(
        "left > left",
        {},
        (step("left = now / 2", "half of it is {eq} dollars", "一半是{eq}元"),),
        en=("{name} gives half of the money to charity.", "Half of the money goes to {friend}."),
        zh=("{name}把一半的钱捐了出去。", "一半的钱给了{friend}。"),
    ),
    beat(
        "left > left",
        {"k": between(2, 6), "q": between(2, 9)},
        (
            step("spent = k * q", "the {item3} cost {eq} dollars", "{item3}要{eq}元"),
            step("left = now - spent", "{eq} dollars remain", "剩下{eq}元"),
        ),
        en=(
            "{name} buys {k} {item3} for {q} dollars each.",
            "At {q} dollars apiece, {k} {item3} are paid from this money.",
        ),
        zh=(
            "{name}买了{k}{item3.unit}{item3}，每{item3.unit}{q}元。",
            "用这笔钱又买了{k}{item3.unit}{item3}，每{item3.unit}{q}元。",
        ),
    ),
    beat(
        "left > count",
        {"q": divisor_of("now", 9)},
        (step("count = now / q", "that buys {eq} {item2}", "可以买{eq}{item2.unit}"),),
        en=(
            "All the money goes into {item2} at {q} dollars each.",
            "With all of it, {name} buys {item2} that cost {q} dollars apiece.",
        ),
        zh=(
            "这些钱全部用来买{item2}，每{item2.unit}{q}元。",
            "{name}把钱都买了{item2}，一{item2.unit}{q}元。",
        ),
    ),
    beat(
        "count > count",
        {"d": below("now", 10)},
        (step("count = now - d", "{eq} {item2} are left", "还剩{eq}{item2.unit}"),),
        en=("{d} of them are given to {friend}.", "{friend} receives {d} of these {item2}."),
        zh=("送给{friend}{d}{item2.unit}。", "{friend}得到其中{d}{item2.unit}。"),
    ),
    beat(
        "count > count",
        {"d": between(2, 12)},
        (step("count = now + d", "that makes {eq} {item2}", "共有{eq}{item2.unit}"),),
        en=("The shop adds {d} more for free.", "{d} free {item2} come with the purchase."),
        zh=("商店又免费送了{d}{item2.unit}。", "买完还赠送{d}{item2.unit}。"),
    ),
)

_QUESTIONS = ask(
    {
        "cost": (
            ("How much is there to pay in the end?", "What is the final price in dollars?"),
            ("最后一共要付多少元？", "总共需要多少钱？"),
        ),
        "left": (
            ("How many dollars does {name} have then?", "How much money does {name} end up with?"),
            ("{name}最后有多少元？", "这时{name}手里有多少钱？"),
        ),
        "share": (
            ("How many dollars does each of them pay?", "How much money does it come to a person?"),
            ("每个人要付多少元？", "平均每人花多少钱？"),
        ),
        "count": (
            ("How many {item2} does {name} have then?", "How many {item2} is that?"),
            ("{name}这时有多少{item2.unit}{item2}？", "一共是多少{item2.unit}{item2}？"),
        ),
    }
)

_SETTINGS = (
    Setting(
        "stationery",
        nouns(
            """
            notebook | notebooks | 笔记本 | 本
            pencil | pencils | 铅笔 | 支
            eraser | erasers | 橡皮 | 块
            ruler | rulers | 尺子 | 把
            marker | markers | 彩笔 | 支
            stapler | staplers | 订书机 | 个
            """
        ),
        phrases("at the stationery shop | 在文具店\nfor the new school year | 开学前"),
    ),
    Setting(
        "food",
        nouns(
            """
            sandwich | sandwiches | 三明治 | 个
            melon | melons | 西瓜 | 个
            loaf of bread | loaves of bread | 面包 | 个
            pizza | pizzas | 比萨 | 个
            cheese cake | cheese cakes | 蛋糕 | 块
            jar of honey | jars of honey | 蜂蜜 | 瓶
            """
        ),
        phrases("at the supermarket | 在超市\nfor a picnic | 为了野餐"),
    ),
    Setting(
        "clothes",
        nouns(
            """
            scarf | scarves | 围巾 | 条
            T-shirt | T-shirts | 短袖 | 件
            cap | caps | 帽子 | 顶
            belt | belts | 皮带 | 条
            sweater | sweaters | 毛衣 | 件
            umbrella | umbrellas | 雨伞 | 把
            """
        ),
        phrases("in a clothes shop | 在服装店\nfor the winter | 过冬前"),
    ),
    Setting(
        "toys",
        nouns(
            """
            toy car | toy cars | 玩具车 | 辆
            puzzle | puzzles | 拼图 | 盒
            kite | kites | 风筝 | 只
            doll | dolls | 娃娃 | 个
            robot | robots | 机器人 | 个
            board game | board games | 棋 | 副
            """
        ),
        phrases("in the toy shop | 在玩具店\nfor a birthday party | 为了生日会"),
    ),
    Setting(
        "garden",
        nouns(
            """
            rose bush | rose bushes | 月季 | 株
            flower pot | flower pots | 花盆 | 个
            shovel | shovels | 铲子 | 把
            watering can | watering cans | 水壶 | 个
            bag of soil | bags of soil | 营养土 | 袋
            apple sapling | apple saplings | 苹果苗 | 棵
            """
        ),
        phrases("at the garden centre | 在花市\nin spring | 春天"),
    ),
)

DOMAIN = Domain("money", (*_OPENINGS, *_COST, *_AFTER), _QUESTIONS, _SETTINGS)
