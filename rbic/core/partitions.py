"""Partitions of samples into communities: order, small ones, agreement, size band.

Shape suffixes: N samples, E edges. A partition is an array of labels, shape (N,).
"""

import heapq

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]


def by_size(label_N: Labels) -> Labels:
    """The same partition with labels from 0, the largest community first.

    Ties go to the community with the earliest sample.
    """
    _, first_C, inverse_N, count_C = np.unique(
        label_N, return_index=True, return_inverse=True, return_counts=True
    )
    order_C = np.lexsort((first_C, -count_C))
    place_C = np.empty_like(order_C)
    place_C[order_C] = np.arange(len(order_C))
    return np.asarray(place_C[inverse_N], np.int64)


def merge_small(
    label_N: Labels,
    edge_E2: NDArray[np.int64],
    weight_E: NDArray[np.float64],
    min_size: int,
) -> Labels:
    """Join each community below `min_size` to the one it has the heaviest edges to.

    The smallest goes first, and sizes are counted anew after each; one without edges to any other
    joins the largest.

    Returns:
        Labels from 0, the largest community first.
    """
    label_N = by_size(label_N)
    merging = _Merging(np.bincount(label_N).tolist(), _links(label_N[edge_E2], weight_E))
    while (smallest := merging.smallest(min_size)) is not None:
        merging.join(smallest)
    return by_size(merging.roots()[label_N])


class _Merging:
    """Communities that join one another; heaps hold entries from before a join, told by size."""

    def __init__(self, size: list[int], link: dict[int, dict[int, float]]) -> None:
        self._size = size
        self._link = link
        self._into = list(range(len(size)))
        self._alive = len(size)
        self._smallest = [(count, -community) for community, count in enumerate(size)]
        self._largest = [(-count, community) for community, count in enumerate(size)]
        heapq.heapify(self._smallest)
        heapq.heapify(self._largest)

    def _is_now(self, community: int, count: int) -> bool:
        return self._into[community] == community and self._size[community] == count

    def smallest(self, min_size: int) -> int | None:
        """The smallest community, the last of equals; None when no more are to join."""
        while self._alive > 1 and self._smallest:
            count, community = self._smallest[0][0], -self._smallest[0][1]
            if count >= min_size:
                return None
            heapq.heappop(self._smallest)
            if self._is_now(community, count):
                return community
        return None

    def join(self, community: int) -> None:
        """Join a community to the one it has the heaviest links to, else to the largest other."""
        linked = self._link.pop(community, {})
        if linked:
            into = max(linked, key=lambda other: (linked[other], -other))
        else:
            into = self._largest_but(community)
        for other, weight in linked.items():
            self._link[other].pop(community, None)
            if other != into:
                for one, two in ((into, other), (other, into)):
                    ties = self._link.setdefault(one, {})
                    ties[two] = ties.get(two, 0.0) + weight
        self._into[community] = into
        self._alive -= 1
        self._size[into] += self._size[community]
        heapq.heappush(self._smallest, (self._size[into], -into))
        heapq.heappush(self._largest, (-self._size[into], into))

    def _largest_but(self, community: int) -> int:
        own = None
        while True:
            count, largest = self._largest[0]
            if not self._is_now(largest, -count):
                heapq.heappop(self._largest)
            elif largest == community:
                own = heapq.heappop(self._largest)
            else:
                break
        if own is not None:
            heapq.heappush(self._largest, own)
        return largest

    def roots(self) -> Labels:
        """For each community the one it ended in."""
        for community in range(len(self._into)):
            root = community
            while self._into[root] != root:
                root = self._into[root]
            while self._into[community] != root:
                self._into[community], community = root, self._into[community]
        return np.array(self._into, np.int64)


def _links(
    label_E2: NDArray[np.int64], weight_E: NDArray[np.float64]
) -> dict[int, dict[int, float]]:
    """Total weight of the edges between each two communities that have any."""
    between_E = label_E2[:, 0] != label_E2[:, 1]
    pair_M2 = np.sort(label_E2[between_E], axis=1)
    if not len(pair_M2):
        return {}
    pair_P2, inverse_M = np.unique(pair_M2, axis=0, return_inverse=True)
    total_P = np.bincount(inverse_M.ravel(), weights=weight_E[between_E])
    link: dict[int, dict[int, float]] = {}
    for (a, b), total in zip(pair_P2.tolist(), total_P.tolist(), strict=True):
        link.setdefault(a, {})[b] = total
        link.setdefault(b, {})[a] = total
    return link


def adjusted_rand(a_N: Labels, b_N: Labels) -> float:
    """Adjusted Rand index of two partitions: 1 for equal ones, near 0 for independent ones.

    Hubert & Arabie 1985: (index - expected) / (maximum - expected) over pairs of samples.
    """
    count = len(a_N)
    _, a_N = np.unique(a_N, return_inverse=True)
    _, b_N = np.unique(b_N, return_inverse=True)
    _, joint = np.unique(a_N * (b_N.max() + 1) + b_N, return_counts=True)
    pairs_joint = _pairs(joint)
    pairs_a, pairs_b = _pairs(np.bincount(a_N)), _pairs(np.bincount(b_N))
    expected = pairs_a * pairs_b / max(1.0, _pairs(np.array([count])))
    maximum = (pairs_a + pairs_b) / 2
    if maximum == expected:
        return 1.0
    return (pairs_joint - expected) / (maximum - expected)


def _pairs(count_C: NDArray[np.int64]) -> float:
    """Pairs of samples within groups of these sizes."""
    wide = count_C.astype(np.float64)
    return float((wide * (wide - 1) / 2).sum())


def size_band(samples: int) -> tuple[int, int]:
    """Fewest and most domains that a corpus of so many samples should have.

    A quarter to a half of the square root's order: 7 to 27 for 3,000 samples, 27 to 108 for 47,000,
    at most 64 to 256, so that a cell of domain and level still holds samples to choose from.
    """
    root = float(np.sqrt(samples))
    return int(np.clip(root / 8, 2, 64)), int(np.clip(root / 2, 4, 256))
