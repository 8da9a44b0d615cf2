"""The main job on a cluster of a head and two worker nodes, all processes of this machine."""

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

from rbic.sample import corpus_dir, model_dir

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(1500)]

ROOT = Path(__file__).parents[2]
FIGURES = logging.getLogger(__name__)
REFINE = ("python", "-m", "jobs.refine")


def markers(folder, step):
    """Contents of the commit markers of a step, by chunk."""
    found = Path(folder).glob(f"{step}*/chunks/*.json" if step else "chunks/*.json")
    return {path.stem: path.read_text() for path in found}


def test_nobody_without_the_token_can_submit(cluster):
    body = json.dumps({"entrypoint": "true"}).encode()
    for key in ({}, {"Authorization": "Bearer " + "0" * 64}):
        headers = {"Content-Type": "application/json", **key}
        request = urllib.request.Request(f"{cluster.address}/api/jobs/", body, headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=30)
        assert refused.value.code in (401, 403)
    wrong = cluster.folder / "wrong-token"
    wrong.write_text("0" * 64)
    environment = cluster.environment | {"RAY_AUTH_TOKEN_PATH": str(wrong)}
    done = cluster.job("submit", "--no-wait", "--", "true", environment=environment)
    assert done.returncode != 0
    assert "nvalid" in done.stdout + done.stderr
    assert cluster.get("/api/jobs/") == []


def test_a_job_ends_with_the_exit_code_of_what_went_wrong(cluster):
    given = ("--out", str(cluster.folder / "none"))
    done = cluster.job("submit", "--submission-id", "wrong-key", "--working-dir", ".", "--",
                       *REFINE, "corpus.jsonl", *given, "select.budgt=0.1")  # fmt: skip
    assert done.returncode == 1
    assert "unknown key select.budgt; did you mean select.budget?" in done.stdout
    assert cluster.ended("wrong-key")["driver_exit_code"] == 2
    cluster.submit("no-corpus", *REFINE, "absent.jsonl", *given)
    assert cluster.end("no-corpus")["driver_exit_code"] == 3
    assert "no such file or folder" in cluster.log("no-corpus")


@pytest.mark.parametrize("kind", ["tasks", "actors"])
def test_a_lost_node_costs_the_chunks_that_ran_on_it_and_no_other(cluster, tmp_path, kind):
    cluster.two_workers()
    folder, job = tmp_path / "out", tmp_path / "job"
    folder.mkdir()
    shutil.copytree(ROOT / "rbic", job / "rbic",
                    ignore=shutil.ignore_patterns("__pycache__", "sample"))  # fmt: skip
    (job / "rbic" / "sample").mkdir()
    for name in ("__init__.py", "names.py"):
        shutil.copy(ROOT / "rbic" / "sample" / name, job / "rbic" / "sample")
    shutil.copy(Path(__file__).with_name("slow_chunks.py"), job)
    cluster.submit(kind, "python", "slow_chunks.py", str(folder), kind, working_dir=job)

    def started():
        lines = (folder / "starts").read_text().splitlines() if (folder / "starts").exists() else []
        return [line.split()[0] for line in lines]

    cluster.wait_for(lambda: len(markers(folder, "")) >= 6, "six chunks")
    # Read before the kill: while it takes its second, what it interrupts may be done elsewhere.
    committed = markers(folder, "")
    cluster.kill(cluster.workers()[-1])
    in_flight = set(started()) - set(committed)
    assert cluster.end(kind)["status"] == "SUCCEEDED", cluster.log(kind)

    runs = Counter(started())
    twice = {chunk for chunk, times in runs.items() if times > 1}
    FIGURES.info("%s: %d of 24 committed at the kill, %d in flight, %d run twice",
                 kind, len(committed), len(in_flight), len(twice))  # fmt: skip
    assert len(runs) == 24
    assert twice <= in_flight
    assert len(twice) <= 2, "the node had two CPUs"
    after = markers(folder, "")
    assert {chunk: after[chunk] for chunk in committed} == committed
    # The code is the uploaded one, not what is installed on this machine.
    assert "working_dir_files" in (folder / "starts").read_text().splitlines()[0]


def settings(engine):
    """A small run in which each model step has many chunks."""
    return [
        "--config", "conf/demo.yaml", f"generator.engine={engine}", "select.budget=0.2",
        "workers.embed.chunk_rows=8", "workers.neighbours.chunk_rows=16",
        "workers.attempts.chunk_rows=8", "domains.min_size=5",
    ]  # fmt: skip


def published(out):
    """Digests of what a run has published, and of every file of every table."""
    files = [
        *(out / "refined").rglob("*"),
        out / "ledger.parquet",
        *out.glob("steps/*/*/*.parquet"),
    ]
    return {
        str(file.relative_to(out)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
        if file.is_file()
    }


@pytest.fixture
def corpus(tmp_path):
    """The beginning of the sample corpus."""
    lines = (corpus_dir() / "stories.jsonl").read_text().splitlines(keepends=True)
    path = tmp_path / "stories.jsonl"
    path.write_text("".join(lines[:120]))
    return str(path)


def test_a_stopped_job_goes_on_and_a_lost_node_changes_no_byte(cluster, tmp_path, corpus):
    cluster.two_workers()
    engine = "transformers" if (model_dir() / "config.json").is_file() else "none"
    lost_in = "neighbours" if engine == "none" else "attempts"
    common = [corpus, *settings(engine)]
    # One a node, which has two CPUs.
    quiet = [f"workers.{step}.{key}" for step in ("embed", "neighbours", "attempts")
             for key in ("count=2", "cpus_each=1.5")]  # fmt: skip
    job = [*REFINE, *common, "--out", str(tmp_path / "out"), "log=json", "cluster.address=auto"]
    steps = tmp_path / "out" / "steps"

    cluster.submit("first", *job, *quiet)
    cluster.wait_for(lambda: markers(steps, "embed"), "the first chunk of embed", 300)
    cluster.get("/api/jobs/first/stop", method="POST")
    assert cluster.end("first")["status"] == "STOPPED"
    stopped = markers(steps, "embed")
    assert not list(steps.glob("embed-*/record.json")), "stopped too late"

    cluster.submit("second", *job, *quiet)
    cluster.wait_for(lambda: markers(steps, lost_in), f"the first chunk of {lost_in}", 300)
    cluster.kill(cluster.workers()[-1])
    committed = markers(steps, lost_in)
    assert not list(steps.glob(f"{lost_in}-*/record.json")), "killed too late"
    assert cluster.end("second")["status"] == "SUCCEEDED", cluster.log("second")

    assert "continues where it was broken off" in cluster.log("second")
    for step, before in (("embed", stopped), (lost_in, committed)):
        after = markers(steps, step)
        assert {chunk: after[chunk] for chunk in before} == before
        FIGURES.info("%s: %d of %d chunks were committed before", step, len(before), len(after))

    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    plain = [sys.executable, "-m", "jobs.refine", *common, "--out", str(tmp_path / "plain")]
    few = [f"workers.{step}.count=1" for step in ("embed", "neighbours", "attempts", "ingest")]
    subprocess.run([*plain, *few], check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    assert published(tmp_path / "out") == published(tmp_path / "plain")
