"""Mark the rows that repeat an earlier row exactly.

Reads   samples   ids, sources and rows
Writes  marks     one row a repeat, naming the row that it repeats
"""

import numpy as np
import pyarrow as pa

from rbic.chunks import Chunk, ChunkTables, Step, Workers, whole
from rbic.core.exact_duplicates import first_occurrence
from rbic.outputs import Inputs
from rbic.schema import MARKS, MarkReason


class MarkDuplicates:
    """Compares the ids of all samples; three columns of them are in memory at once."""

    def __init__(self, inputs: Inputs) -> None:
        """Take the samples."""
        self._samples = inputs["ingest"]

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """All marks, in corpus order."""
        samples = self._samples.read("samples", ["sample_id", "source", "row"])
        return ChunkTables({"marks": mark_duplicates(samples)})


def mark_duplicates(samples: pa.Table) -> pa.Table:
    """The marks of the exact duplicates among samples in corpus order."""
    first_N = first_occurrence(samples["sample_id"].to_numpy())
    repeat_M = np.flatnonzero(first_N != np.arange(len(first_N)))
    repeats = samples.take(repeat_M)
    firsts = samples.take(first_N[repeat_M])
    columns = {
        "sample_id": repeats["sample_id"],
        "source": repeats["source"],
        "row": repeats["row"],
        "stage": pa.array(["duplicates"] * len(repeat_M), pa.string()),
        "reason": pa.array([MarkReason.EXACT_DUPLICATE] * len(repeat_M), pa.string()),
        "other_id": firsts["sample_id"],
        "other_source": firsts["source"],
        "other_row": firsts["row"],
        "score": pa.array(np.ones(len(repeat_M), np.float32)),
    }
    return pa.table(columns, schema=MARKS.schema)


def duplicates_step(workers: Workers) -> Step:
    """Mark exact duplicates in one piece of work."""
    return Step(
        name="duplicates",
        reads=("ingest",),
        writes={"marks": MARKS.schema},
        params={},
        plan=lambda inputs: whole(inputs["ingest"].rows("samples")),
        worker=MarkDuplicates,
        workers=workers,
    )
