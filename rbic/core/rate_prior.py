r"""A prior of pass rates that may have any shape, shifted for each sample by what its text tells.

Pass rates pile up at 0 and at 1, more than any Beta distribution can: some problems are never
solved, some always. So the prior lives on a grid of [0, 1]: an atom at 0, `CELLS` cells, an atom
at 1. Sample i has the prior

    w_ig ~ exp(B_g . alpha + eta_i t_g),    eta_i = theta . f_i,    t_g = logit(p_g)

With B_g = (ln p, ln(1 - p)) alone this is a Beta distribution whose mean the features f_i move; the
further columns of B bend it and weigh the atoms. alpha and theta maximise the likelihood of the
attempts, c_i right of k_i, with a ridge:

    sum_i ln sum_g w_ig p_g^c_i (1 - p_g)^(k_i - c_i)

This is g-modelling (Efron, Empirical Bayes Deconvolution Estimates, Biometrika 103, 2016) with
covariates; for B of two columns it is beta-binomial regression.

Shape suffixes: N samples, M samples with attempts, F features, G points of the grid, B columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

CELLS = 64
"""Cells between 0 and 1; the level edges, eighths, lie between cells."""

EDGE_E = np.linspace(0.0, 1.0, CELLS + 1)
RATE_G = np.concatenate([[0.0], (EDGE_E[:-1] + EDGE_E[1:]) / 2, [1.0]])
"""The pass rate that each point of the grid stands for: 0, the cells' middles, 1."""

TILT_G = logit(np.clip(RATE_G, 0.5 / CELLS, 1 - 0.5 / CELLS))
"""What a feature shifts the prior by."""

_FITTED_ROWS = 20_000
_ROWS_AT_ONCE = 8192
_RIDGE = 1.0
_BEND_RIDGE = 4.0


@dataclass(frozen=True)
class Evidence:
    """Attempts at each sample, and how many were right."""

    attempts_N: NDArray[np.float64]
    right_N: NDArray[np.float64]
    """At most the attempts; a given rate may make it fractional."""

    def take(self, rows: NDArray[np.int64]) -> "Evidence":
        """The evidence of some samples."""
        return Evidence(self.attempts_N[rows], self.right_N[rows])


@dataclass(frozen=True)
class Prior:
    """A fitted prior."""

    log_weight_G: NDArray[np.float64]
    """B . alpha: the logarithm of the prior of a sample with shift 0, up to a constant."""
    shift_N: NDArray[np.float64]
    """eta: how far each sample's prior is tilted towards 1; 0 is the corpus's own."""


def fit_prior(evidence: Evidence, feature_NF: NDArray[np.float64]) -> Prior:
    """Fit the prior to the samples with attempts.

    Args:
        evidence: attempts; samples without any do not count.
        feature_NF: finite features; they are standardised here. Rows come in an order that has
            nothing to do with their difficulty, such as that of content ids: of very many rows with
            attempts every so-manieth is read.

    Returns:
        The prior, with its shift for every sample. Without any attempts: uniform, shift 0.
    """
    # Imported here: it takes a second, and only the worker that fits needs it.
    from scipy.optimize import minimize  # noqa: PLC0415

    seen_M = np.flatnonzero(evidence.attempts_N > 0)
    if not len(seen_M):
        return Prior(_uniform(), np.zeros(len(feature_NF)))
    seen_M = seen_M[:: -(-len(seen_M) // _FITTED_ROWS)]
    centre_F = feature_NF[seen_M].mean(axis=0)
    scale_F = feature_NF[seen_M].std(axis=0)
    scaled_NF = (feature_NF - centre_F) / np.where(scale_F > 1e-9, scale_F, 1.0)
    scaled_NF = np.clip(scaled_NF, -4, 4)
    basis_GB = _basis()
    fitted = minimize(
        negative_log_likelihood,
        np.zeros(basis_GB.shape[1] + feature_NF.shape[1]),
        args=(scaled_NF[seen_M], evidence.take(seen_M)),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 200},
    )
    alpha_B, theta_F = np.split(fitted.x, [basis_GB.shape[1]])
    return Prior(basis_GB @ alpha_B + _uniform(), scaled_NF @ theta_F)


def _uniform() -> NDArray[np.float64]:
    """Logarithm of the uniform distribution; an atom starts with the weight of a cell."""
    return np.full(len(RATE_G), -np.log(len(RATE_G)))


def _basis() -> NDArray[np.float64]:
    """The columns B: a Beta distribution's two, three that bend it, one for each atom."""
    inner_G = np.clip(RATE_G, 0.5 / CELLS, 1 - 0.5 / CELLS)
    x_G = 2 * RATE_G - 1
    beta = [np.log(inner_G), np.log1p(-inner_G)]
    bends = [x_G**2, x_G**3, x_G**4]
    atoms = [RATE_G == 0, RATE_G == 1]
    return np.column_stack([*beta, *bends, *atoms]).astype(np.float64)


def negative_log_likelihood(
    parameter: NDArray[np.float64],
    scaled_MF: NDArray[np.float64],
    evidence: Evidence,
) -> tuple[float, NDArray[np.float64]]:
    """What `fit_prior` minimises over alpha and theta: value and gradient.

    The gradient of a sample's log likelihood is the posterior's expectation of (B, t f) minus the
    prior's. The ridge leaves the two columns of the Beta distribution nearly free.
    """
    basis_GB = _basis()
    bends = basis_GB.shape[1]
    alpha_B, theta_F = parameter[:bends], parameter[bends:]
    ridge = np.full(len(parameter), _RIDGE)
    ridge[:2], ridge[2:bends] = 1e-3, _BEND_RIDGE
    value = 0.5 * float(ridge @ parameter**2)
    gradient = ridge * parameter
    prior = Prior(basis_GB @ alpha_B, scaled_MF @ theta_F)
    for rows in blocks(len(scaled_MF)):
        log_prior_MG = _log_prior(prior, rows)
        weight_MG, log_sum_M = _normalised(log_prior_MG)
        joint_MG, log_joint_sum_M = _normalised(log_prior_MG + log_likelihood(evidence, rows))
        change_MG = joint_MG - weight_MG
        value -= float((log_joint_sum_M - log_sum_M).sum())
        gradient[:bends] -= change_MG.sum(axis=0) @ basis_GB
        gradient[bends:] -= (change_MG @ TILT_G) @ scaled_MF[rows]
    return value, gradient


def blocks(rows: int) -> Iterator[slice]:
    """Slices of rows, few enough at once for tables of the whole grid."""
    for start in range(0, rows, _ROWS_AT_ONCE):
        yield slice(start, min(start + _ROWS_AT_ONCE, rows))


def prior_weights(prior: Prior, rows: slice) -> NDArray[np.float64]:
    """The prior of some samples over the grid, shape (N, G); rows add up to 1."""
    return _normalised(_log_prior(prior, rows))[0]


def _log_prior(prior: Prior, rows: slice) -> NDArray[np.float64]:
    """Logarithm of the prior of some samples over the grid, up to a constant of each."""
    return np.asarray(prior.log_weight_G + prior.shift_N[rows, None] * TILT_G)


def _normalised(log_NG: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Numbers over the grid from their logarithms, each row divided by its sum.

    With thousands of attempts all numbers of a row are smaller than the smallest that there is, so
    each is taken relative to the largest.

    Returns:
        Rows that add up to 1, shape (N, G), and the logarithms of the sums, shape (N,).
    """
    most_N1 = log_NG.max(axis=1, keepdims=True)
    scaled_NG = np.exp(log_NG - most_N1)
    sum_N1 = scaled_NG.sum(axis=1, keepdims=True)
    return scaled_NG / sum_N1, (most_N1 + np.log(sum_N1))[:, 0]


def log_likelihood(evidence: Evidence, rows: slice) -> NDArray[np.float64]:
    """Logarithm of p_g^right (1 - p_g)^wrong, shape (N, G).

    Without the number of orders in which right and wrong can come, which no prior changes.
    """
    right_N, attempts_N = evidence.right_N[rows], evidence.attempts_N[rows]
    wrong_N = attempts_N - right_N
    inner_G = np.where((RATE_G > 0) & (RATE_G < 1), RATE_G, 0.5)
    log_NG = np.outer(right_N, np.log(inner_G)) + np.outer(wrong_N, np.log1p(-inner_G))
    log_NG[:, 0] = np.where(right_N > 0, -np.inf, 0.0)
    log_NG[:, -1] = np.where(wrong_N > 0, -np.inf, 0.0)
    return np.asarray(log_NG)


def posterior_weights(prior: Prior, evidence: Evidence, rows: slice) -> NDArray[np.float64]:
    """The posterior of some samples over the grid, shape (N, G); rows add up to 1."""
    return _normalised(_log_prior(prior, rows) + log_likelihood(evidence, rows))[0]
