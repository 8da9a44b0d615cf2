"""What a stage is made of: a step, its chunks, the tables it reads, and the commit of a chunk.

A step cuts its work into chunks (a file and a row range, a block of queries, or all). A worker
reads its own chunk, computes, writes its own files and commits a marker last. So a lost worker,
node or driver costs at most its chunk, a chunk run twice does no harm, and a second run skips what
is committed. Only descriptors and counts travel through Ray, never rows.
"""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa

from rbic import storage
from rbic.outputs import Inputs, StepOutput, TableFile, schema_text
from rbic.peak_memory import peak_memory_mib
from rbic.schema import conform

Counts = Mapping[str, int]


@dataclass(frozen=True)
class Workers:
    """What the machine gives a stage; but for `chunk_rows` it changes no byte of the result.

    The exception: in a stage with a model, `chunk_rows` decides the batches, and batches the last
    bit of a sum. There it names the step.
    """

    count: int = 0
    """Actors; 0 takes one for each CPU, or for each GPU where the stage uses one."""
    cpus_each: float = 0.5
    """Logical CPUs an actor holds. Below 1, so that actors never starve Ray's own tasks."""
    gpus_each: float | None = 0.0
    """GPUs an actor holds, and sees no others; null takes as many as its model needs, which is
    nearly always one, where the cluster has any when the step starts."""
    memory_gib_each: float = 0.0
    """Memory that Ray reserves for an actor, GiB; 0 reserves none."""
    chunk_rows: int = 2048
    """Rows a chunk: what a lost worker costs, and the step of the progress display."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.count < 0:
            raise ValueError(f"workers.*.count must be 0 or more, got {self.count}")
        if self.cpus_each < 0 or (self.gpus_each or 0) < 0 or self.memory_gib_each < 0:
            raise ValueError(
                "workers.*: cpus_each, gpus_each and memory_gib_each must be 0 or more"
            )
        if self.chunk_rows < 1:
            raise ValueError(f"workers.*.chunk_rows must be at least 1, got {self.chunk_rows}")


@dataclass(frozen=True)
class Chunk:
    """A piece of a step that is computed and committed as one."""

    name: str
    rows: int
    """Rows it reads, for progress."""
    payload: Mapping[str, Any] = field(default_factory=dict)
    """What the worker needs to find its rows; JSON."""
    cost: float | None = None
    """How long it takes beside the other chunks of its plan, in any unit; None goes by rows."""

    @property
    def work(self) -> float:
        """What it adds to the work of its plan, for the time left."""
        return self.rows if self.cost is None else self.cost


class ChunkWorker(Protocol):
    """Computes one chunk after another; loads its model, where it has one, when constructed."""

    def __call__(self, chunk: Chunk) -> "ChunkTables":
        """The tables of one chunk."""


@runtime_checkable
class ToldOfCommits(Protocol):
    """A worker that keeps something of a chunk until the chunk is committed."""

    def committed(self, chunk: Chunk) -> None:
        """The chunk is committed; what was kept for another try is not needed any more."""


@dataclass(frozen=True)
class ChunkTables:
    """What a worker made of a chunk: tables by name, counts to add up, other files by name."""

    tables: Mapping[str, pa.Table]
    counts: Counts = field(default_factory=dict)
    files: Mapping[str, bytes | pa.Buffer] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One step of the pipeline: a stage bound to its parameters."""

    name: str
    reads: tuple[str, ...]
    """Names of the steps whose tables it reads."""
    writes: Mapping[str, pa.Schema | None]
    """Schemas of the tables it writes; None where only the loaded model knows (vectors)."""
    params: Mapping[str, Any]
    """What changes the answer, and only that: it names the step's folder."""
    plan: Callable[[Inputs], Sequence[Chunk]]
    worker: Callable[..., ChunkWorker]
    """Makes a worker of the inputs; called in the worker's process."""
    workers: Workers = field(default_factory=Workers)
    version: int = 1
    """Raised when the meaning of the step changes without a parameter."""
    unit: str = "rows"
    gpus: int = 1
    """GPUs that a worker takes where `workers.gpus_each` leaves it open and there are some."""
    loads_model: bool = False
    """Whether a worker holds a model or much memory, which only its process's end frees."""
    told_how_many: bool = False
    """Whether a worker is made with `among=`, how many there are: they share a server's limit."""
    grows: bool = False
    """Whether the plan is no part of the answer: a plan with other chunks keeps the committed ones
    that it has too, and runs the rest. Chunks of one name must be the same chunk."""
    reads_in_part: tuple[str, ...] = ()
    """Names of steps that only some chunks of a step that grows read; each of these chunks has
    `digests` of them in its name, so that what does not read them is kept when they change."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of all steps whose tables it reads."""
        return (*self.reads, *self.reads_in_part)


def digests(inputs: Inputs, names: Iterable[str]) -> list[str]:
    """Of each step named, eight digits that change with what it wrote."""
    return [inputs[name].digest[:8] for name in names]


def whole(rows: int) -> list[Chunk]:
    """The plan of a step that is one piece of work over `rows` rows."""
    return [Chunk("all", rows)]


def plan_rows(files: Sequence[TableFile], chunk_rows: int) -> list[Chunk]:
    """Cut the files of a table into chunks of at most `chunk_rows` rows, never across files.

    The payload holds `file` (index into the table's files), `start` and `stop` (rows).
    """
    chunks = []
    for index, table_file in enumerate(files):
        for start in range(0, table_file.rows, chunk_rows):
            stop = min(start + chunk_rows, table_file.rows)
            payload = {"file": index, "start": start, "stop": stop}
            chunks.append(Chunk(f"{index:05d}-{start:09d}", stop - start, payload))
    return chunks


def read_rows(
    output: StepOutput, table: str, chunk: Chunk, columns: list[str] | None = None
) -> pa.Table:
    """The rows of a chunk that `plan_rows` made, from a table with the same files and rows."""
    payload = chunk.payload
    path = output.tables[table][payload["file"]].path
    return storage.read_parquet_rows(path, payload["start"], payload["stop"], columns)


def run_chunk(worker: ChunkWorker, step: Step, folder: str, chunk: Chunk) -> dict[str, Any]:
    """Compute a chunk, write its files, and commit its marker last.

    Returns:
        The marker: name, rows read, per table the file with rows and digest, counts, seconds.
    """
    marker_path = marker(folder, chunk)
    if storage.exists(marker_path):
        committed: dict[str, Any] = storage.read_json(marker_path)
        if all(storage.exists(storage.join(folder, name)) for name in _files_of(committed)):
            return committed
    started = time.monotonic()
    made = worker(chunk)
    if set(made.tables) != set(step.writes):
        raise ValueError(f"{step.name}: wrote {sorted(made.tables)}, not {sorted(step.writes)}")
    record: dict[str, Any] = {"chunk": chunk.name, "rows": chunk.rows, "tables": {}, "files": {}}
    for name, table in made.tables.items():
        table = conform(table, step.writes[name] or table.schema, f"{step.name}.{name}")
        data = storage.parquet_bytes(table)
        digest = storage.digest(data)
        # The digest in the name keeps a marker true when two runs of one chunk differ, as the
        # replies of a remote model do: each marker names the file of its own run.
        path = f"{name}/{chunk.name}-{digest[:8]}.parquet"
        storage.write_bytes(storage.join(folder, path), data)
        record["tables"][name] = {
            "file": path,
            "rows": table.num_rows,
            "digest": digest,
            "schema": schema_text(table.schema),
        }
    for name, data in made.files.items():
        storage.write_bytes(storage.join(folder, name), data)
        record["files"][name] = storage.digest(data)
    record["counts"] = dict(made.counts)
    record["seconds"] = round(time.monotonic() - started, 3)
    record["peak_memory_mib"] = peak_memory_mib()
    record["attempt"] = uuid.uuid4().hex[:8]
    storage.write_json(marker_path, record)
    if isinstance(worker, ToldOfCommits):
        worker.committed(chunk)
    return record


def marker(folder: str, chunk: Chunk) -> str:
    """Where the commit marker of a chunk lies."""
    return storage.join(folder, "chunks", f"{chunk.name}.json")


def _files_of(committed: Mapping[str, Any]) -> list[str]:
    """The files that a marker vouches for, below the step's folder."""
    return [entry["file"] for entry in committed["tables"].values()] + list(committed["files"])


def committed_chunks(folder: str, plan: Sequence[Chunk]) -> Iterator[dict[str, Any]]:
    """The markers of the chunks of a plan that are committed and still have their files."""
    present = {file.path for file in storage.list_files(folder)}
    for chunk in plan:
        if marker(folder, chunk) in present:
            committed = storage.read_json(marker(folder, chunk))
            if all(storage.join(folder, name) in present for name in _files_of(committed)):
                yield committed
