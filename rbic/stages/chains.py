"""Take each chain of thought apart: steps, what rests on what, what is sound.

Reads   samples   texts; exact duplicates are left out
Writes  chains    one row a distinct sample
"""

from dataclasses import asdict
from functools import partial

import pyarrow as pa

from rbic.chunks import Chunk, ChunkTables, Step, Workers, plan_rows, read_rows
from rbic.core.chains import chain_columns
from rbic.core.integrity import ChainRule
from rbic.distinct import MarkedRows
from rbic.outputs import Inputs
from rbic.schema import CHAINS


class AnalyseChunk:
    """Analyses one chunk after another."""

    def __init__(self, inputs: Inputs, rule: ChainRule) -> None:
        """Read the rows to leave out."""
        self._samples = inputs["ingest"]
        self._repeats = MarkedRows(inputs["duplicates"])
        self._rule = rule

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """The chains of one chunk."""
        columns = ["sample_id", "source", "row", "question", "chain", "answer", "options"]
        samples = self._repeats.drop(read_rows(self._samples, "samples", chunk, columns))
        found = chain_columns(
            samples["question"].to_pylist(),
            samples["chain"].to_pylist(),
            samples["answer"].to_pylist(),
            samples["options"].to_pylist(),
            self._rule,
        )
        table = pa.table({"sample_id": samples["sample_id"], **found}).cast(CHAINS.schema)
        return ChunkTables({"chains": table})


def chains_step(rule: ChainRule, workers: Workers) -> Step:
    """Analyse chains by chunks."""
    return Step(
        name="chains",
        version=8,
        reads=("ingest", "duplicates"),
        writes={"chains": CHAINS.schema},
        params=asdict(rule),
        plan=lambda inputs: plan_rows(inputs["ingest"].tables["samples"], workers.chunk_rows),
        worker=partial(AnalyseChunk, rule=rule),
        workers=workers,
    )
