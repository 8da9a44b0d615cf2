"""Cut a sentence of prose into what mathematics is made of, and words.

Unlike `answers.tokens` this takes any text, and says where in it each piece stands.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

from rbic.core.answers.number_words import MULTIPLIERS
from rbic.core.answers.tokens import Sort, tokenise
from rbic.core.answers.units import measure

_PIECE = re.compile(
    r"""(?P<mark><{2,}|>{2,}|</?[a-z_]+>|(?<![A-Za-z\d)])\*{2,}|\*{2,}(?![A-Za-z\d(]))
      | (?P<number>(?:(?<!\d)\\?[$€£¥]\ ?)?(?:\d+(?:,\d+)*(?:\.\d+)?|\.\d+)
          (?:[eE][-+]?\d{1,4}(?![\w.])|(?:st|nd|rd|th)\b)?)
      | (?P<operator><=|>=|!=|==|\*\*|[-−–+*/^=<>≤≥≠≈±×·÷√]|(?<=[\d)])\ ?[xX](?=\ ?[\d(.$√])
          |(?<=\d):(?=\d)|(?<=\d)\ :(?=\ \d)|(?<=\d)\ (?:out\ of|to)(?=\ \d)
          |(?<=\d)\ in(?=\ \d+(?:\W*\Z|\ (?:chance|people|of)))
          |!(?=\ ?[-+*/^=)×·])|\\(?:times|cdot|div|leq?|geq?|neq?|lt|gt|pm)(?![A-Za-z]))
      | (?P<space>\s+)
      | (?P<join>,\ (?:and|or)\b|,|;|、|(?:and|or)\b|[或和与及且])
      | (?P<open>[(\[{]|\\\{)
      | (?P<close>[)\]}]|\\\})
      | (?P<name>(?:sqrt|sin|cos|tan|log|ln|exp|pi|\\(?:d?frac|sqrt|pi|infty))(?![A-Za-z])
          |[A-Za-z](?![A-Za-z])(?:_\w|_\{\w{1,3}\})?'?|[A-Z]{2,3}(?=\ ?[=<>≤≥≠])
          |[α-ωΑ-Ω∞°])
      | (?P<word>[A-Za-z][A-Za-z'’]*|.)""",
    re.VERBOSE | re.DOTALL,
)
# How many dozens there are is asked for more often than not.
_MULTIPLIER = re.compile(
    rf" ?(?:{'|'.join(w for w in MULTIPLIERS if w.isascii() and w != 'dozen')})(?![A-Za-z])"
)
_UNIT_WORD = r"(?:[A-Za-z]+(?:\^\{?\d\}?|[²³])?|¢)"
_UNIT = re.compile(
    rf" ?((?:(?:square|sq\.?|cubic)\ )?{_UNIT_WORD})"
    rf"(?:(?:\ ?(/)\ ?|\ (per)\ )({_UNIT_WORD}))?(?![A-Za-z\d])"
)
_INCHES = re.compile(r"in(?=\.?\s*(?:\Z|[,;)]))")
_PERCENT = re.compile(r"\s?\\?%|\s(?:percent|pct)\b")
_CHINESE = re.compile(r"\s?(?:(?![或和与及且])[\u4e00-\u9fff]){1,4}")
_SUPERSCRIPTS = str.maketrans({"²": "^2", "³": "^3", "{": "", "}": ""})


class Part(Enum):
    """What a piece of a sentence is to a value."""

    NUMBER = auto()
    OPERATOR = auto()
    JOIN = auto()
    OPEN = auto()
    CLOSE = auto()
    NAME = auto()
    UNIT = auto()
    WORD = auto()


_PARTS = {
    "mark": Part.WORD, "number": Part.NUMBER, "operator": Part.OPERATOR, "join": Part.JOIN,
    "open": Part.OPEN, "close": Part.CLOSE, "name": Part.NAME, "word": Part.WORD,
}  # fmt: skip


@dataclass(slots=True)
class Piece:
    """A piece of a sentence, the bracket it stands in, and whether a space stands before it."""

    sort: Part
    text: str
    start: int
    end: int
    spaced: bool
    depth: int = 0


def _is_product(unit: str) -> bool:
    """Whether the comparison of answers reads a unit as variables: mL is m times L."""
    return unit.isalpha() and len(unit) > 1 and tokenise(unit)[0].sort is not Sort.WORD


def unit_end(text: str, start: int) -> int:
    """Where the percent sign, multiplier or unit of measure ends that follows a value.

    Args:
        text: a text.
        start: where the value ends.

    Returns:
        The end of what belongs to the value; `start` where nothing does.
    """
    if match := _PERCENT.match(text, start):
        return match.end()
    if match := _MULTIPLIER.match(text, start):
        start = match.end()
    match = _UNIT.match(text, start)
    if match is None:
        return start
    first, slash, per, below = match.groups()
    if first == "in" and not _INCHES.match(text, match.start(1)):
        return start
    unit = first.replace("sq.", "sq").translate(_SUPERSCRIPTS)
    if measure(unit) is None or _is_product(first):
        return start
    if below and (slash or measure(f"{unit} per {below.translate(_SUPERSCRIPTS)}")):
        return match.end()
    return match.end() if per is None else match.end(1)


def _counted_end(text: str, start: int) -> int:
    """Where the unit or the Chinese words for what is counted end that follow a number."""
    counted = _CHINESE.match(text, start)
    return counted.end() if counted else unit_end(text, start)


def cut(text: str) -> list[Piece]:
    """Cut a sentence; brackets that hold words, or that nothing closes, are words themselves."""
    pieces: list[Piece] = []
    position, spaced = 0, False
    while position < len(text):
        match = _PIECE.match(text, position)
        assert match is not None
        assert match.lastgroup is not None
        end = match.end()
        if match.lastgroup == "space":
            spaced = True
        else:
            sort = _PARTS[match.lastgroup]
            pieces.append(Piece(sort, match.group(), position, end, spaced))
            spaced = False
            if sort is Part.NUMBER and (after := _counted_end(text, end)) > end:
                pieces.append(Piece(Part.UNIT, text[end:after], end, after, False))
                end = after
        position = end
    _match_brackets(pieces)
    return pieces


def _match_brackets(pieces: list[Piece]) -> None:
    """Set the depth of what stands in brackets of mathematics, and turn other brackets to words."""
    opened: list[int] = []
    first_word = [0]
    for piece in pieces:
        first_word.append(first_word[-1] + (piece.sort is Part.WORD))
    lone = []
    spans = []
    for i, piece in enumerate(pieces):
        if piece.sort is Part.OPEN:
            opened.append(i)
        elif piece.sort is Part.CLOSE and opened:
            begin = opened.pop()
            if first_word[i] == first_word[begin] and i > begin + 1:
                spans.append((begin, i))
            else:
                lone += [begin, i]
        elif piece.sort is Part.CLOSE:
            lone.append(i)
    for i in lone + opened:
        pieces[i].sort = Part.WORD
    change = [0] * (len(pieces) + 1)
    for begin, end in spans:
        change[begin + 1] += 1
        change[end] -= 1
    depth = 0
    for piece, step in zip(pieces, change, strict=False):
        depth += step
        piece.depth = depth
