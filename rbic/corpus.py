"""Corpus files: finding what paths, globs, folders, URIs and hub names stand for."""

import fnmatch
import glob
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rbic import storage
from rbic.sample.names import located


class CorpusError(ValueError):
    """The corpus cannot be refined; the message says what is wrong with it."""


class Format(StrEnum):
    """How a file holds its rows."""

    JSON_LINES = "jsonl"
    JSON_ARRAY = "json"
    PARQUET = "parquet"


class Codec(StrEnum):
    """How a file is compressed as a whole."""

    NONE = ""
    GZIP = "gz"
    ZSTD = "zst"


_FORMATS = {
    "jsonl": Format.JSON_LINES,
    "ndjson": Format.JSON_LINES,
    "json": Format.JSON_ARRAY,
    "parquet": Format.PARQUET,
}


@dataclass(frozen=True)
class CorpusFile:
    """One file of a corpus."""

    name: str
    """Path below what all files have in common; the same on every machine."""
    path: str
    format: Format
    codec: Codec
    size_bytes: int
    modified: str


def find_files(
    arguments: Sequence[str], out: str = "", split: str = "train", key: str = "corpus"
) -> list[CorpusFile]:
    """The files that paths, globs, folders, URIs and hub names stand for, sorted by name.

    Args:
        arguments: a file; a folder (every corpus file below it); a local pattern with *, ? or [;
            a URI (s3://, gs://, hf://...); or the name of a data set on the Hugging Face hub
            (`owner/name`), when no local file has that name.
        out: a folder whose files are no part of the corpus, though it may lie within one.
        split: of a data set on the hub the files whose path holds this word, or all if none does.
        key: the setting that names them, for messages.

    Raises:
        CorpusError: an argument stands for no file, a file's ending is not known, or one file is
            named twice, in whatever spellings.
    """
    infos = []
    for argument in arguments:
        expanded = _expand(argument, split, key)
        found = [info for info in expanded if not (out and _within(info.path, out))]
        if not found:
            raise CorpusError(f"{key} {argument!r}: no corpus files found ({_known_endings()})")
        infos += found
    locations = [_location(info.path) for info in infos]
    named = Counter(locations)
    twice = {info.path for info, at in zip(infos, locations, strict=True) if named[at] > 1}
    if twice:
        raise CorpusError(f"{key}: named twice: {', '.join(sorted(twice))}")
    # Rows are told apart by their file's name: different locations have different names.
    names = _common_names(locations)
    files = []
    for info, name in zip(infos, names, strict=True):
        kind = _format(info.path)
        if kind is None:
            raise CorpusError(f"{key} {info.path!r}: unknown ending; known: {_known_endings()}")
        files.append(CorpusFile(name, info.path, *kind, info.size_bytes, info.modified))
    return sorted(files, key=lambda file: file.name)


def _within(path: str, folder: str) -> bool:
    return _location(path).startswith(_location(folder).rstrip("/") + "/")


def _location(path: str) -> str:
    """Where a file lies, however it is spelt: an absolute path, or a URI without its query."""
    if "://" in path and not path.startswith("file://"):
        return _without_query(path)
    return os.path.abspath(storage.file_system(path)[1])


def _known_endings() -> str:
    endings = [f".{ending}" for ending in _FORMATS]
    return f"{', '.join(endings)}, JSON also with .gz or .zst"


def _format(path: str) -> tuple[Format, Codec] | None:
    """Format and codec by a file's ending; None for an ending that is not known."""
    parts = storage.file_name(path).lower().split(".")
    codec = Codec.NONE
    if len(parts) > 1 and parts[-1] in (Codec.GZIP, Codec.ZSTD):
        codec = Codec(parts.pop())
    kind = _FORMATS.get(parts[-1]) if len(parts) > 1 else None
    if kind is None or (kind is Format.PARQUET and codec is not Codec.NONE):
        return None
    return kind, codec


def _expand(argument: str, split: str, key: str) -> list[storage.FileInfo]:
    """The corpus files that one argument stands for."""
    argument = located(argument)
    if storage.exists(argument):
        return _files_at(argument)
    if any(sign in _without_query(argument) for sign in "*?["):
        return _matches(argument)
    if "://" in argument or argument.count("/") != 1 or argument.startswith((".", "/")):
        raise CorpusError(f"{key} {argument!r}: no such file or folder")
    try:
        files = _files_at(f"hf://datasets/{argument}")
    except Exception as error:  # httpx's, huggingface_hub's, fsspec's
        cause = f"{type(error).__name__}: {error}".splitlines()[0]
        raise CorpusError(
            f"{key} {argument!r}: no such file or folder here, nor a data set on the Hugging Face "
            f"hub that can be reached ({cause})"
        ) from error
    # A hub data set holds its test split beside the rest; nobody trains on that.
    return [file for file in files if split in file.path.rpartition(argument)[2]] or files


def _files_at(path: str) -> list[storage.FileInfo]:
    if storage.is_folder(path):
        return [info for info in storage.list_files(path) if _format(info.path) and _is_data(info)]
    return [storage.file_info(path)]


def _is_data(info: storage.FileInfo) -> bool:
    """Whether a file in a folder is data: a name that begins with _ or . only speaks of it."""
    return not storage.file_name(info.path).startswith(("_", "."))


def _without_query(path: str) -> str:
    """A path, or a URI up to its query: there `?` begins what the store is told."""
    return path.partition("?")[0] if "://" in path else path


def _matches(pattern: str) -> list[storage.FileInfo]:
    """Files that match a pattern: the shell's rules locally, * across folders on a store."""
    if "://" not in pattern:
        return [info for path in sorted(glob.glob(pattern, recursive=True))
                for info in _files_at(path)]  # fmt: skip
    base = _without_query(pattern)
    first = min(base.find(sign) for sign in "*[" if sign in base)
    folder = base[:first].rpartition("/")[0] + pattern[len(base) :]
    return [
        info
        for info in storage.list_files(folder)
        if _format(info.path) and fnmatch.fnmatchcase(_without_query(info.path), base)
    ]


def _common_names(locations: Sequence[str]) -> list[str]:
    """Each location without the folders that all have in common."""
    parts = [location.split("/") for location in locations]
    shared = 0
    shortest = min(len(names) for names in parts) - 1
    while shared < shortest and len({tuple(names[: shared + 1]) for names in parts}) == 1:
        shared += 1
    return ["/".join(names[shared:]) for names in parts]
