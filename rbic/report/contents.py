"""Everything the page tells, as plain records, from the tables of a run."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rbic.core.selection.method import Method, respects_hygiene
from rbic.report.columns import LedgerColumns, ledger_columns
from rbic.report.distributions import (
    Fault,
    Histogram,
    equations_checked,
    faults,
    histograms,
)
from rbic.report.domains import Domain, by_domain
from rbic.report.evidence import Evidence, evidence_of
from rbic.report.summaries import (
    Headline,
    ReasonTally,
    RejectTally,
    Source,
    Tally,
    by_basis,
    by_level,
    by_licence,
    by_reason,
    by_reject_reason,
    by_source,
    by_tokens,
    headline,
)
from rbic.report.words import LANGUAGE_NAMES
from rbic.schema import Basis

_REJECT_EXAMPLES = 3


@dataclass(frozen=True)
class RunTables:
    """What the page is made of; each table needs only the columns that its reader names."""

    ledger: pa.Table
    """rbic.report.columns.LEDGER_COLUMNS."""
    kept: pa.Table
    """sample_id."""
    sources: pa.Table
    samples: int
    """Rows of the table of samples."""
    rejects: pa.Table
    """reason."""
    near_duplicates: pa.Table
    """sample_id."""
    domain_names: pa.Table
    chains: pa.Table
    """rbic.report.distributions.CHAIN_COLUMNS."""
    difficulty: pa.Table
    """rbic.report.evidence.EVIDENCE_COLUMNS."""
    parts: pa.Table
    counts: Mapping[str, Mapping[str, int]]
    """Counts of the steps, by step."""


@dataclass(frozen=True)
class Contents:
    """Everything the page tells but single rows."""

    facts: Mapping[str, Any]
    """What the driver knows: engine, model, encoder, tokenizer, mode, version, config."""
    head: Headline
    sources: list[Source]
    languages: list[Tally]
    licences: list[Tally]
    levels: list[Tally]
    bases: list[Tally]
    evidence: list[Evidence]
    domains: list[Domain]
    agreement: float
    """Adjusted Rand index of the domains over seeds, in [-1, 1]."""
    gamma: float
    """Weight of complexity in the contribution."""
    kept_reasons: list[ReasonTally]
    dropped_reasons: list[ReasonTally]
    rejects: list[RejectTally]
    histograms: list[Histogram]
    faults: list[Fault]
    chains: int
    equations: int
    """Equations recomputed."""
    parts: list[dict[str, Any]]
    difficulty: Mapping[str, int]
    """Counts of the step `difficulty`: attempts held out, what came of them, what a judge gave."""

    @property
    def text_only(self) -> bool:
        """Whether difficulty rests on nothing but the text."""
        return bool(self.evidence) and all(one.basis == Basis.TEXT for one in self.evidence)

    @property
    def method(self) -> str:
        """The method that chose."""
        return str(self.facts.get("method", Method.RBIC))

    @property
    def ours(self) -> bool:
        """Whether our own method chose: the only one with floors, an objective, a certificate."""
        return self.method == Method.RBIC

    @property
    def hygienic(self) -> bool:
        """Whether the method leaves out near-duplicates and broken chains."""
        return respects_hygiene(Method(self.method))


def make_contents(tables: RunTables, facts: Mapping[str, Any]) -> tuple[Contents, LedgerColumns]:
    """Sum up a run; the flat ledger comes back for those who look at it again."""
    rows = ledger_columns(tables.ledger)
    evidence = evidence_of(tables.difficulty)
    measured = any(one.basis != Basis.TEXT for one in evidence)
    gamma = tables.counts["contribution"].get("gamma_thousandths", 0) / 1000
    kept, dropped = by_reason(rows)
    contents = Contents(
        facts=facts,
        head=headline(rows, tables.counts["select"]),
        sources=by_source(rows, tables.sources),
        languages=[
            replace(one, name=LANGUAGE_NAMES.get(one.name, one.name))
            for one in by_tokens(rows.language, rows)
        ],
        licences=by_licence(rows),
        levels=by_level(rows, measured),
        bases=by_basis(rows),
        evidence=evidence,
        domains=by_domain(rows, tables.domain_names),
        agreement=tables.counts["domains"].get("agreement_percent", 0) / 100,
        gamma=gamma,
        kept_reasons=kept,
        dropped_reasons=dropped,
        rejects=by_reject_reason(tables.rejects, _REJECT_EXAMPLES),
        histograms=histograms(rows, measured, gamma),
        faults=faults(tables.chains, kept_ids(tables)),
        chains=tables.chains.num_rows,
        equations=equations_checked(tables.chains),
        parts=sorted(tables.parts.to_pylist(), key=lambda part: part["path"]),
        difficulty=tables.counts.get("difficulty", {}),
    )
    return contents, rows


def kept_ids(tables: RunTables) -> NDArray[np.int64]:
    """Ids of the kept samples, ascending."""
    return np.sort(tables.kept["sample_id"].to_numpy())
