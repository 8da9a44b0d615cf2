"""How far a mean over seeds and problems may be off: a bootstrap over both.

A trial's score on a problem is taken as  mean + seed effect + problem effect + the rest.  The
problems are the same in every trial, so they are resampled once for all arms (a paired bootstrap:
Efron & Tibshirani 1993, chapter 8); seeds belong to an arm and are resampled in it. Resampling both
plainly would count the rest three times (Owen 2007), which makes differences look up to 1.7 times
as uncertain as they are. So a draw is the mean over seeds on resampled problems, plus resampled
seed effects that are shrunk to the size they have without the rest (Davison & Hinkley 1997, section
3.8). Of S seeds S - 1 are drawn, which makes the variance of their mean unbiased for any S (Rao &
Wu 1988). One seed alone tells nothing of what another would change: it is lent the variance between
seeds that other arms show, pooled, which takes seeds to matter alike in all of them.

Shape suffixes: R resamples, S seeds, P problems, A arms.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

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
        seeds: S; a single one gets a sign instead, +1 or -1, for an effect that is lent to it.
        resamples: R.
        seed: of the resampling.
        key: what the draws belong to; equal keys draw the same, so that an arm's draws do not
            depend on which other arms there are.
    """
    rng = np.random.default_rng([seed, seeds, zlib.crc32(key.encode())])
    if seeds == 1:
        return rng.choice([-1.0, 1.0], (resamples, 1))
    drawn_RS = rng.multinomial(seeds - 1, np.full(seeds, 1 / seeds), size=resamples)
    return drawn_RS / (seeds - 1)


@dataclass(frozen=True)
class SeedEffects:
    """What the seed changes in an arm's mean."""

    effect_S: NDArray[np.float64]
    """Mean of each seed less the mean of all, shrunk; of a single seed the standard deviation that
    is lent to it."""
    total: float
    """Variance of the mean over seeds that seeds show, with the rest."""
    rest: float
    """The part of it that is neither seed nor problem; it may be more than `total`."""
    degrees: int
    """Of freedom of `total`: S - 1, or those of the pool that it is lent from; 0 if unknown."""
    pool: str = ""
    """Name of the pool; empty for what the arm's own seeds show."""

    @property
    def variance(self) -> float:
        """Variance of the mean over seeds that the seeds cause by themselves, 0 or more."""
        return max(0.0, self.total - self.rest)

    def scaled(self, factor: float) -> "SeedEffects":
        """Those of the scores times a factor."""
        square = factor**2
        return replace(
            self, effect_S=factor * self.effect_S,
            total=square * self.total, rest=square * self.rest,
        )  # fmt: skip


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
    shrink = np.sqrt(max(0.0, total - rest) / total) if total > 0 else 0.0
    return SeedEffects(shrink * effect_S, total, rest, seeds - 1)


def lent_effects(shown: Sequence[SeedEffects], pool: str) -> SeedEffects:
    """What a single seed is lent: the variance between seeds of other arms.

    Variances of one seed's mean, S times those of the mean of S, are averaged by their degrees of
    freedom. The rest is taken off after that, so that arms in which it came out larger than the
    whole count as well: a mean of what is cut at 0 would be too large.

    Args:
        shown: effects of arms with two seeds and more, at least one.
        pool: its name.
    """
    degrees = sum(one.degrees for one in shown)
    weights = [len(one.effect_S) * one.degrees / degrees for one in shown]
    total = sum(weight * one.total for weight, one in zip(weights, shown, strict=True))
    rest = sum(weight * one.rest for weight, one in zip(weights, shown, strict=True))
    effect = np.sqrt(max(0.0, total - rest))
    return SeedEffects(np.array([effect]), total, rest, degrees, pool)


def draw_means(
    score_ASP: Sequence[NDArray[np.float64]],
    share_ARS: Sequence[NDArray[np.float64]],
    effects_A: Sequence[SeedEffects],
    count_RP: NDArray[np.uint8],
) -> NDArray[np.float64]:
    """Resampled means of arms over the same problems.

    Args:
        score_ASP: scores of each arm, shape (S, P); P are the problems of `count_RP`.
        share_ARS: draws of each arm's seeds, from `share_seeds`.
        effects_A: what the seeds change in each arm's mean over these problems.
        count_RP: draws of the problems, or of those of a group.

    Returns:
        Shape (R, A); NaN in a resample that drew none of the problems.
    """
    mean_PA = np.stack([score_SP.mean(axis=0) for score_SP in score_ASP], axis=1)
    weight_RP = count_RP.astype(np.float64)
    drawn_R1 = weight_RP.sum(axis=1, keepdims=True)
    mean_RA = weight_RP @ mean_PA / np.where(drawn_R1 > 0, drawn_R1, np.nan)
    for arm, (share_RS, effects) in enumerate(zip(share_ARS, effects_A, strict=True)):
        mean_RA[:, arm] += share_RS @ effects.effect_S
    return np.asarray(mean_RA)


def degrees_of_freedom(
    problem_variance: float, problems: int, effects: Sequence[SeedEffects]
) -> float:
    """Degrees of freedom of a variance that is a sum of parts (Satterthwaite 1946).

    Args:
        problem_variance: the part of the mean's variance that problems cause.
        problems: P.
        effects: the parts that seeds cause. What is lent from one pool errs alike, so it is one
            part.

    Returns:
        (sum of v)^2 / sum of (v^2 / degrees of v), at least 1.
    """
    parts: list[tuple[float, int]] = [(problem_variance, max(problems - 1, 1))]
    parts += [(one.total, one.degrees) for one in effects if one.degrees and not one.pool]
    for pool in sorted({one.pool for one in effects if one.pool}):
        lent = [one for one in effects if one.pool == pool]
        parts.append((sum(one.total for one in lent), lent[0].degrees))
    total = sum(part for part, _ in parts)
    if total == 0:
        return float(parts[0][1])
    return max(1.0, total**2 / sum(part**2 / degrees for part, degrees in parts))
