"""Samples with the groups that fields of their original rows put them in."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from rbic import storage
from rbic.core.comparison import DOMAIN, LEVEL, NO_VALUE
from rbic.core.rows import parse_row
from rbic.core.shards import arrow_rows
from rbic.corpus import CorpusError, Format
from rbic.outputs import StepOutput, text_schema

USUAL = (DOMAIN, LEVEL)
"""The fields that are looked for where none are named."""

_COLUMNS = [
    "source", "row", "sample_id", "question_id", "problem_id", "question", "answer", "options",
    "language", "extra",
]  # fmt: skip


class Grouped(NamedTuple):
    """Samples, and what they are grouped by."""

    samples: pa.Table
    """Columns of the table samples, and `groups`: for each field of `by` the row's value."""
    by: list[str]


def grouped_samples(
    scan: StepOutput, ingest: StepOutput, by: Sequence[str] | None, key: str
) -> Grouped:
    """The samples with a reference answer, in the order of the files.

    Args:
        scan: output of the step scan.
        ingest: output of the step ingest.
        by: fields of the original rows; None takes those of `USUAL` that some row has.
        key: the setting that names the fields, for messages.

    Raises:
        CorpusError: no row has a field that is named.
    """
    wanted = USUAL if by is None else tuple(by)
    sources = scan.read("sources", ["format", "arrow_schema"]).to_pylist()
    parts, values, there = [], [], set[str]()
    for source, file in zip(sources, ingest.tables["samples"], strict=True):
        part = storage.read_parquet(file.path, _COLUMNS)
        part = part.filter(pc.is_valid(part["answer"]))
        for row in _original_rows(part["extra"].to_pylist(), source):
            values.append([row.get(name) for name in wanted])
            there |= {name for name, value in row.items() if value is not None}
        parts.append(part.drop_columns(["extra"]))
    if by is not None and values:
        _check_fields(by, there, key)
    kept = [at for at, name in enumerate(wanted) if by is not None or name in there]
    groups = [[_group(row[at]) for at in kept] for row in values]
    samples = pa.concat_tables(parts)
    samples = samples.append_column("groups", pa.array(groups, pa.list_(pa.string())))
    return Grouped(samples, [wanted[at] for at in kept])


def _check_fields(by: Sequence[str], there: Collection[str], key: str) -> None:
    absent = [name for name in by if name not in there]
    if absent:
        raise CorpusError(
            f"{key}: no row with a reference answer has the field {absent[0]}; there are "
            f"{', '.join(sorted(there))}"
        )


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
