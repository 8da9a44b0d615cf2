"""Exact nearest neighbours by cosine similarity, the same bytes on any machine and worker count.

A kernel (FAISS, torch) proposes more candidates than wanted, at whatever precision it is fast in.
Here they are scored again in float32 with additions in one fixed order, and ranked by a total
order: the score rounded to 2^-24, higher first, then the lower id. A row is proven exact when its
last neighbour scores above everything that the kernel left out, by more than the kernel can err;
rows without that proof are searched again among all.

Shape suffixes: N rows, D dimensions, Q queries, K neighbours, C candidates.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

SCORE_UNIT = np.float64(2**24)
"""Scores are compared as integers: cosine similarity times this, rounded."""

NO_COSINE = np.float32(-2)

_LANES = 16


def unit_rows(vector_ND: NDArray[np.float16]) -> NDArray[np.float32]:
    """Rows scaled to length 1 in float32; they lose that when they are stored as float16.

    Raises:
        ValueError: a row is zero or not finite; names the row.
    """
    wide_ND = vector_ND.astype(np.float32)
    length_N = np.sqrt(_dot_rows(wide_ND, wide_ND))
    bad_N = ~(np.isfinite(length_N) & (length_N > 0))
    if bad_N.any():
        raise ValueError(f"neighbours: vector {np.flatnonzero(bad_N)[0]} is zero or not finite")
    return np.ascontiguousarray(wide_ND / length_N[:, None])


def group_equal_rows(
    vector_ND: NDArray[np.float16],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows that are equal to the bit, as one group each.

    Returns:
        first_G, the first row of each group, ascending, and group_N, the group of each row.
    """
    row_bytes = vector_ND.dtype.itemsize * vector_ND.shape[1]
    rows_N = np.ascontiguousarray(vector_ND).view(np.dtype((np.void, row_bytes))).ravel()
    _, first_U, inverse_N = np.unique(rows_N, return_index=True, return_inverse=True)
    order_U = np.argsort(first_U, kind="stable")
    place_U = np.empty_like(order_U)
    place_U[order_U] = np.arange(len(order_U))
    return first_U[order_U].astype(np.int64), place_U[inverse_N].astype(np.int64)


@njit(cache=True, nogil=True)
def dot(a_D: NDArray[np.float32], b_D: NDArray[np.float32]) -> np.float32:
    """Dot product in float32, summed in 16 lanes and then lane by lane, whatever the CPU."""
    lane = np.zeros(_LANES, np.float32)
    whole = (len(a_D) // _LANES) * _LANES
    for i in range(0, whole, _LANES):
        for j in range(_LANES):
            lane[j] += a_D[i + j] * b_D[i + j]
    total = np.float32(0.0)
    for j in range(_LANES):
        total += lane[j]
    for i in range(whole, len(a_D)):
        total += a_D[i] * b_D[i]
    return total


@njit(cache=True, nogil=True)
def _dot_rows(a_ND: NDArray[np.float32], b_ND: NDArray[np.float32]) -> NDArray[np.float32]:
    """Dot products of corresponding rows."""
    out = np.empty(len(a_ND), np.float32)
    for n in range(len(a_ND)):
        out[n] = dot(a_ND[n], b_ND[n])
    return out


@njit(cache=True, nogil=True)
def score_candidates(
    query_QD: NDArray[np.float32], base_ND: NDArray[np.float32], candidate_QC: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Scores of candidates in units of 2^-24, shape (Q, C); candidate -1 scores lowest."""
    out = np.empty(candidate_QC.shape, np.int32)
    for q in range(len(query_QD)):
        for c in range(candidate_QC.shape[1]):
            row = candidate_QC[q, c]
            if row < 0:
                out[q, c] = np.iinfo(np.int32).min
            else:
                # float64 holds every float32 product exactly, so rounding is the same everywhere.
                out[q, c] = np.int32(np.rint(np.float64(dot(query_QD[q], base_ND[row])) * 2**24))
    return out


def rank_candidates(
    score_QC: NDArray[np.int32], candidate_QC: NDArray[np.int64], wanted: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The best `wanted` candidates of each query: higher score first, then the lower index.

    Returns:
        Scores and candidates, shape (Q, min(wanted, C)).
    """
    order_QC = np.lexsort((candidate_QC, -score_QC.astype(np.int64)), axis=1)[:, :wanted]
    return (
        np.take_along_axis(score_QC, order_QC, axis=1),
        np.take_along_axis(candidate_QC, order_QC, axis=1),
    )


def proven_exact(
    score_QK: NDArray[np.int32], kernel_floor_Q: NDArray[np.float32], kernel_error: float
) -> NDArray[np.bool_]:
    """Whether no row that the kernel left out can rank among the K best.

    Args:
        score_QK: ranked scores in units of 2^-24.
        kernel_floor_Q: the kernel's own score of its last candidate; -inf when it left none out.
        kernel_error: how far a kernel's score can be from the exact one.

    Returns:
        Shape (Q,).
    """
    last_Q = score_QK[:, -1] / SCORE_UNIT
    return np.asarray(last_Q > kernel_floor_Q.astype(np.float64) + kernel_error)


@njit(cache=True, nogil=True)
def expand_groups(
    own_Q: NDArray[np.int64],
    group_score_QK: NDArray[np.int32],
    group_QK: NDArray[np.int64],
    start_G: NDArray[np.int64],
    member_N: NDArray[np.int64],
    wanted: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Neighbour rows of queries from their neighbour groups.

    Args:
        own_Q: row of each query, left out of its own list.
        group_score_QK: ranked scores of groups, the query's own group among them.
        group_QK: ranked groups; -1 for none. Groups of equal score may interleave by row.
        start_G: offsets into `member_N`, length G + 1.
        member_N: rows of each group, ascending.
        wanted: neighbours a query.

    Returns:
        Scores (lowest int32 for none) and rows (-1 for none), shape (Q, wanted), by score and row.
    """
    lowest = np.iinfo(np.int32).min
    out_score = np.full((len(own_Q), wanted), lowest, np.int32)
    out_row = np.full((len(own_Q), wanted), -1, np.int64)
    for q in range(len(own_Q)):
        filled = 0
        k = 0
        while k < group_QK.shape[1] and filled < wanted and group_QK[q, k] >= 0:
            stop = k + 1
            while (
                stop < group_QK.shape[1]
                and group_QK[q, stop] >= 0
                and group_score_QK[q, stop] == group_score_QK[q, k]
            ):
                stop += 1
            size = 0
            for g in range(k, stop):
                size += start_G[group_QK[q, g] + 1] - start_G[group_QK[q, g]]
            tied = np.empty(size, np.int64)
            at = 0
            for g in range(k, stop):
                for m in range(start_G[group_QK[q, g]], start_G[group_QK[q, g] + 1]):
                    tied[at] = member_N[m]
                    at += 1
            for row in np.sort(tied):
                if filled < wanted and row != own_Q[q]:
                    out_score[q, filled] = group_score_QK[q, k]
                    out_row[q, filled] = row
                    filled += 1
            k = stop
    return out_score, out_row
