"""Write a chain: the steps as sentences, in one of several styles.

A chain is first a list of moves, which faults may reorder, repeat or drop; then the style joins
them into a text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from benchmarks.sample.wording import sentence
from benchmarks.sample.words import Language


class Style(StrEnum):
    """How a chain reads."""

    LINES = "lines"  # one sentence a line, as in GSM8K
    NUMBERED = "numbered"  # Step 1: …, 第1步：…
    PROSE = "prose"  # First, … Then … Therefore …
    BECAUSE = "because"  # Since …, …; 因为……，所以……


class Role(StrEnum):
    """What a move of a chain is there for."""

    STEP = "step"
    REPEAT = "repeat"
    FILLER = "filler"
    TANGENT = "tangent"


@dataclass(frozen=True, slots=True)
class Move:
    """One sentence of a chain, without connective and full stop."""

    body: str
    role: Role
    node: int | None
    """The node of the program that a step or repeat computes."""
    rests_on: tuple[int, ...] = ()
    """The nodes that the equation uses."""


_OPENERS = {
    Language.ENGLISH: ("First, ", "To begin with, ", "We start with this: "),
    Language.CHINESE: ("首先，", "先算第一步，", "一开始，"),
}
_MIDDLES = {
    Language.ENGLISH: ("Then ", "Next, ", "So ", "After that, ", "Now "),
    Language.CHINESE: ("然后，", "接着，", "所以", "再看，", "于是"),
}
_CLOSERS = {
    Language.ENGLISH: ("Therefore, ", "Finally, ", "Hence "),
    Language.CHINESE: ("因此，", "最后，", "由此可知，"),
}
_STOP = {Language.ENGLISH: ".", Language.CHINESE: "。"}


def write(moves: Sequence[Move], style: Style, language: Language, rng: Random) -> str:
    """Join moves into the text of a chain.

    Args:
        moves: at least one.
        style: how it reads.
        language: of the moves and the connectives.
        rng: chooses among connectives.

    Returns:
        The chain without any statement of the final answer.
    """
    return _WRITERS[style](moves, language, rng)


def _lines(moves: Sequence[Move], language: Language, rng: Random) -> str:
    stop = _STOP[language]
    return "\n".join(sentence(move.body, language) + stop for move in moves)


def _numbered(moves: Sequence[Move], language: Language, rng: Random) -> str:
    if language is Language.CHINESE:
        return "\n".join(f"第{i}步：{move.body}。" for i, move in enumerate(moves, 1))
    label = "Step {}: " if rng.random() < 0.5 else "{}. "
    return "\n".join(
        f"{label.format(i)}{sentence(move.body, language)}." for i, move in enumerate(moves, 1)
    )


def _prose(moves: Sequence[Move], language: Language, rng: Random) -> str:
    space = " " if language is Language.ENGLISH else ""
    return space.join(
        sentence(_connective(i, moves, language, rng) + move.body, language) + _STOP[language]
        for i, move in enumerate(moves)
    )


def _because(moves: Sequence[Move], language: Language, rng: Random) -> str:
    """Two moves a sentence where the first is the reason for the second."""
    link = ("since ", ", ") if language is Language.ENGLISH else ("因为", "，所以")
    texts = []
    i = 0
    while i < len(moves):
        if i + 1 < len(moves) and moves[i].node in moves[i + 1].rests_on:
            texts.append(f"{link[0]}{moves[i].body}{link[1]}{moves[i + 1].body}")
            i += 2
        else:
            texts.append(_connective(i, moves, language, rng) + moves[i].body)
            i += 1
    return "\n".join(sentence(text, language) + _STOP[language] for text in texts)


def _connective(i: int, moves: Sequence[Move], language: Language, rng: Random) -> str:
    """The words before move `i`; asides and empty sentences have their own."""
    if moves[i].role in {Role.FILLER, Role.TANGENT}:
        return ""
    words: Sequence[str] = _MIDDLES[language]
    if i == 0:
        words = _OPENERS[language]
    elif i == len(moves) - 1:
        words = _CLOSERS[language]
    return words[int(rng.random() * len(words))]


_WRITERS: dict[Style, Callable[[Sequence[Move], Language, Random], str]] = {
    Style.LINES: _lines,
    Style.NUMBERED: _numbered,
    Style.PROSE: _prose,
    Style.BECAUSE: _because,
}
