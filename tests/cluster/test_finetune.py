"""Fine-tuning through Ray Train, with workers and drivers that are killed in the middle."""

import json
import os
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import pytest

from rbic.sample import corpus_dir

pytest.importorskip("peft", reason="needs the extra train")
pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(1200)]

ROOT = Path(__file__).parents[2]
EPOCHS, SETTINGS = 12, (
    "finetune.lora_rank=4", "finetune.step_tokens=1024", "finetune.row_tokens=256",
    "finetune.micro_tokens=512", "finetune.precision=float32", "finetune.learning_rate=2e-3",
    "finetune.lora_dropout=0.1", "finetune.neftune_alpha=5", "train.checkpoint_steps=10",
)  # fmt: skip


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "few.jsonl"
    with (corpus_dir() / "stories.jsonl").open() as stream:
        path.write_text("".join(islice(stream, 100)))
    return path


class _Job:
    """The command in a process of its own."""

    def __init__(self, corpus, out, *overrides):
        self.out = out
        self._log = out.parent / f"{out.name}-{time.monotonic_ns()}.log"
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("RAY_")
        }
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jobs.finetune", str(corpus), "--model", "sample:model",
                 "--out", str(out), f"finetune.epochs={EPOCHS}", *SETTINGS, *overrides],
                cwd=ROOT, env={**environment, "OMP_NUM_THREADS": "1"}, stdout=log,
                stderr=subprocess.STDOUT,
            )  # fmt: skip

    def wait(self):
        assert self.process.wait(timeout=900) == 0, self.text()
        return json.loads((self.out / "record.json").read_text())

    def text(self):
        return self._log.read_text()

    def checkpoints(self):
        return set(self.out.glob("train-*/checkpoint_*/state.pt"))

    def at_checkpoint(self, other_than=frozenset()):
        """Wait until there is a checkpoint, other than some, of a run that has not ended."""
        while not self.checkpoints() - other_than:
            assert self.process.poll() is None, self.text()
            time.sleep(0.02)
        assert not (self.out / "record.json").exists()


@pytest.fixture(scope="module")
def undisturbed(corpus, tmp_path_factory):
    """The record of a run that nothing happened to."""
    record = _Job(corpus, tmp_path_factory.mktemp("whole") / "out").wait()
    assert record["steps"] == len(record["losses"]) > 30
    assert record["losses"][-1] < record["losses"][0]
    return record


def _same_run(record, other):
    assert record["losses"] == pytest.approx(other["losses"], abs=2e-6)
    for name in ("steps", "tokens", "samples", "rows", "left_out"):
        assert record[name] == other[name]


def test_a_lost_worker_is_replaced_and_no_step_is_lost_or_taken_twice(
    corpus, undisturbed, below, tmp_path
):
    job = _Job(corpus, tmp_path / "out")
    job.at_checkpoint()
    (worker,) = below(job.process.pid, "ray::RayTrainWorker")
    os.kill(worker, signal.SIGKILL)
    assert not (job.out / "record.json").exists()
    _same_run(job.wait(), undisturbed)


def test_a_run_that_diverges_says_so_and_leaves_no_result(corpus, tmp_path):
    job = _Job(corpus, tmp_path / "out", "finetune.learning_rate=1e30")
    assert job.process.wait(timeout=900) == 4
    assert "try a lower finetune.learning_rate" in job.text()
    assert not (job.out / "record.json").exists()
    assert not (job.out / "adapter").exists()


def test_a_lost_driver_is_started_again_and_goes_on_also_after_a_lost_worker(
    corpus, undisturbed, below, wait_for, tmp_path
):
    first = _Job(corpus, tmp_path / "out")
    first.at_checkpoint()
    (worker,) = below(first.process.pid, "ray::RayTrainWorker")
    os.kill(worker, signal.SIGKILL)
    wait_for(
        lambda: worker not in below(first.process.pid, "ray::RayTrainWorker"), "the worker's end"
    )
    first.at_checkpoint(other_than=first.checkpoints())
    first.process.kill()
    first.process.wait()
    assert not (first.out / "record.json").exists()
    second = _Job(corpus, tmp_path / "out")
    _same_run(second.wait(), undisturbed)
    assert "goes on from its last checkpoint" in second.text()
    third = _Job(corpus, tmp_path / "out")
    third.wait()
    assert "is done" in third.text()


def test_training_begins_with_fewer_workers_where_there_is_room_for_no_more(
    corpus, undisturbed, tmp_path
):
    # Three CPUs are room for one worker that holds two, and two threads.
    job = _Job(
        corpus, tmp_path / "out", "cluster.logical_cpus=3", "train.cpus_each=2", "train.count=2",
        "train.least=1",
    )  # fmt: skip
    record = job.wait()
    assert (record["workers"], record["threads"]) == (1, 2)
    assert record["losses"] == pytest.approx(undisturbed["losses"], abs=2e-3)
    for name in ("steps", "tokens"):
        assert record[name] == undisturbed[name]


def test_two_workers_take_the_steps_of_one(corpus, undisturbed, tmp_path):
    job = _Job(corpus, tmp_path / "out", "train.count=2", "finetune.merge=true")
    record = job.wait()
    assert record["losses"] == pytest.approx(undisturbed["losses"], abs=2e-3)
    assert record["tokens"] == undisturbed["tokens"]
    assert (record["workers"], undisturbed["workers"]) == (2, 1)
    for name, file in (("adapter", "adapter_model.safetensors"), ("model", "model.safetensors")):
        assert (Path(record["written"][name]) / file).stat().st_size > 10_000
