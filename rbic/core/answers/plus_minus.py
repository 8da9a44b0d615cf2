"""Write out plus-minus signs: a ± b is two alternatives."""

from rbic.core.answers.forms import Apply, Form, Group, Kind, Matrix, Quantity, Relation

_BARE = (Kind.LIST, Kind.ALTERNATIVES)


def expanded(form: Form) -> Form:
    """Write out plus-minus signs: a ± b is two alternatives."""
    if isinstance(form, Group) and form.kind in (*_BARE, Kind.SET):
        items: list[Form] = []
        signed = False
        for item in form.items:
            both = expanded(item) if not isinstance(item, Group) else item
            if isinstance(both, Group) and both is not item:
                items += both.items
                signed = True
            else:
                items.append(item)
        kind = Kind.ALTERNATIVES if signed and form.kind is Kind.LIST else form.kind
        return Group(kind, tuple(items), form.brackets)
    if isinstance(form, Group | Matrix) or not _has_sign(form):
        return form
    return Group(Kind.ALTERNATIVES, (_signed(form, "+", "-"), _signed(form, "-", "+")))


_SIGNS = ("pm", "mp", "signed pm", "signed mp")


def parts(form: Form) -> tuple[Form, ...]:
    """The forms that an operation, a relation or a unit applies to."""
    match form:
        case Apply(arguments=parts) | Relation(sides=parts):
            return parts
        case Quantity(value=value):
            return (value,)
        case _:
            return ()


def _has_sign(form: Form) -> bool:
    own = isinstance(form, Apply) and form.function in _SIGNS
    return own or any(map(_has_sign, parts(form)))


def _signed(form: Form, pm: str, mp: str) -> Form:
    """The form with each plus-minus replaced by `pm` and each minus-plus by `mp`."""
    match form:
        case Apply(function=function, arguments=arguments):
            parts = tuple(_signed(part, pm, mp) for part in arguments)
            if function not in _SIGNS:
                return Apply(function, parts)
            sign = pm if function.endswith("pm") else mp
            if len(parts) == 2:
                return Apply(sign, parts)
            return parts[0] if sign == "+" else Apply("signed -", parts)
        case Relation(relations=relations, sides=sides):
            return Relation(relations, tuple(_signed(side, pm, mp) for side in sides))
        case Quantity(value=value, unit=unit):
            return Quantity(_signed(value, pm, mp), unit)
        case _:
            return form
