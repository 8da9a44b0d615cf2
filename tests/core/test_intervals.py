import numpy as np
import pytest
from scipy import optimize, stats

from rbic.core.intervals import (
    Spread,
    detectable,
    holm,
    interval,
    ratio_interval,
    share_interval,
    two_sided_p,
    upper_p,
    wilson,
)


def test_the_interval_and_the_p_value_are_those_of_the_t_test():
    sample = np.random.default_rng(0).normal(0.4, 1, 12)
    spread = Spread(float(stats.sem(sample)), len(sample) - 1)
    found = interval(float(sample.mean()), spread, 0.9)
    plain = stats.ttest_1samp(sample, 0.0)

    assert np.isclose(two_sided_p(float(sample.mean()), spread), plain.pvalue)
    assert np.allclose((found.low, found.high), plain.confidence_interval(0.9))
    assert np.isclose(
        upper_p(float(sample.mean()), spread),
        stats.ttest_1samp(sample, 0.0, alternative="greater").pvalue,
    )


@pytest.mark.parametrize(("right", "observed"), [(0, 20), (3, 20), (20, 20), (700, 1000)])
def test_wilsons_interval_is_scipys(right, observed):
    plain = stats.binomtest(right, observed).proportion_ci(0.95, method="wilson")

    assert np.allclose(wilson(right / observed, observed, 0.95), (plain.low, plain.high))


def test_a_share_that_never_varied_gets_wilsons_interval():
    none = share_interval(0.0, Spread(0.0, 9), 0.95, 2000)

    assert (none.low, none.high) == wilson(0.0, 2000, 0.95)
    assert 0 < none.high < 0.002
    # With what seeds do lent to it, it is wider.
    lent = share_interval(1.0, Spread(0.01, 9), 0.95, 2000)
    assert (lent.low, lent.high) == (interval(1.0, Spread(0.01, 9), 0.95).low, 1.0)


def test_a_share_has_the_interval_of_as_many_problems_as_would_give_its_error():
    error = np.sqrt(0.9 * 0.1 / 200)
    alone = share_interval(0.9, Spread(error, 1e9), 0.95, 150)
    assert alone.low == pytest.approx(wilson(0.9, 200, 0.95)[0])
    assert alone.high == pytest.approx(0.9 + 1.96 * error, abs=1e-4)
    # Far from 0 and 1 it is the plain one.
    middle = share_interval(0.5, Spread(0.01, 9), 0.95, 150)
    plain = interval(0.5, Spread(0.01, 9), 0.95)
    assert (middle.low, middle.high) == pytest.approx((plain.low, plain.high), abs=1e-4)
    few = share_interval(0.01, Spread(0.02, 9), 0.95, 50)
    assert few.low == 0.0
    assert few.high > 0.01 + stats.t.ppf(0.975, 9) * 0.02
    sure = share_interval(0.99, Spread(0.0001, 1e9), 0.95, 50)
    assert sure.high - sure.low == pytest.approx(2 * 1.96 * 0.0001, rel=0.01)


def test_the_interval_of_a_share_near_1_holds_the_truth():
    """One seed, 200 problems; the plain interval would hold it in 85 % of cases."""
    rng, truth, inside, plain, repeats = np.random.default_rng(1), 0.985, 0, 0, 2000
    for _ in range(repeats):
        right = rng.random(200) < truth
        spread = Spread(right.std(ddof=1) / np.sqrt(200), 199)
        one = share_interval(right.mean(), spread, 0.95, 200)
        inside += one.low <= truth <= one.high
        usual = interval(right.mean(), spread, 0.95)
        plain += usual.low <= truth <= usual.high
    assert inside / repeats > 0.94 > 0.9 > plain / repeats


def test_nothing_that_varied_is_certain():
    still = Spread(0.0, 5)

    assert two_sided_p(0.0, still) == 1.0
    assert two_sided_p(-0.1, still) == 0.0
    assert upper_p(-0.1, still) == 1.0


def test_holm_by_hand():
    # 4 x .01, 3 x .02, 2 x .03, and .2, none below the one before it
    assert np.allclose(holm(np.array([0.03, 0.01, 0.2, 0.02])), [0.06, 0.04, 0.2, 0.06])
    assert np.allclose(holm(np.array([0.9, 0.8])), [1.0, 1.0])
    assert len(holm(np.empty(0))) == 0


def test_holm_rejects_what_the_step_down_rule_rejects():
    rng = np.random.default_rng(1)
    for _ in range(200):
        p = rng.random(8) ** 4
        rejected = set()
        for step, number in enumerate(np.argsort(p)):
            if p[number] > 0.05 / (len(p) - step):
                break
            rejected.add(int(number))
        assert set(np.flatnonzero(holm(p) <= 0.05).tolist()) == rejected


def test_a_difference_of_the_detectable_size_is_found_with_the_power():
    spread, rng = Spread(0.013, 40.0), np.random.default_rng(2)
    size = detectable(spread, 0.95, 0.8)
    # t statistics of an estimate around `size`: normal over the root of a chi-square share
    errors = spread.standard_error * np.sqrt(rng.chisquare(40, 100_000) / 40)
    found = rng.normal(size, spread.standard_error, 100_000) / errors > stats.t.ppf(0.975, 40)

    assert abs(found.mean() - 0.8) < 0.01


def test_the_ends_of_a_ratios_interval_are_where_the_difference_just_escapes_zero():
    top, bottom, covariance = 0.42, 0.5, np.array([[4e-4, 1e-4], [1e-4, 3e-4]])
    found = ratio_interval(top, bottom, covariance, 12.0, 0.95)

    def excess(ratio):
        variance = np.array([1, -ratio]) @ covariance @ np.array([1, -ratio])
        return abs(top - ratio * bottom) - stats.t.ppf(0.975, 12) * np.sqrt(variance)

    assert np.isclose(found.value, 0.84)
    assert np.isclose(found.low, optimize.brentq(excess, 0.5, found.value))
    assert np.isclose(found.high, optimize.brentq(excess, found.value, 1.2))


def test_no_ratio_to_what_may_be_nothing():
    loose = np.array([[1e-4, 0.0], [0.0, 1e-2]])

    assert ratio_interval(0.1, 0.1, loose, 20.0, 0.95) is None
    assert ratio_interval(0.1, 0.0, 1e-9 * loose, 20.0, 0.95) is None
