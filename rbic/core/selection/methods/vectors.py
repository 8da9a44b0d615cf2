"""Methods that compare the vectors of samples pair by pair.

All dot products are summed in one fixed order, so that thresholds and ties fall the same way on any
machine. Vectors are those of the step `embed`: of the question, unless embed.text says otherwise.

Shape suffixes: M open rows, D dimensions, K clusters, S chosen.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rbic.core.draws import Draw
from rbic.core.neighbours import dot, unit_rows
from rbic.core.selection.task import Task, by_key

_SAME = np.float32(0.9)
_NONE = np.float32(-2.0)
_ROUNDS = 10


def _open_vectors(task: Task) -> NDArray[np.float32]:
    assert task.pool.vector_ND is not None, "choose() asks for what a method needs"
    return unit_rows(task.pool.vector_ND[task.open_M])


def good_and_different(task: Task) -> NDArray[np.int64]:
    """DEITA (Liu et al. 2023, arXiv 2312.15685): by complexity x quality, repeats passed over.

    Going down the ranking, a sample is rejected when its cosine to one chosen before exceeds 0.9.
    Complexity is the rank of the logical complexity, quality the integrity, in place of two trained
    LLM scorers. The rejected come last, in the same order. Time O(M S D), early exit on the first
    chosen that is near.
    """
    order = by_key(task, task.pool.complexity_N * task.pool.integrity_N)
    place_M = np.searchsorted(task.open_M, order)
    vector_MD = _open_vectors(task)[place_M]
    taken_M = _unlike(vector_MD, task.pool.tokens_N[order], task.budget, _SAME)
    return np.concatenate([order[taken_M], order[~taken_M]])


@njit(cache=True, nogil=True)
def _unlike(
    vector_MD: NDArray[np.float32], tokens_M: NDArray[np.int64], left: int, limit: np.float32
) -> NDArray[np.bool_]:
    """Which rows, in order, fit what is left and are nearer than `limit` to none taken before."""
    taken = np.zeros(len(tokens_M), np.bool_)
    chosen = np.empty(len(tokens_M), np.int64)
    count = 0
    for m in range(len(tokens_M)):
        if tokens_M[m] > left:
            continue
        like = False
        for s in range(count):
            if dot(vector_MD[m], vector_MD[chosen[s]]) > limit:
                like = True
                break
        if not like:
            taken[m] = True
            chosen[count] = m
            count += 1
            left -= tokens_M[m]
    return taken


def farthest_first(task: Task) -> NDArray[np.int64]:
    """k-centre greedy (Sener & Savarese 2017, arXiv 1708.00489; for instructions MoDS, 2311.15653).

    From a random sample on, always the one that is farthest from all chosen: the lowest of the
    highest cosines. What no longer fits is passed over. Time O(M S D): 10^5 rows of 384 dimensions
    with 16,000 chosen are 6 * 10^11 multiplications, five minutes; 10^6 rows take eight hours.
    """
    first = int(np.argmin(task.uniform_N(Draw.K_CENTER)[task.open_M]))
    tokens_M = task.pool.tokens_N[task.open_M]
    centre_S: NDArray[np.int64] = _centres(_open_vectors(task), tokens_M, first, task.budget)
    return task.open_M[centre_S]


@njit(cache=True, nogil=True)
def _centres(
    vector_MD: NDArray[np.float32], tokens_M: NDArray[np.int64], row: int, left: int
) -> NDArray[np.int64]:
    """Rows in order of choice, beginning with `row`; ties to the lower row."""
    nearest = np.full(len(tokens_M), _NONE)
    done = np.zeros(len(tokens_M), np.bool_)
    chosen = np.empty(len(tokens_M), np.int64)
    count = 0
    while row >= 0:
        done[row] = True
        chosen[count] = row
        count += 1
        left -= tokens_M[row]
        following = -1
        for m in range(len(tokens_M)):
            if done[m] or tokens_M[m] > left:
                continue
            nearest[m] = max(nearest[m], dot(vector_MD[m], vector_MD[row]))
            if following < 0 or nearest[m] < nearest[following]:
                following = m
        row = following
    return chosen[:count]


def least_redundant(task: Task) -> NDArray[np.int64]:
    """SemDeDup (Abbas et al. 2023, arXiv 2303.09540), its threshold set by the budget.

    Within the clusters of spherical k-means, a sample is a semantic duplicate when its cosine to
    one that comes before exceeds 1 - epsilon; the samples farthest from the centroid come first, as
    in the paper. Samples in order of that cosine are what falling epsilon keeps. Clusters number
    the square root of the rows (the paper: 11,000 to 50,000 for 10^8 and more). Time
    O(10 M^1.5 D).
    """
    vector_MD = _open_vectors(task)
    random_M = task.uniform_N(Draw.SEMDEDUP)[task.open_M]
    count = max(1, round(np.sqrt(len(vector_MD))))
    label_M, centre_M = k_means(vector_MD, np.argsort(random_M, kind="stable")[:count])
    order = np.lexsort((np.arange(len(label_M)), centre_M, label_M))
    repeat_M = np.empty(len(order), np.float32)
    repeat_M[order] = _nearest_before(vector_MD[order], label_M[order])
    return task.open_M[np.argsort(repeat_M, kind="stable")]


def k_means(
    vector_MD: NDArray[np.float32], first_K: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Spherical k-means, ten rounds from the rows `first_K`.

    Returns:
        Cluster of each row, from 0, and its cosine to the centroid, shape (M,) each.
    """
    centre_KD = vector_MD[first_K]
    for _ in range(_ROUNDS):
        label_M, _ = _nearest_centres(vector_MD, centre_KD)
        total_KD = np.zeros(centre_KD.shape)
        np.add.at(total_KD, label_M, vector_MD)
        length_K = np.sqrt((total_KD**2).sum(axis=1))
        # An empty cluster, or one that points nowhere, keeps its centre.
        kept_K = length_K < 1e-6
        centre_KD = np.where(
            kept_K[:, None], centre_KD, total_KD / np.where(kept_K, 1, length_K)[:, None]
        ).astype(np.float32)
    label_M, cosine_M = _nearest_centres(vector_MD, centre_KD)
    return label_M, cosine_M


@njit(cache=True, nogil=True)
def _nearest_centres(
    vector_MD: NDArray[np.float32], centre_KD: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    label = np.zeros(len(vector_MD), np.int64)
    best = np.full(len(vector_MD), _NONE)
    for m in range(len(vector_MD)):
        for k in range(len(centre_KD)):
            cosine = dot(vector_MD[m], centre_KD[k])
            if cosine > best[m]:
                best[m] = cosine
                label[m] = k
    return label, best


@njit(cache=True, nogil=True)
def _nearest_before(
    vector_MD: NDArray[np.float32], label_M: NDArray[np.int64]
) -> NDArray[np.float32]:
    """The highest cosine to an earlier row of the cluster, -2 for its first; clusters together."""
    highest = np.full(len(label_M), _NONE)
    start = 0
    for m in range(len(label_M)):
        if label_M[m] != label_M[start]:
            start = m
        for other in range(start, m):
            highest[m] = max(highest[m], dot(vector_MD[m], vector_MD[other]))
    return highest
