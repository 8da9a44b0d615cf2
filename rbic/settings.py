"""All settings of a run as YAML: what each is set to, and what it means."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, get_type_hints

import yaml

from rbic.config import SEEDED, literal

_WIDTH = 88


def settings_text(config: Any) -> str:
    """The configuration as a YAML file that `--config` reads, each setting under its description.

    Args:
        config: the settings of a command: defaults, or what a file and overrides made of them.
    """
    seeded = SEEDED[type(config)]
    own = {part for part in seeded if getattr(config, part).seed != config.seed}
    return "\n".join(_lines(config, "", frozenset(seeded) - own)) + "\n"


def _lines(record: Any, indent: str, seeded: frozenset[str]) -> Iterator[str]:
    """The settings of one record, those of its groups indented below their names.

    `seeded` are the groups whose seed is the run's; an empty name stands for the group at hand.
    """
    meanings, types = field_docs(type(record)), get_type_hints(type(record))
    for field in fields(record):
        value, kind = getattr(record, field.name), types[field.name]
        yield from _comment(_meaning(kind, meanings.get(field.name, "")), indent)
        if is_dataclass(value):
            yield f"{indent}{field.name}:"
            inside = frozenset({""}) if field.name in seeded else frozenset()
            yield from _lines(value, indent + "  ", inside)
        elif field.name == "seed" and "" in seeded:
            yield f"{indent}seed: ${{seed}}"
        else:
            # The name too: YAML reads the key `on` as True unless it is in quotes.
            yield f"{indent}{_written(field.name)}: {_written(literal(value))}"


def _meaning(kind: Any, said: str) -> str:
    """What is said of a field; for a group what its class says; the choices where they are few."""
    if is_dataclass(kind):
        return said or inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"{said} One of {', '.join(str(one.value) for one in kind)}.".strip()
    return said


def _comment(text: str, indent: str) -> list[str]:
    width = _WIDTH - len(indent)
    return [f"{indent}# {line}" for line in textwrap.wrap(" ".join(text.split()), width)]


def _written(value: Any) -> str:
    plain = str(value.value) if isinstance(value, Enum) else value
    written = yaml.dump(
        plain, Dumper=_OneLine, default_flow_style=True, allow_unicode=True, width=10_000
    )
    return str(written).replace("\n...\n", "").strip()


class _OneLine(yaml.SafeDumper):
    """Writes the breaks of a text as escapes: as lines some are read back as blanks."""

    def analyze_scalar(self, scalar: str) -> Any:
        """What YAML may write a text as."""
        found = super().analyze_scalar(scalar)
        found.allow_single_quoted &= not found.multiline
        return found


def field_docs(record: type) -> dict[str, str]:
    """The text under each field of a dataclass, by the field's name."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(record)))
    body = tree.body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for statement, following in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
        ):
            found[statement.target.id] = inspect.cleandoc(str(following.value.value))
    return found
