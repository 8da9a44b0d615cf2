"""Which fields of a row hold the question, the chain, the answer and what else is known.

A layout is found from a file's first rows by the field names that public corpora use, or given by
hand.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

_CONVERSATIONS = ("messages", "conversations", "conversation")
_QUESTIONS = ("question", "problem", "query", "prompt", "instruction", "input")
_REASONINGS = ("thinking", "reasoning", "reasoning_content")
_REPLIES = ("response", "output", "completion", "solution", "answer")
_CHAINS = (
    "solution", "chain_of_thought", "cot", "rationale", "explanation", "answer_analysis",
    "analysis", *_REASONINGS, "generation", "response", "output", "completion", "answer",
)  # fmt: skip
_ANSWERS = (
    "final_answer", "answer_value", "expected_answer", "gold_answer", "ground_truth",
    "correct_answer", "gold", "gt", "answer", "answerkey", "correct", "target", "label",
)  # fmt: skip
_OPTIONS = ("options", "choices", "answer_option_list")
_PASS_RATES = ("pass_rate", "success_rate", "solve_rate")
_LICENCES = ("licence", "license")


@dataclass(frozen=True)
class Layout:
    """Where the parts of a sample lie in a row."""

    question: tuple[str, ...] = ()
    """Fields joined with a line end; empty ones are left out."""
    chain: tuple[str, ...] = ()
    """Fields joined with a line end."""
    conversation: str | None = None
    """A field of turns; then the last assistant turn is the chain, and what comes before it,
    without system turns, the question."""
    answer: str | None = None
    """None: the answer is what the chain states."""
    options: str | None = None
    pass_rate: str | None = None
    licence: str | None = None

    def to_json(self) -> str:
        """The layout as JSON, to be read back by `layout_from_json`."""
        return json.dumps(asdict(self))

    def describe(self) -> str:
        """The layout in words, for the log."""
        if self.conversation:
            parts = [f"conversation={self.conversation}"]
        else:
            parts = [f"question={'+'.join(self.question)}"]
            parts += [f"chain={'+'.join(self.chain)}"] if self.chain else []
        for name in ("answer", "options", "pass_rate", "licence"):
            value = getattr(self, name)
            if value:
                parts.append(f"{name}={value}")
        if not self.answer and (self.chain or self.conversation):
            parts.append("answer as the chain states it")
        return ", ".join(parts)


def layout_from_json(text: str) -> Layout:
    """The layout that `Layout.to_json` wrote."""
    fields = json.loads(text)
    question, chain = tuple(fields.pop("question")), tuple(fields.pop("chain"))
    return Layout(question=question, chain=chain, **fields)


def find_layout(
    rows: Sequence[Mapping[str, Any]], given: Layout | None = None, chain_required: bool = True
) -> Layout:
    """The layout of rows, from the names of the fields that at least half of them fill.

    Args:
        rows: some parsed rows of one file, at least one.
        given: parts fixed by hand; they are taken as they are.
        chain_required: without it a field that may hold either chain or answer is the answer, and
            there need be no chain.

    Raises:
        ValueError: no field looks like a question, or none like a chain and one is required; the
            message lists the fields there are.
    """
    given = given or Layout()
    filled = _filled_fields(rows)
    found = Layout(
        options=given.options or _first(_OPTIONS, filled),
        pass_rate=given.pass_rate or _first(_PASS_RATES, filled),
        licence=given.licence or _first(_LICENCES, filled),
    )
    conversation = given.conversation or (
        None if given.question or given.chain else _first(_CONVERSATIONS, filled)
    )
    if conversation:
        answer = given.answer or _first(_ANSWERS, filled)
        return replace(found, conversation=conversation, answer=answer)
    question = given.question or _question_fields(filled)
    free = [name for name in filled if name not in question]
    first = None if chain_required or given.chain else given.answer or _first(_ANSWERS, free)
    chain = given.chain or _chain_fields([name for name in free if name != first])
    for part, fields in (("question", question), ("chain", chain)):
        if not fields and (part == "question" or chain_required):
            raise ValueError(
                f"no field looks like the {part}; fields are {sorted(filled)}; "
                f"set ingest.fields.{part}"
            )
    answer = given.answer or _first(_ANSWERS, [name for name in free if name not in chain])
    return replace(found, question=question, chain=chain, answer=answer)


def _filled_fields(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Fields that hold something in at least half of the rows, in order of first appearance."""
    counts: dict[str, int] = {}
    for row in rows:
        for name, value in row.items():
            counts[name] = counts.get(name, 0) + (value not in (None, "", [], {}))
    return [name for name, count in counts.items() if count > 0 and 2 * count >= len(rows)]


def _first(names: Sequence[str], fields: Sequence[str]) -> str | None:
    """The first of `names` that is a field, whatever the field's case."""
    by_name = {field.lower(): field for field in reversed(fields)}
    return next((by_name[name] for name in names if name in by_name), None)


def _question_fields(filled: Sequence[str]) -> tuple[str, ...]:
    question = _first(_QUESTIONS, filled)
    if question is None:
        return ()
    # Alpaca's `input` completes the instruction and is mostly empty, so it need not be filled.
    return (question, "input") if question.lower() == "instruction" else (question,)


def _chain_fields(free: Sequence[str]) -> tuple[str, ...]:
    chain = _first(_CHAINS, free)
    if chain is None:
        return ()
    if chain.lower() in _REASONINGS:
        reply = _first(_REPLIES, free)
        return (chain, reply) if reply else (chain,)
    return (chain,)
