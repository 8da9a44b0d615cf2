"""Compare two values without units: their ratio, their rounding, what stays open in them."""

from fractions import Fraction

from rbic.core.answers.forms import Apply, Form, Number, Quantity
from rbic.core.answers.judgement import Judgement, Method, every, right, undecidable, wrong
from rbic.core.answers.values import Outcome, compare_values, evaluate, names

FEWEST_DIGITS = 4
"""A decimal of this many significant digits stands for the exact value that it rounds."""


def _written(form: Form) -> tuple[Fraction, Fraction, int] | None:
    """The value, unit in the last place and significant digits of a decimal numeral.

    Returns:
        None for anything but a numeral with decimal places, its negative, or its product with a
        power of ten.
    """
    match form:
        case Number(value=value, decimals=decimals, digits=digits) if decimals > 0:
            return value, Fraction(1, 10**decimals), digits
        case Apply(function="signed -", arguments=(inner,)):
            written = _written(inner)
            return written and (-written[0], written[1], written[2])
        case Apply(
            function="*",
            arguments=(left, Apply(function="^", arguments=(Number(value=ten), _)) as power),
        ) if ten == 10 and (written := _written(left)):
            scale = evaluate(power, {})
            if isinstance(scale, Fraction):
                return written[0] * scale, written[1] * scale, written[2]
    return None


def rounds(rounded: Form, exact: Form) -> Outcome:
    """Whether a decimal is the rounding of another value.

    Returns:
        EQUAL where it is, to `FEWEST_DIGITS` or more significant digits; UNSURE where it is, to two
        or three; else DIFFERENT.
    """
    written = _written(rounded)
    if written is None:
        return Outcome.DIFFERENT
    value, last_place, digits = written
    finer = _written(exact)
    if finer is not None and finer[1] >= last_place:
        return Outcome.DIFFERENT
    target = evaluate(exact, {})
    gap = abs(target - value) if isinstance(target, Fraction) else abs(target - complex(value))
    if gap > last_place * Fraction(501, 1000) or digits < 2:
        return Outcome.DIFFERENT
    return Outcome.EQUAL if digits >= FEWEST_DIGITS else Outcome.UNSURE


def compare_plain(a: Form, b: Form) -> Judgement:
    """Compare two values without units.

    Raises:
        Unreadable: one is no scalar.
    """
    if any(isinstance(form, Apply) and form.function == "ratio" for form in (a, b)):
        return _compare_ratios(a, b)
    outcome = compare_values(a, b)
    if outcome is Outcome.EQUAL:
        # An open logarithm must agree to base ten as it does to base e.
        tens = compare_values(_to_base_ten(a), _to_base_ten(b))
        return right(Method.VALUE) if tens is Outcome.EQUAL else undecidable(Method.UNREAD)
    if outcome is Outcome.UNSURE or _ambiguous(a) or _ambiguous(b):
        return undecidable(Method.UNREAD)
    if not (names(a) or names(b)):
        rounded = {rounds(a, b), rounds(b, a)}
        if Outcome.EQUAL in rounded:
            return right(Method.ROUNDING)
        if Outcome.UNSURE in rounded:
            return undecidable(Method.ROUNDING)
    elif names(a) != names(b) and len(names(a)) == len(names(b)):
        return undecidable(Method.LABEL)
    return wrong(Method.VALUE)


def _to_base_ten(form: Form) -> Form:
    """The form with each logarithm without a base as one to base ten."""
    if not isinstance(form, Apply):
        return form
    arguments = tuple(map(_to_base_ten, form.arguments))
    open_log = form.function == "log" and len(arguments) == 1
    return Apply("lg" if open_log else form.function, arguments)


def _compare_ratios(a: Form, b: Form) -> Judgement:
    """Compare a ratio of three or more with another: 2:3:4 is 4:6:8."""
    if not (isinstance(a, Apply) and isinstance(b, Apply) and a.function == b.function):
        return undecidable(Method.KIND)
    if len(a.arguments) != len(b.arguments):
        return wrong(Method.VALUE)
    pairs = list(zip(a.arguments, b.arguments, strict=True))
    first, second = pairs[0]
    return every(
        [
            compare_plain(Apply("*", (one, second)), Apply("*", (other, first)))
            for one, other in pairs[1:]
        ],
        Method.VALUE,
    )


def _ambiguous(form: Form) -> bool:
    """Whether a form holds a function whose meaning is open: f(x), log without a base."""
    match form:
        case Apply(function=function, arguments=arguments):
            open_log = function == "log" and len(arguments) == 1
            return open_log or function.startswith("call ") or any(map(_ambiguous, arguments))
        case Quantity(value=value):
            return _ambiguous(value)
        case _:
            return False


def scaled(value: Form, factor: Fraction) -> Form:
    """The product of a value and a factor."""
    return Apply("*", (value, Number(factor)))
