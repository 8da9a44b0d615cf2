"""Which rows the page shows in full, and what it tells of each.

Shape suffixes: N ledger rows, M rows of one reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rbic.core.draws import Draw, hashed_uniform
from rbic.core.ledger import integrity_causes
from rbic.report.columns import LedgerColumns
from rbic.report.words import BASIS_NAMES, LANGUAGE_NAMES
from rbic.schema import Basis, LedgerReason

_CANDIDATES = 4096
_QUESTION_CHARACTERS = 4000
_CHAIN_CHARACTERS = 8000

Row = Mapping[str, Any]


def choose_rows(rows: LedgerColumns, kept_rows: int, dropped_rows: int) -> NDArray[np.int64]:
    """Rows of the ledger to show: by turns over reasons, and within a reason over domains.

    Kept and dropped ones alternate. The choice depends on the content of rows alone.
    """
    kept = _by_turns(rows, np.flatnonzero(rows.kept_N), kept_rows)
    dropped = _by_turns(rows, np.flatnonzero(~rows.kept_N), dropped_rows)
    place = np.concatenate([np.arange(len(kept)), np.arange(len(dropped)) + 0.5])
    order = np.argsort(place, kind="stable")
    return np.concatenate([kept, dropped])[order]


def _by_turns(rows: LedgerColumns, among: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    chosen, turns, reasons = [], [], []
    for reason in range(len(rows.reason.names)):
        row_M = among[rows.reason.code_N[among] == reason]
        key_M = hashed_uniform(
            np.where(rows.sample_N[row_M], rows.id_N[row_M], row_M), 0, Draw.SHOWN
        )
        if len(row_M) > _CANDIDATES:
            first = np.argpartition(key_M, _CANDIDATES)[:_CANDIDATES]
            row_M, key_M = row_M[first], key_M[first]
        order = np.lexsort((row_M, _turn(key_M, rows.domain_N[row_M])))[:wanted]
        chosen.append(row_M[order])
        turns.append(np.arange(len(order)))
        reasons.append(np.full(len(order), reason))
    if not chosen:
        return np.empty(0, np.int64)
    best = np.lexsort((np.concatenate(reasons), np.concatenate(turns)))[:wanted]
    by_turns: NDArray[np.int64] = np.concatenate(chosen)[best]
    return by_turns


def _turn(key_M: NDArray[np.float64], group_M: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sorts by turns: the first of each group by key, then the second of each, and so on."""
    order = np.lexsort((key_M, group_M))
    group = group_M[order]
    start = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])[: len(group)]
    size = np.diff(np.append(start, len(group)))
    turn = np.empty(len(key_M))
    turn[order] = np.arange(len(group)) - np.repeat(start, size)
    return turn + key_M


@dataclass(frozen=True)
class ShownRow:
    """One row of the ledger with its texts and the numbers behind the decision."""

    place: str
    """Source and row."""
    kept: bool
    reason: str
    detail: str
    domain_id: int | None
    domain: str
    level: int | None
    title: str
    """The beginning of the question, or of the raw row."""
    question: str
    options: list[str]
    chain: str
    answer: str | None
    raw: str | None
    """A reject's row as it came."""
    repeats: str | None
    """The question of the row that this one repeats."""
    numbers: list[tuple[str, str]]


@dataclass(frozen=True)
class Texts:
    """What was read for the rows that are shown."""

    by_place: Mapping[tuple[str, int], Row]
    """question, chain, answer, options by source and row."""
    raw_by_place: Mapping[tuple[str, int], str]
    """Rejects as they came."""
    repeated: Mapping[int, str]
    """Questions that near-duplicates repeat, by the id of the near-duplicate."""
    chains: Mapping[int, Row]
    difficulty: Mapping[int, Row]


def show_row(row: Row, texts: Texts, domain_names: Mapping[int, str]) -> ShownRow:
    """What the page tells of one row of the ledger."""
    place = (row["source"], row["row"])
    text = texts.by_place.get(place, {})
    raw = texts.raw_by_place.get(place)
    question = _clip(text.get("question", ""), _QUESTION_CHARACTERS)
    near = row["reason"] == LedgerReason.NEAR_DUPLICATE
    return ShownRow(
        place=f"{row['source']}:{row['row']}",
        kept=row["kept"],
        reason=row["reason"],
        detail=row["detail"],
        domain_id=row["domain_id"],
        domain=domain_names.get(row["domain_id"], ""),
        level=row["level"],
        title=" ".join((question or raw or "")[:240].split()),
        question=question,
        options=list(text.get("options") or []),
        chain=_clip(text.get("chain", ""), _CHAIN_CHARACTERS),
        answer=text.get("answer"),
        raw=raw,
        repeats=texts.repeated.get(row["sample_id"]) if near else None,
        numbers=[] if row["sample_id"] is None else _numbers(row, texts, domain_names),
    )


def _clip(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]} … ({len(text):,} characters)"


def _numbers(row: Row, texts: Texts, domain_names: Mapping[int, str]) -> list[tuple[str, str]]:
    chain = texts.chains.get(row["sample_id"], {})
    causes = integrity_causes(dict(chain)) if chain else ""
    every = [
        ("training tokens", f"{row['train_tokens']:,}"),
        ("domain", f"{row['domain_id']} · {domain_names.get(row['domain_id'], '')}"),
        ("coreness", f"{row['coreness']:.2f}"),
        ("level", f"{row['level']} (of 0 to 4)"),
        ("pass rate", _pass_rate(row, texts.difficulty.get(row["sample_id"], {}))),
        ("steps", f"{row['steps']}, of them {row['live_steps']} live"),
        ("integrity", f"{row['integrity']:.2f}" + (f" ({causes})" if causes else "")),
        ("complexity", f"{row['complexity']:.2f} (rank in the corpus)"),
        ("contribution", f"{row['contribution']:.3g}"),
    ]
    if row["kept"]:
        every.append(("order of choice", f"{row['rank']:,}"))
        every.append(("gain", f"{row['gain']:.4g}"))
    every.append(("language", LANGUAGE_NAMES.get(row["language"], row["language"])))
    every.append(("licence", row["licence"] or "not named"))
    every.append(("sample id", str(row["sample_id"])))
    return every


def _pass_rate(row: Row, difficulty: Row) -> str:
    if row["basis"] == Basis.TEXT:
        return "not measured"
    words = [f"{row['pass_rate']:.2f}"]
    if difficulty:
        words[0] += f" [{difficulty['low']:.2f}, {difficulty['high']:.2f}]"
    if difficulty and row["basis"] == Basis.SAMPLED:
        words.append(f"{difficulty['right']} of {difficulty['attempts']} attempts right")
    return ", ".join([*words, BASIS_NAMES[row["basis"]][0]])
