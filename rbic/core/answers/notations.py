"""Notations that the grammar would misread: Roman and enclosed numerals, negatives in brackets."""

import re

from rbic.core.answers.judgement import Judgement, Method, right, undecidable, wrong

_ENCLOSED = (
    {chr(0x2460 + n): n + 1 for n in range(20)}  # ① to ⑳
    | {chr(0x2474 + n): n + 1 for n in range(20)}  # ⑴ to ⒇
    | {chr(0x2776 + n): n + 1 for n in range(10)}  # ❶ to ❿
)
_BETWEEN_ENCLOSED = re.compile(r"[\s,、，;；.。$和与及]+|and|\\text|\\quad|[{}]")
_ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_WHOLE = re.compile(r"\d{1,4}")
_IN_BRACKETS = re.compile(r'\(\s*"[a-z]{3}"\s*\d[^()]*\)')
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
_ORDINAL = re.compile(r"(?:the )?(?:(\d{1,4})(?:st|nd|rd|th)|([a-z]+))")
_DIMENSIONS = re.compile(r"(\d{1,9}) ?[xX] ?(\d{1,9})")
_SHAPED = re.compile(
    r"\$?\d{1,9} ?(?:[xX×]|\\times) ?\d{1,9}\$? "
    r"(?:matrix|matrices|grid|board|array|rectangle|table)"
)


def compare_enclosed(gold: str, given: str) -> Judgement | None:
    """Compare two answers of which one has numerals in circles: labels of statements, no numbers.

    Args:
        gold: an answer as written: the plain form makes 12 of ①②.
        given: another.

    Returns:
        A judgement; None where neither has one, or the texts are the same.
    """
    marked = [any(mark in _ENCLOSED for mark in text) for text in (gold, given)]
    if not any(marked) or gold.strip() == given.strip():
        return None
    one, other = _labels(gold), _labels(given)
    if one is None or other is None:
        return undecidable(Method.KIND)
    return right(Method.LIST) if one == other else wrong(Method.LIST)


def _labels(text: str) -> set[int] | None:
    """The set of enclosed numerals that a text consists of; None where it holds more."""
    marks = _BETWEEN_ENCLOSED.sub("", text)
    return {_ENCLOSED[mark] for mark in marks} if marks and set(marks) <= set(_ENCLOSED) else None


def roman(text: str) -> int | None:
    """The value of a Roman numeral, or None.

    One without an I, V or X is none: CD is a line from C to D.
    """
    if not text or not set("IVX") & set(text) or not _ROMAN.fullmatch(text):
        return None
    values = [_ROMAN_VALUES[letter] for letter in text]
    return sum(
        -value if value < following else value
        for value, following in zip(values, [*values[1:], 0], strict=True)
    )


def compare_notations(one: str, other: str) -> Judgement | None:
    """Compare two answers of which one is in a notation of its own.

    Args:
        one: an answer in `plain_form`.
        other: another.

    Returns:
        A judgement, or None where neither is.
    """
    if bool(_IN_BRACKETS.fullmatch(one)) != bool(_IN_BRACKETS.fullmatch(other)):
        # ($500) is a loss of 500 to an accountant.
        return undecidable(Method.KIND)
    first, second = (text.replace('"', "").strip() for text in (one, other))
    if max(len(first), len(second)) < 2:
        return None
    numerals = [int(text) if _WHOLE.fullmatch(text) else roman(text) for text in (first, second)]
    if None in numerals or not any(text.isalpha() and len(text) > 1 for text in (first, second)):
        return None
    return right(Method.VALUE) if numerals[0] == numerals[1] else wrong(Method.VALUE)


def compare_as_written(gold: str, given: str) -> Judgement | None:
    """Compare two answers by what the plain form no longer shows: 2x3 and 3x2 are two shapes.

    Args:
        gold: an answer as written.
        given: another.

    Returns:
        A judgement, or None where nothing of the kind is in them.
    """
    one, other = (_DIMENSIONS.match(text.strip(" $")) for text in (gold, given))
    if one and other and one.groups() != other.groups():
        turned = one.groups() == other.groups()[::-1]
        return undecidable(Method.ORDER) if turned else None
    if bool(_SHAPED.match(gold.strip())) != bool(_SHAPED.match(given.strip())):
        return undecidable(Method.KIND)
    ordinals = ordinal(gold), ordinal(given)
    if None in ordinals:
        return _beside_a_number(gold, given)
    return right(Method.WORDS) if ordinals[0] == ordinals[1] else wrong(Method.WORDS)


def _beside_a_number(gold: str, given: str) -> Judgement | None:
    """The doubt whether the fourth is 4; None where the two are nothing of the kind."""
    for words, figures in ((gold, given), (given, gold)):
        figure = figures.strip(" $.")
        if _WHOLE.fullmatch(figure) and words.strip(" $.").replace(" ", "").isalpha():
            return undecidable(Method.KIND) if ordinal(words) == int(figure) else None
    return None


def ordinal(text: str) -> int | None:
    """The number of an ordinal in figures or as a word up to the twentieth: 1st, first."""
    words = _ORDINAL.fullmatch(text.strip(" $.").lower())
    if words is None:
        return None
    if words[1]:
        return int(words[1])
    return _ORDINALS.index(words[2]) + 1 if words[2] in _ORDINALS else None
