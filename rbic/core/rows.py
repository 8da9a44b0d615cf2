"""Raw rows of a corpus file: cutting a JSON array into its elements, and parsing one row strictly.

A row that cannot be parsed is a fault with a reason, never an exception, so that one bad line costs
one row.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rbic.schema import RejectReason

MAX_RAW_CHARACTERS = 2000
"""How much of a rejected row is kept."""


@dataclass(frozen=True)
class Fault:
    """Why a row is not a sample."""

    reason: RejectReason
    detail: str


class _FaultyRowError(ValueError):
    """Carries a fault out of the JSON decoder's hooks."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.detail)
        self.fault = fault


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object's pairs as a dict; two values for one key are a fault, since readers differ."""
    row = dict(pairs)
    if len(row) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _FaultyRowError(
                    Fault(RejectReason.DUPLICATE_KEY, f"key {key!r} occurs more than once")
                )
            seen.add(key)
    return row


def _no_constant(name: str) -> None:
    raise _FaultyRowError(Fault(RejectReason.NOT_JSON, f"{name} is no JSON value"))


_DECODER = json.JSONDecoder(object_pairs_hook=_unique_keys, parse_constant=_no_constant)


def parse_row(raw: bytes) -> dict[str, Any] | Fault:
    """Parse one JSON object.

    Args:
        raw: the row's bytes, without a line end.

    Returns:
        The object, or the fault that keeps it from being one: not UTF-8 (lone surrogates
        included), not JSON (NaN and Infinity included), nested too deep for the parser, a key
        twice in one object, or a JSON value that is no object.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Fault(RejectReason.NOT_UTF8, f"byte {error.start}: {error.reason}")
    if not text.strip():
        return Fault(RejectReason.EMPTY_ROW, "nothing but white space")
    try:
        row = _DECODER.decode(text)
    except _FaultyRowError as error:
        return error.fault
    except RecursionError:
        return Fault(RejectReason.TOO_DEEP, "nested deeper than the JSON parser goes")
    except ValueError as error:
        return Fault(RejectReason.NOT_JSON, str(error))
    if not isinstance(row, dict):
        return Fault(RejectReason.NOT_AN_OBJECT, f"expected an object, got {_kind(row)}")
    return row


def _kind(value: object) -> str:
    """The JSON name of a parsed value's type."""
    names = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def text_fault(field: str, text: str) -> Fault | None:
    """Why a string cannot be used: a null character, or half of a surrogate pair; None if fine."""
    if "\x00" in text:
        detail = f"field {field!r}: null character at {text.index(chr(0))}"
        return Fault(RejectReason.NULL_CHARACTER, detail)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        detail = f"field {field!r}: lone surrogate at {error.start}"
        return Fault(RejectReason.NOT_UTF8, detail)
    return None


def raw_text(raw: bytes) -> str:
    """The start of a rejected row, readable whatever its bytes are."""
    return raw[: 4 * MAX_RAW_CHARACTERS].decode("utf-8", errors="replace")[:MAX_RAW_CHARACTERS]


_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},]', re.DOTALL)
_KEY_OF_RECORDS = re.compile(rb"\s*:\s*\[\s*(?=[{\]])")
_SPACE = re.compile(rb"\s*")


def records_start(data: bytes) -> int | None:
    """Where the list of records begins in a JSON document: the offset behind its bracket.

    The document is an array, or an object with a key whose value is an array of objects (the first
    such key). None where it is neither, as where another object follows: those are JSON lines.
    """
    begin = _SPACE.match(data, 3 if data.startswith(b"\xef\xbb\xbf") else 0)
    assert begin is not None
    at = begin.end()
    if data[at : at + 1] == b"[":
        return at + 1
    if data[at : at + 1] != b"{":
        return None
    depth, found = 0, None
    for token in _TOKEN.finditer(data, at):
        sign = data[token.start()]
        if sign in b"[{":
            depth += 1
        elif sign in b"]}":
            depth -= 1
            if depth == 0:
                return None if _SPACE.fullmatch(data, token.end()) is None else found
        elif sign == ord('"') and depth == 1 and found is None:
            records = _KEY_OF_RECORDS.match(data, token.end())
            found = records.end() if records else None
    return found


def split_records(data: bytes, start: int) -> Iterator[bytes]:
    """The elements of the array whose bracket lies before `start`, as the bytes they are.

    Strings are skipped whole, so brackets and commas in them do not count. Where the array does
    not end, the rest is the last element, and so is what follows the end of a document that is an
    array, for `parse_row` to refuse.
    """
    depth = 0
    begin = start
    for token in _TOKEN.finditer(data, start):
        sign = data[token.start()]
        if sign in b"[{":
            depth += 1
        elif sign in b"]}":
            if depth == 0:
                last = data[begin : token.start()].strip()
                if last or begin > start:
                    yield last
                rest = data[token.end() :].strip()
                if rest and data[: start - 1].strip() in (b"", b"\xef\xbb\xbf"):
                    yield rest
                return
            depth -= 1
        elif sign == ord(",") and depth == 0:
            yield data[begin : token.start()].strip()
            begin = token.end()
    rest = data[begin:].strip()
    if rest:
        yield rest
