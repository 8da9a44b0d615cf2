"""What a method of selection is given, and what it gives back.

A method is a function from a task to rows in order of preference, each at most once. The samples
are then taken in that order while they fit the budget (rbic.core.selection.choose): one that does
not fit is passed over. Whole samples only.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rbic.core.draws import Draw, hashed_uniform
from rbic.core.selection.pool import Pool
from rbic.core.selection.quotas import fill_quotas
from rbic.core.selection.refine import SelectConfig


@dataclass(frozen=True)
class Task:
    """What to choose from, and how much."""

    pool: Pool
    open_M: NDArray[np.int64]
    """Rows that may be chosen, ascending, one at least: each fits the budget, and ids ascend."""
    budget: int
    """Training tokens."""
    config: SelectConfig

    def uniform_N(self, draw: Draw) -> NDArray[np.float64]:
        """A random number in [0, 1) for each sample of the pool, from its id and the seed."""
        return hashed_uniform(self.pool.id_N, self.config.seed, draw)


Order = Callable[[Task], NDArray[np.int64]]
"""A method."""


def by_key(task: Task, key_N: NDArray[np.float64]) -> NDArray[np.int64]:
    """The open rows by falling key, ties by id; NaN comes last."""
    return task.open_M[np.argsort(-key_N[task.open_M], kind="stable")]


def filled(
    task: Task,
    order: NDArray[np.int64],
    cell_N: NDArray[np.int64],
    quota_C: NDArray[np.float64],
) -> NDArray[np.int64]:
    """An order in which what fills the quotas of cells comes first, and the rest thereafter.

    The rest spends what whole samples left over of the quotas.
    """
    chance_N = task.uniform_N(Draw.LAST_OF_QUOTA)
    first = fill_quotas(order, task.pool.tokens_N, cell_N, quota_C, chance_N)
    return np.concatenate([first, order[~np.isin(order, first)]])


def shuffled(task: Task, draw: Draw) -> NDArray[np.int64]:
    """The open rows in random order."""
    return by_key(task, task.uniform_N(draw))
