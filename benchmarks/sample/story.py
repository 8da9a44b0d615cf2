"""What a domain is made of: beats that tell an event and compute with it, and vocabulary.

A story keeps one running quantity, `now`. An opening sets it; each further beat turns it into
another (42 dollars spent, then a coupon). A beat may also use named quantities that earlier beats
left behind, which makes the program a graph and not only a chain. `takes` and `gives` say of what
kind the running quantity is before and after, so that beats follow one another sensibly.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from benchmarks.sample.program import LARGEST_VALUE, Op
from benchmarks.sample.words import Language, Noun

Values = dict[str, int]
Draw = Callable[[Values, Random], int | None]
"""Draws a given number, seeing the values drawn or computed so far; None when none fits."""

OPENING = ""
"""The kind that an opening takes."""

_INFIX = {
    "+": Op.ADD,
    "-": Op.SUBTRACT,
    "*": Op.MULTIPLY,
    "/": Op.DIVIDE,
    "%": Op.REMAINDER,
}
_CALLS = {
    "gcd": Op.GCD,
    "lcm": Op.LCM,
    "digits": Op.DIGIT_SUM,
    "mean": Op.MEAN,
    "max": Op.MAXIMUM,
    "min": Op.MINIMUM,
    "percent": Op.PERCENT,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One computation: `result = op(operands)`, and how a chain says it.

    `{eq}` stands for the equation in both wordings. An operand is the name of a quantity or a
    constant.
    """

    result: str
    op: Op
    operands: tuple[str | int, ...]
    wording: Mapping[Language, str]


def step(formula: str, english: str, chinese: str) -> Step:
    """Read a step such as `cost = n * p` or `left = gcd(now, m)`.

    Raises:
        ValueError: the formula has another form.
    """
    match = re.fullmatch(r"(\w+) = (?:(\w+) ([-+*/%]) (\w+)|(\w+)\(([\w, ]+)\))", formula)
    if match is None:
        raise ValueError(f"step: expected 'name = a + b' or 'name = gcd(a, b)', got {formula!r}")
    result, left, sign, right, call, arguments = match.groups()
    names = [left, right] if sign else arguments.split(", ")
    operands = tuple(int(name) if name.isdigit() else name for name in names)
    op = _INFIX[sign] if sign else _CALLS[call]
    return Step(result, op, operands, {Language.ENGLISH: english, Language.CHINESE: chinese})


@dataclass(frozen=True, slots=True, eq=False)
class Beat:
    """An event of a story. Givens that begin with `_` are drawn but never told."""

    takes: str
    gives: str
    given: Mapping[str, Draw]
    steps: tuple[Step, ...]
    wordings: Mapping[Language, tuple[str, ...]]
    advances: bool
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Setting:
    """Where the stories of a domain play: the words that fill its templates.

    `cast` says who or what `{cur}` and `{new}` are: people, the nouns, letters or the qualities.
    """

    name: str
    nouns: Mapping[Language, tuple[Noun, ...]]
    places: Mapping[Language, tuple[str, ...]]
    cast: str = "people"
    qualities: Mapping[Language, tuple[str, ...]] | None = None


@dataclass(frozen=True)
class Domain:
    """A field of reasoning with its own vocabulary and operations."""

    name: str
    beats: tuple[Beat, ...]
    questions: Mapping[str, Mapping[Language, tuple[str, ...]]]
    settings: tuple[Setting, ...]
    largest: int = LARGEST_VALUE
    """No value of a story is larger: nobody is 300 years old."""


def beat(
    kinds: str,
    given: Mapping[str, Draw],
    steps: tuple[Step, ...],
    *,
    en: tuple[str, ...],
    zh: tuple[str, ...],
) -> Beat:
    """A beat, in the form in which the domains write it down.

    Args:
        kinds: `kind before > kind after`, or `> kind` for an opening. A `+` at the end moves the
            cast on by one: what was `{new}` becomes `{cur}`. `& name` says that a quantity of
            that name must have been left behind by an earlier beat.
        given: how to draw each number, in order.
        steps: the computations; the last result is the new running quantity. An opening without
            steps leaves its last given as the running quantity.
        en: English wordings, the first for the model's own style.
        zh: Chinese wordings.

    Returns:
        The beat.
    """
    kinds, *needs = kinds.split(" & ")
    advances = kinds.endswith("+")
    takes, gives = (kind.strip() for kind in kinds.rstrip("+").split(">"))
    wordings = {Language.ENGLISH: en, Language.CHINESE: zh}
    return Beat(takes, gives, given, steps, wordings, advances, tuple(needs))


def ask(
    table: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]],
) -> dict[str, dict[Language, tuple[str, ...]]]:
    """The closing questions per kind, from pairs of English and Chinese wordings."""
    return {
        kind: {Language.ENGLISH: english, Language.CHINESE: chinese}
        for kind, (english, chinese) in table.items()
    }
