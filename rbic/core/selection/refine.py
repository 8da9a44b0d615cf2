"""Which samples stay: hygiene, floors, a random share, and greedy choice under a token budget.

1. Hygiene. Duplicates, broken-off and looping chains and over-long samples cannot be chosen.
2. Cells of domain and level, measured and unmeasured levels apart, get quotas of the budget in
   proportion to the tokens of their sound samples, and less of it the more of them the model
   solves.
3. Floors. Every domain and level keeps its first sample by the soft preference of 6, the smallest
   first, as far as half of the budget goes.
4. Integrity. Samples below `sound_integrity` wait, and so do those that a cell can do without:
   sound chains alone beat all that came of weighing faulty ones (benchmarks/lab). Samples below
   `min_integrity` wait until the end.
5. A share of the budget is drawn at random within the quotas from what does not wait: insurance
   against all that follows, and a control group within the shard.
6. The rest goes to the objective (rbic.core.selection.objective). A sample's value is its tokens
   times its place in the cell by ln(contribution) + Gumbel noise: a soft preference, in which the
   cell's own distribution survives; a hard ranking by complexity loses to random.

Shape suffixes: N samples, C cells.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rbic.core.draws import Draw, hashed_uniform
from rbic.core.pass_rates import LEVELS
from rbic.core.selection.basket import Basket
from rbic.core.selection.method import Method
from rbic.core.selection.objective import Objective, coverage_edges
from rbic.core.selection.pool import Pool
from rbic.core.selection.quotas import (
    fill_in_order,
    fill_quotas,
    rank_within,
    token_quotas,
)
from rbic.schema import LedgerReason


@dataclass(frozen=True)
class SelectConfig:
    """The budget, and how it is spent."""

    budget: float = 0.16
    """Share of the corpus's training tokens to keep, in (0, 1]."""
    budget_tokens: int | None = None
    """The budget in tokens; takes the place of the share."""
    method: Method = Method.RBIC
    """Who chooses. rbic is ours; rbic_literal is the published abstract word for word: in each
    domain and level the chains of highest logical complexity. The others are there for comparison
    (docs/selection-methods.md), and only `budget`, `max_sample_tokens` and `seed` concern them."""
    alpha: float = 1.0
    """Quotas of the cells go with tokens^alpha."""
    need: float = 0.9
    """Quotas of the cells go with 1 - need * (pass rate of the cell), too, where pass rates were
    measured or given: what the model always solves gets 1 - need of what it never solves gets. 0
    goes by the tokens alone; 1 leaves out what is always solved, but for the floors."""
    floor: int = 1
    """Samples that every domain and level keeps, as far as half of the budget goes."""
    random_share: float = 0.1
    """Share of the budget that is drawn at random within the quotas, of what does not wait."""
    sound_integrity: float = 0.8
    """Samples of lower integrity wait: a cell that has not enough above gives up the rest of its
    quota to others before it takes them. Of right chains, by people and by models, 89 to 98 %
    are above (docs/contribution.md)."""
    min_integrity: float = 0.6
    """Samples of lower integrity wait until nothing else is left; at most sound_integrity."""
    choice: float = 1.5
    """Of each cell the samples of highest integrity come first that have so many times the tokens
    of its quota; the others wait, ties at the limit excepted. 1 is a hard ranking by integrity, a
    large number takes whatever passes sound_integrity."""
    coverage: float = 0.5
    """Weight of covering the graph, relative to the weight of the cells."""
    coverage_neighbours: int = 16
    """Neighbours that a sample covers, of those in the graph."""
    tau: float = 1.0
    """1 spends by gain per token, 0 by plain gain, which prefers long samples."""
    max_sample_tokens: int | None = None
    """Longer samples are dropped: what the model to be trained can read at once."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 0 < self.budget <= 1:
            raise ValueError(f"select.budget must be a share in (0, 1], got {self.budget}")
        if self.budget_tokens is not None and self.budget_tokens < 1:
            raise ValueError(f"select.budget_tokens must be at least 1, got {self.budget_tokens}")
        for name in ("need", "random_share", "sound_integrity", "min_integrity", "tau"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"select.{name} must be in [0, 1], got {getattr(self, name)}")
        if self.min_integrity > self.sound_integrity:
            raise ValueError(
                f"select.min_integrity must be at most select.sound_integrity, got "
                f"{self.min_integrity} and {self.sound_integrity}"
            )
        for name in ("alpha", "coverage", "floor"):
            if getattr(self, name) < 0:
                raise ValueError(f"select.{name} must be 0 or more, got {getattr(self, name)}")
        if self.choice < 1:
            raise ValueError(f"select.choice must be at least 1, got {self.choice}")
        if self.coverage_neighbours < 1:
            raise ValueError(
                f"select.coverage_neighbours must be at least 1, got {self.coverage_neighbours}"
            )


@dataclass(frozen=True)
class Selection:
    """What was chosen, and why."""

    row_S: NDArray[np.int64]
    """Rows in order of choice."""
    reason_S: NDArray[np.object_]
    gain_S: NDArray[np.float64]
    """What each added to the objective; 0 by any other method."""
    waiting_N: NDArray[np.bool_]
    """Samples that low integrity put at the end."""
    value_ratio: float
    """Objective reached over a proven upper bound of what any choice could reach, given the floors
    and the random share; in [0, 1]. 0 by any other method."""


def refine(pool: Pool, budget: int, config: SelectConfig) -> Selection:
    """Choose samples of at most `budget` training tokens by the rule above."""
    cell_N, open_N, quota_C = _cells_and_quotas(pool, budget, config)
    waiting_N = low_integrity(pool, cell_N, open_N, quota_C, config)
    last_N = pool.integrity_N < config.min_integrity
    key_N = _soft_key(pool, config.seed) - 1e6 * waiting_N - 1e7 * last_N - 1e9 * ~open_N
    objective = _objective(pool, cell_N, open_N, key_N, quota_C, config)
    basket = Basket(objective, pool.tokens_N, budget)
    basket.add(_floors(pool, cell_N, open_N, key_N, budget, config), LedgerReason.FLOOR)
    sound_N = open_N & ~waiting_N
    drawn = _random_share(pool, cell_N, sound_N & ~basket.taken_N, quota_C, basket.left, config)
    basket.add(drawn, LedgerReason.RANDOM_SHARE)
    ratio = basket.spend([sound_N, open_N & ~last_N, open_N], config.tau)
    return Selection(
        row_S=np.concatenate(basket.rows),
        reason_S=np.array(basket.reasons, dtype=object),
        gain_S=np.concatenate(basket.gains),
        waiting_N=waiting_N,
        value_ratio=ratio,
    )


def refine_literally(pool: Pool, budget: int, config: SelectConfig) -> NDArray[np.int64]:
    """The published abstract: the most complex chains of each cell, then of all."""
    cell_N, open_N, quota_C = _cells_and_quotas(
        pool, budget, replace(config, need=0.0, sound_integrity=0.0, min_integrity=0.0)
    )
    rows = np.flatnonzero(open_N)
    rows = rows[np.lexsort((rows, -pool.complexity_N[rows]))]
    chance_N = hashed_uniform(pool.id_N, config.seed, Draw.LAST_OF_QUOTA)
    first = fill_quotas(rows, pool.tokens_N, cell_N, quota_C, chance_N)
    return np.concatenate([first, rows[~np.isin(rows, first)]])


def _cells_and_quotas(
    pool: Pool, budget: int, config: SelectConfig
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.float64]]:
    """The cell of each sample, which samples are open, and the quota of each cell."""
    cell_N = cells(pool)
    open_N = np.array([reason is None for reason in pool.barred_N], dtype=bool)
    if config.max_sample_tokens is not None:
        open_N &= pool.tokens_N <= config.max_sample_tokens
    # What cannot fit must not draw a quota to its cell.
    open_N &= pool.tokens_N <= budget
    sound_N = open_N & (pool.integrity_N >= config.sound_integrity)
    last_N = open_N & (pool.integrity_N < config.min_integrity)
    weight_C = 1 - config.need * _pass_rates(pool, cell_N, open_N, sound_N)
    weight_C = np.maximum(weight_C, 1e-9)
    # What waits draws no quota before all else has its own: nothing in its cell could fill it.
    quota_C = np.zeros(len(weight_C))
    for counted_N in (sound_N, open_N & ~sound_N & ~last_N, last_N):
        mass_C = np.bincount(cell_N, weights=pool.tokens_N * counted_N).astype(np.float64)
        left = budget - float(quota_C.sum())
        quota_C += token_quotas(mass_C, max(0.0, left), config.alpha, weight_C)
    return cell_N, open_N, quota_C


def _pass_rates(
    pool: Pool, cell_N: NDArray[np.int64], open_N: NDArray[np.bool_], sound_N: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Mean pass rate of each cell over its sound samples, or all that are open, shape (C,).

    0 where nothing in the pool was measured: what only looks hard by its text is no ground for
    giving it more.
    """
    has_sound_C = np.bincount(cell_N, weights=sound_N) > 0
    counted_N = np.where(has_sound_C[cell_N], sound_N, open_N)
    count_C = np.bincount(cell_N, weights=counted_N.astype(np.float64))
    if not pool.measured_N.any():
        return np.zeros(len(count_C))
    sum_C = np.bincount(cell_N, weights=pool.pass_rate_N * counted_N)
    return np.asarray(sum_C / np.maximum(count_C, 1))


def cells(pool: Pool) -> NDArray[np.int64]:
    """Cell of each sample: domain, level, and whether the level was measured, from 0."""
    code_N = (pool.domain_N * LEVELS + pool.level_N) * 2 + pool.measured_N
    _, cell_N = np.unique(code_N, return_inverse=True)
    return np.asarray(cell_N, np.int64)


def low_integrity(
    pool: Pool,
    cell_N: NDArray[np.int64],
    open_N: NDArray[np.bool_],
    quota_C: NDArray[np.float64],
    config: SelectConfig,
) -> NDArray[np.bool_]:
    """Open samples below sound_integrity, or below what fills `choice` quotas of their cell."""
    limit_C = np.full(len(quota_C), -np.inf)
    rows = np.flatnonzero(open_N)
    rows = rows[np.lexsort((-pool.integrity_N[rows], cell_N[rows]))]
    tokens_M = pool.tokens_N[rows].astype(np.float64)
    before_M = np.cumsum(tokens_M) - tokens_M
    before_M -= before_M[np.searchsorted(cell_N[rows], cell_N[rows], side="left")]
    first_M = before_M < config.choice * quota_C[cell_N[rows]]
    # Integrity falls along a cell, so the last of the first is the limit.
    limit_C[cell_N[rows][first_M]] = pool.integrity_N[rows][first_M]
    low_N = pool.integrity_N < np.maximum(limit_C[cell_N], config.sound_integrity)
    return np.asarray(open_N & low_N)


def _soft_key(pool: Pool, seed: int) -> NDArray[np.float64]:
    """ln(contribution) + Gumbel noise: its order is a draw with odds by contribution."""
    uniform_N = np.clip(hashed_uniform(pool.id_N, seed, Draw.PREFERENCE), 1e-12, 1 - 1e-12)
    return np.asarray(np.log(np.maximum(pool.contribution_N, 1e-6)) - np.log(-np.log(uniform_N)))


def _objective(
    pool: Pool,
    cell_N: NDArray[np.int64],
    open_N: NDArray[np.bool_],
    key_N: NDArray[np.float64],
    quota_C: NDArray[np.float64],
    config: SelectConfig,
) -> Objective:
    """Values by place in the cell, and coverage weighted so that the first steps compare."""
    rank_N, _ = rank_within(key_N, cell_N)
    # What is not open ranks behind all that is, and must not lift its value.
    size_C = np.bincount(cell_N[open_N], minlength=len(quota_C))
    value_N = np.where(open_N, pool.tokens_N * (1.0 - rank_N / np.maximum(size_C, 1)[cell_N]), 0.0)
    kept = config.coverage_neighbours
    start_N1, covered_E, similarity_E = coverage_edges(
        pool.neighbour_NK[:, :kept], pool.cosine_NK[:, :kept]
    )
    need_N = np.where(open_N, pool.tokens_N * (0.25 + 0.75 * pool.coreness_N), 0.0)
    source_E = np.repeat(np.arange(len(value_N)), np.diff(start_N1))
    # A sample covers no more of a neighbour than it has tokens itself. Else what is short would
    # cover as much as what is long for less of the budget, and be preferred for it.
    part_E = np.minimum(1.0, pool.tokens_N[source_E] / pool.tokens_N[covered_E])
    similarity_E = (similarity_E * part_E).astype(np.float32)
    first_gain = float((need_N[covered_E] * similarity_E)[open_N[source_E]].sum())
    scale = config.coverage * float(value_N[open_N].sum()) / first_gain if first_gain else 0.0
    return Objective(value_N, cell_N, quota_C, start_N1, covered_E, similarity_E, scale * need_N)


def _floors(
    pool: Pool,
    cell_N: NDArray[np.int64],
    open_N: NDArray[np.bool_],
    key_N: NDArray[np.float64],
    budget: int,
    config: SelectConfig,
) -> NDArray[np.int64]:
    """The first few of each domain and level by key, all firsts before the seconds.

    At most half of the budget goes to floors; what does not fit then is left out. The smallest come
    first: of the largest the quotas take some in any case.
    """
    stratum_N = pool.domain_N * LEVELS + pool.level_N
    rows = np.flatnonzero(open_N)
    rank_M, _ = rank_within(key_N[rows], np.unique(stratum_N[rows], return_inverse=True)[1])
    wanted = rows[rank_M < config.floor]
    mass_C = np.bincount(stratum_N[rows], pool.tokens_N[rows])
    small_first = (stratum_N[wanted], mass_C[stratum_N[wanted]], rank_M[rank_M < config.floor])
    order = wanted[np.lexsort(small_first)]
    half = np.array([budget / 2])
    return fill_in_order(order, pool.tokens_N, np.zeros_like(cell_N), half)


def _random_share(
    pool: Pool,
    cell_N: NDArray[np.int64],
    open_N: NDArray[np.bool_],
    quota_C: NDArray[np.float64],
    left: int,
    config: SelectConfig,
) -> NDArray[np.int64]:
    """Random samples of each cell for `random_share` of its quota, in expectation.

    All samples of a cell have the same odds: as many are drawn as are worth the share by the
    cell's mean length, rounded up or down by chance. Drawing until the share is spent would draw
    short samples, since most cells' shares are less than a few long ones.
    """
    rows = np.flatnonzero(open_N)
    place_N = hashed_uniform(pool.id_N, config.seed, Draw.RANDOM_SHARE)
    rows = rows[np.lexsort((place_N[rows], cell_N[rows]))]
    rank_M = np.arange(len(rows)) - np.searchsorted(cell_N[rows], cell_N[rows], side="left")
    size_C = np.bincount(cell_N[rows], minlength=len(quota_C))
    mass_C = np.bincount(cell_N[rows], weights=pool.tokens_N[rows], minlength=len(quota_C))
    wanted_C = config.random_share * quota_C * size_C / np.maximum(mass_C, 1)
    _, first_C = np.unique(cell_N, return_index=True)
    chance_C = hashed_uniform(pool.id_N[first_C], config.seed, Draw.LAST_OF_SHARE)
    drawn = rows[rank_M < np.floor(wanted_C + chance_C)[cell_N[rows]]]
    order = drawn[np.argsort(place_N[drawn], kind="stable")]
    return fill_in_order(order, pool.tokens_N, np.zeros_like(cell_N), np.array([float(left)]))
