"""Compare the trees of two answers: labels, lists, sets, intervals, relations, matrices, values."""

from rbic.core.answers.forms import (
    Apply,
    Form,
    Group,
    Kind,
    Matrix,
    Name,
    Number,
    Quantity,
    Relation,
    TooLarge,
    Unreadable,
)  # fmt: skip
from rbic.core.answers.judgement import Judgement, Method, every, right, undecidable, wrong
from rbic.core.answers.labels import unlabelled
from rbic.core.answers.plus_minus import expanded, parts
from rbic.core.answers.regions import region, same_region
from rbic.core.answers.scalars import compare_scalars
from rbic.core.answers.unit_words import (
    changes_value,
    lead_changes_value,
    same_words,
    split_multiplier,
)
from rbic.core.answers.values import Outcome, compare_numbers, names, sample
from rbic.schema import Verdict

DEEPEST_GROUPS = 4
"""Lists within lists; matching items in any order doubles the work with every one."""
MOST_ITEMS = 60
"""Lists of more items are compared in their order only."""

_BARE = (Kind.LIST, Kind.ALTERNATIVES)
_REALS = (Name("R"), Name("Reals"))
_FREE = (Kind.SET, Kind.ALTERNATIVES)


def compare_forms(a: Form, b: Form) -> Judgement:
    """Compare two answers' trees.

    Args:
        a: an answer as read.
        b: another.

    Returns:
        The judgement; undecidable by `unread` where a computer algebra system may know more.
    """
    try:
        if max(_nesting(a), _nesting(b)) > DEEPEST_GROUPS:
            raise TooLarge("lists of lists of lists")
        return _compare(a, b)
    except (TooLarge, ArithmeticError):
        return undecidable(Method.TOO_COMPLEX)
    except Unreadable:
        return undecidable(Method.UNREAD)


def _nesting(form: Form) -> int:
    """How deep lists, sets and tuples stand in one another."""
    if isinstance(form, Group):
        return 1 + max(map(_nesting, form.items), default=0)
    return max(map(_nesting, parts(form)), default=0)


def _compare(a: Form, b: Form) -> Judgement:
    unlike = _unlike_units(a, b)
    judged = _compare_apart(a, b)
    return undecidable(Method.UNIT) if unlike and judged.verdict is Verdict.RIGHT else judged


def _unlike_units(a: Form, b: Form) -> bool:
    """Whether two sets, points or inequalities have units that are not the same words."""
    units = [_unit_of_all(form) for form in (a, b)]
    return all(units) and units[0] != units[1] and not same_words(units[0], units[1])


def _unit_of_all(form: Form) -> str:
    """The words behind what is no single value; "" for a value's own."""
    if isinstance(form, Relation) and _is_inequality(form):
        form = form.sides[-1]
        return form.unit if isinstance(form, Quantity) else ""
    whole = isinstance(form, Quantity) and isinstance(form.value, Group | Matrix | Relation)
    return form.unit if whole and isinstance(form, Quantity) else ""


def _compare_apart(a: Form, b: Form) -> Judgement:
    """Compare two forms without the words around the whole of them."""
    a, b = expanded(_without_words(a)), expanded(_without_words(b))
    label_a, value_a = unlabelled(a)
    label_b, value_b = unlabelled(b)
    relations = isinstance(a, Relation) and isinstance(b, Relation)
    if relations and (isinstance(value_a, Relation) or isinstance(value_b, Relation)):
        # y = 1 - x beside x + y = 1 is an equation, whatever it looks like.
        return _compare_relation(a, b)
    judged = _compare_unlabelled(value_a, value_b)
    if label_a and label_b and label_a != label_b and judged.verdict is Verdict.RIGHT:
        return undecidable(Method.LABEL)
    return judged


def _compare_unlabelled(a: Form, b: Form) -> Judgement:
    if _is_conjunction(a) or _is_conjunction(b):
        return _compare_conjunctions(a, b)
    if isinstance(a, Relation) or isinstance(b, Relation):
        return _compare_relation(a, b)
    if isinstance(a, Matrix) or isinstance(b, Matrix):
        return _compare_matrix(a, b)
    if _is_union(a) or _is_union(b) or _are_sets(a, b):
        return _compare_regions(a, b)
    if isinstance(a, Group) or isinstance(b, Group):
        return _compare_groups(a, b)
    return compare_scalars(a, b)


def _are_sets(a: Form, b: Form) -> bool:
    """Whether one is all the reals and the other an interval or a set."""
    return any(
        one in _REALS and isinstance(other, Group) and other.kind in (Kind.INTERVAL, Kind.SET)
        for one, other in ((a, b), (b, a))
    )


def _is_conjunction(form: Form) -> bool:
    """Whether a form is inequalities that hold together."""
    return (
        isinstance(form, Group) and form.kind is Kind.LIST and all(map(_is_inequality, form.items))
    )


def _compare_conjunctions(a: Form, b: Form) -> Judgement:
    """Compare inequalities that hold together with a set, or with others one by one."""
    try:
        return _compare_regions(a, b)
    except Unreadable:
        if not (_is_conjunction(a) and _is_conjunction(b)):
            raise
        return _compare_groups(a, b)


def _without_words(form: Form) -> Form:
    """Drop the words around what is no single value: the matrix is ..., (1, 2) is the point.

    Raises:
        Unreadable: they may change what is said.
    """
    if isinstance(form, Quantity) and isinstance(form.value, Group | Matrix | Relation):
        multiplied = split_multiplier(form.unit)
        multiplies = multiplied.factor != 1 or multiplied.other_factor is not None
        if multiplies or changes_value(form.unit) or lead_changes_value(form.lead):
            raise Unreadable("words that may change the answer")
        return form.value
    return form


# --- lists, tuples, sets ---


def _compare_groups(a: Form, b: Form) -> Judgement:
    if not isinstance(a, Group) or not isinstance(b, Group):
        group, single = (a, b) if isinstance(a, Group) else (b, a)
        assert isinstance(group, Group)
        if len(group.items) == 1:
            return _compare(group.items[0], single)
        return wrong(Method.LIST)
    a, b = (_without_repeats(group) if group.kind is Kind.SET else group for group in (a, b))
    if a.kind is Kind.INTERVAL and b.kind is Kind.INTERVAL and a.brackets != b.brackets:
        return wrong(Method.REGION)
    if len(a.items) != len(b.items):
        return _compare_flat(a, b)
    kinds = {a.kind, b.kind}
    loose = kinds <= {*_BARE, Kind.SET}
    in_order = every([_compare(x, y) for x, y in zip(a.items, b.items, strict=True)], Method.LIST)
    if in_order.verdict is Verdict.RIGHT and not loose and _bracketed(a) != _bracketed(b):
        return undecidable(Method.LIST)
    if in_order.verdict is Verdict.RIGHT or not loose:
        return in_order
    if len(a.items) > MOST_ITEMS:
        return undecidable(Method.ORDER)
    matched = _compare_unordered(a.items, b.items)
    free = kinds & set(_FREE) or _distinct_labels(a, b) or (_of_lists(a) and _of_lists(b))
    if matched.verdict is Verdict.RIGHT and not free:
        return undecidable(Method.ORDER)
    return matched


def _of_lists(group: Group) -> bool:
    """Whether every item is a tuple or a list: solutions, whose order says nothing."""
    return all(isinstance(item, Group) and item.kind is not Kind.SET for item in group.items)


def _compare_flat(a: Group, b: Group) -> Judgement:
    """Compare groups of different lengths: without repeats, and with lists of lists flattened."""
    one, other = _without_repeats(a), _without_repeats(b)
    if len(one.items) != len(other.items):
        one, other = _flat(one), _flat(other)
    if len(one.items) != len(other.items):
        return wrong(Method.LIST)
    return _compare_groups(one, other)


def _without_repeats(group: Group) -> Group:
    """A set, or a list of solutions, holds nothing twice."""
    if group.kind is Kind.SET or _of_lists(group):
        return Group(group.kind, tuple(dict.fromkeys(group.items)), group.brackets)
    return group


def _flat(group: Group) -> Group:
    """A bare list of bare lists as one list."""
    items: list[Form] = []
    for item in group.items:
        nested = isinstance(item, Group) and item.kind in _BARE and group.kind in _BARE
        items += item.items if nested and isinstance(item, Group) else (item,)
    return Group(group.kind, tuple(items), group.brackets)


def _bracketed(group: Group) -> str:
    """What brackets say about a group: a set, a closed or half-open interval, or nothing sure."""
    if group.kind is Kind.SET:
        return "set" if group.items else ""
    return group.brackets if group.brackets not in ("", "()") else ""


def _compare_unordered(items: tuple[Form, ...], others: tuple[Form, ...]) -> Judgement:
    """Match items in any order; wrong where some item surely has no match."""
    left = list(others)
    doubtful = False
    for item in items:
        judged = [_compare(item, other).verdict for other in left]
        if Verdict.RIGHT in judged:
            left.pop(judged.index(Verdict.RIGHT))
        elif Verdict.UNDECIDABLE in judged:
            left.pop(judged.index(Verdict.UNDECIDABLE))
            doubtful = True
        else:
            return wrong(Method.LIST)
    return undecidable(Method.UNREAD) if doubtful else right(Method.LIST)


def _distinct_labels(a: Group, b: Group) -> bool:
    """Whether every item has a label of its own, so that x = 1, y = 2 may come in any order."""
    for group in (a, b):
        labels = [unlabelled(item)[0] for item in group.items]
        if not all(labels) or len(set(labels)) == 1:
            return all(labels)
    return True


# --- regions, relations, matrices ---


def _is_union(form: Form) -> bool:
    """Whether a form is made of sets: a union, a difference, the negative of an interval."""
    if not isinstance(form, Apply):
        return False
    negative = form.function == "signed -" and isinstance(form.arguments[0], Group)
    return negative or form.function in ("cup", "cap", "setminus")


def _is_number(form: Form) -> bool:
    return isinstance(form, Number) or (isinstance(form, Apply) and not names(form))


def _compare_regions(a: Form, b: Form) -> Judgement:
    numbers = [_is_number(form) and not _is_union(form) for form in (a, b)]
    if any(numbers):
        region(b if numbers[0] else a)
        return wrong(Method.REGION)
    same = same_region(region(a), region(b))
    return right(Method.REGION) if same else wrong(Method.REGION)


def _is_inequality(form: Form) -> bool:
    return isinstance(form, Relation) and bool(set(form.relations) & {"<", ">", "<=", ">=", "!="})


def _compare_relation(a: Form, b: Form) -> Judgement:
    if _is_inequality(a) or _is_inequality(b):
        if not (isinstance(a, Relation) and isinstance(b, Relation)):
            return _compare_regions(a, b)
        try:
            return _compare_regions(a, b)
        except Unreadable:
            return _compare_sides(a, b)
    if isinstance(a, Relation) and isinstance(b, Relation):
        return _compare_sides(a, b)
    return wrong(Method.RELATION)


_TURNED = {">": "<", ">=": "<="}


def _ascending(form: Relation) -> Relation:
    """The relation with its greater side last."""
    if form.relations[0] in _TURNED:
        turned = tuple(_TURNED.get(r, r) for r in reversed(form.relations))
        return Relation(turned, tuple(reversed(form.sides)))
    return form


def _compare_sides(a: Relation, b: Relation) -> Judgement:
    """Compare two relations as left minus right up to a factor, a positive one for < and <=."""
    a, b = _ascending(a), _ascending(b)
    if a.relations != b.relations:
        return undecidable(Method.UNREAD)
    if len(a.sides) > 2:
        judged = every(
            [_compare(x, y) for x, y in zip(a.sides, b.sides, strict=True)], Method.RELATION
        )
        return judged if judged.verdict is Verdict.RIGHT else undecidable(Method.UNREAD)
    pairs_of_sides = [_compare(x, y) for x, y in zip(a.sides, b.sides, strict=True)]
    if every(pairs_of_sides, Method.RELATION).verdict is Verdict.RIGHT:
        return right(Method.RELATION)
    one, other = (Apply("-", (form.sides[0], form.sides[1])) for form in (a, b))
    variables = names(one) | names(other)
    pairs = list(zip(sample(one, variables), sample(other, variables), strict=True))
    if any(x is None or y is None or y == 0 for x, y in pairs) or not variables:
        return undecidable(Method.UNREAD)
    ratios = [x / y for x, y in pairs if x is not None and y is not None]
    same = all(compare_numbers(r, ratios[0]) is Outcome.EQUAL for r in ratios)
    oriented = a.relations[0] in ("=", "!=") or complex(ratios[0]).real > 0
    if same and ratios[0] != 0 and oriented:
        return right(Method.RELATION)
    return undecidable(Method.UNREAD)


def _compare_matrix(a: Form, b: Form) -> Judgement:
    functions = [form.function for form in (a, b) if isinstance(form, Matrix)]
    if any(functions):
        # Other entries may have the same determinant.
        same = len(functions) == 2 and functions[0] == functions[1]
        judged = _compare_entries(a, b) if same else undecidable(Method.UNREAD)
        return judged if judged.verdict is Verdict.RIGHT else undecidable(Method.MATRIX)
    return _compare_entries(a, b)


def _compare_entries(a: Form, b: Form) -> Judgement:
    if isinstance(a, Matrix) and isinstance(b, Matrix):
        if [len(row) for row in a.rows] != [len(row) for row in b.rows]:
            return wrong(Method.MATRIX)
        pairs = zip(sum(a.rows, ()), sum(b.rows, ()), strict=True)
        return every([_compare(x, y) for x, y in pairs], Method.MATRIX)
    matrix, other = (a, b) if isinstance(a, Matrix) else (b, a)
    assert isinstance(matrix, Matrix)
    vector = len(matrix.rows) == 1 or all(len(row) == 1 for row in matrix.rows)
    if isinstance(other, Group) and other.kind in (Kind.INTERVAL, Kind.TUPLE):
        rows = [row.items for row in other.items if isinstance(row, Group) and row.brackets == "[]"]
        if len(rows) == len(other.items) and other.brackets == "[]":
            return _compare_entries(matrix, Matrix(tuple(rows)))
    if vector and isinstance(other, Group) and other.kind is not Kind.SET:
        items = sum(matrix.rows, ())
        if len(items) != len(other.items):
            return wrong(Method.MATRIX)
        pairs = zip(items, other.items, strict=True)
        return every([_compare(x, y) for x, y in pairs], Method.MATRIX)
    if len(matrix.rows) == 1 and len(matrix.rows[0]) == 1:
        return _compare(matrix.rows[0][0], other)
    return undecidable(Method.UNREAD)
