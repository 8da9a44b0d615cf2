"""Distinct samples: those that are no exact duplicate, by chunk or all in order of id."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rbic import storage
from rbic.core.templates import Templates
from rbic.outputs import StepOutput


class MarkedRows:
    """The rows that the marks of one step name, for looking up whole chunks of samples."""

    def __init__(self, output: StepOutput) -> None:
        """Read source and row of every mark."""
        marks = output.read("marks", ["source", "row"])
        source_M = np.asarray(marks["source"].to_pylist(), dtype=object)
        row_M = marks["row"].to_numpy()
        self._rows = {name: np.sort(row_M[source_M == name]) for name in set(source_M)}

    def drop(self, samples: pa.Table) -> pa.Table:
        """The samples that are not marked; they need the columns `source` and `row`."""
        if not self._rows or samples.num_rows == 0:
            return samples
        keep_N = np.ones(samples.num_rows, dtype=bool)
        source_N = np.asarray(samples["source"].to_pylist(), dtype=object)
        row_N = samples["row"].to_numpy()
        for name in set(source_N):
            here_N = source_N == name
            keep_N[here_N] = ~np.isin(row_N[here_N], self._rows.get(name, []))
        return samples.filter(pa.array(keep_N))


def distinct_samples(ingest: StepOutput, duplicates: StepOutput, columns: list[str]) -> pa.Table:
    """The named columns of all distinct samples, in order of id; `sample_id` comes first."""
    repeats = MarkedRows(duplicates)
    wanted = list(dict.fromkeys(["sample_id", *columns]))
    needed = list(dict.fromkeys([*wanted, "source", "row"]))
    parts = [
        repeats.drop(storage.read_parquet(file.path, needed)).select(wanted)
        for file in ingest.tables["samples"]
    ]
    empty = pa.schema([ingest.schemas["samples"].field(name) for name in wanted]).empty_table()
    return pa.concat_tables([empty, *parts]).sort_by("sample_id").combine_chunks()


def rows_of(id_N: NDArray[np.int64], wanted_M: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where ids lie among ascending ids; -1 for an id that is not there."""
    place_M = np.searchsorted(id_N, wanted_M)
    place_M = np.minimum(place_M, max(0, len(id_N) - 1))
    there_M = id_N[place_M] == wanted_M if len(id_N) else np.zeros(len(wanted_M), bool)
    return np.where(there_M, place_M, -1)


def texts_of(
    ingest: StepOutput, wanted: NDArray[np.int64], columns: list[str]
) -> Iterator[pa.Table]:
    """Rows of samples whose ids are wanted, file by file, so that no other text is kept."""
    wanted_ids = pa.array(np.unique(wanted))
    for file in ingest.tables["samples"]:
        table = storage.read_parquet(file.path, ["sample_id", *columns])
        yield table.filter(pc.is_in(table["sample_id"], value_set=wanted_ids))


def by_id(table: pa.Table, id_N: NDArray[np.int64], where: str) -> pa.Table:
    """The rows of a table for ascending ids, one each, in their order.

    Raises:
        ValueError: an id has no row, or two.
    """
    found_N = table["sample_id"].to_numpy()
    order_N = np.argsort(found_N, kind="stable")
    if len(found_N) != len(id_N) or not np.array_equal(found_N[order_N], id_N):
        raise ValueError(f"{where}: {len(found_N)} rows do not match the {len(id_N)} samples")
    return table.take(order_N)


def read_templates(output: StepOutput) -> Templates:
    """The frames of questions, as the step `templates` wrote them."""
    rows = output.read("templates").to_pylist()
    return Templates(
        frozenset(row["words"] for row in rows if row["edge"] == "begin"),
        frozenset(row["words"] for row in rows if row["edge"] == "end"),
    )


def flat_lists(column: pa.ChunkedArray) -> NDArray[Any]:
    """The values of a column of fixed-size lists, one list after another."""
    parts = [part.flatten() for part in column.chunks]
    values: NDArray[Any] = pa.concat_arrays(parts).to_numpy() if parts else np.empty(0, np.int64)
    return values
