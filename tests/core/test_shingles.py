import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rbic.core.shingles import jaccard, numbers_in, shingles


def test_overlap_counts_shared_word_pairs():
    # "a b", "b c" against "a b", "b d": 1 shared of 3
    assert jaccard(shingles("A b c"), shingles("a B d")) == 1 / 3


def test_chinese_is_compared_by_characters():
    assert jaccard(shingles("小明有苹果"), shingles("小明有香蕉")) == 2 / 6


def test_numbers_are_compared_with_their_repetition():
    assert numbers_in("3 of 1,200 and 3.5, then 3") == ("1200", "3", "3", "3.5")


@given(st.text(max_size=60), st.text(max_size=60))
def test_overlap_agrees_with_sets(a, b):
    one, other = set(shingles(a).tolist()), set(shingles(b).tolist())
    expected = len(one & other) / len(one | other) if one | other else 1.0
    assert np.isclose(jaccard(shingles(a), shingles(b)), expected)
