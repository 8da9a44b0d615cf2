"""Link each sample to its nearest others by cosine similarity: the knowledge-domain graph.

Reads   vectors
Writes  neighbours   one row a sample, in order of id
Needs   all vectors in a worker's memory, 6 bytes a component
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rbic.chunks import Chunk, ChunkTables, Step, Workers
from rbic.core.exact_search import exact_neighbour_groups, recall_of
from rbic.core.neighbours import (
    NO_COSINE,
    SCORE_UNIT,
    expand_groups,
    group_equal_rows,
    unit_rows,
)
from rbic.models.knn import KernelName, load_kernel
from rbic.outputs import Inputs, StepOutput
from rbic.schema import neighbours_schema


@dataclass(frozen=True)
class NeighbourConfig:
    """The graph."""

    k: int = 32
    """Neighbours a sample."""
    kernel: KernelName = KernelName.AUTO
    """What proposes candidates; the result does not depend on it."""
    recall_rows: int = 500
    """Rows whose neighbours are found again by scoring every pair, to report recall."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 1 <= self.k <= 1024:
            raise ValueError(f"neighbours.k must be in [1, 1024], got {self.k}")
        if self.recall_rows < 0:
            raise ValueError(f"neighbours.recall_rows must be 0 or more, got {self.recall_rows}")


def read_vectors(vectors: StepOutput) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
    """Ids ascending, shape (N,), and their vectors, shape (N, D)."""
    table = vectors.read("vectors")
    id_N = table["sample_id"].to_numpy()
    column = table["vector"].combine_chunks()
    flat = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
    vector_ND = flat.flatten().to_numpy().reshape(len(id_N), -1)
    order_N = np.argsort(id_N)
    return id_N[order_N], vector_ND[order_N]


class FindNeighbours:
    """Holds all vectors; finds the neighbours of one block of samples after another."""

    def __init__(self, inputs: Inputs, config: NeighbourConfig) -> None:
        """Load the vectors and the kernel."""
        self._config = config
        self._id_N, vector_ND = read_vectors(inputs["embed"])
        first_G, self._group_N = group_equal_rows(vector_ND)
        self._base_GD = unit_rows(vector_ND[first_G])
        self._member_N = np.argsort(self._group_N, kind="stable")
        self._start_G = np.concatenate([[0], np.cumsum(np.bincount(self._group_N))])
        self._kernel = load_kernel(config.kernel, self._base_GD)

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """The neighbours of the samples `start` to `stop` in order of id."""
        own_Q = np.arange(chunk.payload["start"], chunk.payload["stop"])
        query_U, of_query_Q = np.unique(self._group_N[own_Q], return_inverse=True)
        score_UK, group_UK = exact_neighbour_groups(
            query_U, self._base_GD, self._search, self._kernel.error, self._config.k + 1
        )
        score_QK, row_QK = expand_groups(
            own_Q, score_UK[of_query_Q], group_UK[of_query_Q],
            self._start_G, self._member_N, self._config.k,
        )  # fmt: skip
        checked_U = self._checked(query_U)
        found, wanted = recall_of(query_U[checked_U], group_UK[checked_U], self._base_GD)
        table = self._table(own_Q, score_QK, row_QK)
        return ChunkTables({"neighbours": table}, {"recall_found": found, "recall_wanted": wanted})

    def _search(
        self, query_QD: NDArray[np.float32], wanted: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        found = self._kernel.search(query_QD, wanted)
        return found.row_QC, found.floor_Q

    def _checked(self, query_U: NDArray[np.int64]) -> NDArray[np.int64]:
        """Which queries to check: about `recall_rows` over all chunks, the same ones every time."""
        if not self._config.recall_rows:
            return np.empty(0, np.int64)
        every = max(1, len(self._base_GD) // self._config.recall_rows)
        return np.flatnonzero(query_U % every == 0)

    def _table(
        self, own_Q: NDArray[np.int64], score_QK: NDArray[np.int32], row_QK: NDArray[np.int64]
    ) -> pa.Table:
        none_QK = row_QK < 0
        id_QK = np.where(none_QK, -1, self._id_N[row_QK])
        cosine_QK = np.where(none_QK, NO_COSINE, score_QK / SCORE_UNIT).astype(np.float32)
        k = self._config.k
        columns = {
            "sample_id": self._id_N[own_Q],
            "neighbour_id": pa.FixedSizeListArray.from_arrays(pa.array(id_QK.ravel()), k),
            "cosine": pa.FixedSizeListArray.from_arrays(pa.array(cosine_QK.ravel()), k),
            "exact": np.ones(len(own_Q), dtype=bool),
        }
        return pa.table(columns, schema=neighbours_schema(k))


def _plan(inputs: Inputs, block_rows: int) -> list[Chunk]:
    rows = inputs["embed"].rows("vectors")
    return [
        Chunk(f"{start:09d}", stop - start, {"start": start, "stop": stop})
        for start in range(0, rows, block_rows)
        for stop in [min(start + block_rows, rows)]
    ]


def neighbours_step(config: NeighbourConfig, workers: Workers) -> Step:
    """Find exact neighbours by blocks of queries."""
    return Step(
        name="neighbours",
        reads=("embed",),
        writes={"neighbours": neighbours_schema(config.k)},
        params={"k": config.k, "recall_rows": config.recall_rows},
        plan=partial(_plan, block_rows=workers.chunk_rows),
        worker=partial(FindNeighbours, config=config),
        workers=workers,
        loads_model=True,
    )
