"""Chains that break off by what is usual in their source."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rbic.core.endings import broken_off


def _flags(count, *true):
    return np.isin(np.arange(count), true)


def test_an_open_end_is_a_fault_where_the_source_announces_its_answers():
    announced_N = ~_flags(40, 3, 4, *range(20, 40))
    broken_N = broken_off(_flags(40, 30), announced_N, _flags(40, 3, 25), np.repeat([0, 1], 20))
    # Row 4 ends with a sentence; row 25 is one of a source that announces nothing.
    assert np.flatnonzero(broken_N).tolist() == [3, 30]


def test_a_few_chains_say_nothing_of_what_is_usual():
    source_N = np.zeros(19, np.int64)
    assert not broken_off(_flags(19), ~_flags(19, 3), _flags(19, 3), source_N).any()


@given(st.lists(st.tuples(*[st.booleans()] * 3, st.integers(0, 2)), min_size=1, max_size=80))
def test_every_chain_is_judged_as_counting_its_source_by_hand_does(rows):
    truncated, announced, open_end, source = zip(*rows, strict=True)
    found = broken_off(*map(np.array, (truncated, announced, open_end, source)))
    for n, one in enumerate(source):
        usual = [announced[m] for m, other in enumerate(source) if other == one]
        out_of_order = len(usual) >= 20 and sum(usual) * 2 >= len(usual)
        assert found[n] == (truncated[n] or (open_end[n] and out_of_order))
