"""Write the refined shard: the chosen rows as they came, in the formats they came in.

Reads   sources, samples, kept
        ledger   what is added to a row, where asked for
Writes  the files of the shard below `refined/`, and parts: one row a file
"""

import hashlib
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rbic import storage
from rbic.chunks import Chunk, ChunkTables, Step, Workers
from rbic.core.shards import (
    arrow_rows,
    compress,
    group_names,
    json_array,
    json_lines,
    with_members,
)
from rbic.corpus import Format
from rbic.outputs import Inputs, text_schema
from rbic.schema import PARTS

_ADDED = (
    "sample_id", "domain_id", "subdomain_id", "coreness", "pass_rate", "level", "basis",
    "live_steps", "integrity", "complexity", "contribution", "reason",
)  # fmt: skip


@dataclass(frozen=True)
class ShardConfig:
    """How the refined shard is written."""

    columns: bool = False
    """Add what was found out to each row, in fields that begin with rbic_."""
    part_tokens: int = 16_000_000
    """Training tokens after which a new file begins."""

    def __post_init__(self) -> None:
        """Check the range."""
        if self.part_tokens < 1:
            raise ValueError(f"shard.part_tokens must be at least 1, got {self.part_tokens}")


class WritePart:
    """Writes one file of the shard after another."""

    def __init__(self, inputs: Inputs, config: ShardConfig) -> None:
        """Take the inputs."""
        self._samples = inputs["ingest"]
        self._kept = inputs["select"].read("kept")
        self._ledger = inputs["select"] if config.columns else None

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """One file, from the kept rows of several files of samples."""
        payload = chunk.payload
        parts = [self._rows(file) for file in payload["files"]]
        rows = pa.concat_tables(parts)
        data = self._file(rows, payload)
        ending = ".".join(filter(None, (payload["format"], payload["codec"])))
        names = ["refined", payload["group"], f"part-{payload['part']:05d}.{ending}"]
        path = "/".join(filter(None, names))
        part = {
            "path": path,
            "group": payload["group"],
            "format": payload["format"],
            "rows": rows.num_rows,
            "tokens": pc.sum(rows["train_tokens"]).as_py() or 0,
            "size_bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        return ChunkTables(
            {"parts": pa.Table.from_pylist([part], schema=PARTS.schema)}, {}, {path: data}
        )

    def _rows(self, file: int) -> pa.Table:
        """The kept rows of one file of samples."""
        kept = self._kept.filter(pc.equal(self._kept["file"], file))
        columns = ["sample_id", "source", "row", "train_tokens", "extra"]
        path = self._samples.tables["samples"][file].path
        return storage.read_parquet(path, columns).take(kept["position"])

    def _file(self, rows: pa.Table, payload: Any) -> bytes:
        raw_rows = rows["extra"].to_pylist()
        if payload["format"] == Format.PARQUET:
            table = arrow_rows(raw_rows, text_schema(payload["arrow_schema"]))
            for name, column in self._added(rows).items():
                if f"rbic_{name}" in table.column_names:
                    table = table.drop_columns([f"rbic_{name}"])
                table = table.append_column(f"rbic_{name}", column)
            return bytes(storage.parquet_bytes(table).to_pybytes())
        if self._ledger is not None:
            added = pa.table(self._added(rows)).to_pylist()
            raw_rows = [
                with_members(raw, {f"rbic_{name}": value for name, value in one.items()})
                for raw, one in zip(raw_rows, added, strict=True)
            ]
        text = json_array if payload["format"] == Format.JSON_ARRAY else json_lines
        return compress(text(raw_rows), payload["codec"])

    def _added(self, rows: pa.Table) -> dict[str, pa.ChunkedArray]:
        """The ledger's columns for rows of one or more sources, in their order."""
        if self._ledger is None:
            return {}
        ledger = self._ledger.read("ledger", list(dict.fromkeys(("source", "row", *_ADDED))))
        wanted = rows.select(["source", "row"]).append_column(
            "place", pa.array(range(rows.num_rows), pa.int64())
        )
        joined = wanted.join(ledger, ["source", "row"], join_type="left outer").sort_by("place")
        return {name: joined[name] for name in _ADDED}


def plan_parts(inputs: Inputs, part_tokens: int) -> list[Chunk]:
    """One chunk a refined file: consecutive files of samples of one group, cut by tokens."""
    sources = inputs["scan"].read("sources").to_pylist()
    kinds = [
        (row["source"], "|".join(row[name] for name in ("format", "codec", "layout",
                                                       "arrow_schema")))
        for row in sources
    ]  # fmt: skip
    groups = group_names(kinds)
    kept = inputs["select"].read("kept", ["file", "train_tokens"])
    per_file = kept.group_by("file").aggregate([("train_tokens", "sum"), ("train_tokens", "count")])
    chunks: list[Chunk] = []
    open_part: dict[str, dict[str, Any]] = {}
    parts: dict[str, int] = {}

    def close(group: str) -> None:
        part = open_part.pop(group)
        name = f"{group or 'rows'}-{part['part']:05d}"
        chunks.append(Chunk(name, part.pop("rows"), part))

    for row in per_file.sort_by("file").to_pylist():
        source = sources[row["file"]]
        group = groups[source["source"]]
        if group not in open_part:
            common = {name: source[name] for name in ("format", "codec", "arrow_schema")}
            part = {"group": group, "part": parts.get(group, 0), "files": [], "tokens": 0}
            open_part[group] = {**common, **part, "rows": 0}
            parts[group] = parts.get(group, 0) + 1
        open_part[group]["files"].append(row["file"])
        open_part[group]["tokens"] += row["train_tokens_sum"]
        open_part[group]["rows"] += row["train_tokens_count"]
        if open_part[group]["tokens"] >= part_tokens:
            close(group)
    for group in sorted(open_part):
        close(group)
    return chunks


def shard_step(config: ShardConfig, workers: Workers) -> Step:
    """Write the refined files, one a chunk."""
    return Step(
        name="shard",
        version=2,
        reads=("scan", "ingest", "select"),
        writes={"parts": PARTS.schema},
        params=asdict(config),
        plan=partial(plan_parts, part_tokens=config.part_tokens),
        worker=partial(WritePart, config=config),
        workers=workers,
    )
