"""The laboratory's commands, from pool to table, on a pool of a few hundred rows."""

import json
import subprocess
import sys

import pytest

from rbic.sample import encoder_dir

pytest.importorskip("peft", reason="needs the extra train")
pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(1800)]

ROWS, PROBLEMS = 240, 40
SETTINGS = (
    "problems.share=0.1", "generator.attempts=1", "generator.max_tokens=40",
    "compare.methods=[rbic,random]", "compare.budgets=[0.3]", "compare.seeds=[1]",
    "compare.full_seeds=1", "compare.long_controls=[]", "compare.max_tokens=40",
)  # fmt: skip


def _run(module, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.lab.{module}", *map(str, arguments)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def _cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    try:
        encoder_dir()
    except ModuleNotFoundError as error:
        pytest.skip(str(error))
    lab = tmp_path_factory.mktemp("lab")
    _run("pools", "--out", lab, "--rows", ROWS, "--test", PROBLEMS)
    _run("pretrain", "--out", lab / "competent", "--base", "competent", "--problems", 100)
    _run("run", "--out", lab, *SETTINGS)
    return lab


def test_the_command_leaves_a_table_of_every_trial(lab):
    out = lab / "competent-pool"
    arms = json.loads((out / "comparison.json").read_text())["arms"]
    assert {arm["method"] for arm in arms} == {"base", "full", "rbic", "random"}
    for name in ("comparison.html", "comparison.md", "comparison.csv", "accuracy.svg"):
        assert (out / name).stat().st_size


def test_the_composition_counts_what_the_truth_says(lab):
    printed = _run("composition", "--out", lab, *SETTINGS)
    text = (lab / "competent-pool/composition.md").read_text()
    assert printed.endswith(text)
    faults, choices = (part.splitlines() for part in text.split("\n\n"))
    truth = [json.loads(line) for line in (lab / "truth/pool.jsonl").read_text().splitlines()]
    assert len(truth) == ROWS

    samples = {cells[0]: int(cells[1]) for cells in map(_cells, faults[2:])}
    pool = [json.loads(line) for line in (lab / "pool/pool.jsonl").read_text().splitlines()]
    texts = [" ".join(f"{row['question']} {row['answer']}".split()) for row in pool]
    distinct = dict(zip(texts, truth, strict=True)).values()
    known = [one["fault"].replace("_", " ").replace("none", "sound") for one in distinct]
    assert len(known) < ROWS
    assert samples == {name: known.count(name) for name in set(known)}
    assert len(samples) > 4

    names = _cells(choices[0])
    lines = {cells[0]: dict(zip(names, cells, strict=True)) for cells in map(_cells, choices[2:])}
    assert set(lines) == {"full", "random", "rbic"}
    assert int(lines["full"]["rows"]) == ROWS
    assert int(lines["full"]["repeats"]) == sum(one["duplicate_of"] is not None for one in truth)
    for line in lines.values():
        shares = [float(line[name].rstrip("%")) for name in samples]
        assert sum(shares) == pytest.approx(100, abs=0.5)
    assert float(lines["rbic"]["sound"].rstrip("%")) > float(lines["full"]["sound"].rstrip("%"))
