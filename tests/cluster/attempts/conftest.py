"""Runs of the whole command whose attempts can be disturbed.

What comes before the attempts is done once, and every run begins with a copy of it.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from rbic.sample import corpus_dir

ROOT = Path(__file__).parents[3]
ROWS, ATTEMPTS, CHUNK_ROWS = 64, 4, 4
SETTINGS = (
    "--config", "conf/demo.yaml", f"generator.attempts={ATTEMPTS}", "select.budget=0.3",
    "domains.min_size=5", f"workers.attempts.chunk_rows={CHUNK_ROWS}", "workers.attempts.count=1",
    "log=json",
)  # fmt: skip


class Run:
    """The command in a process of its own, and what it leaves."""

    def __init__(self, corpus, out, *settings, until="attempts", environment=None):
        self.out = out
        self._log = out.parent / f"{out.name}-{time.monotonic_ns()}.log"
        own = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jobs.refine", str(corpus), "--out", str(out), *SETTINGS,
                 "--until", until, *settings],
                cwd=ROOT, env={**own, "HF_HUB_OFFLINE": "1", **(environment or {})}, stdout=log,
                stderr=subprocess.STDOUT,
            )  # fmt: skip

    def wait(self):
        """Wait until it is done, and well."""
        assert self.process.wait(timeout=600) == 0, self.text()
        return self

    def text(self):
        """What it said."""
        return self._log.read_text()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def committed(self):
        """Contents of the commit markers of the attempts, by chunk, while it runs."""
        assert self.process.poll() is None, self.text()
        assert not list(self.out.glob("steps/attempts-*/record.json")), "disturbed too late"
        return self._markers()

    def _markers(self):
        found = self.out.glob("steps/attempts-*/chunks/*.json")
        return {path.stem: path.read_text() for path in found}

    def table(self, name):
        """The rows of a table of the step that has its name, in the order of its files."""
        (step,) = self.out.glob(f"steps/{name}-*")
        files = json.loads((step / "record.json").read_text())["tables"][name]
        return [row for one in files for row in pq.read_table(step / one["file"]).to_pylist()]

    def attempts(self):
        """All attempts, of which none is there twice or missing."""
        rows = self.table("attempts")
        keys = {(row["sample_id"], row["attempt"]) for row in rows}
        asked = {row["sample_id"] for row in self.table("problems")}
        assert len(rows) == len(keys) > ROWS * ATTEMPTS * 3 // 4
        assert keys == {(one, attempt) for one in asked for attempt in range(ATTEMPTS)}
        return rows

    def files(self):
        """Digests of the files of all tables."""
        return {
            str(file.relative_to(self.out)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in self.out.glob("steps/*/*/*.parquet")
        }

    def kept(self, committed):
        """Check that it did not compute anew what was committed."""
        after = self._markers()
        assert {chunk: after[chunk] for chunk in committed} == committed


@pytest.fixture(scope="session")
def sizes():
    """Rows of the corpus, attempts at each problem, rows of a chunk."""
    return ROWS, ATTEMPTS, CHUNK_ROWS


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    """The beginning of the sample corpus."""
    lines = (corpus_dir() / "stories.jsonl").read_text().splitlines(keepends=True)
    path = tmp_path_factory.mktemp("corpus") / "stories.jsonl"
    path.write_text("".join(lines[:ROWS]))
    return path


@pytest.fixture(scope="session")
def prepared(corpus, tmp_path_factory):
    """A run up to the choice of problems."""
    out = tmp_path_factory.mktemp("prepared") / "out"
    return Run(corpus, out, "generator.engine=transformers", until="problems").wait()


@pytest.fixture(scope="session")
def begin(corpus, prepared):
    """Starts a run that has the attempts still before it, or goes on with one."""
    runs = []

    def make(out, *settings, **options):
        if not out.exists():
            shutil.copytree(prepared.out, out)
        runs.append(Run(corpus, out, *settings, **options))
        return runs[-1]

    yield make
    for run in runs:
        run.kill()


@pytest.fixture(scope="session")
def gone(wait_for):
    """Waits until processes have ended."""

    def wait(*pids):
        wait_for(lambda: not any(map(_runs, pids)), f"the end of {pids}", 60)

    return wait


def _runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
