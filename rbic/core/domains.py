"""The knowledge-domain graph: weighted edges of neighbours, and what is core in a domain.

Shape suffixes: N samples, K neighbours, E edges.
"""

import numpy as np
from numpy.typing import NDArray

_SCALE_RANK = 7
"""A sample's own scale is its distance to this neighbour (Zelnik-Manor & Perona 2004)."""
_WEIGHT_UNIT = 2.0**20


def neighbour_edges(
    neighbour_NK: NDArray[np.int64], cosine_NK: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The undirected edges between samples of which one is a neighbour of the other.

    The weight is exp(-d^2 / (s_i s_j)), with d the Euclidean distance of the unit vectors and s a
    sample's distance to its seventh neighbour (Zelnik-Manor & Perona, Self-tuning spectral
    clustering, 2004), so that it does not matter in what range an encoder's cosines lie. Weights
    are rounded to 2^-20, and edges come in order of rows.

    Args:
        neighbour_NK: rows of the neighbours, nearest first, -1 for none.
        cosine_NK: cosine similarities.

    Returns:
        Edges, shape (E, 2), the lower row first, and weights in (0, 1], shape (E,).
    """
    squared_NK = np.maximum(2.0 - 2.0 * cosine_NK.astype(np.float64), 1e-6)
    there_NK = neighbour_NK >= 0
    rank_N = np.minimum(_SCALE_RANK, np.maximum(there_NK.sum(axis=1), 1)) - 1
    scale_N = np.sqrt(np.take_along_axis(squared_NK, rank_N[:, None], axis=1)[:, 0])
    row_M, place_M = np.nonzero(there_NK)
    other_M = neighbour_NK[row_M, place_M]
    weight_M = np.exp(-squared_NK[row_M, place_M] / (scale_N[row_M] * scale_N[other_M]))
    low_M, high_M = np.minimum(row_M, other_M), np.maximum(row_M, other_M)
    key_E, first_E = np.unique(low_M * len(neighbour_NK) + high_M, return_index=True)
    edge_E2 = np.stack([key_E // len(neighbour_NK), key_E % len(neighbour_NK)], axis=1)
    weight_E = np.maximum(np.round(weight_M[first_E] * _WEIGHT_UNIT), 1.0) / _WEIGHT_UNIT
    return edge_E2, weight_E


def coreness(
    domain_N: NDArray[np.int64],
    cosine_NK: NDArray[np.float32],
    there_NK: NDArray[np.bool_],
    duplicate_cosine: float,
) -> NDArray[np.float32]:
    """How typical each sample is of its domain: 1 for the most typical, towards 0 for the least.

    The rank within the domain of t = mean cosine to the neighbours x (1 - share of neighbours that
    are near-duplicates), so that a crowd of copies does not make its own core.

    Args:
        domain_N: domain of each sample.
        cosine_NK: cosine similarities of the neighbours.
        there_NK: which neighbours there are.
        duplicate_cosine: from this cosine similarity on, a neighbour counts as a near-duplicate.
    """
    count_N = np.maximum(there_NK.sum(axis=1), 1)
    mean_N = np.where(there_NK, cosine_NK, 0).sum(axis=1, dtype=np.float64) / count_N
    copies_N = ((cosine_NK >= duplicate_cosine) & there_NK).sum(axis=1) / count_N
    typical_N = mean_N * (1.0 - copies_N)
    order_N = np.lexsort((-np.arange(len(domain_N)), typical_N, domain_N))
    size_D = np.bincount(domain_N)
    start_D = np.concatenate([[0], np.cumsum(size_D)[:-1]])
    rank_N = np.empty(len(domain_N), np.float64)
    rank_N[order_N] = np.arange(len(domain_N)) - start_D[domain_N[order_N]]
    return ((rank_N + 1) / size_D[domain_N]).astype(np.float32)
