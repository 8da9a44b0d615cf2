"""Compare two values with their units, percent signs, degrees and rounding."""

from dataclasses import dataclass
from fractions import Fraction

from rbic.core.answers.forms import Apply, Form, Number, Quantity
from rbic.core.answers.judgement import Judgement, Method, every, right, undecidable, wrong
from rbic.core.answers.units import UNITS, changes_value, measure, same_words, split_multiplier
from rbic.core.answers.values import Outcome, compare_values, evaluate, names

FEWEST_DIGITS = 4
"""A decimal of this many significant digits stands for the exact value that it rounds."""


_SIGNS = dict.fromkeys(("percent", "pct", "percentage", "percents"), "%") | dict.fromkeys(
    ("degrees", "deg", "度"), "degree"
)


@dataclass(frozen=True, slots=True)
class _Measured:
    """A value apart from what stands around it: "", "%", "degree", or words."""

    value: Form
    unit: str
    lead: str = ""


def _measured(form: Form) -> _Measured:
    """Take a value and its unit apart."""
    match form:
        case Apply(function="percent", arguments=(value,)):
            return _Measured(value, "%")
        case Apply(function="degree", arguments=(value,)):
            return _Measured(value, "degree")
        case Apply(function="signed -", arguments=(inner,)):
            negated = _measured(inner)
            return _Measured(Apply("signed -", (negated.value,)), negated.unit)
        case Quantity(value=value, unit=words, lead=lead):
            own = _measured(value)
            factor, unit = split_multiplier(words)
            scaled = own.value if factor == 1 else Apply("*", (own.value, Number(Fraction(factor))))
            return _Measured(scaled, own.unit or _SIGNS.get(unit.lower(), unit), lead)
        case _:
            return _Measured(form, "")


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


def _rounds(rounded: Form, exact: Form) -> Outcome:
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


def _compare(a: Form, b: Form) -> Judgement:
    """Compare two values without units.

    Raises:
        Unreadable: one is no scalar.
    """
    if any(isinstance(form, Apply) and form.function == "ratio" for form in (a, b)):
        return _compare_ratios(a, b)
    outcome = compare_values(a, b)
    if outcome is Outcome.EQUAL:
        return right(Method.VALUE)
    if outcome is Outcome.UNSURE or ambiguous(a) or ambiguous(b):
        return undecidable(Method.UNREAD)
    if not (names(a) or names(b)):
        rounded = {_rounds(a, b), _rounds(b, a)}
        if Outcome.EQUAL in rounded:
            return right(Method.ROUNDING)
        if Outcome.UNSURE in rounded:
            return undecidable(Method.ROUNDING)
    elif names(a) != names(b) and len(names(a)) == len(names(b)):
        return undecidable(Method.LABEL)
    return wrong(Method.VALUE)


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
            _compare(Apply("*", (one, second)), Apply("*", (other, first)))
            for one, other in pairs[1:]
        ],
        Method.VALUE,
    )


def ambiguous(form: Form) -> bool:
    """Whether a form holds a function whose meaning is open: f(x), log without a base."""
    match form:
        case Apply(function=function, arguments=arguments):
            open_log = function == "log" and len(arguments) == 1
            return open_log or function.startswith("call ") or any(map(ambiguous, arguments))
        case Quantity(value=value):
            return ambiguous(value)
        case _:
            return False


def _scaled(value: Form, factor: Fraction) -> Form:
    return Apply("*", (value, Number(factor)))


def _hundredth(value: Form) -> Form:
    """A hundredth of a decimal numeral, written as finely: 33.33 % is 0.3333."""
    if isinstance(value, Number) and value.decimals > 0:
        return Number(value.value / 100, value.decimals + 2, value.digits)
    return value


def _one_percent(percent: Form, plain: Form) -> Judgement:
    """Compare p % with a value without the sign: p as a number of percent, or p / 100."""
    if compare_values(_scaled(percent, Fraction(1, 100)), plain) is Outcome.EQUAL:
        return right(Method.UNIT)
    if _rounds(_hundredth(percent), plain) is Outcome.EQUAL and not names(plain):
        return right(Method.ROUNDING)
    judged = _compare(percent, plain)
    if judged != right(Method.VALUE):
        return judged
    # 0.5 may be one half, which 0.5 % is not; nobody writes 40 for the share 40.
    value = evaluate(plain, {}) if not names(plain) else Fraction(2)
    large = isinstance(value, Fraction) and abs(value) > 1
    return right(Method.UNIT) if large else undecidable(Method.PERCENT)


def _one_unit(with_unit: _Measured, plain: Form) -> Judgement:
    """Compare a value with a unit to one without."""
    if with_unit.unit == "%":
        return _one_percent(with_unit.value, plain)
    judged = _compare(with_unit.value, plain)
    if with_unit.unit == "degree" and judged.method is Method.VALUE:
        if compare_values(Apply("degree", (with_unit.value,)), plain) is Outcome.EQUAL:
            return right(Method.UNIT)
        return judged
    unit = measure(with_unit.unit)
    if judged != wrong(Method.VALUE) or unit is None or names(plain):
        return judged
    for other in UNITS.values():
        if f"{other.dimension}^1" == unit.dimension and other.factor != unit.factor:
            converted = _scaled(with_unit.value, unit.factor / other.factor)
            if compare_values(converted, plain) is Outcome.EQUAL:
                return undecidable(Method.UNIT)
    return judged


def _two_units(a: _Measured, b: _Measured) -> Judgement:
    """Compare two values with different units."""
    one, other = measure(a.unit), measure(b.unit)
    if one and other and one.dimension == other.dimension:
        judged = _compare(_scaled(a.value, one.factor), _scaled(b.value, other.factor))
        return Judgement(judged.verdict, Method.UNIT)
    judged = _compare(a.value, b.value)
    if judged == wrong(Method.VALUE) or same_words(a.unit, b.unit):
        return judged
    return undecidable(Method.UNIT)


def compare_scalars(a: Form, b: Form) -> Judgement:
    """Compare two values and what stands around them.

    Args:
        a: a scalar form, with or without a unit.
        b: another.

    Returns:
        Right where value and unit agree or one has no unit; undecidable where only the unit, the
        rounding or the percent sign is in doubt; else wrong.

    Raises:
        Unreadable: one is no scalar.
    """
    one, other = _measured(a), _measured(b)
    judged = _by_units(one, other)
    changed = changes_value(one.unit) != changes_value(other.unit) or one.lead != other.lead
    return undecidable(Method.UNIT) if changed and judged.verdict == "right" else judged


def _by_units(one: _Measured, other: _Measured) -> Judgement:
    if one.unit == other.unit:
        return _compare(one.value, other.value)
    if not other.unit:
        return _one_unit(one, other.value)
    if not one.unit:
        return _one_unit(other, one.value)
    return _two_units(one, other)
