"""What may be handed to a computer algebra system, and as what LaTeX."""

import re

from rbic.core.answers.text import plain_form
from rbic.core.answers.tokens import FUNCTIONS, LETTER_NAMES

LONGEST = 600
"""Characters; longer expressions are not handed on."""
DEEPEST = 25
MOST_DIGITS = 200

_QUOTED = re.compile(r'"([^"]*)"')
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_IDLE_SPACE = re.compile(r"(\\[A-Za-z]+) (?![A-Za-z])")
_NUMERAL = re.compile(r"\d+")
_JOINS = frozenset(("and", "or"))
_DROPPED = re.compile(
    r"'|\\(?:mod|bmod|pmod|prime|top|vmatrix)\b|\^ ?\{? ?(?:T|\\top)\b|vmatrix|Vmatrix"
)
"""What math-verify reads past: it says that A^T is A, and 2 mod 5 is 2."""
_SHORT_WORD = re.compile(r"(?<![\\A-Za-z])(?:in|to|of|is|no|by|per|if|as|at|an|us)(?![A-Za-z])")
_UNREAD = re.compile(r'\[\s*\[|"(?:celsius|fahrenheit)"')
_KNOWN = FUNCTIONS | LETTER_NAMES | {"matrix", "pmatrix", "bmatrix", "array", "infty", "cases"}


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return deepest


def algebra_form(answer: str) -> str | None:
    """An answer as LaTeX for a computer algebra system.

    Args:
        answer: the answer as written.

    Returns:
        LaTeX without dollar signs, or None where it is empty, holds words (which would be read as
        products of variables) or signs that the system reads past, or is too long, deep or large.
    """
    if len(answer) > LONGEST:
        return None
    plain = plain_form(answer)
    quoted = {word for text in _QUOTED.findall(plain) for word in text.split()}
    bare = set(_WORD.findall(_QUOTED.sub(" ", plain)))
    if not plain or not plain.isascii() or (quoted | bare) - _KNOWN - _JOINS:
        return None
    if any(pattern.search(plain) for pattern in (_DROPPED, _SHORT_WORD, _UNREAD)):
        return None
    too_long = any(len(numeral) > MOST_DIGITS for numeral in _NUMERAL.findall(plain))
    if too_long or _depth(plain) > DEEPEST:
        return None
    latex = _IDLE_SPACE.sub(r"\1", _QUOTED.sub(r"\\text{ \1 }", plain))
    return latex.replace(r"\degree", r"^\circ ").replace("%", r"\%")
