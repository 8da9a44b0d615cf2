"""Random numbers of samples."""

from itertools import combinations

import numpy as np
import pytest

from rbic.core.draws import Draw, hashed_uniform

_IDS = np.random.default_rng(0).integers(0, 2**63 - 1, 20_000)


def _mixed(value):
    """One step of SplitMix64, in Python's own numbers."""
    value = (value + 0x9E3779B97F4A7C15) % 2**64
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB % 2**64
    return value ^ (value >> 31)


def test_numbers_are_those_of_splitmix64():
    stream = (int(Draw.PREFERENCE) << 32) + 7
    expected = [
        (_mixed((one + stream * 0x9E3779B97F4A7C15) % 2**64) >> 11) / 2**53
        for one in _IDS[:200].tolist()
    ]
    assert hashed_uniform(_IDS[:200], 7, Draw.PREFERENCE).tolist() == expected


def test_numbers_are_uniform_and_do_not_depend_on_order():
    numbers = hashed_uniform(_IDS, 5, Draw.RANDOM)
    counts = np.histogram(numbers, bins=20, range=(0, 1))[0]
    assert counts.min() > 850
    assert counts.max() < 1150
    assert np.array_equal(hashed_uniform(_IDS[::-1], 5, Draw.RANDOM), numbers[::-1])


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_no_two_purposes_and_no_two_seeds_share_their_numbers(seed):
    drawn = [hashed_uniform(_IDS, seed, draw) for draw in Draw]
    drawn += [hashed_uniform(_IDS, 2, draw) for draw in Draw]
    for one, other in combinations(drawn, 2):
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.03
