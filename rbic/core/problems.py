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
