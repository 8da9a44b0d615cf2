"""What comparing two answers found, and by which rule."""

from dataclasses import dataclass
from enum import StrEnum

from rbic.schema import Verdict


class Method(StrEnum):
    """The rule that decided, or why none could."""

    TEXT = "text"
    VALUE = "value"
    UNIT = "unit"
    LIST = "list"
    REGION = "region"
    RELATION = "relation"
    MATRIX = "matrix"
    CHOICE = "choice"
    POLARITY = "polarity"
    WORDS = "words"
    KIND = "kind"
    ALGEBRA = "algebra"
    NO_ANSWER = "no_answer"
    ROUNDING = "rounding"
    ORDER = "order"
    PERCENT = "percent"
    LABEL = "label"
    UNREAD = "unread"
    TOO_LONG = "too_long"
    TOO_COMPLEX = "too_complex"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    KILLED = "killed"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict on a pair of answers and the rule behind it."""

    verdict: Verdict
    method: Method


def right(method: Method) -> Judgement:
    """The answers are the same."""
    return Judgement(Verdict.RIGHT, method)


def wrong(method: Method) -> Judgement:
    """The answers differ."""
    return Judgement(Verdict.WRONG, method)


def undecidable(method: Method) -> Judgement:
    """Nothing certain can be said."""
    return Judgement(Verdict.UNDECIDABLE, method)


def every(judgements: list[Judgement], method: Method) -> Judgement:
    """The judgement on a whole from those on its parts: wrong beats undecidable beats right."""
    if any(judgement.verdict is Verdict.WRONG for judgement in judgements):
        return wrong(method)
    for judgement in judgements:
        if judgement.verdict is Verdict.UNDECIDABLE:
            return judgement
    return right(method)
