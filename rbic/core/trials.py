"""Which trials a comparison is made of: every method at every budget, several times."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rbic.core.comparison import BASE, FULL
from rbic.core.contribution import ContributionRule
from rbic.core.integrity import ChainRule
from rbic.core.selection.method import Method, Need, needs
from rbic.core.selection.refine import SelectConfig
from rbic.core.variants import Rules, varied

FULL_STOPPED = "full_stopped"
"""All of the pool, stopped at the budget's share of the steps, with a schedule of its own."""

REPEATED = "repeated"
"""A random sample of the budget, repeated for as many tokens as full."""

_CONTROLS = (
    Method.RANDOM, Method.STRATIFIED_RANDOM, Method.LONGEST, Method.LENGTH_MATCHED_RANDOM,
)  # fmt: skip

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class CompareConfig:
    """Which methods are compared, at which budgets, how often, and on what."""

    held_out: list[str] = field(default_factory=list)
    """Files, folders, URIs or hub data sets of problems that no trial is trained on."""
    allow_overlap: bool = False
    """Whether problems are asked whose question the pool has too; their share is then told."""
    methods: list[str] = field(default_factory=lambda: [str(method) for method in Method])
    """Methods of selection. base always runs, and full unless full_seeds is 0."""
    controls: list[str] = field(default_factory=lambda: [str(method) for method in _CONTROLS])
    """Plain methods that are tried as well, where `methods` does not name them: without them no
    difference says whether choosing pays. [] adds none."""
    variants: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    """Variants of rbic that are tried beside the methods, by name: what each changes in `select`,
    `chains` and `contribution`, such as {no_need: {select: {need: 0}}}."""
    budgets: list[float] = field(default_factory=lambda: [0.05, 0.1, 0.16, 0.3])
    """Shares of the pool's training tokens."""
    seeds: list[int] = field(default_factory=lambda: [5])
    """Trials of each method: one number for all budgets, or one for each of them."""
    method_seeds: dict[str, list[int]] = field(default_factory=dict)
    """Trials of single methods and variants where they are other than `seeds`, in the same form; 0
    leaves a budget out, such as {ifd: [0, 0, 1, 0]}."""
    first_seed: int = 0
    """The first trial's seed; each further trial's is one more. finetune.seed and select.seed do
    not count in a comparison."""
    full_seeds: int = 3
    """Trials of full; 0 leaves out full, the long controls, and what is said of a loss to full."""
    long_controls: list[float] = field(default_factory=lambda: [0.16])
    """Budgets at which full is also stopped at that share of its steps, with a schedule of its own,
    and a random sample of that share repeated for as many tokens as full; the latter costs as much
    as full."""
    by: list[str] | None = None
    """Fields of the held-out rows that accuracy is divided by; null takes domain and level, where
    rows have them."""
    attempts: int = 1
    """Replies to each held-out problem."""
    temperature: float = 0.0
    """0 takes the likeliest token each time."""
    max_tokens: int | None = None
    """Longest reply; null takes generator.max_tokens."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name in ("methods", "controls"):
            self._check_methods(name)
        self._check_variants()
        for name in ("methods", "budgets"):
            if not getattr(self, name):
                raise ValueError(f"compare.{name} must name at least one")
        for name in ("budgets", "long_controls"):
            self._check_shares(name)
        _refuse_twice("by", self.by or [])
        self._check_all_seeds()
        for name, least in (("full_seeds", 0), ("attempts", 1)):
            if getattr(self, name) < least:
                raise ValueError(
                    f"compare.{name} must be at least {least}, got {getattr(self, name)}"
                )

    def _check_methods(self, name: str) -> None:
        given, known = getattr(self, name), {str(method) for method in Method}
        if unknown := [method for method in given if method not in known]:
            raise ValueError(
                f"compare.{name}: {', '.join(unknown)} is no method; there are "
                f"{', '.join(sorted(known))}"
            )
        _refuse_twice(name, given)

    def _check_shares(self, name: str) -> None:
        given = getattr(self, name)
        if bad := [share for share in given if not 0 < share < 1]:
            raise ValueError(f"compare.{name} must be shares in (0, 1), got {bad[0]}")
        # A trial is known by its budget to six digits.
        _refuse_twice(name, [f"{share:g}" for share in given])

    def _check_all_seeds(self) -> None:
        # The numbers of a sample take seeds of 32 bits, the last one's too.
        if not 0 <= self.first_seed < 2**31:
            raise ValueError(f"compare.first_seed must be in [0, 2^31), got {self.first_seed}")
        self._check_seeds("seeds", self.seeds, 1)
        tried = [*self.tried_methods(), *self.variants]
        for name, seeds in self.method_seeds.items():
            if name not in tried:
                raise ValueError(
                    f"compare.method_seeds: {name} is none of the methods and variants that are "
                    f"compared: {', '.join(tried)}"
                )
            self._check_seeds(f"method_seeds.{name}", seeds, 0)
        if not any(sum(self.seeds_of(name)) for name in tried):
            raise ValueError("compare.method_seeds leaves no method to try at any budget")

    def _check_seeds(self, name: str, seeds: list[int], least: int) -> None:
        if len(seeds) not in (1, len(self.budgets)) or min(seeds, default=-1) < least:
            raise ValueError(
                f"compare.{name} must be one number of at least {least}, or one for each of the "
                f"{len(self.budgets)} budgets; got {seeds}"
            )

    def _check_variants(self) -> None:
        taken = {BASE, FULL, FULL_STOPPED, REPEATED, *map(str, Method)}
        for name, changes in self.variants.items():
            if not _NAME.fullmatch(name) or name in taken:
                raise ValueError(
                    f"compare.variants: {name!r} is no name for a variant; it takes small letters, "
                    "digits and underscores, and may not be a method's"
                )
            try:
                varied(Rules(SelectConfig(), ChainRule(), ContributionRule()), changes)
            except ValueError as error:
                raise ValueError(f"compare.variants.{name}: {error}") from error

    def tried_methods(self) -> list[str]:
        """The methods in their order, then the controls that are not among them."""
        return list(dict.fromkeys([*self.methods, *self.controls]))

    def seeds_of(self, method: str) -> list[int]:
        """How often a method or variant is tried, budget by budget."""
        seeds = self.method_seeds.get(method, self.seeds)
        return seeds * len(self.budgets) if len(seeds) == 1 else seeds

    def all_needs(self) -> frozenset[Need]:
        """What the methods need beyond what every run finds out."""
        return frozenset(need for name in self.tried_methods() for need in needs(Method(name)))


def _refuse_twice(name: str, given: Sequence[str]) -> None:
    """Refuse a list of settings that holds something twice: its trials would be the same ones."""
    if twice := [one for one, count in Counter(given).items() if count > 1]:
        raise ValueError(f"compare.{name} must name each once, got {twice[0]} twice")


class PlannedTrial(NamedTuple):
    """A trial that is to be run."""

    method: str
    budget: float
    seed: int


def plan_trials(config: CompareConfig) -> list[PlannedTrial]:
    """All trials, seed by seed, so that what is done at any time is a comparison of fewer seeds."""

    def seeds(count: int) -> range:
        return range(config.first_seed, config.first_seed + count)

    trials = [(0, BASE, 0.0)]
    trials += [(seed, FULL, 1.0) for seed in seeds(config.full_seeds)]
    for name in (*config.tried_methods(), *config.variants):
        for budget, count in zip(config.budgets, config.seeds_of(name), strict=True):
            trials += [(seed, name, budget) for seed in seeds(count)]
    for budget in config.long_controls:
        for name in (FULL_STOPPED, REPEATED):
            trials += [(seed, name, budget) for seed in seeds(config.full_seeds)]
    # Of one seed the longest first, so that workers end at about the same time. What the untuned
    # model solves is soon known, and all that is looked at before the end is measured by it.
    trials.sort(key=lambda one: (one[0], one[1] != BASE, one[1] != REPEATED, -one[2]))
    return [PlannedTrial(method, budget, seed) for seed, method, budget in trials]


TUNED = frozenset({Method.RBIC, Method.RBIC_LITERAL, Method.LENGTH_MATCHED_RANDOM})
"""Methods whose choice depends on the settings of `select` beyond budget and seed."""


def training_length(
    method: str, budget: float, pool_tokens: int, epochs: float
) -> tuple[float, int | None]:
    """How long a trial is trained.

    Args:
        method: of a trial.
        budget: its share of the pool's tokens, in (0, 1].
        pool_tokens: training tokens of the whole pool.
        epochs: passes over what a method chose.

    Returns:
        Passes over what the trial is trained on, and tokens at which it ends even so; None where it
        does not.
    """
    if method == FULL_STOPPED:
        return epochs, max(1, int(budget * epochs * pool_tokens))
    if method == REPEATED:
        return epochs / budget, max(1, int(epochs * pool_tokens))
    return epochs, None
