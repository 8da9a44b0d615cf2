r"""How far a value reaches in a sentence: the whole of what one of its numbers belongs to.

A number cut out of a relation, an interval, a ratio, a power or a list is another answer, and may
be the reference's. From the number the value grows in both directions over what mathematics is made
of, then over the values that commas, "and" and "or" join to it, and over the words that change it
("at least"). A sum is worth its last side. Where what touches the value is none of this, the whole
sentence is given, which no comparison takes for a number.

Linear in the length of the sentence.
"""

import re

from rbic.core.answers.compounds import read_compound
from rbic.core.answers.pieces import Part, Piece, cut

_CHANGED_BY = re.compile(
    r"(?:\b(?:at (?:least|most)|(?:no |not )?(?:more|less|fewer|greater|larger|smaller|bigger) than"
    r"(?: or equal to)?|not|isn't|between|exceeds|minus|negative)\s|至[少多]|最多|[大小]于"
    r"|不?超过|[多少]于|不足|不到|不是|负)\s?\Z",
    re.IGNORECASE,
)
_LONGEST_CHANGE = 40
_CHANGED_AFTER = re.compile(
    r" (?:or|and) (?:more|less|fewer|greater|above|below|older|younger|a half|a quarter)\b"
    r"|\s?[以之][上下内外]"
)
_PER_WORD = re.compile(r" ?[A-Za-z]{2,}")
_RELATIONS = frozenset("= < > ≤ ≥ ≠ <= >= != == \\le \\ge \\leq \\geq \\ne \\neq".split())
_TOUCHED = re.compile(r"[\^_\\]?[A-Za-z\d]")
_COMPARISONS = _RELATIONS - {"=", "=="}
_TIMES = re.compile(r" ?(?:[ap]\.?m\b\.?|[AP]M\b)")
COUNTED_OFF = frozenset("day week month year step part case stage round game level".split())
"""What a number counts off and is no value of: Step 4."""
_PREPOSITIONS = frozenset("in on at by for after of from when if with since until".split())


def _touch(pieces: list[Piece], at: int) -> bool:
    """Whether a piece and the next belong to one value, commas outside of brackets aside."""
    left, right = pieces[at : at + 2]
    if Part.WORD in (left.sort, right.sort):
        return False
    if left.depth and right.depth:
        return True
    if Part.JOIN in (left.sort, right.sort):
        return False
    if left.sort is Part.OPERATOR or right.sort is Part.OPERATOR:
        return True
    compound = left.sort is Part.UNIT and right.sort is Part.NUMBER
    if not right.spaced and not compound:
        return True
    if left.sort is Part.NUMBER and right.text in ("pi", "π", "sqrt"):
        return True
    if compound:  # 5 ft 6 in
        parts = "".join(piece.text for piece in pieces[max(at - 1, 0) : at + 3])
        return read_compound(parts) is not None
    if not left.sort is right.sort is Part.NUMBER:
        return False
    after = pieces[at + 2] if at + 2 < len(pieces) else None
    if after is not None and not after.spaced and after.text in "/-":
        return after.text == "/"  # 2 1/2, 12 200-page books
    return re.fullmatch(r"\d{3}", right.text) is not None  # 100 000


def _item(pieces: list[Piece], at: int) -> tuple[int, int]:
    """The first and last piece of the value that a piece belongs to."""
    low = high = at
    while low > 0 and _touch(pieces, low - 1):
        low -= 1
    while high + 1 < len(pieces) and _touch(pieces, high):
        high += 1
    if 0 < low <= at - 2 and pieces[low + 1].text == ":":
        # Week 3:210 pages
        low += 2 * (pieces[low - 1].text.lower() in COUNTED_OFF)
    if pieces[low].text == "=" or (pieces[low].text in "-−–" and pieces[low + 1].spaced):
        low += 1
    if pieces[high].text in "-−–=" and high > low:
        high -= 1
    return low, high


def _value_side(pieces: list[Piece], low: int, high: int) -> tuple[int, int]:
    """The side of an equation that is its value: a sum's last; all of one that has variables."""
    equals = [i for i in range(low, high) if pieces[i].text == "=" and not pieces[i].depth]
    if not equals:
        return low, high
    left, right = pieces[low : equals[-1]], pieces[equals[-1] + 1 : high + 1]
    names, others = (
        {piece.text for piece in side if piece.sort is Part.NAME} for side in (left, right)
    )
    if not any(piece.sort is Part.NUMBER for piece in right):
        return (low, high) if names else (low, equals[0] - 1)  # 10 = b
    # 2x = 10 is a step before x = 5; 20m + 30m = 50m counts metres; money needs no label.
    product = len(left) == 2 and left[0].sort is Part.NUMBER
    money = right[0].text[0] in "\\$€£¥"
    is_sum = not names or len(equals) > 1 or product or money
    is_sum = is_sum or (names == others and len(left) > 1)
    return (equals[-1] + 1, high) if is_sum else (low, high)


def _is_labelled(pieces: list[Piece], low: int, high: int) -> bool:
    """Whether a value is said of a variable: x = 3, f(2) > 5."""
    relations = [i for i in range(low, high) if pieces[i].text in _RELATIONS]
    if len(relations) != 1 or pieces[low].sort is not Part.NAME:
        return False
    said_of = pieces[low : relations[0]]
    return all(p.sort is Part.NAME or p.depth or p.text in "()" for p in said_of)


def _is_counted(pieces: list[Piece], low: int, high: int) -> bool:
    """Whether a value is a number without relations."""
    value = pieces[low : high + 1]
    return any(p.sort is Part.NUMBER for p in value) and not any(
        p.text in _RELATIONS for p in value
    )


def _is_joined(
    pieces: list[Piece], comma: str, before: tuple[int, int], value: tuple[int, int]
) -> bool:
    """Whether the value before a comma, "and" or "or" is one of a list with the value after it."""
    if _is_labelled(pieces, *value):
        return _is_labelled(pieces, *before)
    if not (_is_counted(pieces, *value) and _is_counted(pieces, *before)):
        return False
    united, after = pieces[before[1]].sort is Part.UNIT, pieces[value[1]].sort is Part.UNIT
    if comma != ",":
        return united == after
    low = before[0]
    circumstance = low > 0 and pieces[low - 1].text.lower() in _PREPOSITIONS
    return not (united or after or circumstance)


def _joined(pieces: list[Piece], low: int, high: int) -> int:
    """The first piece of the first value that is joined to one."""
    first = low
    while first > 1 and pieces[first - 1].sort is Part.JOIN and not pieces[first - 1].depth:
        before = _item(pieces, first - 2)
        if before[1] != first - 2:
            break
        if not _is_joined(pieces, pieces[first - 1].text, before, (low, high)):
            break
        first = before[0]
    return first


def changed_from(text: str, start: int) -> int:
    """Where the words begin that change a value which begins at `start`: at least, not."""
    match = _CHANGED_BY.search(text, max(0, start - _LONGEST_CHANGE), start)
    return match.start() if match else start


def whole_value(sentence: str, at: int) -> str:
    """The whole value that a number of a sentence belongs to.

    Args:
        sentence: a sentence without its end.
        at: where the number begins.

    Returns:
        The value as written, or the sentence where what touches it cannot be told.
    """
    pieces = cut(sentence)
    inside = next(i for i, piece in enumerate(pieces) if piece.end > at)
    low, high = _item(pieces, inside)
    sides = _value_side(pieces, low, high)
    low, high = sides if sides != (low, high) else (_joined(pieces, low, high), high)
    start = changed_from(sentence, pieces[low].start)
    if pieces[high].text == "/" and _PER_WORD.match(sentence, pieces[high].end):
        high -= 1  # $5/person
    end = pieces[high].end
    if match := _TIMES.match(sentence, end) or _CHANGED_AFTER.match(sentence, end):
        end = match.end()
    return sentence.strip() if _is_cut(sentence, pieces, low, high, end) else sentence[start:end]


def _is_cut(sentence: str, pieces: list[Piece], low: int, high: int, end: int) -> bool:
    """Whether what touches a value on the left or right belongs to it and is not understood."""
    if _TOUCHED.match(sentence, end) or pieces[high].sort is Part.OPERATOR:
        return True
    value = pieces[low : high + 1]
    if _COMPARISONS & {p.text for p in value} and not any(p.sort is Part.NAME for p in value):
        return True  # 404 > 400 is a reason
    first = pieces[low]
    if first.text == "(" and low and not first.spaced and pieces[low - 1].sort is Part.WORD:
        return True  # 1orW(x)=-1
    return first.text in "*/^×·÷:" or (first.text == "+" and pieces[low + 1].spaced)
