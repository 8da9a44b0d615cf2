"""Random numbers of samples: by id and seed, and for each purpose its own."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Draw(IntEnum):
    """What a number is drawn for.

    Two purposes with the same numbers are not independent: when the problems that a model is asked
    and the random share of a selection had theirs in common, more than half of that share went to
    samples whose reference answer is suspect, since those are asked and count as unmeasured.
    """

    ASKED = 0
    """The problems whose answers are sampled in the first round."""
    RANDOM = 1
    """All methods of selection that draw at random: what they differ in is then not chance."""
    LAST_OF_QUOTA = 2
    """Whether a sample is taken that does not fit what is left of its cell's quota."""
    S1 = 11
    CCS = 12
    K_CENTER = 21
    SEMDEDUP = 22
    FACILITY_LOCATION = 31
    PREFERENCE = 41
    """The noise of the soft preference by contribution."""
    RANDOM_SHARE = 42
    """The order in which the random share of a selection is drawn."""
    LAST_OF_SHARE = 43
    """Whether the number of samples of that share is rounded up or down, by cell."""
    LATER_ROUND = 51
    """Ties between problems that a later round may ask again."""
    TEMPLATES = 52
    """The questions that are read for templates, of a large corpus."""
    SHOWN = 53
    """The samples that the report shows."""


def hashed_uniform(id_M: NDArray[np.int64], seed: int, draw: Draw) -> NDArray[np.float64]:
    """Numbers in [0, 1) from ids, a seed and a purpose (SplitMix64), whatever the order of rows.

    Args:
        id_M: ids of samples.
        seed: the seed of the run, in [0, 2^32).
        draw: the purpose.

    Returns:
        Shape (M,).
    """
    stream = (int(draw) << 32) + seed
    with np.errstate(over="ignore"):
        state = id_M.astype(np.uint64) + np.uint64(stream) * np.uint64(0x9E3779B97F4A7C15)
        state += np.uint64(0x9E3779B97F4A7C15)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            state = (state ^ (state >> np.uint64(shift))) * np.uint64(factor)
        state ^= state >> np.uint64(31)
    return np.asarray((state >> np.uint64(11)).astype(np.float64) / 2.0**53)
