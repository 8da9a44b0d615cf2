"""Choosing by any method: a pure function of a pool, a budget and a configuration."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from rbic.core.selection.method import Method, Need, needs, respects_hygiene
from rbic.core.selection.methods import difficulty, graph, likelihood, plain, vectors
from rbic.core.selection.pool import Pool, take_rows
from rbic.core.selection.quotas import fill_in_order
from rbic.core.selection.refine import SelectConfig, Selection, refine, refine_literally
from rbic.core.selection.task import Order, Task
from rbic.schema import LedgerReason

_ORDERS: Mapping[Method, Order] = {
    Method.RBIC_LITERAL: lambda task: refine_literally(task.pool, task.budget, task.config),
    Method.RANDOM: plain.at_random,
    Method.STRATIFIED_RANDOM: plain.random_by_domain,
    Method.LENGTH_MATCHED_RANDOM: plain.random_of_like_length,
    Method.HYGIENE_RANDOM: plain.at_random,
    Method.WHOLE_RANDOM: plain.sound_first,
    Method.LONGEST: plain.longest_first,
    Method.SHORTEST: plain.shortest_first,
    Method.IFD: likelihood.instruction_following,
    Method.PERPLEXITY: likelihood.middle_perplexity,
    Method.RSR: likelihood.rank_surprisal,
    Method.DEITA: vectors.good_and_different,
    Method.SEMDEDUP: vectors.least_redundant,
    Method.K_CENTER: vectors.farthest_first,
    Method.FACILITY_LOCATION: graph.covering,
    Method.D2: graph.message_passing,
    Method.S1: difficulty.hard_long_diverse,
    Method.LIMO: difficulty.hard_but_solvable,
    Method.CCS: difficulty.coverage_of_difficulty,
    Method.SELECT2REASON: difficulty.hard_and_long,
}

_SOURCES: Mapping[Need, str] = {
    Need.VECTORS: "the vectors of the step embed",
    Need.LIKELIHOODS: "the step likelihood: set likelihood.model, or a generator.model that no "
    "server has",
    Need.PASS_RATES: "measured pass rates: set generator.model, or name the field that brings them "
    "by ingest.fields",
}


def choose(pool: Pool, budget: int, config: SelectConfig) -> Selection:
    """Choose samples of at most `budget` training tokens by the method of the configuration.

    The choice depends on what the samples are, and not on the order of the pool's rows.

    Args:
        pool: what to choose from.
        budget: training tokens.
        config: method, seed, longest sample, and what concerns `rbic` alone.

    Raises:
        ValueError: the method needs what the pool does not have; the message names both.
    """
    missing = missing_needs(pool, config.method)
    if missing:
        raise ValueError(lacking(config.method, missing))
    order_N = np.argsort(pool.id_N, kind="stable")
    if np.array_equal(order_N, np.arange(len(order_N))):
        return _choose(pool, budget, config)
    made = _choose(take_rows(pool, order_N), budget, config)
    waiting_N = np.zeros(len(order_N), dtype=bool)
    waiting_N[order_N] = made.waiting_N
    return Selection(order_N[made.row_S], made.reason_S, made.gain_S, waiting_N, made.value_ratio)


def missing_needs(pool: Pool, method: Method) -> frozenset[Need]:
    """What a method needs and the pool does not have."""
    there = {
        Need.VECTORS: pool.vector_ND is not None,
        Need.LIKELIHOODS: pool.likelihoods is not None,
        Need.PASS_RATES: bool(pool.measured_N.any()) or not len(pool.measured_N),
    }
    return frozenset(need for need in needs(method) if not there[need])


def lacking(method: Method, missing: frozenset[Need]) -> str:
    """What a method lacks and where it would come from, in words."""
    wanted = " and ".join(_SOURCES[need] for need in sorted(missing))
    return f"select.method={method} needs {wanted}"


def _choose(pool: Pool, budget: int, config: SelectConfig) -> Selection:
    """Choose from a pool in order of id."""
    if config.method is Method.RBIC:
        return refine(pool, budget, config)
    task = Task(pool, _open_rows(pool, budget, config), budget, config)
    order = _ORDERS[config.method](task) if len(task.open_M) else task.open_M
    rows = fill_in_order(
        order, pool.tokens_N, np.zeros(len(pool.id_N), np.int64), np.array([float(budget)])
    )
    return Selection(
        row_S=rows,
        reason_S=np.full(len(rows), LedgerReason.SELECTED, dtype=object),
        gain_S=np.zeros(len(rows)),
        waiting_N=np.zeros(len(pool.id_N), dtype=bool),
        value_ratio=0.0,
    )


def _open_rows(pool: Pool, budget: int, config: SelectConfig) -> NDArray[np.int64]:
    """The rows that fit, and that hygiene lets pass where the method has any."""
    limit = budget if config.max_sample_tokens is None else min(budget, config.max_sample_tokens)
    open_N = pool.tokens_N <= limit
    if respects_hygiene(config.method):
        open_N &= np.array([reason is None for reason in pool.barred_N], dtype=bool)
    return np.flatnonzero(open_N)
