"""Split what an answer names from what it says of it: x = 5, f(x) = 2x + 3, (p, q) = (3, 2)."""

from rbic.core.answers.forms import Apply, Form, Group, Name, Number, Quantity, Relation
from rbic.core.answers.values import names

_LABELLING = frozenset(("*", "/", ":", "ratio", "abs", "sin", "cos", "tan", "cot", "sec", "csc"))


def _is_label(form: Form) -> bool:
    """Whether a form names something: x, f(x), AB, NO/BO, |AB|, (p, q)."""
    match form:
        case Name(text=text):
            return text not in ("pi", "infty", "i", "e")
        case Apply(function=function, arguments=arguments):
            if function.startswith("call "):
                return True
            return function in _LABELLING and all(map(_is_label, arguments))
        case Group(items=items):
            return bool(items) and all(map(_is_label, items))
        case Quantity(value=value):
            return _is_label(value)
        case _:
            return False


def _label(form: Form) -> str:
    """A key for what a form names; f(n) and f(x) have the same."""
    match form:
        case Name(text=text):
            return text
        case Apply(function=function, arguments=arguments):
            if function.startswith("call ") and names(form):
                return function
            return f"{function}({','.join(map(_label, arguments))})"
        case Group(items=items):
            return ",".join(map(_label, items))
        case Quantity(value=value):
            return _label(value)
        case Number(value=value):
            return str(value)
        case _:
            return "?"


def unlabelled(form: Form) -> tuple[str, Form]:
    """Split `x = 5` into its label and its value; a chain of equations is worth its last side."""
    if not isinstance(form, Relation):
        return "", form
    relations, sides = form.relations, form.sides
    if set(relations) <= {"=", "~", "in"} and _is_label(sides[0]) and not _is_equation(form):
        exact = [s for s, r in zip(sides[1:], relations, strict=True) if r != "~"]
        return _label(sides[0]), exact[-1] if exact else sides[1]
    if set(relations) == {"~"}:
        return "", sides[0]
    if set(relations) <= {"=", "~"} and not any(map(names, sides)):
        exact = [s for s, r in zip(sides, ("=", *relations), strict=True) if r != "~"]
        return "", exact[-1]
    if set(relations) == {"="} and len(relations) > 1:
        return "", sides[-1]
    return "", form


def _is_equation(form: Relation) -> bool:
    """Whether both sides of a relation are expressions in the same variables, as in xy = x + y."""
    left, *_, last = form.sides
    named = isinstance(left, Name) or (
        isinstance(left, Apply) and left.function.startswith("call ")
    )
    return bool(names(left) & names(last)) and not named
