"""Whether pass rates mean what they say: predictions of attempts that they have not seen.

Each attempt held out is right or wrong, and was predicted with a probability p of being right.

- Brier score: the mean of (right - p)^2 (Brier, Monthly Weather Review 78, 1950). By its own
  account a prediction expects p (1 - p); always saying the mean rate m costs m (1 - m).
- Z: whether the score differs from what was expected by more than chance, in standard deviations
  (Spiegelhalter, Statistics in Medicine 5, 1986):
  sum (right - p)(1 - 2 p) / sqrt(sum (1 - 2 p)^2 p (1 - p)). Above 0 the rates are too sure.
- Coverage: the smallest set of outcomes that is given at least 90 % is one outcome where p is at
  most 0.1 or at least 0.9, else both, which holds whatever comes. So the first kind is counted.
- Reliability: by predicted level, the mean prediction beside the share that was right.

Shape suffixes: M attempts held out, L levels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rbic.core.pass_rates import LEVELS, level_of

_COVERED = 0.9


@dataclass(frozen=True)
class Calibration:
    """What came of the predictions."""

    attempts_L: NDArray[np.int64]
    """Attempts held out whose predicted rate lies in each level."""
    predicted_L: NDArray[np.float64]
    """Their mean prediction; 0 where there are none."""
    right_L: NDArray[np.float64]
    """The share of them that were right; 0 where there are none."""
    brier: float
    expected: float
    """The Brier score by the predictions' own account."""
    constant: float
    """The Brier score of the mean rate."""
    z: float
    """0 where every prediction is one half, or there are none."""
    sure: int
    """Attempts of which one outcome was given at least 90 %."""
    sure_right: int
    """Of these, those that came out so."""

    @property
    def attempts(self) -> int:
        """Attempts held out."""
        return int(self.attempts_L.sum())

    @property
    def error(self) -> float:
        """Mean difference between predicted and seen shares, over levels, by their attempts."""
        off_L = np.abs(self.predicted_L - self.right_L)
        return float(self.attempts_L @ off_L) / max(1, self.attempts)


def calibration(rate_M: NDArray[np.float64], right_M: NDArray[np.bool_]) -> Calibration:
    """Compare predictions with what came.

    Args:
        rate_M: the probability that each attempt is right, predicted without it.
        right_M: whether it was.
    """
    level_M = level_of(rate_M)
    attempts_L = np.bincount(level_M, minlength=LEVELS)
    each_L = np.maximum(attempts_L, 1)
    came_M = right_M.astype(np.float64)
    spread_M = rate_M * (1 - rate_M)
    slope_M = 1 - 2 * rate_M
    deviation = float(np.sqrt((slope_M**2) @ spread_M))
    likely_M = rate_M >= _COVERED
    sure_M = likely_M | (rate_M <= 1 - _COVERED)
    count = max(1, len(rate_M))
    mean = float(came_M.sum()) / count
    return Calibration(
        attempts_L=attempts_L.astype(np.int64),
        predicted_L=np.bincount(level_M, rate_M, LEVELS) / each_L,
        right_L=np.bincount(level_M, came_M, LEVELS) / each_L,
        brier=float(((came_M - rate_M) ** 2).sum()) / count,
        expected=float(spread_M.sum()) / count,
        constant=mean * (1 - mean),
        z=float((came_M - rate_M) @ slope_M) / deviation if deviation > 0 else 0.0,
        sure=int(sure_M.sum()),
        sure_right=int((sure_M & (likely_M == right_M)).sum()),
    )
