"""Which problems a language model is asked: each once, and where they are many, a fair share."""

import numpy as np
from numpy.typing import NDArray


def representatives(problem_N: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first row of each problem, ascending. Rows come in order of id, so it is the lowest."""
    _, first_U = np.unique(problem_N, return_index=True)
    return np.sort(first_U).astype(np.int64)


def stratified_share(
    stratum_M: NDArray[np.int64], share: float, order_M: NDArray[np.float64]
) -> NDArray[np.int64]:
    """A share of rows that covers every stratum.

    Args:
        stratum_M: stratum of each row, from 0.
        share: in (0, 1]; of each stratum that share, rounded up, is taken.
        order_M: random numbers; the rows with the lowest ones of a stratum are taken.

    Returns:
        The rows taken, ascending.
    """
    order = np.lexsort((order_M, stratum_M))
    size_S = np.bincount(stratum_M)
    start_S = np.concatenate([[0], np.cumsum(size_S)[:-1]])
    rank = np.arange(len(order)) - start_S[stratum_M[order]]
    quota_S = np.ceil(share * size_S - 1e-9).astype(np.int64)
    return np.sort(order[rank < quota_S[stratum_M[order]]])


def hashed_uniform(id_M: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """Numbers in [0, 1) from ids and a seed (SplitMix64), the same in any order of rows."""
    with np.errstate(over="ignore"):
        state = id_M.astype(np.uint64) + np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15)
        state += np.uint64(0x9E3779B97F4A7C15)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            state = (state ^ (state >> np.uint64(shift))) * np.uint64(factor)
        state ^= state >> np.uint64(31)
    return np.asarray((state >> np.uint64(11)).astype(np.float64) / 2.0**53)
