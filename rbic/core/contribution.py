"""The inference contribution of a sample: its integrity, tilted by its logical complexity.

    contribution = R exp(gamma z),   z = (1 - lambda) z(LC) + lambda z(LC residual)

R is the integrity and LC the logical complexity of the chain (rbic.core.chains). The residual is LC
less what length, pass rate, language and domain explain, so that a long chain is not complex for
its length. z standardises within a cell of domain and level. Chains whose structure could not be
seen have z = 0. The formulas are ours: of the published idea only the abstract is public.

Shape suffixes: N samples, F features.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_KNOTS = 5
_RIDGE = 1.0
_SMALL_CELL = 20


@dataclass(frozen=True)
class ContributionRule:
    """How much complexity counts."""

    gamma: float | None = None
    """Weight of complexity: 0 ranks by integrity alone, 1 prefers a chain one standard deviation
    more complex 2.7 times. null takes 0.25 where the model solves at least half of what it was
    asked, and 0 where it solves less or was not asked: with a weak model a preference for complex
    chains cost accuracy, with a competent one it moved accuracy from easy to hard problems."""
    residual_share: float = 0.7
    """lambda: the share of the residual in z, in [0, 1]."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.gamma is not None and not np.isfinite(self.gamma):
            raise ValueError(f"contribution.gamma must be finite, got {self.gamma}")
        if not 0 <= self.residual_share <= 1:
            raise ValueError(
                f"contribution.residual_share must be in [0, 1], got {self.residual_share}"
            )


COMPETENT_GAMMA = 0.25
COMPETENT_PASS_RATE = 0.5


def settle_gamma(rule: ContributionRule, mean_pass_rate: float | None) -> float:
    """gamma, where it is not given: by the mean measured pass rate, None when nothing was."""
    if rule.gamma is not None:
        return rule.gamma
    competent = mean_pass_rate is not None and mean_pass_rate >= COMPETENT_PASS_RATE
    return COMPETENT_GAMMA if competent else 0.0


def spline_features(value_N: NDArray[np.float64], knots: int = _KNOTS) -> NDArray[np.float64]:
    """A piecewise linear basis with knots at the quantiles: the value and one hinge a knot."""
    inner = np.unique(np.quantile(value_N, np.linspace(0, 1, knots + 2)[1:-1]))
    hinges = [np.maximum(value_N - knot, 0.0) for knot in inner]
    return np.column_stack([value_N, *hinges])


def residual(
    target_N: NDArray[np.float64],
    feature_NF: NDArray[np.float64],
    group_N: NDArray[np.int64],
    fit_N: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """What features and groups leave unexplained of a target, by ridge regression.

    Args:
        target_N: what to explain.
        feature_NF: features; standardised here.
        group_N: group of each row, from 0; each group gets an effect of its own, drawn towards 0 as
            by one row.
        fit_N: the rows that the regression is fitted to.

    Returns:
        target - prediction, shape (N,).
    """
    if not fit_N.any():
        return np.zeros(len(target_N))
    scale_F = feature_NF[fit_N].std(axis=0)
    scaled_NF = (feature_NF - feature_NF[fit_N].mean(axis=0)) / np.where(scale_F > 1e-9, scale_F, 1)
    design_NF = np.column_stack([np.ones(len(target_N)), scaled_NF])
    design_MF = design_NF[fit_N]
    penalty_F = np.full(design_NF.shape[1], _RIDGE)
    penalty_F[0] = 1e-9
    gram_FF = design_MF.T @ design_MF + np.diag(penalty_F)
    weight_F = np.linalg.solve(gram_FF, design_MF.T @ target_N[fit_N])
    rest_N = target_N - design_NF @ weight_F
    groups = int(group_N.max()) + 1
    count_G = np.bincount(group_N[fit_N], minlength=groups)
    effect_G = np.bincount(group_N[fit_N], weights=rest_N[fit_N], minlength=groups) / (count_G + 1)
    return np.asarray(rest_N - effect_G[group_N])


def standardise_within(
    value_N: NDArray[np.float64], cell_N: NDArray[np.int64], fit_N: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Standard scores within cells; cells of fewer than 20 rows use the mean and spread of all.

    Args:
        value_N: values.
        cell_N: cell of each row, from 0.
        fit_N: the rows that means and spreads are taken from.

    Returns:
        Shape (N,), cut to [-3, 3]; 0 where there is no spread.
    """
    if not fit_N.any():
        return np.zeros(len(value_N))
    cells = int(cell_N.max()) + 1
    count_C = np.bincount(cell_N[fit_N], minlength=cells)
    safe_C = np.maximum(count_C, 1)
    mean_C = np.bincount(cell_N[fit_N], weights=value_N[fit_N], minlength=cells) / safe_C
    square = (value_N[fit_N] - mean_C[cell_N[fit_N]]) ** 2
    spread_C = np.sqrt(np.bincount(cell_N[fit_N], weights=square, minlength=cells) / safe_C)
    small_C = count_C < _SMALL_CELL
    mean_C[small_C] = value_N[fit_N].mean()
    spread_C[small_C] = value_N[fit_N].std()
    spread_N = spread_C[cell_N]
    z_N = (value_N - mean_C[cell_N]) / np.where(spread_N > 1e-9, spread_N, 1.0)
    return np.asarray(np.clip(np.where(spread_N > 1e-9, z_N, 0.0), -3, 3))


def contribution(
    integrity_N: NDArray[np.float64],
    z_N: NDArray[np.float64],
    structured_N: NDArray[np.bool_],
    gamma: float,
) -> NDArray[np.float64]:
    """R exp(gamma z), and R where the structure could not be seen. Shape (N,)."""
    return np.asarray(integrity_N * np.exp(gamma * np.where(structured_N, z_N, 0.0)))


def rank_share(value_N: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks in [0, 1]: 0 for the lowest value, 1 for the highest, ties the mean of theirs."""
    if len(value_N) < 2:
        return np.zeros(len(value_N))
    _, inverse_N, count_U = np.unique(value_N, return_inverse=True, return_counts=True)
    last_U = np.cumsum(count_U) - 1
    middle_U = last_U - (count_U - 1) / 2
    return np.asarray(middle_U[inverse_N] / (len(value_N) - 1))
