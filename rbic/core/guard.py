"""The no-harm guard: settings that a small comparison does not speak for are not taken."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rbic.core.comparison import Comparison, Difference, Estimate
from rbic.core.intervals import holm
from rbic.core.selection.method import Method


class Guarded(NamedTuple):
    """The best of our arms at a budget, and whether it earns its preference."""

    method: str
    """rbic or one of its variants."""
    gain: Estimate
    """Accuracy above stratified random, as a share; its interval is not corrected."""
    p: float
    """One-sided, of no gain, corrected for the number of settings (Holm 1979)."""
    tried: int
    """Settings that were tried at the budget."""
    is_earned: bool
    """Whether `p` lies below 1 - confidence."""


def guard(comparison: Comparison, budget: float, ours: Sequence[str]) -> Guarded | None:
    """Choose among our settings, or find that none is shown to be better than even random rows.

    The best of several is above even random rows by chance alone more often than not, so each gain
    is tested by itself and corrected for how many there are.

    Args:
        comparison: what was tried.
        budget: where to look.
        ours: rbic and its variants; of equal ones the first is taken.

    Returns:
        The most accurate of those that earn it, else of all; None where none was tried at the
        budget, or stratified random with fewer than two seeds.
    """
    control = comparison.arm(Method.STRATIFIED_RANDOM, budget)
    gains = [gain for name in ours if (gain := comparison.less_stratified(name, budget))]
    if not gains or control is None or len(control.seeds) < 2:
        return None
    p_M = holm(np.array([_upper(gain) for gain in gains])).tolist()
    level = 1 - comparison.rule.confidence
    # An earned one before all others, then by the gain.
    best = max(range(len(gains)), key=lambda at: (p_M[at] < level, gains[at].points.value))
    one, p = gains[best], p_M[best]
    return Guarded(one.method, one.points, p, len(gains), p < level)


def _upper(difference: Difference) -> float:
    """The one-sided p-value of a difference above 0."""
    return difference.p / 2 if difference.points.value > 0 else 1 - difference.p / 2
