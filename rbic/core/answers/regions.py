"""Subsets of the real line: intervals, finite sets, unions, inequalities in one form."""

import math
from dataclasses import dataclass
from fractions import Fraction

from rbic.core.answers.forms import (
    Apply,
    Form,
    Group,
    Kind,
    Name,
    Quantity,
    Relation,
    Unreadable,
)  # fmt: skip
from rbic.core.answers.plus_minus import parts
from rbic.core.answers.unit_words import changes_value, split_multiplier
from rbic.core.answers.values import Outcome, compare_numbers, evaluate, names

End = Fraction | float
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Piece:
    """The reals between two ends, each with or without the end itself."""

    low: End
    high: End
    with_low: bool
    with_high: bool


Region = tuple[Piece, ...]


def _end(form: Form) -> End:
    """The value of an interval's end.

    Raises:
        Unreadable: it is not a real number or an infinity.
    """
    if isinstance(form, Quantity):
        multiplied = split_multiplier(form.unit)
        if multiplied.factor != 1 or multiplied.other_factor or changes_value(form.unit):
            raise Unreadable("words that may change an end")
    try:
        value = evaluate(form, {})
    except (ArithmeticError, ValueError, KeyError) as error:
        raise Unreadable("an end that is no number") from error
    if isinstance(value, Fraction):
        return value
    if math.isinf(value.real):
        return value.real
    if math.isnan(value.real) or abs(value.imag) > 1e-12:
        raise Unreadable("an end that is not real")
    return value.real


def _merge(pieces: list[Piece]) -> Region:
    """Sort pieces and join those that touch."""
    joined: list[Piece] = []
    for piece in sorted(pieces, key=lambda p: (p.low, not p.with_low)):
        if piece.low > piece.high:
            continue
        last = joined[-1] if joined else None
        touches = last and (
            piece.low < last.high or (piece.low == last.high and (piece.with_low or last.with_high))
        )
        if not (last and touches):
            joined.append(piece)
            continue
        top = max((last.high, last.with_high), (piece.high, piece.with_high))
        joined[-1] = Piece(last.low, top[0], last.with_low, top[1])
    return tuple(joined)


def _without(region: Region, points: list[End]) -> Region:
    pieces = list(region)
    for point in points:
        cut = []
        for piece in pieces:
            if not piece.low <= point <= piece.high:
                cut.append(piece)
                continue
            if piece.low < point:
                cut.append(Piece(piece.low, point, piece.with_low, False))
            if point < piece.high:
                cut.append(Piece(point, piece.high, False, piece.with_high))
        pieces = cut
    return tuple(pieces)


_ALL = (Piece(-math.inf, math.inf, False, False),)


def _half(relation: str, bound: End) -> Region:
    """The x with `x relation bound`."""
    if relation == "!=":
        return _without(_ALL, [bound])
    if relation in ("<", "<="):
        return (Piece(-math.inf, bound, False, relation == "<="),)
    if relation in (">", ">="):
        return (Piece(bound, math.inf, relation == ">=", False),)
    raise Unreadable(f"no region for {relation}")


def _intersect(a: Region, b: Region) -> Region:
    pieces = []
    for one in a:
        for other in b:
            low = max((one.low, not one.with_low), (other.low, not other.with_low))
            high = min((one.high, one.with_high), (other.high, other.with_high))
            piece = Piece(low[0], high[0], not low[1], high[1])
            if piece.low < piece.high or (
                piece.low == piece.high and piece.with_low and piece.with_high
            ):
                pieces.append(piece)
    return _merge(pieces)


def _solutions(form: Relation) -> Region:
    """The values of the one variable of a chain of inequalities, or of |x - a| < b."""
    if len(form.sides) == 2 and any(map(_is_distance, form.sides)):
        return _within(form)
    region: Region = _ALL
    at = [i for i, side in enumerate(form.sides) if isinstance(side, Name) and side.text != "pi"]
    if len(at) != 1:
        raise Unreadable("an inequality that is not solved for one variable")
    middle = at[0]
    for i, relation in enumerate(form.relations):
        if i >= middle:
            region = _intersect(region, _half(relation, _end(form.sides[i + 1])))
        else:
            region = _intersect(
                region, _half(_FLIPPED.get(relation, relation), _end(form.sides[i]))
            )
    return region


def _is_distance(side: Form) -> bool:
    return isinstance(side, Apply) and side.function == "abs" and len(names(side)) == 1


def _within(form: Relation) -> Region:
    """The x with |m x + k| `relation` bound.

    Raises:
        Unreadable: what stands between the bars is not linear, or the bound is negative.
    """
    (relation,), (left, right) = form.relations, form.sides
    if not _is_distance(left):
        left, right, relation = right, left, _FLIPPED.get(relation, relation)
    assert isinstance(left, Apply)
    (variable,) = names(left)
    at_0, at_1, at_2 = (evaluate(left.arguments[0], {variable: Fraction(x)}) for x in range(3))
    bound = _end(right)
    exact = isinstance(at_0, Fraction) and isinstance(at_1, Fraction)
    if not exact or at_1 - at_0 != at_2 - at_1 or at_1 == at_0 or bound < 0:
        raise Unreadable("no distance from a number")
    assert isinstance(at_0, Fraction)
    assert isinstance(at_1, Fraction)
    low, high = sorted((sign * bound - at_0) / (at_1 - at_0) for sign in (-1, 1))
    inner = Piece(low, high, relation == "<=", relation == "<=")
    if relation in ("<", "<="):
        return (inner,)
    if relation in (">", ">="):
        with_ends = relation == ">="
        return _merge(
            [Piece(-math.inf, low, False, with_ends), Piece(high, math.inf, with_ends, False)]
        )
    raise Unreadable(f"no region for {relation} and a distance")


def _conjunction(items: tuple[Form, ...]) -> Region:
    """What solves all of several inequalities: x > 1 and x < 3.

    Raises:
        Unreadable: they are no bounds of one variable from both sides, so that "and" or a comma may
            mean "or".
    """
    if not all(isinstance(item, Relation) and "in" not in item.relations for item in items):
        raise Unreadable("a list of numbers is no interval")
    variables = [frozenset().union(*map(names, parts(item))) for item in items]
    if len(set(variables)) != 1:
        raise Unreadable("inequalities of several variables")
    solved: Region = _ALL
    for item in items:
        solved = _intersect(solved, region(item))
    if len(solved) != 1 or math.isinf(solved[0].low) or math.isinf(solved[0].high):
        raise Unreadable("no bounds from both sides")
    return solved


def region(form: Form) -> Region:
    """The canonical form of a subset of the reals.

    Args:
        form: an interval, a finite set of reals, a union, a difference, or a solved inequality;
            two ends in round brackets are taken for an interval.

    Returns:
        Disjoint pieces in ascending order.

    Raises:
        Unreadable: it is none of these.
    """
    match form:
        case Name(text="R") | Name(text="Reals"):
            return _ALL
        case Relation(relations=relations, sides=sides) if "in" in relations:
            return region(sides[-1])
        case Relation():
            return _solutions(form)
        case Group(kind=Kind.INTERVAL, items=(low, high), brackets=brackets):
            piece = Piece(_end(low), _end(high), brackets[0] == "[", brackets[1] == "]")
            return _merge([piece])
        case Group(kind=Kind.SET, items=items):
            ends = [_end(item) for item in items]
            return _merge([Piece(end, end, True, True) for end in ends])
        case Group(kind=Kind.LIST, items=items):
            return _conjunction(items)
        case Group(kind=Kind.ALTERNATIVES, items=items):
            return _merge([piece for item in items for piece in region(item)])
        case Apply():
            return _combined(form)
        case _:
            raise Unreadable("no subset of the reals")


def _combined(form: Apply) -> Region:
    """A union, an intersection, a difference from a finite set, or the negative of a region."""
    match form:
        case Apply(function="cup", arguments=(a, b)):
            return _merge([*region(a), *region(b)])
        case Apply(function="signed -", arguments=(a,)):
            return _merge([Piece(-p.high, -p.low, p.with_high, p.with_low) for p in region(a)])
        case Apply(function="cap", arguments=(a, b)):
            return _intersect(region(a), region(b))
        case Apply(function="setminus", arguments=(a, Group(kind=Kind.SET, items=items))):
            return _without(region(a), [_end(item) for item in items])
        case _:
            raise Unreadable("no subset of the reals")


def same_region(a: Region, b: Region) -> bool:
    """Whether two regions are the same set; ends are compared with the tolerance of values."""
    return len(a) == len(b) and all(
        (one.with_low, one.with_high) == (other.with_low, other.with_high)
        and _same_end(one.low, other.low)
        and _same_end(one.high, other.high)
        for one, other in zip(a, b, strict=True)
    )


def _same_end(a: End, b: End) -> bool:
    one = a if isinstance(a, Fraction) else complex(a)
    other = b if isinstance(b, Fraction) else complex(b)
    return compare_numbers(one, other) is Outcome.EQUAL
