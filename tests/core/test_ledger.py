import numpy as np
import pyarrow as pa

from rbic.core.ledger import (
    Wording,
    describe,
    dropped_reasons,
    integrity_causes,
    make_ledger,
    suspicion,
)
from rbic.core.selection.method import Method
from rbic.schema import LEDGER, REJECTS, LedgerReason


def _facts():
    """Two distinct samples, ids 10 (kept) and 20 (dropped)."""
    return pa.table(
        {
            "sample_id": [10, 20],
            "kept": [True, False],
            "reason": ["selected", "over_budget"],
            "detail": ["a", "b"],
            "rank": pa.array([0, None], pa.int64()),
            "gain": pa.array([1.5, None], pa.float32()),
            "other_source": pa.array([None, None], pa.string()),
            "other_row": pa.array([None, None], pa.int64()),
            "train_tokens": [5, 6],
            "language": ["en", "zh"],
            "domain_id": [0, 1],
            "subdomain_id": [0, 0],
            "coreness": [0.5, 0.6],
            "attempts": [4, 4],
            "pass_rate": [0.5, 0.1],
            "level": [2, 4],
            "basis": ["sampled", "sampled"],
            "suspect": [False, False],
            "steps": [3, 4],
            "live_steps": [3, 4],
            "integrity": [1.0, 0.9],
            "complexity": [0.1, 0.9],
            "contribution": [1.0, 0.9],
        }
    )


def _samples(ids, rows):
    return pa.table(
        {
            "sample_id": ids,
            "source": ["b.jsonl"] * len(ids),
            "row": rows,
            "licence": pa.array([None] * len(ids), pa.string()),
        }
    )


def test_every_row_is_in_the_ledger_once_and_in_order():
    rejects = pa.Table.from_pylist(
        [{"source": "a.jsonl", "row": 3, "reason": "not_json", "detail": "why", "raw": "{"}],
        schema=REJECTS.schema,
    )
    samples = _samples([20, 10, 20], [0, 1, 2])
    ledger = make_ledger(_facts(), samples, np.array([1, 0, 1]), rejects)
    assert ledger.schema == LEDGER.schema
    places = list(zip(ledger["source"].to_pylist(), ledger["row"].to_pylist(), strict=True))
    assert places == [("a.jsonl", 3), ("b.jsonl", 0), ("b.jsonl", 1), ("b.jsonl", 2)]
    assert ledger["kept"].to_pylist() == [False, False, True, False]
    assert ledger["reason"].to_pylist() == [
        "rejected", "over_budget", "selected", "exact_duplicate",
    ]  # fmt: skip


def test_an_exact_duplicate_names_the_first_and_has_no_rank():
    samples = _samples([10, 10], [4, 9])
    ledger = make_ledger(_facts(), samples, np.array([0, 0]), REJECTS.schema.empty_table())
    first, second = ledger.to_pylist()
    assert (first["kept"], first["rank"]) == (True, 0)
    assert (second["kept"], second["rank"], second["gain"]) == (False, None, None)
    assert (second["other_source"], second["other_row"]) == ("b.jsonl", 4)
    assert second["detail"] == "the same question, chain and answer as b.jsonl:4"
    assert second["level"] == 2


def test_hygiene_comes_before_length_and_length_before_integrity():
    barred = np.array([LedgerReason.LOOPING, None, None, None], dtype=object)
    waiting = np.array([True, True, True, False])
    too_long = np.array([True, True, False, False])
    assert dropped_reasons(barred, waiting, too_long).tolist() == [
        LedgerReason.LOOPING,
        LedgerReason.TOO_LONG,
        LedgerReason.LOW_INTEGRITY,
        LedgerReason.OVER_BUDGET,
    ]


_SOUND = {
    "repeated": 0.0, "failed_share": 0.0, "leaps": 0.0, "false_equations": 0, "checked": 5,
    "contradicted": False, "unreached": False, "live_share": 1.0,
    "assumed": False, "left_out": 0.0,
}  # fmt: skip


def test_what_lowers_integrity_is_said():
    faulty = _SOUND | {"repeated": 0.4, "false_equations": 2, "contradicted": True}
    assert integrity_causes(faulty) == (
        "40% of the steps repeat earlier ones; 2 of 5 equations are false; "
        "it concludes otherwise than the reference answer"
    )
    assert integrity_causes(_SOUND) == ""


def test_every_reason_of_a_sample_can_be_told():
    fact = {
        "domain_id": 3, "level": 1, "rank": 7, "gain": 2.5, "other_source": "x", "other_row": 1,
        "other_cosine": 0.97, "train_tokens": 9000, "integrity": 0.5,
        "attempts": 6, "agreed_answer": "42",
    }  # fmt: skip
    told = {
        reason: describe(
            reason, fact, _SOUND, Wording(Method.RBIC, "select.max_sample_tokens is 4,096")
        )
        for reason in LedgerReason
        if reason not in (LedgerReason.REJECTED, LedgerReason.EXACT_DUPLICATE)
    }
    assert told[LedgerReason.NEAR_DUPLICATE] == "asks what x:1 asks (cosine 0.970)"
    assert told[LedgerReason.TOO_LONG] == "9,000 tokens, select.max_sample_tokens is 4,096"
    assert told[LedgerReason.LOW_INTEGRITY].endswith("lower than most of domain 3, level 1")
    assert told[LedgerReason.SUSPECT_REFERENCE] == (
        "the reference is probably wrong: none of 6 attempts is right, and they most often give 42"
    )
    assert len(set(told.values())) == len(told)
    assert suspicion(fact | {"agreed_answer": None}) == (
        "the chain concludes otherwise, and none of 6 attempts is right"
    )


def test_another_method_is_named_and_claims_nothing_about_soundness():
    fact = {"rank": 3, "domain_id": 1, "level": 2, "gain": 0.0}
    wording = Wording(Method.LONGEST, "")
    chosen = describe(LedgerReason.SELECTED, fact, _SOUND, wording)
    assert chosen == "chosen as number 3 by the method longest"
    dropped = describe(LedgerReason.OVER_BUDGET, fact, _SOUND, wording)
    assert dropped == "others come first by the method longest"
