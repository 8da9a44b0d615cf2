"""How lengths, steps, integrity, contribution and faults are spread, before and after.

Shape suffixes: N and M samples, B bins.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rbic.report.columns import LedgerColumns
from rbic.report.words import compact

_BINS = 24
_TAIL = 0.995


@dataclass(frozen=True)
class Histogram:
    """Two groups of samples over the same bins."""

    title: str
    unit: str
    """One of it, as a noun; empty for a pure number."""
    groups: tuple[str, str]
    """What the two groups are."""
    edges: list[float]
    """One more than bins, the lower edge inside. Of whole numbers, the last edge is one more than
    the last number. The first and the last bin also hold what lies beyond."""
    shares: tuple[list[float], list[float]]
    """Of each group's samples, by bin; each sums to 1, or to 0 for an empty group."""
    centres: tuple[float, float]
    """Medians of numbers with a unit, else means."""
    ticks: list[tuple[float, str]]
    """Labels of the axis, each at its place from 0 to 1."""
    open_below: bool
    """Whether values below the first edge are in the first bin."""
    open_above: bool
    """Whether values above the last edge are in the last bin."""


def _shares(value_N: NDArray[np.float64], edge_B1: NDArray[np.float64]) -> list[float]:
    bins = len(edge_B1) - 1
    place_N = np.clip(np.searchsorted(edge_B1, value_N, side="right") - 1, 0, bins - 1)
    count_B = np.bincount(place_N, minlength=bins)
    shares: list[float] = (count_B / max(1, len(value_N))).tolist()
    return shares


def _make(
    labels: tuple[str, str, tuple[str, str]],
    first_N: NDArray[np.float64],
    second_M: NDArray[np.float64],
    edge_B1: NDArray[np.float64],
    ticks: list[tuple[float, str]],
) -> Histogram:
    title, unit, groups = labels
    centre = np.median if unit else np.mean
    centres = [float(centre(group)) if len(group) else 0.0 for group in (first_N, second_M)]
    both = np.concatenate([first_N, second_M])
    last = float(edge_B1[-1]) - (1 if unit else 0)
    return Histogram(
        title=title,
        unit=unit,
        groups=groups,
        edges=edge_B1.tolist(),
        shares=(_shares(first_N, edge_B1), _shares(second_M, edge_B1)),
        centres=(centres[0], centres[1]),
        ticks=ticks,
        open_below=bool((both < edge_B1[0]).any()),
        open_above=bool((both > last).any()),
    )


def _top(first_N: NDArray[np.float64], second_M: NDArray[np.float64]) -> float:
    """The value below which nearly all of both groups lie."""
    both = np.concatenate([first_N, second_M])
    return float(np.quantile(both, _TAIL)) if len(both) else 1.0


def geometric(
    labels: tuple[str, str, tuple[str, str]],
    first_N: NDArray[np.float64],
    second_M: NDArray[np.float64],
) -> Histogram:
    """Bins of about equal ratio between whole numbers, for lengths; values are at least 1."""
    both = np.concatenate([first_N, second_M])
    low = float(np.quantile(both, 1 - _TAIL)) if len(both) else 1.0
    low = max(1.0, np.floor(low))
    high = max(low, np.ceil(_top(first_N, second_M))) + 1
    bins = int(np.clip(high - low, 1, _BINS))
    edge_B1 = np.unique(np.geomspace(low, high, bins + 1).round().astype(np.float64))
    values = _round_values(low, high)
    place = np.interp(values, edge_B1, np.linspace(0, 1, len(edge_B1)))
    ticks = list(zip(place.tolist(), map(compact, values), strict=True))
    return _make(labels, first_N, second_M, edge_B1, ticks)


def _round_values(low: float, high: float) -> list[float]:
    """Round numbers in a range, more of them to a decade where the range is narrow."""
    found: list[float] = []
    for digits in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7)):
        found = [digit * 10.0**power for power in range(10) for digit in digits]
        found = [value for value in found if low <= value <= high]
        if len(found) >= 4:
            break
    return found


def whole_numbers(
    labels: tuple[str, str, tuple[str, str]],
    first_N: NDArray[np.float64],
    second_M: NDArray[np.float64],
) -> Histogram:
    """Bins of one number each, or of several where the numbers are many."""
    high = int(_top(first_N, second_M))
    width = max(1, -(-(high + 1) // _BINS))
    bins = max(1, -(-(high + 1) // width))
    edge_B1 = np.arange(bins + 1, dtype=np.float64) * width
    every = max(1, bins // 6)
    ticks = [((bin_ + 0.5) / bins, compact(edge_B1[bin_])) for bin_ in range(0, bins, every)]
    return _make(labels, first_N, second_M, edge_B1, ticks)


def linear(
    labels: tuple[str, str, tuple[str, str]],
    first_N: NDArray[np.float64],
    second_M: NDArray[np.float64],
    high: float | None = None,
) -> Histogram:
    """Bins of equal width from 0 to `high`, or to where nearly all values end."""
    top = high if high is not None else max(1e-6, _top(first_N, second_M))
    bins = 20 if high is not None else _BINS
    edge_B1 = np.linspace(0, top, bins + 1)
    step = next(
        digit * 10.0**power
        for power in range(-7, 10)
        for digit in (1, 2, 2.5, 5)
        if digit * 10.0**power >= top / 5
    )
    ticks = [
        (step * line / top, f"{step * line:.3g}") for line in range(int(top / step + 1e-9) + 1)
    ]
    return _make(labels, first_N, second_M, edge_B1, ticks)


BEFORE_AFTER = ("before", "kept")
KEPT_OR_NOT = ("dropped", "kept")


def histograms(rows: LedgerColumns, measured: bool, gamma: float) -> list[Histogram]:
    """The distributions that the page shows.

    Args:
        rows: the ledger.
        measured: whether pass rates rest on more than the text; else they are not shown.
        gamma: weight of complexity; where it is 0, contribution is integrity, shown once.
    """
    sample_N, kept_N = rows.sample_N, rows.kept_N
    dropped_N = sample_N & ~kept_N
    tokens_N, steps_N, rate_N = rows.tokens_N.astype(np.float64), rows.steps_N, rows.pass_rate_N

    def kept_or_not(title: str, value_N: NDArray[np.float64], high: float | None) -> Histogram:
        return linear((title, "", KEPT_OR_NOT), value_N[dropped_N], value_N[kept_N], high)

    found = [
        geometric(
            ("Length in tokens", "token", BEFORE_AFTER), tokens_N[sample_N], tokens_N[kept_N]
        ),
        whole_numbers(
            ("Steps of the chain", "step", BEFORE_AFTER), steps_N[sample_N], steps_N[kept_N]
        ),
        kept_or_not("Integrity", rows.integrity_N, 1.0),
        kept_or_not("Rank of complexity", rows.complexity_N, 1.0),
    ]
    if gamma:
        found.append(kept_or_not("Contribution", rows.contribution_N, None))
    if measured:
        labels = ("Pass rate", "", BEFORE_AFTER)
        found.insert(2, linear(labels, rate_N[sample_N], rate_N[kept_N], 1.0))
    return found


@dataclass(frozen=True)
class Fault:
    """One fault of chains: how frequent it is before and after."""

    name: str
    note: str
    rows: int
    rows_kept: int
    share: float
    """Of the distinct samples, in [0, 1]."""
    share_kept: float
    """Of the kept ones."""


_NOTABLE = 0.05
CHAIN_COLUMNS = [
    "sample_id", "contradicted", "unreached", "truncated", "looping", "false_equations", "repeated",
    "failed_share", "leaps", "live_share", "checked", "assumed", "left_out",
]  # fmt: skip


def faults(chains: pa.Table, kept_ids: NDArray[np.int64]) -> list[Fault]:
    """Faults of the distinct samples' chains, with the columns CHAIN_COLUMNS.

    A share of steps or operands counts from 0.05 on, as in the words of the ledger.
    """

    def above(name: str, least: float) -> NDArray[np.bool_]:
        return np.asarray(chains[name].to_numpy(zero_copy_only=False) >= least)

    kept_N = np.isin(chains["sample_id"].to_numpy(), kept_ids)
    live_N = chains["live_share"].to_numpy()
    found: Sequence[tuple[str, str, NDArray[np.bool_]]] = (
        ("broken off", "the chain ends before a conclusion", above("truncated", 1)),
        ("endless repetition", "the chain repeats itself without end", above("looping", 1)),
        ("contradiction", "it concludes otherwise than the reference", above("contradicted", 1)),
        ("unreached", "no step reaches the answer that it states", above("unreached", 1)),
        ("assumed", "it supposes its answer before anything gives it", above("assumed", 1)),
        ("false equations", "recomputed and found false", above("false_equations", 1)),
        ("repeated steps", "5 % of the steps or more", above("repeated", _NOTABLE)),
        ("abandoned branches", "5 % of the steps or more", above("failed_share", _NOTABLE)),
        ("leaps", "5 % of the operands or more come from nowhere", above("leaps", _NOTABLE)),
        (
            "left out",
            "5 % of the question's numbers or more are not used",
            above("left_out", _NOTABLE),
        ),
        ("idle text", "the answer rests on less than 95 % of it", live_N < 1 - _NOTABLE),
    )
    return [
        Fault(
            name=name,
            note=note,
            rows=int(fault_N.sum()),
            rows_kept=int((fault_N & kept_N).sum()),
            share=float(fault_N.mean()) if len(fault_N) else 0.0,
            share_kept=float(fault_N[kept_N].mean()) if kept_N.any() else 0.0,
        )
        for name, note, fault_N in found
    ]


def equations_checked(chains: pa.Table) -> int:
    """Equations that were recomputed in all chains."""
    return int(pc.sum(chains["checked"]).as_py() or 0)
