"""Read the corpus: first look over each file, then take it row by row against a fixed schema.

scan      reads   the files
          writes  sources   one row a stretch of a file that can be read alone
ingest    reads   sources
          writes  samples   one row a usable input row
                  rejects   one row an input row that is not, with the reason
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import islice
from typing import Any

import pyarrow as pa

from rbic.chunks import Chunk, ChunkTables, Step, Workers
from rbic.core.answers.statements import stated_answer
from rbic.core.identity import content_id
from rbic.core.language import language_of
from rbic.core.layouts import Layout, find_layout, layout_from_json
from rbic.core.parts import Parts, read_parts
from rbic.core.replies import training_reply
from rbic.core.rows import Fault, parse_row, raw_text
from rbic.corpus import Codec, CorpusError, CorpusFile, Format
from rbic.models.tokenizer import TokenConfig, TokenCounter, load_token_counter
from rbic.outputs import Inputs, schema_text
from rbic.raw_rows import FileChunk, RawRow, parquet_schema, read_raw_rows, scan_file, settled
from rbic.schema import REJECTS, SAMPLES, SOURCES

_LAYOUT_ROWS = 200


@dataclass(frozen=True)
class FieldConfig:
    """Fields named by hand; null finds them by name. Several are joined with `+`."""

    question: str | None = None
    chain: str | None = None
    conversation: str | None = None
    answer: str | None = None
    options: str | None = None
    pass_rate: str | None = None
    licence: str | None = None

    def layout(self) -> Layout:
        """The layout that the given names amount to."""
        return Layout(
            question=tuple(self.question.split("+")) if self.question else (),
            chain=tuple(self.chain.split("+")) if self.chain else (),
            conversation=self.conversation,
            answer=self.answer,
            options=self.options,
            pass_rate=self.pass_rate,
            licence=self.licence,
        )


@dataclass(frozen=True)
class IngestConfig:
    """How the corpus is read."""

    fields: FieldConfig = field(default_factory=FieldConfig)
    max_row_bytes: int = 8 << 20
    """Longer rows are rejected."""
    chunk_bytes: int = 8 << 20
    """Size of the stretches that JSON lines and Parquet files are cut into."""
    chain_required: bool = True
    """Whether a row needs a chain. Without it a field that may hold either chain or answer, such
    as `answer`, is the answer: so are files for evaluation read."""
    max_reject_share: float = 0.2
    """The run fails when a larger share of the rows is rejected."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name in ("max_row_bytes", "chunk_bytes"):
            if getattr(self, name) < 1024:
                raise ValueError(f"ingest.{name} must be at least 1,024, got {getattr(self, name)}")
        if not 0 <= self.max_reject_share <= 1:
            raise ValueError(
                f"ingest.max_reject_share must be in [0, 1], got {self.max_reject_share}"
            )


def detect_layout(file: CorpusFile, config: IngestConfig) -> Layout:
    """The layout of a file's first rows; the layout by hand where no row can be parsed.

    Raises:
        CorpusError: rows can be parsed, but question or chain cannot be told; names the file.
    """
    values = []
    first = FileChunk(0, 1 if file.format is Format.PARQUET else file.size_bytes, 0)
    for raw in islice(read_raw_rows(file, first, config.max_row_bytes), _LAYOUT_ROWS):
        value = raw.value or (parse_row(raw.raw) if raw.fault is None else None)
        if isinstance(value, dict):
            values.append(value)
    given = config.fields.layout()
    if not values:
        return given
    try:
        return find_layout(values, given, config.chain_required)
    except ValueError as error:
        raise CorpusError(f"{file.name}: {error}") from error


class ScanFile:
    """Reads one file whole for its digest, and its first rows for its layout."""

    def __init__(self, inputs: Inputs, files: Sequence[CorpusFile], config: IngestConfig) -> None:
        """Take the files; `inputs` are empty."""
        self._files = files
        self._config = config

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """The rows of `sources` of one file."""
        file = settled(self._files[chunk.payload["file"]])
        scan = scan_file(file, self._config.chunk_bytes)
        common = {
            "source": file.name,
            "path": file.path,
            "format": file.format,
            "codec": file.codec,
            "size_bytes": file.size_bytes,
            "digest": scan.digest,
            "arrow_schema": _schema_text(file),
            "layout": detect_layout(file, self._config).to_json(),
        }
        rows = [common | asdict(part) for part in scan.chunks]
        return ChunkTables({"sources": pa.Table.from_pylist(rows, schema=SOURCES.schema)})


def _schema_text(file: CorpusFile) -> str:
    """The schema of a Parquet file as text; empty for JSON, or a file that cannot be read."""
    schema = parquet_schema(file) if file.format is Format.PARQUET else None
    return schema_text(schema) if schema is not None else ""


class IngestStretch:
    """Parses one stretch of a file into samples and rejects; loads the tokenizer once."""

    def __init__(self, inputs: Inputs, config: IngestConfig, tokens: TokenConfig) -> None:
        """Load the tokenizer."""
        self._config = config
        self._counter = load_token_counter(tokens)

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """The samples and rejects of one stretch."""
        source = chunk.payload
        layout = layout_from_json(source["layout"])
        stretch = FileChunk(source["start"], source["stop"], source["first_row"])
        accepted: list[tuple[RawRow, Parts]] = []
        rejects = []
        for raw in read_raw_rows(_file(source), stretch, self._config.max_row_bytes):
            parts = _parts(raw, layout, self._config.chain_required)
            if isinstance(parts, Fault):
                rejects.append(_reject(source["source"], raw, parts))
            else:
                accepted.append((raw, parts))
        samples = _samples(source["source"], accepted, self._counter)
        tables = {
            "samples": samples,
            "rejects": pa.Table.from_pylist(rejects, schema=REJECTS.schema),
        }
        tokens = int(samples["train_tokens"].to_numpy().sum(dtype="int64"))
        return ChunkTables(tables, {"train_tokens": tokens})


def _file(source: Any) -> CorpusFile:
    return CorpusFile(
        name=source["source"],
        path=source["path"],
        format=Format(source["format"]),
        codec=Codec(source["codec"]),
        size_bytes=source["size_bytes"],
        modified="",
    )


def _parts(raw: RawRow, layout: Layout, chain_required: bool) -> Parts | Fault:
    """The parts of a raw row, or the first thing that is wrong with it."""
    if raw.fault is not None:
        return raw.fault
    value = raw.value if raw.value is not None else parse_row(raw.raw)
    return value if isinstance(value, Fault) else read_parts(value, layout, chain_required)


def _reject(source: str, raw: RawRow, fault: Fault) -> dict[str, Any]:
    text = raw_text(raw.raw) if raw.value is None else str(raw.value)
    return {
        "source": source,
        "row": raw.row,
        "reason": fault.reason,
        "detail": fault.detail,
        "raw": raw_text(text.encode("utf-8", errors="replace")),
    }


def _samples(
    source: str, accepted: Sequence[tuple[RawRow, Parts]], counter: TokenCounter
) -> pa.Table:
    """The table of samples, with ids, language and token counts."""
    parts = [part for _, part in accepted]
    # A chain that states nothing has no reference: its last number may be where it broke off.
    answers = [part.answer or stated_answer(part.chain) for part in parts]
    languages = [language_of(part.question + part.chain) for part in parts]
    replies = [
        training_reply(part.chain, part.answer, language)
        for part, language in zip(parts, languages, strict=True)
    ]
    questions = [part.question for part in parts]
    columns = {
        "sample_id": [
            content_id(part.question, part.chain, answer or "")
            for part, answer in zip(parts, answers, strict=True)
        ],
        "question_id": [content_id(question) for question in questions],
        "problem_id": [
            content_id(question, answer or "")
            for question, answer in zip(questions, answers, strict=True)
        ],
        "source": [source] * len(parts),
        "row": [raw.row for raw, _ in accepted],
        "question": questions,
        "chain": [part.chain for part in parts],
        "answer": answers,
        "options": [part.options for part in parts],
        "question_tokens": counter.count(questions),
        "chain_tokens": counter.count(replies),
        "train_tokens": counter.count_train(questions, replies),
        "language": languages,
        "licence": [part.licence for part in parts],
        "given_pass_rate": [part.pass_rate for part in parts],
        "extra": [raw.raw for raw, _ in accepted],
    }
    return pa.table(columns, schema=SAMPLES.schema)


def scan_step(files: Sequence[CorpusFile], config: IngestConfig, workers: Workers) -> Step:
    """Look over the files; done before when neither their sizes nor their times changed."""
    plan = [
        Chunk(f"{index:05d}", file.size_bytes, {"file": index}) for index, file in enumerate(files)
    ]
    return Step(
        name="scan",
        version=2,
        reads=(),
        writes={"sources": SOURCES.schema},
        params={
            "files": [[f.name, f.path, f.size_bytes, f.modified] for f in files],
            "fields": asdict(config.fields),
            "chain_required": config.chain_required,
            "max_row_bytes": config.max_row_bytes,
            "chunk_bytes": config.chunk_bytes,
        },
        plan=lambda inputs: plan,
        worker=partial(ScanFile, files=list(files), config=config),
        workers=workers,
        unit="bytes",
    )


def _plan_stretches(inputs: Inputs) -> list[Chunk]:
    """One chunk a row of `sources`."""
    rows = inputs["scan"].read("sources").to_pylist()
    return [
        Chunk(
            f"{index:05d}",
            row["size_bytes"] if row["format"] == Format.PARQUET else row["stop"] - row["start"],
            row,
        )
        for index, row in enumerate(rows)
    ]


def ingest_step(config: IngestConfig, tokens: TokenConfig, workers: Workers) -> Step:
    """Parse the files into samples and rejects."""
    return Step(
        name="ingest",
        version=3,
        reads=("scan",),
        writes={"samples": SAMPLES.schema, "rejects": REJECTS.schema},
        params={
            "max_row_bytes": config.max_row_bytes,
            "chain_required": config.chain_required,
            "tokens": asdict(tokens),
        },
        plan=_plan_stretches,
        worker=partial(IngestStretch, config=config, tokens=tokens),
        workers=workers,
        unit="bytes",
    )
