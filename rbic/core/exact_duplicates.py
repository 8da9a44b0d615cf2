"""Which rows repeat an earlier row exactly, by content id."""

import numpy as np
from numpy.typing import NDArray


def first_occurrence(id_N: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each row the index of the first row with the same id; its own index for a first one.

    Args:
        id_N: content ids in corpus order, shape (N,).

    Returns:
        Indices, shape (N,). Time is O(N log N).
    """
    _, first_U, inverse_N = np.unique(id_N, return_index=True, return_inverse=True)
    return first_U[inverse_N].astype(np.int64)
