"""The two sides of a numeric equation: the arithmetic that touches the sign between them.

The longest expression that ends before an equals sign, and the one that begins after it, found by
regular expressions over the kinds of tokens (rbic.core.tokens). A side is sure where it is
complete: no unknown, no function, no text beside it that could change it.
"""

import re
from typing import NamedTuple

from rbic.core.arithmetic import Item, UnreadableError, items_of
from rbic.core.tokens import Tokens

# An expression longer than this on one side of an equals sign is not read.
MAX_SIDE_TOKENS = 120

# A text must be readable in one way only: where a power can be a unit's or the number's, or a sign
# stand on either side of no unit at all, a sum of n terms is tried in 2^n ways.
_UNITS = r"(?:[wc]{0,3}(?:/[wc]|(?<=[wc])\^n)?|\([wc/]{1,3}\))"
_LEAD = r"[-($frb+]*"
_OPERAND = rf"{_LEAD}n(?:n/n)?[%!]?+{_UNITS}\)*[%!]?"
# x is a sign only before a number, ^ and a missing sign stand only after a number or bracket,
# and `of` only after a bare number: 16 sets of 30 minutes are 16.
_BARE = r"(?<=[n)%!])"
_JOIN = rf"(?:[*/]y|[-+*/]|x(?=[($frb]*n)|{_BARE}\^|{_BARE}(?=[(frb]))"
_LEFT_JOIN = rf"(?:{_JOIN}|{_BARE}o)"
_LEFT = re.compile(rf"{_OPERAND}(?:{_LEFT_JOIN}{_OPERAND})*\Z")
_RIGHT = re.compile(rf"{_OPERAND}(?:{_JOIN}{_OPERAND})*")

# What may not stand before the left side or after the right one: it would belong to it.
_NOT_BEFORE = frozenset("kuvxy^*/+-!frb%_n")
_NOT_AFTER = frozenset("vxk^!frb%n")
_UNIT_PREFIXES = frozenset(("square", "cubic"))
_PREPOSITIONS = frozenset(
    "in for at on from after to with per every during by within over the other these those all of "
    "her his their".split()
)
_CAUSES = frozenset(("由于", "因为", "所以", "由", "而", "因此", "即", "又"))
_OPEN_SIGNS = frozenset("…_±∞|⌊⌈⌋⌉\\'")
ABOUT = frozenset(("about", "approximately", "roughly", "around", "nearly", "almost", "约"))


# Tokens of a label before an equation: (12), 12), (a).
_LONGEST_LABEL = 3


class Side(NamedTuple):
    """One side of an equation: its span of tokens and what it contains."""

    start: int
    end: int
    items: list[Item]
    operations: str
    sure: bool


def left_side(tokens: Tokens, begin: int, sign: int) -> Side | None:
    """The longest expression of tokens `begin` to `sign` that ends at `sign`."""
    kinds = tokens.kinds
    match = _LEFT.search(kinds, begin, sign)
    if match is None:
        return None
    start = match.start()
    surplus = kinds.count("(", start, sign) - kinds.count(")", start, sign)
    while surplus > 0 and kinds[start] in "(-$":
        surplus -= kinds[start] == "("
        start += 1
    side = _side(tokens, start, sign, surplus == 0 and _begins_there(tokens, start))
    if side is not None and not side.operations and not _stands_alone(tokens, start, sign):
        return side._replace(sure=False)
    return side


def _begins_there(tokens: Tokens, start: int) -> bool:
    """Whether the expression from token `start` is complete."""
    words, kinds = tokens
    if start == 0:
        return True
    before, previous = kinds[start - 1], kinds[start - 2] if start > 1 else ""
    if words[start - 1] == "a" and previous in ("w", "i", "j"):
        # An article: he made a $1000 * 20/100 payment.
        return True
    if before in _NOT_BEFORE:
        return words[start - 1] == '"'
    if kinds[start] in "-+" and (before in "wcvj)" or before == previous == "."):
        # A dash, a subtraction from something named, or the end of 1 + 2 + ... + 24.
        return False
    if before == "," and previous == "n" and len(words[start]) == 3:
        # 14, 400: a blank may stand after the comma of thousands.
        return False
    if before == ")" and kinds[start] in "n(frb" and start > _LONGEST_LABEL:
        # The rest of a fraction, function or product: frac {f(9)}2 + 2, frac {x}{2} + 1.
        return False
    if words[start - 1] == "°" and kinds[start] in "(frb":
        # 180° (6 - 2)
        return False
    if before == "o":
        # Half of 5+3, but a total of 5+3.
        return previous not in "nk%)"
    # A ratio, a time of day, or a number like 1 and 1/4.
    if before == ":":
        return previous != "n" and words[start - 2 : start - 1] != ["}"]
    return previous != "n" or words[start - 1] != "and"


def _stands_alone(tokens: Tokens, start: int, sign: int) -> bool:
    """Whether a left side without arithmetic is a bare number: not the label `8 servings =`."""
    start += tokens.kinds[start] == "$"
    if sign - start != 1:
        return False
    return start == 0 or tokens.kinds[start - 1] in ",.:i=<j$" or tokens.words[start - 1] in _CAUSES


def right_side(tokens: Tokens, begin: int) -> Side | None:
    """The longest expression that begins at token `begin`, after a word like `about`."""
    words, kinds = tokens
    if begin < len(words) and words[begin] in ABOUT:
        begin += 1
    match = _RIGHT.match(kinds, begin, begin + MAX_SIDE_TOKENS)
    if match is None:
        return None
    end = match.end()
    # A closing bracket may belong to a remark around the equation.
    while kinds.count(")", begin, end) > kinds.count("(", begin, end) and kinds[end - 1] == ")":
        end -= 1
    return _side(tokens, begin, end, _ends_there(tokens, end))


def _ends_there(tokens: Tokens, end: int) -> bool:
    """Whether the expression before token `end` is complete."""
    words, kinds = tokens
    after, next_after = kinds[end : end + 1], kinds[end + 1 : end + 2]
    if not after:
        return True
    if words[end] in _UNIT_PREFIXES and next_after == "w":
        return True
    if (kinds[end - 1] in "wc" and after in "nkv*") or words[end] == "times":
        return _phrase_ends(tokens, end)
    if after in "+-*/o":
        return after in "-o" and next_after in ("w", "c", "j")
    if after == "(":
        # 2021 / 10 = 202 (groups) … 1 has a remainder.
        closing = kinds.find(")", end)
        remains = words[closing + 1 : closing + 2]
        return next_after in ("w", "c", "j") and _OPEN_SIGNS.isdisjoint(remains)
    if after == ":":
        return next_after != "n"
    return after not in _NOT_AFTER and words[end] not in _OPEN_SIGNS


def _phrase_ends(tokens: Tokens, end: int) -> bool:
    """Whether what follows the unit of a result belongs to another phrase.

    `12 hours a week`, `4 more than Tom`, `3 times as many`, `60 miles in 2 hours`; not `4 less than
    9`, `3 hours 20 minutes`, `5 sets x 4`.
    """
    words, kinds = tokens
    after, next_after = kinds[end], kinds[end + 1 : end + 2]
    if after == "n":
        return words[end - 1] in _PREPOSITIONS
    if after == "v":
        return words[end] in ("a", "A") and next_after == "w"
    return words[end].isalpha() and next_after not in ("n", "$", "(", "f", "r", "k")


def _side(tokens: Tokens, start: int, end: int, sure: bool) -> Side | None:
    """The side that the tokens `start` to `end` make, or None where they cannot be read."""
    try:
        items = items_of(tokens, start, end)
    except UnreadableError:
        return None
    if len(items) == 1:
        operations = ""
    else:
        operations = "".join(
            [item for item in items if isinstance(item, str) and item not in "()%"]
        )
        if operations in ("-", "+") and len(items) == 2:
            operations = ""
    return Side(start, end, items, operations, sure)
