import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.special import beta, expit

from rbic.core.rate_prior import (
    RATE_G,
    TILT_G,
    Evidence,
    Prior,
    fit_prior,
    log_likelihood,
    negative_log_likelihood,
    posterior_weights,
    prior_weights,
)

ROWS = slice(None)


def _evidence(attempts, right):
    return Evidence(np.array(attempts, float), np.array(right, float))


def _simulate(count, attempts, seed, slope=1.0):
    rng = np.random.default_rng(seed)
    feature = rng.standard_normal((count, 1))
    mean = expit(0.3 + slope * feature[:, 0])
    rate = rng.beta(3 * mean, 3 * (1 - mean))
    return feature, _evidence(np.full(count, attempts), rng.binomial(attempts, rate))


def test_the_likelihood_is_the_beta_binomials():
    attempts, right = np.array([0, 1, 4, 7, 16]), np.array([0, 1, 1, 7, 9])
    parameter = np.array([1.0, 0.5, 0, 0, 0, -60, -60])
    value, _ = negative_log_likelihood(parameter, np.zeros((5, 0)), _evidence(attempts, right))

    def chance(c, k):
        """Of one order of right and wrong, under Beta(2, 1.5), by quadrature."""
        return quad(lambda p: p ** (1 + c) * (1 - p) ** (0.5 + k - c) / beta(2, 1.5), 0, 1)[0]

    plain = -sum(np.log(chance(c, k)) for c, k in zip(right, attempts, strict=True))
    ridge = 0.5 * (1e-3 * 1.25 + 4.0 * 7200)
    assert np.isclose(value - ridge, plain, atol=0.01)


def test_the_gradient_is_that_of_finite_differences():
    rng = np.random.default_rng(1)
    feature = rng.standard_normal((30, 2))
    attempts = rng.integers(1, 9, 30)
    evidence = _evidence(attempts, rng.binomial(attempts, 0.4))
    parameter = rng.normal(0, 0.3, 9)
    _, gradient = negative_log_likelihood(parameter, feature, evidence)
    plain = approx_fprime(
        parameter, lambda p: negative_log_likelihood(p, feature, evidence)[0], 1e-6
    )
    assert np.allclose(gradient, plain, rtol=1e-3, atol=1e-3)


def test_the_prior_is_found_again():
    feature, evidence = _simulate(3000, 8, seed=2)
    prior = fit_prior(evidence, feature)
    mean = prior_weights(prior, ROWS) @ RATE_G
    assert np.abs(mean - expit(0.3 + feature[:, 0])).mean() < 0.03


def test_a_feature_that_says_nothing_shifts_nothing():
    feature, evidence = _simulate(3000, 4, seed=3, slope=0.0)
    assert np.abs(fit_prior(evidence, feature).shift_N).mean() < 0.1


def test_problems_that_are_never_solved_are_told_from_hard_ones():
    rng = np.random.default_rng(4)
    rate = np.where(rng.random(3000) < 0.3, 0.0, rng.beta(2, 2, 3000))
    evidence = _evidence(np.full(3000, 16), rng.binomial(16, rate))
    weight = prior_weights(fit_prior(evidence, np.zeros((3000, 0))), slice(0, 1))[0]
    assert np.isclose(weight[:2].sum(), 0.3, atol=0.03)


def test_the_posterior_without_attempts_is_the_prior():
    feature, evidence = _simulate(200, 4, seed=5)
    evidence.attempts_N[0] = evidence.right_N[0] = 0
    prior = fit_prior(evidence, feature)
    first = slice(0, 1)
    assert np.allclose(posterior_weights(prior, evidence, first), prior_weights(prior, first))


def test_without_any_attempts_nothing_is_claimed():
    prior = fit_prior(_evidence([0, 0], [0, 0]), np.zeros((2, 3)))
    assert np.allclose(prior_weights(prior, ROWS), 1 / len(RATE_G))


def test_the_order_of_samples_changes_nothing_and_the_same_input_gives_the_same_bytes():
    feature, evidence = _simulate(400, 3, seed=6)
    order = np.random.default_rng(0).permutation(400)
    prior = fit_prior(evidence, feature)
    again = fit_prior(evidence, feature)
    other = fit_prior(evidence.take(order), feature[order])
    assert prior.shift_N.tobytes() == again.shift_N.tobytes()
    assert np.allclose(prior.shift_N[order], other.shift_N, atol=1e-3)


@pytest.mark.parametrize(("attempts", "right"), [(3, 0), (3, 3), (2, 1)])
def test_the_ends_of_the_grid_allow_only_what_they_can_show(attempts, right):
    of_rate = np.exp(log_likelihood(_evidence([attempts], [right]), ROWS)[0])
    assert of_rate[0] == float(right == 0)
    assert of_rate[-1] == float(right == attempts)
    assert np.allclose(
        of_rate[1:-1], RATE_G[1:-1] ** right * (1 - RATE_G[1:-1]) ** (attempts - right)
    )


@pytest.mark.parametrize("attempts", [5_000, 1_000_000])
def test_rates_of_very_many_attempts_are_those_of_the_attempts(attempts):
    rate = np.array([0.0, 0.01, 0.3, 0.5, 0.77, 0.99, 1.0] * 20)
    evidence = _evidence(np.full(140, attempts), attempts * rate)
    feature = np.random.default_rng(7).standard_normal((140, 2))
    weight = posterior_weights(fit_prior(evidence, feature), evidence, ROWS)
    assert np.abs(weight @ RATE_G - rate).max() < 1 / 64


def test_very_many_attempts_outweigh_a_prior_that_all_but_excludes_them():
    prior = Prior(-1e4 * np.abs(RATE_G - 0.9), np.zeros(1))
    weight = posterior_weights(prior, _evidence([100_000], [20_000]), ROWS)[0]
    assert np.isclose(weight @ RATE_G, 0.2, atol=1 / 64)


def test_the_likelihood_of_very_many_attempts_is_finite_and_its_gradient_right():
    evidence = _evidence([4000, 9000, 3], [1000, 8999, 1])
    feature = np.array([[0.5], [-1.0], [0.3]])
    parameter = np.random.default_rng(8).normal(0, 0.3, 8)
    value, gradient = negative_log_likelihood(parameter, feature, evidence)
    assert np.isfinite(value)
    plain = approx_fprime(
        parameter, lambda p: negative_log_likelihood(p, feature, evidence)[0], 1e-6
    )
    assert np.allclose(gradient, plain, rtol=1e-3, atol=1e-3)


def test_the_tilt_of_a_beta_distribution_is_a_beta_distribution():
    inner = slice(1, -1)
    tilted = np.exp(0.7 * TILT_G)[inner]
    assert np.allclose(tilted, RATE_G[inner] ** 0.7 * (1 - RATE_G[inner]) ** -0.7)
