"""Check every attempt of a round against the reference answer.

Reads   problems   reference answers and options
        attempts   replies
Writes  verdicts   one row an attempt
"""

from dataclasses import asdict
from functools import partial

import pyarrow as pa

from rbic.chunks import Chunk, ChunkTables, Step, Workers, plan_rows, read_rows
from rbic.distinct import rows_of
from rbic.evidence import round_step
from rbic.models.checker import Checker, CheckRule
from rbic.models.evaluation import judge
from rbic.outputs import Inputs
from rbic.schema import VERDICTS, Verdict


class CheckChunk:
    """Keeps the reference answers and one checking process."""

    def __init__(self, inputs: Inputs, rule: CheckRule, number: int) -> None:
        """Read the reference answers."""
        self._attempts = inputs[round_step("attempts", number)]
        problems = inputs[round_step("problems", number)]
        columns = ["sample_id", "answer", "options"]
        self._problems = problems.read("problems", columns).sort_by("sample_id")
        self._checker = Checker(rule)

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """The verdicts of one chunk."""
        columns = ["sample_id", "attempt", "reply", "finish"]
        attempts = read_rows(self._attempts, "attempts", chunk, columns)
        id_N = self._problems["sample_id"].to_numpy()
        problems = self._problems.take(rows_of(id_N, attempts["sample_id"].to_numpy()))
        verdicts = {
            "sample_id": attempts["sample_id"],
            "attempt": attempts["attempt"],
            **judge(
                self._checker,
                problems["answer"].to_pylist(),
                attempts["reply"].to_pylist(),
                problems["options"].to_pylist(),
                attempts["finish"].to_pylist(),
            ),
        }
        counts = {
            verdict.value: sum(one is verdict for one in verdicts["verdict"]) for verdict in Verdict
        }
        return ChunkTables({"verdicts": pa.table(verdicts, schema=VERDICTS.schema)}, counts)


def verdicts_step(rule: CheckRule, workers: Workers, number: int) -> Step:
    """Check a round's attempts by chunks."""
    attempts = round_step("attempts", number)
    return Step(
        name=round_step("verdicts", number),
        reads=(round_step("problems", number), attempts),
        writes={"verdicts": VERDICTS.schema},
        params=asdict(rule),
        plan=lambda inputs: plan_rows(inputs[attempts].tables["attempts"], workers.chunk_rows),
        worker=partial(CheckChunk, rule=rule, number=number),
        workers=workers,
        version=3,
        unit="attempts",
    )
