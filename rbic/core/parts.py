"""The parts of a sample, read from a row by its layout.

A row that lacks a part is a fault that names the field, what it holds and what was expected.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rbic.core.layouts import Layout
from rbic.core.rows import Fault, text_fault
from rbic.schema import RejectReason

_USERS = frozenset({"user", "human"})
_ASSISTANTS = frozenset({"assistant", "gpt", "model", "bot"})
_OPTION_LABEL = re.compile(r"^\s*\(?([A-J])\s*[).:、．]\s*")
# Some corpora hold the two characters \n where a line should end; before a lower-case letter they
# begin a LaTeX command (\neq, \nu).
_WRITTEN_LINE_END = re.compile(r"(?<!\\)\\n(?![a-z])")

# What stands where no chain was written. A letter or number alone stays: it states an answer.
_PLACEHOLDERS = frozenset(
    ("n/a", "n.a", "na", "nil", "none", "null", "nan", "omitted", "tbd", "no solution", "略",
     "暂无", "暂无解析", "此题暂无解析", "无", "无解析", "解析略", "答案略", "见解析", "略解")
)  # fmt: skip
_LONGEST_PLACEHOLDER = 20


@dataclass(frozen=True)
class Parts:
    """The parts of one row."""

    question: str
    chain: str
    answer: str | None
    options: tuple[str, ...] | None
    pass_rate: float | None
    licence: str | None


def read_parts(
    row: Mapping[str, Any], layout: Layout, chain_required: bool = True
) -> Parts | Fault:
    """The parts of a row.

    Returns:
        The parts, the question not empty, nor the chain where one is required; or the fault: a
        field missing, empty, or of a type that does not fit. A chain that says only that there is
        none (`N/A`, 略) is empty.
    """
    read = _conversation if layout.conversation else _question_and_chain
    texts = read(row, layout, chain_required)
    if isinstance(texts, Fault):
        return texts
    question, chain = texts
    if _is_placeholder(chain):
        if chain_required:
            return Fault(RejectReason.EMPTY_FIELD, f"the chain says only {chain.strip()!r}")
        chain = ""
    for field, text in (("question", question), ("chain", chain)):
        if not text.strip() and (field == "question" or chain_required):
            return Fault(RejectReason.EMPTY_FIELD, f"the {field} is empty ({layout.describe()})")
        fault = text_fault(field, text)
        if fault:
            return fault
    answer = _answer(row, layout)
    options = _options(row.get(layout.options)) if layout.options else None
    pass_rate = _pass_rate(row, layout)
    licence = _scalar(row.get(layout.licence)) if layout.licence else None
    fault = text_fault(str(layout.licence), licence) if licence else None
    for value in (answer, options, pass_rate, fault):
        if isinstance(value, Fault):
            return value
    assert not isinstance(answer, Fault)
    assert not isinstance(options, Fault)
    assert not isinstance(pass_rate, Fault)
    if options:
        question = with_options(question, options)
    return Parts(question, chain, answer, options, pass_rate, licence)


def _is_placeholder(chain: str) -> bool:
    """Whether a chain says only that there is none."""
    if len(chain) > _LONGEST_PLACEHOLDER:
        return False
    return chain.strip(" \t\r\n.。．…*$()（）[]【】<>-_").lower() in _PLACEHOLDERS


def _question_and_chain(
    row: Mapping[str, Any], layout: Layout, chain_required: bool
) -> tuple[str, str] | Fault:
    texts = []
    for fields, required in ((layout.question, True), (layout.chain, chain_required)):
        present = [name for name in fields if name in row]
        if not present and required:
            wanted = " or ".join(repr(name) for name in fields)
            return Fault(RejectReason.MISSING_FIELD, f"no field {wanted}; fields: {_names(row)}")
        parts = [_text(row[name]) for name in present]
        for name, part in zip(present, parts, strict=True):
            if part is None:
                return _wrong_type(name, row[name], "text")
        texts.append("\n".join(part for part in parts if part))
    return texts[0], texts[1]


def _conversation(
    row: Mapping[str, Any], layout: Layout, chain_required: bool
) -> tuple[str, str] | Fault:
    name = layout.conversation
    assert name is not None
    if name not in row:
        return Fault(RejectReason.MISSING_FIELD, f"no field {name!r}; fields: {_names(row)}")
    turns = row[name]
    if not isinstance(turns, list):
        return _wrong_type(name, turns, "a list of turns")
    spoken = []
    for turn in turns:
        read = _turn(turn)
        if read is None:
            return _wrong_type(name, turn, "turns with a role and a text")
        spoken.append(read)
    last = max((i for i, (role, _) in enumerate(spoken) if role in _ASSISTANTS), default=None)
    if last is None and chain_required:
        return Fault(RejectReason.MISSING_FIELD, f"field {name!r} has no assistant turn")
    before = [text for role, text in spoken[:last] if role in _USERS | _ASSISTANTS]
    return "\n\n".join(before), "" if last is None else spoken[last][1]


def _turn(turn: object) -> tuple[str, str] | None:
    """Role and text of a turn in the style of `messages` or of ShareGPT."""
    if not isinstance(turn, dict):
        return None
    role = turn.get("role", turn.get("from"))
    text = _text(_joined(turn.get("content", turn.get("value"))))
    if not isinstance(role, str) or text is None:
        return None
    thought = turn.get("reasoning_content")
    if isinstance(thought, str) and thought.strip():
        text = f"<think>\n{thought.strip()}\n</think>\n\n{text}"
    return role.lower(), text


def _joined(content: object) -> object:
    """The texts of content parts (`[{"type": "text", "text": ...}]`) as a list; all else as it is.

    A part that is no text, such as an image, leaves the content unreadable.
    """
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        return content
    return [part.get("text") for part in content]


def _text(value: object) -> str | None:
    """A field's text: a string, or a list of strings joined with line ends; None if neither."""
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = "\n".join(value)
    if not isinstance(value, str):
        return None
    return _WRITTEN_LINE_END.sub("\n", value)


def _scalar(value: object) -> str | None:
    """A string, number or truth value as text; None for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _answer(row: Mapping[str, Any], layout: Layout) -> str | Fault | None:
    value = row.get(layout.answer) if layout.answer else None
    if value is None or value in ("", []):
        return None
    text = _text(value) if isinstance(value, list) else _scalar(value)
    if text is None:
        return _wrong_type(str(layout.answer), value, "a string, a number or a list of strings")
    return text_fault(str(layout.answer), text) or text.strip()


def _options(value: object) -> tuple[str, ...] | Fault | None:
    """Options A first, from a list of strings, TAL's nested lists, ARC's dict, or letters' dict."""
    if not value:
        return None
    if isinstance(value, dict) and isinstance(value.get("text"), list):
        value = value["text"]
    elif isinstance(value, dict):
        value = [value[key] for key in sorted(value)]
    texts = [_option(option) for option in value] if isinstance(value, list) else [None]
    found = [text for text in texts if text is not None]
    if len(found) < len(texts):
        return _wrong_type("options", value, "a list of texts")
    for text in found:
        fault = text_fault("options", text)
        if fault:
            return fault
    labels = [_OPTION_LABEL.match(text) for text in found]
    if all(label and label[1] == "ABCDEFGHIJ"[i : i + 1] for i, label in enumerate(labels)):
        found = [_OPTION_LABEL.sub("", text) for text in found]
    return tuple(text.strip() for text in found)


def _option(value: object) -> str | None:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("content", value.get("text"))
    return _scalar(value)


def with_options(question: str, options: Sequence[str]) -> str:
    """The question with its options below, unless it holds them already."""
    if all(option in question for option in options):
        return question
    lines = [f"{'ABCDEFGHIJ'[i : i + 1] or i + 1}. {text}" for i, text in enumerate(options)]
    return "\n".join([question, *lines])


def _pass_rate(row: Mapping[str, Any], layout: Layout) -> float | Fault | None:
    value = row.get(layout.pass_rate) if layout.pass_rate else None
    # Parquet writes a missing number as NaN.
    if value is None or value != value:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return _wrong_type(str(layout.pass_rate), value, "a number in [0, 1]")
    return float(value)


def _names(row: Mapping[str, Any]) -> str:
    names = ", ".join(sorted(str(name) for name in row)[:20]) or "none"
    return names.encode("utf-8", "backslashreplace").decode()


def _wrong_type(field: str, value: object, expected: str) -> Fault:
    shown = repr(value)
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    detail = f"field {field!r}: expected {expected}, got {type(value).__name__} {shown}"
    return Fault(RejectReason.WRONG_TYPE, detail)
