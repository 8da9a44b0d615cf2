import numpy as np
import pytest

from rbic.core.contribution import (
    ContributionRule,
    contribution,
    rank_share,
    residual,
    settle_gamma,
    spline_features,
    standardise_within,
)


def test_gamma_is_small_for_a_competent_model_and_none_for_a_weak_one():
    rule = ContributionRule()
    assert [settle_gamma(rule, rate) for rate in (0.7, 0.5, 0.3, None)] == [0.25, 0.25, 0, 0]
    assert settle_gamma(ContributionRule(gamma=1.0), None) == 1.0


def test_a_residual_does_not_follow_what_was_regressed_out():
    rng = np.random.default_rng(0)
    length = rng.uniform(2, 7, 3000)
    group = rng.integers(0, 6, 3000)
    own = rng.standard_normal(3000)
    target = np.sin(length) + 0.5 * group + own
    rest = residual(target, spline_features(length), group, np.ones(3000, dtype=bool))
    assert abs(np.corrcoef(rest, length)[0, 1]) < 0.02
    assert max(abs(rest[group == g].mean()) for g in range(6)) < 0.05
    assert np.corrcoef(rest, own)[0, 1] > 0.95


def test_rows_left_out_of_the_fit_do_not_shape_it():
    target = np.array([1.0, 2.0, 3.0, 100.0])
    fit = np.array([True, True, True, False])
    feature = np.array([[1.0], [2.0], [3.0], [4.0]])
    one = residual(target, feature, np.zeros(4, int), fit)
    target[3] = -100
    assert np.allclose(residual(target, feature, np.zeros(4, int), fit)[:3], one[:3])


def test_scores_are_standard_within_large_cells_and_over_all_in_small_ones():
    rng = np.random.default_rng(1)
    value = np.concatenate([rng.normal(0, 1, 500), rng.normal(50, 5, 500), [7.0]])
    cell = np.array([0] * 500 + [1] * 500 + [2])
    z = standardise_within(value, cell, np.ones(1001, dtype=bool))
    for one in (0, 1):
        assert abs(z[cell == one].mean()) < 0.02
        assert 0.95 < z[cell == one].std() < 1.05
    assert np.isclose(z[-1], (7 - value.mean()) / value.std())


def test_a_cell_without_spread_scores_zero():
    assert (
        standardise_within(np.ones(30), np.zeros(30, int), np.ones(30, bool)).tolist() == [0] * 30
    )


def test_contribution_is_integrity_tilted_by_complexity():
    found = contribution(
        np.array([1.0, 0.5, 0.8]), np.array([1.0, -1.0, 3.0]), np.array([True, True, False]), 0.25
    )
    assert np.allclose(found, [np.exp(0.25), 0.5 * np.exp(-0.25), 0.8])


def test_ranks_share_ties():
    assert rank_share(np.array([2.0, 1.0, 2.0, 5.0])).tolist() == [0.5, 0.0, 0.5, 1.0]
    assert rank_share(np.array([3.0])).tolist() == [0.0]


def test_a_rule_out_of_range_is_refused():
    with pytest.raises(ValueError, match="contribution.residual_share must be in"):
        ContributionRule(residual_share=2)
