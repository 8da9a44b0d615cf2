"""Units around a value: which are the same, and how those of one dimension convert."""

import re
from dataclasses import dataclass
from fractions import Fraction

from rbic.core.answers.number_words import MULTIPLIERS


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure: what it measures and how many base units it is."""

    dimension: str
    factor: Fraction


def _units(dimension: str, **spellings: str) -> dict[str, Unit]:
    """Units of a dimension: the factor as a keyword (f1_60 is 1/60), its spellings in a string."""
    table = {}
    for factor, names in spellings.items():
        value = Fraction(factor[1:].replace("_", "/"))
        table.update({name: Unit(dimension, value) for name in names.split()})
    return table


UNITS: dict[str, Unit] = (
    _units("length", f1="m meter metre 米", f1000="km kilometer kilometre 千米 公里",
           f1_10="dm decimeter 分米", f1_100="cm centimeter centimetre 厘米",
           f1_1000="mm millimeter millimetre 毫米")
    | _units("imperial length", f1="in inch inche", f12="ft foot feet",
             f36="yd yard", f63360="mi mile")
    | _units("mass", f1="g gram 克", f1000="kg kilogram 千克 公斤", f1_1000="mg milligram 毫克",
             f500="斤", f1000000="t ton tonne 吨")
    | _units("imperial mass", f1="oz ounce", f16="lb pound")
    | _units("time", f1="s sec second 秒 秒钟", f60="min minute 分钟", f3600="h hr hour 小时",
             f86400="day 天", f604800="week 周 星期")
    | _units("calendar", f1="month 月 个月", f12="year yr 年")
    | _units("volume", f1="l liter litre 升", f1_1000="ml milliliter millilitre 毫升")
    | _units("money", f1="usd dollar buck", f1_100="cent ¢")
    | _units("yuan", f1="cny yuan rmb 元 块", f1_10="角")
    | _units("euro", f1="eur euro")
    | _units("sterling", f1="gbp")
    | _units("rupee", f1="inr rupee rs")
    | _units("angle", f1="degree deg 度")
)  # fmt: skip

CHANGING = frozenset(
    "not no non never more less fewer greater than least most over under below above between twice "
    "half double plus minus times half-dozen pair couple score gross quarter third except without "
    "remainder squared cubed ago before after past noon if when because 前 后 或 非".split()
)
"""Words after which a value is no longer the value."""

_CHANGING_PARTS = ("不", "没", "超", "多", "少", "倍", "余", "以上", "以下", "以内", "大于", "小于")
_POWER = re.compile(r"\^(\d)$")
_PER = re.compile(r" ?/ ?| per |每")
_RATES = {
    "mph": "mile/hour", "kph": "km/hour", "kmh": "km/hour", "kmph": "km/hour", "mps": "m/s",
}  # fmt: skip
_PERIODS = {"时": "小时", "分": "分钟"}
"""Short for a unit after "per": 时 alone is a time of day, 分 a point or a coin."""
_AREA_PREFIX = {"square": 2, "sq": 2, "cubic": 3, "平方": 2, "立方": 3}
_IDLE = frozenset("of the a an in per total each us 的".split())


def singular(word: str) -> str:
    """A word in lower case without the plural's s."""
    word = word.lower().rstrip(".")
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


def changes_value(unit: str) -> bool:
    """Whether the words around a value may make it another one: more than 5, 5 less."""
    words = unit.lower().split()
    return any(word in CHANGING for word in words) or any(part in unit for part in _CHANGING_PARTS)


def split_multiplier(unit: str) -> tuple[int, str]:
    """Take a leading multiplier off a unit: (10000, "元") for 万元, (10**6, "dollars")."""
    for word in sorted(MULTIPLIERS, key=len, reverse=True):
        if unit == word or unit.startswith(word + " "):
            return MULTIPLIERS[word], unit[len(word) :].strip()
        if not word.isascii() and unit.startswith(word):
            return MULTIPLIERS[word], unit[len(word) :]
    return 1, unit


def measure(unit: str) -> Unit | None:
    """The unit of measure that words name, or None.

    Args:
        unit: words as the parser leaves them: "cm^2", "square meters", "平方米", "dollars",
            "km / h", "miles per hour".
    """
    parts = _PER.split(_RATES.get(unit.lower(), unit))
    above = _measure_one(parts[0])
    if len(parts) == 1 or above is None:
        return above
    below = _measure_one(_PERIODS.get(parts[1], parts[1])) if len(parts) == 2 else None
    if below is None:
        return None
    return Unit(f"{above.dimension}/{below.dimension}", above.factor / below.factor)


def _measure_one(unit: str) -> Unit | None:
    """The unit of measure without a "per" that words name, or None."""
    words = unit.split()
    power = 1
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
    known = UNITS.get(word) or UNITS.get(word.lower()) or UNITS.get(singular(word))
    if known is None:
        return None
    return Unit(f"{known.dimension}^{power}", known.factor**power)


def same_words(a: str, b: str) -> bool:
    """Whether two units name the same thing: 5 red apples are 5 apples, 858颗 are 858颗糖果."""
    if a.isascii() != b.isascii():
        return False
    if not a.isascii():
        return a.startswith(b) or b.startswith(a)
    one, other = ({singular(word) for word in unit.split()} - _IDLE for unit in (a, b))
    return one <= other or other <= one
