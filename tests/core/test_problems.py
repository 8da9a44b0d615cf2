import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rbic.core.problems import representatives, stratified_share


def test_each_problem_is_asked_once_through_its_first_row():
    assert representatives(np.array([7, 3, 7, 5, 3])).tolist() == [0, 1, 3]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.floats(0.01, 1.0))
def test_a_share_covers_every_stratum(strata, share):
    stratum = np.unique(np.array(strata), return_inverse=True)[1]
    taken = stratified_share(stratum, share, np.arange(len(strata), dtype=float))
    for one in set(stratum.tolist()):
        size = int((stratum == one).sum())
        assert int((stratum[taken] == one).sum()) == int(np.ceil(share * size - 1e-9))


def test_the_rows_with_the_lowest_numbers_are_taken():
    taken = stratified_share(np.array([0, 0, 0, 1]), 0.34, np.array([0.9, 0.1, 0.5, 0.7]))
    assert taken.tolist() == [1, 2, 3]
