"""The arms of a comparison by themselves: accuracy, groups, worst domain, forgetting, cost.

Shape suffixes: A arms, S seeds, P problems, R resamples, G problems of a group.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rbic.core.comparison import (
    BASE,
    DOMAIN,
    FULL,
    LEVEL,
    NO_VALUE,
    Arm,
    ComparisonRule,
    EasyProblems,
    Estimate,
    GroupAccuracy,
    Trial,
    TrialTable,
)
from rbic.core.intervals import Spread, share_interval
from rbic.core.resampling import (
    SeedEffects,
    count_problems,
    degrees_of_freedom,
    draw_means,
    lent_effects,
    seed_effects,
    share_seeds,
)
from rbic.core.trials import FULL_STOPPED

ENOUGH_SEEDS = 5
"""From here on what the seeds of an arm show is taken as it is. Fewer agree by chance so often that
of many equal arms two would be called apart far more often than they may, corrected or not."""

_NUMBERED = re.compile(r"(\D*)(\d+(?:\.\d+)?)(\D*)", re.ASCII)


@dataclass(frozen=True)
class ArmTrials:
    """The trials of an arm."""

    method: str
    budget: float
    trials: tuple[Trial, ...]
    score_SP: NDArray[np.float64]
    share_RS: NDArray[np.float64]

    @property
    def name(self) -> str:
        """Method and budget."""
        return f"{self.method} {self.budget!r}"

    @property
    def seeds(self) -> tuple[int, ...]:
        """Rising."""
        return tuple(trial.seed for trial in self.trials)


@dataclass(frozen=True)
class Study:
    """What all comparisons share."""

    rule: ComparisonRule
    arms: list[ArmTrials]
    count_RP: NDArray[np.uint8]
    effects_A: list[SeedEffects]
    """What the seeds change in the mean of every arm over all problems."""
    draw_RA: NDArray[np.float64]
    """Resampled mean of every arm over all problems."""


def make_study(table: TrialTable, rule: ComparisonRule) -> Study:
    """Gather trials into arms and resample them.

    Raises:
        ValueError: there is more than one arm of full or of base, or fewer than two problems.
    """
    problems = table.score_TP.shape[1]
    if problems < 2:
        raise ValueError(f"compare: at least 2 problems are needed, got {problems}")
    arms = _arms(table, rule)
    for method in (FULL, BASE):
        budgets = [arm.budget for arm in arms if arm.method == method]
        if len(budgets) > 1:
            raise ValueError(f"compare: {method} must have one budget, got {budgets}")
    count_RP = count_problems(problems, rule.resamples, rule.seed)
    everything = np.arange(problems)
    effects_A = _effects(arms, rule, everything)
    return Study(rule, arms, count_RP, effects_A, _draw(arms, effects_A, count_RP, everything))


def _arms(table: TrialTable, rule: ComparisonRule) -> list[ArmTrials]:
    """Trials by arm, ordered by budget and method."""
    rows: dict[tuple[float, str], list[int]] = {}
    for row, trial in enumerate(table.trials):
        rows.setdefault((trial.budget, trial.method), []).append(row)
    arms = []
    for (budget, method), found in sorted(rows.items()):
        trials = tuple(table.trials[row] for row in found)
        key = f"{method} {budget!r}"
        # What is lent to a single seed does not say how much of it a pair would share.
        if rule.seeds_pair and len(trials) > 1:
            key = " ".join(str(trial.seed) for trial in trials)
        share_RS = share_seeds(len(trials), rule.resamples, rule.seed, key)
        arms.append(ArmTrials(method, budget, trials, table.score_TP[found], share_RS))
    return arms


def _effects(
    arms: Sequence[ArmTrials], rule: ComparisonRule, problem_G: NDArray[np.int64]
) -> list[SeedEffects]:
    """What the seeds change in the mean of every arm over some of the problems.

    A single seed is lent what the arms of a budget with two and more show; base has none. Fewer
    than enough are lent it where they show less, but not full, whose seeds choose no rows, nor
    where seeds pair, for what is lent does not say how much of it a pair shares.
    """
    own_A = [seed_effects(arm.score_SP[:, problem_G], arm.name) for arm in arms]
    lenders: dict[float, list[SeedEffects]] = {}
    for arm, own in zip(arms, own_A, strict=True):
        if own.shown and lends(arm.method, len(arm.trials)):
            lenders.setdefault(arm.budget, []).append(own)
    found = []
    for arm, own in zip(arms, own_A, strict=True):
        seeds = len(arm.trials)
        few = lends(arm.method, seeds) and seeds < ENOUGH_SEEDS and not rule.seeds_pair
        known = [own] if own.shown or not lenders else []
        if lenders and (few or (seeds == 1 and arm.method != BASE)):
            budget = lending_budget(arm.budget, lenders)
            known.append(lent_effects(lenders[budget], seeds, repr(budget)))
        found.append(max(known or [own], key=lambda one: one.variance))
    return found


def lends(method: str, seeds: int) -> bool:
    """Whether an arm shows what seeds change: they choose rows, and there are two or more."""
    return seeds > 1 and method not in (FULL, FULL_STOPPED, BASE)


def lending_budget(budget: float, lending: Collection[float]) -> float:
    """Whose arms lend to a budget: its own, else the next smaller, for seeds change more there.

    Where there is none, it is the next larger, whose seeds may change too little.
    """
    return max((one for one in lending if one <= budget), default=min(lending))


def _draw(
    arms: Sequence[ArmTrials],
    effects_A: Sequence[SeedEffects],
    count_RP: NDArray[np.uint8],
    problem_G: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Resampled means of the arms over some of the problems, shape (R, A)."""
    return draw_means(
        [arm.score_SP[:, problem_G] for arm in arms],
        [arm.share_RS for arm in arms],
        effects_A,
        count_RP[:, problem_G],
    )


def easy_problems(study: Study, table: TrialTable) -> tuple[NDArray[np.int64], EasyProblems | None]:
    """The easy problems: what base solves, or where those are too few, the lowest level."""
    found = []
    for arm in study.arms:
        if arm.method == BASE:
            found.append(("base", np.flatnonzero(arm.score_SP.mean(axis=0) > 0.5)))
    if LEVEL in table.groups:
        level_P = table.groups[LEVEL]
        names = [name for name in group_names(level_P) if name != NO_VALUE]
        # Which of `easy` and `hard` is lower is not in their letters.
        if names and _numbers(names) is not None:
            found.append(("level", np.flatnonzero(level_P == names[0])))
    for basis, problem_G in found:
        if len(problem_G) >= study.rule.min_problems:
            return problem_G, EasyProblems(len(problem_G), basis)
    return np.empty(0, np.int64), None


def group_names(label_P: NDArray[np.str_]) -> list[str]:
    """The groups in order: by number where all have one, else by letters; that of none last."""
    every = [str(name) for name in np.unique(label_P)]
    names = [name for name in every if name != NO_VALUE]
    number = _numbers(names)
    names.sort(key=lambda name: (number[name] if number else 0.0, name))
    return names + [NO_VALUE] * (len(names) < len(every))


def _numbers(names: Sequence[str]) -> dict[str, float] | None:
    """The number that each name is, or has among the same words as the others (`Level 3`)."""
    try:
        return {name: float(name) for name in names}
    except ValueError:
        pass
    parts = [_NUMBERED.fullmatch(name) for name in names]
    found = {part[0]: part for part in parts if part is not None}
    if len(found) < len(names) or len({(part[1], part[3]) for part in found.values()}) > 1:
        return None
    return {name: float(part[2]) for name, part in found.items()}


def summaries(
    study: Study, table: TrialTable, easy_P: NDArray[np.int64], easy: EasyProblems | None
) -> tuple[Arm, ...]:
    """Every arm by itself."""
    everything = np.arange(study.count_RP.shape[1])
    accuracies = _accuracies(study, everything)
    forgetting: Sequence[Estimate | None] = [None] * len(study.arms)
    if len(easy_P):
        forgetting = [_complement(solved) for solved in _accuracies(study, easy_P)]
    # What base solves it has not forgotten, by definition.
    by_base = easy is not None and easy.basis == "base"
    by_group = {name: _by_group(study, label_P) for name, label_P in sorted(table.groups.items())}
    full = next((arm for arm in study.arms if arm.method == FULL), None)
    full_seconds = 0.0 if full is None else _mean(full, lambda trial: trial.train_seconds)
    summaries = []
    for number, arm in enumerate(study.arms):
        groups = {name: found[number] for name, found in by_group.items()}
        train = _mean(arm, lambda trial: trial.train_seconds)
        selection = _mean(arm, lambda trial: trial.selection_seconds)
        summaries.append(
            Arm(
                method=arm.method,
                budget=arm.budget,
                seeds=arm.seeds,
                accuracy=accuracies[number],
                seed_accuracy=tuple(arm.score_SP.mean(axis=1).tolist()),
                by_group=groups,
                worst_domain=_worst(groups.get(DOMAIN, ()), study.rule.min_problems),
                forgetting=None if arm.method == BASE and by_base else forgetting[number],
                train_tokens=_mean(arm, lambda trial: trial.train_tokens),
                train_seconds=train,
                selection_seconds=selection,
                steps=_mean(arm, lambda trial: trial.steps),
                time_share=train / full_seconds if full_seconds else None,
                time_share_with_selection=(
                    (selection + train) / full_seconds if full_seconds else None
                ),
            )
        )
    return tuple(summaries)


def _mean(arm: ArmTrials, cost: Callable[[Trial], float]) -> float:
    return sum(cost(trial) for trial in arm.trials) / len(arm.trials)


def _complement(share: Estimate) -> Estimate:
    return Estimate(1 - share.value, 1 - share.high, 1 - share.low, share.standard_error)


def _accuracies(study: Study, problem_G: NDArray[np.int64]) -> list[Estimate]:
    """Accuracy of every arm on some of the problems."""
    effects_A = _effects(study.arms, study.rule, problem_G)
    draw_RA = _draw(study.arms, effects_A, study.count_RP, problem_G)
    error_A = np.nanstd(draw_RA, axis=0, ddof=1).tolist()
    found = []
    for arm, effects, error in zip(study.arms, effects_A, error_A, strict=True):
        score_SG = arm.score_SP[:, problem_G]
        spread = Spread(error, degrees(score_SG.mean(axis=0), [effects]))
        value = float(score_SG.mean())
        found.append(share_interval(value, spread, study.rule.confidence, len(problem_G)))
    return found


def degrees(mean_G: NDArray[np.float64], effects: Sequence[SeedEffects]) -> float:
    """Degrees of freedom of the mean over problems `mean_G`, each a mean over seeds."""
    variance = float(mean_G.var(ddof=1)) / len(mean_G) if len(mean_G) > 1 else 0.0
    return degrees_of_freedom(variance, len(mean_G), effects)


def _by_group(study: Study, label_P: NDArray[np.str_]) -> list[tuple[GroupAccuracy, ...]]:
    """Accuracy in each group, for every arm."""
    columns = []
    for name in group_names(label_P):
        problem_G = np.flatnonzero(label_P == name)
        columns.append(
            [GroupAccuracy(name, len(problem_G), one) for one in _accuracies(study, problem_G)]
        )
    return list(zip(*columns, strict=True))


def _worst(domains: Sequence[GroupAccuracy], min_problems: int) -> GroupAccuracy | None:
    large = [one for one in domains if one.problems >= min_problems and one.group != NO_VALUE]
    return min(large, key=lambda domain: domain.accuracy.value, default=None)
