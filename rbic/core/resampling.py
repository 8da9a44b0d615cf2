"""How far a mean over seeds and problems may be off: a bootstrap over both.

A trial's score on a problem is taken as  mean + seed effect + problem effect + the rest.  The
problems are the same in every trial, so they are resampled once for all arms (a paired bootstrap:
Efron & Tibshirani 1993, chapter 8); seeds belong to an arm and are resampled in it. Resampling both
plainly would count the rest three times (Owen 2007), which makes differences look up to 1.7 times
as uncertain as they are. So a draw is the mean over seeds on resampled problems, plus resampled
seed effects that are shrunk to the size they have without the rest (Davison & Hinkley 1997, section
3.8). Of S seeds S - 1 are drawn, which makes the variance of their mean unbiased for any S (Rao &
Wu 1988). One seed alone tells nothing of what another would change, and few of them agree by chance
too often: they are lent the variance between seeds that other arms show, which takes seeds to
matter alike in all of them.

Shape suffixes: R resamples, S seeds, P problems, A arms.
"""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

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


class Shown(NamedTuple):
    """A variance that seeds show."""

    arm: str
    """Whose they are; the name of a pool where arms share what they show."""
    variance: float
    degrees: float
    """Of freedom."""


@dataclass(frozen=True)
class SeedEffects:
    """What the seed changes in an arm's mean."""

    effect_S: NDArray[np.float64]
    """Mean of each seed less the mean of all, shrunk; where the variance is lent, any effects that
    have it."""
    shown: tuple[Shown, ...]
    """Variance of the mean over seeds that seeds show, with the rest: the arm's own or what it is
    lent; empty if unknown."""
    rest: float
    """The part of it that is neither seed nor problem; it may be more than the whole."""

    @property
    def total(self) -> float:
        """All that seeds show, with the rest."""
        return sum(one.variance for one in self.shown)

    @property
    def variance(self) -> float:
        """Variance of the mean over seeds that the seeds cause by themselves, 0 or more."""
        return max(0.0, self.total - self.rest)

    def scaled(self, factor: float) -> "SeedEffects":
        """Those of the scores times a factor."""
        square = factor**2
        return replace(
            self, effect_S=factor * self.effect_S, rest=square * self.rest,
            shown=tuple(one._replace(variance=square * one.variance) for one in self.shown),
        )  # fmt: skip


def seed_effects(score_SP: NDArray[np.float64], arm: str = "") -> SeedEffects:
    """Seed effects of an arm by the analysis of variance of two crossed factors.

    The variance of the mean that seeds show is  s^2(seed means) / S  and holds the rest,
    sum of squares / ((S - 1) (P - 1) S P), which is taken off; effects shrink by the square root of
    what remains.
    """
    seeds, problems = score_SP.shape
    effect_S = score_SP.mean(axis=1) - score_SP.mean()
    if seeds == 1 or problems == 1:
        return SeedEffects(np.zeros(seeds), (), 0.0)
    total = float((effect_S**2).sum()) / (seeds - 1) / seeds
    rest_SP = score_SP - score_SP.mean(axis=0) - effect_S[:, None]
    rest = float((rest_SP**2).sum()) / ((seeds - 1) * (problems - 1)) / (seeds * problems)
    shrink = np.sqrt(max(0.0, total - rest) / total) if total > 0 else 0.0
    return SeedEffects(shrink * effect_S, (Shown(arm, total, seeds - 1),), rest)


def lent_effects(lenders: Sequence[SeedEffects], seeds: int, pool: str) -> SeedEffects:
    """What one seed or a few are lent: the variance between seeds of arms with two and more.

    It is the upper quartile of theirs, each counted by its degrees of freedom: a few arms in which
    seeds change very much more than in the rest do not decide it, nor do those in which they agree.

    Args:
        lenders: effects of such arms, at least one.
        seeds: S of the arm that it is lent to.
        pool: a name for the arms.
    """
    own_L = [effects.shown[0] for effects in lenders]
    degree_L = np.array([len(effects.effect_S) - 1 for effects in lenders])
    # Of a single seed: S times those of the mean of S.
    variance_L = np.array([len(effects.effect_S) * effects.variance for effects in lenders])
    rest_L = np.array([len(effects.effect_S) * effects.rest for effects in lenders])
    lent = float(np.quantile(np.repeat(variance_L, degree_L), 0.75)) / seeds
    rest = float(np.average(rest_L, weights=degree_L)) / seeds
    # A quantile knows about as much as a mean of 2 / pi as many.
    degrees = max(float(degree_L.max()), float(degree_L.sum()) * 2 / math.pi)
    shown = Shown(own_L[0].arm if len(own_L) == 1 else pool, lent + rest, degrees)
    return SeedEffects(math.sqrt(lent) * _contrast(seeds), (shown,), rest)


def _contrast(seeds: int) -> NDArray[np.float64]:
    """Effects that sum to 0 and give the mean of S seeds a variance of 1, as they are drawn."""
    if seeds == 1:
        return np.ones(1)
    effect_S = np.linspace(-1.0, 1.0, seeds)
    return np.asarray(effect_S * np.sqrt(seeds * (seeds - 1) / (effect_S**2).sum()))


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
        effects: the parts that seeds cause. What one arm or pool shows errs alike wherever it is
            used, so it is one part.

    Returns:
        V^2 / sum of (v^2 / degrees of v), at least 1. V is the variance as it is used, without the
        rest that the v of seeds hold.
    """
    parts = {"problems": Shown("", problem_variance, max(problems - 1, 1))}
    for one in (one for each in effects for one in each.shown):
        variance = parts[one.arm].variance if one.arm in parts else 0.0
        parts[one.arm] = one._replace(variance=variance + one.variance)
    used = problem_variance + sum(one.variance for one in effects)
    error = sum(one.variance**2 / one.degrees for one in parts.values())
    return max(1.0, used**2 / error) if error > 0 else float(parts["problems"].degrees)
