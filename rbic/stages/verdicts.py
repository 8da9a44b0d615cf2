"""Check every attempt of a round against the reference answer.

Reads   problems   reference answers and options
        attempts   replies
Writes  verdicts   one row an attempt
"""

from dataclasses import asdict
from functools import partial

import pyarrow as pa

from rbic.chunks import Chunk, ChunkTables, Step, Workers, plan_rows, read_rows
from rbic.core.answers.judgement import Method
from rbic.distinct import rows_of
from rbic.evidence import round_step
from rbic.models.checker import Checker, CheckRule, Judged
from rbic.models.generator import Finish
from rbic.outputs import Inputs
from rbic.schema import VERDICTS, Verdict

_SILENT = frozenset({Finish.FAILED, Finish.PROMPT_TOO_LONG})
_UNANSWERED = Judged(None, Verdict.UNDECIDABLE, Method.UNANSWERED)


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
        judged = self._checker.check(
            problems["answer"].to_pylist(),
            attempts["reply"].to_pylist(),
            problems["options"].to_pylist(),
        )
        # A request that failed says nothing about the problem, whatever the error's words hold.
        judged = [
            _UNANSWERED if finish in _SILENT else one
            for one, finish in zip(judged, attempts["finish"].to_pylist(), strict=True)
        ]
        verdicts = {
            "sample_id": attempts["sample_id"],
            "attempt": attempts["attempt"],
            "final_answer": [one.final_answer for one in judged],
            "verdict": [one.verdict for one in judged],
            "method": [one.method for one in judged],
        }
        counts = {
            verdict.value: sum(one.verdict is verdict for one in judged) for verdict in Verdict
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
        unit="attempts",
    )
