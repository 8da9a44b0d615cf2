"""What a finished step left on disk: its record, and its tables as lists of files."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from rbic import storage

RECORD = "record.json"


@dataclass(frozen=True)
class TableFile:
    """One committed Parquet file of a table."""

    path: str
    rows: int


@dataclass(frozen=True)
class StepOutput:
    """The tables of a finished step, each as files in the order of the step's chunks."""

    step: str
    folder: str
    digest: str
    """Digest over the content of every file; the steps that read it are named by it."""
    tables: Mapping[str, tuple[TableFile, ...]]
    schemas: Mapping[str, pa.Schema]
    counts: Mapping[str, int] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    """Paths of the files that are no tables."""

    def read(self, table: str, columns: list[str] | None = None) -> pa.Table:
        """All rows of one table, files in order; all columns or those named."""
        paths = [file.path for file in self.tables[table]]
        return storage.read_parquet_files(paths, columns, self.schemas[table])

    def rows(self, table: str) -> int:
        """Rows of one table."""
        return sum(file.rows for file in self.tables[table])


Inputs = Mapping[str, StepOutput]


def schema_text(schema: pa.Schema) -> str:
    """An Arrow schema as text, to be read back by `text_schema`."""
    return base64.b64encode(schema.serialize()).decode()


def text_schema(text: str) -> pa.Schema:
    """The Arrow schema that `schema_text` wrote."""
    return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(text)))


def make_record(
    markers: Sequence[Mapping[str, Any]], writes: Mapping[str, pa.Schema | None]
) -> dict[str, Any]:
    """Merge the markers of all chunks, in the plan's order, into the body of a record.

    Returns:
        `tables` (files with rows and digest), `files` (digest by name), `schemas`, `counts`
        (summed), `digest` (over all contents), `chunk_seconds` (summed over workers) and
        `peak_memory_mib` (of the largest worker, with the processes below it).

    Raises:
        ValueError: the chunks of a table differ in their schema.
    """
    tables: dict[str, list[Any]] = {name: [] for name in writes}
    schemas = {name: schema_text(schema) for name, schema in writes.items() if schema is not None}
    files: dict[str, str] = {}
    counts: dict[str, int] = {}
    for chunk_marker in markers:
        for name, entry in chunk_marker["tables"].items():
            if schemas.setdefault(name, entry["schema"]) != entry["schema"]:
                found = text_schema(entry["schema"])
                raise ValueError(f"{entry['file']}: schema {found} differs from earlier chunks")
            tables[name].append({key: entry[key] for key in ("file", "rows", "digest")})
        files.update(chunk_marker["files"])
        for name, count in chunk_marker["counts"].items():
            counts[name] = counts.get(name, 0) + count
    content = [entry["digest"] for name in sorted(tables) for entry in tables[name]]
    content += [files[name] for name in sorted(files)]
    return {
        "tables": tables,
        "files": files,
        "schemas": schemas,
        "counts": counts,
        "digest": storage.digest("\n".join(content).encode()),
        "chunk_seconds": round(sum(m["seconds"] for m in markers), 3),
        "peak_memory_mib": max((m["peak_memory_mib"] for m in markers), default=0),
    }


def load_output(folder: str) -> StepOutput:
    """Read a finished step's record; FileNotFoundError when the step is not finished."""
    record = storage.read_json(storage.join(folder, RECORD))
    return as_output(record["name"], folder, record)


def as_output(step: str, folder: str, record: Mapping[str, Any]) -> StepOutput:
    """What a step left in a folder, by the body of a record (`make_record`)."""
    return StepOutput(
        step=step,
        folder=folder,
        digest=record["digest"],
        tables={
            name: tuple(TableFile(storage.join(folder, e["file"]), e["rows"]) for e in entries)
            for name, entries in record["tables"].items()
        },
        schemas={name: text_schema(text) for name, text in record["schemas"].items()},
        counts=record["counts"],
        files=tuple(storage.join(folder, name) for name in record["files"]),
    )


def load_inputs(folders: Mapping[str, str]) -> dict[str, StepOutput]:
    """The outputs of several steps, by step name."""
    return {name: load_output(folder) for name, folder in folders.items()}
