"""What is compared, and what comes of it: trials of fine-tuning, their scores, the findings.

A trial is one fine-tuning: a method chose a share of the pool's tokens, a seed fixed what chance
decides, and the tuned model answered every held-out problem. An arm is a method at a budget; its
trials differ by seed alone. `rbic.core.comparing.compare` turns a TrialTable into a Comparison.

Shape suffixes: T trials, P held-out problems, L logged losses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FULL = "full"
"""The method that trains on the whole pool."""

BASE = "base"
"""The model before any fine-tuning."""

RANDOM = "random"
"""The method that every other one has to beat."""

OURS = "rbic"
"""The method whose smaller budgets are set against the larger ones of the others."""

DOMAIN = "domain"
"""The group that the worst domain is looked for in."""

LEVEL = "level"
"""The group whose lowest value holds the easiest problems."""

NO_VALUE = "(none)"
"""The group of problems that lack the field; neither a domain nor a level."""


def _no_losses() -> NDArray[np.float64]:
    return np.empty(0)


@dataclass(frozen=True)
class Trial:
    """One fine-tuning and what it cost. Its scores stand in the row of the same number."""

    method: str
    budget: float
    """Share of the pool's training tokens that the arm is compared at, in [0, 1]: 1 for `full`, 0
    for `base`. A control that trains longer or shorter keeps the budget of what it stands against;
    `train_tokens` says what it trained on."""
    seed: int
    train_tokens: int = 0
    """Tokens that passed through training, repeats counted."""
    train_seconds: float = 0.0
    """Wall clock, with loading and packing."""
    selection_seconds: float = 0.0
    """Wall clock of choosing the rows; 0 where nothing was chosen."""
    steps: int = 0
    """Optimiser steps."""
    loss_step_L: NDArray[np.float64] = field(default_factory=_no_losses)
    """Steps at which the training loss was logged, rising."""
    loss_L: NDArray[np.float64] = field(default_factory=_no_losses)
    """Training loss at those steps, in nats a token."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 0 <= self.budget <= 1:
            raise ValueError(f"trial {self.name}: budget must be in [0, 1], got {self.budget}")
        if len(self.loss_step_L) != len(self.loss_L):
            raise ValueError(
                f"trial {self.name}: {len(self.loss_L)} losses at {len(self.loss_step_L)} steps"
            )

    @property
    def name(self) -> str:
        """Method, budget and seed, as messages name the trial."""
        return f"{self.method} at {self.budget:g}, seed {self.seed}"


@dataclass(frozen=True)
class TrialTable:
    """All trials of a comparison. Make it by `trial_table`, which checks and orders."""

    trials: tuple[Trial, ...]
    """Ordered by method, budget, seed."""
    score_TP: NDArray[np.float64]
    """Share of replies to a problem that were right, in [0, 1]."""
    problem_id_P: NDArray[np.str_]
    """Rising."""
    groups: Mapping[str, NDArray[np.str_]]
    """What problems are grouped by: for each name the group of every problem, shape (P,). `domain`
    and `level` are known by name; groups that read as numbers are ordered as numbers."""


@dataclass(frozen=True)
class ComparisonRule:
    """How trials are compared."""

    resamples: int = 2000
    """Bootstrap resamples."""
    seed: int = 0
    """Of the resampling."""
    confidence: float = 0.95
    """Of every interval, two-sided, in (0, 1)."""
    margin: float = 0.0113
    """How much less than full still counts as equal, as a share of full's accuracy, in (0, 1)."""
    power: float = 0.8
    """Of the smallest difference that would be found, in (0, 1)."""
    seeds_pair: bool = False
    """Whether equal seeds of two arms share their chance. True resamples the seeds of arms that
    have the same two or more jointly; False resamples those of each arm on their own."""
    min_problems: int = 20
    """Groups of fewer problems are not named the worst domain, nor taken as the easy problems."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name in ("confidence", "margin", "power"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"compare.{name} must be in (0, 1), got {getattr(self, name)}")
        for name, least in (("resamples", 100), ("min_problems", 1)):
            if getattr(self, name) < least:
                raise ValueError(
                    f"compare.{name} must be {least} or more, got {getattr(self, name)}"
                )


@dataclass(frozen=True)
class Estimate:
    """A quantity and how well it is known."""

    value: float
    low: float
    high: float
    """Ends of the interval."""
    standard_error: float


@dataclass(frozen=True)
class GroupAccuracy:
    """Accuracy on the problems of one group."""

    group: str
    problems: int
    accuracy: Estimate


@dataclass(frozen=True)
class Arm:
    """A method at a budget: the mean over its seeds."""

    method: str
    budget: float
    seeds: tuple[int, ...]
    accuracy: Estimate
    """Mean share of right replies over seeds and problems."""
    seed_accuracy: tuple[float, ...]
    """Of each seed, over problems."""
    by_group: Mapping[str, tuple[GroupAccuracy, ...]]
    worst_domain: GroupAccuracy | None
    """None where no domain has enough problems."""
    forgetting: Estimate | None
    """Share of replies to easy problems that are wrong; None where no problem is known as easy, and
    of base where the easy ones are those it solves."""
    train_tokens: float
    train_seconds: float
    selection_seconds: float
    steps: float
    """Means over seeds."""
    time_share: float | None
    """Training seconds over those of full; None without full."""
    time_share_with_selection: float | None
    """Selection and training seconds over those of full."""


@dataclass(frozen=True)
class Difference:
    """Accuracy of one arm less that of another, on the same problems."""

    method: str
    budget: float
    other: str
    other_budget: float
    points: Estimate
    """The difference, as a share: 0.01 is one percentage point."""
    p: float
    """Two-sided, of no difference."""
    p_holm: float
    """The same, corrected for the number of comparisons in its family (Holm 1979)."""
    detectable: float
    """The smallest true difference that would be found with the power of the rule, corrected for
    its family as Holm's first step does."""


@dataclass(frozen=True)
class AgainstFull:
    """An arm against full: the difference, the loss relative to full, and equivalence."""

    difference: Difference
    relative_loss: Estimate | None
    """(full - arm) / full, negative where the arm is better; None where full is not clearly above
    0."""
    equivalence_p: float
    """Of the two one-sided tests (Schuirmann 1987): small where the arm lies within the margin."""
    equivalence_p_holm: float
    not_worse_p: float
    """Of the lower of the two tests: small where the arm loses less than the margin."""
    not_worse_p_holm: float


@dataclass(frozen=True)
class EasyProblems:
    """Which problems the untuned model, or their level, marks as easy."""

    problems: int
    basis: str
    """`base`: solved by the untuned model in more than half of the replies; `level`: of the lowest
    level."""


@dataclass(frozen=True)
class Comparison:
    """What came of a comparison."""

    rule: ComparisonRule
    problems: int
    arms: tuple[Arm, ...]
    """Ordered by budget and method."""
    against_full: tuple[AgainstFull, ...]
    """Every arm but full and base; the Holm family is all methods of a budget."""
    against_random: tuple[Difference, ...]
    """Every arm at a budget where random was tried too; the same family."""
    pairs: tuple[Difference, ...]
    """All pairs of methods of one budget; the family is all pairs of that budget."""
    with_less: tuple[Difference, ...]
    """rbic at a smaller budget less every other method at a larger one; the family is all methods
    of the larger budget."""
    against_stratified: tuple[Difference, ...]
    """Every arm at a budget where stratified random was tried too, less stratified random. Nothing
    is corrected for here: the guard takes some of them and corrects for those."""
    easy: EasyProblems | None
    aside: tuple[str, ...] = ()
    """Arms that are no methods of their own: variants of ours, and long controls. They are
    corrected for in families of their own, and paired with ours alone."""

    def less_stratified(self, method: str, budget: float) -> Difference | None:
        """The arm less stratified random, or None where one of them was not tried."""
        return next(
            (
                one
                for one in self.against_stratified
                if (one.method, one.budget) == (method, budget)
            ),
            None,
        )

    def arm(self, method: str, budget: float) -> Arm | None:
        """The arm, or None where it was not tried."""
        return next(
            (one for one in self.arms if (one.method, one.budget) == (method, budget)), None
        )
