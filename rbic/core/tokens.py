"""A step as tokens and, one letter a token, their kinds.

The letters of the kinds make a string over which the rules about equations are short regular
expressions, so that finding them costs C time and not a Python loop over tokens.

| kind | token |
|---|---|
| n | number, in digits or words |
| + - * / ^ | operator, also said: plus, times, divided by |
| x | the letter x, which is also a multiplication sign |
| o y | `of`; `by` |
| = ~ i | equals; about equals; a verb that may say it (is, makes, 得) |
| < | any other relation |
| ( ) | brackets of every form |
| f r b | frac, sqrt, binom |
| $ % ! | currency sign, percent, factorial |
| v w c | single letter; word, which may be a unit; run of Chinese characters |
| j | a word that joins clauses and is no unit (because, so, he) |
| k | a word that computes (half, twice, mod, sin): what it stands beside is no whole operand |
| , . : | comma, full stop, colon |
| u | anything else |
"""

import re
from typing import NamedTuple

from rbic.core.quantities import NUMERALS, chinese_to_digits, english_to_digits

_TOKEN = re.compile(r"[A-Za-z]+|[0-9](?:[0-9,.]*[0-9])?|[\u4e00-\u9fff]+|\S")

_SAID_OPERATORS = {
    "x": "x", "X": "x", "plus": "+", "minus": "-", "times": "*", "divided": "/",
    "multiplied": "*", "over": "/", "of": "o", "equals": "=", "equal": "i", "is": "i",
    "makes": "i", "gives": "i", "was": "i", "frac": "f", "sqrt": "r", "binom": "b",
    "percent": "%", "by": "y", "加": "+", "减": "-", "乘": "*", "除以": "/", "乘以": "*",
    "减去": "-", "加上": "+", "等于": "=", "得": "i", "是": "i", "为": "i",
}  # fmt: skip
_COMPUTING_WORDS = (
    "half twice thrice double triple quarter third mod modulo choose sin cos tan cot sec csc log "
    "ln lg exp sum prod int than gcd lcm max min lim overline bar arcsin arccos arctan "
    "remainder squared cubed square cube root dots point base underbrace "
    "det dot vec hat 余"
)
_JOINING_WORDS = (
    "and but because since so then if as which that therefore thus hence or while where when after "
    "before he she they we it you who there this these those will would can must have has had"
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_KIND_OF_TOKEN = {
    **dict.fromkeys(_LETTERS + _LETTERS.upper(), "v"),
    **_SAID_OPERATORS,
    **dict.fromkeys(_COMPUTING_WORDS.split(), "k"),
    **dict.fromkeys(_JOINING_WORDS.split(), "j"),
    **{sign: sign for sign in "+-*/^=%!:.,"},
    **dict.fromkeys("αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΦΨΩ", "v"),
    **dict.fromkeys("([{", "("),
    **dict.fromkeys(")]}", ")"),
    **dict.fromkeys("<>≤≥≠≡∈⇒⇔→∼≅", "<"),
    **dict.fromkeys("$€£¥", "$"),
    **dict.fromkeys("，、;；\x1e", ","),
    **dict.fromkeys("。！？?．", "."),
    "≈": "~", "：": ":", "°": "w", "¢": "w",
}  # fmt: skip
_KIND_OF_FIRST = {
    **dict.fromkeys("0123456789", "n"),
    **dict.fromkeys(_LETTERS + _LETTERS.upper(), "w"),
}


class Tokens(NamedTuple):
    """The tokens of a text and one kind letter for each."""

    words: list[str]
    kinds: str


def tokenize(text: str) -> Tokens:
    """Cut `text`, in plain notation, into tokens; white space is left out.

    Args:
        text: a step or a question.

    Returns:
        Its tokens in order, numerals in digits, numbers without the punctuation after them.
    """
    if not text.isascii():
        text = chinese_to_digits(text)
    words = _TOKEN.findall(text)
    if not NUMERALS.isdisjoint(words):
        words = english_to_digits(words)
    exact, by_first = _KIND_OF_TOKEN.get, _KIND_OF_FIRST.get
    return Tokens(
        words, "".join([exact(word) or by_first(word[0]) or _rare(word[0]) for word in words])
    )


def _rare(sign: str) -> str:
    """The kind of a token that no table names, by its first character."""
    return "c" if "\u4e00" <= sign <= "\u9fff" else "u"
