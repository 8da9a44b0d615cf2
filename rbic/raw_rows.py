"""Corpus files as raw rows: one pass that digests and cuts a file, another that reads a chunk.

A raw row is the row's own bytes: a line, an element of a JSON array, or for Parquet the row as one
Arrow record batch message. So a refined shard can give back what came in.
"""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from rbic import storage
from rbic.core.rows import Fault, records_start, split_records
from rbic.core.shards import without_dictionaries
from rbic.corpus import Codec, CorpusError, CorpusFile, Format
from rbic.schema import RejectReason

_BLOCK_BYTES = 1 << 20
_MAX_ARRAY_BYTES = 2 << 30
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NO_PARQUET = (OSError, pa.ArrowException, UnicodeDecodeError)
"""What Arrow raises where a Parquet file is damaged: of its footer's Thrift, and of its names."""


@dataclass(frozen=True)
class FileChunk:
    """A stretch of one file: bytes of JSON lines, row groups of Parquet, else the whole file."""

    start: int
    """First byte or row group."""
    stop: int
    """One past the last byte or row group."""
    first_row: int


@dataclass(frozen=True)
class RawRow:
    """One row as the file holds it."""

    row: int
    raw: bytes
    fault: Fault | None = None
    value: dict[str, Any] | None = None
    """The parsed row, for formats that need no parsing."""


@dataclass(frozen=True)
class Scan:
    """What one pass over a file's bytes tells."""

    digest: str
    chunks: tuple[FileChunk, ...]


def settled(file: CorpusFile) -> CorpusFile:
    """The file with its real format: many a `.json` holds JSON lines.

    Raises:
        CorpusError: it is an array that is too large to be read whole.
    """
    if file.format is not Format.JSON_ARRAY:
        return file
    with storage.open_input(file.path) as stream:
        try:
            found = _records(stream, file)
        except (OSError, pa.ArrowException):
            return file
    return file if found is not None else replace(file, format=Format.JSON_LINES)


def _records(stream: pa.NativeFile, file: CorpusFile) -> tuple[bytes, int] | None:
    """A `.json` file's bytes and where its list of records begins; None of JSON lines."""
    content = io.BytesIO()
    unpacked = _decompressed(stream, file.codec)
    block = unpacked.read(_BLOCK_BYTES)
    # Lines are often told by their beginning, and may then be more than fits into memory.
    if _begins_with_lines(block):
        return None
    while block:
        content.write(block)
        # A small compressed file may hold any number of bytes.
        if max(content.tell(), file.size_bytes) > _MAX_ARRAY_BYTES:
            raise CorpusError(
                f"{file.name}: a JSON array is read whole and has at most {_MAX_ARRAY_BYTES:,} "
                "bytes, but this file has more; make it JSON lines, or name it .jsonl if it is"
            )
        block = unpacked.read(_BLOCK_BYTES)
    data = content.getvalue()
    start = records_start(data)
    return None if start is None else (data, start)


def _begins_with_lines(data: bytes) -> bool:
    """Whether the first line is an object of its own, and something follows it."""
    line, _, rest = data.removeprefix(_BYTE_ORDER_MARK).lstrip().partition(b"\n")
    if not line.startswith(b"{") or not rest.strip():
        return False
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def scan_file(file: CorpusFile, chunk_bytes: int) -> Scan:
    """Digest a file and cut it into chunks of about `chunk_bytes`.

    JSON lines are cut at line ends, Parquet at row groups; compressed files and arrays are one
    chunk, since they can only be read from the beginning.
    """
    digest = xxhash.xxh3_128()
    lines = file.format is Format.JSON_LINES and file.codec is Codec.NONE
    chunks: list[FileChunk] = []
    start = row = first_row = offset = 0
    with storage.open_input(file.path) as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
            cut = block.rfind(b"\n") + 1
            if lines and cut and offset + cut - start >= chunk_bytes:
                row += block.count(b"\n", 0, cut)
                chunks.append(FileChunk(start, offset + cut, first_row))
                start, first_row = offset + cut, row
                row += block.count(b"\n", cut)
            else:
                row += block.count(b"\n")
            offset += len(block)
    if file.format is Format.PARQUET:
        chunks = _row_groups(file.path, chunk_bytes)
    elif start < offset or not chunks:
        chunks.append(FileChunk(start, offset, first_row))
    return Scan(digest.hexdigest(), tuple(chunks))


def _row_groups(path: str, chunk_bytes: int) -> list[FileChunk]:
    """Row groups of a Parquet file, several small ones together. One chunk if it is unreadable."""
    with storage.open_input(path) as stream:
        try:
            metadata = pq.read_metadata(stream)
        except _NO_PARQUET:
            return [FileChunk(0, 0, 0)]
    chunks, start, first_row, size, rows = [], 0, 0, 0, 0
    for group in range(metadata.num_row_groups):
        size += metadata.row_group(group).total_byte_size
        rows += metadata.row_group(group).num_rows
        if size >= chunk_bytes or group + 1 == metadata.num_row_groups:
            chunks.append(FileChunk(start, group + 1, first_row))
            start, first_row, size = group + 1, rows, 0
    return chunks or [FileChunk(0, 0, 0)]


def read_raw_rows(file: CorpusFile, chunk: FileChunk, max_row_bytes: int) -> Iterator[RawRow]:
    """The rows of a chunk in order.

    A row longer than `max_row_bytes` comes as its beginning with a fault. Where a file breaks off
    or cannot be decoded, one faulty row says so and the rest of the file is not read.

    Raises:
        CorpusError: a JSON array is too large to be read whole.
    """
    match file.format:
        case Format.JSON_LINES:
            yield from _read_lines(file, chunk, max_row_bytes)
        case Format.JSON_ARRAY:
            yield from _read_array(file, max_row_bytes)
        case Format.PARQUET:
            yield from _read_parquet(file, chunk, max_row_bytes)


def _checked(row: int, raw: bytes, max_row_bytes: int, size: int | None = None) -> RawRow:
    """A raw row, with a fault when it is too long."""
    size = len(raw) if size is None else size
    if size <= max_row_bytes:
        return RawRow(row, raw)
    detail = f"{size:,} bytes, ingest.max_row_bytes is {max_row_bytes:,}"
    return RawRow(row, raw[:_BLOCK_BYTES], Fault(RejectReason.TOO_LARGE, detail))


def _read_lines(file: CorpusFile, chunk: FileChunk, max_row_bytes: int) -> Iterator[RawRow]:
    row = chunk.first_row
    left = chunk.stop - chunk.start if file.codec is Codec.NONE else None
    with storage.open_input(file.path) as raw_stream:
        raw_stream.seek(chunk.start)
        stream = _decompressed(raw_stream, file.codec)
        kept, size = b"", 0
        try:
            # Compressed in small blocks: the block in which a file breaks off is lost whole.
            while block := stream.read(1 << 14 if left is None else min(_BLOCK_BYTES, left)):
                left = None if left is None else left - len(block)
                if row == 0 and size == 0:
                    # The mark belongs to the file: a refined one may hold this row in its middle.
                    block = block.removeprefix(_BYTE_ORDER_MARK)
                *lines, rest = block.split(b"\n")
                for line in lines:
                    # Of an over-long row only the beginning is held in memory.
                    kept += line if len(kept) <= max_row_bytes else b""
                    yield _checked(row, kept.removesuffix(b"\r"), max_row_bytes, size + len(line))
                    row, kept, size = row + 1, b"", 0
                kept += rest if len(kept) <= max_row_bytes else b""
                size += len(rest)
        except (OSError, pa.ArrowException) as error:
            yield RawRow(row, kept, _unreadable(error))
            return
    if kept.strip():
        yield _checked(row, kept, max_row_bytes, size)


def _decompressed(stream: pa.NativeFile, codec: Codec) -> pa.NativeFile:
    """Arrow's readers take several frames, and say where one breaks off; zstandard's does not."""
    match codec:
        case Codec.GZIP:
            return pa.CompressedInputStream(stream, "gzip")
        case Codec.ZSTD:
            return pa.CompressedInputStream(stream, "zstd")
        case Codec.NONE:
            return stream


def _unreadable(error: Exception) -> Fault:
    detail = f"the file cannot be read from here on: {type(error).__name__}: {error}"
    return Fault(RejectReason.UNREADABLE, detail)


def _read_array(file: CorpusFile, max_row_bytes: int) -> Iterator[RawRow]:
    """Elements of an array, or of the first list of objects in an object; else lines."""
    with storage.open_input(file.path) as stream:
        try:
            found = _records(stream, file)
        except (OSError, pa.ArrowException) as error:
            yield RawRow(0, b"", _unreadable(error))
            return
    if found is None:
        yield from _read_lines(file, FileChunk(0, file.size_bytes, 0), max_row_bytes)
        return
    for row, raw in enumerate(split_records(*found)):
        yield _checked(row, raw, max_row_bytes)


def _read_parquet(file: CorpusFile, chunk: FileChunk, max_row_bytes: int) -> Iterator[RawRow]:
    row = chunk.first_row
    with storage.open_input(file.path) as stream:
        try:
            parquet = pq.ParquetFile(stream)
            groups = list(range(chunk.start, chunk.stop))
            for batch in parquet.iter_batches(batch_size=1024, row_groups=groups):
                batch = batch.cast(without_dictionaries(batch.schema))
                for index in range(batch.num_rows):
                    yield _parquet_row(row, batch.slice(index, 1), max_row_bytes)
                    row += 1
        except _NO_PARQUET as error:
            yield RawRow(row, b"", _unreadable(error))


def _parquet_row(row: int, one: pa.RecordBatch, max_row_bytes: int) -> RawRow:
    """A row of Parquet; with a fault where a value has no counterpart in Python."""
    checked = _checked(row, one.serialize().to_pybytes(), max_row_bytes)
    try:
        return RawRow(row, checked.raw, checked.fault, one.to_pylist()[0])
    except UnicodeDecodeError as error:
        return RawRow(row, b"", Fault(RejectReason.NOT_UTF8, str(error)))
    except (ValueError, OverflowError, pa.ArrowException) as error:
        return RawRow(row, b"", Fault(RejectReason.WRONG_TYPE, f"{type(error).__name__}: {error}"))


def parquet_schema(file: CorpusFile) -> pa.Schema | None:
    """The Arrow schema of a Parquet file, with which its raw rows are read back.

    None when the file is no readable Parquet; reading its rows then says what is wrong.
    """
    with storage.open_input(file.path) as stream:
        try:
            return pq.read_schema(stream)
        except _NO_PARQUET:
            return None
