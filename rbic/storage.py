"""Folders on a local disk or an object store, addressed by path or URI.

Paths without a scheme are local; s3:// and gs:// go through pyarrow's own file systems, every other
scheme (hf://, abfs://, memory://) through fsspec. Writes are atomic: on a local disk a temporary
name and a rename, on an object store one PUT that appears when it is complete. One that an
exception breaks off leaves nothing behind.

What a store needs to be told stands in the URI's query, which travels with every path below it:
s3://bucket/folder?endpoint_override=localhost:9000&scheme=http. Credentials are found where the
store's own clients look for them. A URI's path is the object's name as it is, not percent-encoded;
it cannot hold a `?`.
"""

import json
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash
from pyarrow import fs

_BUCKET_SCHEMES = ("s3", "gs", "gcs")
_PIECE_BYTES = 8 << 20
_GROUP_ROWS = 8_192
"""Rows of a Parquet file that are read together: a long chain takes 100 kB."""


@dataclass(frozen=True)
class FileInfo:
    """One file of a folder."""

    path: str
    """Path or URI that `open_input` takes."""
    size_bytes: int
    modified: str
    """Time of the last change in nanoseconds or an ISO date; only compared, never read."""


@lru_cache(maxsize=64)
def _bucket(uri: str) -> tuple[fs.FileSystem, str]:
    """The client of a bucket, made once a process, and the bucket's name."""
    if uri.startswith("s3://"):
        # Without it a small object takes three requests and is begun when it is opened, so that an
        # interruption before the first byte would commit an empty one.
        uri += ("&" if "?" in uri else "?") + "allow_delayed_open=true"
    filesystem, name = fs.FileSystem.from_uri(uri)
    return filesystem, name


def file_system(path: str) -> tuple[fs.FileSystem, str]:
    """The file system of a URI or local path, and the path within it."""
    scheme, mark, rest = path.partition("://")
    if not mark:
        return fs.LocalFileSystem(), os.path.abspath(path)
    if scheme == "file":
        return fs.LocalFileSystem(), unquote(rest)
    if scheme in _BUCKET_SCHEMES:
        base, mark, query = rest.partition("?")
        authority, _, key = base.partition("/")
        filesystem, name = _bucket(f"{scheme}://{authority}{mark}{query}")
        return filesystem, f"{name}/{key}".rstrip("/")
    remote, inner = fsspec.core.url_to_fs(path)
    return fs.PyFileSystem(fs.FSSpecHandler(remote)), inner


def join(root: str, *names: str) -> str:
    """Append names to a path or URI; a URI's query (?endpoint_override=...) stays at the end."""
    base, mark, query = root.partition("?") if "://" in root else (root, "", "")
    return "/".join([base.rstrip("/"), *names]) + mark + query


def parent(path: str) -> str:
    """The folder that a path or URI lies in; a URI's query stays at the end."""
    base, mark, query = path.partition("?") if "://" in path else (path, "", "")
    return base.rstrip("/").rpartition("/")[0] + mark + query


def absolute(path: str) -> str:
    """A path that holds from any working folder; a URI is one already."""
    return path if "://" in path else os.path.abspath(path)


def relative(path: str, root: str) -> str:
    """The name of something below a folder, as `join(root, name)` takes it."""
    bases = [one.partition("?")[0] if "://" in one else one for one in (path, root)]
    return bases[0].removeprefix(bases[1].rstrip("/") + "/")


def file_name(path: str) -> str:
    """The last part of a path or URI, without a URI's query."""
    base = path.partition("?")[0] if "://" in path else path
    return base.rstrip("/").rsplit("/", 1)[-1]


def open_input(path: str) -> pa.NativeFile:
    """Open a file for random access reading."""
    filesystem, inner = file_system(path)
    return filesystem.open_input_file(inner)


def read_bytes(path: str) -> bytes:
    """The whole file; FileNotFoundError when there is none."""
    with open_input(path) as stream:
        return bytes(stream.read())


def write_bytes(path: str, data: bytes | pa.Buffer) -> None:
    """Write a file so that it is there whole or not at all."""
    with _open_output(path) as stream:
        stream.write(data)


def copy(source: str, target: str) -> None:
    """Copy a file, a piece at a time, so that it is there whole or not at all."""
    with open_input(source) as stream, _open_output(target) as out:
        while piece := stream.read_buffer(_PIECE_BYTES):
            out.write(piece)


def _open_output(path: str) -> AbstractContextManager[pa.NativeFile]:
    """A stream into a file that is there whole when the block ends, and not at all if it fails."""
    filesystem, inner = file_system(path)
    if isinstance(filesystem, fs.LocalFileSystem):
        return _open_local(filesystem, inner)
    return _open_remote(filesystem, inner)


@contextmanager
def _open_local(filesystem: fs.FileSystem, inner: str) -> Iterator[pa.NativeFile]:
    os.makedirs(os.path.dirname(inner), exist_ok=True)
    temporary = f"{inner}.{uuid.uuid4().hex[:8]}.tmp"
    try:
        with filesystem.open_output_stream(temporary) as stream:
            yield stream
        os.replace(temporary, inner)
    except BaseException:
        with suppress(OSError):
            os.remove(temporary)
        raise


@contextmanager
def _open_remote(filesystem: fs.FileSystem, inner: str) -> Iterator[pa.NativeFile]:
    stream = filesystem.open_output_stream(inner)
    try:
        yield stream
    except BaseException:
        # A stream cannot be given up: closing it commits the part it has, which then is deleted.
        # Where it cannot be closed nothing is committed, and an earlier file stays.
        with suppress(Exception):
            stream.close()
            filesystem.delete_file(inner)
        raise
    stream.close()


def exists(path: str) -> bool:
    """Whether there is a file or folder of that name."""
    filesystem, inner = file_system(path)
    return bool(filesystem.get_file_info(inner).type != fs.FileType.NotFound)


def is_folder(path: str) -> bool:
    """Whether the path names a folder."""
    filesystem, inner = file_system(path)
    return bool(filesystem.get_file_info(inner).type == fs.FileType.Directory)


def file_info(path: str) -> FileInfo:
    """Size and time of one file; FileNotFoundError when there is none."""
    filesystem, inner = file_system(path)
    info = filesystem.get_file_info(inner)
    if info.type != fs.FileType.File:
        raise FileNotFoundError(path)
    return FileInfo(path, int(info.size), str(info.mtime_ns or ""))


def list_files(path: str) -> list[FileInfo]:
    """All files below a folder, sorted by path; an absent folder has none.

    Raises:
        OSError: the name of an object on a store holds a `?`, which in a URI begins the query.
    """
    filesystem, inner = file_system(path)
    selector = fs.FileSelector(inner, recursive=True, allow_not_found=True)
    found = []
    for info in filesystem.get_file_info(selector):
        if info.type == fs.FileType.File:
            relative = info.path[len(inner.rstrip("/")) + 1 :]
            if "://" in path and "?" in relative:
                raise OSError(
                    f"{path}: the object {relative!r} cannot be read: a URI takes what follows ? "
                    "for its query; expected names without ?"
                )
            found.append(FileInfo(join(path, relative), int(info.size), str(info.mtime_ns or "")))
    return sorted(found, key=lambda file: file.path)


def list_names(path: str) -> list[str]:
    """The names directly in a folder, sorted; an absent folder has none."""
    filesystem, inner = file_system(path)
    selector = fs.FileSelector(inner, recursive=False, allow_not_found=True)
    return sorted(info.base_name for info in filesystem.get_file_info(selector))


def remove(path: str) -> None:
    """Delete a file or a folder with all in it; an absent one is fine."""
    filesystem, inner = file_system(path)
    match filesystem.get_file_info(inner).type:
        case fs.FileType.Directory:
            filesystem.delete_dir(inner)
        case fs.FileType.File:
            filesystem.delete_file(inner)
        case _:
            pass


def read_json(path: str) -> Any:
    """Parse a JSON file."""
    return json.loads(read_bytes(path))


def write_json(path: str, value: Mapping[str, Any] | list[Any]) -> None:
    """Write a JSON file with sorted keys, atomically."""
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)
    write_bytes(path, text.encode())


def parquet_bytes(table: pa.Table) -> pa.Buffer:
    """A table as the bytes of one Parquet file; equal tables give equal bytes."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", row_group_size=_GROUP_ROWS, store_schema=True)
    return sink.getvalue()


def read_parquet(path: str, columns: list[str] | None = None) -> pa.Table:
    """Read one Parquet file, all columns or those named."""
    with open_input(path) as stream:
        return pq.read_table(stream, columns=columns, use_threads=False)


def read_parquet_rows(path: str, start: int, stop: int, columns: list[str] | None) -> pa.Table:
    """The rows from `start` up to `stop` of one Parquet file; other groups are not read."""
    with open_input(path) as stream:
        file = pq.ParquetFile(stream)
        groups: list[int] = []
        first = begin = 0
        for group in range(file.num_row_groups):
            end = begin + file.metadata.row_group(group).num_rows
            if begin < stop and end > start:
                first = first if groups else begin
                groups.append(group)
            begin = end
        read = file.read_row_groups(groups, columns=columns, use_threads=False)
        read = read if columns is None else read.select(columns)
        return read.slice(start - first, stop - start)


def read_parquet_files(
    paths: Iterable[str], columns: list[str] | None, schema: pa.Schema
) -> pa.Table:
    """Read and concatenate Parquet files in the order given; none give an empty table."""
    wanted = schema if columns is None else pa.schema([schema.field(name) for name in columns])
    tables = [read_parquet(path, columns).select(wanted.names) for path in paths]
    return pa.concat_tables(tables) if tables else wanted.empty_table()


def digest(data: bytes | pa.Buffer) -> str:
    """128-bit content digest in hexadecimal (XXH3)."""
    return xxhash.xxh3_128_hexdigest(data)
