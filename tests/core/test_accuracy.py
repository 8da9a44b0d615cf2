import numpy as np
import pytest
from scipy.stats import binomtest

from rbic.core.accuracy import Counted, accuracy, bootstrap_interval, wilson_interval


@pytest.mark.parametrize(("right", "count"), [(0, 7), (1, 2), (81, 263), (19, 20), (9, 9)])
def test_wilson_s_interval_is_scipy_s(right, count):
    want = binomtest(right, count).proportion_ci(0.95, "wilson")
    got = wilson_interval(right, count)
    assert (got.low, got.high) == pytest.approx((want.low, want.high), abs=1e-12)


def test_the_bootstrap_is_that_of_drawing_rows():
    rng = np.random.default_rng(5)
    value_N = rng.integers(0, 5, 60) / 4
    drawn = value_N[rng.integers(0, 60, (40_000, 60))].mean(axis=1)
    got = bootstrap_interval(value_N, 40_000, seed=1)
    assert (got.low, got.high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.01)
    assert got == bootstrap_interval(value_N[::-1], 40_000, seed=1)
    assert bootstrap_interval(value_N, 9, seed=1) != bootstrap_interval(value_N, 9, seed=2)


def _counted(*rows):
    """Rows of right, wrong, no answer, undecidable, cut off, tokens."""
    return Counted(*np.array(rows, dtype=np.int64).T)


def test_one_reply_a_problem():
    counted = _counted(
        (1, 0, 0, 0, 0, 10), (0, 1, 0, 0, 0, 20), (0, 0, 1, 0, 1, 30), (0, 0, 0, 1, 0, 0)
    )
    got = accuracy(counted, 100, 0)
    assert (got.problems, got.replies, got.accuracy) == (4, 4, 0.25)
    assert (got.no_answer, got.undecidable, got.cut_off, got.reply_tokens) == (0.25, 0.25, 0.25, 15)
    # (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n) with p = 1/4, n = 4, z = 1.95996
    assert (got.low, got.high) == pytest.approx((0.045587, 0.699358), abs=1e-6)


def test_many_replies_are_averaged_within_a_problem_first():
    counted = _counted((4, 0, 0, 0, 0, 4), (0, 1, 0, 1, 1, 6), (1, 1, 0, 0, 0, 2))
    got = accuracy(counted, 20_000, 3)
    assert got.accuracy == pytest.approx((1 + 0 + 0.5) / 3)
    assert (got.replies, got.reply_tokens, got.undecidable) == (8, 1.5, 0.125)
    # Means of three draws from {1, 0, 1/2}: all 0 has a chance of 1/27 > 2.5 %.
    assert (got.low, got.high) == (0.0, 1.0)


def test_some_problems_can_be_looked_at_alone():
    counted = _counted((1, 0, 0, 0, 0, 10), (0, 1, 0, 0, 0, 20), (1, 0, 0, 0, 0, 3))
    part = counted.of(np.array([0, 2]))
    assert (part.right_N.tolist(), part.tokens_N.tolist()) == ([1, 1], [10, 3])
