"""The numeric equations of a step, recomputed exactly.

Between two equals signs stands a side; what is read is the arithmetic that touches the sign:
the longest expression that ends before it and the one that begins after it. An equation is
checked only where both are complete: no unknown, no function, no text beside them that could
change them. It is false only where no reading makes it true: rounding, percent as part or as
unit, mixed numbers and conversions of units are all taken for what they may be. So a flag is
worth having, and the recall that this costs is measured in benchmarks/contribution.
"""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeGuard

from rbic.core.arithmetic import Item, UnreadableError, evaluate, of_two, readings
from rbic.core.equation_sides import ABOUT, MAX_SIDE_TOKENS, Side, left_side, right_side
from rbic.core.quantities import Value, magnitude, parse_number
from rbic.core.tokens import Tokens, tokenize
from rbic.core.units import converts, factors_between, units_in

_SIGN = re.compile(r"[=~i]")

_NUMERAL = r"\d[\d,]*+(?:\.\d+)?+"
_PLAIN_UNITS = r"(?: (?!x |x\$)[a-z]+(?: [a-wyz][a-z]+)?(?:/[a-z]+)?)?+"
_PLAIN = re.compile(
    # A digit first, so that the search skips to one.
    rf"(\d(?<!\d\d)(?<!\d,\d)[\d,]*+(?:\.\d+)?+{_PLAIN_UNITS}"
    rf"(?: ?[-+*/x] ?\$?{_NUMERAL}{_PLAIN_UNITS}){{1,60}}+) ?= ?\$?({_NUMERAL})"
)
_PLAIN_PART = re.compile(
    r"[-+*/x\d](?:(?<=\d)[\d,]*+(?:\.\d+)?+|(?<=x)(?<![a-z]x)(?![a-z])|(?<=[-+*])"
    r"|(?<=/)(?! ?[a-z]))"
)
_OPERATORS = frozenset("+-*/^%_…±!|\\")
# A bullet at the beginning of a step, or after the words that lead to a list: `We get: - 3*4 = 12`.
# `* 24 = 6 * 24` is the rest of a product cut at 3!; only `* $4^2 = 16$` is an item.
_BULLET = re.compile(r"(\A|[:.：。]\**\s)\s*(?:-|[+*](?=\s+\$))\s+(?=\S)")
# Beside a modulus no equation of a step means what it says, nor does one of myriads or times, or
# with a quotient in square brackets, which is its whole part: [67/3] = 22.
_REDUCED = re.compile(r"≡|(?<![A-Za-z])mod(?:ulo)?(?![A-Za-z])|\d ?[AaPp]\.[Mm]\. ?[-+=]")
_COUNTED_OTHERWISE = re.compile(
    r"\d (?:[万亿点]|[ap]m\b|o ' clock)|\[ (?:frac|\d+ /)", re.IGNORECASE
)
# A question that gives a sign a meaning of its own: $a*b=5a-4b$, 规定*是一种运算符号.
_NEW_OPERATION = re.compile(
    r"新运算|种运算|[Oo]peration (?:\$|.{0,60}\bdefined\b)"
    r"|(?:规定|定义|[Dd]efine[sd]?).{0,12}?(?<![A-Za-z])[A-Za-z][\s$]*"
    r"[^\w\s$(=,.;:][\s$]*[A-Za-z](?![A-Za-z])\W{0,4}(?:=|to be|as)"
)
_SAID_EQUALITY = frozenset("is equals equal makes gives was".split())
_SAID_OPERATION = frozenset("plus minus times divided multiplied".split())
_SAID_ZH = re.compile(r"\d ?(?:加|减|乘|除以|乘以|[-+*/]).{0,120}?(?:得|是|为|等于)")


class Equation(NamedTuple):
    """A numeric equation: what it uses and gives, and whether it is true."""

    written: str
    operands: tuple[Value, ...]
    operations: str
    result: Value | None
    holds: bool | None
    recomputed: Value | None
    rewritten: tuple[Value, ...] = ()


def find_equations(text: str, words: Sequence[str]) -> list[Equation]:
    """The numeric equations of a step, recomputed.

    Args:
        text: the step in plain notation.
        words: its words, lower case: only they tell `5 plus 3 is 8` from prose at no cost.

    Returns:
        Each equation with arithmetic on one side at least, in order. `operands` are the numbers
        of the side that computes, `operations` the signs of both, `result` the number on a side
        that does not, `holds` whether it is true (None where it was not to be checked, or is not
        true as written in a step with a modulus, 万, a time of day or [67/3]), and
        `recomputed` the left side's value where it is false. Numbers are `rewritten` where the
        right side writes the left one anew: `2*3+4 = 6+4`, and `12 = 3*4`, which takes a value
        apart and gives none.
    """
    if "=" in text:
        found = plain_equations(text)
        if found is not None:
            return found
    elif "≈" not in text and not _says_arithmetic(text, words):
        return []
    listed = _BULLET.sub(r"\1", text)
    found = list(_read(tokenize(listed)))
    if not any([equation.holds is False for equation in found]):
        return found
    if listed != text:
        found = _with_signs(found, text)
    reduced = _REDUCED.search(text) is not None
    return [_unless_said_otherwise(equation, reduced) for equation in found]


def defines_operation(question: str) -> bool:
    """Whether a question, in plain notation, gives a sign a meaning that arithmetic lacks."""
    return _NEW_OPERATION.search(question) is not None


def not_judged(equation: Equation) -> Equation:
    """An equation that may mean something else: it can be true as written, and is not false."""
    return equation if equation.holds else equation._replace(holds=None, recomputed=None)


def _unless_said_otherwise(equation: Equation, reduced: bool) -> Equation:
    """An equation, not judged where it is false as written and may mean something else."""
    if equation.holds is not False:
        return equation
    otherwise = reduced or _COUNTED_OTHERWISE.search(equation.written) is not None
    return not_judged(equation) if otherwise else equation


def _with_signs(found: list[Equation], text: str) -> list[Equation]:
    """The equations of `text` where its bullets are minus signs, if that makes them true."""
    signed = list(_read(tokenize(text)))
    if len(signed) != len(found):
        return found
    return [
        other if one.holds is False and other.holds else one
        for one, other in zip(found, signed, strict=True)
    ]


def plain_equations(text: str) -> list[Equation] | None:
    """The equations of a step that has no others than true ones of numbers, signs and units.

    They are three of four equations in GSM8K, and this finds them in a tenth of the time.

    Returns:
        The equations; None where the step holds any relation or reading beyond these.
    """
    found: list[Equation] = []
    signs = text.count("=")
    for match in _PLAIN.finditer(text):
        # Numbers and signs take turns.
        parts = _PLAIN_PART.findall(match[1])
        operands = tuple(map(parse_number, parts[::2]))
        operations = "".join(parts[1::2]).replace("x", "*")
        result = parse_number(match[2])
        if result is None or not _is_whole(text, match.start(), match.end()):
            return None
        if not _all_read(operands) or _value(operands, operations) != result:
            return None
        found.append(Equation(match[0], operands, operations, result, True, None))
    return found if len(found) == signs else None


def _all_read(values: tuple[Value | None, ...]) -> TypeGuard[tuple[Value, ...]]:
    """Whether every numeral is one."""
    return None not in values


def _value(operands: Sequence[Value], operations: str) -> Value | None:
    """The value of numbers and the signs between them, None where it has none."""
    if len(operands) == 2:
        return of_two(operands[0], operations, operands[1])
    if len(operands) != len(operations) + 1:
        return None
    items: list[Item] = [operands[0]]
    for sign, operand in zip(operations, operands[1:], strict=True):
        items += (sign, operand)
    try:
        return evaluate(items)
    except UnreadableError:
        return None


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether no sign beside the span would make it part of a longer expression."""
    before = text[max(0, start - 3) : start].rstrip(" $")[-1:]
    after = text[end : end + 2]
    return (
        before not in _OPERATORS
        and not after[:1].isalpha()
        and after.lstrip()[:1] not in _OPERATORS
    )


def _says_arithmetic(text: str, words: Sequence[str]) -> bool:
    """Whether words may state an equation: `5 times 3 is 15`, 5加3得8."""
    if text.isascii():
        return not (_SAID_EQUALITY.isdisjoint(words) or _SAID_OPERATION.isdisjoint(words))
    return _SAID_ZH.search(text) is not None


def _read(tokens: Tokens) -> Iterator[Equation]:
    """Find the equations among `tokens` and recompute them."""
    kinds = tokens.kinds
    begin = 0
    for match in _SIGN.finditer(kinds):
        sign = match.start()
        left = left_side(tokens, max(begin, sign - MAX_SIDE_TOKENS), sign)
        begin = sign + 1
        if left is None or (kinds[sign] == "i" and not _may_be_said(left)):
            continue
        right = right_side(tokens, begin)
        if right is not None and (left.operations or right.operations):
            yield _recompute(tokens, left, sign, right)


def _may_be_said(left: Side) -> bool:
    """Whether `is` after this expression means equality: `5 times 3 is`, not `3/4 is`."""
    return any(sign in "+*" for sign in left.operations)


def _recompute(tokens: Tokens, left: Side, sign: int, right: Side) -> Equation:
    """The equation of two sides, checked where both are sure."""
    plain = right if _is_value(right) else left if _is_value(left) else None
    numbers = [item for item in (left if plain is not left else right).items if _is_number(item)]
    # A fraction is a value that is written with numbers of its own: (15 + 23)/2 = 38/2 gives 38.
    apart = plain is None or (plain is right and bool(right.operations))
    rewritten = [item for item in right.items if _is_number(item)] if apart else []
    result = _plain_value(right) if plain is right else None
    holds = recomputed = None
    if left.sure and right.sure:
        holds, recomputed = _check(tokens, left, sign, right)
    if holds and plain is left and _plain_value(left) not in (0, 1):
        # 12 = 3 * 4 takes a value apart.
        numbers, rewritten = [], numbers
    operations = "".join([side.operations for side in (left, right) if side is not plain])
    written = " ".join(tokens.words[left.start : right.end])
    return Equation(
        written, tuple(numbers), operations, result, holds, recomputed, tuple(rewritten)
    )


def _is_number(item: Item) -> TypeGuard[Value]:
    """Whether an item is a number, not a sign."""
    return not isinstance(item, str)


def _is_value(side: Side) -> bool:
    """Whether a side is one value: a number, a fraction or a power of two numbers."""
    return side.operations in ("", "f") or (side.operations in ("/", "^") and len(side.items) == 3)


def _plain_value(side: Side) -> Value | None:
    """The value of a side that computes nothing."""
    try:
        return evaluate(side.items)
    except UnreadableError:
        return None


def _check(tokens: Tokens, left: Side, sign: int, right: Side) -> tuple[bool | None, Value | None]:
    """Whether some reading makes the sides agree, and the left side's value where none does."""
    try:
        left_value, right_value = evaluate(left.items), evaluate(right.items)
    except UnreadableError:
        return None, None
    if left_value == right_value:
        return True, None
    written = tokens.words[left.start : right.end]
    about = tokens.kinds[sign] == "~" or not ABOUT.isdisjoint(written)
    tolerance = _tolerance(tokens, left, right)
    factors = factors_between(written, tokens.kinds[left.start : right.end])
    if _is_running(left_value, right) or _is_said(tokens, right) or _mixes_units(tokens, left):
        return None, None
    for one in readings(left.items):
        for other in readings(right.items):
            if _agree(one, other, tolerance, about) or converts(one, other, factors):
                return True, None
    return False, left_value


def _is_running(left_value: Value, right: Side) -> bool:
    """Whether the text goes on computing after the result: 7 * 60 = 420 + 23 = 443."""
    return bool(right.operations) and right.items[0] == left_value


def _mixes_units(tokens: Tokens, left: Side) -> bool:
    """Whether a sum adds different units: 4 pounds - 6 ounces is no difference of 4 and 6."""
    if "+" not in left.operations and "-" not in left.operations:
        return False
    return len(units_in(tokens.words[left.start : left.end])) > 1


def _is_said(tokens: Tokens, side: Side) -> bool:
    """Whether an operator of `side` is a word, which may begin the next thought."""
    return any(
        kind in "+-*/" and word.isalpha()
        for word, kind in zip(
            tokens.words[side.start : side.end],
            tokens.kinds[side.start : side.end],
            strict=True,
        )
    )


def _tolerance(tokens: Tokens, left: Side, right: Side) -> Fraction:
    """What rounding may have changed: one unit of the last decimal that the result shows.

    Nothing where fractions of whole numbers make a fraction: nobody rounds to 2/6.
    """
    words = tokens.words[left.start : right.end]
    if _is_fraction(right) and not any("." in word for word in words):
        return Fraction(0)
    result = right if not right.operations else left
    shown = [word for word in tokens.words[result.start : result.end] if word[0].isdigit()]
    decimals = max((len(word.partition(".")[2]) for word in shown), default=0)
    return Fraction(1, 10**decimals)


def _is_fraction(side: Side) -> bool:
    """Whether a side is one fraction in lowest or other terms, and nothing else."""
    return side.operations in ("/", "f") and _is_value(side)


def _agree(left: Value, right: Value, tolerance: Fraction, about: bool) -> bool:
    """Whether two values are equal, or one is the other rounded."""
    difference = magnitude(left - right)
    if difference == 0:
        return True
    if about:
        return difference <= max(tolerance, Fraction(magnitude(left)) / 20)
    whole = isinstance(left, int) and isinstance(right, int)
    if whole or tolerance == 0:
        return False
    return difference < tolerance or difference * 200 < magnitude(left)
