"""Answers in several parts: (a) 3 and (b) 5, a line for each, a box for each, a list."""

import re

_LONGEST_LINE = 80
_MOST_PARTS = 8

_LABEL = (
    r"(?:(?:Parts?\s*|Question\s*|问题)?[(（](?:[a-h]|[1-9]|i{1,3}|iv|v|vi|[一二三四五六])[)）]"
    r"|(?:Part|Question)\s+(?:[a-hA-H](?![A-Za-z])|\d|I{1,3}|IV)|第[一二三四五六1-6]问|[①-⑧])"
)
LABEL = rf"{_LABEL}\s*[:：.]?"
"""What names a part: (a), (1), Part a, 第一问."""
_LETTERED = r"[a-h][).]"
_NUMBERED = r"[1-9][.)、]"
_LINE = re.compile(
    rf"[ \t]*(?:\*\*|#+\s)?(?:(?P<label>{LABEL}|{_LETTERED}(?=\s))|(?P<item>{_NUMBERED}(?=[ \t])"
    r"|[-•*·](?=[ \t])))(?:\*\*)?[:：]?[ \t]*(?P<rest>[^\n]*)"
)
_INLINE = re.compile(rf"(?:\A|(?<=[\s,;，；、])){_LABEL}\s*[:：.]?\s*(?=[^\s,;.])")
_PART_LINE = re.compile(rf"(?m)^[ \t]*(?:\*\*|#+[ \t])?({LABEL})")
_ORDER = str.maketrans("一二三四五六①②③④⑤⑥⑦⑧", "12345612345678")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6}
_JOIN_ONLY = re.compile(r"\W*(?:and|or|和|或|与)?\W*")


def _rank(label: str) -> int:
    """The place of a part among others by its label: 2 for (b), (2), (ii), 第二问."""
    name = re.sub(r"(?i)part|question|第|问题?|\W", "", label).lower().translate(_ORDER)
    if name.isdigit():
        return int(name)
    return _ROMAN.get(name) or (ord(name) - ord("a") + 1 if len(name) == 1 else 0)


def _in_order(labels: list[str]) -> bool:
    """Whether labels follow one another from the first on."""
    return [_rank(label) for label in labels] == list(range(1, len(labels) + 1))


def _lines(text: str, start: int) -> tuple[list[re.Match[str]], int]:
    """The lines from a place on that begin with a label or all with an item's mark."""
    found: list[re.Match[str]] = []
    end = start
    while (match := _LINE.match(text, start)) and len(found) < _MOST_PARTS:
        if found and (match["label"] is None) != (found[0]["label"] is None):
            break
        found.append(match)
        end = start = match.end()
        while start < len(text) and text[start].isspace():
            start += 1
    return found, end


def listed(text: str, start: int) -> tuple[list[str], int]:
    """The parts of an answer, a line for each, that stand in a list.

    Args:
        text: a text.
        start: where the first of the lines begins.

    Returns:
        What stands behind the labels, numbers or bullets of the lines, and where they end: the
        first alone where one of the lines is too long for an answer; nothing where there is no
        such line.
    """
    lines, end = _lines(text, start)
    if not lines:
        return [], start
    labels = [line["label"] for line in lines if line["label"]]
    if any(len(line["rest"]) > _LONGEST_LINE for line in lines) or not _in_order(labels):
        return [lines[0]["rest"]], lines[0].end()
    return [line["rest"] for line in lines], end


def last_lines(text: str) -> list[str]:
    """The parts of an answer, a labelled line for each, that a text ends in; none below two."""
    labelled: list[re.Match[str]] = []
    for line in reversed([line for line in text[-1000:].split("\n") if line.strip()]):
        match = _LINE.fullmatch(line)
        if match is None or match["label"] is None or len(match["rest"]) > _LONGEST_LINE:
            break
        labelled.insert(0, match)
    whole = len(labelled) > 1 and _in_order([match["label"] for match in labelled])
    return [match["rest"] for match in labelled] if whole else []


def without_labels(phrase: str) -> str:
    """An answer without the labels of its parts, if there are two or more: (a) 3 and (b) 5."""
    labels = list(_INLINE.finditer(phrase))
    if len(labels) < 2 or phrase[: labels[0].start()].strip():
        return phrase
    if not _in_order([match.group() for match in labels]):
        return phrase
    ends = [*(match.start() for match in labels[1:]), len(phrase)]
    contents = [phrase[match.end() : end] for match, end in zip(labels, ends, strict=True)]
    # "(1) and (2)" names two statements.
    if any(_JOIN_ONLY.fullmatch(content) for content in contents):
        return phrase
    return "".join(contents)


def part_starts(text: str) -> list[int]:
    """Where the labelled parts of a text begin, a line for each label; none below two."""
    labels = list(_PART_LINE.finditer(text))
    first = max((i for i, match in enumerate(labels) if _rank(match[1]) == 1), default=0)
    labels = labels[first:]
    whole = len(labels) > 1 and _in_order([match[1] for match in labels])
    return [match.start() for match in labels] if whole else []
