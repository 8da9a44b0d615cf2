"""Quantities in several units of one dimension: 1 hour 30 minutes, 5 ft 6 in, 5元5角."""

import re
from fractions import Fraction

from rbic.core.answers.forms import Form, Number, Quantity
from rbic.core.answers.number_words import read_chinese_number
from rbic.core.answers.units import UNITS, measure

_CHINESE_UNITS = "|".join(
    sorted((unit for unit in UNITS if not unit.isascii()), key=len, reverse=True)
)
_PART = re.compile(
    r"[\s,]*(?:and\s|又|零)?\s*"
    r"(\d{1,12}(?:\.\d{1,9})?|[一二两三四五六七八九十百]{1,6})\s*"
    rf"([A-Za-z]{{1,12}}\.?|{_CHINESE_UNITS}|分)"
)
_MOST_PARTS = 4


def read_compound(plain: str) -> Form | None:
    """Read a whole answer as a quantity in several units, the larger before the smaller.

    Args:
        plain: an answer in `plain_form`.

    Returns:
        The quantity in its first unit; None where there are no two to four numerals with units of
        one dimension, each smaller than the one before, or one before the last has decimals.
    """
    text = plain.replace('"', " ").strip()
    parts: list[tuple[Fraction, str]] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None or len(parts) == _MOST_PARTS:
            return None
        numeral, unit = match.groups()
        value = Fraction(numeral) if numeral[0].isascii() else read_chinese_number(numeral)
        if value is None:
            return None
        parts.append((value, unit))
        position = match.end()
    total = _sum(parts) if len(parts) > 1 else None
    return None if total is None else Quantity(Number(total), parts[0][1])


def _sum(parts: list[tuple[Fraction, str]]) -> Fraction | None:
    """The sum of the parts in the first one's unit; None where they make no quantity."""
    first = measure(parts[0][1].rstrip("."))
    if first is None or any(value.denominator > 1 for value, _ in parts[:-1]):
        return None
    total, finest = Fraction(0), None
    for value, unit in parts:
        own = measure(unit.rstrip("."), first.measures)
        falls = finest is None or (own is not None and own.factor < finest)
        if own is None or own.measures != first.measures or not falls:
            return None
        total += value * own.factor / first.factor
        finest = own.factor
    return total
