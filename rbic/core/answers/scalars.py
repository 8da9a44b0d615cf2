"""Compare two values with their units, percent signs, degrees and rounding."""

from dataclasses import dataclass, replace
from fractions import Fraction

from rbic.core.answers.forms import Apply, Form, Number, Quantity
from rbic.core.answers.judgement import Judgement, Method, right, undecidable, wrong
from rbic.core.answers.plain_values import compare_plain, rounds, scaled
from rbic.core.answers.unit_words import (
    changes_value,
    lead_changes_value,
    opposite_words,
    same_lead,
    same_words,
    split_multiplier,
)
from rbic.core.answers.units import APPROXIMATE, TEMPERATURES, UNITS, Unit, measure
from rbic.core.answers.values import Outcome, compare_values, evaluate, names
from rbic.schema import Verdict

_SIGNS = dict.fromkeys(("percent", "pct", "percentage", "percents", "%"), "%") | dict.fromkeys(
    ("degrees", "deg", "度"), "degree"
)
_MEAN_TOLERANCE = Fraction(1, 10)
"""A month has 28 to 31 days."""
_ROUNDED_TOLERANCE = Fraction(1, 50)
"""A mile is said to have 1.6 km, a pound 0.45 kg."""


@dataclass(frozen=True, slots=True)
class _Measured:
    """A value apart from what stands around it."""

    value: Form
    unit: str
    """"", "%", "degree", or words."""
    lead: str = ""
    beside: str = ""
    """Words behind a percent or degree sign: more, of the students, north."""
    other_value: Form | None = None
    """What the value is, where the words may mean another: 3 tenths, 5 pairs, 8折."""


def _measured(form: Form) -> _Measured:
    """Take a value and its unit apart."""
    match form:
        case Apply(function="percent", arguments=(value,)):
            return _Measured(value, "%")
        case Apply(function="degree", arguments=(value,)):
            return _Measured(value, "degree")
        case Apply(function="signed -", arguments=(inner,)):
            negated = _measured(inner)
            return replace(negated, value=Apply("signed -", (negated.value,)))
        case Quantity(value=value, unit=words, lead=lead):
            own = _measured(value)
            if own.unit == "degree" and _is_temperature(words):
                return _Measured(own.value, words, lead)
            if own.unit:
                return replace(own, lead=lead, beside=words)
            return _with_words(value, words, lead)
        case _:
            return _Measured(form, "")


def _with_words(value: Form, words: str, lead: str) -> _Measured:
    """A value with the words around it: what multiplies it, its sign or unit, and the rest."""
    multiplied = split_multiplier(words)
    factor, unit = multiplied.factor, multiplied.unit
    if words == "折" and isinstance(value, Number) and value.value > 10:
        factor = Fraction(1)  # 85折 is 85 %, 8折 is 80 %
    whole = value if factor == 1 else scaled(value, factor)
    other = multiplied.other_factor
    other_value = None if other is None else scaled(value, other)
    first, _, rest = unit.partition(" ")
    if first.lower() in _SIGNS and _is_temperature(rest):
        return _Measured(whole, rest, lead, "", other_value)
    if first.lower() in _SIGNS and measure(unit) is None:
        return _Measured(whole, _SIGNS[first.lower()], lead, rest, other_value)
    if unit == "permille":
        return _Measured(scaled(whole, Fraction(1, 10)), "%", lead, "", other_value)
    return _Measured(whole, _SIGNS.get(unit.lower(), unit), lead, "", other_value)


def _is_temperature(words: str) -> bool:
    """Whether words behind degrees name their scale."""
    unit = measure(words)
    return unit is not None and unit.measures in TEMPERATURES


def _hundredth(value: Form) -> Form:
    """A hundredth of a decimal numeral, written as finely: 33.33 % is 0.3333."""
    if isinstance(value, Number) and value.decimals > 0:
        return Number(value.value / 100, value.decimals + 2, value.digits)
    return value


def _one_percent(percent: Form, plain: Form) -> Judgement:
    """Compare p % with a value without the sign: p as a number of percent, or p / 100."""
    if compare_values(scaled(percent, Fraction(1, 100)), plain) is Outcome.EQUAL:
        return right(Method.UNIT)
    variables = names(percent) | names(plain)
    if not variables and rounds(_hundredth(percent), plain) is Outcome.EQUAL:
        return right(Method.ROUNDING)
    judged = compare_plain(percent, plain)
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
    judged = compare_plain(with_unit.value, plain)
    if with_unit.unit == "degree" and judged.method is Method.VALUE:
        if compare_values(Apply("degree", (with_unit.value,)), plain) is Outcome.EQUAL:
            return right(Method.UNIT)
        return judged
    unit = measure(with_unit.unit)
    if judged != wrong(Method.VALUE) or unit is None or names(plain):
        return judged
    for other in UNITS.values():
        if other.measures == unit.measures and other.factor != unit.factor:
            converted = scaled(with_unit.value, unit.factor / other.factor)
            if compare_values(converted, plain) is Outcome.EQUAL:
                return undecidable(Method.UNIT)
    return judged


def _two_units(a: _Measured, b: _Measured) -> Judgement:
    """Compare two values with different units."""
    one, other = measure(a.unit), measure(b.unit)
    one = measure(a.unit, other.measures) if other else one
    other = measure(b.unit, one.measures) if one else other
    if one and other:
        return _two_measures(a.value, one, b.value, other)
    judged = compare_plain(a.value, b.value)
    if judged == wrong(Method.VALUE):
        # A unit that the table lacks may be so many of the other.
        unknown = bool(one) != bool(other) and "%" not in (a.unit, b.unit)
        unknown = unknown and not same_words(a.unit, b.unit)
        return undecidable(Method.UNIT) if unknown else judged
    return judged if same_words(a.unit, b.unit) else undecidable(Method.UNIT)


def _two_measures(a: Form, one: Unit, b: Form, other: Unit) -> Judgement:
    """Compare two values with units of the table."""
    if one.measures == other.measures:
        judged = compare_plain(scaled(a, one.factor), scaled(b, other.factor))
        exact = _smooth(one.factor / other.factor)
        if judged.verdict is Verdict.WRONG and not exact:
            near = _near(scaled(a, one.factor), scaled(b, other.factor), _ROUNDED_TOLERANCE)
            return undecidable(Method.ROUNDING) if near else wrong(Method.UNIT)
        return Judgement(judged.verdict, Method.UNIT)
    if one.measures in TEMPERATURES and other.measures in TEMPERATURES:
        judged = compare_plain(_in_celsius(a, one), _in_celsius(b, other))
        return Judgement(judged.verdict, Method.UNIT)
    judged = compare_plain(a, b)
    if judged.verdict is not Verdict.WRONG:
        return undecidable(Method.UNIT)
    means = [_by_mean(*pair) for pair in ((a, one), (b, other))]
    if means[0][1] == means[1][1] and _near(means[0][0], means[1][0], _MEAN_TOLERANCE):
        return undecidable(Method.UNIT)
    return judged


def _smooth(ratio: Fraction) -> bool:
    """Whether a ratio is made of 2, 3 and 5, as within one system of units."""
    rest = ratio.numerator * ratio.denominator
    for prime in (2, 3, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def _in_celsius(value: Form, unit: Unit) -> Form:
    factor, summand = TEMPERATURES[unit.measures]
    return Apply("+", (scaled(value, factor), Number(summand)))


def _by_mean(value: Form, unit: Unit) -> tuple[Form, str]:
    """A value in the base unit of the dimension that it converts to by a mean, and that one."""
    dimension, mean = APPROXIMATE.get(unit.measures, (unit.measures, Fraction(1)))
    return scaled(value, unit.factor * mean), dimension


def _near(a: Form, b: Form, tolerance: Fraction) -> bool:
    """Whether two values differ by less than a share of the greater."""
    if names(a) or names(b):
        return False
    one, other = evaluate(a, {}), evaluate(b, {})
    size = max(abs(complex(one)), abs(complex(other)))
    return abs(complex(one) - complex(other)) <= float(tolerance) * size


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
    if judged.verdict is Verdict.WRONG:
        return undecidable(Method.UNIT) if _otherwise_right(one, other) else judged
    if _around(one.lead, one.unit, one.beside) == _around(other.lead, other.unit, other.beside):
        return judged
    words = ((one.lead, other.lead), (one.unit, other.unit), (one.beside, other.beside))
    if any(opposite_words(*pair) for pair in words):
        same_value = compare_plain(one.value, other.value).verdict is Verdict.RIGHT
        return wrong(Method.UNIT) if same_value else undecidable(Method.UNIT)
    doubtful = changes_value(one.unit) != changes_value(other.unit) or _other_words(one, other)
    return undecidable(Method.UNIT) if doubtful and judged.verdict is Verdict.RIGHT else judged


def _around(*words: str) -> tuple[str, ...]:
    return tuple(text.lower() for text in words)


def _other_words(one: _Measured, other: _Measured) -> bool:
    """Whether the words before two values, or behind their signs, may make them differ."""
    if one.lead != other.lead:
        alone = one.lead or other.lead
        if one.lead and other.lead:
            if not same_lead(one.lead, other.lead):
                return True
        elif " " not in alone or lead_changes_value(alone):
            return True
    if one.beside == other.beside:
        return False
    if changes_value(one.beside) != changes_value(other.beside):
        return True
    return bool(one.beside and other.beside) and not same_words(one.beside, other.beside)


def _otherwise_right(one: _Measured, other: _Measured) -> bool:
    """Whether values that differ agree in another reading of the words around them.

    3 tenths are three, a loss of 5 is -5.
    """
    for a, b in ((one, other), (other, one)):
        if a.other_value is not None and not names(a.other_value):
            again = _by_units(replace(a, value=a.other_value), b)
            bare = compare_plain(a.other_value, b.value)
            if Verdict.RIGHT in (again.verdict, bare.verdict):
                return True
        if any(map(changes_value, (a.lead, a.unit, a.beside))):
            negated = replace(a, value=Apply("signed -", (a.value,)))
            if _by_units(negated, b).verdict is Verdict.RIGHT:
                return True
    return False


def _by_units(one: _Measured, other: _Measured) -> Judgement:
    if one.unit == other.unit:
        return compare_plain(one.value, other.value)
    if not other.unit:
        return _one_unit(one, other.value)
    if not one.unit:
        return _one_unit(other, one.value)
    return _two_units(one, other)
