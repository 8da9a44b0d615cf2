"""Lexical overlap of two texts: Jaccard similarity of their word pairs or character pairs."""

import re
from itertools import pairwise

import numpy as np
import xxhash
from numpy.typing import NDArray

_UNIT = re.compile(r"[\u3400-\u9fff\u3040-\u30ff\uac00-\ud7af]|\d+(?:\.\d+)?|[^\W\d_]+|[^\w\s]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def shingles(text: str) -> NDArray[np.uint64]:
    """Hashes of the distinct pairs of neighbouring units, ascending.

    Units are words, numbers, signs, and single characters of Chinese, Japanese and Korean, case
    folded. A text of one unit has that unit as its only shingle.
    """
    units = _UNIT.findall(text.casefold())
    pairs = {f"{a} {b}" for a, b in pairwise(units)} or set(units)
    hashes = [xxhash.xxh3_64_intdigest(pair.encode()) for pair in pairs]
    return np.unique(np.array(hashes, dtype=np.uint64))


def jaccard(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> float:
    """Shared shingles over all shingles, in [0, 1]; 1 for two empty sets."""
    if not len(a) and not len(b):
        return 1.0
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / (len(a) + len(b) - shared)


def numbers_in(text: str) -> tuple[str, ...]:
    """The numbers written in digits, sorted, each as often as it occurs."""
    return tuple(sorted(number.replace(",", "") for number in _NUMBER.findall(text)))
