"""Methods that work on the graph of nearest neighbours.

Shape suffixes: N samples, K neighbours, M open rows.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rbic.core.draws import Draw
from rbic.core.selection.methods.difficulty import unsuspecting_rate
from rbic.core.selection.objective import Objective, coverage_edges, empty_state, lazy_greedy
from rbic.core.selection.task import Task, shuffled

_MESSAGE_NEIGHBOURS = 10
_BACK = 1.0


def covering(task: Task) -> NDArray[np.int64]:
    """Facility location on the graph: F(S) = sum_v max_{j in S} sim(v, j), greedily.

    As in Superfiltering.D (arXiv 2402.00530) and QDIT (arXiv 2311.14736), on the edges of the graph
    in place of a dense kernel. Greedy by gain per token and by plain gain, the better of the two
    (Khuller, Moss & Naor 1999), since the budget is in tokens. What adds nothing follows at random.
    """
    pool, samples = task.pool, len(task.pool.id_N)
    start_N1, covered_E, similarity_E = coverage_edges(pool.neighbour_NK, pool.cosine_NK)
    objective = Objective(
        value_N=np.zeros(samples),
        cell_N=np.zeros(samples, np.int64),
        quota_C=np.ones(1),
        start_N1=start_N1,
        covered_E=covered_E,
        similarity_E=similarity_E,
        weight_N=np.ones(samples),
    )
    choices = [
        lazy_greedy(objective, empty_state(objective), task.open_M, pool.tokens_N, task.budget, tau)
        for tau in (1.0, 0.0)
    ]
    best = max(choices, key=lambda choice: float(choice.gain_S.sum()))
    rest = shuffled(task, Draw.FACILITY_LOCATION)
    return np.concatenate([best.row_S, rest[~np.isin(rest, best.row_S)]])


def message_passing(task: Task) -> NDArray[np.int64]:
    """D2 pruning (Maharana et al. 2023, arXiv 2310.07931): difficulty and diversity on the graph.

        forward   s_i = x_i + sum_j exp(-d_ij) x_j     over the 10 nearest j
        backward  s_j = s_j - exp(-g d_ij) s_i         when i, of the highest s, is chosen

    x is the difficulty, 1 - pass rate, in place of scores of training dynamics; d the Euclidean
    distance of unit vectors; g = 1 (the paper tunes it between 0 and 1). The 10 nearest are those
    of the receiver going forward and of the chosen going back, as in the authors' code for
    neighbours known beforehand; their code for small data makes the graph symmetric first.
    """
    pool = task.pool
    neighbour_NK = np.ascontiguousarray(pool.neighbour_NK[:, :_MESSAGE_NEIGHBOURS])
    cosine_NK = pool.cosine_NK[:, :_MESSAGE_NEIGHBOURS].astype(np.float64)
    distance_NK = np.sqrt(np.maximum(2.0 - 2.0 * cosine_NK, 0.0))
    there_NK = neighbour_NK >= 0
    hard_N = 1.0 - unsuspecting_rate(pool)
    sent_NK = np.where(there_NK, np.exp(-distance_NK) * hard_N[neighbour_NK], 0.0)
    score_N = hard_N + sent_NK.sum(axis=1)
    back_NK = np.exp(-_BACK * distance_NK)
    order_S: NDArray[np.int64] = _by_messages(
        score_N, task.open_M, neighbour_NK, back_NK, pool.tokens_N, task.budget
    )
    return order_S


@njit(cache=True, nogil=True)
def _by_messages(score, rows, neighbour, back, tokens, left):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Rows in order of choice, from a heap whose keys change; what does not fit sends nothing."""
    heap = rows.copy()
    place = np.full(len(score), -1, np.int64)
    size = len(heap)
    for at in range(size):
        place[heap[at]] = at
    for at in range(size // 2 - 1, -1, -1):
        _sink(heap, place, score, size, at)
    chosen = np.empty(size, np.int64)
    count = 0
    while size > 0:
        row = heap[0]
        size -= 1
        _put(heap, place, 0, heap[size])
        place[row] = -1
        if size > 0:
            _sink(heap, place, score, size, 0)
        if tokens[row] > left:
            continue
        chosen[count] = row
        count += 1
        left -= tokens[row]
        for k in range(neighbour.shape[1]):
            other = neighbour[row, k]
            if other >= 0 and place[other] >= 0:
                score[other] -= back[row, k] * score[row]
                _rise(heap, place, score, place[other])
                _sink(heap, place, score, size, place[other])
    return chosen[:count]


@njit(cache=True, nogil=True)
def _put(heap, place, at, row):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    heap[at] = row
    place[row] = at


@njit(cache=True, nogil=True)
def _comes_first(score, row, other):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """The higher score, then the lower row."""
    return score[row] > score[other] or (score[row] == score[other] and row < other)


@njit(cache=True, nogil=True)
def _rise(heap, place, score, at):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    while at > 0:
        parent = (at - 1) // 2
        if not _comes_first(score, heap[at], heap[parent]):
            return
        row = heap[at]
        _put(heap, place, at, heap[parent])
        _put(heap, place, parent, row)
        at = parent


@njit(cache=True, nogil=True)
def _sink(heap, place, score, size, at):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    while True:
        child = 2 * at + 1
        if child >= size:
            return
        if child + 1 < size and _comes_first(score, heap[child + 1], heap[child]):
            child += 1
        if not _comes_first(score, heap[child], heap[at]):
            return
        row = heap[at]
        _put(heap, place, at, heap[child])
        _put(heap, place, child, row)
        at = child
