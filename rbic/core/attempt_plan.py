r"""Where to buy further attempts: each round spends where an attempt changes the most levels.

A purse of tokens is to name as many problems' levels rightly as it can, over `rounds` rounds of
which each sees the answers of those before. For one problem and a price per attempt this is solved
exactly, backwards over its states (c right of k attempts), as in Bellman's principle:

    V_0(c, k) = the probability of the likeliest level
    V_r(c, k) = max over m of  E V_{r-1}(c + x, k + m) - m price,    x ~ the posterior's prediction

All problems share one price per token, the Lagrange multiplier of the purse: the lowest at which
what all of them are expected to spend, in this round and later, fits into it. (The relaxation of
Whittle, Restless Bandits, J. Appl. Prob. 25A, 1988; what it neglects is that answers also teach the
prior.) Priors differ by one number, the shift of rbic.core.rate_prior, so the states are solved
for some shifts and prices, and each problem looks up its own.

Shape suffixes: N problems, S shifts, P prices, K most attempts, G points of the grid.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import gammaln

from rbic.core.pass_rates import LEVELS, level_of
from rbic.core.rate_prior import RATE_G, Evidence, Prior, prior_weights

MOST_ATTEMPTS = 64
"""Attempts at one problem, over all rounds."""

_BATCHES = np.array([1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32], dtype=np.int64)
_SHIFTS = 16
_PRICES = np.geomspace(1.0, 5e-4, 48)
"""Probability per attempt; at 1 nothing is worth buying."""


@dataclass(frozen=True)
class Policies:
    """For each shift, price and state: what to buy now, and what to expect of it."""

    shift_S: NDArray[np.float64]
    batch_SPKK: NDArray[np.int8]
    """Attempts to buy now, at [shift, price, attempts so far, right]."""
    spend_SPKK: NDArray[np.float32]
    """Expected attempts in this round and all later ones."""


def solve_policies(prior: Prior, rounds: int) -> Policies:
    """Solve every state for the shifts that occur and for a ladder of prices.

    Args:
        prior: of the problems.
        rounds: rounds that are left, this one included; at least 1.
    """
    shift_S = np.unique(np.quantile(prior.shift_N, np.linspace(0, 1, _SHIFTS)).round(6))
    weight_SG = prior_weights(Prior(prior.log_weight_G, shift_S), slice(None))
    chance_SKK, certain_SKK = _states(weight_SG)
    ways_KK = np.array([[_ways(m, x) for x in range(m + 1)] + [0.0] * (MOST_ATTEMPTS - m)
                        for m in range(MOST_ATTEMPTS + 1)])  # fmt: skip
    solved = _solve(chance_SKK, certain_SKK, ways_KK, _BATCHES, _PRICES, rounds)
    return Policies(shift_S, *solved)


def _ways(attempts: int, right: int) -> float:
    """Binomial coefficient."""
    return float(np.exp(gammaln(attempts + 1) - gammaln(right + 1) - gammaln(attempts - right + 1)))


def _states(weight_SG: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Chance of one order of c right and k - c wrong, and the likeliest level's probability.

    Both of shape (S, K, K) at [shift, k, c]; 0 where c > k.
    """
    size = MOST_ATTEMPTS + 1
    chance_SKK = np.zeros((len(weight_SG), size, size))
    certain_SKK = np.zeros_like(chance_SKK)
    level_GL = np.eye(LEVELS)[level_of(RATE_G)]
    for k in range(size):
        right_C = np.arange(k + 1)[:, None]
        # 0^0 is 1: a problem that is never solved has all of its attempts wrong.
        likelihood_CG = RATE_G**right_C * (1 - RATE_G) ** (k - right_C)
        joint_SCL = np.einsum("sg,cg,gl->scl", weight_SG, likelihood_CG, level_GL, optimize=True)
        total_SC = joint_SCL.sum(axis=2)
        chance_SKK[:, k, : k + 1] = total_SC
        certain_SKK[:, k, : k + 1] = joint_SCL.max(axis=2) / total_SC
    return chance_SKK, certain_SKK


@njit(cache=True)
def _solve(
    chance_SKK: NDArray[np.float64],
    certain_SKK: NDArray[np.float64],
    ways_KK: NDArray[np.float64],
    batches: NDArray[np.int64],
    prices: NDArray[np.float64],
    rounds: int,
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    shifts, size, _ = chance_SKK.shape
    batch = np.zeros((shifts, len(prices), size, size), np.int8)
    spend = np.zeros((shifts, len(prices), size, size), np.float32)
    for s in range(shifts):
        chance = chance_SKK[s]
        for p in range(len(prices)):
            later_value, later_spend = certain_SKK[s].copy(), np.zeros((size, size))
            for _ in range(rounds):
                now_value, now_spend = later_value.copy(), later_spend.copy()
                now_batch = batch[s, p]
                now_batch[:] = 0
                value, cost = chance * later_value, chance * later_spend
                for k in range(size):
                    for m in batches:
                        if k + m >= size:
                            break
                        for c in range(k + 1):
                            worth = spent = 0.0
                            for x in range(m + 1):
                                worth += ways_KK[m, x] * value[k + m, c + x]
                                spent += ways_KK[m, x] * cost[k + m, c + x]
                            worth = worth / chance[k, c] - prices[p] * m
                            if worth > now_value[k, c] + 1e-12:
                                now_value[k, c] = worth
                                now_spend[k, c] = m + spent / chance[k, c]
                                now_batch[k, c] = m
                later_value, later_spend = now_value, now_spend
            spend[s, p] = later_spend
    return batch, spend


def probe_share(attempts: float, share: float, probe_attempts: int) -> float:
    """Share of the problems that the first round asks, before anything is known, in (0, 1].

    Enough that the probe costs a quarter of the purse, `share` x `attempts` replies a problem; what
    it teaches the prior serves all later rounds.
    """
    return min(1.0, 0.25 * share * attempts / probe_attempts)


@dataclass(frozen=True)
class Market:
    """Problems that attempts can be bought for."""

    evidence: Evidence
    """Whole numbers of attempts."""
    cost_N: NDArray[np.float64]
    """Expected tokens of a further attempt, above 0."""
    order_N: NDArray[np.float64]
    """Distinct random numbers in [0, 1): who comes first where the purse does not reach all."""


def plan_round(prior: Prior, market: Market, purse: float, rounds: int) -> NDArray[np.int64]:
    """Attempts to buy for each problem in this round.

    Args:
        prior: of the problems, in their order.
        market: the problems.
        purse: tokens left for this round and all later ones.
        rounds: rounds left, this one included.

    Returns:
        Shape (N,), from 0. In the last round their expected cost is at most the purse.
    """
    if not len(market.cost_N):
        return np.zeros(0, np.int64)
    policies = solve_policies(prior, rounds)
    shift_N = _nearest(policies.shift_S, prior.shift_N)
    attempts_N = np.minimum(market.evidence.attempts_N, MOST_ATTEMPTS).astype(np.int64)
    # Of more attempts than the states have, the share that was right stays.
    kept_N = attempts_N / np.maximum(market.evidence.attempts_N, 1)
    right_N = np.rint(market.evidence.right_N * kept_N).astype(np.int64)
    relative_N = np.log(market.cost_N / np.median(market.cost_N))
    step = float(np.log(_PRICES[0] / _PRICES[1]))

    def bought(rung: int, table: NDArray[Any]) -> NDArray[np.float64]:
        """A table at a rung of the ladder of prices; a costly problem stands at a higher price."""
        price_N = np.clip(np.rint(rung - relative_N / step), 0, len(_PRICES) - 1).astype(np.int64)
        return np.asarray(table[shift_N, price_N, attempts_N, right_N])

    def spent(rung: int) -> NDArray[np.float64]:
        return bought(rung, policies.spend_SPKK) * market.cost_N

    # Costs spread the rungs that problems stand at, so the search goes beyond the ladder's ends.
    low, high = -len(_PRICES), 2 * len(_PRICES)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if spent(middle).sum() <= purse else (low, middle)
    dear_N, cheap_N = spent(low), spent(high)
    # Between two rungs some problems get the lower price: as many as the purse allows.
    order = np.argsort(market.order_N, kind="stable")
    total = dear_N.sum() + np.cumsum((cheap_N - dear_N)[order])
    lower_N = np.zeros(len(order), dtype=bool)
    lower_N[order] = np.minimum.accumulate(total <= purse)
    batches = policies.batch_SPKK
    return np.where(lower_N, bought(high, batches), bought(low, batches)).astype(np.int64)


def _nearest(ladder_S: NDArray[np.float64], value_N: NDArray[np.float64]) -> NDArray[np.int64]:
    """Index of the nearest of ascending values; of two as near, the lower."""
    above_N = np.clip(np.searchsorted(ladder_S, value_N), 1, max(1, len(ladder_S) - 1))
    if len(ladder_S) == 1:
        return np.zeros(len(value_N), np.int64)
    nearer = value_N - ladder_S[above_N - 1] <= ladder_S[above_N] - value_N
    return np.where(nearer, above_N - 1, above_N).astype(np.int64)
