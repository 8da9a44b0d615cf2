"""What is said of a comparison, and how its numbers read."""

import json
from dataclasses import replace

import numpy as np
import pytest

from rbic.core.comparison import AgainstFull, ComparisonRule, Difference, Estimate
from rbic.report.comparison_files import to_json
from rbic.report.comparison_rows import (
    Finding,
    Loss,
    by_budget,
    finding,
    loss_to_full,
    named,
    p_words,
    points,
    rows_of,
    seconds,
    share,
    turned,
)
from rbic.report.comparison_words import Focus, headline, limits, results

RULE = ComparisonRule(resamples=200)
FOCUS = Focus("rbic", 0.16)


@pytest.fixture(scope="module")
def compared(fake_trials):
    from rbic.core.comparing import compare
    from rbic.core.trial_tables import trial_table

    def made(**settings):
        settings = {"problems": 300, "seeds": 3, "budgets": (0.1, 0.16), **settings}
        tables = fake_trials.make_trials(fake_trials.FakeTrials(**settings))
        return compare(trial_table(*tables), RULE)

    return made


@pytest.fixture(scope="module")
def comparison(compared):
    return compared(methods=("rbic", "random", "longest", "integrity"))


def difference(value, p_holm, method="rbic"):
    estimate = Estimate(value, value - 0.01, value + 0.02, 0.005)
    return Difference(method, 0.16, "random", 0.16, estimate, p_holm / 2, p_holm, 0.014)


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_a_difference_counts_only_where_the_corrected_p_value_is_small():
    assert finding(difference(0.05, 0.049), RULE) is Finding.BETTER
    assert finding(difference(-0.05, 0.049), RULE) is Finding.WORSE
    assert finding(difference(0.05, 0.051), RULE) is Finding.NOISE
    assert finding(difference(0.05, 0.051), replace(RULE, confidence=0.9)) is Finding.BETTER


def test_a_turned_difference_is_the_same_one_from_the_other_side():
    back = turned(difference(0.05, 0.01))

    assert (back.method, back.other) == ("random", "rbic")
    assert (back.points.low, back.points.value, back.points.high) == (
        pytest.approx(-0.07), -0.05, pytest.approx(-0.04),
    )  # fmt: skip
    assert turned(back) == difference(0.05, 0.01)
    assert finding(back, RULE) is Finding.WORSE


@pytest.mark.parametrize(
    ("equal", "not_worse", "low", "says"),
    [
        (0.01, 0.01, -0.005, Loss.EQUAL),
        (0.9, 0.01, -0.2, Loss.NOT_WORSE),
        (0.9, 0.9, 0.0114, Loss.LARGER),
        (0.9, 0.9, 0.0112, Loss.OPEN),
    ],
)
def test_a_loss_is_equal_not_worse_larger_or_undecided(equal, not_worse, low, says):
    loss = Estimate(low + 0.01, low, low + 0.02, 0.005)
    one = AgainstFull(difference(0, 1.0), loss, equal, equal, not_worse, not_worse)

    assert loss_to_full(one, RULE) is says


def test_numbers_read():
    assert plain(share(0.4312)) == "43.1 %"
    assert plain(share(-0.0312)) == "−3.1 %"
    assert plain(share(-0.0001)) == "0.0 %"
    assert (points(0.032), points(-0.004), points(-0.0001)) == ("+3.2", "−0.4", "0.0")
    assert (p_words(0.0004), p_words(0.0123)) == ("<0.001", "0.012")
    assert (seconds(12.2), seconds(185), seconds(7440)) == ("12 s", "3 min 05 s", "2 h 04 min")
    assert (named([]), named(["a"]), named(["a_b", "b", "c"])) == ("", "a", "a b, b and c")
    assert named("abcdefg") == "7 methods"


def test_arms_are_ordered_by_budget_and_accuracy_between_base_and_full(comparison):
    rows = rows_of(comparison)

    assert (rows[0].arm.method, rows[-1].arm.method) == ("base", "full")
    assert [row.arm.budget for row in rows[1:-1]] == [0.1] * 4 + [0.16] * 4
    for one in by_budget(comparison):
        values = [row.arm.accuracy.value for row in one.rows]
        assert values == sorted(values, reverse=True)
        assert len(values) == 6


def test_the_sentences_carry_the_figures_of_the_comparison(comparison):
    row = next(
        one for one in rows_of(comparison) if (one.arm.method, one.arm.budget) == ("rbic", 0.16)
    )
    said = plain(" ".join(results(comparison, FOCUS)))
    full = comparison.arm("full", 1.0)

    assert plain(headline(comparison, FOCUS)) == plain(
        f"rbic on 16 % of the tokens: {share(row.arm.accuracy.value)} right, "
        f"full data {share(full.accuracy.value)}"
    )
    loss = row.full.relative_loss.value
    assert plain(f"{'loses' if loss > 0 else 'gains'} {share(abs(loss))}") in said
    assert f"{points(row.random.points.value)} points" in said
    assert plain(share(row.arm.time_share)) in said
    assert row.arm.worst_domain.group in said
    assert f"Of {comparison.easy.problems} problems that the untuned model solves" in said
    assert "Of 3 methods at 16 %" in said
    limit = plain(" ".join(limits(comparison, FOCUS)))
    found = sorted(one.detectable for one in comparison.against_random if one.budget == 0.16)
    size = f"less than {100 * found[0]:.1f} (of some methods {100 * found[-1]:.1f}) points"
    assert size in limit
    assert "Fewer than 5 seeds may agree by chance: an arm with so few, but full, is" in limit
    assert "at larger budgets" not in limit
    assert "The worst of several domains is low by chance" in limit
    assert "200 resamples of 300 problems" in limit
    assert "of 3 seeds an arm" in limit
    assert "across budgets" in limit


def altered(comparison, p_holm, value=0.05):
    """The comparison with another difference of rbic to random."""
    changed = [
        difference(value, p_holm) if (one.method, one.budget) == ("rbic", 0.16) else one
        for one in comparison.against_random
    ]
    return replace(comparison, against_random=tuple(changed))


@pytest.mark.parametrize(
    ("p_holm", "value", "words"),
    [
        (0.01, 0.05, "rbic is better than random at equal tokens (+5.0 points, +4.0 to +7.0, "
         "p 0.005, 0.010 corrected for 3 methods)"),
        (0.01, -0.05, "rbic is worse than random"),
        (0.4, 0.05, "rbic and random are not told apart"),
    ],
)  # fmt: skip
def test_what_is_within_noise_is_called_so(comparison, p_holm, value, words):
    said = " ".join(results(altered(comparison, p_holm, value), FOCUS))

    assert words in said
    assert ("rbic is" in said) == (p_holm < 0.05)


def test_less_of_ours_is_set_against_more_of_the_others(comparison):
    said = plain(" ".join(results(comparison, FOCUS)))
    names = {(one.budget, one.other, one.other_budget) for one in comparison.with_less}

    assert names == {(0.1, other, 0.16) for other in ("random", "longest", "integrity")}
    better = sum(finding(one, RULE) is Finding.BETTER for one in comparison.with_less)
    assert f"With less: rbic on 10 % is better than {better} of 3 methods on 16 %" in said
    assert "With less" not in " ".join(results(comparison, Focus("rbic", 0.1)))


def test_the_guard_names_the_settings_to_take(compared):
    methods = ("rbic", "integrity", "stratified_random")
    comparison = compared(methods=methods)
    focus = Focus("rbic", 0.16, {"integrity": "contribution.gamma=0.5"})

    def found(**gains):
        """With other gains on stratified random: the value and its two-sided p."""
        changed = [
            replace(difference(value, 2 * p, method), other="stratified_random")
            for method, (value, p) in gains.items()
        ]
        return replace(comparison, against_stratified=tuple(changed))

    def said(**gains):
        return plain(" ".join(results(found(**gains), focus)))

    def written(**gains):
        return json.loads(to_json(found(**gains), focus))["guard"]

    taken = said(rbic=(0.1, 0.02), integrity=(0.2, 0.01))
    assert (
        "of 2 settings tried, integrity is best, +20.0 points to stratified random (+19.0 to "
        "+22.0; one-sided p 0.010, corrected for 2 settings). Refine with "
        "contribution.gamma=0.5." in taken
    )
    assert "Refine with the present settings." in said(rbic=(0.2, 0.01), integrity=(0.1, 0.5))
    nothing = said(rbic=(0.005, 0.8), integrity=(-0.1, 0.001))
    assert "rbic is best, +0.5 points" in nothing
    assert (
        "is shown to pay, which does not show that none does: refine with "
        "contribution.gamma=0 select.need=0." in nothing
    )
    # Programs read the same in comparison.json.
    assert written(rbic=(0.1, 0.02), integrity=(0.2, 0.01)) == {
        "advised": "integrity", "settings": "contribution.gamma=0.5", "budget": 0.16,
        "best": "integrity", "tried": 2, "p_holm": 0.01, "level": 0.05,
        "gain": {"value": 0.2, "low": 0.19, "high": 0.22, "standard_error": 0.005},
    }  # fmt: skip
    own = written(rbic=(0.2, 0.01), integrity=(0.1, 0.5))
    assert (own["advised"], own["settings"]) == ("rbic", "")
    none = written(rbic=(0.005, 0.8), integrity=(-0.1, 0.001))
    assert (none["advised"], none["best"]) == ("no_preference", "rbic")
    assert none["settings"] == "contribution.gamma=0 select.need=0"
    assert json.loads(to_json(found(), focus))["guard"] is None


def test_problems_that_the_pool_has_too_are_told(comparison):
    assert "pool has too" not in " ".join(limits(comparison, FOCUS))
    said = plain(" ".join(limits(comparison, replace(FOCUS, in_pool=12))))
    assert "4.0 % of the problems, 12 of 300, have a question that the pool has too" in said
    assert json.loads(to_json(comparison, replace(FOCUS, in_pool=12)))["held_out_in_pool"] == 12


def test_what_was_not_tried_is_not_claimed(compared):
    alone = compared(methods=("rbic",), base=False, full=False, seeds=1)
    said = " ".join(results(alone, FOCUS))
    limit = " ".join(limits(alone, FOCUS))

    assert "full data" not in headline(alone, FOCUS)
    assert "Full data was not tried" in said
    assert "Random was not tried" in said
    assert "Training took" not in said
    assert "of the lowest level" in said
    assert "With one seed only: rbic. What another seed would change is not in the" in limit
    assert "across budgets" not in limit


def test_what_a_single_seed_is_lent_is_told(compared):
    once = compared(methods=("rbic", "random"))
    arms = [replace(one, seeds=(0,)) if one.method == "random" else one for one in once.arms]
    limit = " ".join(limits(replace(once, arms=tuple(arms)), FOCUS))

    assert "With one seed only: random. What another seed would change is taken from" in limit
    assert "too narrow" not in limit
    lender = once.arm("rbic", 0.16)
    moved = f"There seeds move accuracy by {100 * np.std(lender.seed_accuracy, ddof=1):.1f} points."
    assert "from the arms of 16 % with more seeds" in plain(limit)
    assert moved in limit
    # Where only a larger budget has more seeds, it may lend too little.
    arms = [replace(one, seeds=(0,)) if one.budget == 0.1 else one for one in once.arms]
    small = Focus("rbic", 0.1)
    limit = " ".join(limits(replace(once, arms=tuple(arms)), small))
    assert "With one seed only: random and rbic." in limit
    assert "Seeds change less at larger budgets" in limit
    # Full is lent by the largest budget, whatever is looked at.
    arms = [replace(one, seeds=(0,)) if one.method == "full" else one for one in once.arms]
    limit = plain(" ".join(limits(replace(once, arms=tuple(arms)), small)))
    assert (
        "With one seed only: full. What another seed would change is taken from the arms of 16 %"
        in limit
    )


def test_seconds_that_differ_are_told(comparison):
    assert "times as long" not in " ".join(limits(comparison, FOCUS))
    slow = comparison.arm("longest", 0.16)
    arms = [replace(one, train_seconds=3 * slow.train_seconds) if one is slow else one
            for one in comparison.arms]  # fmt: skip
    assert "times as long as others for each token" in " ".join(
        limits(replace(comparison, arms=tuple(arms)), FOCUS)
    )


def test_a_focus_that_was_not_tried_is_refused(comparison):
    with pytest.raises(ValueError, match=r"no trial of rbic at 0.3; tried were \[\('base', 0.0\)"):
        results(comparison, Focus("rbic", 0.3))


def test_a_comparison_with_trials_left_says_so(comparison):
    whole = headline(comparison, FOCUS) + " ".join(limits(comparison, FOCUS))
    assert "so far" not in whole
    focus = replace(FOCUS, left=7)
    assert headline(comparison, focus).endswith(" (so far, 7 trials left)")
    assert "with 7 trials still to be run" in limits(comparison, focus)[0]
