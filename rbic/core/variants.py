"""Variants of the method: rbic with some settings changed, for ablations and for tuning."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, NamedTuple

from rbic.core.contribution import ContributionRule
from rbic.core.integrity import ChainRule
from rbic.core.selection.refine import SelectConfig

Changes = Mapping[str, Mapping[str, float]]
"""Of a variant: by part (`select`, `chains`, `contribution`) the settings that it changes."""

_PARTS: Mapping[str, type] = {
    "select": SelectConfig,
    "chains": ChainRule,
    "contribution": ContributionRule,
}
_FIXED = frozenset(
    {
        # What every trial sets itself, or all trials have in common.
        ("select", "budget"),
        ("select", "budget_tokens"),
        ("select", "max_sample_tokens"),
        ("select", "seed"),
        # The chains are not read again.
        ("chains", "max_characters"),
    }
)


class Rules(NamedTuple):
    """What decides which samples are chosen."""

    select: SelectConfig
    chains: ChainRule
    contribution: ContributionRule


def may_change(part: str) -> list[str]:
    """The settings of a part that a variant may change: numbers that a choice depends on."""
    kind = _PARTS.get(part)
    return [
        field.name
        for field in (fields(kind) if kind else ())
        if (part, field.name) not in _FIXED and _is_number(field.type)
    ]


def varied(rules: Rules, changes: Changes) -> Rules:
    """The rules with the changes of a variant.

    Raises:
        ValueError: a part or setting is not one that may change, or a value is out of its range;
            names them.
    """
    for part, values in changes.items():
        known = may_change(part)
        if not known:
            raise ValueError(f"{part} is none of {', '.join(_PARTS)}")
        if unknown := sorted(set(values) - set(known)):
            raise ValueError(
                f"{part}.{unknown[0]} is no setting that a variant may change; there are "
                f"{', '.join(known)}"
            )
    return Rules(*(_changed(rule, changes.get(part, {})) for part, rule in _by_part(rules)))


def in_words(changes: Changes) -> str:
    """A variant for people: "rbic with select.need=0"."""
    settings = as_settings(changes)
    return f"rbic with {settings.replace(' ', ', ')}" if settings else "rbic again"


def as_settings(changes: Changes) -> str:
    """A variant for a command line: "select.need=0 contribution.gamma=1"."""
    return " ".join(
        f"{part}.{name}={value:g}" for part, one in changes.items() for name, value in one.items()
    )


def _by_part(rules: Rules) -> list[tuple[str, Any]]:
    return list(zip(Rules._fields, rules, strict=True))


def _changed(rule: Any, values: Mapping[str, float]) -> Any:
    whole = {field.name for field in fields(rule) if field.type is int}
    for name, value in values.items():
        if name in whole and not float(value).is_integer():
            raise ValueError(f"{name} must be a whole number, got {value:g}")
    return replace(rule, **{n: int(v) if n in whole else v for n, v in values.items()})


def _is_number(kind: Any) -> bool:
    """Whether a field holds a number, perhaps or none."""
    return kind in (int, float) or kind == float | None or kind == int | None
