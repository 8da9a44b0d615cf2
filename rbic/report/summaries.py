"""Counts over the ledger: what came in and what was kept, by level, language, source, reason.

"Before" is every sample of the corpus, duplicates included, as the budget counts them; "after" is
what was kept. Rejects are rows, but no samples, and have no tokens.

Shape suffixes: N ledger rows, G groups.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rbic.report.columns import Codes, LedgerColumns, encode
from rbic.report.words import BASIS_NAMES, LEVEL_NAMES, TEXT_LEVEL_NAMES, level_range
from rbic.schema import KEPT_REASONS, Basis, LedgerReason

_SHOWN_LICENCES = 8


@dataclass(frozen=True)
class Tally:
    """One group of samples, before and after."""

    name: str
    rows: int
    rows_kept: int
    tokens: int
    tokens_kept: int
    share: float
    """Of the tokens before, in [0, 1]."""
    share_kept: float
    """Of the tokens after, in [0, 1]."""
    note: str = ""

    @property
    def kept_share(self) -> float:
        """Share of the group's tokens that were kept, in [0, 1]."""
        return self.tokens_kept / self.tokens if self.tokens else 0.0


def tallies(names: Sequence[str], code_N: NDArray[np.int64], rows: LedgerColumns) -> list[Tally]:
    """A tally of each group; rows with code -1 belong to none."""
    groups = len(names)

    def sums(weight_N: NDArray[Any]) -> NDArray[np.int64]:
        there_N = code_N >= 0
        total_G = np.bincount(code_N[there_N], weights=weight_N[there_N], minlength=groups)
        return total_G.astype(np.int64)

    kept_N = rows.kept_N
    columns = [sums(w) for w in (rows.sample_N, kept_N, rows.tokens_N, rows.tokens_N * kept_N)]
    before = max(1, int(rows.tokens_N.sum()))
    after = max(1, int(rows.tokens_N[kept_N].sum()))
    return [
        Tally(
            name=name,
            rows=counts[0],
            rows_kept=counts[1],
            tokens=counts[2],
            tokens_kept=counts[3],
            share=counts[2] / before,
            share_kept=counts[3] / after,
        )
        for name, *counts in zip(names, *(column.tolist() for column in columns), strict=True)
    ]


def top_and_rest(groups: Sequence[Tally], shown: int, noun: str) -> list[Tally]:
    """The first groups, and one more that sums up all others."""
    if len(groups) <= shown:
        return list(groups)
    rest = groups[shown:]
    summed = Tally(
        name=f"{len(rest):,} more {noun}",
        rows=sum(one.rows for one in rest),
        rows_kept=sum(one.rows_kept for one in rest),
        tokens=sum(one.tokens for one in rest),
        tokens_kept=sum(one.tokens_kept for one in rest),
        share=sum(one.share for one in rest),
        share_kept=sum(one.share_kept for one in rest),
    )
    return [*groups[:shown], summed]


def by_tokens(codes: Codes, rows: LedgerColumns) -> list[Tally]:
    """Tallies of a named column, the group with the most tokens first, ties by name."""
    found = [one for one in tallies(codes.names, codes.code_N, rows) if one.rows]
    return sorted(found, key=lambda one: (-one.tokens, one.name))


def by_licence(rows: LedgerColumns) -> list[Tally]:
    """Tallies by licence, rows without one last as "not named"; none where no row names one."""
    named = by_tokens(rows.licence, rows)
    unnamed = tallies(["not named"], np.where(rows.licence.code_N < 0, 0, -1), rows)
    shown = top_and_rest(named, _SHOWN_LICENCES, "licences")
    return [*shown, *(one for one in unnamed if one.rows)] if named else []


def by_level(rows: LedgerColumns, measured: bool) -> list[Tally]:
    """One tally a level, 0 first, absent levels included.

    Args:
        rows: the ledger.
        measured: whether levels rest on more than the text; else they have other names.
    """
    if not measured:
        return tallies(TEXT_LEVEL_NAMES, rows.level_N, rows)
    found = tallies(LEVEL_NAMES, rows.level_N, rows)
    return [replace(one, note=level_range(level)) for level, one in enumerate(found)]


def by_basis(rows: LedgerColumns) -> list[Tally]:
    """One tally a basis that occurs, the strongest evidence first."""
    every = {one.name: one for one in tallies(rows.basis.names, rows.basis.code_N, rows)}
    return [
        replace(every[basis], name=BASIS_NAMES[basis][0], note=BASIS_NAMES[basis][1])
        for basis in Basis
        if basis in every
    ]


@dataclass(frozen=True)
class ReasonTally:
    """The rows that one reason of the ledger stands for."""

    reason: str
    rows: int
    tokens: int
    row_share: float
    """Of all input rows, in [0, 1]."""
    integrity: float | None
    """Means over its samples; None for rejects."""
    steps: float | None


def by_reason(rows: LedgerColumns) -> tuple[list[ReasonTally], list[ReasonTally]]:
    """What was kept, in the order of the schema; what was dropped, the most frequent first."""
    groups = len(rows.reason.names)
    code_N = rows.reason.code_N
    rows_G = np.bincount(code_N, minlength=groups)
    tokens_G = np.bincount(code_N, weights=rows.tokens_N, minlength=groups)
    sample_N = rows.sample_N
    samples_G = np.bincount(code_N[sample_N], minlength=groups)
    integrity_G, steps_G = (
        np.bincount(code_N[sample_N], weights=value_N[sample_N], minlength=groups)
        / np.maximum(samples_G, 1)
        for value_N in (rows.integrity_N, rows.steps_N)
    )
    every = [
        ReasonTally(
            reason=reason,
            rows=int(rows_G[group]),
            tokens=int(tokens_G[group]),
            row_share=float(rows_G[group] / max(1, len(code_N))),
            integrity=float(integrity_G[group]) if samples_G[group] else None,
            steps=float(steps_G[group]) if samples_G[group] else None,
        )
        for group, reason in enumerate(rows.reason.names)
    ]
    order = list(LedgerReason)
    kept = sorted(
        (one for one in every if one.reason in KEPT_REASONS),
        key=lambda one: order.index(LedgerReason(one.reason)),
    )
    dropped = sorted(
        (one for one in every if one.reason not in KEPT_REASONS),
        key=lambda one: (-one.rows, one.reason),
    )
    return kept, dropped


@dataclass(frozen=True)
class RejectTally:
    """The rejects of one reason."""

    reason: str
    rows: int
    examples: list[int]
    """Rows of the table of rejects, the first ones."""


def by_reject_reason(rejects: pa.Table, examples: int) -> list[RejectTally]:
    """Rejects by reason, the most frequent first; `rejects` needs the column `reason`."""
    codes = encode(rejects["reason"])
    found = []
    for code, reason in enumerate(codes.names):
        row_M = np.flatnonzero(codes.code_N == code)
        found.append(RejectTally(reason, len(row_M), row_M[:examples].tolist()))
    return sorted(found, key=lambda one: (-one.rows, one.reason))


@dataclass(frozen=True)
class Source:
    """One input file."""

    tally: Tally
    rejects: int
    format: str
    layout: str
    """Which fields hold what, as JSON."""
    size_bytes: int
    digest: str


def by_source(rows: LedgerColumns, sources: pa.Table) -> list[Source]:
    """The input files, the one with the most tokens first; files without a row included."""
    known = {row["source"]: row for row in sources.to_pylist()}
    names = [*rows.source.names, *(set(known) - set(rows.source.names))]
    rejected_N = rows.source.code_N[~rows.sample_N]
    rejects_G = np.bincount(rejected_N, minlength=len(names))
    found = [
        Source(
            tally=tally,
            rejects=int(rejects),
            format=" ".join(
                filter(None, (known[tally.name]["format"], known[tally.name]["codec"]))
            ),
            layout=known[tally.name]["layout"],
            size_bytes=known[tally.name]["size_bytes"],
            digest=known[tally.name]["digest"],
        )
        for tally, rejects in zip(
            tallies(names, rows.source.code_N, rows), rejects_G.tolist(), strict=True
        )
    ]
    return sorted(found, key=lambda one: (-one.tally.tokens, one.tally.name))


@dataclass(frozen=True)
class Headline:
    """The sums over everything."""

    rows: int
    rows_kept: int
    rejects: int
    tokens: int
    tokens_kept: int
    budget: int
    domains: int
    domains_kept: int
    levels: int
    levels_kept: int
    value_ratio: float
    """Share of the best possible value of the objective that is proven, in [0, 1]; 0: none is."""

    @property
    def token_share(self) -> float:
        """Tokens kept over tokens before, in [0, 1]."""
        return self.tokens_kept / self.tokens if self.tokens else 0.0

    @property
    def budget_spent(self) -> float:
        """Tokens kept over the budget, in [0, 1]."""
        return self.tokens_kept / self.budget if self.budget else 0.0


def headline(rows: LedgerColumns, counts: Mapping[str, int]) -> Headline:
    """The sums; `counts` are those of the step `select`."""
    kept_N, sample_N = rows.kept_N, rows.sample_N
    return Headline(
        rows=len(kept_N),
        rows_kept=int(kept_N.sum()),
        rejects=int((~sample_N).sum()),
        tokens=int(rows.tokens_N.sum()),
        tokens_kept=int(rows.tokens_N[kept_N].sum()),
        budget=counts["budget"],
        domains=len(np.unique(rows.domain_N[sample_N])),
        domains_kept=len(np.unique(rows.domain_N[kept_N])),
        levels=len(np.unique(rows.level_N[sample_N])),
        levels_kept=len(np.unique(rows.level_N[kept_N])),
        value_ratio=counts["value_ratio_thousandths"] / 1000,
    )
