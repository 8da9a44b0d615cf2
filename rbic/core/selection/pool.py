"""The samples that a method chooses from, and what is known of them.

Shape suffixes: N samples, K neighbours, D dimensions.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ChainFacts:
    """What the analysis saw in the chains; the columns of the table `chains` of these names."""

    steps_N: NDArray[np.int64]
    verifications_N: NDArray[np.int64]
    corrections_N: NDArray[np.int64]
    inferences_N: NDArray[np.int64]
    repeated_N: NDArray[np.float64]
    failed_share_N: NDArray[np.float64]
    leaps_N: NDArray[np.float64]
    false_equations_N: NDArray[np.int64]
    contradicted_N: NDArray[np.bool_]
    unreached_N: NDArray[np.bool_]
    truncated_N: NDArray[np.bool_]
    looping_N: NDArray[np.bool_]


@dataclass(frozen=True)
class Likelihoods:
    """What a language model makes of the replies: the columns of the table `likelihoods`.

    Samples that are too long for the model have NaN, and 0 tokens.
    """

    reply_tokens_N: NDArray[np.int64]
    conditional_loss_N: NDArray[np.float64]
    """Mean loss of the reply's tokens after the question, in nats, from 0."""
    unconditional_loss_N: NDArray[np.float64]
    """Mean loss of the reply's tokens alone, in nats, from 0."""
    surprisal_sum_N: NDArray[np.float64]
    """Sum of the losses after the question, in nats."""
    rank_sum_N: NDArray[np.float64]
    """Sum of min(rank, 100) of the reply's tokens after the question; a rank is at least 1."""


@dataclass(frozen=True)
class Pool:
    """The distinct samples in order of id, and what is known of them."""

    id_N: NDArray[np.int64]
    tokens_N: NDArray[np.int64]
    """What a sample costs: its training tokens, at least 1."""
    reply_tokens_N: NDArray[np.int64]
    """Tokens of chain and answer, from 1: what the peers call a sample's length."""
    domain_N: NDArray[np.int64]
    level_N: NDArray[np.int64]
    measured_N: NDArray[np.bool_]
    """Whether the level rests on attempts or a given rate."""
    attempts_N: NDArray[np.int64]
    """Attempts with a verdict; 0 where a given rate or nothing stands behind the level."""
    right_N: NDArray[np.int64]
    """Of these, right."""
    pass_rate_N: NDArray[np.float64]
    """Posterior mean; where a given rate is all there is, that one; in [0, 1]."""
    coreness_N: NDArray[np.float64]
    integrity_N: NDArray[np.float64]
    complexity_N: NDArray[np.float64]
    contribution_N: NDArray[np.float64]
    neighbour_NK: NDArray[np.int64]
    """Rows of the nearest others, the nearest first; -1 where there is none."""
    cosine_NK: NDArray[np.float32]
    barred_N: NDArray[np.object_]
    """A LedgerReason for a sample that hygiene rules out, else None."""
    chains: ChainFacts
    vector_ND: NDArray[np.float16] | None = None
    """Unit vectors of the samples, where they were read."""
    likelihoods: Likelihoods | None = None
    """Where a language model has read the replies."""


def take_rows(pool: Pool, rows: NDArray[np.int64]) -> Pool:
    """The pool of some rows of a pool, in the order given; neighbours outside of it are left out.

    Args:
        pool: N samples.
        rows: M different rows.
    """
    place_N = np.full(len(pool.id_N), -1, np.int64)
    place_N[rows] = np.arange(len(rows))
    neighbour_MK = pool.neighbour_NK[rows]
    there_MK = neighbour_MK >= 0
    moved_MK = np.where(there_MK, place_N[np.where(there_MK, neighbour_MK, 0)], -1)
    part: Pool = _rows_of(pool, rows)
    return replace(part, neighbour_NK=moved_MK)


def _rows_of(record: Any, rows: NDArray[np.int64]) -> Any:
    """A record of columns, cut to rows; records within it too."""
    made = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if value is None:
            continue
        made[field.name] = value[rows] if isinstance(value, np.ndarray) else _rows_of(value, rows)
    return replace(record, **made)
