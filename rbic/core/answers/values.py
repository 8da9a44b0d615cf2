"""Evaluate the scalar forms of answers: exactly where possible, in floating point elsewhere.

Two expressions with variables are compared at fixed points of the rationals; rational functions
that agree there exactly are equal but for a chance of about degree/10^5 a point (Schwartz 1980),
and those that differ exactly are different. Nothing here runs long: powers are bounded before they
are taken.
"""

import cmath
import math
import zlib
from collections.abc import Callable, Mapping
from enum import StrEnum
from fractions import Fraction

from rbic.core.answers.forms import Apply, Form, Group, Name, Number, Quantity, TooLarge, Unreadable

MOST_BITS = 20_000
"""Exact results may have this many bits; larger ones are not evaluated."""
MOST_FACTORIAL = 500

Value = Fraction | complex

_CONSTANTS: dict[str, Value] = {
    "pi": complex(math.pi), "e": complex(math.e), "i": 1j, "infty": complex(math.inf),
}  # fmt: skip
_POINTS = 4
_CLOSE = 1e-10
_FAR = 1e-7


class Outcome(StrEnum):
    """How two values compare."""

    EQUAL = "equal"
    DIFFERENT = "different"
    UNSURE = "unsure"


def _exact_root(value: Fraction, degree: int) -> Fraction | None:
    """The rational root of a non-negative rational, if it has one."""
    parts = []
    for part in (value.numerator, value.denominator):
        if part.bit_length() > 900:
            return None
        root = math.isqrt(part) if degree == 2 else round(part ** (1 / degree))
        if root**degree != part:
            return None
        parts.append(root)
    return Fraction(parts[0], parts[1])


def _power(base: Value, exponent: Value) -> Value:
    if isinstance(base, Fraction) and isinstance(exponent, Fraction):
        if exponent.denominator == 1:
            bits = max(base.numerator.bit_length(), base.denominator.bit_length())
            if abs(exponent.numerator) * bits > MOST_BITS:
                raise TooLarge("a power too large to take")
            return base**exponent.numerator
        if base >= 0 and exponent.denominator <= 6:
            root = _exact_root(base, exponent.denominator)
            if root is not None:
                return _power(root, Fraction(exponent.numerator))
    return complex(base) ** complex(exponent)


def _sqrt(value: Value) -> Value:
    if isinstance(value, Fraction):
        root = _exact_root(abs(value), 2)
        if root is not None:
            return root if value >= 0 else complex(0, root)
    return cmath.sqrt(complex(value))


def _root(value: Value, degree: Value) -> Value:
    if isinstance(degree, Fraction) and degree.denominator == 1 and degree % 2 == 1:
        real = complex(value)
        if real.imag == 0 and real.real < 0:
            return -_power(-value, 1 / degree)
    return _power(value, 1 / degree)


def _natural(value: Value, most: int) -> int:
    if not isinstance(value, Fraction) or value.denominator != 1 or not 0 <= value <= most:
        raise Unreadable("no natural number, or too large a one")
    return int(value)


def _rational(value: Value) -> Fraction:
    if not isinstance(value, Fraction):
        raise Unreadable("not a rational number")
    return value


def _rounding(rounded: Callable[[float | Fraction], int]) -> Callable[[Value], Value]:
    return lambda value: Fraction(
        rounded(value if isinstance(value, Fraction) else complex(value).real)
    )


def _in_base(value: Value, base: Value) -> Value:
    return Fraction(int(str(_natural(value, 10**60)), _natural(base, 36)))


def _logarithm(value: Value, base: Value | None = None) -> Value:
    if base is None:
        return cmath.log(complex(value))
    return cmath.log(complex(value)) / cmath.log(complex(base))


_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    ":": lambda a, b: a / b,
    "mixed": lambda a, b: a + b,
    "signed -": lambda a: -a,
    "^": _power,
    "sqrt": _sqrt,
    "root": _root,
    "abs": lambda a: abs(a) if isinstance(a, Fraction) else complex(abs(a)),
    "floor": _rounding(math.floor),
    "ceil": _rounding(math.ceil),
    "percent": lambda a: a / 100,
    "degree": lambda a: complex(a) * math.pi / 180,
    "base": _in_base,
    "factorial": lambda a: Fraction(math.factorial(_natural(a, MOST_FACTORIAL))),
    "binom": lambda a, b: Fraction(math.comb(_natural(a, 1000), _natural(b, 1000))),
    "exp": lambda a: cmath.exp(complex(a)),
    "log": _logarithm,
    "ln": _logarithm,
    "lg": lambda a: cmath.log10(complex(a)),
    "sin": lambda a: cmath.sin(complex(a)),
    "cos": lambda a: cmath.cos(complex(a)),
    "tan": lambda a: cmath.tan(complex(a)),
    "sinh": lambda a: cmath.sinh(complex(a)),
    "cosh": lambda a: cmath.cosh(complex(a)),
    "tanh": lambda a: cmath.tanh(complex(a)),
    "cot": lambda a: 1 / cmath.tan(complex(a)),
    "sec": lambda a: 1 / cmath.cos(complex(a)),
    "csc": lambda a: 1 / cmath.sin(complex(a)),
    "arcsin": lambda a: cmath.asin(complex(a)),
    "arccos": lambda a: cmath.acos(complex(a)),
    "arctan": lambda a: cmath.atan(complex(a)),
}
_MANY: dict[str, Callable[..., Value]] = {
    "max": lambda *values: max(map(_rational, values)),
    "min": lambda *values: min(map(_rational, values)),
    "gcd": lambda *values: Fraction(math.gcd(*(_natural(v, 10**60) for v in values))),
    "lcm": lambda *values: Fraction(math.lcm(*(_natural(v, 10**60) for v in values))),
}


def _called(function: str, argument: Value) -> Value:
    """Some value for f(x), the same for the same argument."""
    return Fraction(zlib.crc32(f"{function} {_rational(argument)}".encode()), 1009)


def evaluate(form: Form, point: Mapping[str, Value]) -> Value:
    """The value of a scalar form.

    Args:
        form: an expression; words around it are ignored.
        point: a value for each of its variables.

    Returns:
        An exact rational where every step allows it, else a complex number.

    Raises:
        Unreadable: it is no scalar, or too large.
        ArithmeticError, ValueError: it is not defined at this point.
    """
    match form:
        case Number(value=value):
            return value
        case Name(text=text):
            return point[text] if text in point else _CONSTANTS[text]
        case Quantity(value=inner):
            return evaluate(inner, point)
        case Apply(function=function, arguments=arguments):
            if function in _MANY:
                inner = arguments[0]
                items = inner.items if isinstance(inner, Group) else (inner,)
                return _MANY[function](*(evaluate(item, point) for item in items))
            values = [evaluate(argument, point) for argument in arguments]
            if function.startswith("call "):
                return _called(function, values[0])
            if function not in _FUNCTIONS:
                raise Unreadable(f"{function} has no value")
            return _FUNCTIONS[function](*values)
        case _:
            raise Unreadable("no scalar")


def names(form: Form) -> frozenset[str]:
    """The variables of a form; pi, e, i and infinity are none."""
    match form:
        case Name(text=text):
            return frozenset() if text in _CONSTANTS else frozenset((text,))
        case Quantity(value=value):
            return names(value)
        case Apply(arguments=parts) | Group(items=parts):
            return frozenset().union(*map(names, parts))
        case _:
            return frozenset()


def _point(variables: frozenset[str], number: int) -> dict[str, Value]:
    """The sample point of a number: the first two positive, the others of mixed sign."""
    return {
        name: Fraction(
            (zlib.crc32(f"{number} {name}".encode()) % 100_003 + 1)
            * (-1 if number >= 2 and zlib.crc32(name.encode()) % 2 == number % 2 else 1),
            40_009,
        )
        for name in variables
    }


def compare_numbers(a: Value, b: Value) -> Outcome:
    """Compare two values: exactly if both are exact, else with a relative tolerance."""
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return Outcome.EQUAL if a == b else Outcome.DIFFERENT
    a, b = complex(a), complex(b)
    if a == b:
        return Outcome.EQUAL
    if cmath.isnan(a) or cmath.isnan(b):
        # Before max(), which drops a NaN or keeps it by the order of its arguments.
        return Outcome.UNSURE
    size = max(abs(a), abs(b))
    if not math.isfinite(size):
        return Outcome.DIFFERENT
    if abs(a - b) <= _CLOSE * size or size < 1e-13:
        return Outcome.EQUAL
    return Outcome.DIFFERENT if abs(a - b) > _FAR * max(size, 1e-6) else Outcome.UNSURE


def sample(form: Form, variables: frozenset[str]) -> list[Value | None]:
    """Values of a form at the sample points; None where it is not defined.

    Raises:
        Unreadable: it is no scalar, or too large.
    """
    values: list[Value | None] = []
    for number in range(_POINTS if variables else 1):
        try:
            values.append(evaluate(form, _point(variables, number)))
        except Unreadable:
            raise
        except (ArithmeticError, ValueError):
            values.append(None)
    return values


def compare_values(a: Form, b: Form) -> Outcome:
    """Compare two scalar forms as functions of their variables.

    Returns:
        EQUAL if they agree at every sample point; DIFFERENT if they differ exactly, or differ and
        have no variables; else UNSURE.

    Raises:
        Unreadable: one is no scalar, or too large.
    """
    variables = names(a) | names(b)
    outcomes = []
    for one, other in zip(sample(a, variables), sample(b, variables), strict=True):
        if one is None or other is None:
            outcomes.append(Outcome.UNSURE)
            continue
        outcome = compare_numbers(one, other)
        exact = isinstance(one, Fraction) and isinstance(other, Fraction)
        if outcome is Outcome.DIFFERENT and variables and not exact:
            outcome = Outcome.UNSURE
        outcomes.append(outcome)
    if all(outcome is Outcome.EQUAL for outcome in outcomes):
        return Outcome.EQUAL
    different = outcomes.count(Outcome.DIFFERENT)
    return Outcome.DIFFERENT if different == len(outcomes) else Outcome.UNSURE
