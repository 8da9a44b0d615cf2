"""A small comparison from corpus to page: counted again by hand, repeated, grown, and killed."""

import io
import json
import os
import shutil
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pyarrow.compute as pc
import pytest

from rbic.compare import compare, compare_so_far
from rbic.config import CompareJobConfig, ConfigError, load
from rbic.progress import LogFormat, Progress
from rbic.report import report_available
from rbic.sample import corpus_dir, encoder_dir

pytest.importorskip("peft", reason="needs the extra train")
pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(1800)]

POOL, HELD_OUT, BUDGET, STEP_TOKENS = 200, 20, 0.3, 1024
METHODS = ("random", "rbic", "longest")
VARIANTS = {"same": "{}", "no_live_share": "{chains: {live_exponent: 0}, contribution: {gamma: 1}}"}
ARMS = (*METHODS, *VARIANTS)
LONG = ("full_stopped", "repeated")
ROOT = Path(__file__).parents[2]
TIMES = ("train_seconds", "selection_seconds", "time_share", "time_share_with_selection")
SETTINGS = (
    "tokens.tokenizer=sample:model", "embed.model=sample:encoder", "embed.prompt=",
    "generator.model=sample:model", "generator.engine=transformers", "generator.attempts=1",
    "generator.max_tokens=80", "generator.dtype=float32", "problems.share=0.1",
    "finetune.model=sample:model", "finetune.precision=float32", "finetune.lora_rank=4",
    f"finetune.step_tokens={STEP_TOKENS}", "finetune.row_tokens=256", "finetune.micro_tokens=1024",
    f"compare.methods=[{','.join(METHODS)}]", "compare.controls=[]", f"compare.budgets=[{BUDGET}]",
    *(f"compare.variants.{name}={changes}" for name, changes in VARIANTS.items()),
    "compare.full_seeds=1", f"compare.long_controls=[{BUDGET}]", "compare.max_tokens=80",
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


def _config(files, out, *overrides):
    return load(
        CompareJobConfig, None, [*SETTINGS, *overrides],
        {"corpus": [str(files / "pool.jsonl")], "compare.held_out": [str(files / "test.jsonl")],
         "out": str(out)},
    )  # fmt: skip


def _progress():
    return Progress(LogFormat.JSON, io.StringIO())


def _run(files, out, *overrides):
    return compare(_config(files, out, *overrides), _progress())


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
    assert set(trials) == {"base", "full", *ARMS, *LONG}
    assert trials["base"]["train_tokens"] == trials["base"]["steps"] == 0
    full = trials["full"]
    assert full["samples"] == ran["encode"].output.rows("encoded")
    assert full["pool_tokens"] == ran["encode"].output.counts["tokens"] == full["train_tokens"]
    for method in ARMS:
        trial = trials[method]
        assert 0.2 * full["pool_tokens"] < trial["pool_tokens"] <= BUDGET * full["pool_tokens"]
        assert trial["train_tokens"] == trial["pool_tokens"]
        assert len(trial["losses"]) == trial["steps"] > 1
    # All of the pool for the budget's share of the steps, and the budget's rows for all of full's.
    stopped, repeated = (trials[name] for name in LONG)
    assert stopped["pool_tokens"] == full["pool_tokens"]
    assert stopped["train_tokens"] == pytest.approx(BUDGET * full["train_tokens"], abs=STEP_TOKENS)
    assert stopped["losses"][0] == full["losses"][0]
    assert repeated["pool_tokens"] == trials["random"]["pool_tokens"]
    assert repeated["train_tokens"] == pytest.approx(full["train_tokens"], abs=STEP_TOKENS)
    timings = _table(ran, "timings").to_pylist()
    assert all((row["train_seconds"] > 0) == (row["method"] != "base") for row in timings)


def test_the_table_says_what_the_replies_count_up_to(first):
    out, ran = first
    scores = _table(ran, "scores")
    assert scores.num_rows == (2 + len(ARMS) + len(LONG)) * HELD_OUT
    found = json.loads((out / "comparison.json").read_text())
    assert {arm["method"] for arm in found["arms"]} == {"base", "full", *ARMS, *LONG}
    assert found["aside"] == sorted([*VARIANTS, *LONG])
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
    assert (record["chunks"], record["chunks_run"]) == (9 + 5 + 2, 5 + 2)
    old = (pc.field("seed") == 0) & (pc.field("method") != "deita")
    assert _table(grown, "trials").filter(old).equals(_table(again, "trials"))
    # Another seed is another order of training, and for random other samples.
    losses = {(r["method"], r["seed"]): r["losses"] for r in _table(grown, "trials").to_pylist()}
    for method in ARMS:
        assert losses[method, 0] != losses[method, 1]
    arms = json.loads((out / "comparison.json").read_text())["arms"]
    assert {arm["method"]: len(arm["seeds"]) for arm in arms} == {
        "base": 1, "full": 1, **dict.fromkeys(LONG, 1), **dict.fromkeys((*ARMS, "deita"), 2),
    }  # fmt: skip


def _folder(ran):
    return ran["trials"].output.folder.rstrip("/").rpartition("/")[2]


def _result(out):
    """All of comparison.json that is no time."""
    found = json.loads((out / "comparison.json").read_text())
    for arm in found["arms"]:
        for name in TIMES:
            arm.pop(name)
    return found


def test_the_same_seed_gives_the_same_tables_whatever_the_workers(files, first, tmp_path):
    out = tmp_path / "out"
    # Everything before the trials is taken over, as its bytes are tested elsewhere.
    shutil.copytree(first[0], out, ignore=shutil.ignore_patterns("trials-*", "comparison.*"))
    ran = _run(files, out, "compare.seeds=[1]", "workers.trials.count=1")
    assert {name for name, one in ran.items() if one.reason} == {"trials"}
    for name in ("trials", "scores"):
        assert _table(ran, name).equals(_table(first[1], name))
    assert _result(out) == _result(first[0])


def test_nothing_is_told_before_a_method_has_a_trial(files, first, tmp_path):
    config = _config(files, tmp_path / "none", "compare.seeds=[1]")
    with pytest.raises(ConfigError, match="nothing to compare yet, the step scan is not done"):
        compare_so_far(config, _progress())
    out = tmp_path / "out"
    shutil.copytree(first[0], out, ignore=shutil.ignore_patterns("trials-*", "comparison.*"))
    config = _config(files, out, "compare.seeds=[1]")
    with pytest.raises(ConfigError, match="nothing to compare yet, no trial of a method is done"):
        compare_so_far(config, _progress())
    assert not (out / "comparison.json").exists()


def _command(files, out):
    """The command in a process and session of its own."""
    settings = out.parent / "compare.yaml"
    corpus, held_out = files / "pool.jsonl", files / "test.jsonl"
    settings.write_text(f"corpus: [{corpus}]\ncompare: {{held_out: [{held_out}], seeds: [1]}}\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    command = [sys.executable, "-m", "jobs.compare", str(settings), "--out", str(out), *SETTINGS]
    return subprocess.Popen(
        command, cwd=ROOT, env=kept, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip


def _markers(out):
    return {path.name: path.read_bytes() for path in out.glob("steps/trials-*/chunks/*.json")}


def test_a_comparison_that_is_killed_amid_its_trials_goes_on_to_the_same_table(
    files, first, tmp_path, wait_for, kill_tree
):
    out = tmp_path / "out"
    shutil.copytree(first[0], out, ignore=shutil.ignore_patterns("trials-*", "comparison.*"))
    killed = _command(files, out)

    def has_a_method():
        return any(name.startswith(ARMS) for name in _markers(out))

    wait_for(lambda: has_a_method() or killed.poll() is not None, "a trial of a method", 900)
    kill_tree(killed.pid)
    before = _markers(out)
    assert 1 < len(before) < 9, "killed too late"
    assert not (out / "comparison.json").exists()

    # What is there can be looked at, and nothing is run.
    left = compare_so_far(_config(files, out, "compare.seeds=[1]"), _progress())
    assert left == 9 - len(before)
    assert _markers(out) == before
    seen = json.loads((out / "comparison.json").read_text())
    assert seen["trials_left"] == left
    assert {f"{arm['method']}-{arm['budget']:g}-0" for arm in seen["arms"]} == {
        "-".join(name.removesuffix(".json").split("-")[:3]) for name in before
    }
    assert f"{left} trials still to be run" in (out / "comparison.md").read_text()

    again = _command(files, out)
    try:
        _, said = again.communicate(timeout=900)
    except subprocess.TimeoutExpired:
        kill_tree(again.pid)
        raise
    assert again.returncode == 0, said
    assert before.items() < _markers(out).items()
    (record,) = (json.loads(path.read_text()) for path in out.glob("steps/trials-*/record.json"))
    assert (record["chunks"], record["chunks_run"]) == (9, 9 - len(before))
    assert _result(out) == _result(first[0])
