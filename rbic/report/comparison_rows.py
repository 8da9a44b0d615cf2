"""What a comparison shows of each arm, how its numbers read, and what a difference amounts to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from rbic.core.comparison import (
    BASE,
    FULL,
    AgainstFull,
    Arm,
    Comparison,
    ComparisonRule,
    Difference,
    Estimate,
)
from rbic.core.selection.method import IN_WORDS
from rbic.core.trials import FULL_STOPPED, REPEATED

METHOD_WORDS: Mapping[str, str] = {
    **{str(method): words for method, words in IN_WORDS.items()},
    FULL: "trains on the whole pool",
    BASE: "the model before any fine-tuning",
    FULL_STOPPED: "the whole pool, for the budget's share of the steps, with a schedule of its own",
    REPEATED: "random rows again and again, for as many tokens as full",
}
"""What methods and controls do."""

MOST_NAMES = 6
"""Of which a sentence names each."""


class Finding(StrEnum):
    """What a difference amounts to, after correction for the number of comparisons."""

    BETTER = "better"
    WORSE = "worse"
    NOISE = "within noise"


class Loss(StrEnum):
    """What the loss to full amounts to."""

    EQUAL = "equal within the margin"
    NOT_WORSE = "at most the margin below"
    LARGER = "more than the margin below"
    OPEN = "undecided"


@dataclass(frozen=True)
class Row:
    """An arm and what it was compared with."""

    arm: Arm
    full: AgainstFull | None
    random: Difference | None

    @property
    def name(self) -> str:
        """The method as words."""
        return method_words(self.arm.method)


def rows_of(comparison: Comparison) -> list[Row]:
    """The arms: base, then by budget, the most accurate first, then full."""
    full = {(one.difference.method, one.difference.budget): one for one in comparison.against_full}
    random = {(one.method, one.budget): one for one in comparison.against_random}
    ends = {BASE: -1, FULL: 1}
    ordered = sorted(
        comparison.arms,
        key=lambda arm: (
            ends.get(arm.method, 0), arm.budget, -arm.accuracy.value, arm.method,
        ),
    )  # fmt: skip
    found = []
    for arm in ordered:
        key = arm.method, arm.budget
        found.append(Row(arm, full.get(key), random.get(key)))
    return found


@dataclass(frozen=True)
class BudgetRows:
    """The arms of one budget, the most accurate first, with full and base among them."""

    budget: float
    rows: list[Row]


def by_budget(comparison: Comparison) -> list[BudgetRows]:
    """The arms of each budget."""
    rows = rows_of(comparison)
    found = []
    for budget in budgets_of(comparison):
        own = [row for row in rows if row.arm.budget == budget or row.arm.method in (FULL, BASE)]
        found.append(BudgetRows(budget, sorted(own, key=lambda row: -row.arm.accuracy.value)))
    return found


def budgets_of(comparison: Comparison) -> list[float]:
    """The budgets that methods were tried at, rising."""
    return sorted({one.budget for one in comparison.arms if one.method not in (FULL, BASE)})


def turned(difference: Difference) -> Difference:
    """The same difference, the other way round."""
    own = difference.points
    return replace(
        difference,
        method=difference.other,
        budget=difference.other_budget,
        other=difference.method,
        other_budget=difference.budget,
        points=Estimate(-own.value, -own.high, -own.low, own.standard_error),
    )


def finding(difference: Difference, rule: ComparisonRule) -> Finding:
    """Better or worse where Holm's p-value lies below 1 - confidence."""
    if difference.p_holm >= 1 - rule.confidence:
        return Finding.NOISE
    return Finding.BETTER if difference.points.value > 0 else Finding.WORSE


def loss_to_full(one: AgainstFull, rule: ComparisonRule) -> Loss:
    """What can be said of the loss to full."""
    level = 1 - rule.confidence
    if one.equivalence_p_holm < level:
        return Loss.EQUAL
    if one.not_worse_p_holm < level:
        return Loss.NOT_WORSE
    if one.relative_loss is not None and one.relative_loss.low > rule.margin:
        return Loss.LARGER
    return Loss.OPEN


def method_words(method: str) -> str:
    """A method's name as words: `full_stopped` is "full stopped"."""
    return method.replace("_", " ")


def named(methods: Iterable[str]) -> str:
    """Methods in a sentence: "a, b and c"; of many, how many there are."""
    words = [method_words(method) for method in methods]
    if len(words) > MOST_NAMES:
        return f"{len(words)} methods"
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def share(value: float, digits: int = 1) -> str:
    """A share in per cent: "43.1 %"."""
    return f"{_plain(100 * value, digits)}\N{NO-BREAK SPACE}%"


def shares(estimate: Estimate) -> str:
    """The interval of a share: "41.9 to 44.3"."""
    return f"{_plain(100 * estimate.low)} to {_plain(100 * estimate.high)}"


def _plain(value: float, digits: int = 1) -> str:
    """A number with a true minus, and none before 0."""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def points(value: float) -> str:
    """A difference in percentage points, signed: "+3.2", "−0.4", "0.0"."""
    text = f"{100 * value:+.1f}".replace("-", "−")
    return "0.0" if text in ("+0.0", "−0.0") else text


def points_range(estimate: Estimate) -> str:
    """The interval of a difference: "+1.1 to +5.3"."""
    return f"{points(estimate.low)} to {points(estimate.high)}"


def p_words(p: float) -> str:
    """A p-value: "0.012", "<0.001"."""
    return "<0.001" if p < 0.0005 else f"{p:.3f}"


def seconds(value: float) -> str:
    """Seconds as 12 s, 3 min 05 s or 2 h 04 min."""
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def budget_words(budget: float) -> str:
    """A budget as it was given: "16 %"."""
    return f"{100 * budget:g}\N{NO-BREAK SPACE}%"
