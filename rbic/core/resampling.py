"""How far a mean over seeds and problems may be off: a bootstrap over both.

A trial's score on a problem is taken as  mean + seed effect + problem effect + the rest.  The
problems are the same in every trial, so they are resampled once for all arms (a paired bootstrap:
Efron & Tibshirani 1993, chapter 8); seeds belong to an arm and are resampled in it. Resampling both
plainly would count the rest three times (Owen 2007), which makes differences look up to 1.7 times
as uncertain as they are. So a draw is the mean over seeds on resampled problems, plus resampled
seed effects that are shrunk to the size they have without the rest (Davison & Hinkley 1997, section
3.8). Of S seeds S - 1 are drawn, which makes the variance of their mean unbiased for any S (Rao &
Wu 1988). One seed alone tells nothing of what another would change.

Shape suffixes: R resamples, S seeds, P problems, A arms.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def count_problems(problems: int, resamples: int, seed: int) -> NDArray[np.uint8]:
    """How often each problem is drawn in each resample of as many problems, shape (R, P)."""
    rng = np.random.default_rng([seed, problems])
    count_RP = np.empty((resamples, problems), np.uint8)
    for count_P in count_RP:
        # A count above 255 has a probability below 1e-500.
        count_P[:] = np.bincount(rng.integers(problems, size=problems), minlength=problems)
    return count_RP


def share_seeds(seeds: int, resamples: int, seed: int, key: str) -> NDArray[np.float64]:
    """The share of each seed in each draw of S - 1 of S seeds, shape (R, S).

    Args:
        seeds: S; with a single one there is nothing to draw and all shares are 0.
        resamples: R.
        seed: of the resampling.
        key: what the draws belong to; equal keys draw the same, so that an arm's draws do not
            depend on which other arms there are.
    """
    if seeds == 1:
        return np.zeros((resamples, 1))
    rng = np.random.default_rng([seed, seeds, zlib.crc32(key.encode())])
    drawn_RS = rng.multinomial(seeds - 1, np.full(seeds, 1 / seeds), size=resamples)
    return drawn_RS / (seeds - 1)


@dataclass(frozen=True)
class SeedEffects:
    """What the seed changes in an arm's mean."""

    effect_S: NDArray[np.float64]
    """Mean of each seed less the mean of all, shrunk."""
    variance: float
    """Variance of the mean over seeds that the seeds cause by themselves, 0 or more."""
    total: float
    """The same before the rest is taken off."""
    degrees: int
    """S - 1."""


def seed_effects(score_SP: NDArray[np.float64]) -> SeedEffects:
    """Seed effects by the analysis of variance of two crossed factors.

    The variance of the mean that seeds show is  s^2(seed means) / S  and holds the rest,
    sum of squares / ((S - 1) (P - 1) S P), which is taken off; effects shrink by the square root of
    what remains.
    """
    seeds, problems = score_SP.shape
    effect_S = score_SP.mean(axis=1) - score_SP.mean()
    if seeds == 1 or problems == 1:
        return SeedEffects(np.zeros(seeds), 0.0, 0.0, seeds - 1)
    total = float((effect_S**2).sum()) / (seeds - 1) / seeds
    rest_SP = score_SP - score_SP.mean(axis=0) - effect_S[:, None]
    rest = float((rest_SP**2).sum()) / ((seeds - 1) * (problems - 1)) / (seeds * problems)
    variance = max(0.0, total - rest)
    shrink = np.sqrt(variance / total) if total > 0 else 0.0
    return SeedEffects(shrink * effect_S, variance, total, seeds - 1)


def draw_means(
    score_ASP: Sequence[NDArray[np.float64]],
    share_ARS: Sequence[NDArray[np.float64]],
    count_RP: NDArray[np.uint8],
) -> NDArray[np.float64]:
    """Resampled means of arms over the same problems.

    Args:
        score_ASP: scores of each arm, shape (S, P); P are the problems of `count_RP`.
        share_ARS: draws of each arm's seeds, from `share_seeds`.
        count_RP: draws of the problems, or of those of a group.

    Returns:
        Shape (R, A); NaN in a resample that drew none of the problems.
    """
    mean_PA = np.stack([score_SP.mean(axis=0) for score_SP in score_ASP], axis=1)
    weight_RP = count_RP.astype(np.float64)
    drawn_R1 = weight_RP.sum(axis=1, keepdims=True)
    mean_RA = weight_RP @ mean_PA / np.where(drawn_R1 > 0, drawn_R1, np.nan)
    for arm, (score_SP, share_RS) in enumerate(zip(score_ASP, share_ARS, strict=True)):
        mean_RA[:, arm] += share_RS @ seed_effects(score_SP).effect_S
    return np.asarray(mean_RA)


def degrees_of_freedom(
    problem_variance: float, problems: int, effects: Sequence[SeedEffects]
) -> float:
    """Degrees of freedom of a variance that is a sum of parts (Satterthwaite 1946).

    Args:
        problem_variance: the part of the mean's variance that problems cause.
        problems: P.
        effects: the parts that seeds cause.

    Returns:
        (sum of v)^2 / sum of (v^2 / degrees of v), at least 1.
    """
    parts = [(problem_variance, max(problems - 1, 1))]
    parts += [(one.total, one.degrees) for one in effects if one.degrees]
    total = sum(part for part, _ in parts)
    if total == 0:
        return float(parts[0][1])
    return max(1.0, total**2 / sum(part**2 / degrees for part, degrees in parts))
