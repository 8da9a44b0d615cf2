"""The stage `attempts` as a run has it: Ray, an engine in a process of its own, chunks, Parquet.

    python -m benchmarks.generate.through_stage ASKED.json REPLIES.json

ASKED and REPLIES are those of `benchmarks.generate.direct`; loaded is the moment at which the first
chunk began.
"""

import io
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rbic import cluster
from rbic.chunks import Chunk, ChunkTables, Step, Workers, marker, run_chunk, whole
from rbic.cluster import ClusterConfig
from rbic.models.generator import Engine, GeneratorConfig
from rbic.outputs import Inputs
from rbic.progress import LogFormat, Progress
from rbic.schema import PROBLEMS
from rbic.stages.attempts import attempts_step
from rbic.steps import run_steps


class _Problems:
    """Writes the questions as the table that the stage reads."""

    def __init__(self, inputs: Inputs, questions: Sequence[str], attempts: int) -> None:
        self._questions = questions
        self._attempts = attempts

    def __call__(self, chunk: Chunk) -> ChunkTables:
        rows = len(self._questions)
        columns: Mapping[str, Any] = {
            "sample_id": np.arange(rows),
            "question": self._questions,
            "answer": [""] * rows,
            "options": [None] * rows,
            "attempts": np.full(rows, self._attempts),
            "first_attempt": np.zeros(rows),
        }
        arrays = [pa.array(columns[one.name]).cast(one.type) for one in PROBLEMS.schema]
        return ChunkTables({"problems": pa.table(arrays, schema=PROBLEMS.schema)})


def _loaded(make: Callable[[Inputs], Any], inputs: Inputs) -> Any:
    """A worker with its model: the stage loads it within the first chunk that has to ask."""
    worker = make(inputs)
    worker.asker.load()
    return worker


def _stream(
    first_chunk: list[float], step: Step, inputs: dict[str, str], folder: str,
    chunks: Sequence[Chunk],
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """The problems are written here, everything else on the cluster."""
    if step.name == "problems":
        yield from (run_chunk(step.worker({}), step, folder, chunk) for chunk in chunks)
        return
    for done in cluster.stream_chunks(step, inputs, folder, chunks):
        written = Path(marker(folder, Chunk(done["chunk"], 0))).stat().st_mtime
        first_chunk.append(written - done["seconds"])
        yield done


def main(asked_path: str, replies_path: str) -> None:
    """Run the step on a Ray of its own; write what it wrote."""
    asked = json.loads(Path(asked_path).read_text())
    config = GeneratorConfig(**asked["generator"] | {"engine": Engine.VLLM})
    workers = Workers(**asked["workers"])
    problems = Step(
        name="problems",
        reads=(),
        writes={"problems": PROBLEMS.schema},
        params={},
        plan=lambda inputs: whole(len(asked["questions"])),
        worker=partial(_Problems, questions=asked["questions"], attempts=config.attempts),
    )
    attempts = attempts_step(config, workers, 1)
    attempts = replace(attempts, worker=partial(_loaded, attempts.worker))
    cluster.connect(ClusterConfig())
    begun: list[float] = []
    with tempfile.TemporaryDirectory() as root:
        ran = run_steps(
            [problems, attempts],
            root,
            Progress(LogFormat.JSON, io.StringIO()),
            partial(_stream, begun),
        )
        written = time.time()
        table = ran["attempts"].output.read("attempts", ["sample_id", "reply", "reply_tokens"])
    cluster.disconnect()
    replies: list[list[list[Any]]] = [[] for _ in asked["questions"]]
    for row in table.to_pylist():
        replies[row["sample_id"]].append([row["reply"], row["reply_tokens"]])
    Path(replies_path).write_text(
        json.dumps({"loaded": min(begun), "written": written, "replies": replies})
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
