import numpy as np
import pytest
from scipy import stats
from scipy.optimize import approx_fprime
from scipy.special import expit

from rbic.core.pass_rates import (
    Evidence,
    _negative_log_likelihood,
    beta_posterior,
    fit_prior,
    group_rate,
    level_of,
    neighbour_rate,
    posterior,
    rate_from_text,
)


def _evidence(attempts, right):
    return Evidence(np.array(attempts, float), np.array(right, float))


def _simulate(count, attempts, seed, strength=3.0, slope=1.5):
    rng = np.random.default_rng(seed)
    feature = rng.standard_normal((count, 1))
    mean = expit(0.3 + slope * feature[:, 0])
    rate = rng.beta(strength * mean, strength * (1 - mean))
    right = rng.binomial(attempts, rate)
    return feature, rate, _evidence(np.full(count, attempts), right)


def test_the_likelihood_is_the_beta_binomials():
    rng = np.random.default_rng(0)
    design = np.column_stack([np.ones(20), rng.standard_normal(20)])
    attempts = rng.integers(1, 9, 20).astype(float)
    right = rng.binomial(attempts.astype(int), 0.4).astype(float)
    parameter = np.array([0.2, -0.4, np.log(2.5)])
    value, _ = _negative_log_likelihood(parameter, design, right, attempts)
    mean = expit(design @ parameter[:2])
    plain = stats.betabinom.logpmf(right, attempts, 2.5 * mean, 2.5 * (1 - mean))
    # scipy counts the orders in which right and wrong can come, which do not depend on the prior
    orders = np.log(
        [stats.binom.pmf(r, n, 0.5) * 2**n for r, n in zip(right, attempts, strict=True)]
    )
    assert np.isclose(value, -(plain - orders).sum() + 0.5 * 0.4**2)


def test_the_gradient_is_that_of_finite_differences():
    rng = np.random.default_rng(1)
    design = np.column_stack([np.ones(30), rng.standard_normal((30, 3))])
    attempts = rng.integers(1, 9, 30).astype(float)
    right = rng.uniform(0, attempts)
    parameter = np.array([0.1, 0.5, -0.3, 0.2, 0.7])
    _, gradient = _negative_log_likelihood(parameter, design, right, attempts)
    plain = approx_fprime(
        parameter, lambda p: _negative_log_likelihood(p, design, right, attempts)[0], 1e-6
    )
    assert np.allclose(gradient, plain, rtol=1e-3, atol=1e-3)


def test_the_prior_is_found_again():
    feature, _, evidence = _simulate(4000, 8, seed=2)
    prior = fit_prior(evidence, feature)
    expected = expit(0.3 + 1.5 * feature[:, 0])
    assert np.abs(prior.mean_N - expected).mean() < 0.03
    assert 2.3 < prior.strength < 3.9


def test_few_attempts_and_a_prior_beat_the_raw_share():
    feature, rate, evidence = _simulate(2000, 2, seed=3)
    found = posterior(fit_prior(evidence, feature), evidence)
    raw = evidence.right_N / evidence.attempts_N
    assert np.mean((found.mean_N - rate) ** 2) < 0.5 * np.mean((raw - rate) ** 2)


def test_intervals_cover_nine_of_ten():
    feature, rate, evidence = _simulate(6000, 4, seed=4)
    found = posterior(fit_prior(evidence, feature), evidence)
    covered = np.mean((found.low_N <= rate) & (rate <= found.high_N))
    assert 0.88 < covered < 0.92


def test_a_sample_without_attempts_gets_the_prior():
    feature, _, evidence = _simulate(500, 4, seed=5)
    evidence.attempts_N[0] = evidence.right_N[0] = 0
    prior = fit_prior(evidence, feature)
    assert np.isclose(posterior(prior, evidence).mean_N[0], prior.mean_N[0])


def test_without_any_attempts_nothing_is_claimed():
    prior = fit_prior(_evidence([0, 0], [0, 0]), np.zeros((2, 3)))
    assert prior.mean_N.tolist() == [0.5, 0.5]


def test_neighbours_speak_but_never_the_sample_itself_nor_its_problem():
    evidence = _evidence([8, 8, 8, 0], [8, 0, 8, 0])
    neighbour = np.array([[1, 2], [0, 2], [0, 1], [1, -1]])
    problem = np.array([0, 1, 0, 3])
    rate = expit(neighbour_rate(evidence, neighbour, np.ones((4, 2)), problem))
    overall = 16.5 / 25
    # row 0 hears row 1 only, since row 2 is the same problem
    assert np.isclose(rate[0], (0 + 2 * overall) / (8 + 2))
    assert np.isclose(rate[1], (16 + 2 * overall) / (16 + 2))
    assert np.isclose(rate[3], (0 + 2 * overall) / (8 + 2))


def test_a_group_speaks_without_the_sample():
    evidence = _evidence([4, 4, 4], [4, 0, 2])
    rate = expit(group_rate(evidence, np.array([0, 0, 1]), np.arange(3)))
    overall = 6.5 / 13
    assert np.isclose(rate[0], (0 + 2 * overall) / (4 + 2))
    assert np.isclose(rate[2], overall)


def test_levels_are_the_medians_and_their_probabilities_add_up():
    found = beta_posterior(np.array([90.0, 1.0, 50.0]), np.array([1.0, 90.0, 50.0]))
    assert found.level_N.tolist() == [0, 4, 2]
    assert (found.level_probability_N > 0.9).all()


def test_the_level_of_an_even_posterior_is_the_middle():
    assert beta_posterior(np.array([0.5]), np.array([0.5])).level_N.tolist() == [2]


@pytest.mark.parametrize(
    ("rate", "level"), [(1.0, 0), (0.88, 0), (0.87, 1), (0.5, 2), (0.2, 3), (0.125, 4), (0.0, 4)]
)
def test_known_rates_have_levels(rate, level):
    assert level_of(np.array([rate])).tolist() == [level]


def test_rates_from_text_fall_with_hardness_and_ties_share():
    rate = rate_from_text(np.array([3.0, 1.0, 1.0, 9.0]))
    assert rate[3] < rate[0] < rate[1] == rate[2]
    assert np.isclose(rate.mean(), 0.5)


def test_what_a_problem_showed_does_not_predict_its_other_chains():
    evidence = Evidence(np.array([8.0, 8.0, 0.0]), np.array([8.0, 8.0, 0.0]))
    rate = expit(group_rate(evidence, np.array([0, 0, 0]), np.array([5, 5, 6])))
    overall = 16.5 / 17
    assert np.allclose(rate[:2], overall, atol=1e-6)
    assert np.isclose(rate[2], (16 + 2 * overall) / 18)
