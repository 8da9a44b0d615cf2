"""The no-harm guard against means and spreads counted by hand."""

import numpy as np
import pytest

from rbic.core.comparing import compare
from rbic.core.comparison import ComparisonRule, Trial, TrialTable
from rbic.core.guard import guard

PROBLEMS = 20


def compared(**right):
    """A comparison at 16 % whose arms have, seed by seed, so many problems right."""
    trials, scores = [], []
    for method in sorted(right):
        for seed, count in enumerate(right[method]):
            trials.append(Trial(method, 0.16, seed))
            scores.append(np.arange(PROBLEMS) < count)
    ids = np.array([f"p{number:02d}" for number in range(PROBLEMS)])
    table = TrialTable(tuple(trials), np.array(scores, float), ids, {})
    return compare(table, ComparisonRule(resamples=100))


def test_the_best_setting_is_taken_where_it_gains_more_than_seeds_differ():
    found = guard(
        compared(rbic=(12, 14), plain=(16, 14), stratified_random=(9, 11)),
        0.16, ["rbic", "plain"],
    )  # fmt: skip

    assert found.method == "plain"
    assert found.gain == pytest.approx((15 - 10) / PROBLEMS)
    assert found.spread == pytest.approx(2**0.5 / PROBLEMS)
    assert found.is_earned


@pytest.mark.parametrize(("ours", "earned"), [(11, False), (12, True)])
def test_a_gain_within_the_spread_earns_nothing(ours, earned):
    found = guard(compared(rbic=(ours, ours), stratified_random=(9, 11)), 0.16, ["rbic", "absent"])

    assert found.is_earned == earned


def test_of_equal_settings_the_first_is_taken():
    both = compared(rbic=(12, 14), plain=(13, 13), stratified_random=(9, 11))

    assert guard(both, 0.16, ["rbic", "plain"]).method == "rbic"
    assert guard(both, 0.16, ["plain", "rbic"]).method == "plain"


def test_without_a_known_spread_there_is_no_guard():
    assert guard(compared(rbic=(12, 14), stratified_random=(9,)), 0.16, ["rbic"]) is None
    assert guard(compared(rbic=(12, 14), random=(9, 11)), 0.16, ["rbic"]) is None
    assert guard(compared(rbic=(12,), stratified_random=(9, 11)), 0.3, ["rbic"]) is None
    assert guard(compared(random=(12,), stratified_random=(9, 11)), 0.16, ["rbic"]) is None
