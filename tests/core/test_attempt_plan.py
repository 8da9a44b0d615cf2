import numpy as np
import pytest
from scipy.special import comb

from rbic.core.attempt_plan import (
    _BATCHES,
    _PRICES,
    MOST_ATTEMPTS,
    Market,
    plan_round,
    probe_share,
    solve_policies,
)
from rbic.core.pass_rates import level_of
from rbic.core.rate_prior import RATE_G, Evidence, Prior, prior_weights

INNER_G = np.clip(RATE_G, 1 / 128, 127 / 128)
U_SHAPED = -0.6 * (np.log(INNER_G) + np.log(1 - INNER_G)) + np.where(RATE_G == 0, 2.0, 0.0)


def _prior(count, spread=0.0, seed=0):
    return Prior(U_SHAPED, spread * np.random.default_rng(seed).standard_normal(count))


def _market(count, seed=0, attempts=0, cost=None):
    rng = np.random.default_rng(seed)
    attempts = np.full(count, float(attempts))
    right = rng.binomial(attempts.astype(int), rng.random(count)).astype(float)
    cost = np.ones(count) if cost is None else cost
    return Market(Evidence(attempts, right), cost, rng.random(count))


def _best(weight_G, rounds, price):
    """The best first batch and the value of going on, by trying everything."""
    level_G = level_of(RATE_G)
    best = 0, max(weight_G[level_G == level].sum() for level in range(5))
    if not rounds:
        return best
    best = 0, _best(weight_G, rounds - 1, price)[1]
    for m in _BATCHES.tolist():
        value = -price * m
        for right in range(m + 1):
            joint_G = weight_G * comb(m, right) * RATE_G**right * (1 - RATE_G) ** (m - right)
            total = joint_G.sum()
            value += total * _best(joint_G / total, rounds - 1, price)[1]
        if value > best[1] + 1e-12:
            best = m, value
    return best


@pytest.mark.parametrize(("rounds", "rung"), [(1, 8), (1, 20), (1, 32), (1, 45), (2, 20)])
def test_the_first_batch_is_the_one_that_trying_everything_finds(rounds, rung):
    policies = solve_policies(_prior(1), rounds)
    weight_G = prior_weights(_prior(1), slice(None))[0]
    assert policies.batch_SPKK[0, rung, 0, 0] == _best(weight_G, rounds, _PRICES[rung])[0]


def test_a_state_with_attempts_is_planned_from_its_posterior():
    policies = solve_policies(_prior(1), 1)
    weight_G = prior_weights(_prior(1), slice(None))[0] * RATE_G**2 * (1 - RATE_G)
    for rung in (15, 30, 42):
        found = policies.batch_SPKK[0, rung, 3, 2]
        assert found == _best(weight_G / weight_G.sum(), 1, _PRICES[rung])[0]


def test_the_expected_spend_is_what_simulated_problems_spend():
    prior = _prior(20_000)
    rng = np.random.default_rng(1)
    rate = rng.choice(RATE_G, 20_000, p=prior_weights(prior, slice(0, 1))[0])
    policies = solve_policies(Prior(U_SHAPED, np.zeros(1)), 2)
    last = solve_policies(Prior(U_SHAPED, np.zeros(1)), 1)
    first = policies.batch_SPKK[0, 30, 0, 0]
    right = rng.binomial(first, rate)
    then = last.batch_SPKK[0, 30][first, right]
    assert np.isclose((first + then).mean(), policies.spend_SPKK[0, 30, 0, 0], rtol=0.02)


@pytest.mark.parametrize("purse", [0.0, 7.0, 300.0, 1e9])
def test_the_last_round_keeps_to_the_purse_and_leaves_little_of_it(purse):
    market = _market(200, attempts=2)
    spent = (plan_round(_prior(200), market, purse, 1) * market.cost_N).sum()
    assert spent <= purse
    assert spent >= min(0.95 * purse, 300.0) - 32


def test_two_rounds_expect_to_spend_the_purse_and_hold_some_back():
    market = _market(400)
    first = plan_round(_prior(400), market, 3200.0, 2).sum()
    assert 0.3 * 3200 < first < 3200


def test_replies_that_cost_less_are_bought_first():
    cost = np.repeat([1.0, 20.0], 100)
    bought = plan_round(_prior(200), _market(200, cost=cost), 400.0, 1)
    assert bought[:100].sum() > 2 * bought[100:].sum()


def test_what_is_known_well_is_not_bought_again():
    attempts, right = np.array([32.0, 32, 8, 8]), np.array([32.0, 0, 4, 7])
    market = Market(Evidence(attempts, right), np.ones(4), np.arange(4) / 4)
    bought = plan_round(_prior(4), market, 30.0, 1)
    assert bought[:2].tolist() == [0, 0]
    assert bought[3] > 0


def test_no_problem_gets_more_than_the_most_attempts():
    market = _market(50, attempts=MOST_ATTEMPTS - 3)
    assert plan_round(_prior(50), market, 1e9, 2).max() <= 3


def test_the_order_of_problems_changes_nothing():
    prior, market = _prior(6, 0.7), _market(6, attempts=2, cost=np.linspace(1, 9, 6))
    order = np.random.default_rng(5).permutation(6)
    other = Market(market.evidence.take(order), market.cost_N[order], market.order_N[order])
    shuffled = plan_round(Prior(U_SHAPED, prior.shift_N[order]), other, 90.0, 2)
    assert shuffled.tolist() == plan_round(prior, market, 90.0, 2)[order].tolist()


def test_nothing_is_planned_for_nobody():
    assert not len(plan_round(_prior(0), _market(0), 10.0, 1))


@pytest.mark.parametrize(
    ("attempts", "share", "expected"), [(8, 1.0, 1.0), (4, 1.0, 0.5), (8, 0.2, 0.2), (64, 1, 1.0)]
)
def test_the_probe_costs_a_quarter_of_the_purse(attempts, share, expected):
    assert probe_share(attempts, share, 2) == pytest.approx(expected)
