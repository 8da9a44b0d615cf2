"""Exact nearest groups from a kernel's candidates: score, rank, prove, and search again.

Shape suffixes: G groups (distinct vectors), D dimensions, Q queries, K neighbours.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rbic.core.neighbours import proven_exact, rank_candidates, score_candidates

Search = Callable[[NDArray[np.float32], int], tuple[NDArray[np.int64], NDArray[np.float32]]]
"""Takes queries and how many candidates to propose; gives candidates and the kernel's floor."""

_MARGIN = 16
_WIDEN = 4


def exact_neighbour_groups(
    query_Q: NDArray[np.int64],
    base_GD: NDArray[np.float32],
    search: Search,
    kernel_error: float,
    wanted: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The `wanted` nearest groups of each query group, itself included.

    Queries whose candidates do not prove the result are searched again with four times as many,
    until all groups are candidates; so the result is exact whatever the kernel does.

    Args:
        query_Q: groups to find the neighbours of.
        base_GD: unit vectors of all groups.
        search: the kernel.
        kernel_error: how far a kernel's score can be from the exact one.
        wanted: K.

    Returns:
        Ranked scores in units of 2^-24 and groups, shape (Q, min(K, G)).
    """
    kept = min(wanted, len(base_GD))
    score_QK = np.empty((len(query_Q), kept), np.int32)
    group_QK = np.empty((len(query_Q), kept), np.int64)
    pending = np.arange(len(query_Q))
    take = kept + _MARGIN
    while len(pending):
        query_PD = base_GD[query_Q[pending]]
        candidate_PC, floor_P = search(query_PD, take)
        score_PC = score_candidates(query_PD, base_GD, candidate_PC)
        score_PK, group_PK = rank_candidates(score_PC, candidate_PC, kept)
        proven_P = proven_exact(score_PK, floor_P, kernel_error)
        score_QK[pending[proven_P]] = score_PK[proven_P]
        group_QK[pending[proven_P]] = group_PK[proven_P]
        pending = pending[~proven_P]
        take *= _WIDEN
    return score_QK, group_QK


def recall_of(
    query_Q: NDArray[np.int64], group_QK: NDArray[np.int64], base_GD: NDArray[np.float32]
) -> tuple[int, int]:
    """How many of the true nearest groups a result holds, by scoring every pair.

    Returns:
        Found and wanted.
    """
    every = np.arange(len(base_GD), dtype=np.int64)
    found = wanted = 0
    for query, group_K in zip(query_Q, group_QK, strict=True):
        score = score_candidates(base_GD[query][None], base_GD, every[None])
        _, true = rank_candidates(score, every[None], len(group_K))
        found += len(np.intersect1d(true[0], group_K))
        wanted += len(group_K)
    return found, wanted
