"""Words around a value: which multiply it, which change it, which name the same thing."""

import re
from dataclasses import dataclass
from fractions import Fraction

from rbic.core.answers.number_words import DENOMINATORS, MULTIPLIERS
from rbic.core.answers.units import MONEY, measure, singular

CHANGING = frozenset(
    "not no non never more less fewer greater than least most over under below above between twice "
    "half double plus minus times half-dozen pair couple score gross quarter third except without "
    "remainder squared cubed ago before after past noon if when because off loss decrease decline "
    "reduction down north south east west 前 后 或 非".split()
) | frozenset(DENOMINATORS)
"""Words after which a value is no longer the value."""

_OPERATIONS = frozenset(
    "multiple factor divisor power square cube root reciprocal opposite negative".split()
)
_CHANGING_PARTS = (
    "不", "没", "超", "多", "少", "倍", "余", "半", "以上", "以下", "以内", "大于", "小于", "零下",
    "亏", "下降", "下跌", "降低",
)  # fmt: skip
_OPPOSITES = [
    tuple(pair.split("/"))
    for pair in (
        "more/less more/fewer greater/less increase/decrease gain/loss profit/loss rise/fall "
        "growth/decline up/down above/below over/under before/after ago/later earlier/later "
        "faster/slower higher/lower longer/shorter taller/shorter larger/smaller bigger/smaller "
        "heavier/lighter older/younger hotter/colder warmer/colder north/south east/west "
        "clockwise/counterclockwise clockwise/anticlockwise forward/backward forwards/backwards "
        "零上/零下 增加/减少 增长/减少 盈利/亏损 利润/亏损 上升/下降 上涨/下跌 升/降 涨/跌 "
        "收入/支出 多/少 以上/以下 东/西 南/北 快/慢 高/低 大/小 长/短 前/后"
    ).split()
]
_IDLE = frozenset("of the a an in per total each us 的".split())
_PER = frozenset("a an per each every".split())
_SHAPE = frozenset("square sq cubic cu".split())
"""Words that make another quantity of one with the same unit."""
_SHAPE_PARTS = ("/", "每", "平方", "立方")
_POWERS = re.compile(r"\^\d")
_OF = re.compile(r"of(?: (?:an?|the))?(?: |$)")
_PLACES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_COUNTED = re.compile(f"个({'|'.join(_PLACES)})")
_TENTHS = {"成": 10, "折": 10}
"""七成 and 七折 are 70 %."""
_COUNTS = {"pair": 2, "couple": 2, "score": 20, "gross": 144}


@dataclass(frozen=True, slots=True)
class Multiplied:
    """What the first words of a unit multiply the value by."""

    factor: Fraction
    unit: str
    """The words that remain."""
    other_factor: Fraction | None = None
    """What it may be instead: 3 tenths are 0.3, or three of them."""


def changes_value(unit: str) -> bool:
    """Whether the words around a value may make it another one: more than 5, 5 less."""
    words = unit.lower().split()
    changing = any(word in CHANGING or singular(word) in CHANGING for word in words)
    return changing or any(part in unit for part in _CHANGING_PARTS)


def lead_changes_value(lead: str) -> bool:
    """Whether words before a value may make it another one: more than, a multiple of, loss of."""
    operations = {singular(word) for word in lead.split()} & _OPERATIONS
    return changes_value(lead) or bool(operations) or lead.endswith(("倍数", "因数", "约数"))


def split_multiplier(unit: str) -> Multiplied:
    """Take a leading multiplier off a unit: 10,000 off 万元, a million off "usd million".

    A sign of money stands before the value, so that its word comes before the multiplier's.
    """
    first, _, rest = unit.partition(" ")
    if first in MONEY and rest:
        inner = split_multiplier(rest)
        return Multiplied(inner.factor, f"{first} {inner.unit}".strip(), inner.other_factor)
    if not unit.isascii():
        return _split_chinese(unit)
    word = singular(first)
    one = Fraction(1)
    if word in MULTIPLIERS or word == "ten":
        factor = Fraction(MULTIPLIERS.get(word, 10))
        if first.lower() == word:
            return Multiplied(factor, rest) if word != "ten" else Multiplied(one, unit)
        return Multiplied(factor, _OF.sub("", rest, count=1), one)
    part = "half" if word == "halve" else word
    if part in ("half", "quarter"):
        # Halves of a match, coins: too often no part of one.
        return Multiplied(one, unit, Fraction(1, DENOMINATORS[part]))
    if part in DENOMINATORS:
        return Multiplied(Fraction(1, DENOMINATORS[part]), _OF.sub("", rest, count=1), one)
    return Multiplied(one, unit, Fraction(_COUNTS[word]) if word in _COUNTS else None)


def _split_chinese(unit: str) -> Multiplied:
    """Take 万, 个百, 成 or 折 off a unit."""
    one = Fraction(1)
    if match := _COUNTED.fullmatch(unit):
        return Multiplied(Fraction(_PLACES[match[1]]), "", one)
    for word, factor in _TENTHS.items():
        if unit == word:
            return Multiplied(Fraction(factor), "%", one)
    for word in sorted(MULTIPLIERS, key=len, reverse=True):
        if not word.isascii() and unit.startswith(word):
            return Multiplied(Fraction(MULTIPLIERS[word]), unit[len(word) :].strip())
    return Multiplied(one, unit)


def opposite_words(a: str, b: str) -> bool:
    """Whether the words around two values differ in a word and its opposite: more, less."""
    if not a.isascii() or not b.isascii():
        return any(
            (x in a and a.replace(x, y) == b) or (x in b and b.replace(x, y) == a)
            for x, y in _OPPOSITES
            if not x.isascii()
        )
    one, other = (set(words.lower().split()) for words in (a, b))
    return any(
        (one - other, other - one) in (({x}, {y}), ({y}, {x})) for x, y in _OPPOSITES if x.isascii()
    )


def _essential(words: str) -> set[str]:
    return {singular(word) for word in words.split()} - _IDLE


def _shape(unit: str) -> set[str]:
    """What in a unit makes it a rate, an area or a volume."""
    words = unit.lower().split()
    rate = {"per" for word in words[1:] if word in ("a", "an", "per", "each", "every")}
    marks = {part for part in _SHAPE_PARTS if part in unit}
    return (
        rate | marks | set(_POWERS.findall(unit)) | ({*words} & _SHAPE - {"per", "each", "every"})
    )


def _head(unit: str) -> set[str]:
    """What is counted: the boxes in boxes of eggs."""
    return _essential(unit.partition(" of ")[0])


def same_words(a: str, b: str) -> bool:
    """Whether two units name the same thing: 5 red apples are 5 apples, 858颗 are 858颗糖果."""
    if a.isascii() != b.isascii() or _shape(a) != _shape(b):
        return False
    if not a.isascii():
        return a.startswith(b) or b.startswith(a)
    one, other = _essential(a), _essential(b)
    if any(measure(word) for word in one ^ other):
        return False  # $50 is not "$50 cents", nor 5 trips 5 day trips
    heads = _head(a), _head(b)
    return (one <= other or other <= one) and (not all(heads) or bool(heads[0] & heads[1]))


def same_lead(a: str, b: str) -> bool:
    """Whether the words before two values say the same, one in more words than the other."""
    one, other = _essential(a.lower()), _essential(b.lower())
    return one <= other or other <= one
