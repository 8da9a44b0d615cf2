"""The no-harm guard against p-values counted by hand, and against chance."""

import numpy as np
import pytest
from scipy import stats

from rbic.core.comparing import compare
from rbic.core.comparison import ComparisonRule, Trial, TrialTable
from rbic.core.guard import guard


def compared(arms, resamples=100):
    """A comparison at 16 % of arms {method: scores (S, P)}."""
    trials, scores = [], []
    for method in sorted(arms):
        for seed, row in enumerate(arms[method]):
            trials.append(Trial(method, 0.16, seed))
            scores.append(row)
    ids = np.array([f"p{number:04d}" for number in range(len(scores[0]))])
    table = TrialTable(tuple(trials), np.array(scores, float), ids, {})
    return compare(table, ComparisonRule(resamples=resamples))


def alike(rng, shift, seeds=2, problems=300):
    """Replies whose seeds change nothing, right more often by `shift` than half of the time."""
    return [rng.random(problems) < 0.5 + shift for _ in range(seeds)]


def made(seed=0, control=2, **shifts):
    rng = np.random.default_rng(seed)
    arms = {"stratified_random": alike(rng, 0.0, control)}
    return arms | {name: alike(rng, shift) for name, shift in shifts.items()}


def test_the_best_setting_is_taken_where_its_gain_is_above_0():
    arms = made(rbic=0.15, plain=0.25)
    found = guard(compared(arms, 4000), 0.16, ["rbic", "plain"])
    gap = np.mean(arms["plain"], axis=0) - np.mean(arms["stratified_random"], axis=0)

    assert (found.method, found.tried, found.is_earned) == ("plain", 2, True)
    assert found.gain.value == pytest.approx(gap.mean())
    assert found.gain.low > 0
    assert found.p < 0.001


def test_p_is_one_sided_and_corrected_for_the_settings():
    arms = made(seed=1, rbic=0.02, plain=-0.1)
    comparison = compared(arms, 4000)
    alone = guard(comparison, 0.16, ["rbic", "absent"])
    two = guard(comparison, 0.16, ["rbic", "plain"])
    t = alone.gain.value / alone.gain.standard_error

    assert (alone.tried, two.tried) == (1, 2)
    assert alone.p == pytest.approx(stats.norm.sf(t), abs=0.03)
    assert two.p == pytest.approx(min(1, 2 * alone.p))
    assert not two.is_earned


def test_a_loss_earns_nothing_however_sure_it_is():
    found = guard(compared(made(rbic=-0.3)), 0.16, ["rbic"])

    assert found.gain.high < 0
    assert found.p > 0.99
    assert not found.is_earned


def test_of_equal_settings_the_first_is_taken():
    arms = made(rbic=0.1)
    both = compared(arms | {"plain": arms["rbic"]})

    assert guard(both, 0.16, ["rbic", "plain"]).method == "rbic"
    assert guard(both, 0.16, ["plain", "rbic"]).method == "plain"


def test_a_single_seed_of_the_control_is_no_guard():
    assert guard(compared(made(control=1, rbic=0.1)), 0.16, ["rbic"]) is None
    assert guard(compared({"rbic": alike(np.random.default_rng(0), 0)}), 0.16, ["rbic"]) is None
    assert guard(compared(made(rbic=0.1)), 0.3, ["rbic"]) is None
    assert guard(compared(made(random=0.1)), 0.16, ["rbic"]) is None


def test_four_settings_without_any_effect_rarely_earn_a_preference():
    """The largest of four means against one spread of three seeds earned it in a third of cases."""
    rng, earned, repeats = np.random.default_rng(7), 0, 120
    names = ["rbic", "a", "b", "c"]
    for _ in range(repeats):
        ease = rng.uniform(0.2, 0.8, 200)
        arms = {
            name: rng.random((3, 200)) < ease + rng.normal(0, 0.02, (3, 1))
            for name in (*names, "stratified_random")
        }
        earned += guard(compared(arms), 0.16, names).is_earned

    # 6 at most expected; 13 would be three standard errors above
    assert earned <= 13
