"""Units of measure: which words name one, and how those of one dimension convert."""

import re
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure: what it measures, raised to which power, and how many base units it is."""

    dimension: str
    factor: Fraction
    power: int = 1

    @property
    def measures(self) -> str:
        """The dimension with its power: length^3 for a litre as for a cubic metre."""
        return f"{self.dimension}^{self.power}"


def _units(dimension: str, **spellings: str) -> dict[str, Unit]:
    """Units of a dimension: the factor as a keyword (f1_60 is 1/60), its spellings in a string.

    The dimension may have a power: length^3. A spelling of two words is joined by "~".
    """
    table = {}
    base, _, power = dimension.partition("^")
    for factor, names in spellings.items():
        value = Fraction(factor[1:].replace("_", "/"))
        unit = Unit(base, value, int(power or 1))
        table.update({name.replace("~", " "): unit for name in names.split()})
    return table


UNITS: dict[str, Unit] = (
    _units("length", f1="m meter metre 米", f1000="km kilometer kilometre 千米 公里",
           f1_10="dm decimeter decimetre 分米", f1_100="cm centimeter centimetre 厘米",
           f1_1000="mm millimeter millimetre 毫米", f1_1000000="micrometer 微米",
           f1_1000000000="nm nanometer 纳米", f500="里", f10_3="丈", f1_3="尺", f1_30="寸")
    | _units("length", f127_5000="in inch inche 英寸", f381_1250="ft foot feet 英尺",
             f1143_1250="yd yard 码", f201168_125="mi mile 英里")
    | _units("length^2", f10000="ha hectare 公顷", f316160658_78125="acre 英亩", f2000_3="亩")
    | _units("length^3", f1_1000="l liter litre 升", f1_1000000="ml milliliter millilitre 毫升 cc",
             f1_100000="cl centiliter", f1_10000="dl deciliter")
    | _units("length^3", f473176473_125000000000="gallon gal 加仑",
             f473176473_500000000000="quart qt", f473176473_1000000000000="pint pt",
             f473176473_2000000000000="cup", f473176473_16000000000000="fluid~ounce fl~oz")
    | _units("mass", f1="g gram 克", f1000="kg kilogram kilo 千克 公斤",
             f1_1000="mg milligram 毫克", f500="斤", f1000000="t ton tonne 吨")
    | _units("mass", f45359237_1600000="oz ounce", f45359237_100000="lb pound")
    | _units("time", f1="s sec second 秒 秒钟", f60="min minute 分钟", f3600="h hr hour 小时 钟头",
             f86400="day 天 日", f604800="week wk 周 星期", f1_1000="ms millisecond 毫秒")
    | _units("calendar", f1="month mo 月 个月", f12="year yr 年", f120="decade",
             f1200="century centurie 世纪", f3="季度")
    | _units("money", f1="usd dollar buck 美元 美金", f1_100="cent ¢ 美分")
    | _units("yuan", f1="cny yuan rmb 元 块 块钱 元钱 人民币", f1_10="角 毛")
    | _units("euro", f1="eur euro 欧元")
    | _units("sterling", f1="gbp 英镑", f1_100="pence")
    | _units("rupee", f1="inr rupee rs", f1_100="paise paisa")
    | _units("yen", f1="jpy yen 日元")
    | _units("hong kong dollar", f1="hkd 港元 港币")
    | _units("australian dollar", f1="aud")
    | _units("canadian dollar", f1="cad")
    | _units("angle", f1="degree deg 度")
    | _units("celsius", f1="celsius centigrade 摄氏度")
    | _units("fahrenheit", f1="fahrenheit 华氏度")
    | _units("kelvin", f1="kelvin 开尔文")
    | _units("frequency", f1="hz hertz 赫兹 赫", f1000="khz kilohertz 千赫",
             f1000000="mhz megahertz", f1000000000="ghz gigahertz")
    | _units("current", f1="amp ampere 安 安培", f1_1000="mA milliampere milliamp 毫安")
    | _units("voltage", f1="volt 伏 伏特", f1000="kv kilovolt 千伏", f1_1000="mV millivolt 毫伏")
    | _units("power", f1="watt 瓦 瓦特", f1000="kw kilowatt 千瓦", f1_1000="mW milliwatt",
             f1000000="MW megawatt 兆瓦")
    | _units("energy", f1="joule 焦 焦耳", f1000="kj kilojoule 千焦", f3600000="kwh 千瓦时",
             f1000000="MJ megajoule")
    | _units("force", f1="newton 牛 牛顿", f1000="kn kilonewton 千牛")
    | _units("pressure", f1="Pa pascal 帕 帕斯卡", f1000="kpa kilopascal 千帕",
             f1000000="MPa megapascal 兆帕")
)  # fmt: skip

APPROXIMATE = {"calendar^1": ("time^1", Fraction(2_629_800))}
"""Dimensions that convert by a mean: a month has 30.4375 days of 86,400 s."""

TEMPERATURES = {
    "celsius^1": (Fraction(1), Fraction(0)),
    "fahrenheit^1": (Fraction(5, 9), Fraction(-160, 9)),
    "kelvin^1": (Fraction(1), Fraction(-27315, 100)),
}
"""Degrees Celsius as a factor and a summand: scales with zeros of their own do not multiply."""

IN_CONTEXT = {
    ("time^1", "分"): UNITS["minute"],
    ("time^1", "时"): UNITS["hour"],
    ("time^1", "m"): UNITS["minute"],
    ("yuan^1", "分"): Unit("yuan", Fraction(1, 100)),
}
"""What a unit with several meanings means beside one of that dimension."""

MONEY = frozenset("usd eur gbp cny inr hkd aud cad us rs rmb hk".split())
"""Words for what stood before an amount: $5 is "usd" and 5."""

_POWER = re.compile(r"\^(\d)$")
_PER = re.compile(r" ?/ ?| per | an? |每")
_RATES = {
    "mph": "mile/hour", "kph": "km/hour", "kmh": "km/hour", "kmph": "km/hour", "mps": "m/s",
    "fps": "ft/s",
}  # fmt: skip
_PERIODS = {"时": "小时", "分": "分钟"}
"""Short for a unit after "per": 时 alone is a time of day, 分 a point or a coin."""
_AREA_PREFIX = {"square": 2, "sq": 2, "cubic": 3, "cu": 3, "平方": 2, "立方": 3}


def singular(word: str) -> str:
    """A word in lower case without the plural's s."""
    word = word.lower().rstrip(".")
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


def measure(unit: str, beside: str = "") -> Unit | None:
    """The unit of measure that words name, or None.

    Args:
        unit: words as the parser leaves them: "cm^2", "square meters", "平方米", "dollars",
            "km / h", "miles per hour".
        beside: what the unit that it is compared to measures, as "time^1": 分 are minutes beside
            hours.
    """
    if known := IN_CONTEXT.get((beside, singular(unit))):
        return known
    parts = _PER.split(_RATES.get(unit.lower(), unit))
    above = _measure_one(parts[0])
    if len(parts) == 1 or above is None:
        return above
    below = _measure_one(_PERIODS.get(parts[1], parts[1])) if len(parts) == 2 else None
    if below is None:
        return None
    return Unit(f"{above.measures}/{below.measures}", above.factor / below.factor)


def _measure_one(unit: str) -> Unit | None:
    """The unit of measure without a "per" that words name, or None."""
    if known := _known(unit):
        return known
    words = unit.split()
    power = 1
    if len(words) == 2 and words[0] in MONEY and words[0] in UNITS:
        # $5 dollars says it twice.
        money, named = UNITS[words[0]], _known(words[1])
        return money if money == named else None
    if len(words) == 2 and words[0].lower() in _AREA_PREFIX:
        power = _AREA_PREFIX[words.pop(0).lower()]
    if len(words) != 1:
        return None
    word = words[0]
    if match := _POWER.search(word):
        power, word = int(match.group(1)), word[: match.start()]
    for prefix in ("平方", "立方"):
        if word.startswith(prefix):
            power, word = _AREA_PREFIX[prefix], word.removeprefix(prefix)
    known = _known(word)
    if known is None:
        return None
    return Unit(known.dimension, known.factor**power, known.power * power)


def _known(words: str) -> Unit | None:
    """The unit of the table that a word, or two, name."""
    first, _, last = words.rpartition(" ")
    plain = f"{first.lower()} {singular(last)}".strip()
    # lbs, hrs and yds are too short for singular().
    short = words.lower().removesuffix("s") if len(words) == 3 else words
    return UNITS.get(words) or UNITS.get(words.lower()) or UNITS.get(plain) or UNITS.get(short)
