"""Methods that need no model: random draws, with and without hygiene, and by length.

They are what any method has to beat, and most published ones do not beat random at scale (Xia et
al. 2024, arXiv 2410.09335).
"""

import numpy as np
from numpy.typing import NDArray

from rbic.core.draws import Draw
from rbic.core.selection.pool import ChainFacts
from rbic.core.selection.quotas import fill_in_order, token_quotas
from rbic.core.selection.refine import refine
from rbic.core.selection.task import Task, by_key, filled, shuffled

_DECILES = 10


def at_random(task: Task) -> NDArray[np.int64]:
    """Every open row with the same odds. With hygiene it is what hygiene alone is worth."""
    return shuffled(task, Draw.RANDOM)


def random_by_domain(task: Task) -> NDArray[np.int64]:
    """Random within domains, each with a share of the budget like its share of the tokens."""
    tokens_N = task.pool.tokens_N
    mass_N = np.zeros(len(tokens_N))
    mass_N[task.open_M] = tokens_N[task.open_M]
    _, domain_N = np.unique(task.pool.domain_N, return_inverse=True)
    mass_C = np.bincount(domain_N, weights=mass_N).astype(np.float64)
    quota_C = token_quotas(mass_C, task.budget)
    return filled(task, shuffled(task, Draw.RANDOM), domain_N, quota_C)


def random_of_like_length(task: Task) -> NDArray[np.int64]:
    """Random, with as many tokens from each tenth of the lengths as `rbic` takes from it.

    The tenths are deciles of the training tokens over the open rows. It tells whether a choice is
    better than its lengths.
    """
    chosen = refine(task.pool, task.budget, task.config).row_S
    tokens_N = task.pool.tokens_N
    edges = np.quantile(tokens_N[task.open_M], np.linspace(0, 1, _DECILES + 1)[1:-1])
    decile_N = np.searchsorted(edges, tokens_N, side="left")
    spent_C = np.bincount(decile_N[chosen], weights=tokens_N[chosen], minlength=_DECILES)
    order = filled(task, shuffled(task, Draw.RANDOM), decile_N, spent_C.astype(np.float64))
    # Where hygiene leaves `rbic` less than the budget, its control spends no more.
    return fill_in_order(order, tokens_N, np.zeros_like(decile_N), spent_C.sum(keepdims=True))


def sound_first(task: Task) -> NDArray[np.int64]:
    """Random among the chains without any fault that the analysis sees; then by integrity."""
    whole_M = without_faults(task.pool.chains)[task.open_M]
    random_M = task.uniform_N(Draw.RANDOM)[task.open_M]
    rest_M = np.where(whole_M, 0.0, -task.pool.integrity_N[task.open_M])
    order_M = np.lexsort((-random_M, rest_M, ~whole_M))
    return np.asarray(task.open_M[order_M])


def without_faults(chains: ChainFacts) -> NDArray[np.bool_]:
    """Chains that repeat nothing, abandon nothing, leap nowhere, err nowhere and come to an end."""
    return np.asarray(
        (chains.repeated_N == 0)
        & (chains.failed_share_N == 0)
        & (chains.leaps_N == 0)
        & (chains.false_equations_N == 0)
        & ~chains.contradicted_N
        & ~chains.unreached_N
        & ~chains.truncated_N
        & ~chains.looping_N
    )


def longest_first(task: Task) -> NDArray[np.int64]:
    """By falling length of the reply."""
    return by_key(task, task.pool.reply_tokens_N.astype(np.float64))


def shortest_first(task: Task) -> NDArray[np.int64]:
    """By rising length of the reply."""
    return by_key(task, -task.pool.reply_tokens_N.astype(np.float64))
