"""Putting chosen raw rows back into files of the format, compression and fields they came in."""

import gzip
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import zstandard

_SLUG = re.compile(r"[^A-Za-z0-9._-]+")


def group_names(sources: Sequence[tuple[str, str]]) -> dict[str, str]:
    """A folder name for every source, the same for sources of the same kind.

    Args:
        sources: pairs of a source's name and its kind (format, compression and fields as text).

    Returns:
        Names by source: the folders that all sources of a kind share, or the file's own path
        without ending, with the next free number where two kinds would share a name. One kind alone
        has "".
    """
    members: dict[str, list[str]] = {}
    for source, kind in sorted(set(sources)):
        members.setdefault(kind, []).append(source)
    if len(members) == 1:
        return {source: "" for source, _ in sources}
    names: dict[str, str] = {}
    taken: set[str] = set()
    for own in sorted(members.values()):
        base = _slug(_shared_folder(own) if len(own) > 1 else own[0].split(".", 1)[0]) or "rows"
        name, number = base, 1
        # A file may itself be called what the number of another makes: train-2.jsonl.
        while name in taken:
            number += 1
            name = f"{base}-{number}"
        taken.add(name)
        names |= dict.fromkeys(own, name)
    return names


def _shared_folder(sources: Sequence[str]) -> str:
    parts = [source.split("/")[:-1] for source in sources]
    shared = []
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return "/".join(shared)


def _slug(name: str) -> str:
    return _SLUG.sub("-", name.replace("/", "-")).strip("-.")


def json_lines(raw_rows: Sequence[bytes]) -> bytes:
    """Rows as JSON lines, each as it was."""
    return b"".join(raw + b"\n" for raw in raw_rows)


def json_array(raw_rows: Sequence[bytes]) -> bytes:
    """Rows as a JSON array, each as it was, one a line."""
    return b"[\n" + b",\n".join(raw_rows) + b"\n]\n"


def arrow_rows(raw_rows: Sequence[bytes], schema: pa.Schema) -> pa.Table:
    """Rows that were kept as Arrow messages, as a table of their schema."""
    plain = without_dictionaries(schema)
    batches = [pa.ipc.read_record_batch(pa.py_buffer(raw), plain) for raw in raw_rows]
    return pa.Table.from_batches(batches, plain).combine_chunks().cast(schema)


def without_dictionaries(schema: pa.Schema) -> pa.Schema:
    """A schema with the values in place of dictionaries, which a single row cannot carry."""
    fields = [_without_dictionary(field) for field in schema]
    return pa.schema(fields, schema.metadata)


def _without_dictionary(field: pa.Field) -> pa.Field:
    """A field with the values in place of its dictionary and of those within it."""
    kind = field.type
    if pa.types.is_dictionary(kind):
        return field.with_type(kind.value_type)
    if pa.types.is_list(kind):
        return field.with_type(pa.list_(_without_dictionary(kind.value_field)))
    if pa.types.is_large_list(kind):
        return field.with_type(pa.large_list(_without_dictionary(kind.value_field)))
    if pa.types.is_fixed_size_list(kind):
        return field.with_type(pa.list_(_without_dictionary(kind.value_field), kind.list_size))
    if pa.types.is_struct(kind):
        return field.with_type(pa.struct([_without_dictionary(member) for member in kind]))
    if pa.types.is_map(kind):
        key, item = _without_dictionary(kind.key_field), _without_dictionary(kind.item_field)
        return field.with_type(pa.map_(key, item, kind.keys_sorted))
    return field


def with_members(raw: bytes, members: Mapping[str, Any]) -> bytes:
    """A JSON object with members added at its end, the rest as it was."""
    row = json.loads(raw.decode("utf-8-sig"))
    if row.keys() & members.keys():
        return json.dumps(row | dict(members), ensure_ascii=False).encode()
    body = raw.rstrip()
    assert body.endswith(b"}")
    added = json.dumps(dict(members), ensure_ascii=False).encode()[1:-1]
    inside = body[:-1].rstrip()
    comma = b"" if inside.endswith(b"{") else b", "
    return inside + comma + added + b"}"


def compress(data: bytes, codec: str) -> bytes:
    """Data in a codec (gz, zst or none); equal data gives equal bytes."""
    match codec:
        case "gz":
            return gzip.compress(data, compresslevel=6, mtime=0)
        case "zst":
            return zstandard.ZstdCompressor(level=3).compress(data)
        case _:
            return data
