import numpy as np
import pytest
from scipy import stats

from rbic.core.resampling import (
    SeedEffects,
    Shown,
    count_problems,
    degrees_of_freedom,
    draw_means,
    lent_effects,
    seed_effects,
    share_seeds,
)


def crossed(rng, seeds, problems, sizes):
    """Scores with seed effects, problem effects and a rest of known standard deviations."""
    by_seed, by_problem, rest = sizes
    return (
        0.5
        + rng.normal(0, by_seed, (seeds, 1))
        + rng.normal(0, by_problem, problems)
        + rng.normal(0, rest, (seeds, problems))
    )


def plain_effects(score):
    """The analysis of variance of two crossed factors, cell by cell."""
    seeds, problems = score.shape
    grand = sum(float(one) for row in score for one in row) / (seeds * problems)
    row = [sum(score[s]) / problems for s in range(seeds)]
    column = [sum(score[:, p]) / seeds for p in range(problems)]
    rest = sum(
        (score[s, p] - row[s] - column[p] + grand) ** 2
        for s in range(seeds)
        for p in range(problems)
    )
    mean_square_rest = rest / ((seeds - 1) * (problems - 1))
    mean_square_seed = problems * sum((one - grand) ** 2 for one in row) / (seeds - 1)
    # expected: rest + P seed variance, so the seeds' part of the mean's variance is this over S P
    return mean_square_seed / (seeds * problems), mean_square_rest / (seeds * problems), row, grand


def test_the_seeds_part_is_that_of_the_analysis_of_variance():
    rng = np.random.default_rng(0)
    for sizes in ((0.2, 0.3, 0.4), (0.0, 0.3, 0.4), (0.5, 0.0, 0.0)):
        score = crossed(rng, 4, 30, sizes)
        total, rest, row, grand = plain_effects(score)
        found = seed_effects(score)

        assert np.isclose(found.total, total)
        assert np.isclose(found.variance, max(0.0, total - rest))
        shrink = np.sqrt(max(0.0, 1 - rest / total))
        assert np.allclose(found.effect_S, [shrink * (one - grand) for one in row])


def test_one_seed_tells_nothing_of_others():
    found = seed_effects(np.random.default_rng(0).random((1, 9)))

    assert found.effect_S.tolist() == [0.0]
    assert (found.variance, found.shown) == (0.0, ())


LENDERS = [
    SeedEffects(np.zeros(3), (Shown("a", 8 / 3, 2),), 1.0),
    SeedEffects(np.zeros(2), (Shown("b", 2 / 2, 1),), 0.75),
    SeedEffects(np.zeros(4), (Shown("c", 4.0, 3),), 0.5),
]
"""For one seed their seeds cause 5, 0.5 and 14, with 2, 1 and 3 degrees: 0.5 5 5 14 14 14."""


def test_a_single_seed_is_lent_the_upper_quartile_of_what_others_show():
    found = lent_effects(LENDERS, 1, "0.1")

    assert found.variance == pytest.approx(14)
    assert found.rest == pytest.approx((2 * 3 + 1 * 1.5 + 3 * 2) / 6)
    assert found.shown == (Shown("0.1", pytest.approx(14 + found.rest), 6 * 2 / np.pi),)
    fewer = lent_effects(LENDERS[:2], 1, "0.1")
    # Of 0.5, 5 and 5.
    assert fewer.variance == pytest.approx(5)
    assert fewer.shown[0].degrees == 2
    alone = lent_effects(LENDERS[2:], 1, "0.1")
    assert (alone.shown[0].arm, alone.shown[0].degrees) == ("c", 3)
    drawn = share_seeds(1, 4000, 0, "arm") @ found.effect_S
    assert drawn.var() == pytest.approx(14, rel=0.01)
    assert (share_seeds(1, 99, 0, "arm") != share_seeds(1, 99, 0, "other")).any()


@pytest.mark.parametrize("seeds", [2, 3, 4])
def test_the_mean_of_a_few_is_lent_its_part(seeds):
    found = lent_effects(LENDERS, seeds, "0.1")

    assert found.variance == pytest.approx(14 / seeds)
    drawn = share_seeds(seeds, 40_000, 0, "arm") @ found.effect_S
    assert drawn.var() == pytest.approx(found.variance, rel=0.03)


def test_what_is_lent_may_be_nothing_where_the_rest_is_more():
    (found,) = lent_effects([SeedEffects(np.zeros(2), (Shown("a", 1.0, 1),), 2.0)], 1, "").effect_S

    assert found == 0


def test_problems_are_drawn_as_often_as_there_are_and_evenly():
    count = count_problems(50, 4000, 1)

    assert (count.sum(axis=1) == 50).all()
    assert abs(count.mean(axis=0) - 1).max() < 0.08
    assert abs(count.var() - 49 / 50) < 0.02
    assert (count == count_problems(50, 4000, 1)).all()
    assert (count != count_problems(50, 4000, 2)).any()


def test_the_mean_over_drawn_seeds_varies_as_a_mean_of_seeds_does():
    value = np.array([0.1, 0.5, 0.2, 0.9])
    drawn = share_seeds(4, 40_000, 0, "arm") @ (value - value.mean())

    assert np.isclose(drawn.var(), value.var(ddof=1) / 4, rtol=0.03)


def test_draws_are_the_arms_own_whatever_else_is_drawn():
    same = share_seeds(3, 200, 5, "rbic 0.16")

    assert (same == share_seeds(3, 200, 5, "rbic 0.16")).all()
    assert (same != share_seeds(3, 200, 5, "random 0.16")).any()


def test_drawn_means_are_those_of_a_plain_loop():
    rng = np.random.default_rng(2)
    scores = [crossed(rng, 3, 12, (0.2, 0.3, 0.1)), crossed(rng, 2, 12, (0.1, 0.3, 0.1))]
    shares = [share_seeds(len(one), 7, 0, str(len(one))) for one in scores]
    count = count_problems(12, 7, 0)
    found = draw_means(scores, shares, [seed_effects(one) for one in scores], count)

    for draw in range(7):
        for arm, score in enumerate(scores):
            problems = [p for p in range(12) for _ in range(count[draw, p])]
            plain = np.mean([score[:, p].mean() for p in problems])
            for seed, effect in enumerate(seed_effects(score).effect_S):
                plain += shares[arm][draw, seed] * effect
            assert np.isclose(found[draw, arm], plain)


def test_with_one_seed_it_is_the_ordinary_bootstrap_of_problems():
    score = np.random.default_rng(3).random((1, 200))
    shares, count = [share_seeds(1, 4000, 0, "")], count_problems(200, 4000, 0)
    drawn = draw_means([score], shares, [seed_effects(score)], count)
    plain = stats.bootstrap(
        (score[0],), np.mean, n_resamples=4000, rng=np.random.default_rng(4)
    ).standard_error

    assert np.isclose(drawn.std(ddof=1), plain, rtol=0.05)


def test_a_group_that_was_not_drawn_has_no_mean():
    count = np.array([[0, 0], [1, 0]], np.uint8)
    score = np.array([[0.25, 1.0]])
    found = draw_means([score], [np.zeros((2, 1))], [seed_effects(score)], count)

    assert np.isnan(found[0, 0])
    assert found[1, 0] == 0.25


@pytest.mark.parametrize("sizes", [(0.0, 0.3, 0.5), (0.03, 0.3, 0.5), (0.1, 0.1, 0.2)])
def test_the_variance_of_a_difference_is_right_on_average(sizes):
    """The rest counts once; two plain bootstraps crossed would count it three times.

    Where seeds change nothing it is a little too large: a variance cannot be below 0.
    """
    rng, by_seed, by_problem, rest = np.random.default_rng(5), *sizes
    seeds, problems, found = 4, 80, []
    count = count_problems(problems, 120, 0)
    shares = [share_seeds(seeds, 120, 0, key) for key in "ab"]
    for _ in range(200):
        shared = rng.normal(0, by_problem, problems)
        scores = [crossed(rng, seeds, problems, (by_seed, 0.0, rest)) + shared for _ in "ab"]
        drawn = draw_means(scores, shares, [seed_effects(one) for one in scores], count)
        found.append((drawn[:, 0] - drawn[:, 1]).var(ddof=1))
    true = 2 * (by_seed**2 / seeds + rest**2 / (seeds * problems))

    assert 0.93 < np.mean(found) / true < 1.4


def test_degrees_of_freedom_follow_the_larger_part():
    def seeds(total, arm="a", rest=0.0):
        return SeedEffects(np.zeros(5), (Shown(arm, total, 4),), rest)

    assert degrees_of_freedom(1.0, 400, [seeds(0.0)]) == 399
    assert degrees_of_freedom(0.0, 400, [seeds(1.0)]) == 4
    assert degrees_of_freedom(0.0, 400, [seeds(1.0), seeds(1.0, "b")]) == 8
    assert np.isclose(degrees_of_freedom(3.0, 100, [seeds(1.0)]), 16 / (9 / 99 + 1 / 4))
    assert degrees_of_freedom(0.0, 400, []) == 399
    # The variance that is used lacks the rest, which problems have already; its error does not.
    assert np.isclose(
        degrees_of_freedom(3.0, 100, [seeds(1.0, rest=0.5)]), 3.5**2 / (9 / 99 + 1 / 4)
    )
    assert np.isclose(degrees_of_freedom(3.0, 100, [seeds(1.0, rest=2.0)]), 9 / (9 / 99 + 1 / 4))


def test_what_one_arm_or_pool_shows_is_one_part():
    """Two of 1 from a pool with 4 degrees are 2 with 4; from two pools they have 8."""

    def lent(pool):
        return SeedEffects(np.zeros(1), (Shown(pool, 1.0, 4),), 0.0)

    assert degrees_of_freedom(0.0, 400, [lent("0.1"), lent("0.1")]) == 4
    assert degrees_of_freedom(0.0, 400, [lent("0.1"), lent("0.3")]) == 8
