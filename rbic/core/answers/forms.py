"""What an answer is made of: the tree that `answers.parser` builds and `equivalence` compares."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Unreadable(ValueError):
    """The text is no answer that this grammar knows."""


class TooLarge(Unreadable):
    """The answer is of the grammar, but too long, deep or large to be worked with."""


@dataclass(frozen=True, slots=True)
class Number:
    """A numeral: its exact value and how finely it was written.

    `decimals` counts the places after the decimal point (0 for an integer), `digits` the
    significant digits.
    """

    value: Fraction
    decimals: int = 0
    digits: int = 1


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, a constant or a label, with its subscript and primes."""

    text: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operation or function and its arguments: "+", "*", "^", "sqrt", "sin", "call f", ..."""

    function: str
    arguments: tuple["Form", ...]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value with words around it: a unit, a currency, what is counted."""

    value: "Form"
    unit: str
    lead: str = ""
    """Words before the value that are neither money nor an announcement of it (the area is)."""


class Kind(StrEnum):
    """What a list of items is."""

    LIST = "list"
    ALTERNATIVES = "alternatives"
    TUPLE = "tuple"
    INTERVAL = "interval"
    SET = "set"


@dataclass(frozen=True, slots=True)
class Group:
    """Several items: bare, alternatives (a or b), a tuple, a set, or two ends in brackets."""

    kind: Kind
    items: tuple["Form", ...]
    brackets: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """Sides and the relations between them, as in 1 < x <= 2: one more side than relations."""

    relations: tuple[str, ...]
    sides: tuple["Form", ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of entries; a column vector has rows of one."""

    rows: tuple[tuple["Form", ...], ...]
    function: str = ""
    """What bars around it mean: "determinant" or "norm"."""


Form = Number | Name | Apply | Quantity | Group | Relation | Matrix
