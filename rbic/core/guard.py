"""The no-harm guard: settings that a small comparison does not speak for are not taken."""

from collections.abc import Sequence
from statistics import stdev
from typing import NamedTuple

from rbic.core.comparison import Comparison
from rbic.core.selection.method import Method


class Guarded(NamedTuple):
    """The best of our arms at a budget, and whether it earns its preference."""

    method: str
    """rbic or one of its variants."""
    gain: float
    """Accuracy above stratified random, as a share."""
    spread: float
    """Standard deviation of the accuracies of stratified random over its seeds, as a share."""

    @property
    def is_earned(self) -> bool:
        """Whether the gain is more than chance alone moves stratified random."""
        return self.gain > self.spread


def guard(comparison: Comparison, budget: float, ours: Sequence[str]) -> Guarded | None:
    """Choose among our settings, or find that none is better than even random rows.

    Args:
        comparison: what was tried.
        budget: where to look.
        ours: rbic and its variants; of equal ones the first is taken.

    Returns:
        The most accurate of them; None where none was tried at the budget, or stratified random
        with fewer than two seeds, so that its spread is not known.
    """
    control = comparison.arm(Method.STRATIFIED_RANDOM, budget)
    arms = [arm for name in ours if (arm := comparison.arm(name, budget))]
    if not arms or control is None or len(control.seeds) < 2:
        return None
    best = max(arms, key=lambda arm: arm.accuracy.value)
    return Guarded(
        best.method, best.accuracy.value - control.accuracy.value, stdev(control.seed_accuracy)
    )
