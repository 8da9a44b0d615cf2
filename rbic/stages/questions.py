"""Which problems of an evaluation are asked: each once, however many rows repeat it.

Reads   samples
Writes  problems   one row a distinct question and answer
"""

from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rbic.chunks import Chunk, ChunkTables, Step, Workers, whole
from rbic.core.problems import representatives
from rbic.corpus import CorpusError
from rbic.outputs import Inputs
from rbic.schema import PROBLEMS


class ChooseQuestions:
    """Lists the distinct problems in one piece of work."""

    def __init__(self, inputs: Inputs, attempts: int) -> None:
        """Take the inputs."""
        self._ingest = inputs["ingest"]
        self._attempts = attempts

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """Problems with a reference answer, in order of id; rows that repeat one are not asked."""
        columns = ["sample_id", "problem_id", "question", "answer", "options"]
        samples = self._ingest.read("samples", columns).sort_by("sample_id")
        answered = samples.filter(pc.is_valid(samples["answer"]))
        if not answered.num_rows:
            raise CorpusError(
                f"none of the {samples.num_rows:,} rows has a reference answer; name its field "
                "with ingest.fields.answer"
            )
        problems = answered.take(representatives(answered["problem_id"].to_numpy()))
        for name, value in (("attempts", self._attempts), ("first_attempt", 0)):
            column = pa.array(np.full(problems.num_rows, value, np.int32))
            problems = problems.append_column(name, column)
        counts = {"without_reference": samples.num_rows - answered.num_rows}
        return ChunkTables({"problems": problems.select(PROBLEMS.names)}, counts)


def questions_step(attempts: int, workers: Workers) -> Step:
    """Choose the distinct problems of an evaluation; each is asked `attempts` times."""
    return Step(
        name="problems",
        reads=("ingest",),
        writes={"problems": PROBLEMS.schema},
        params={"attempts": attempts},
        plan=lambda inputs: whole(inputs["ingest"].rows("samples")),
        worker=partial(ChooseQuestions, attempts=attempts),
        workers=workers,
    )
