"""What a reader must know before trusting a run: warnings, and checks that the page makes itself.

Checks compare tables that different steps wrote, so that a fault in one of them shows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from rbic.core.pass_rates import LEVELS
from rbic.report.columns import LedgerColumns
from rbic.report.contents import Contents, RunTables, kept_ids
from rbic.report.words import counted, percent, said
from rbic.schema import Basis, LedgerReason

_MANY_REJECTS = 0.05
_SPENT = 0.99
_GOOD_RATIO = 0.9
_HARDLY, _NEARLY_ALL = 0.05, 0.95
_NO_CHANCE = 3.0
"""Standard deviations that pass rates may be off by chance."""
_WAITING = (
    LedgerReason.OVER_BUDGET,
    LedgerReason.LOW_INTEGRITY,
    LedgerReason.SUSPECT_REFERENCE,
)


class Severity(StrEnum):
    """How loudly something is said."""

    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Notice:
    """Something to know before the figures are read."""

    severity: Severity
    title: str
    text: str


@dataclass(frozen=True)
class Check:
    """Something that must hold, compared on the tables themselves."""

    holds: bool
    claim: str
    found: str


def notices(contents: Contents, rows: LedgerColumns, checked: Sequence[Check]) -> list[Notice]:
    """What is due, warnings first."""
    broken = [
        Notice(Severity.WARNING, f"Does not hold: {check.claim.lower()}", f"{check.found}.")
        for check in checked
        if not check.holds
    ]
    found = [
        *broken,
        *_about_reading(contents),
        *_about_difficulty(contents),
        *_about_budget(contents, rows),
        *_about_value(contents),
    ]
    return sorted(found, key=lambda one: one.severity is not Severity.WARNING)


def _about_reading(contents: Contents) -> Iterator[Notice]:
    head = contents.head
    if head.rows and head.rejects > _MANY_REJECTS * head.rows:
        most = contents.rejects[0]
        yield Notice(
            Severity.WARNING,
            f"{percent(head.rejects / head.rows)} of the rows could not be read",
            f"{counted(head.rejects, 'row')} of {head.rows:,} became no sample, most often: "
            f"{said(most.reason)} ({most.rows:,}). See the rejects; a field mapping given by hand "
            "may help (ingest.fields).",
        )
    if "tokenizer" in contents.facts and contents.facts["tokenizer"] is None:
        yield Notice(
            Severity.NOTE,
            "Token counts are estimates",
            "No tokenizer was given, so tokens were estimated from the text. Set tokens.tokenizer "
            "to the model you will train for exact counts.",
        )


def _about_difficulty(contents: Contents) -> Iterator[Notice]:
    by_basis = {one.basis: one for one in contents.evidence}
    if contents.text_only:
        yield Notice(
            Severity.WARNING,
            "Difficulty was estimated from text alone",
            "No model attempted the problems and the corpus brings no pass rates. Levels only say "
            "how long and involved a row looks, not how often it is solved. Set generator.model, "
            "or bring pass rates, to measure them.",
        )
    if (propagated := by_basis.get(Basis.PROPAGATED)) and propagated.share > 0.5:
        yield Notice(
            Severity.NOTE,
            f"{percent(propagated.share, 0)} of the levels are predicted, not measured",
            "They rest on attempts at neighbouring problems. On average a predicted level is right "
            f"with probability {propagated.level_probability:.2f}, by its own account.",
        )
    yield from _about_calibration(contents.difficulty)
    if judged := contents.difficulty.get("judged_attempts", 0):
        yield Notice(
            Severity.NOTE,
            f"A model judged {counted(judged, 'reply', 'replies')}",
            f"The checker could not compare {'its' if judged == 1 else 'their'} answers with the "
            f"reference, so the verdict is the word of {contents.facts.get('judge') or 'a model'} "
            "(the method judge in the table of verdicts).",
        )
    if sampled := by_basis.get(Basis.SAMPLED):
        if sampled.pass_rate < _HARDLY:
            yield Notice(
                Severity.WARNING,
                "The model solved almost nothing",
                f"Its mean pass rate is {percent(sampled.pass_rate)}: levels hardly tell problems "
                "apart. A stronger model, or more attempts, would.",
            )
        elif sampled.pass_rate > _NEARLY_ALL:
            yield Notice(
                Severity.WARNING,
                "The model solved almost everything",
                f"Its mean pass rate is {percent(sampled.pass_rate)}: levels hardly tell problems "
                "apart. A weaker model would.",
            )


def _about_calibration(counts: Mapping[str, int]) -> Iterator[Notice]:
    """What came of the attempts that were predicted without them."""
    held_out = counts.get("held_out", 0)
    if not held_out:
        return
    brier, expected, of_mean, z, error = (
        counts[f"{name}_thousandths"] / 1000
        for name in (
            "brier", "brier_expected", "brier_of_mean", "calibration_z", "calibration_error",
        )
    )  # fmt: skip
    sure = counts["sure"]
    surely = (
        f" Of {counted(sure, 'attempt')} with an outcome that was given at least 90 %, "
        f"{percent(counts['sure_right'] / sure)} came out so."
        if sure
        else ""
    )
    off = abs(z) > _NO_CHANCE
    how = "too sure" if z > 0 else "too unsure"
    yield Notice(
        Severity.WARNING if off else Severity.NOTE,
        f"Pass rates are {how} of themselves" if off else "Pass rates were checked, and hold",
        f"The last attempt at each of {counted(held_out, 'problem')} was predicted from the other "
        f"attempts and the problems around. The mean squared error is {brier:.3f}; by its own "
        f"account it should be {expected:.3f} ({z:+.1f} standard deviations off), and the mean "
        f"rate for all would give {of_mean:.3f}. Over levels, what was predicted and what came "
        f"differ by {error:.3f} on average.{surely}",
    )


def _about_budget(contents: Contents, rows: LedgerColumns) -> Iterator[Notice]:
    head = contents.head
    if head.tokens == 0 or head.budget_spent >= _SPENT:
        return
    waiting = [code for code, name in enumerate(rows.reason.names) if name in _WAITING]
    waiting_N = np.isin(rows.reason.code_N, waiting)
    left = head.budget - head.tokens_kept
    if waiting_N.any():
        least = int(rows.tokens_N[waiting_N].min())
        why = f"{left:,} tokens are left; the shortest row still waiting has {least:,}."
    else:
        why = "Every row that is sound and repeats no other was kept; there is nothing more to add."
    yield Notice(
        Severity.NOTE if head.budget_spent >= _NEARLY_ALL else Severity.WARNING,
        f"Only {percent(head.budget_spent)} of the budget was spent",
        f"{head.tokens_kept:,} of {head.budget:,} tokens. {why}",
    )


def _about_value(contents: Contents) -> Iterator[Notice]:
    head = contents.head
    if not contents.ours:
        yield Notice(
            Severity.NOTE,
            f"Chosen by the method {contents.method}",
            "This method is there for comparison: it has no floors, no objective and no "
            "certificate" + ("." if contents.hygienic else ", and no hygiene but exact copies."),
        )
    elif 0 < head.value_ratio < _GOOD_RATIO:
        yield Notice(
            Severity.NOTE,
            f"Only {percent(head.value_ratio)} of the best possible value is proven",
            "The choice may be better than its bound shows, but a smaller budget or a larger "
            "coverage weight makes the bound loose.",
        )
    if contents.gamma == 0 and contents.ours and head.rows_kept:
        yield Notice(
            Severity.NOTE,
            "Complexity does not count (γ = 0)",
            "Contribution is integrity alone. A preference for complex chains is used only where "
            "a competent model measured difficulty, or where contribution.gamma asks for it.",
        )


def checks(contents: Contents, rows: LedgerColumns, tables: RunTables) -> list[Check]:
    """What must hold between the tables of the run."""
    head = contents.head
    ids = kept_ids(tables)
    in_ledger = np.sort(rows.id_N[rows.kept_N])
    pair_N = np.stack([rows.source.code_N, rows.row_N])
    pair_N = pair_N[:, np.lexsort(pair_N[::-1])]
    repeated = int((pair_N[:, 1:] == pair_N[:, :-1]).all(axis=0).sum())
    read = tables.samples + tables.rejects.num_rows
    part_rows = sum(part["rows"] for part in contents.parts)
    part_tokens = sum(part["tokens"] for part in contents.parts)
    found = [
        Check(
            repeated == 0 and head.rows == read,
            "Every input row stands in the ledger once",
            f"{tables.samples:,} samples + {tables.rejects.num_rows:,} rejects = {read:,}; the "
            f"ledger has {head.rows:,} rows, {repeated:,} of them twice",
        ),
        Check(
            np.array_equal(ids, in_ledger) and part_rows == len(ids),
            "The shard holds exactly the rows that the ledger keeps",
            f"{head.rows_kept:,} kept, {part_rows:,} in the files",
        ),
        Check(
            head.tokens_kept <= head.budget and part_tokens == head.tokens_kept,
            "The budget is not exceeded",
            f"{part_tokens:,} tokens in the files, {head.budget:,} allowed",
        ),
        _no_repeats(contents, ids, tables),
    ]
    # Other methods promise nothing to domains and levels.
    return [*found, _every_cell(rows)] if contents.ours else found


def _no_repeats(contents: Contents, ids: NDArray[np.int64], tables: RunTables) -> Check:
    """No copy is kept, and nothing that asks the same, where the method heeds that."""
    doubles = len(ids) - len(np.unique(ids))
    if not contents.hygienic:
        return Check(
            doubles == 0,
            "No kept row is an exact copy of another one",
            f"{doubles:,} of {len(ids):,} kept rows are copies",
        )
    doubles += int(np.isin(ids, tables.near_duplicates["sample_id"].to_numpy()).sum())
    return Check(
        doubles == 0,
        "No kept row repeats another one",
        f"{doubles:,} of {len(ids):,} kept rows are marked as repeats",
    )


def _every_cell(rows: LedgerColumns) -> Check:
    """The floors hold."""
    empty, cells = _empty_cells(rows)
    return Check(
        empty == 0,
        "Every domain and level that has a usable row keeps one",
        f"{cells - empty:,} of {cells:,} pairs of domain and level are in the shard",
    )


def _empty_cells(rows: LedgerColumns) -> tuple[int, int]:
    """Pairs of domain and level that keep nothing though they could, and all that could."""
    usable = [code for code, name in enumerate(rows.reason.names) if name in _WAITING]
    open_N = rows.kept_N | np.isin(rows.reason.code_N, usable)
    cell_N = rows.domain_N * LEVELS + rows.level_N
    could, kept = np.unique(cell_N[open_N]), np.unique(cell_N[rows.kept_N])
    return len(could) - len(kept), len(could)
