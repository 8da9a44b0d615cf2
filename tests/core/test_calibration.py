"""Held-out attempts beside their predictions, by hand and by a plain loop."""

import numpy as np
import pytest

from rbic.core.calibration import calibration


def test_five_attempts_by_hand():
    found = calibration(
        np.array([0.9, 0.9, 0.5, 0.05, 0.95]), np.array([True, False, True, False, True])
    )
    assert found.attempts_L.tolist() == [3, 0, 1, 0, 1]
    assert found.predicted_L == pytest.approx([2.75 / 3, 0, 0.5, 0, 0.05])
    assert found.right_L == pytest.approx([2 / 3, 0, 1, 0, 0])
    assert found.brier == pytest.approx((0.01 + 0.81 + 0.25 + 0.0025 + 0.0025) / 5)
    assert found.expected == pytest.approx((0.09 + 0.09 + 0.25 + 0.0475 + 0.0475) / 5)
    assert found.constant == pytest.approx(0.6 * 0.4)
    assert (found.sure, found.sure_right) == (4, 3)
    assert found.error == pytest.approx((3 * 0.25 + 0.5 + 0.05) / 5)
    assert found.attempts == 5


def _plain_z(rates, right):
    above = sum((x - p) * (1 - 2 * p) for p, x in zip(rates, right, strict=True))
    below = sum((1 - 2 * p) ** 2 * p * (1 - p) for p in rates)
    return above / below**0.5


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_those_of_a_plain_loop(seed):
    rng = np.random.default_rng(seed)
    rates = rng.random(200)
    right = rng.random(200) < rates
    found = calibration(rates, right)
    pairs = list(zip(rates.tolist(), right.tolist(), strict=True))
    assert found.brier == pytest.approx(sum((x - p) ** 2 for p, x in pairs) / 200)
    assert found.z == pytest.approx(_plain_z(rates.tolist(), right.tolist()))
    sure = [(p >= 0.9) == x for p, x in pairs if p >= 0.9 or p <= 0.1]
    assert (found.sure, found.sure_right) == (len(sure), sum(sure))
    for level, (low, high) in enumerate(
        [(0.875, 1), (0.625, 0.875), (0.375, 0.625), (0.125, 0.375), (0, 0.125)]
    ):
        inside = [x for p, x in pairs if low < p <= high]
        assert found.attempts_L[level] == len(inside)
        assert found.right_L[level] == pytest.approx(np.mean(inside))


def test_honest_rates_hold_and_others_do_not():
    rng = np.random.default_rng(7)
    rates = rng.beta(0.5, 0.5, 20_000)
    right = rng.random(20_000) < rates
    honest = calibration(rates, right)
    assert abs(honest.z) < 3
    assert honest.error < 0.01
    assert honest.brier == pytest.approx(honest.expected, abs=0.005)
    assert honest.sure_right / honest.sure > 0.9
    # pulled half way to one half, and pushed away from it
    assert calibration(0.25 + rates / 2, right).z < -10
    assert calibration(np.clip(1.6 * rates - 0.3, 0.001, 0.999), right).z > 10


def test_nothing_held_out_is_no_error():
    found = calibration(np.empty(0), np.empty(0, bool))
    assert (found.attempts, found.brier, found.z, found.error) == (0, 0, 0, 0)
    # one half each: any outcome is as likely as was said
    assert calibration(np.full(3, 0.5), np.ones(3, bool)).z == 0
