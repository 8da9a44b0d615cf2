"""The objective of selection, and a lazy greedy maximiser with a printed upper bound.

    F(S) = sum_c C_c phi(sum_{i in S, cell c} a_i / C_c) + lambda sum_v w_v max_{j in S} s_vj

a_i is the value of sample i in its cell c, C_c the cell's quota, phi(z) = min(z, 1) +
0.2 ln(1 + max(0, z - 1)), concave; s are cosine similarities on the edges of the neighbour graph,
with s_vv = 1. Both terms are monotone submodular, so greedy choice under a token budget is near the
best (Khuller, Moss & Naor 1999; lazy evaluation: Minoux 1978), and the bound says how near.

Shape suffixes: N samples, C cells, E edges; edges are in compressed rows: sample j covers
`covered_E[start_N1[j] : start_N1[j + 1]]` with `similarity_E`.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

_OVERFILL = 0.2


@dataclass(frozen=True)
class Objective:
    """What the two terms are made of."""

    value_N: NDArray[np.float64]
    """a_i, from 0, in the unit of the quotas."""
    cell_N: NDArray[np.int64]
    quota_C: NDArray[np.float64]
    start_N1: NDArray[np.int64]
    covered_E: NDArray[np.int32]
    similarity_E: NDArray[np.float32]
    weight_N: NDArray[np.float64]
    """lambda w_v, from 0; 0 for a sample that need not be covered."""


@dataclass(frozen=True)
class State:
    """How much is filled and covered; the functions here change it in place."""

    filled_C: NDArray[np.float64]
    covered_N: NDArray[np.float32]


@dataclass(frozen=True)
class Choice:
    """Rows chosen by greedy, in order."""

    row_S: NDArray[np.int64]
    gain_S: NDArray[np.float64]
    """What each added to F when it was chosen."""


def empty_state(objective: Objective) -> State:
    """Nothing filled, nothing covered."""
    cells, samples = len(objective.quota_C), len(objective.value_N)
    return State(np.zeros(cells), np.zeros(samples, np.float32))


@njit(cache=True, nogil=True)
def _phi(z: float) -> float:
    return z if z <= 1.0 else 1.0 + _OVERFILL * np.log(1.0 + (z - 1.0))


@njit(cache=True, nogil=True)
def _gain(j, value, cell, quota, start, covered, similarity, weight, filled, best):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913
    c = cell[j]
    gain = 0.0
    if quota[c] > 0.0:
        z = filled[c] / quota[c]
        gain = quota[c] * (_phi(z + value[j] / quota[c]) - _phi(z))
    for e in range(start[j], start[j + 1]):
        more = similarity[e] - best[covered[e]]
        if more > 0:
            gain += weight[covered[e]] * more
    return gain


@njit(cache=True, nogil=True)
def _gains(rows, value, cell, quota, start, covered, similarity, weight, filled, best):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913
    out = np.empty(len(rows), np.float64)
    for i in range(len(rows)):
        out[i] = _gain(
            rows[i], value, cell, quota, start, covered, similarity, weight, filled, best
        )
    return out


@njit(cache=True, nogil=True)
def _take(j, value, cell, start, covered, similarity, filled, best):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913
    filled[cell[j]] += value[j]
    for e in range(start[j], start[j + 1]):
        if similarity[e] > best[covered[e]]:
            best[covered[e]] = similarity[e]


@njit(cache=True, nogil=True)
def _take_rows(rows, value, cell, quota, start, covered, similarity, weight, filled, best):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913
    out = np.empty(len(rows), np.float64)
    for i in range(len(rows)):
        j = rows[i]
        out[i] = _gain(j, value, cell, quota, start, covered, similarity, weight, filled, best)
        _take(j, value, cell, start, covered, similarity, filled, best)
    return out


@njit(cache=True, nogil=True)
def _before(key, row, i, j):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Whether heap entry i comes before j: the higher key, then the lower row."""
    return key[i] > key[j] or (key[i] == key[j] and row[i] < row[j])


@njit(cache=True, nogil=True)
def _sift_down(key, row, size, at):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    while True:
        child = 2 * at + 1
        if child >= size:
            return
        if child + 1 < size and _before(key, row, child + 1, child):
            child += 1
        if not _before(key, row, child, at):
            return
        key[at], key[child] = key[child], key[at]
        row[at], row[child] = row[child], row[at]
        at = child


@njit(cache=True, nogil=True)
def _lazy_greedy(  # type: ignore[no-untyped-def] # noqa: ANN202, PLR0913
    candidate, tokens, budget, tau,  # noqa: ANN001
    value, cell, quota, start, covered, similarity, weight, filled, best,  # noqa: ANN001
):  # fmt: skip
    size = len(candidate)
    row = candidate.copy()
    key = np.empty(size, np.float64)
    price = np.empty(len(tokens), np.float64)
    for i in range(size):
        j = row[i]
        price[j] = tokens[j] ** tau
        key[i] = _gain(j, value, cell, quota, start, covered, similarity, weight, filled, best)
        key[i] /= price[j]
    for i in range(size // 2 - 1, -1, -1):
        _sift_down(key, row, size, i)
    fresh = np.zeros(len(tokens), np.int64)
    chosen = np.empty(size, np.int64)
    gained = np.empty(size, np.float64)
    count = 0
    left = budget
    while size > 0 and key[0] > 0.0:
        j = row[0]
        if tokens[j] <= left and fresh[j] != count + 1:
            gain = _gain(j, value, cell, quota, start, covered, similarity, weight, filled, best)
            key[0] = gain / price[j]
            fresh[j] = count + 1
            _sift_down(key, row, size, 0)
            continue
        if tokens[j] <= left:
            chosen[count] = j
            gained[count] = key[0] * price[j]
            count += 1
            left -= tokens[j]
            _take(j, value, cell, start, covered, similarity, filled, best)
        size -= 1
        key[0], row[0] = key[size], row[size]
        _sift_down(key, row, size, 0)
    return chosen[:count], gained[:count]


def lazy_greedy(
    objective: Objective,
    state: State,
    candidates: NDArray[np.int64],
    tokens_N: NDArray[np.int64],
    budget: int,
    tau: float,
) -> Choice:
    """Take the candidate of highest gain per token^tau that fits, again and again.

    Gains only fall as the set grows, so a candidate is evaluated again only when it comes to the
    top. Ties go to the lower row. Changes `state`.

    Args:
        objective: F.
        state: what is filled and covered before.
        candidates: rows that may be taken, each once.
        tokens_N: cost of each row, at least 1.
        budget: tokens to spend.
        tau: 1 counts gain per token, 0 plain gain.
    """
    row_S, gain_S = _lazy_greedy(
        candidates.astype(np.int64), tokens_N.astype(np.float64), float(budget), tau,
        *_arrays(objective), state.filled_C, state.covered_N,
    )  # fmt: skip
    return Choice(row_S, gain_S)


def take(objective: Objective, state: State, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Add rows to a state in order; returns what each added to F."""
    gains: NDArray[np.float64] = _take_rows(
        rows, *_arrays(objective), state.filled_C, state.covered_N
    )
    return gains


def upper_bound(
    objective: Objective,
    state: State,
    candidates: NDArray[np.int64],
    tokens_N: NDArray[np.int64],
    budget: int,
) -> float:
    """More than any choice within the budget can add to a state.

    For a monotone submodular F the gain of a set is at most the sum of its members' gains, so the
    fractional knapsack of single gains bounds it (Nemhauser, Wolsey & Fisher 1978).
    """
    if not len(candidates):
        return 0.0
    gain = _gains(candidates, *_arrays(objective), state.filled_C, state.covered_N)
    tokens = tokens_N[candidates].astype(np.float64)
    order = np.lexsort((candidates, -gain / tokens))
    spent = np.cumsum(tokens[order])
    whole = int(np.searchsorted(spent, budget, side="right"))
    total = float(gain[order[:whole]].sum())
    if whole < len(order):
        before = float(spent[whole - 1]) if whole else 0.0
        total += float(gain[order[whole]]) * (budget - before) / float(tokens[order[whole]])
    return total


def _arrays(objective: Objective) -> tuple[NDArray[np.float64], ...]:
    return (  # type: ignore[return-value]
        objective.value_N, objective.cell_N, objective.quota_C, objective.start_N1,
        objective.covered_E, objective.similarity_E, objective.weight_N,
    )  # fmt: skip


def coverage_edges(
    neighbour_NK: NDArray[np.int64], cosine_NK: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Compressed rows of the neighbour graph, both ways, each sample covering itself with 1.

    Returns:
        start_N1, covered_E and similarity_E of `Objective`; similarities below 0 are left out.
    """
    samples = len(neighbour_NK)
    row_M, place_M = np.nonzero((neighbour_NK >= 0) & (cosine_NK > 0))
    other_M = neighbour_NK[row_M, place_M]
    cosine_M = cosine_NK[row_M, place_M]
    own = np.arange(samples)
    source = np.concatenate([row_M, other_M, own])
    target = np.concatenate([other_M, row_M, own])
    key_E, first_E = np.unique(source * samples + target, return_index=True)
    similarity = np.concatenate([cosine_M, cosine_M, np.ones(samples, np.float32)])[first_E]
    count_N = np.bincount(key_E // samples, minlength=samples)
    start_N1 = np.concatenate([[0], np.cumsum(count_N)]).astype(np.int64)
    return start_N1, (key_E % samples).astype(np.int32), similarity.astype(np.float32)
