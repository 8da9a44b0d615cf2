"""Cut an answer in plain form into the tokens that the parser reads."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from rbic.core.answers.forms import TooLarge, Unreadable

MOST_TOKENS = 400
"""Longer answers are not read: a final answer of more tokens is a text."""

FUNCTIONS = frozenset(
    "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln lg exp sqrt frac binom "
    "max min gcd lcm abs".split()
)
LETTER_NAMES = frozenset(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi "
    "rho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma "
    "Phi Psi Omega ell hbar".split()
)
JOINS = {"and": "and", "or": "or", "和": "and", "与": "and", "及": "and", "或": "or", "或者": "or"}

_CONSTANTS = {"pi": "pi", "inf": "infty", "infinity": "infty", "oo": "infty"}
_SHORT_WORDS = frozenset(
    "or cm mm km kg mg ml dl nm ft yd lb oz hz am pm hr sq of is no to in by per if as at an us "
    "rs".split()
)
_UNITS_OF_CAPITALS = frozenset("mL dL cL kL Hz mA kW kJ kN kV mV mW Pa".split())
_UNITS_APART = frozenset("dm cc ha qt pt wk".split())
"""Units behind a numeral; those without a capital only with a space: 2ha is an area's formula."""
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<repeating>\d*\.\d*\\overline\ ?\{\d+\})
      | (?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,4}(?![\w.]))?)
      | (?P<command>\\(?:[A-Za-z]+|[{}|\\;]))
      | "(?P<quoted>[^"]*)"
      | (?P<letters>[A-Za-z]+)
      | (?P<words>(?:或者|[或和与及])(?=[A-Za-z])|[^\W\d_]+)
      | (?P<mark><=|>=|!=|==|[-+*/^_=<>()\[\]{}|!,;:'%&])""",
    re.VERBOSE,
)


_QUOTED_WORD = re.compile(r"[^\s,;]+|[,;]")


class Sort(Enum):
    """What a token is."""

    NUMBER = auto()
    NAME = auto()
    COMMAND = auto()
    WORD = auto()
    MARK = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and whether a space stands before it."""

    sort: Sort
    text: str
    spaced: bool = False


def _is_unit(text: str, spaced: bool, before: list[Token]) -> bool:
    """Whether two letters behind a numeral name a unit."""
    if not before or before[-1].sort is not Sort.NUMBER:
        return False
    return text in _UNITS_OF_CAPITALS or (spaced and text in _UNITS_APART)


def _letters(text: str, spaced: bool, before: list[Token]) -> list[Token]:
    """A run of Latin letters: a function, a constant, a word, or a product of variables."""
    lower = text.lower()
    if lower in _CONSTANTS:
        return [Token(Sort.COMMAND, _CONSTANTS[lower], spaced)]
    if text in FUNCTIONS or text in LETTER_NAMES:
        return [Token(Sort.COMMAND, text, spaced)]
    if len(text) > 2 or text in _SHORT_WORDS or _is_unit(text, spaced, before):
        return [Token(Sort.WORD, text, spaced)]
    return [Token(Sort.NAME, letter, spaced and i == 0) for i, letter in enumerate(text)]


def _quoted(word: str) -> Token:
    r"""A word of a text that stood in \text{...}: a lone capital is a name, an option's letter."""
    if word in ",;":
        return Token(Sort.MARK, word)
    return Token(Sort.NAME if len(word) == 1 and word.isupper() else Sort.WORD, word, True)


def _read(match: re.Match[str], spaced: bool, before: list[Token]) -> list[Token]:
    """The tokens of one match behind others."""
    text = match.group(0)
    if match["number"] or match["repeating"]:
        return [Token(Sort.NUMBER, text, spaced)]
    if match["command"]:
        return [Token(Sort.COMMAND, text[1:], spaced)]
    if match["quoted"] is not None:
        return [_quoted(word) for word in _QUOTED_WORD.findall(match["quoted"])]
    if match["letters"]:
        return _letters(text, spaced, before)
    return [Token(Sort.WORD if match["words"] else Sort.MARK, text, spaced)]


def tokenise(plain: str) -> list[Token]:
    """Cut an answer into tokens.

    Args:
        plain: an answer in `plain_form`.

    Returns:
        Its tokens, an END token last.

    Raises:
        Unreadable: it holds a character that no token has, or more than `MOST_TOKENS` tokens.
    """
    tokens: list[Token] = []
    position, spaced = 0, False
    while position < len(plain):
        match = _TOKEN.match(plain, position)
        if match is None:
            raise Unreadable(f"no token begins with {plain[position]!r}")
        if match["space"]:
            spaced = True
        else:
            tokens += _read(match, spaced, tokens)
            spaced = False
        if len(tokens) > MOST_TOKENS:
            raise TooLarge(f"more than {MOST_TOKENS} tokens")
        position = match.end()
    return [*tokens, Token(Sort.END, "")]
