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
from rbic.core.remembered import Remembered

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
    "remainder squared cubed square cube root nthroot dots point base underbrace "
    "det dot vec hat 余"
)
_JOINING_WORDS = (
    "and but because since so then if as which that therefore thus hence or while where when after "
    "before he she they we it you who there this these those will would can must have has had"
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
# Two letters that are no word or unit are a product of unknowns: 4ac.
_SHORT_WORDS = (
    "is it he we me my on to at as or by so up us no do go if an be am pm of in ad ox oh ok hi kg "
    "km cm mm lb oz hr ft mi ml dm mg th st nd rd sq gm mt cc cl dl kb mb gb tb hz kw mw yr wk hp "
    "pt qt gr ha lg ln vs"
)
_KIND_OF_TOKEN = {
    **dict.fromkeys(_LETTERS + _LETTERS.upper(), "v"),
    **dict.fromkeys((one + two for one in _LETTERS for two in _LETTERS), "v"),
    **dict.fromkeys(_SHORT_WORDS.split(), "w"),
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
_CAPITALS = frozenset(_LETTERS.upper())
_KIND_OF_FIRST = {**dict.fromkeys("0123456789", "n"), **dict.fromkeys(_LETTERS, "w")}


# Units that are written in capitals; other short words in capitals name points and lengths.
_CAPITAL_UNITS = frozenset("AM PM KM CM MM KG LB LBS OZ FT USD MB GB TB KB HP MPH".split())
_LONGEST_NAME = 3


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
    words = words_in(text)
    return Tokens(words, "".join(map(_KINDS.__getitem__, words)))


def words_in(text: str) -> list[str]:
    """The tokens of `text` alone, for rules that do not ask for their kinds."""
    if not text.isascii():
        text = chinese_to_digits(text)
    words = _TOKEN.findall(text)
    return words if NUMERALS.isdisjoint(words) else english_to_digits(words)


def _kind(word: str) -> str:
    """The kind of a token."""
    return _KIND_OF_TOKEN.get(word) or _KIND_OF_FIRST.get(word[0]) or _rare(word)


def _rare(word: str) -> str:
    """The kind of a token that no table names: AB is a length, USD and Bob are words."""
    if word[0] in _CAPITALS:
        is_name = len(word) <= _LONGEST_NAME and word.isupper() and word not in _CAPITAL_UNITS
        return "v" if is_name else "w"
    return "c" if "\u4e00" <= word[0] <= "\u9fff" else "u"


_KINDS = Remembered(_kind)
