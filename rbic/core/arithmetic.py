"""The exact value of an arithmetic expression, by a precedence parser that can run nothing.

Operands are exact (`int` and `Fraction`), nesting and sizes are bounded, and an expression with
anything unknown in it has no value. People write loosely, so an expression has several readings:
`20%` is 1/5 or 20, `50 + 20%` may mean 60, and `1/2(4)` is 2 or 1/8.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from math import comb, factorial, isqrt

from rbic.core.quantities import Value, as_value, parse_number
from rbic.core.tokens import Tokens

MAX_NESTING = 24
MAX_ITEMS = 400
MAX_EXPONENT = 64
MAX_POWER_BITS = 1024
MAX_FACTORIAL = 60

Item = Value | str


class Percent(Enum):
    """How a percent sign is read."""

    PART = "20% is 1/5"
    PLAIN = "20% is 20"
    OF_THE_REST = "50 + 20% is 60"


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read what people write loosely."""

    percent: Percent = Percent.PART
    tight: bool = False  # 8/2(4) is 8/(2*4), and 8 / 1/2 is 8/(1/2)


STANDARD = Reading()
READINGS = tuple(Reading(percent, tight) for percent in Percent for tight in (False, True))


class UnreadableError(ValueError):
    """The expression is no arithmetic, is out of bounds, or divides by zero."""


def items_of(tokens: Tokens, start: int, end: int) -> list[Item]:
    """The operands, operators and brackets of a span of tokens; units are left out.

    Args:
        tokens: of a step.
        start: first token of the span.
        end: the token after its last.

    Returns:
        Values, and the kind letters of operators and brackets.

    Raises:
        UnreadableError: a number is no numeral or too long.
    """
    words, kinds = tokens
    items: list[Item] = []
    at = start
    while at < end:
        kind = kinds[at]
        if kind == "n":
            items.append(_number(words[at]))
        elif kind == "^" and kinds[at - 1] == "w":
            at += 1
        elif kind in "(/" and at + 1 < end and kinds[at + 1] in "wc":
            # A unit: (cm) or /hour.
            at = kinds.find(")", at, end) if kind == "(" else at + 1
            if at < 0:
                raise UnreadableError(words[start])
        elif kind not in "$wcy":
            items.append("*" if kind == "x" else kind)
        at += 1
    return items


def _number(word: str) -> Value:
    """The value of a numeral; one with leading zeros is a time or a code."""
    value = parse_number(word)
    if value is None or (word[0] == "0" and word[1:2].isdigit()):
        raise UnreadableError(word)
    return value


def evaluate(items: list[Item], reading: Reading = STANDARD) -> Value:
    """The exact value of an expression.

    Args:
        items: as from `items_of`.
        reading: how percent signs and products without a sign are read.

    Returns:
        Its value.

    Raises:
        UnreadableError: it is no arithmetic expression, exceeds a bound, or divides by zero.
    """
    if len(items) == 1 and not isinstance(items[0], str):
        return items[0]
    if (value := _plain(items)) is not None:
        return value
    if items.count("(") > MAX_NESTING or len(items) > MAX_ITEMS:
        raise UnreadableError("nested too deep")
    parser = _Parser(items, reading)
    value = parser.sum()
    if parser.at != len(items):
        raise UnreadableError("does not end where it should")
    return as_value(value)


def _plain(items: list[Item]) -> Value | None:
    """The value of two numbers and a sign, or of a sum of numbers: three of four expressions."""
    if len(items) == 3:
        left, sign, right = items
        if isinstance(left, str) or isinstance(right, str):
            return None
        return of_two(left, sign, right) if isinstance(sign, str) else None
    if len(items) % 2 == 0 or set(items[1::2]) != {"+"}:
        return None
    numbers = [item for item in items[::2] if not isinstance(item, str)]
    return as_value(sum(numbers)) if 2 * len(numbers) == len(items) + 1 else None


def of_two(left: Value, sign: str, right: Value) -> Value | None:
    """The value of two numbers and a sign; None for another sign, and for a division by zero."""
    if sign == "+":
        value = left + right
    elif sign == "-":
        value = left - right
    elif sign == "*":
        value = left * right
    else:
        return _divide(left, right) if sign == "/" and right else None
    return value if isinstance(value, int) else as_value(value)


def readings(items: list[Item]) -> Iterator[Value]:
    """The values of an expression under every reading that makes sense of it."""
    # A dash of two signs, as LaTeX writes it, may mean one minus: 80 -- 78.
    dashes = [n for n, item in enumerate(items[1:], 1) if item == "-" == items[n - 1]]
    single = [item for n, item in enumerate(items) if n not in dashes]
    for reading in READINGS:
        for one in (items, single) if dashes else (items,):
            try:
                yield evaluate(one, reading)
            except UnreadableError:
                continue


class _Parser:
    """Recursive descent over items; every method reads one level of precedence."""

    __slots__ = ("at", "items", "percent_value", "reading")

    def __init__(self, items: list[Item], reading: Reading) -> None:
        self.items = items
        self.reading = reading
        self.at = 0
        # The value before the percent sign of the factor read last; None where it had none.
        self.percent_value: Value | None = None

    def next(self) -> Item:
        """The item at hand; an empty string at the end."""
        return self.items[self.at] if self.at < len(self.items) else ""

    def sum(self) -> Value:
        """Terms joined by + and -."""
        total = self.product()
        while (sign := self.next()) in ("+", "-"):
            self.at += 1
            start = self.at
            term = self.product()
            share = self.percent_value
            if self.reading.percent is Percent.OF_THE_REST and share is not None:
                # Only a percentage that is the whole term is one of the rest.
                term = total * term if self.at - start == 2 else term
            total = total + term if sign == "+" else total - term
        return total

    def product(self) -> Value:
        """Factors joined by * / `of`, or by nothing."""
        total = self.factor()
        while True:
            sign = self.next()
            if sign in ("*", "o"):
                self.at += 1
                total = total * self.factor()
            elif sign == "/":
                self.at += 1
                divisor = self.factor()
                total = _divide(total, self._tight(divisor) if self.reading.tight else divisor)
            elif sign in ("(", "f", "r", "b"):
                total = total * self.factor()
            else:
                return total

    def _tight(self, divisor: Value) -> Value:
        """`divisor` with the products without a sign, or the one division, that follow it."""
        if self.next() == "/":
            self.at += 1
            return _divide(divisor, self.factor())
        while self.next() in ("(", "f", "r", "b"):
            divisor = divisor * self.factor()
        return divisor

    def factor(self) -> Value:
        """A signed power, with the factorial or percent sign after it."""
        if (sign := self.next()) in ("-", "+"):
            self.at += 1
            value = self.factor()
            return -value if sign == "-" else value
        value = self.power()
        self.percent_value = None
        while (sign := self.next()) in ("!", "%"):
            self.at += 1
            if sign == "!":
                value = _factorial(value)
            else:
                self.percent_value = value
                if self.reading.percent is not Percent.PLAIN:
                    value = _divide(value, 100)
        return value

    def power(self) -> Value:
        """An atom, raised to the powers that follow it, the last first."""
        base = self.atom()
        if self.next() != "^":
            return base
        self.at += 1
        sign = self.next()
        if sign in ("-", "+"):
            self.at += 1
        exponent = self.power()
        return _power(base, -exponent if sign == "-" else exponent)

    def atom(self) -> Value:
        """A number, a mixed number, a bracket, a fraction, a root or a binomial."""
        item = self.next()
        self.at += 1
        if not isinstance(item, str):
            return self._mixed(item)
        if item == "(":
            value = self.sum()
            if self.next() != ")":
                raise UnreadableError("an open bracket")
            self.at += 1
            return value
        if item == "f":
            return _divide(self.atom(), self.atom())
        if item == "r":
            return _square_root(self.atom())
        if item == "b":
            return _binomial(self.atom(), self.atom())
        raise UnreadableError(f"{item!r} is no operand")

    def _mixed(self, whole: Value) -> Value:
        """`2 1/2` and `2 frac {1} {2}` are two and a half; other numbers are themselves."""
        following = self.items[self.at : self.at + 3]
        if len(following) == 3 and following[1] == "/":
            over, under = following[0], following[2]
            if isinstance(over, int) and isinstance(under, int) and 0 < over < under:
                self.at += 3
                return whole + Fraction(over, under)
        elif following and following[0] == "f" and isinstance(whole, int):
            start = self.at
            part = self.atom()
            if 0 < part < 1:
                return whole + part
            self.at = start
        return whole


def _divide(over: Value, under: Value) -> Value:
    """The exact quotient."""
    if under == 0:
        raise UnreadableError("division by zero")
    if isinstance(over, int) and isinstance(under, int):
        # Whole quotients, by far the most, need no fraction.
        whole, rest = divmod(over, under)
        return Fraction(over, under) if rest else whole
    return as_value(Fraction(over) / under)


def _power(base: Value, exponent: Value) -> Value:
    """The exact power: whole exponents, and halves of perfect squares."""
    if exponent == Fraction(1, 2):
        return _square_root(base)
    if not isinstance(exponent, int) or abs(exponent) > MAX_EXPONENT:
        raise UnreadableError("exponent out of bounds")
    if base == 0 and exponent < 0:
        raise UnreadableError("division by zero")
    size = max(abs(base.numerator), base.denominator).bit_length()
    if size * abs(exponent) > MAX_POWER_BITS:
        raise UnreadableError("power out of bounds")
    return as_value(Fraction(base) ** exponent)


def _square_root(value: Value) -> Value:
    """The exact root of the square of a fraction."""
    if value < 0:
        raise UnreadableError("root of a negative number")
    over, under = isqrt(value.numerator), isqrt(value.denominator)
    if over * over != value.numerator or under * under != value.denominator:
        raise UnreadableError("no perfect square")
    return as_value(Fraction(over, under))


def _factorial(value: Value) -> int:
    """The factorial of a small natural number."""
    if not isinstance(value, int) or not 0 <= value <= MAX_FACTORIAL:
        raise UnreadableError("factorial out of bounds")
    return factorial(value)


def _binomial(of: Value, choose: Value) -> int:
    """The binomial coefficient of small natural numbers."""
    if not isinstance(of, int) or not isinstance(choose, int) or not 0 <= choose <= of <= 1000:
        raise UnreadableError("binomial out of bounds")
    return comb(of, choose)
