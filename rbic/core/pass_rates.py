"""Pass rates as posteriors: few attempts at a problem, and what the problems around it say.

The pass rate of sample i is Beta distributed. Its prior has mean m_i = sigmoid(w . f_i), where f_i
are features of the sample's text and of the evidence at its neighbours in the graph, and strength
kappa; w and kappa maximise the beta-binomial likelihood of the attempts (empirical Bayes, Gelman et
al., Bayesian Data Analysis, chapter 5). With c_i right of k_i attempts the posterior is
Beta(kappa m_i + c_i, kappa (1 - m_i) + k_i - c_i); without attempts it is the prior.

Shape suffixes: N samples, M samples with attempts, K neighbours, F features, L levels, E edges.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv, betaln, digamma, expit, logit

LEVEL_EDGES = (0.125, 0.375, 0.625, 0.875)
"""Pass rates between the levels; level 0 lies above the last, level 4 below the first."""

LEVELS = 5

_PRIOR_ATTEMPTS = 2.0
_RIDGE = 1.0


@dataclass(frozen=True)
class Evidence:
    """Attempts at each sample, and how many were right."""

    attempts_N: NDArray[np.float64]
    right_N: NDArray[np.float64]
    """At most the attempts; a given rate may make it fractional."""


@dataclass(frozen=True)
class Posterior:
    """Pass rates."""

    a_N: NDArray[np.float64]
    b_N: NDArray[np.float64]
    """Parameters of the Beta distribution."""
    mean_N: NDArray[np.float64]
    low_N: NDArray[np.float64]
    high_N: NDArray[np.float64]
    """The 90 % interval."""
    level_N: NDArray[np.int8]
    """The median level of the posterior."""
    level_probability_N: NDArray[np.float64]


@dataclass(frozen=True)
class Prior:
    """A fitted prior."""

    weight_F: NDArray[np.float64]
    strength: float
    """kappa, in attempts."""
    mean_N: NDArray[np.float64]


def neighbour_rate(
    evidence: Evidence,
    neighbour_NK: NDArray[np.int64],
    weight_NK: NDArray[np.float64],
    problem_N: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Logit of the pass rate at each sample's neighbours, its own problem left out.

    Pulled towards the overall rate as by two attempts, so that a sample without evidence around it
    gets the overall rate.

    Args:
        evidence: attempts.
        neighbour_NK: rows of neighbours, -1 for none.
        weight_NK: their weights, from 0.
        problem_N: samples of one problem share their evidence, which must not predict itself.

    Returns:
        Shape (N,).
    """
    there_NK = (neighbour_NK >= 0) & (problem_N[neighbour_NK] != problem_N[:, None])
    weight_NK = np.where(there_NK, weight_NK, 0.0)
    right_N = (weight_NK * evidence.right_N[neighbour_NK]).sum(axis=1)
    attempts_N = (weight_NK * evidence.attempts_N[neighbour_NK]).sum(axis=1)
    overall = _overall(evidence)
    return _logit((right_N + _PRIOR_ATTEMPTS * overall) / (attempts_N + _PRIOR_ATTEMPTS))


def group_rate(
    evidence: Evidence, group_N: NDArray[np.int64], problem_N: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Logit of the pass rate of each sample's group, its own problem left out, shape (N,)."""
    pair_N2 = np.stack([group_N, problem_N], axis=1)
    own_N = np.unique(pair_N2, axis=0, return_inverse=True)[1].ravel()

    def others(count_N: NDArray[np.float64]) -> NDArray[np.float64]:
        all_N = np.bincount(group_N, weights=count_N)[group_N]
        return np.asarray(all_N - np.bincount(own_N, weights=count_N)[own_N])

    right_N, attempts_N = others(evidence.right_N), others(evidence.attempts_N)
    overall = _overall(evidence)
    return _logit((right_N + _PRIOR_ATTEMPTS * overall) / (attempts_N + _PRIOR_ATTEMPTS))


def _overall(evidence: Evidence) -> float:
    total = float(evidence.attempts_N.sum())
    return (float(evidence.right_N.sum()) + 0.5) / (total + 1.0)


def _logit(rate_N: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(logit(np.clip(rate_N, 1e-3, 1 - 1e-3)))


def fit_prior(evidence: Evidence, feature_NF: NDArray[np.float64]) -> Prior:
    """Fit the prior's mean and strength to the samples with attempts.

    Args:
        evidence: attempts; samples without any do not count.
        feature_NF: finite features; they are standardised here, and an intercept is added.

    Returns:
        The prior, with its mean for every sample. Without any attempts: mean 0.5, strength 2.
    """
    # Imported here: it takes a second, and only the worker that fits needs it.
    from scipy.optimize import minimize  # noqa: PLC0415

    seen_N = evidence.attempts_N > 0
    count = int(seen_N.sum())
    if not count:
        return Prior(np.zeros(feature_NF.shape[1] + 1), 2.0, np.full(len(feature_NF), 0.5))
    centre_F = feature_NF[seen_N].mean(axis=0)
    scale_F = feature_NF[seen_N].std(axis=0)
    scaled_NF = (feature_NF - centre_F) / np.where(scale_F > 1e-9, scale_F, 1.0)
    design_NF = np.column_stack([np.ones(len(feature_NF)), np.clip(scaled_NF, -4, 4)])
    design_MF = design_NF[seen_N]
    right_M, attempts_M = evidence.right_N[seen_N], evidence.attempts_N[seen_N]
    start = np.zeros(design_NF.shape[1] + 1)
    start[0] = float(_logit(np.array([_overall(evidence)]))[0])
    start[-1] = np.log(2.0)
    fitted = minimize(
        _negative_log_likelihood,
        start,
        args=(design_MF, right_M, attempts_M),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-20.0, 20.0)] * (len(start) - 1) + [(np.log(0.05), np.log(500.0))],
    )
    weight_F = fitted.x[:-1]
    return Prior(weight_F, float(np.exp(fitted.x[-1])), np.asarray(expit(design_NF @ weight_F)))


def _negative_log_likelihood(
    parameter: NDArray[np.float64],
    design_MF: NDArray[np.float64],
    right_M: NDArray[np.float64],
    attempts_M: NDArray[np.float64],
) -> tuple[float, NDArray[np.float64]]:
    """Beta-binomial, with a ridge on all weights but the intercept; value and gradient."""
    weight_F, strength = parameter[:-1], np.exp(parameter[-1])
    mean_M = np.clip(expit(design_MF @ weight_F), 1e-6, 1 - 1e-6)
    a_M, b_M = strength * mean_M, strength * (1 - mean_M)
    wrong_M = attempts_M - right_M
    ridge = 0.5 * _RIDGE * float((weight_F[1:] ** 2).sum())
    value = -(betaln(a_M + right_M, b_M + wrong_M) - betaln(a_M, b_M)).sum() + ridge
    common_M = digamma(strength) - digamma(strength + attempts_M)
    by_a_M = digamma(a_M + right_M) - digamma(a_M) + common_M
    by_b_M = digamma(b_M + wrong_M) - digamma(b_M) + common_M
    by_mean_M = strength * (by_a_M - by_b_M) * mean_M * (1 - mean_M)
    gradient = np.empty_like(parameter)
    gradient[:-1] = -(design_MF.T @ by_mean_M)
    gradient[1:-1] += _RIDGE * weight_F[1:]
    gradient[-1] = -strength * float((mean_M * by_a_M + (1 - mean_M) * by_b_M).sum())
    return float(value), gradient


def posterior(prior: Prior, evidence: Evidence) -> Posterior:
    """The posterior of every sample."""
    a_N = prior.strength * np.clip(prior.mean_N, 1e-4, 1 - 1e-4) + evidence.right_N
    b_N = prior.strength * np.clip(1 - prior.mean_N, 1e-4, 1 - 1e-4)
    b_N = b_N + evidence.attempts_N - evidence.right_N
    return beta_posterior(a_N, b_N)


def beta_posterior(a_N: NDArray[np.float64], b_N: NDArray[np.float64]) -> Posterior:
    """Mean, 90 % interval and levels of Beta distributions."""
    below_NE = betainc(a_N[:, None], b_N[:, None], np.array(LEVEL_EDGES)[None])
    # Levels count downwards in pass rate: level 4 is [0, first edge].
    bounds_NL = np.column_stack([np.zeros(len(a_N)), below_NE, np.ones(len(a_N))])
    probability_NL = np.diff(bounds_NL, axis=1)[:, ::-1]
    level_N = (np.cumsum(probability_NL, axis=1) < 0.5).sum(axis=1)
    return Posterior(
        a_N=a_N,
        b_N=b_N,
        mean_N=a_N / (a_N + b_N),
        low_N=np.asarray(betaincinv(a_N, b_N, 0.05)),
        high_N=np.asarray(betaincinv(a_N, b_N, 0.95)),
        level_N=level_N.astype(np.int8),
        level_probability_N=np.take_along_axis(probability_NL, level_N[:, None], axis=1)[:, 0],
    )


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
