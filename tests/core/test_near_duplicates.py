import itertools

import numpy as np
import pytest

from rbic.core.near_duplicates import (
    NO_MATCH,
    NearDuplicateRule,
    Pairs,
    match_near_duplicates,
    near_pairs,
)


def _pairs(*links):
    a, b, cosine = zip(*links, strict=True) if links else ((), (), ())
    return Pairs(np.array(a, int), np.array(b, int), np.array(cosine, np.float32))


def _match(pairs, questions, priority, same_chain=lambda a, b: True, chains=2):
    return match_near_duplicates(
        pairs, np.array(questions), same_chain, np.array(priority, float), chains
    ).row_N.tolist()


def test_of_two_that_repeat_each_other_the_sounder_stays():
    assert _match(_pairs((0, 1, 0.95)), [10, 11], [0.5, 0.9]) == [1, NO_MATCH]


def test_ties_in_priority_keep_the_earlier_row():
    assert _match(_pairs((0, 1, 0.95)), [10, 11], [0.5, 0.5]) == [NO_MATCH, 0]


def test_a_sample_that_goes_never_stands_for_another():
    # 0 near 1, 1 near 2; 1 goes for 0, so 2 has nothing kept to repeat
    pairs = _pairs((0, 1, 0.95), (1, 2, 0.95))
    assert _match(pairs, [1, 2, 3], [0.9, 0.8, 0.7]) == [NO_MATCH, 0, NO_MATCH]


def test_different_chains_of_one_question_stay_up_to_the_limit():
    questions, priority = [7, 7, 7], [0.9, 0.8, 0.7]
    different = _match(_pairs(), questions, priority, lambda a, b: False)
    assert different == [NO_MATCH, NO_MATCH, 0]
    assert _match(_pairs(), questions, priority, lambda a, b: True) == [NO_MATCH, 0, 0]


def test_no_question_keeps_more_chains_than_allowed():
    rows = _match(_pairs(), [7] * 60, np.linspace(1, 0, 60), lambda a, b: False, chains=3)
    assert rows.count(NO_MATCH) == 3


def test_the_nearest_kept_one_is_named():
    pairs = _pairs((0, 2, 0.91), (1, 2, 0.97))
    assert _match(pairs, [1, 2, 3], [0.9, 0.8, 0.1]) == [NO_MATCH, NO_MATCH, 1]


def test_the_order_of_the_pairs_does_not_matter():
    links = [(0, 1, 0.95), (1, 2, 0.96), (2, 3, 0.97), (0, 3, 0.92)]
    results = {
        tuple(_match(_pairs(*order), [1, 2, 3, 4], [0.4, 0.9, 0.5, 0.9]))
        for order in itertools.permutations(links)
    }
    assert len(results) == 1


def test_pairs_come_once_from_both_ends_of_an_edge():
    neighbour = np.array([[1, 2], [0, 2], [1, -1]])
    cosine = np.array([[0.99, 0.5], [0.99, 0.92], [0.92, -2.0]], np.float32)
    pairs = near_pairs(neighbour, cosine, 0.9)
    assert list(zip(pairs.a_P.tolist(), pairs.b_P.tolist(), strict=True)) == [(0, 1), (1, 2)]


@pytest.mark.parametrize("field", ["min_question_overlap", "min_chain_overlap"])
def test_a_rule_out_of_range_is_refused(field):
    with pytest.raises(ValueError, match=f"near_duplicates.{field} must be in"):
        NearDuplicateRule(**{field: 1.5})
