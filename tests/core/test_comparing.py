"""Comparisons against plain loops, known truths and scipy."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import brentq
from scipy.special import expit

from rbic.core.arms import group_names, lending_budget
from rbic.core.comparing import compare
from rbic.core.comparison import ComparisonRule, Trial, TrialTable
from rbic.report.comparison_rows import turned

RULE = ComparisonRule(resamples=400)


def made(arms, groups=None, costs=None):
    """A table of arms {(method, budget): scores (S, P)}; seeds from 0."""
    trials, rows = [], []
    for (method, budget), score in sorted(arms.items()):
        for seed, row in enumerate(np.atleast_2d(score)):
            cost = (costs or {}).get(method, (0, 0.0, 0.0, 0))
            trials.append(Trial(method, budget, seed, *cost))
            rows.append(row)
    problems = len(rows[0])
    ids = np.array([f"p{number:05d}" for number in range(problems)])
    return TrialTable(tuple(trials), np.array(rows, float), ids, groups or {})


def answers(rng, ease, seeds=3, seed_size=0.0):
    """Right or wrong, by a chance that the problems share and each seed shifts."""
    chance = expit(ease + rng.normal(0, seed_size, (seeds, 1)))
    return (rng.random((seeds, len(ease))) < chance).astype(float)


def several(seed=0, problems=300):
    rng = np.random.default_rng(seed)
    ease = rng.normal(0, 1.2, problems)
    arms = {
        ("base", 0.0): answers(rng, ease - 1, 1),
        ("full", 1.0): answers(rng, ease + 1),
        **{
            (method, budget): answers(rng, ease + gain + budget, seeds)
            for method, gain, seeds in (("rbic", 0.8, 3), ("random", 0.3, 4), ("longest", -0.6, 2))
            for budget in (0.1, 0.16)
        },
    }
    level = np.searchsorted(np.sort(-ease), -ease) * 12 // problems
    domain = np.array(["a", "b", "c"])[np.arange(problems) % 3]
    domain[:5] = "rare"
    return arms, {"level": level.astype(str), "domain": domain}


def test_accuracies_are_means_over_seeds_and_problems():
    arms, groups = several()
    found = compare(made(arms, groups), RULE)

    assert [(one.budget, one.method) for one in found.arms] == sorted(
        (budget, method) for method, budget in arms
    )
    for arm in found.arms:
        score = arms[arm.method, arm.budget]
        assert np.isclose(arm.accuracy.value, score.mean())
        assert np.allclose(arm.seed_accuracy, [row.mean() for row in score])
        for name, label in groups.items():
            for one in arm.by_group[name]:
                inside = [p for p in range(len(label)) if label[p] == one.group]
                assert one.problems == len(inside)
                assert np.isclose(one.accuracy.value, np.mean([score[:, p] for p in inside]))
                assert one.accuracy.low <= one.accuracy.value <= one.accuracy.high


def test_groups_that_are_numbers_come_in_their_order():
    assert group_names(np.array(["10", "9", "9", "-1"])) == ["-1", "9", "10"]
    assert group_names(np.array(["b", "10", "9"])) == ["10", "9", "b"]
    assert group_names(np.array(["10", "(none)", "9"])) == ["9", "10", "(none)"]
    assert group_names(np.array(["Level 10", "Level 9"])) == ["Level 9", "Level 10"]
    assert group_names(np.array(["A 10", "Level 9"])) == ["A 10", "Level 9"]


@pytest.mark.parametrize(
    ("names", "lowest"),
    [(("Level 2", "Level 10"), "Level 2"), (("low", "high"), None), (("1", "hard"), None)],
)
def test_the_lowest_level_is_known_by_its_number_alone(names, lowest):
    level = np.repeat(names, 40)
    arms = {("rbic", 0.1): answers(np.random.default_rng(0), np.zeros(80), 2)}
    found = compare(made(arms, {"level": level}), RULE)
    assert (found.easy is None) == (lowest is None)
    if lowest is not None:
        wrong = 1 - arms["rbic", 0.1][:, level == lowest].mean()
        assert found.arms[0].forgetting.value == pytest.approx(wrong)


def test_a_few_problems_that_all_solve_prove_no_equality():
    def of(problems):
        arms = {key: np.ones((2, problems)) for key in (("full", 1.0), ("rbic", 0.16))}
        (one,) = compare(made(arms), RULE).against_full
        return one

    few, many = of(12), of(4000)
    assert few.equivalence_p > 0.2
    assert few.relative_loss.low < -0.05
    assert few.relative_loss.high > 0.05
    assert few.difference.p == 1
    # None of 4,000 failed: the truth is hardly a thousandth away.
    assert many.equivalence_p < 1e-6
    assert many.relative_loss.high < 0.002


def test_problems_without_a_domain_or_level_are_neither_the_worst_nor_easy():
    rng = np.random.default_rng(2)
    ease = np.where(np.arange(120) % 3, 1.0, -2.0)
    arms = {("rbic", 0.1): answers(rng, ease), ("random", 0.1): answers(rng, ease)}
    # The hard third has neither; by letters "(none)" would also stand before "1".
    domain = np.where(np.arange(120) % 3, "a", "(none)")
    level = np.where(np.arange(120) % 3, np.where(np.arange(120) % 2, "1", "2"), "(none)")
    found = compare(made(arms, {"domain": domain, "level": level}), RULE)

    rbic = found.arm("rbic", 0.1)
    assert {one.group for one in rbic.by_group["domain"]} == {"a", "(none)"}
    assert rbic.worst_domain.group == "a"
    assert (found.easy.basis, found.easy.problems) == ("level", (level == "1").sum())
    none = np.full(120, "(none)")
    without = compare(made(arms, {"domain": none, "level": none}), RULE)
    assert without.easy is None
    assert without.arm("rbic", 0.1).worst_domain is without.arm("rbic", 0.1).forgetting is None


def test_with_one_seed_a_paired_difference_is_scipys_bootstrap():
    arms, _ = several()
    one = {arm: score[:1] for arm, score in arms.items()}
    found = compare(made(one), ComparisonRule(resamples=4000))
    difference = next(d for d in found.against_random if (d.method, d.budget) == ("rbic", 0.16))
    gap = one["rbic", 0.16][0] - one["random", 0.16][0]
    plain = stats.bootstrap((gap,), np.mean, n_resamples=4000, rng=np.random.default_rng(0))

    assert np.isclose(difference.points.value, gap.mean())
    assert np.isclose(difference.points.standard_error, plain.standard_error, rtol=0.05)
    width = difference.points.high - difference.points.low
    low, high = plain.confidence_interval
    assert np.isclose(width, high - low, rtol=0.06)
    # the paired t test is what the bootstrap approximates
    assert np.isclose(difference.p, stats.ttest_1samp(gap, 0).pvalue, rtol=0.5, atol=1e-3)


def test_a_difference_is_the_analysis_of_variances_of_two_crossed_factors():
    """Without the bootstrap: problems by their mean gap, seeds by what is left of theirs."""
    rng = np.random.default_rng(4)
    ease = rng.normal(0, 1.0, 400)
    a, b = answers(rng, ease + 0.4, 5, 0.5), answers(rng, ease, 6, 0.5)
    found = compare(made({("m", 0.1): a, ("random", 0.1): b}), ComparisonRule(resamples=4000))
    (difference,) = found.against_random
    variance = np.var(a.mean(axis=0) - b.mean(axis=0), ddof=1) / 400
    for score in (a, b):
        seeds = len(score)
        shown = np.var(score.mean(axis=1), ddof=1) / seeds
        rest = score - score.mean(axis=0) - score.mean(axis=1, keepdims=True) + score.mean()
        variance += max(0.0, shown - (rest**2).sum() / ((seeds - 1) * 399) / (seeds * 400))

    assert np.isclose(difference.points.standard_error, np.sqrt(variance), rtol=0.04)


def test_intervals_p_values_and_equivalence_do_not_contradict_one_another():
    for seed in range(4):
        arms, _ = several(seed)
        found = compare(made(arms), ComparisonRule(resamples=400, margin=0.1))
        narrow = compare(made(arms), ComparisonRule(resamples=400, margin=0.1, confidence=0.9))
        pairs = [one.difference for one in found.against_full]
        for one in (*found.against_random, *found.pairs, *pairs):
            assert (one.p < 0.05) == (not one.points.low <= 0 <= one.points.high)
            assert one.p <= one.p_holm
        for one, half in zip(found.against_full, narrow.against_full, strict=True):
            loss = half.relative_loss
            if abs(one.equivalence_p - 0.05) > 0.02:
                assert (one.equivalence_p < 0.05) == (loss.low > -0.1 and loss.high < 0.1)
            assert (one.not_worse_p < 0.05) >= (one.equivalence_p < 0.05)


def test_the_loss_is_relative_to_full():
    arms, _ = several()
    found = compare(made(arms), RULE)
    full = arms["full", 1.0].mean()

    assert len(found.against_full) == 6
    for one in found.against_full:
        own = arms[one.difference.method, one.difference.budget].mean()
        assert np.isclose(one.difference.points.value, own - full)
        assert np.isclose(one.relative_loss.value, 1 - own / full)


def test_an_arm_like_full_is_equal_and_one_far_below_is_not():
    rng = np.random.default_rng(6)
    ease = rng.normal(2, 1, 20_000)
    arms = {
        ("full", 1.0): answers(rng, ease),
        ("same", 0.16): answers(rng, ease),
        ("better", 0.16): answers(rng, ease + 1),
        ("worse", 0.16): answers(rng, ease - 0.3),
    }
    found = compare(made(arms), ComparisonRule(resamples=200))
    by_name = {one.difference.method: one for one in found.against_full}

    assert by_name["same"].equivalence_p_holm < 0.05
    assert by_name["better"].equivalence_p > 0.9
    assert by_name["better"].not_worse_p < 0.001
    assert by_name["worse"].not_worse_p > 0.9


def test_families_are_the_methods_of_a_budget():
    arms, _ = several()
    found = compare(made(arms), RULE)
    against = [one for one in found.against_random if one.budget == 0.1]
    ordered = sorted(one.p for one in against)

    assert {one.method for one in against} == {"rbic", "longest"}
    assert {one.other_budget for one in against} == {0.1}
    # two comparisons: the smaller p doubles, the larger is at least that
    assert sorted(one.p_holm for one in against) == [
        min(1, 2 * ordered[0]), max(min(1, 2 * ordered[0]), ordered[1])
    ]  # fmt: skip
    assert len(found.pairs) == 6


def test_ours_with_less_stands_against_the_others_with_more():
    arms, _ = several()
    found = compare(made(arms), RULE).with_less
    ordered = sorted(one.p for one in found)

    assert {(one.method, one.budget, one.other, one.other_budget) for one in found} == {
        ("rbic", 0.1, "random", 0.16), ("rbic", 0.1, "longest", 0.16)
    }  # fmt: skip
    assert sorted(one.p_holm for one in found) == [
        min(1, 2 * ordered[0]), max(min(1, 2 * ordered[0]), ordered[1])
    ]  # fmt: skip
    # As if the smaller budget had been the larger one.
    moved = {key: score for key, score in arms.items() if key != ("rbic", 0.16)}
    moved["rbic", 0.16] = arms["rbic", 0.1]
    same = {one.other: one for one in compare(made(moved), RULE).pairs if one.method == "rbic"}
    same |= {
        one.method: turned(one)
        for one in compare(made(moved), RULE).pairs
        if one.other == "rbic" and one.budget == 0.16
    }
    for one in found:
        assert one.points.value == pytest.approx(same[one.other].points.value)
        assert one.points.standard_error == pytest.approx(
            same[one.other].points.standard_error, rel=0.2
        )


def test_the_worst_domain_has_enough_problems():
    arms, groups = several()
    arms["rbic", 0.16][:, groups["domain"] == "rare"] = 0
    found = compare(made(arms, groups), RULE)
    large = {name: groups["domain"] == name for name in "abc"}

    for arm in found.arms:
        score = arms[arm.method, arm.budget]
        worst = min(large, key=lambda name: score[:, large[name]].mean())
        assert arm.worst_domain.group == worst
    assert compare(made(arms), RULE).arms[0].worst_domain is None


def test_forgetting_counts_wrong_replies_to_what_base_solves():
    arms, groups = several()
    found = compare(made(arms, groups), RULE)
    solved = arms["base", 0.0][0] == 1

    assert (found.easy.problems, found.easy.basis) == (solved.sum(), "base")
    for arm in found.arms:
        wrong = 1 - arms[arm.method, arm.budget][:, solved].mean()
        if arm.method == "base":
            assert arm.forgetting is None
            continue
        assert np.isclose(arm.forgetting.value, wrong)
        assert arm.forgetting.low <= wrong <= arm.forgetting.high


def test_without_base_the_lowest_level_is_the_easy_one():
    arms, groups = several()
    del arms["base", 0.0]
    found = compare(made(arms, groups), RULE)
    lowest = groups["level"] == "0"

    assert (found.easy.problems, found.easy.basis) == (lowest.sum(), "level")
    assert np.isclose(found.arms[0].forgetting.value, 1 - arms["longest", 0.1][:, lowest].mean())
    assert compare(made(arms), RULE).easy is None


def test_time_is_told_as_a_share_of_fulls():
    arms, _ = several()
    costs = {"full": (900, 200.0, 0.0, 90), "rbic": (150, 40.0, 10.0, 15)}
    found = compare(made(arms, costs=costs), RULE)
    rbic = found.arm("rbic", 0.16)

    assert (rbic.time_share, rbic.time_share_with_selection) == (0.2, 0.25)
    assert (rbic.train_tokens, rbic.steps) == (150, 15)
    assert compare(made(arms), RULE).arms[0].time_share is None


def test_the_seed_decides_and_other_arms_do_not():
    arms, groups = several()
    found = compare(made(arms, groups), RULE)
    fewer = {arm: score for arm, score in arms.items() if arm[0] != "longest"}

    assert compare(made(arms, groups), RULE) == found
    assert compare(made(arms, groups), replace(RULE, seed=1)) != found
    one, alone = found.arm("rbic", 0.16), compare(made(fewer, groups), RULE).arm("rbic", 0.16)
    assert np.isclose(one.accuracy.low, alone.accuracy.low)


def test_seeds_that_share_their_chance_are_resampled_together():
    """A shift that both arms get by seed leaves their difference where it was."""
    rng = np.random.default_rng(8)
    ease, shift = rng.normal(0, 1, 500), rng.normal(0, 0.8, (5, 1))
    chance = rng.random((5, 500))
    arms = {
        ("m", 0.1): (chance < expit(ease + 0.2 + shift)).astype(float),
        ("random", 0.1): (chance < expit(ease + shift)).astype(float),
    }
    apart = compare(made(arms), RULE).against_random[0]
    paired = compare(made(arms), replace(RULE, seeds_pair=True)).against_random[0]

    assert paired.points.value == apart.points.value
    assert paired.points.standard_error < 0.3 * apart.points.standard_error


def test_a_single_seed_counts_as_much_as_others_show_that_seeds_do():
    """Standard errors counted by hand: problems' part of the difference, and the seeds' lent."""
    rng = np.random.default_rng(4)
    ease = rng.normal(0, 1.0, 400)
    arms = {
        ("alone", 0.1): answers(rng, ease, 1, 0.5), ("single", 0.1): answers(rng, ease, 1, 0.5),
        ("five", 0.1): answers(rng, ease, 5, 0.5), ("three", 0.1): answers(rng, ease, 3, 0.8),
        ("alone", 0.3): answers(rng, ease, 1, 0.5), ("single", 0.3): answers(rng, ease, 1, 0.5),
        ("full", 1.0): answers(rng, ease, 4, 5.0), ("base", 0.0): answers(rng, ease, 1),
    }  # fmt: skip
    shown = []
    for name in ("five", "three"):
        score = arms[name, 0.1]
        seeds = len(score)
        rest = score - score.mean(axis=0) - score.mean(axis=1, keepdims=True) + score.mean()
        by_seed = np.var(score.mean(axis=1), ddof=1) - (rest**2).sum() / (seeds - 1) / 399 / 400
        shown += (seeds - 1) * [by_seed]
    # Four of one, two of the other: the fifth of six is three quarters of the way from the fourth.
    lent = np.sort(shown)[3] + 0.75 * (np.sort(shown)[4] - np.sort(shown)[3])
    found = compare(made(arms), ComparisonRule(resamples=4000))

    assert lent > 0.001
    # at 30 % no arm has two seeds, so the same two lend
    for one in (one for one in found.pairs if {one.method, one.other} == {"alone", "single"}):
        gap = arms["alone", one.budget][0] - arms["single", one.budget][0]
        error = np.sqrt(gap.var(ddof=1) / 400 + 2 * lent)
        assert one.points.standard_error == pytest.approx(error, rel=0.04)
        # the t quantile has about the degrees of the pool, as seeds matter most here: between those
        # of the arm that shows most and of both
        quantile = (one.points.high - one.points.value) / one.points.standard_error
        assert stats.t.ppf(0.975, 6) < quantile < stats.t.ppf(0.975, 2)
    alone = arms["alone", 0.1][0]
    error = found.arm("alone", 0.1).accuracy.standard_error
    assert error == pytest.approx(np.sqrt(alone.var(ddof=1) / 400 + lent), rel=0.04)
    base = arms["base", 0.0][0]
    error = found.arm("base", 0.0).accuracy.standard_error
    assert error == pytest.approx(np.sqrt(base.var(ddof=1) / 400), rel=0.04)


@pytest.mark.parametrize("seeds_pair", [False, True])
def test_single_seeds_err_as_often_as_they_may(seeds_pair):
    """All arms are alike. Without what is lent 49 and 29 of the 120 would be called apart."""
    rng, rule = np.random.default_rng(3), ComparisonRule(resamples=100, seeds_pair=seeds_pair)
    small, repeats = {"1 and 1": 0, "1 and 5": 0}, 120
    for _ in range(repeats):
        ease = rng.normal(0, 1.0, 150)
        arms = {(name, 0.1): answers(rng, ease, 1, 0.5) for name in "ab"}
        arms |= {(name, 0.1): answers(rng, ease, 5, 0.5) for name in "xyz"}
        p = {(one.method, one.other): one.p for one in compare(made(arms), rule).pairs}
        small["1 and 1"] += p["a", "b"] < 0.05
        small["1 and 5"] += p["a", "x"] < 0.05

    # 6 expected; 13 would be three standard errors above
    assert max(small.values()) <= 13


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_few_seeds_do_not_tell_equal_methods_apart(seeds):
    """Ten methods, all alike: 45 pairs. What their own seeds show, taken as it is and with the
    degrees of freedom of a variance that holds the rest, would call two of them apart in 35 % of
    comparisons with two seeds, and in 15 % with three or five."""
    rng, rule = np.random.default_rng(5), ComparisonRule(resamples=200)
    found, repeats = 0, 100
    for _ in range(repeats):
        ease = rng.normal(1, 1.0, 400)
        arms = {(f"m{arm}", 0.1): answers(rng, ease, seeds, 0.3) for arm in range(10)}
        found += min(one.p_holm for one in compare(made(arms), rule).pairs) < 0.05

    # 5 expected; 11 would be nearly three standard errors above
    assert found <= 10


def test_few_seeds_are_lent_what_others_show_but_full_is_not():
    """Two seeds that agree by chance; full's two, and all seeds that pair, stay as they are."""
    rng = np.random.default_rng(4)
    ease = rng.normal(0, 1.0, 400)
    arms = {("many", 0.1): answers(rng, ease, 6, 0.5), ("full", 1.0): answers(rng, ease, 2)}
    once = answers(rng, ease, 1)[0]
    arms["few", 0.1] = np.stack([once, once])

    def error(name, budget, **rule):
        rule = ComparisonRule(resamples=4000, **rule)
        return compare(made(arms), rule).arm(name, budget).accuracy.standard_error

    of_problems = once.std(ddof=1) / 20
    assert error("few", 0.1, seeds_pair=True) == pytest.approx(of_problems, rel=0.04)
    assert error("few", 0.1) > 1.5 * of_problems
    assert error("full", 1.0) < 1.1 * arms["full", 1.0].mean(axis=0).std(ddof=1) / 20
    arms["few", 0.1] = arms["many", 0.1][:5]
    assert error("few", 0.1) == pytest.approx(error("few", 0.1, seeds_pair=True), rel=0.04)


def test_a_single_seed_is_lent_by_its_budget_or_the_next_smaller_or_larger():
    assert [lending_budget(one, {0.1: 0, 0.3: 0}) for one in (0.05, 0.1, 0.16, 0.3, 1.0)] == [
        0.1, 0.1, 0.1, 0.3, 0.3
    ]  # fmt: skip


def test_full_that_is_stopped_lends_nothing():
    """Its seeds choose no rows."""
    rng = np.random.default_rng(4)
    ease = rng.normal(0, 1.0, 400)
    arms = {("m", 0.1): answers(rng, ease, 1), ("full_stopped", 0.1): answers(rng, ease, 4, 3.0)}
    alone = arms["m", 0.1][0].std(ddof=1) / 20
    found = compare(made(arms), ComparisonRule(resamples=4000)).arm("m", 0.1)
    assert found.accuracy.standard_error == pytest.approx(alone, rel=0.04)


def test_what_would_be_found_is_corrected_for_the_family():
    arms, _ = several()
    stratified = {("stratified_random", 0.1): arms["random", 0.1]}
    once = compare(made(arms | stratified), RULE)
    alone = next(one for one in once.against_stratified if one.method == "rbic")
    pair = next(
        one for one in once.pairs if {one.method, one.other} == {"rbic", "stratified_random"}
    )
    assert pair.points.standard_error == pytest.approx(alone.points.standard_error)
    error, reach = alone.points.standard_error, alone.points.high - alone.points.value
    degrees = brentq(lambda one: stats.t.ppf(0.975, one) - reach / error, 1, 1e6)
    # Six pairs, and by itself.
    for one, level in ((pair, 0.05 / 6), (alone, 0.05)):
        least = stats.t.ppf(1 - level / 2, degrees) + stats.t.ppf(0.8, degrees)
        assert one.detectable == pytest.approx(least * error, rel=1e-4)


def test_intervals_cover_the_truth():
    """Truth: the two arms are alike. 5 seeds each, seeds that matter, problems drawn anew."""
    rng, inside, repeats = np.random.default_rng(9), 0, 150
    for _ in range(repeats):
        ease = rng.normal(0, 1.2, 150)
        own = [ease + rng.normal(0, 0.3, 150) for _ in "ab"]
        arms = {
            ("m", 0.1): answers(rng, own[0], 5, 0.15),
            ("random", 0.1): answers(rng, own[1], 5, 0.15),
        }
        (found,) = compare(made(arms), ComparisonRule(resamples=150)).against_random
        inside += found.points.low <= 0 <= found.points.high

    # 0.95 expected; 0.90 would be three standard errors below
    assert inside / repeats > 0.9


@pytest.mark.parametrize("method", ["full", "base"])
def test_full_and_base_are_single(method):
    arms, _ = several()
    arms[method, 0.5] = arms["full", 1.0]

    with pytest.raises(ValueError, match=f"{method} must have one budget, got"):
        compare(made(arms), RULE)


def test_one_problem_is_not_enough():
    with pytest.raises(ValueError, match="at least 2 problems are needed, got 1"):
        compare(made({("m", 0.1): np.ones((2, 1))}), RULE)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("margin", 0.0, r"compare.margin must be in \(0, 1\), got 0.0"),
        ("confidence", 95, r"compare.confidence must be in \(0, 1\), got 95"),
        ("power", 1.0, r"compare.power must be in \(0, 1\), got 1.0"),
        ("resamples", 10, "compare.resamples must be 100 or more, got 10"),
        ("min_problems", 0, "compare.min_problems must be 1 or more, got 0"),
    ],
)
def test_the_rule_names_what_is_wrong(field, value, message):
    with pytest.raises(ValueError, match=message):
        replace(RULE, **{field: value})


def test_variants_and_controls_are_corrected_apart_and_are_no_methods():
    arms, _ = several()
    rng = np.random.default_rng(9)
    ease = rng.normal(0, 1.2, 300)
    extra = {(f"no_{part}", 0.1): answers(rng, ease, 3) for part in "abcd"}
    alone = compare(made(arms), RULE)
    both = compare(made(arms | extra), RULE, [f"no_{part}" for part in "abcd"])
    assert both.aside == ("no_a", "no_b", "no_c", "no_d")

    def holm_of(found, name, other, budget=0.1):
        return next(
            one.p_holm for one in found.pairs
            if {one.method, one.other} == {name, other} and one.budget == budget
        )  # fmt: skip

    # Three pairs of methods, with variants or without; each variant is paired with rbic alone.
    methods = [("longest", "rbic"), ("random", "rbic"), ("longest", "random")]
    for pair in methods:
        raw = next(one.p for one in both.pairs if {one.method, one.other} == set(pair))
        assert holm_of(both, *pair) <= min(1.0, 3 * raw) + 1e-12
        assert holm_of(both, *pair) == pytest.approx(holm_of(alone, *pair), abs=0.02)
    paired = [{one.method, one.other} for one in both.pairs if one.budget == 0.1]
    assert len(paired) == 3 + 4
    assert all("rbic" in pair for pair in paired if pair & set(both.aside))
    assert not {one.other for one in both.with_less} & set(both.aside)
    randoms = {one.method for one in both.against_random if one.budget == 0.1}
    assert randoms == {"rbic", "longest", *both.aside}
