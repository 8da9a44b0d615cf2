"""Check every attempt of a round against the reference answer.

Without a judge model there is one step:

verdicts   reads   problems    reference answers and options
                   attempts    replies
           writes  verdicts    one row an attempt

With one, that step is called `checked`, and after the step `judgements` comes

verdicts   reads   checked     the same table
                   judgements  what the judge said of pairs that the checker cannot decide
           writes  verdicts    one row an attempt; those that the judge decided have its method
"""

from dataclasses import asdict
from functools import partial

import pyarrow as pa

from rbic.chunks import Chunk, ChunkTables, Step, Workers, plan_rows, read_rows
from rbic.core.judge import METHOD
from rbic.distinct import rows_of
from rbic.evidence import round_step
from rbic.models.checker import Checker, CheckRule
from rbic.models.evaluation import judge
from rbic.outputs import Inputs
from rbic.schema import VERDICTS, Verdict

JUDGED = ("judged_right", "judged_wrong")
"""Counts of verdicts that a judge gave."""


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


class SettleChunk:
    """Puts the judge's word where the checker had none."""

    def __init__(self, inputs: Inputs, number: int) -> None:
        """Read what the judge decided."""
        self._checked = inputs[round_step("checked", number)]
        judgements = inputs[round_step("judgements", number)]
        columns = ["sample_id", "final_answer", "verdict"]
        self._said = {
            (row["sample_id"], row["final_answer"]): row["verdict"]
            for row in judgements.read("judgements", columns).to_pylist()
            if row["verdict"] != Verdict.UNDECIDABLE
        }

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """The verdicts of one chunk."""
        verdicts = read_rows(self._checked, "verdicts", chunk)
        rows = verdicts.to_pylist()
        counts = {verdict.value: 0 for verdict in Verdict}
        counts |= dict.fromkeys(JUDGED, 0)
        for row in rows:
            said = None
            if row["verdict"] == Verdict.UNDECIDABLE:
                said = self._said.get((row["sample_id"], row["final_answer"]))
            if said is not None:
                row |= {"verdict": said, "method": METHOD}
                counts[f"judged_{said}"] += 1
            counts[row["verdict"]] += 1
        return ChunkTables({"verdicts": pa.Table.from_pylist(rows, VERDICTS.schema)}, counts)


def verdicts_step(rule: CheckRule, workers: Workers, number: int, name: str = "verdicts") -> Step:
    """Check a round's attempts by chunks.

    Args:
        rule: what decides.
        workers: what the machine gives.
        number: of the round.
        name: `verdicts`, or `checked` where a judge has the last word.
    """
    attempts = round_step("attempts", number)
    return Step(
        name=round_step(name, number),
        reads=(round_step("problems", number), attempts),
        writes={"verdicts": VERDICTS.schema},
        params=asdict(rule),
        plan=lambda inputs: plan_rows(inputs[attempts].tables["attempts"], workers.chunk_rows),
        worker=partial(CheckChunk, rule=rule, number=number),
        workers=workers,
        version=6,
        unit="attempts",
    )


def settle_step(workers: Workers, number: int) -> Step:
    """Take the judge's word for what was checked in a round and could not be decided."""
    checked = round_step("checked", number)
    return Step(
        name=round_step("verdicts", number),
        reads=(checked, round_step("judgements", number)),
        writes={"verdicts": VERDICTS.schema},
        params={},
        plan=lambda inputs: plan_rows(inputs[checked].tables["verdicts"], workers.chunk_rows),
        worker=partial(SettleChunk, number=number),
        workers=workers,
        unit="attempts",
    )
