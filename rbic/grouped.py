"""Samples with the groups that fields of their original rows put them in."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rbic import storage
from rbic.core.rows import parse_row
from rbic.core.shards import arrow_rows
from rbic.corpus import Format
from rbic.outputs import StepOutput, text_schema

NO_VALUE = "(none)"
"""The group of rows that lack the field."""

_COLUMNS = [
    "source", "row", "sample_id", "problem_id", "question", "answer", "options", "language",
    "extra",
]  # fmt: skip


def grouped_samples(scan: StepOutput, ingest: StepOutput, by: Sequence[str]) -> pa.Table:
    """The samples with a reference answer, in the order of the files.

    Args:
        scan: output of the step scan.
        ingest: output of the step ingest.
        by: fields of the original rows.

    Returns:
        Columns of the table samples, and `groups`: for each field the row's value as text.
    """
    sources = scan.read("sources", ["format", "arrow_schema"]).to_pylist()
    parts = []
    for source, file in zip(sources, ingest.tables["samples"], strict=True):
        part = storage.read_parquet(file.path, _COLUMNS)
        part = part.filter(pc.is_valid(part["answer"]))
        groups = [
            [_group(row.get(name)) for name in by]
            for row in _original_rows(part["extra"].to_pylist(), source)
        ]
        part = part.append_column("groups", pa.array(groups, pa.list_(pa.string())))
        parts.append(part.drop_columns(["extra"]))
    return pa.concat_tables(parts)


def _original_rows(raw_rows: Sequence[bytes], source: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of one file as they came."""
    if source["format"] == Format.PARQUET:
        rows: list[dict[str, Any]] = arrow_rows(
            raw_rows, text_schema(source["arrow_schema"])
        ).to_pylist()
        return rows
    parsed = [parse_row(raw) for raw in raw_rows]
    return [row if isinstance(row, dict) else {} for row in parsed]


def _group(value: object) -> str:
    """The group that a field's value puts a row in."""
    if value is None:
        return NO_VALUE
    return str(value).lower() if isinstance(value, bool) else str(value)
