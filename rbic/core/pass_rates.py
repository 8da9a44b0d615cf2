"""Pass rates as posteriors: few attempts at a problem, and what the problems around it say.

The prior of rbic.core.rate_prior is shifted by features of the sample's text and of the evidence at
its neighbours in the graph, and fitted to all attempts (empirical Bayes; Gelman et al., Bayesian
Data Analysis, chapter 5). With c_i right of k_i attempts the posterior is that prior times
p^c_i (1 - p)^(k_i - c_i); without attempts it is the prior.

Shape suffixes: N samples, K neighbours, L levels, G points of the grid.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from rbic.core.rate_prior import (
    CELLS,
    EDGE_E,
    RATE_G,
    Evidence,
    Prior,
    blocks,
    posterior_weights,
)

LEVEL_EDGES = (0.125, 0.375, 0.625, 0.875)
"""Pass rates between the levels; level 0 lies above the last, level 4 below the first."""

LEVELS = 5

_PRIOR_ATTEMPTS = 2.0
_COVERED = 0.9
_TAILS = np.linspace(0.0, 1 - _COVERED, 11)


@dataclass(frozen=True)
class Posterior:
    """Pass rates."""

    mean_N: NDArray[np.float64]
    low_N: NDArray[np.float64]
    high_N: NDArray[np.float64]
    """The shortest interval that holds 90 %."""
    level_N: NDArray[np.int8]
    """The likeliest level; of equals the easier."""
    level_probability_N: NDArray[np.float64]


def neighbour_rate(
    evidence: Evidence,
    neighbour_NK: NDArray[np.int64],
    weight_NK: NDArray[np.float64],
    problem_N: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Logit of the pass rate at each sample's neighbours, its own problem left out.

    Pulled towards the overall rate as by two attempts, so that a sample without evidence around it
    gets the overall rate. Several neighbours of one problem count as one, with their mean weight.

    Args:
        evidence: attempts.
        neighbour_NK: rows of neighbours, -1 for none.
        weight_NK: their weights, from 0.
        problem_N: samples of one problem share their evidence, which must not predict itself.

    Returns:
        Shape (N,).
    """
    there_NK = (neighbour_NK >= 0) & (problem_N[neighbour_NK] != problem_N[:, None])
    told = _told_of_others(evidence)
    weight_NK = np.where(there_NK, weight_NK, 0.0)
    weight_NK = weight_NK / _same_problem(np.where(there_NK, problem_N[neighbour_NK], -1))
    right_N = (weight_NK * told.right_N[neighbour_NK]).sum(axis=1)
    attempts_N = (weight_NK * told.attempts_N[neighbour_NK]).sum(axis=1)
    overall = _overall(told, problem_N)
    return _logit((right_N + _PRIOR_ATTEMPTS * overall) / (attempts_N + _PRIOR_ATTEMPTS))


def group_rate(
    evidence: Evidence, group_N: NDArray[np.int64], problem_N: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Logit of the pass rate of each sample's group, its own problem left out, shape (N,).

    Several samples of one problem count as one.
    """
    pair_N2 = np.stack([group_N, problem_N], axis=1)
    own_N = np.unique(pair_N2, axis=0, return_inverse=True)[1].ravel()
    once_N = 1.0 / np.bincount(own_N)[own_N]

    def others(count_N: NDArray[np.float64]) -> NDArray[np.float64]:
        all_N = np.bincount(group_N, weights=once_N * count_N)[group_N]
        return np.asarray(all_N - np.bincount(own_N, weights=once_N * count_N)[own_N])

    told = _told_of_others(evidence)
    right_N, attempts_N = others(told.right_N), others(told.attempts_N)
    overall = _overall(told, problem_N)
    return _logit((right_N + _PRIOR_ATTEMPTS * overall) / (attempts_N + _PRIOR_ATTEMPTS))


def _told_of_others(evidence: Evidence) -> Evidence:
    """Evidence as other problems should hear it: k attempts at one problem count as 3 k / (k + 2).

    The second attempt at a problem says less about others than the first at another one would, and
    attempts are bought where a level is uncertain: counted singly, those problems would drown all
    others.
    """
    worth_N = 3.0 / (evidence.attempts_N + 2.0)
    return Evidence(worth_N * evidence.attempts_N, worth_N * evidence.right_N)


def _same_problem(problem_NK: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many neighbours of a row share each one's problem, itself counted; from 1."""
    count_NK = np.zeros_like(problem_NK)
    for problem_N in problem_NK.T:
        count_NK += problem_NK == problem_N[:, None]
    return count_NK


def _overall(evidence: Evidence, problem_N: NDArray[np.int64]) -> float:
    """The pass rate of all problems, each counted once."""
    _, own_N, count_P = np.unique(problem_N, return_inverse=True, return_counts=True)
    once_N = 1.0 / count_P[own_N]
    return (float(once_N @ evidence.right_N) + 0.5) / (float(once_N @ evidence.attempts_N) + 1.0)


def _logit(rate_N: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(logit(np.clip(rate_N, 1e-3, 1 - 1e-3)))


def posterior(prior: Prior, evidence: Evidence) -> Posterior:
    """The posterior of every sample."""
    parts = [
        _summary(posterior_weights(prior, evidence, rows))
        for rows in blocks(len(evidence.attempts_N))
    ]
    columns = zip(*parts, strict=True) if parts else [[np.empty(0)]] * 5
    mean_N, low_N, high_N, level_N, probability_N = (np.concatenate(list(one)) for one in columns)
    return Posterior(mean_N, low_N, high_N, level_N.astype(np.int8), probability_N)


def _summary(weight_NG: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Mean, interval, level and its probability of distributions over the grid."""
    low_N, high_N = shortest_intervals(weight_NG)
    level_NL = level_masses(weight_NG)
    level_N = level_NL.argmax(axis=1)
    return weight_NG @ RATE_G, low_N, high_N, level_N, level_NL.max(axis=1)


def level_masses(weight_NG: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of each level, shape (N, L), of distributions over the grid."""
    return np.asarray(weight_NG @ np.eye(LEVELS)[level_of(RATE_G)])


def shortest_intervals(
    weight_NG: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper ends of the shortest intervals that hold 90 %, in [0, 1].

    The tail left out below is one of eleven from 0 to 10 %. An interval between equal tails would
    leave out the atom at 0 or 1, or hold all of it and more than 90 %.
    """
    below_NG = np.cumsum(weight_NG, axis=1)
    ends = [
        (_quantile(weight_NG, below_NG, tail), _quantile(weight_NG, below_NG, tail + _COVERED))
        for tail in _TAILS
    ]
    low_NT = np.stack([low for low, _ in ends], axis=1)
    high_NT = np.stack([high for _, high in ends], axis=1)
    best_N1 = np.argmin((high_NT - low_NT).round(9), axis=1)[:, None]
    return (
        np.take_along_axis(low_NT, best_N1, axis=1)[:, 0],
        np.take_along_axis(high_NT, best_N1, axis=1)[:, 0],
    )


def _quantile(
    weight_NG: NDArray[np.float64], below_NG: NDArray[np.float64], share: float
) -> NDArray[np.float64]:
    """Quantiles of distributions over the grid, even within a cell; atoms are 0 and 1 exactly."""
    point_N = np.minimum((below_NG < share - 1e-12).sum(axis=1), len(RATE_G) - 1)
    row_N = np.arange(len(weight_NG))
    inside_N = weight_NG[row_N, point_N]
    missing_N = share - (below_NG[row_N, point_N] - inside_N)
    part_N = np.clip(missing_N / np.maximum(inside_N, 1e-300), 0.0, 1.0)
    rate_N = EDGE_E[np.clip(point_N - 1, 0, CELLS - 1)] + part_N / CELLS
    return np.where(point_N == 0, 0.0, np.where(point_N == CELLS + 1, 1.0, rate_N))


def level_of(rate_N: NDArray[np.float64]) -> NDArray[np.int8]:
    """Levels of known pass rates: 0 above 0.875 down to 4 at 0.125 and below."""
    return (LEVELS - 1 - np.searchsorted(LEVEL_EDGES, rate_N, side="left")).astype(np.int8)


def rate_from_text(hardness_N: NDArray[np.float64]) -> NDArray[np.float64]:
    """A stand-in for pass rates where nothing was ever tried: ranks of how hard a text looks.

    The hardest text gets a rate near 0, the easiest near 1, ties the same.
    """
    if not len(hardness_N):
        return np.empty(0)
    _, inverse_N, count_U = np.unique(hardness_N, return_inverse=True, return_counts=True)
    upper_U = np.cumsum(count_U)
    middle_U = upper_U - (count_U - 1) / 2 - 0.5
    return np.asarray(1.0 - middle_U[inverse_N] / len(hardness_N))
