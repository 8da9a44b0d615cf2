"""The ledger: for every input row whether it was kept, and the reason in words.

Works on columns of the distinct samples in order of id ("facts"), which are then spread over the
rows of the corpus, exact duplicates included, and joined by the rejects.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rbic.core.selection.method import Method
from rbic.schema import LEDGER, SUMS, LedgerReason

_FAULTS = (
    ("repeated", "{:.0%} of the steps repeat earlier ones"),
    ("failed_share", "{:.0%} of the steps lie in abandoned branches"),
    ("leaps", "{:.0%} of the operands come from nowhere"),
    ("left_out", "{:.0%} of the question's numbers are not used"),
)


def integrity_causes(chain: dict[str, Any]) -> str:
    """What lowers a chain's integrity, in words; the chain is one row of the table `chains`."""
    causes = [text.format(chain[name]) for name, text in _FAULTS if chain[name] >= 0.05]
    if chain["false_equations"]:
        causes.append(f"{chain['false_equations']} of {chain['checked']} equations are false")
    if chain["contradicted"]:
        causes.append("it concludes otherwise than the reference answer")
    if chain["unreached"]:
        causes.append("no step reaches the answer that it states")
    if chain["assumed"]:
        causes.append("it supposes its answer before anything gives it")
    if chain["live_share"] < 0.95:
        causes.append(f"the answer rests on {chain['live_share']:.0%} of it")
    return "; ".join(causes)


def suspicion(fact: dict[str, Any]) -> str:
    """What speaks against a reference answer, in words."""
    tried = (
        f"none of {fact['attempts']} attempts is right"
        if fact["attempts"]
        else "by the given pass rate next to nobody reaches it"
    )
    if fact["agreed_answer"] is not None:
        return f"{tried}, and they most often give {fact['agreed_answer']}"
    return f"the chain concludes otherwise, and {tried}"


def dropped_reasons(
    barred_N: NDArray[np.object_], waiting_N: NDArray[np.bool_], too_long_N: NDArray[np.bool_]
) -> NDArray[np.object_]:
    """The reason of every sample, were none chosen: hygiene, length, integrity, else the budget."""
    reason_N = np.where(waiting_N, LedgerReason.LOW_INTEGRITY, LedgerReason.OVER_BUDGET)
    reason_N = np.where(too_long_N, LedgerReason.TOO_LONG, reason_N).astype(object)
    barred = np.array([reason is not None for reason in barred_N], dtype=bool)
    reason_N[barred] = barred_N[barred]
    return reason_N


@dataclass(frozen=True)
class Wording:
    """What the words of a reason depend on besides the sample."""

    method: Method
    longest: str
    """The limit behind TOO_LONG, in words."""


def describe(reason: str, fact: dict[str, Any], chain: dict[str, Any], wording: Wording) -> str:
    """A reason in words, with the numbers behind it.

    Args:
        reason: a LedgerReason that a distinct sample can have.
        fact: the sample's facts.
        chain: its row of `chains`.
        wording: who chose, and under which limit.
    """
    if wording.method is not Method.RBIC and reason in (
        LedgerReason.SELECTED, LedgerReason.OVER_BUDGET,
    ):  # fmt: skip
        return _describe_other(reason, fact, wording.method)
    cell = f"domain {fact['domain_id']}, level {fact['level']}"
    match reason:
        case LedgerReason.SELECTED:
            return f"chosen as number {fact['rank']:,}; adds {fact['gain']:.4g} to the objective"
        case LedgerReason.FLOOR:
            return f"among the first of {cell}"
        case LedgerReason.RANDOM_SHARE:
            return f"drawn at random within {cell}"
        case LedgerReason.NEAR_DUPLICATE:
            other = f"{fact['other_source']}:{fact['other_row']}"
            return f"asks what {other} asks (cosine {fact['other_cosine']:.3f})"
        case LedgerReason.TRUNCATED:
            return "the chain breaks off before a conclusion"
        case LedgerReason.LOOPING:
            return "the chain repeats itself without end"
        case LedgerReason.TOO_LONG:
            return f"{fact['train_tokens']:,} tokens, {wording.longest}"
        case LedgerReason.LOW_INTEGRITY | LedgerReason.SUSPECT_REFERENCE:
            return _describe_waiting(reason, fact, chain, cell)
        case _:
            return f"sound, but others of {cell} come first"


def _describe_waiting(reason: str, fact: dict[str, Any], chain: dict[str, Any], cell: str) -> str:
    """Why a sample waits until nothing else is left."""
    if reason == LedgerReason.SUSPECT_REFERENCE:
        return f"the reference is probably wrong: {suspicion(fact)}"
    causes = integrity_causes(chain) or f"lower than most of {cell}"
    return f"integrity {fact['integrity']:.2f}: {causes}"


def _describe_other(reason: str, fact: dict[str, Any], method: Method) -> str:
    """What a method that is not ours has to say: it gives no reason but its order."""
    if reason == LedgerReason.SELECTED:
        return f"chosen as number {fact['rank']:,} by the method {method}"
    return f"others come first by the method {method}"


def spread(facts: pa.Table, samples: pa.Table, place_M: NDArray[np.int64]) -> pa.Table:
    """The ledger rows of all samples in corpus order.

    Args:
        facts: ledger columns of the distinct samples; other columns are left out.
        samples: source, row, licence and sample_id of all samples in corpus order.
        place_M: row of each sample in `facts`.

    Returns:
        Rows of LEDGER. A sample that is not the first with its id is an exact duplicate of that.
    """
    _, first_U, inverse_M = np.unique(place_M, return_index=True, return_inverse=True)
    first_M = first_U[inverse_M]
    repeat_M = first_M != np.arange(len(place_M))
    columns = {name: facts[name] for name in LEDGER.names if name in facts.column_names}
    table = pa.table(columns).take(place_M)
    own = {name: samples[name] for name in ("source", "row", "licence")}
    firsts = samples.take(first_M)
    none = pa.nulls(len(place_M))
    repeat = pa.array(repeat_M)
    words = [
        f"the same question, chain and answer as {source}:{row}"
        for source, row in zip(firsts["source"].to_pylist(), firsts["row"].to_pylist(), strict=True)
    ]
    changed = {
        "kept": pa.array(np.zeros(len(place_M), dtype=bool)),
        "reason": pa.array([LedgerReason.EXACT_DUPLICATE] * len(place_M), pa.string()),
        "detail": pa.array(words, pa.string()),
        "rank": none.cast(pa.int64()),
        "gain": none.cast(pa.float32()),
        "other_source": firsts["source"],
        "other_row": firsts["row"],
    }
    rows = {}
    for name in LEDGER.names:
        column = own[name] if name in own else table[name]
        rows[name] = pc.if_else(repeat, changed[name], column) if name in changed else column
    return pa.table(rows).cast(LEDGER.schema)


def reject_rows(rejects: pa.Table) -> pa.Table:
    """The ledger rows of the rejects."""
    count = rejects.num_rows
    details = [
        f"{reason}: {detail}"
        for reason, detail in zip(
            rejects["reason"].to_pylist(), rejects["detail"].to_pylist(), strict=True
        )
    ]
    known = {
        "source": rejects["source"],
        "row": rejects["row"],
        "kept": pa.array(np.zeros(count, dtype=bool)),
        "reason": pa.array([LedgerReason.REJECTED] * count, pa.string()),
        "detail": pa.array(details, pa.string()),
        "train_tokens": pa.array(np.zeros(count, np.int32)),
    }
    rows = {name: known.get(name, pa.nulls(count)) for name in LEDGER.names}
    return pa.table(rows).cast(LEDGER.schema)


def make_ledger(facts: pa.Table, samples: pa.Table, place_M: NDArray[np.int64],
                rejects: pa.Table) -> pa.Table:  # fmt: skip
    """The whole ledger in order of source and row; every input row is in it once."""
    ledger = pa.concat_tables([spread(facts, samples, place_M), reject_rows(rejects)])
    return ledger.sort_by([("source", "ascending"), ("row", "ascending")]).combine_chunks()


def sum_up(ledger: pa.Table, reject_reasons: pa.ChunkedArray) -> pa.Table:
    """What a person wants to know of a ledger, few rows whatever its length: the table `sums`."""
    kept = ledger.filter(ledger["kept"])
    groups = {"reason": (ledger, "reason"), "level": (kept, "level"), "basis": (kept, "basis")}
    rejects = pa.table({"name": reject_reasons, "train_tokens": pa.nulls(len(reject_reasons))})
    parts = []
    for of, (table, column) in {**groups, "reject": (rejects, "name")}.items():
        named = pa.table(
            {
                "name": table[column].cast(pa.string()),
                "tokens": table["train_tokens"].cast(pa.int64()),
            }
        )
        made = named.group_by("name").aggregate([("tokens", "sum"), ([], "count_all")])
        parts.append(
            pa.table(
                {
                    "of": pa.array([of] * made.num_rows, pa.string()),
                    "name": made["name"],
                    "rows": made["count_all"],
                    "tokens": pc.fill_null(made["tokens_sum"], 0),
                }
            )
        )
    order = [("of", "ascending"), ("name", "ascending")]
    return pa.concat_tables(parts).sort_by(order).cast(SUMS.schema).combine_chunks()
