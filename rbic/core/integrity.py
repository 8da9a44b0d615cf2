r"""Integrity of a chain of thought: how much of it belongs to a sound argument.

    R = live share^h * (1 - failed)^a * (1 - leaps)^b * (1 - false)^c
        * (d where contradicted, else 1) * (e where the stated answer is unreached, else 1)
        * (f where it is assumed, else 1) * (1 - g * left out)

The live share is taken over characters, failed over steps, leaps over operands, false over the
equations that could be recomputed, left out over the numbers of the question; a to h are
`ChainRule`'s: an exponent of 0, a factor of 1 or a weight of 0 turns its defect off. Source: ours.
That a chain without repeated, dead, leaping or wrong steps teaches more at equal tokens was seen in
two pilots.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import NamedTuple

from rbic.core.answers.number_words import MULTIPLIERS
from rbic.core.conclusions import answer_values
from rbic.core.dependencies import Graph
from rbic.core.live_part import FAILED, REPEATED, SUPPORTING, UNUSED, Status
from rbic.core.quantities import Value, as_value, magnitude, parse_number, quantities
from rbic.core.step_facts import Facts
from rbic.core.tokens import words_in

_OPEN_FORMULA = re.compile(r"[-+*/=(^<] ?\$?\s*\Z")
_GOES_ON = re.compile(r"[\s$({-]*(?:\d|frac\b|sqrt\b)")
_AROUND_ANSWER = " ${}*.。\x1f"
_LONGEST_ANNOUNCEMENT = 24
"""Characters of the words that announce an answer."""


@dataclass(frozen=True)
class ChainRule:
    """What defects of a chain cost, and how much of a chain is read."""

    live_exponent: float = 1.0
    """Integrity goes with the share of characters in steps that the argument uses to this power."""
    failed_exponent: float = 0.5
    """The same for (1 - the share of steps in abandoned branches)."""
    leap_exponent: float = 2.0
    """The same for operands that come from nowhere."""
    false_equation_exponent: float = 2.0
    """The same for recomputed equations that are false."""
    contradiction_factor: float = 0.7
    """What integrity is multiplied by where the chain contradicts the reference answer."""
    unreached_factor: float = 0.5
    """What it is multiplied by where no step reaches the number that the chain states."""
    assumed_factor: float = 0.7
    """What it is multiplied by where the chain supposes its answer before anything gives it."""
    left_out_weight: float = 0.25
    """What integrity loses, at most, with the question's numbers that the chain does not use."""
    max_characters: int = 400_000
    """Of a longer chain the first and the last half of so many are read."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name in [field.name for field in fields(self) if field.name.endswith("_exponent")]:
            if not getattr(self, name) >= 0:
                raise ValueError(f"chains.{name} must be at least 0, got {getattr(self, name)}")
        if not 0 <= self.left_out_weight <= 1:
            raise ValueError(
                f"chains.left_out_weight must be in [0, 1], got {self.left_out_weight}"
            )
        for name in ("contradiction_factor", "unreached_factor", "assumed_factor"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"chains.{name} must be in (0, 1], got {getattr(self, name)}")
        if self.max_characters < 1000:
            raise ValueError(
                f"chains.max_characters must be at least 1000, got {self.max_characters}"
            )


class Defects(NamedTuple):
    """What integrity is made of, as columns of schema.CHAINS."""

    live_share: float
    repeated: float
    failed_share: float
    leaps: float
    checked: int
    false_equations: int
    unreached: bool
    assumed: bool
    left_out: float


class Grounds(NamedTuple):
    """What the question and the stated answer say of a chain's defects."""

    unreached: bool
    assumed: bool
    left_out: float


def find_defects(
    facts: Sequence[Facts],
    graph: Graph,
    texts: Sequence[str],
    statuses: Sequence[Status],
    structured: bool,
    grounds: Grounds,
) -> Defects:
    """Count the defects of a chain.

    Args:
        facts: what each step uses and gives.
        graph: the dependencies.
        texts: the steps.
        statuses: what each step is to the answer.
        structured: whether values or symbols show how the steps hang together.
        grounds: as from `is_unreached`, and `assumes_answer` and `left_out` of rbic.core.grounds.

    Returns:
        The shares and counts.
    """
    checked, false = _count_checks(facts)
    return Defects(
        _live_share(texts, statuses, structured),
        _share(statuses, REPEATED),
        _share(statuses, FAILED),
        len(real_leaps(graph, facts)) / max(1, graph.operands),
        checked,
        false,
        *grounds,
    )


def integrity(defects: Defects, contradicted: bool, rule: ChainRule) -> float:
    """R, in [0, 1]; `contradicted` says that the chain concludes otherwise than the reference."""
    false_share = defects.false_equations / max(1, defects.checked)
    factor: float = (
        defects.live_share**rule.live_exponent
        * (1 - defects.failed_share) ** rule.failed_exponent
        * (1 - defects.leaps) ** rule.leap_exponent
        * (1 - false_share) ** rule.false_equation_exponent
        * (rule.contradiction_factor if contradicted else 1.0)
        * (rule.unreached_factor if defects.unreached else 1.0)
        * (rule.assumed_factor if defects.assumed else 1.0)
        * (1 - rule.left_out_weight * defects.left_out)
    )
    return factor


def is_unreached(
    facts: Sequence[Facts],
    texts: Sequence[str],
    stated: str | None,
    last: int | None,
    given: Callable[[Value], bool],
) -> bool:
    """Whether a chain computes, and then states a number that nothing in it came to.

    Such a chain broke off in the middle, or its end was put on from elsewhere. Said only where the
    last step does nothing but state the answer, and that is one number which neither the question
    nor any step before it mentions, in digits or words, nor on a scale that one of them
    names (3 million).

    Args:
        facts: what each step uses and gives.
        texts: the steps.
        stated: the answer that the chain states, None where it states none.
        last: the step that does nothing but state it, as from `bare_statement`.
        given: whether the question gives a value.
    """
    values = answer_values(stated) if stated and last is not None else []
    if not values:
        return False
    before = facts[:last]
    if any(_comes_to(before, value) for value in values):
        return False
    if not any([step.equations for step in before]):
        return False
    # 1.5 + 1.5 = 3 million is 3000000.
    values += [
        as_value(Fraction(values[0]) / scale)
        for word, scale in MULTIPLIERS.items()
        if any(word in text for text in texts[:last])
    ]
    sizes = set(map(magnitude, values))
    if any(map(given, sizes)) or any(_comes_to(before, size) for size in sizes):
        return False
    return all(sizes.isdisjoint(quantities(words_in(text))) for text in texts[:last])


def _comes_to(facts: Sequence[Facts], value: Value) -> bool:
    """Whether a step gives a value or its negative; the last steps are asked first."""
    size = magnitude(value)
    for step in reversed(facts):
        for said in (step.results, step.values, step.fractions):
            if said and (size in said or -size in said):
                return True
    return False


def stops_short(texts: Sequence[str], last: int | None) -> bool:
    """Whether the step before a bare statement of the answer ends in the middle of a formula.

    Not where the statement itself goes on with it on the next line.
    """
    if not last or _GOES_ON.match(texts[last]):
        return False
    return _OPEN_FORMULA.search(texts[last - 1][-8:]) is not None


def bare_statement(facts: Sequence[Facts], texts: Sequence[str], stated: str | None) -> int | None:
    r"""The last step that announces the stated answer, where it does nothing else.

    So does a last step that is the answer alone (`\boxed{42}`, a line in bold), but where a formula
    leads up to it.
    """
    if stated is None:
        return None
    if len(texts) > 1 and texts[-1].strip(_AROUND_ANSWER) == stated.strip(_AROUND_ANSWER):
        return None if texts[-2].endswith(("=", ":")) else len(texts) - 1
    for last in range(len(facts) - 1, -1, -1):
        if facts[last].announces:
            step, text = facts[last], texts[last]
            derives = step.equations or step.symbols or "=" in text
            return None if derives or len(text) > len(stated) + _LONGEST_ANNOUNCEMENT else last
    return None


def real_leaps(graph: Graph, facts: Sequence[Facts]) -> list[tuple[int, Value]]:
    """The operands from nowhere that no earlier words brought in, each with its step.

    A number that the chain states before it computes with it is a premise of its own.
    """
    found: list[tuple[int, Value]] = []
    stated: set[Value | None] = set()
    done = 0
    for step, value in graph.leaps:
        while done < step:
            stated.update(map(parse_number, facts[done].numerals))
            done += 1
        if value not in stated:
            found.append((step, value))
    return found


def _live_share(texts: Sequence[str], statuses: Sequence[Status], structured: bool) -> float:
    """The share of the characters that stand in steps which belong to the argument.

    In an unstructured chain what is unused cannot be told from what is used unseen.
    """
    last = SUPPORTING if structured else UNUSED
    total = live = 0
    for text, status in zip(texts, statuses, strict=True):
        total += len(text)
        if status <= last:
            live += len(text)
    return live / total if total else 0.0


def _share(statuses: Sequence[Status], status: Status) -> float:
    """The share of steps that have a status."""
    return statuses.count(status) / max(1, len(statuses))


def _count_checks(facts: Sequence[Facts]) -> tuple[int, int]:
    """The equations that could be recomputed, and those of them that are false."""
    holds = [equation.holds for step in facts for equation in step.equations]
    false = holds.count(False)
    return holds.count(True) + false, false
