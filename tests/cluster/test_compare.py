"""A small comparison from corpus to page: counted again by hand, repeated, and grown."""

import io
import json
import shutil
from itertools import islice

import pyarrow.compute as pc
import pytest

from rbic.compare import compare
from rbic.config import CompareJobConfig, load
from rbic.progress import LogFormat, Progress
from rbic.report import report_available
from rbic.sample import corpus_dir, encoder_dir

pytest.importorskip("peft", reason="needs the extra train")
pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(1800)]

POOL, HELD_OUT, BUDGET = 200, 20, 0.3
METHODS = ("random", "rbic", "longest")
VARIANTS = {"same": "{}", "no_live_share": "{chains: {live_exponent: 0}, contribution: {gamma: 1}}"}
ARMS = (*METHODS, *VARIANTS)
SETTINGS = (
    "tokens.tokenizer=sample:model", "embed.model=sample:encoder", "embed.prompt=",
    "generator.model=sample:model", "generator.engine=transformers", "generator.attempts=1",
    "generator.max_tokens=80", "generator.dtype=float32", "problems.share=0.1",
    "finetune.model=sample:model", "finetune.precision=float32", "finetune.lora_rank=4",
    "finetune.step_tokens=1024", "finetune.row_tokens=256", "finetune.micro_tokens=1024",
    f"compare.methods=[{','.join(METHODS)}]", "compare.controls=[]", f"compare.budgets=[{BUDGET}]",
    *(f"compare.variants.{name}={changes}" for name, changes in VARIANTS.items()),
    "compare.full_seeds=1", "compare.long_controls=[]", "compare.max_tokens=80", "compare.by=[]",
)  # fmt: skip
KEY = ["method", "budget", "seed"]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    try:
        encoder_dir()
    except ModuleNotFoundError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("rows")
    with (corpus_dir() / "stories.jsonl").open() as stream:
        (folder / "pool.jsonl").write_text("".join(islice(stream, POOL)))
        (folder / "test.jsonl").write_text("".join(islice(stream, HELD_OUT)))
    return folder


def _run(files, out, *overrides):
    config = load(
        CompareJobConfig, None, [*SETTINGS, *overrides],
        {"corpus": [str(files / "pool.jsonl")], "compare.held_out": [str(files / "test.jsonl")],
         "out": str(out)},
    )  # fmt: skip
    return compare(config, Progress(LogFormat.JSON, io.StringIO()))


@pytest.fixture(scope="module")
def first(files, tmp_path_factory):
    """The output folder of a comparison with one seed, and what was run."""
    out = tmp_path_factory.mktemp("comparison") / "out"
    return out, _run(files, out, "compare.seeds=[1]")


def _table(ran, name):
    return ran["trials"].output.read(name).sort_by([(key, "ascending") for key in KEY])


def test_every_trial_is_there_and_trained_on_what_it_may_spend(first):
    _, ran = first
    trials = {row["method"]: row for row in _table(ran, "trials").to_pylist()}
    assert set(trials) == {"base", "full", *ARMS}
    assert trials["base"]["train_tokens"] == trials["base"]["steps"] == 0
    full = trials["full"]
    assert full["samples"] == ran["encode"].output.rows("encoded")
    assert full["pool_tokens"] == ran["encode"].output.counts["tokens"] == full["train_tokens"]
    for method in ARMS:
        trial = trials[method]
        assert 0.2 * full["pool_tokens"] < trial["pool_tokens"] <= BUDGET * full["pool_tokens"]
        assert trial["train_tokens"] == trial["pool_tokens"]
        assert len(trial["losses"]) == trial["steps"] > 1
    timings = _table(ran, "timings").to_pylist()
    assert all((row["train_seconds"] > 0) == (row["method"] != "base") for row in timings)


def test_the_table_says_what_the_replies_count_up_to(first):
    out, ran = first
    scores = _table(ran, "scores")
    assert scores.num_rows == (2 + len(ARMS)) * HELD_OUT
    found = json.loads((out / "comparison.json").read_text())
    assert {arm["method"] for arm in found["arms"]} == {"base", "full", *ARMS}
    for arm in found["arms"]:
        of_arm = scores.filter(pc.field("method") == arm["method"])
        assert sorted(of_arm["problem"].to_pylist()) == list(range(HELD_OUT))
        right = sum(verdict == "right" for verdict in of_arm["verdict"].to_pylist())
        assert arm["seed_accuracy"] == [pytest.approx(right / HELD_OUT)]
    steps = json.loads((out / "run.json").read_text())["steps"]
    assert set(steps) == set(ran)
    assert all(step["seconds"] > 0 for step in steps.values())
    names = ["comparison.md", "comparison.csv", "accuracy.svg"]
    for name in names + ["comparison.html"] * report_available():
        text = (out / name).read_text()
        assert "rbic" in text
        assert "longest" in text


def test_a_variant_is_rbic_with_what_it_changes(first):
    out, ran = first
    trials = {row["method"]: row for row in _table(ran, "trials").to_pylist()}
    assert trials["same"]["losses"] == trials["rbic"]["losses"]
    assert trials["no_live_share"]["losses"] != trials["rbic"]["losses"]
    if report_available():
        words = "rbic with chains.live_exponent=0, contribution.gamma=1"
        assert words in (out / "comparison.html").read_text()


def test_a_second_run_runs_nothing_and_a_larger_grid_only_what_it_has_more(files, first, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(first[0], out)
    again = _run(files, out, "compare.seeds=[1]")
    assert {name: one.reason for name, one in again.items() if one.reason} == {}
    # deita reads the vectors, which no trial so far did.
    grown = _run(files, out, "compare.seeds=[2]", f"compare.methods=[{','.join(METHODS)},deita]")
    assert {name for name, one in grown.items() if one.reason} == {"trials"}
    record = json.loads((out / "steps" / _folder(grown) / "record.json").read_text())
    assert (record["chunks"], record["chunks_run"]) == (7 + 5 + 2, 5 + 2)
    old = (pc.field("seed") == 0) & (pc.field("method") != "deita")
    assert _table(grown, "trials").filter(old).equals(_table(again, "trials"))
    # Another seed is another order of training, and for random other samples.
    losses = {(r["method"], r["seed"]): r["losses"] for r in _table(grown, "trials").to_pylist()}
    for method in ARMS:
        assert losses[method, 0] != losses[method, 1]
    arms = json.loads((out / "comparison.json").read_text())["arms"]
    assert {arm["method"]: len(arm["seeds"]) for arm in arms} == {
        "base": 1, "full": 1, **dict.fromkeys((*ARMS, "deita"), 2),
    }  # fmt: skip


def _folder(ran):
    return ran["trials"].output.folder.rstrip("/").rpartition("/")[2]


def test_the_same_seed_gives_the_same_tables_whatever_the_workers(files, first, tmp_path):
    out = tmp_path / "out"
    # Everything before the trials is taken over, as its bytes are tested elsewhere.
    shutil.copytree(first[0], out, ignore=shutil.ignore_patterns("trials-*"))
    ran = _run(files, out, "compare.seeds=[1]", "workers.trials.count=1")
    assert {name for name, one in ran.items() if one.reason} == {"trials"}
    for name in ("trials", "scores"):
        assert _table(ran, name).equals(_table(first[1], name))
