"""Packing whole samples into rows of about one length, and the order in which rows are trained on.

A row holds one or more whole samples one after another; none is cut, none lies in two rows. The
trainer keeps attention within a sample, so a row costs what its samples cost and a batch has hardly
any padding.

Shape suffixes: N samples, R rows, S steps.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Packing:
    """Which samples share a row."""

    sample_N: NDArray[np.int64]
    """Sample numbers, row after row."""
    start_R1: NDArray[np.int64]
    """Row r holds `sample_N[start_R1[r] : start_R1[r + 1]]`."""
    tokens_R: NDArray[np.int64]
    """Tokens in each row."""

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.tokens_R)

    def samples_of(self, row: int) -> NDArray[np.int64]:
        """The samples of one row, in order."""
        return self.sample_N[self.start_R1[row] : self.start_R1[row + 1]]


def pack(length_N: NDArray[np.int64], row_tokens: int) -> Packing:
    """Pack samples into few rows: best fit, the longest first (Johnson 1973).

    Best-fit decreasing needs at most 11/9 of the fewest rows that would do, and on lengths such as
    corpora have, hardly more than the fewest. A sample that is longer than a row has one of its
    own, as long as it is: rows for the longest would make all others costly, since attention costs
    a row's square.

    Args:
        length_N: tokens of each sample, from 1; ties go by position.
        row_tokens: tokens that the samples of a row may have together.

    Returns:
        The packing; depends on nothing but the arguments.

    Raises:
        ValueError: a sample has no token; names the first such sample.
    """
    empty = np.flatnonzero(length_N < 1)
    if len(empty):
        raise ValueError(f"sample {empty[0]} has {length_N[empty[0]]} tokens, expected 1 or more")
    rows: list[list[int]] = []
    open_rows: dict[int, list[int]] = {}
    # Bit b is set where a row has b tokens left: the best fit is the lowest set bit from the
    # sample's length on.
    left_bits = 0
    for sample in np.argsort(-length_N, kind="stable").tolist():
        length = int(length_N[sample])
        fitting = left_bits >> length
        if fitting:
            left = length + (fitting & -fitting).bit_length() - 1
            row = open_rows[left].pop()
            if not open_rows[left]:
                left_bits ^= 1 << left
        else:
            row, left = len(rows), row_tokens
            rows.append([])
        rows[row].append(sample)
        if left > length:
            open_rows.setdefault(left - length, []).append(row)
            left_bits |= 1 << (left - length)
    sample_N = np.array([sample for row in rows for sample in row], dtype=np.int64)
    start_R1 = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    tokens_R = np.array([length_N[row].sum() for row in rows], dtype=np.int64)
    return Packing(sample_N, start_R1, tokens_R)


@dataclass(frozen=True)
class StepPlan:
    """The rows of every optimiser step of a run, in order."""

    row_M: NDArray[np.int64]
    """Rows of all steps one after another; a row occurs once an epoch."""
    start_S1: NDArray[np.int64]
    """Step s trains on `row_M[start_S1[s] : start_S1[s + 1]]`."""
    tokens_S: NDArray[np.int64]
    """Tokens of each step, padding not counted."""

    @property
    def steps(self) -> int:
        """Number of optimiser steps."""
        return len(self.tokens_S)

    def rows_of(self, step: int) -> NDArray[np.int64]:
        """The rows of one step."""
        return self.row_M[self.start_S1[step] : self.start_S1[step + 1]]


def plan_steps(
    tokens_R: NDArray[np.int64],
    step_tokens: int,
    epochs: float,
    max_tokens: int | None,
    seed: int,
) -> StepPlan:
    """Divide rows into steps, each epoch in a random order of its own.

    The plan does not know of workers: they share the rows of a step, so that any number of them,
    also one that changes during the run, takes the same steps.

    Args:
        tokens_R: tokens of each row, from 1.
        step_tokens: a step ends with the row that brings it to as many tokens; the last step of an
            epoch has what is left.
        epochs: passes over the rows, more than 0; of the last one only a part where it is not
            whole.
        max_tokens: the run ends with the step that reaches as many tokens; None for no such end.
        seed: decides the order.

    Raises:
        ValueError: no rows, or an argument out of its range.
    """
    rows = len(tokens_R)
    if not rows or step_tokens < 1 or not 0 < epochs < np.inf:
        raise ValueError(
            f"expected rows, step_tokens and epochs above 0; got {rows}, {step_tokens}, {epochs}"
        )
    if max_tokens is not None and max_tokens < 1:
        raise ValueError(f"max_tokens must be at least 1, got {max_tokens}")
    steps: list[NDArray[np.int64]] = []
    wanted, seen_tokens, epoch = max(1, round(epochs * rows)), 0, 0
    while wanted > 0 and (max_tokens is None or seen_tokens < max_tokens):
        order = np.random.default_rng([seed, epoch]).permutation(rows)[:wanted]
        wanted -= len(order)
        epoch += 1
        for step in _cut(order, tokens_R, step_tokens):
            if max_tokens is not None and seen_tokens >= max_tokens:
                break
            steps.append(step)
            seen_tokens += int(tokens_R[step].sum())
    return StepPlan(
        row_M=np.concatenate(steps),
        start_S1=np.concatenate([[0], np.cumsum([len(step) for step in steps])]).astype(np.int64),
        tokens_S=np.array([tokens_R[step].sum() for step in steps], dtype=np.int64),
    )


def _cut(
    order: NDArray[np.int64], tokens_R: NDArray[np.int64], step_tokens: int
) -> list[NDArray[np.int64]]:
    """The rows of an epoch in steps: each ends with the row that fills it."""
    filled = np.cumsum(tokens_R[order])
    ends, begun = [], 0
    while begun < filled[-1]:
        end = int(np.searchsorted(filled, begun + step_tokens)) + 1
        ends.append(min(end, len(order)))
        begun = int(filled[ends[-1] - 1])
    return np.split(order, ends[:-1])


def micro_batches(
    rows: NDArray[np.int64], tokens_R: NDArray[np.int64], micro_tokens: int
) -> list[list[int]]:
    """Rows of like length together, so that padded they have at most `micro_tokens` tokens.

    A row that is longer than that is a batch of its own.
    """
    order = rows[np.lexsort((rows, -tokens_R[rows]))].tolist()
    batches: list[list[int]] = []
    for row in order:
        if batches and (len(batches[-1]) + 1) * tokens_R[batches[-1][0]] <= micro_tokens:
            batches[-1].append(row)
        else:
            batches.append([row])
    return batches
