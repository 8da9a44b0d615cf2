"""The units beside the numbers of an equation, and the factors by which they convert.

`75 cents * 4 = $3` and `2 feet * 3 = 72 inches` are true for a reader; `60 + 20 = 8` is not, since
it names no unit of which ten make another.
"""

from collections.abc import Collection
from fractions import Fraction

from rbic.core.quantities import Value

_DIMENSIONS = {
    "hour hr minute min second sec day week month year":
        (4, 7, 12, 24, 30, 52, 60, 365, 1440, 3600),
    "mile mi yard foot feet ft inch inche kilometer km meter m decimeter dm centimeter cm "
    "millimeter mm": (3, 10, 12, 16, 36, 100, 144, 1000, 1760, 5280),
    "pound lb ounce oz ton kilogram kg gram g": (10, 16, 100, 1000, 2000),
    "gallon quart pint cup liter l milliliter ml ounce tablespoon teaspoon":
        (2, 3, 4, 8, 10, 16, 100, 128, 1000),
    "dollar cent quarter dime nickel penny pennies dozen": (4, 5, 10, 12, 20, 100),
}  # fmt: skip
"""Units of one dimension, singular -> the factors between them."""
_FACTORS = [(frozenset(units.split()), frozenset(many)) for units, many in _DIMENSIONS.items()]
_UNITS = frozenset().union(*[units for units, _ in _FACTORS])
_ANY_FACTOR = frozenset().union(*[many for _, many in _FACTORS])
_HUNDRED = frozenset((100,))
_NONE: frozenset[int] = frozenset()


def units_in(words: Collection[str]) -> frozenset[str]:
    """The units among `words`, in the singular."""
    return _UNITS & {word.lower().removesuffix("s") for word in words}


def factors_between(words: Collection[str], kinds: str) -> frozenset[int]:
    """The factors between the units that an equation names.

    Args:
        words: its tokens.
        kinds: their kinds (rbic.core.tokens). A currency or percent sign converts by 100; beside
            Chinese words every factor may be meant.

    Returns:
        The factors; none where no unit is named.
    """
    if "c" in kinds:
        return _ANY_FACTOR
    named = units_in(words)
    found = _HUNDRED if "%" in kinds or "$" in kinds else _NONE
    return found.union(*[many for units, many in _FACTORS if units & named])


def converts(left: Value, right: Value, factors: Collection[int]) -> bool:
    """Whether two values that are not equal are one amount in two units."""
    if left == 0 or right == 0 or not factors:
        return False
    ratio = Fraction(left) / right
    return max(ratio, 1 / ratio) in factors
