"""The measures of the fault studies against plain counting, and the faults that they plant."""

import json
from itertools import product

import numpy as np
import pytest

from benchmarks.contribution.faults import auc, paired_auc
from benchmarks.contribution.faulty import planted_results, prm_pairs
from benchmarks.contribution.speed import differing

RNG = np.random.default_rng(7)


@pytest.mark.parametrize("spread", [3, 1000])
def test_auc_is_the_share_of_pairs_in_order_ties_half(spread):
    score_N = RNG.integers(0, spread, 60).astype(float)
    sound_N = RNG.random(60) < 0.4
    pairs = list(product(score_N[sound_N], score_N[~sound_N]))
    plain = sum((right > wrong) + (right == wrong) / 2 for right, wrong in pairs) / len(pairs)
    assert auc(score_N, sound_N) == pytest.approx(plain)


def test_auc_of_one_kind_is_unknown():
    assert np.isnan(auc(np.ones(3), np.ones(3, dtype=bool)))


def test_paired_auc_compares_within_pairs_and_leaves_out_the_single():
    score_N = np.array([0.9, 0.1, 0.4, 0.5, 0.7, 0.7, 0.2])
    sound_N = np.array([True, False, True, False, True, False, True])
    pairs = ["a", "a", "b", "b", "c", "c", "alone"]
    assert paired_auc(score_N, sound_N, pairs) == pytest.approx((1 + 0 + 0.5) / 3)


def _write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_one_planted_result_is_wrong_and_the_rest_stays(tmp_path):
    solution = "She has 48/2 = <<48/2=24>>24.\nIn all 48+24 = <<48+24=72>>72.\n#### 72"
    rows = [{"question": f"q{i}", "answer": solution} for i in range(40)]
    _write(tmp_path / "gsm8k/train.jsonl", [*rows, {"question": "none", "answer": "So.\n#### 5"}])
    planted = list(planted_results(tmp_path, 3))
    assert [one.question for one in planted] == [f"q{i}" for i in range(40)]
    assert {one.right for one in planted} == {"She has 48/2 = 24.\nIn all 48+24 = 72.\n#### 72"}
    for one in planted:
        lines = zip(one.right.split("\n"), one.wrong.split("\n"), strict=True)
        changed = [(before, after) for before, after in lines if before != after]
        assert len(changed) == 1
        before, after = (text.split(" = ")[1].rstrip(".") for text in changed[0])
        value = int(before)
        assert int(after) in {value + 1, value + 10, 2 * value, int(before[::-1])}
    assert len({one.change for one in planted}) == 4
    assert planted == list(planted_results(tmp_path, 3))


def test_a_pair_is_an_original_and_its_modification(tmp_path):
    row = {
        "original_question": "q",
        "modified_question": "q2",
        "original_process": ["a", "b"],
        "modified_process": ["a", "c"],
        "idx": "7",
    }
    for source in ("test_p1", "test_p2", "train_p1_first400"):
        rows = [row, {**row, "modified_process": []}] if source == "test_p1" else []
        _write(tmp_path / f"prmbench/prm800k_{source}_4o_circular.jsonl", rows)
    found = [
        (one.question, one.chain, one.sound, one.pair) for one in prm_pairs(tmp_path, "circular")
    ]
    assert found == [("q", "a\nb", True, "7"), ("q2", "a\nc", False, "7")]


def test_a_column_that_changed_is_named(tmp_path):
    saved = {"depth": np.array([1, 2]), "leaps": np.array([0.5, 0.0])}
    np.savez(tmp_path / "columns.npz", **saved)
    now = {"depth": np.array([1, 2]), "leaps": np.array([0.5, 0.1]), "new": np.zeros(2)}
    assert differing(now, tmp_path / "columns.npz") == ["leaps", "new"]
