"""Attempts whose engine, worker or driver is killed, through the whole command.

An engine is stopped before something is killed, so that the kill always falls into the middle of a
batch.
"""

import os
import signal
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(900)]

ENGINE = "rbic.models.engine_process"
TRANSFORMERS = ("generator.engine=transformers",)

# The engine's process finds this on its path: it answers at once, and dies of one question.
TOLD = """
import os, signal, sys
import rbic.models.generator as generator
from rbic.models.generator import Finish, Reply

class Told:
    name = "told 1"

    def __init__(self, config, watch, gpu_share):
        pass

    def generate(self, questions, seed_QA):
        if os.environ.get("DEADLY") in questions:
            print("my last words", file=sys.stderr, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        return [[Reply(f"#### {s % 7}", Finish.STOP, 4, len(q)) for s in seeds]
                for q, seeds in zip(questions, seed_QA.tolist())]

generator.load_engine = Told
"""


@pytest.fixture
def in_mid_batch(below, wait_for, sizes):
    """Stops the engine of a run in the middle of a batch, when another chunk is committed.

    Returns the engine's process, and the markers of all chunks that are committed.
    """

    def stop(run, before):
        wait_for(lambda: len(run.committed()) > len(before), "another chunk of attempts", 300)
        found = below(run.process.pid, ENGINE)
        (engine,) = [one for one in found if _parent(one) not in found]  # its guard is below it
        os.kill(engine, signal.SIGSTOP)
        # What the engine had said before is committed, and the next batch is under way.
        time.sleep(2)
        committed = run.committed()
        assert len(committed) < sizes[0] // sizes[2] - 1, "stopped too late"
        return engine, committed

    return stop


def _parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_killed_engine_worker_and_driver_change_no_byte(
    begin, in_mid_batch, below, gone, tmp_path
):
    run = begin(tmp_path / "out", *TRANSFORMERS)
    engine, by_first = in_mid_batch(run, {})
    os.kill(engine, signal.SIGKILL)
    gone(engine)
    engine, by_second = in_mid_batch(run, by_first)
    run.kept(by_first)
    os.kill(_parent(engine), signal.SIGKILL)
    gone(engine)
    engine, by_third = in_mid_batch(run, by_second)
    run.kept(by_second)
    # Ray's own agents look for a lost head for a minute; they hold nothing.
    workers, engines = below(run.process.pid, "ray::MapWorker"), below(run.process.pid, ENGINE)
    assert (len(workers), len(engines)) == (1, 2), "a worker, an engine and its guard"
    run.kill()
    gone(*workers, *engines)
    again = begin(tmp_path / "out", *TRANSFORMERS).wait()
    assert "continues where it was broken off" in again.text()
    again.kept(by_third)
    whole = begin(tmp_path / "whole", *TRANSFORMERS).wait()
    assert whole.attempts() == again.attempts()
    assert whole.files() == again.files()


def test_a_prompt_that_kills_every_engine_costs_its_row_alone(begin, prepared, sizes, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(TOLD)
    path = filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")])
    problem = prepared.table("problems")[11]
    environment = {"PYTHONPATH": os.pathsep.join(path), "DEADLY": problem["question"]}
    run = begin(tmp_path / "out", *TRANSFORMERS, until="difficulty", environment=environment)
    attempts, deadly = run.wait().attempts(), problem["sample_id"]
    of_it = [row for row in attempts if row["sample_id"] == deadly]
    assert [row["finish"] for row in of_it] == ["failed"] * sizes[1]
    assert all("died (SIGKILL): my last words" in row["reply"] for row in of_it)
    for row in attempts:
        if row["sample_id"] != deadly:
            assert (row["reply"], row["finish"]) == (f"#### {row['seed'] % 7}", "stop")
    levels = {row["sample_id"]: row for row in run.table("difficulty")}
    # A problem without a reply is not called hard: its level is predicted from the others'.
    assert levels[deadly]["basis"] == "propagated"
    assert sum(row["basis"] == "propagated" for row in levels.values()) == 1
