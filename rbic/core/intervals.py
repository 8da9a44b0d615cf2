"""Intervals, p-values and what can be told apart, from an estimate and its standard error.

Everything rests on (estimate - truth) / standard error being t distributed, so that an interval,
its p-value and the test of equivalence never contradict one another.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr, stdtrit

from rbic.core.comparison import Estimate


@dataclass(frozen=True)
class Spread:
    """How far an estimate may be from the truth."""

    standard_error: float
    degrees: float
    """Degrees of freedom of the standard error."""


def interval(value: float, spread: Spread, confidence: float) -> Estimate:
    """Value +- t standard errors, two-sided."""
    reach = _t(spread.degrees, (1 + confidence) / 2) * spread.standard_error
    return Estimate(value, value - reach, value + reach, spread.standard_error)


def share_interval(value: float, spread: Spread, confidence: float, observed: int) -> Estimate:
    """The interval of a share, within [0, 1], which holds the truth often enough near 0 and 1 too.

    It spans the plain one and Wilson's, with a t quantile, for as many problems as would have this
    standard error, share (1 - share) / error^2 (Korn & Graubard 1998), at least those observed:
    what seeds change, where it is lent, would make them too few. Where nothing varied, as when no
    problem was solved, a standard error says nothing, and it is Wilson's of `observed` problems.
    """
    if spread.standard_error == 0:
        low, high = wilson(value, observed, confidence)
        return Estimate(value, low, high, 0.0)
    alike = max(observed, value * (1 - value) / spread.standard_error**2)
    low, high = _score_interval(value, alike, _t(spread.degrees, (1 + confidence) / 2))
    plain = interval(value, spread, confidence)
    low, high = min(low, max(0.0, plain.low)), max(high, min(1.0, plain.high))
    return Estimate(value, low, high, spread.standard_error)


def wilson(share: float, observed: int, confidence: float) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927)."""
    return _score_interval(share, observed, float(ndtri((1 + confidence) / 2)))


def _score_interval(share: float, observed: float, quantile: float) -> tuple[float, float]:
    """Wilson's interval.

    With z the quantile and n the number observed, its centre is
    (share + z^2 / 2n) / (1 + z^2 / n) and its half-width
    z sqrt(share (1 - share) / n + z^2 / 4n^2) / (1 + z^2 / n).
    """
    z = quantile
    shrink = 1 + z * z / observed
    centre = (share + z * z / (2 * observed)) / shrink
    reach = z / shrink * math.sqrt(share * (1 - share) / observed + (z / (2 * observed)) ** 2)
    return max(0.0, centre - reach), min(1.0, centre + reach)


def unvaried_error(score_SP: NDArray[np.float64]) -> float:
    """The standard error of a share that nothing observed makes vary; 0 where something does.

    Where all problems are solved, or none, resampling finds no error at all, and the smallest
    difference would be proven by a handful of problems. One problem of each kind is added, as in
    the rule of succession: sqrt(p (1 - p) / P) with p = (solved + 1) / (P + 2).
    """
    if np.ptp(score_SP) > 0:
        return 0.0
    problems = score_SP.shape[1]
    share = (float(score_SP.flat[0]) * problems + 1) / (problems + 2)
    return math.sqrt(share * (1 - share) / problems)


def upper_p(value: float, spread: Spread) -> float:
    """One-sided p-value of `value` against 0: small where it lies clearly above."""
    if spread.standard_error == 0:
        return 0.0 if value > 0 else 1.0
    return float(stdtr(spread.degrees, -value / spread.standard_error))


def two_sided_p(value: float, spread: Spread) -> float:
    """Two-sided p-value of `value` against 0."""
    return min(1.0, 2 * upper_p(abs(value), spread))


def detectable(spread: Spread, confidence: float, power: float) -> float:
    """The smallest true difference that a two-sided test would find with the given power.

    (t of (1 + confidence) / 2 + t of power) times the standard error (Bloom 1995).
    """
    both = _t(spread.degrees, (1 + confidence) / 2) + _t(spread.degrees, power)
    return both * spread.standard_error


def _t(degrees: float, probability: float) -> float:
    return float(stdtrit(degrees, probability))


def holm(p_M: NDArray[np.float64]) -> NDArray[np.float64]:
    """p-values corrected for their number by Holm's step-down rule (1979).

    The k-th smallest of M, counted from 0, becomes the largest (M - j) p_j of all j <= k, at most
    1: rejecting where the result is small errs anywhere with no more than that probability.
    """
    order = np.argsort(p_M, kind="stable")
    stepped = np.maximum.accumulate((len(p_M) - np.arange(len(p_M))) * p_M[order])
    corrected = np.empty(len(p_M))
    corrected[order] = np.minimum(stepped, 1.0)
    return corrected


def ratio_interval(
    top: float, bottom: float, covariance_22: NDArray[np.float64], degrees: float, confidence: float
) -> Estimate | None:
    """A ratio, top over bottom, with the interval of Fieller (1954).

    It holds every ratio r for which top - r bottom is not told apart from 0, so it agrees with the
    tests of equivalence.

    Args:
        top: estimate above.
        bottom: estimate below.
        covariance_22: of the two estimates, top first.
        degrees: of freedom.
        confidence: of the interval.

    Returns:
        None where `bottom` is not clearly above 0, for then no ratio can be excluded.
    """
    t = _t(degrees, (1 + confidence) / 2)
    (top_variance, shared), (_, bottom_variance) = covariance_22.tolist()
    square = bottom**2 - t**2 * bottom_variance
    if bottom <= 0 or square <= 0:
        return None
    middle = top * bottom - t**2 * shared
    root = math.sqrt(max(0.0, middle**2 - square * (top**2 - t**2 * top_variance)))
    ratio = top / bottom
    variance = top_variance - 2 * ratio * shared + ratio**2 * bottom_variance
    error = math.sqrt(max(0.0, variance)) / bottom
    return Estimate(ratio, (middle - root) / square, (middle + root) / square, error)
