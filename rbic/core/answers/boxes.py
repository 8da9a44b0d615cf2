"""The answer that a text puts in a box, or in a box for each of its parts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from rbic.core.answers.parts import LABEL, part_starts

_BOX = re.compile(
    r"\\{1,2}(?:boxed|f(?:rame)?box(?:\[[^\]\n]{0,40}\]){0,2}|bbox(?:\[[^\]\n]{0,40}\])?)"
    r"\s*(?=[{\s\w])"
)
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_WORD = re.compile(r"[^\s$.,]{1,40}")
_PERCENT = re.compile(r"\$?\s?(\\?%)")
_BETWEEN_PARTS = re.compile(
    r"[\s$,;.。&\\()\[\]*]*(?:(?:\\q?quad|\\text\s*\{[^{}]{0,40}\}|and|or|for part \([a-z]\)"
    rf"|,|和|或|与|[A-Za-z](?:_\{{?\w{{1,3}}\}}?)?\s*=|{LABEL}"
    r"|(?m:^)\s*\*{0,2}(?:[b-h]\)|[2-9][.)、]))[\s$,;&\\()\[\]:：*]*){1,6}"
)


@dataclass(frozen=True, slots=True)
class Stated:
    """An answer and where in the text the words that state it begin and end."""

    answer: str
    start: int
    end: int


def _closing_braces(text: str) -> dict[int, int]:
    """By place of each opening brace that of the one that closes it; escaped ones are no braces."""
    opened: list[int] = []
    closing = {}
    for match in _BRACE.finditer(text):
        if match.group() == "{":
            opened.append(match.start())
        elif match.group() == "}" and opened:
            closing[opened.pop()] = match.start()
    return closing


def _braced(text: str, start: int, closing: Mapping[int, int]) -> tuple[str, int]:
    """The argument that begins at `start`: up to the brace that closes it, or one word."""
    while start < len(text) and text[start].isspace():
        start += 1
    if start >= len(text) or text[start] != "{":
        word = _WORD.match(text, start)
        return (word.group(), word.end()) if word else ("", start)
    if start in closing:
        return text[start + 1 : closing[start]], closing[start] + 1
    # A box that never closes ends with its line.
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    return text[start + 1 : end], end


def boxed(text: str) -> Stated | None:
    """The last box, together with those right before it; the last of each labelled part."""
    if "box" not in text:
        return None
    starts = part_starts(text)
    closing = _closing_braces(text)
    parts = [_boxes(text, begin, end, closing) for begin, end in pairwise([*starts, len(text)])]
    found = [part for part in parts if part is not None]
    if found and len(found) == len(starts):
        last = found[-1]
        return Stated(", ".join(part.answer for part in found), last.start, last.end)
    return _boxes(text, 0, len(text), closing)


def _boxes(text: str, begin: int, end_of_part: int, closing: Mapping[int, int]) -> Stated | None:
    """The last box in a part of a text, together with those right before it."""
    last = None
    parts: list[str] = []
    for match in _BOX.finditer(text, begin, end_of_part):
        if last is not None and match.start() < last.end:
            continue
        content, end = _braced(text, match.end(), closing)
        content = content.strip()
        if not content:
            continue
        between = text[last.end : match.start()] if last else ""
        if percent := _PERCENT.match(text, end):
            content, end = content + percent.group(1), percent.end()
        if last and len(between) <= 80 and _BETWEEN_PARTS.fullmatch(between):
            parts.append(content)
            last = Stated("", last.start, end)
        else:
            parts = [content]
            last = Stated("", match.start(), end)
    if last is None:
        return None
    return Stated(", ".join(dict.fromkeys(parts)), last.start, last.end)
