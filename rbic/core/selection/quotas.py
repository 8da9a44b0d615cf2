"""How many tokens each cell of domain and level may have, and who enters a cell first.

Shape suffixes: N samples, C cells.
"""

import numpy as np
from numpy.typing import NDArray


def token_quotas(
    mass_C: NDArray[np.float64],
    budget: float,
    alpha: float = 1.0,
    weight_C: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Divide a budget over cells in proportion to weight * mass^alpha, none beyond what it has.

    What a full cell cannot take is divided over the others (water-filling).

    Args:
        mass_C: tokens that each cell has, from 0.
        budget: tokens to divide.
        alpha: 1 keeps the corpus's proportions, 0 gives all cells the same.
        weight_C: above 0; all the same where it is None.

    Returns:
        Quotas, shape (C,); their sum is min(budget, sum of masses).
    """
    quota_C = np.zeros(len(mass_C))
    share_C = np.where(mass_C > 0, np.maximum(mass_C, 1e-300) ** alpha, 0.0)
    if weight_C is not None:
        share_C *= weight_C
    open_C = mass_C > 0
    left = min(float(budget), float(mass_C.sum()))
    while open_C.any():
        offer_C = left * share_C / share_C[open_C].sum()
        full_C = open_C & (offer_C >= mass_C)
        if not full_C.any():
            quota_C[open_C] = offer_C[open_C]
            break
        quota_C[full_C] = mass_C[full_C]
        left = max(0.0, left - float(mass_C[full_C].sum()))  # sums of floats may overshoot
        open_C &= ~full_C
    return quota_C


def rank_within(
    key_N: NDArray[np.float64], cell_N: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places within cells by falling key, ties to the earlier row.

    Returns:
        rank_N, from 0 for the highest key of the cell, and size_N, the size of the row's cell.
    """
    order_N = np.lexsort((np.arange(len(key_N)), -key_N, cell_N))
    size_C = np.bincount(cell_N)
    start_C = np.concatenate([[0], np.cumsum(size_C)[:-1]])
    rank_N = np.empty(len(key_N), np.int64)
    rank_N[order_N] = np.arange(len(key_N)) - start_C[cell_N[order_N]]
    return rank_N, size_C[cell_N].astype(np.int64)


def fill_in_order(
    order: NDArray[np.int64],
    tokens_N: NDArray[np.int64],
    cell_N: NDArray[np.int64],
    quota_C: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Take rows in order while they fit what is left of their cell's quota; whole rows only.

    Returns:
        The rows taken, in order.
    """
    left_C = quota_C.copy()
    taken = []
    for row in order.tolist():
        cell = cell_N[row]
        if tokens_N[row] <= left_C[cell]:
            left_C[cell] -= tokens_N[row]
            taken.append(row)
    return np.array(taken, dtype=np.int64)


def fill_quotas(
    order: NDArray[np.int64],
    tokens_N: NDArray[np.int64],
    cell_N: NDArray[np.int64],
    quota_C: NDArray[np.float64],
    chance_N: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Take rows in order until their cell's quota is spent, in expectation; whole rows only.

    The first row that does not fit what is left of its cell's quota is the cell's last, and taken
    with odds of what is left over its tokens. Passed over, as `fill_in_order` does, cells of a few
    rows would fill up with short ones.

    Args:
        order: different rows.
        tokens_N: at least 1.
        cell_N: from 0.
        quota_C: tokens of each cell.
        chance_N: in [0, 1), random.

    Returns:
        The rows taken, those first of which the least of a cell's quota is spent before them, ties
        in order: cutting them off takes alike from all cells.
    """
    by_cell = np.argsort(cell_N[order], kind="stable")
    rows = order[by_cell]
    tokens_M, quota_M = tokens_N[rows].astype(np.float64), quota_C[cell_N[rows]]
    before_M = np.cumsum(tokens_M) - tokens_M
    before_M -= before_M[np.searchsorted(cell_N[rows], cell_N[rows], side="left")]
    taken_M = chance_N[rows] < (quota_M - before_M) / tokens_M
    place_S = before_M[taken_M] / quota_M[taken_M]
    return np.asarray(rows[taken_M][np.lexsort((by_cell[taken_M], place_S))])
