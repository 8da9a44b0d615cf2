"""Which samples repeat another one in other words.

Two samples ask the same question when their questions are near in meaning, hold the same numbers,
share enough wording, and have the same answer. Meaning alone is not enough: problems made from one
template differ in their numbers only, and an encoder puts them closer together than rewordings.

Of the samples that ask the same question, the ones of highest priority stay: one for each clearly
different chain, and at most `chains_per_question`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NO_MATCH = -1


@dataclass(frozen=True)
class NearDuplicateRule:
    """What counts as a repeat."""

    min_cosine: float = 0.9
    """Least cosine similarity of two questions."""
    min_question_overlap: float = 0.3
    """Least Jaccard similarity of their word pairs, in [0, 1]."""
    min_chain_overlap: float = 0.6
    """From this Jaccard similarity on, two chains are the same."""
    chains_per_question: int = 2
    """So many clearly different chains of one question are kept."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not -1 <= self.min_cosine <= 1:
            raise ValueError(
                f"near_duplicates.min_cosine must be in [-1, 1], got {self.min_cosine}"
            )
        for name in ("min_question_overlap", "min_chain_overlap"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(
                    f"near_duplicates.{name} must be in [0, 1], got {getattr(self, name)}"
                )
        if self.chains_per_question < 1:
            raise ValueError(
                "near_duplicates.chains_per_question must be at least 1, "
                f"got {self.chains_per_question}"
            )


@dataclass(frozen=True)
class Matches:
    """For each sample the kept one that it repeats."""

    row_N: NDArray[np.int64]
    """NO_MATCH for a sample that stays."""
    cosine_N: NDArray[np.float32]
    """Cosine similarity to that one; 0 for a sample that stays."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of samples, each once, a < b."""

    a_P: NDArray[np.int64]
    b_P: NDArray[np.int64]
    cosine_P: NDArray[np.float32]

    def where(self, keep_P: NDArray[np.bool_]) -> "Pairs":
        """The pairs for which `keep_P` holds."""
        return Pairs(self.a_P[keep_P], self.b_P[keep_P], self.cosine_P[keep_P])


def near_pairs(
    neighbour_NK: NDArray[np.int64], cosine_NK: NDArray[np.float32], min_cosine: float
) -> Pairs:
    """The pairs of a neighbour graph with at least the given cosine similarity.

    Args:
        neighbour_NK: rows of the neighbours, -1 for none.
        cosine_NK: their cosine similarities.
        min_cosine: least cosine similarity.
    """
    row_M, place_M = np.nonzero((cosine_NK >= min_cosine) & (neighbour_NK >= 0))
    other_M = neighbour_NK[row_M, place_M]
    pair_M2 = np.sort(np.stack([row_M, other_M], axis=1), axis=1)
    pair_P2, first_P = np.unique(pair_M2, axis=0, return_index=True)
    return Pairs(pair_P2[:, 0], pair_P2[:, 1], cosine_NK[row_M, place_M][first_P])


def match_near_duplicates(
    pairs: Pairs,
    question_N: NDArray[np.int64],
    same_chain: Callable[[int, int], bool],
    priority_N: NDArray[np.float64],
    chains_per_question: int,
) -> Matches:
    """Match each superfluous sample to the nearest kept one that makes it so.

    Walks from the highest priority down, ties to the earlier row, so that a sample that goes never
    stands for another. A sample goes when a kept one asks its question with the same chain, or when
    `chains_per_question` kept ones ask it.

    Args:
        pairs: pairs confirmed to ask the same question.
        question_N: question ids; samples with the same one ask the same question, too.
        same_chain: whether two samples have the same chain.
        priority_N: which samples to rather keep, the higher the more.
        chains_per_question: how many chains of a question to keep.
    """
    row_N = np.full(len(question_N), NO_MATCH, np.int64)
    cosine_N = np.zeros(len(question_N), np.float32)
    links = _links(pairs)
    kept_of_question: dict[int, list[int]] = {}
    for row in _walk(links, question_N, priority_N):
        question = int(question_N[row])
        kept = {other: cosine for other, cosine in links.get(row, ())
                if other in kept_of_question.get(int(question_N[other]), ())}  # fmt: skip
        kept |= dict.fromkeys(kept_of_question.get(question, ()), 1.0)
        repeats = [other for other in kept if same_chain(other, row)]
        if not repeats and len(kept) >= chains_per_question:
            repeats = list(kept)
        if repeats:
            other = max(repeats, key=lambda other: (kept[other], -other))
            row_N[row], cosine_N[row] = other, kept[other]
        else:
            kept_of_question.setdefault(question, []).append(row)
    return Matches(row_N, cosine_N)


def _links(pairs: Pairs) -> dict[int, list[tuple[int, float]]]:
    """For each row of a pair the other rows, with their cosine similarities."""
    links: dict[int, list[tuple[int, float]]] = {}
    columns = (pairs.a_P.tolist(), pairs.b_P.tolist(), pairs.cosine_P.tolist())
    for a, b, cosine in zip(*columns, strict=True):
        links.setdefault(a, []).append((b, cosine))
        links.setdefault(b, []).append((a, cosine))
    return links


def _walk(
    links: dict[int, list[tuple[int, float]]],
    question_N: NDArray[np.int64],
    priority_N: NDArray[np.float64],
) -> list[int]:
    """Rows that may repeat another, from the highest priority down, ties to the earlier row."""
    _, inverse_N, count_U = np.unique(question_N, return_inverse=True, return_counts=True)
    shared = np.flatnonzero(count_U[inverse_N] > 1)
    rows = np.union1d(shared, np.array(list(links), dtype=np.int64))
    order: list[int] = rows[np.lexsort((rows, -priority_N[rows]))].tolist()
    return order
