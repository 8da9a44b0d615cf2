"""Ways to spend attempts, and what their levels, rates and intervals are worth."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv
from scipy.stats import spearmanr

from benchmarks.difficulty.adarft import Problems
from rbic.core.attempt_plan import Market, plan_round, probe_share
from rbic.core.pass_rates import Posterior, level_of, neighbour_rate, posterior
from rbic.core.rate_prior import Evidence, Prior, fit_prior

PROBE_ATTEMPTS = 2
_COSINE_POWER = 4


@dataclass(frozen=True)
class Scores:
    """What a strategy reached; means over problems, and over seeds where there are several."""

    attempts: float
    accuracy: float
    """Share of problems whose level is named rightly."""
    far_off: float
    """Share whose level is missed by two or more."""
    spearman: float
    brier: float
    """Mean square error of the rate as a forecast of one further attempt."""
    coverage: float
    """Share of true rates within the 90 % interval, ends included."""
    width: float


def score(truth_N: NDArray[np.float64], found: Posterior, attempts: float) -> Scores:
    """Compare estimates with the truth."""
    off_N = np.abs(found.level_N.astype(int) - level_of(truth_N))
    brier_N = truth_N * (1 - found.mean_N) ** 2 + (1 - truth_N) * found.mean_N**2
    inside_N = (found.low_N <= truth_N + 1e-9) & (truth_N <= found.high_N + 1e-9)
    varied = np.ptp(found.mean_N) > 0
    return Scores(
        attempts=attempts,
        accuracy=float(np.mean(off_N == 0)),
        far_off=float(np.mean(off_N > 1)),
        spearman=float(spearmanr(found.mean_N, truth_N)[0]) if varied else 0.0,
        brier=float(np.mean(brier_N)),
        coverage=float(np.mean(inside_N)),
        width=float(np.mean(found.high_N - found.low_N)),
    )


def draw(truth_N: NDArray[np.float64], attempts_N: NDArray[np.int64], seed: int) -> Evidence:
    """Attempts at every problem, right with its true rate."""
    right_N = np.random.default_rng(seed).binomial(attempts_N, truth_N)
    return Evidence(attempts_N.astype(np.float64), right_N.astype(np.float64))


def raw_shares(evidence: Evidence) -> Posterior:
    """What most tools report: right over attempts; Jeffreys's interval (Beta(1/2, 1/2) prior)."""
    rate_N = evidence.right_N / evidence.attempts_N
    a_N, b_N = evidence.right_N + 0.5, evidence.attempts_N - evidence.right_N + 0.5
    return Posterior(
        mean_N=rate_N,
        low_N=np.where(rate_N == 0, 0.0, betaincinv(a_N, b_N, 0.05)),
        high_N=np.where(rate_N == 1, 1.0, betaincinv(a_N, b_N, 0.95)),
        level_N=level_of(rate_N),
        level_probability_N=np.full(len(rate_N), np.nan),
    )


def learn_prior(problems: Problems, evidence: Evidence, graph: bool) -> Prior:
    """The prior as the stage fits it: from the texts, and with the graph from the neighbours."""
    feature_NF = problems.text_NF
    if graph:
        around_N = neighbour_rate(
            evidence,
            problems.neighbour_NK,
            np.maximum(problems.cosine_NK, 0.0) ** _COSINE_POWER,
            np.arange(len(feature_NF)),
        )
        feature_NF = np.column_stack([feature_NF, around_N])
    return fit_prior(evidence, feature_NF)


def buy(problems: Problems, mean_attempts: float, rounds: int, graph: bool, seed: int) -> Evidence:
    """A probe, then rounds of planned purchases, as the job does it."""
    count = len(problems.rate_N)
    rng = np.random.default_rng(seed)
    share = probe_share(mean_attempts, 1.0, PROBE_ATTEMPTS)
    probed_N = np.argsort(rng.random(count)) < round(share * count)
    evidence = draw(problems.rate_N, PROBE_ATTEMPTS * probed_N, seed)
    for left in range(rounds - 1, 0, -1):
        prior = learn_prior(problems, evidence, graph)
        market = Market(evidence, np.ones(count), rng.random(count))
        purse = mean_attempts * count - evidence.attempts_N.sum()
        more_N = plan_round(prior, market, float(purse), left)
        bought = draw(problems.rate_N, more_N, seed + 1000 * left)
        evidence = Evidence(
            evidence.attempts_N + bought.attempts_N, evidence.right_N + bought.right_N
        )
    return evidence


def buy_ideally(problems: Problems, mean_attempts: float, rounds: int, seed: int) -> Posterior:
    """What no rule can beat by much: the prior of the true rates is known before the first attempt.

    It is fitted to all 128 attempts at every problem and its neighbours, and many rounds are
    planned, so that little is lost against buying one attempt at a time.
    """
    count = len(problems.rate_N)
    known = Evidence(np.full(count, 128.0), 128.0 * problems.rate_N)
    prior = learn_prior(problems, known, graph=True)
    rng = np.random.default_rng(seed)
    evidence = Evidence(np.zeros(count), np.zeros(count))
    for left in range(rounds, 0, -1):
        market = Market(evidence, np.ones(count), rng.random(count))
        purse = mean_attempts * count - evidence.attempts_N.sum()
        bought = draw(problems.rate_N, plan_round(prior, market, float(purse), left), seed + left)
        evidence = Evidence(
            evidence.attempts_N + bought.attempts_N, evidence.right_N + bought.right_N
        )
    return posterior(prior, evidence)
