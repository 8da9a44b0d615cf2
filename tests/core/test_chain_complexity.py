"""Logical complexity beside its formula, worked out anew from the columns that are kept."""

import json

import numpy as np
import pytest

from rbic.core.chains import chain_columns
from rbic.core.integrity import ChainRule
from rbic.sample import corpus_dir

CHAINS = [
    ("How many hens?", "There are many of them in the yard. They are all white and loud.", "5"),
    ("Are hens birds?", "Hens fly. What flies is a bird. Therefore hens are birds.", "yes"),
    ("Is it so?", "", None),
    ("Find $x$ where $x+2=5$.", "So $x=5-2=3$. Let me check: 3+2=5. The answer is 3.", "3"),
    ("What is 12 + 30 - 7?", "12+30=43. Wait, no: 12+30=42. 42-7=35.\nThe answer is 35.", "35"),
]  # fmt: skip
OFF_USUAL = {
    "depth": -0.15, "joins": -1.15, "terms": 0.5, "concepts": 0.5, "equations": -0.65,
    "operators": 0.6,
}  # fmt: skip


def _columns():
    rows = list(CHAINS)
    for path in sorted(corpus_dir().glob("*.jsonl")):
        lines = path.read_text().splitlines()[:200]
        for row in map(json.loads, lines):
            if "question" in row:
                rows.append((row["question"], row["answer"], None))
    questions, chains, answers = zip(*rows, strict=True)
    return chain_columns(questions, chains, answers, [None] * len(rows), ChainRule())


def test_complexity_can_be_worked_out_from_the_columns():
    columns = {name: values.astype(float) for name, values in _columns().items()}
    assert len(columns["steps"]) > 200
    n = np.log1p(columns["weighted_steps"])
    ratios = {name: np.log1p(columns[name]) - n - usual for name, usual in OFF_USUAL.items()}
    shape = 0.1 * sum(ratios.values()) + 0.15 * ratios["terms"]
    shape += 0.05 * (columns["operation_entropy"] - 0.7)
    loose = (columns["structured"] == 0) & (columns["asks_how_much"] == 1)
    loose &= columns["equations"] == 0
    said = 0.5 * np.log1p(columns["terms"]) + 0.5 * np.log1p(columns["concepts"]) - 1
    size = np.where(loose, said, n + columns["structured"] * shape)
    given = 0.35 * columns["quantitative"] * (np.log1p(columns["premises"]) - 3.22)
    checks = np.minimum(3, columns["verifications"] + columns["corrections"])
    want = np.where(columns["live_steps"] == 0, 0, np.maximum(0, size + given + 0.1 * checks / 3))
    assert columns["logical_complexity"] == pytest.approx(want, abs=1e-5)
    for case in (loose, columns["structured"] == 1, columns["quantitative"] == 0, checks > 0):
        assert 0 < case.sum() < len(case)
    assert (columns["weighted_steps"] < columns["live_steps"]).any()
