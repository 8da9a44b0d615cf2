import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from rbic.core.pass_rates import (
    group_rate,
    level_masses,
    level_of,
    neighbour_rate,
    posterior,
    rate_from_text,
    shortest_intervals,
)
from rbic.core.rate_prior import RATE_G, Evidence, Prior, fit_prior

BETA = np.log(np.clip(RATE_G, 1e-300, 1)), np.log(np.clip(1 - RATE_G, 1e-300, 1))


def _evidence(attempts, right):
    return Evidence(np.array(attempts, float), np.array(right, float))


def _beta_prior(a, b, count=1):
    """A Beta distribution on the grid, with next to nothing at 0 and 1."""
    log_weight = np.where((RATE_G > 0) & (RATE_G < 1), (a - 1) * BETA[0] + (b - 1) * BETA[1], -80.0)
    return Prior(log_weight, np.zeros(count))


@pytest.mark.parametrize(("a", "b", "k", "c"), [(1, 1, 4, 1), (2, 3, 8, 8), (1.5, 1, 0, 0)])
def test_with_a_beta_prior_the_posterior_is_the_conjugate_one(a, b, k, c):
    found = posterior(_beta_prior(a, b), _evidence([k], [c]))
    plain = stats.beta(a + c, b + k - c)
    level = np.diff(plain.cdf([0, 0.125, 0.375, 0.625, 0.875, 1]))[::-1]
    assert np.isclose(found.mean_N[0], plain.mean(), atol=0.003)
    assert found.level_N[0] == level.argmax()
    assert np.isclose(found.level_probability_N[0], level.max(), atol=0.01)
    assert np.isclose(plain.cdf(found.high_N[0]) - plain.cdf(found.low_N[0]), 0.9, atol=0.01)
    # no interval of the plain distribution that holds as much is clearly shorter
    shortest = min(plain.ppf(tail + 0.9) - plain.ppf(tail) for tail in np.linspace(0, 0.1, 101))
    assert found.high_N[0] - found.low_N[0] < shortest + 0.02


def test_a_problem_never_solved_in_many_attempts_is_at_zero():
    prior = Prior(np.where(RATE_G == 0, np.log(20.0), 0.0), np.zeros(1))
    found = posterior(prior, _evidence([40], [0]))
    assert (found.low_N[0], found.high_N[0] < 0.03, found.level_N[0]) == (0.0, True, 4)


def test_one_right_answer_rules_out_that_a_problem_is_never_solved():
    prior = Prior(np.where(RATE_G == 0, 10.0, 0.0), np.zeros(1))
    found = posterior(prior, _evidence([40], [1]))
    assert 0.03 < found.mean_N[0] < 0.1
    assert found.high_N[0] > 0.06


def test_intervals_leave_out_the_longer_tail():
    weight = np.zeros((2, len(RATE_G)))
    weight[0, 0], weight[0, 1:65] = 0.5, 0.5 / 64
    weight[1] = weight[0, ::-1]
    low, high = shortest_intervals(weight)
    # half of the mass is the atom at 0, so 0.9 is reached after 0.4 / 0.5 of the even rest
    assert np.allclose((low[0], high[0]), (0.0, 0.8))
    assert np.allclose((low[1], high[1]), (0.2, 1.0))


def test_levels_gather_the_grid_between_their_edges():
    even = np.ones((1, len(RATE_G)))
    # an atom and 8 cells, 16 cells, 16, 16, 8 cells and an atom
    assert level_masses(even).tolist() == [[9, 16, 16, 16, 9]]


def test_intervals_cover_nine_of_ten_where_rates_pile_up_at_the_ends():
    rng = np.random.default_rng(4)
    feature = rng.standard_normal((3000, 1))
    mean = expit(0.3 + feature[:, 0])
    rate = rng.beta(2 * mean, 2 * (1 - mean))
    rate[rng.random(3000) < 0.2] = 0.0
    rate[rng.random(3000) < 0.1] = 1.0
    evidence = _evidence(np.full(3000, 4), rng.binomial(4, rate))
    found = posterior(fit_prior(evidence, feature), evidence)
    covered = np.mean((found.low_N <= rate) & (rate <= found.high_N))
    assert 0.88 < covered < 0.92
    raw = evidence.right_N / 4
    assert np.mean((found.mean_N - rate) ** 2) < 0.9 * np.mean((raw - rate) ** 2)
    said = found.level_probability_N.mean()
    assert np.isclose(np.mean(found.level_N == level_of(rate)), said, atol=0.03)


def test_neighbours_speak_but_never_the_sample_itself_nor_its_problem():
    evidence = _evidence([8, 8, 8, 0], [8, 0, 8, 0])
    neighbour = np.array([[1, 2], [0, 2], [0, 1], [1, -1]])
    problem = np.array([0, 1, 0, 3])
    rate = expit(neighbour_rate(evidence, neighbour, np.ones((4, 2)), problem))
    # 8 attempts at one problem count as 3 * 8 / 10 = 2.4 of different problems
    # two problems: the one of rows 0 and 2 is always solved, that of row 1 never
    overall = (2.4 + 0.5) / (4.8 + 1)
    # row 0 hears row 1 only, since row 2 is the same problem
    assert np.isclose(rate[0], (0 + 2 * overall) / (2.4 + 2))
    # rows 0 and 2 speak as one
    assert np.isclose(rate[1], (2.4 + 2 * overall) / (2.4 + 2))
    assert np.isclose(rate[3], (0 + 2 * overall) / (2.4 + 2))


def test_a_group_speaks_without_the_sample():
    evidence = _evidence([4, 4, 4], [4, 0, 2])
    rate = expit(group_rate(evidence, np.array([0, 0, 1]), np.arange(3)))
    overall = 0.5
    # 4 attempts count as 3 * 4 / 6 = 2
    assert np.isclose(rate[0], (0 + 2 * overall) / (2 + 2))
    assert np.isclose(rate[2], overall)


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
    overall = (2.4 + 0.5) / (2.4 + 1)
    assert np.allclose(rate[:2], overall, atol=1e-6)
    assert np.isclose(rate[2], (2.4 + 2 * overall) / (2.4 + 2))


@pytest.mark.parametrize("chains", [1, 16])
def test_a_problem_speaks_once_however_many_chains_it_has(chains):
    # one problem that is always solved, four that never are, and one that nobody was asked
    problem = np.repeat(np.arange(6), [chains, 1, 1, 1, 1, 1])
    right, attempts = np.array([8, 0, 0, 0, 0, 0]), np.array([8, 8, 8, 8, 8, 0])
    evidence = _evidence(attempts[problem], right[problem])
    overall = (2.4 + 0.5) / (12 + 1)
    wanted = (2.4 + 2 * overall) / (12 + 2)
    count = len(problem)
    group = expit(group_rate(evidence, np.zeros(count, int), problem))
    neighbour = np.tile(np.arange(count - 1), (count, 1))
    around = expit(neighbour_rate(evidence, neighbour, np.ones(neighbour.shape), problem))
    assert np.isclose(wanted, 0.203, atol=0.001)
    assert np.isclose(group[-1], wanted)
    assert np.isclose(around[-1], wanted)


def test_chains_of_one_problem_that_are_no_neighbours_take_nothing_from_the_one_that_is():
    # rows 0 and 1 are one problem, row 2 another; row 2 sees row 0 alone, at half the weight
    evidence = _evidence([4, 4, 0], [4, 4, 0])
    neighbour = np.array([[2, -1], [2, -1], [0, -1]])
    rate = expit(neighbour_rate(evidence, neighbour, np.full((3, 2), 0.5), np.array([0, 0, 1])))
    overall = (2 + 0.5) / (2 + 1)
    assert np.isclose(rate[2], (0.5 * 2 + 2 * overall) / (0.5 * 2 + 2))
