"""Figures of a comparison that are tables: dot plots with intervals, heat maps, pairs."""

from collections.abc import Sequence
from dataclasses import dataclass

from rbic.core.comparison import (
    BASE,
    DOMAIN,
    FULL,
    LEVEL,
    RANDOM,
    Arm,
    Comparison,
    Difference,
    Estimate,
    GroupAccuracy,
)
from rbic.report.comparison_rows import (
    BudgetRows,
    Finding,
    Row,
    budget_words,
    by_budget,
    finding,
    method_words,
    p_words,
    points,
    points_range,
    rows_of,
    share,
    shares,
    turned,
)

_MOST_GROUPS = 16


@dataclass(frozen=True)
class Mark:
    """An estimate on a scale, all places in per cent of its width."""

    at: float
    low: float
    high: float
    words: str
    tip: str


@dataclass(frozen=True)
class ForestRow:
    """A method at one budget."""

    row: Row
    accuracy: Mark
    difference: Mark | None
    """To random."""
    finding: Finding | None


@dataclass(frozen=True)
class Forest:
    """The methods of one budget, the most accurate first, with full and base."""

    budget: float
    rows: list[ForestRow]
    lines: list[tuple[float, str]]
    """Accuracy of full, base and random: place and class."""
    zero: float
    """Where no difference lies."""
    ends: tuple[str, str, str, str]
    """Ends of the scale of accuracies and of that of differences."""


def forests(comparison: Comparison) -> list[Forest]:
    """One a budget, all on the same scales."""
    rows = rows_of(comparison)
    accuracy = _scale([row.arm.accuracy for row in rows])
    gaps = [row.random.points for row in rows if row.random is not None]
    gap = _scale([*gaps, Estimate(0.0, -0.01, 0.01, 0.0)])
    ends = (share(accuracy[0]), share(accuracy[1]), points(gap[0]), points(gap[1]))
    found = []
    for one in by_budget(comparison):
        lines = [
            (_place(row.arm.accuracy.value, accuracy), row.arm.method)
            for row in one.rows
            if row.arm.method in (FULL, BASE, RANDOM)
        ]
        found.append(
            Forest(
                one.budget,
                [_forest_row(row, comparison, accuracy, gap) for row in one.rows],
                lines,
                _place(0.0, gap),
                ends,
            )
        )
    return found


def _forest_row(
    row: Row, comparison: Comparison, accuracy: tuple[float, float], gap: tuple[float, float]
) -> ForestRow:
    own = row.arm.accuracy
    tip = f"{row.name}\n{share(own.value)} right ({shares(own)})\nseeds: " + ", ".join(
        share(one) for one in row.arm.seed_accuracy
    )
    mark = _mark(own, accuracy, share(own.value), tip)
    if row.random is None:
        return ForestRow(row, mark, None, None)
    tip = (
        f"{row.name} less random\n{points(row.random.points.value)} points "
        f"({points_range(row.random.points)})\np {p_words(row.random.p)}, corrected "
        f"{p_words(row.random.p_holm)}\ndetectable {100 * row.random.detectable:.1f} points"
    )
    difference = _mark(row.random.points, gap, points(row.random.points.value), tip)
    return ForestRow(row, mark, difference, finding(row.random, comparison.rule))


def _scale(estimates: Sequence[Estimate]) -> tuple[float, float]:
    low = min(one.low for one in estimates)
    high = max(one.high for one in estimates)
    pad = 0.02 * (high - low) or 0.01
    return low - pad, high + pad


def _place(value: float, scale: tuple[float, float]) -> float:
    return 100 * (value - scale[0]) / (scale[1] - scale[0])


def _mark(estimate: Estimate, scale: tuple[float, float], words: str, tip: str) -> Mark:
    at, low, high = (_place(one, scale) for one in (estimate.value, estimate.low, estimate.high))
    return Mark(at, low, high, words, tip)


@dataclass(frozen=True)
class HeatCell:
    """Accuracy of an arm on a group, coloured by its difference to random."""

    text: str
    tint: float
    """-100 far below random of the same budget, 0 equal, 100 far above."""
    tip: str


@dataclass(frozen=True)
class HeatRow:
    """An arm in a heat map."""

    method: str
    whole: str
    """Its accuracy on all problems."""
    cells: list[HeatCell]


@dataclass(frozen=True)
class HeatMap:
    """Accuracy by group at one budget."""

    group: str
    budget: float
    names: list[tuple[str, int]]
    """Groups and their numbers of problems."""
    rows: list[HeatRow]
    left_out: int
    """Groups that are not shown: those with the fewest problems."""

    @property
    def longest(self) -> int:
        """Characters of the longest name."""
        return max(len(name) for name, _ in self.names)


def heat_maps(comparison: Comparison) -> dict[str, list[HeatMap]]:
    """Heat maps by group: level and domain first; one a budget."""
    groups = sorted(
        comparison.arms[0].by_group, key=lambda name: (name != LEVEL, name != DOMAIN, name)
    )
    return {group: [_heat_map(one, group) for one in by_budget(comparison)] for group in groups}


def _heat_map(one: BudgetRows, group: str) -> HeatMap:
    arms = [row.arm for row in one.rows]
    random = next((arm for arm in arms if arm.method == RANDOM), None)
    every = arms[0].by_group[group]
    largest = sorted(range(len(every)), key=lambda place: -every[place].problems)[:_MOST_GROUPS]
    shown = sorted(largest)
    gaps = [
        abs(
            arm.by_group[group][place].accuracy.value - random.by_group[group][place].accuracy.value
        )
        for arm in arms
        for place in shown
        if random is not None and arm.method not in (FULL, BASE)
    ]
    most = max(gaps, default=0.0) or 1.0
    return HeatMap(
        group,
        one.budget,
        [(every[place].group, every[place].problems) for place in shown],
        [_heat_row(arm, random, group, shown, most) for arm in arms],
        len(every) - len(shown),
    )


def _heat_row(
    arm: Arm, random: Arm | None, group: str, shown: Sequence[int], most: float
) -> HeatRow:
    cells = []
    for place in shown:
        own = arm.by_group[group][place]
        other = None if random is None else random.by_group[group][place]
        cells.append(_heat_cell(arm, own, other, most))
    return HeatRow(arm.method, f"{100 * arm.accuracy.value:.1f}", cells)


def _heat_cell(arm: Arm, own: GroupAccuracy, random: GroupAccuracy | None, most: float) -> HeatCell:
    tip = (
        f"{method_words(arm.method)}, {own.group}\n{share(own.accuracy.value)} right "
        f"({shares(own.accuracy)}) of {own.problems:,} problems"
    )
    tint = 0.0
    if random is not None and arm.method != RANDOM:
        gap = own.accuracy.value - random.accuracy.value
        tip += f"\nrandom there {share(random.accuracy.value)}: {points(gap)} points"
        tint = max(-100.0, min(100.0, 100 * gap / most))
    return HeatCell(f"{100 * own.accuracy.value:.0f}", tint, tip)


@dataclass(frozen=True)
class PairCell:
    """The method of the row less that of the column."""

    text: str
    finding: Finding
    tip: str


@dataclass(frozen=True)
class PairTable:
    """All pairs of methods at one budget, the most accurate first."""

    budget: float
    methods: list[str]
    cells: list[list[PairCell | None]]
    """None on the diagonal, and between arms that are no methods (Comparison.aside)."""


def pair_tables(comparison: Comparison) -> list[PairTable]:
    """One a budget with two methods or more."""
    found = []
    for one in by_budget(comparison):
        pairs = {
            (pair.method, pair.other): pair
            for pair in comparison.pairs
            if pair.budget == one.budget
        }
        methods = [row.arm.method for row in one.rows if row.arm.method not in (FULL, BASE)]
        if pairs:
            cells = [
                [_pair_cell(comparison, pairs, first, second) for second in methods]
                for first in methods
            ]
            found.append(PairTable(one.budget, methods, cells))
    return found


def _pair_cell(
    comparison: Comparison, pairs: dict[tuple[str, str], Difference], first: str, second: str
) -> PairCell | None:
    if first == second:
        return None
    pair = pairs.get((first, second))
    if pair is None:
        if (second, first) not in pairs:
            return None
        pair = turned(pairs[second, first])
    tip = (
        f"{method_words(first)} less {method_words(second)} at {budget_words(pair.budget)}\n"
        f"{points(pair.points.value)} points ({points_range(pair.points)})\n"
        f"p {p_words(pair.p)}, corrected for all pairs {p_words(pair.p_holm)}"
    )
    return PairCell(points(pair.points.value), finding(pair, comparison.rule), tip)
