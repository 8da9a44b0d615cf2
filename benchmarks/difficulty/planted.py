"""Problems of the sample's generator with references that are planted wrong, in four ways."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random

from benchmarks.sample.chains import Style
from benchmarks.sample.compose import ProblemMix, rng_for
from benchmarks.sample.faults import Fault
from benchmarks.sample.problems import Problem, draw_from, write_chain
from benchmarks.sample.program import Node, Notation, Op, Program, apply, reevaluate

_SEED = 1001
_NUMERAL = re.compile(r"(?<![\w.])\d+(?![\w.]*\d)")
_OTHER = {Op.ADD: Op.SUBTRACT, Op.SUBTRACT: Op.ADD, Op.MULTIPLY: Op.ADD, Op.DIVIDE: Op.SUBTRACT}
_OFF_BY = (1, -1, 10, 2)


class Kind(StrEnum):
    """What was done to a row."""

    SLIP = "slip of the chain's is the reference"
    OPERATION = "wrong operation, every equation true"
    MISREAD = "number misread, every equation true"
    REFERENCE = "right chain, wrong reference"
    NONE = "nothing wrong"


_TURNS = (Kind.NONE, Kind.SLIP, Kind.NONE, Kind.OPERATION,
          Kind.NONE, Kind.MISREAD, Kind.NONE, Kind.REFERENCE)  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """A row, and what is wrong with it."""

    question: str
    chain: str
    """With a last line that states the chain's answer."""
    reference: str
    steps: int
    kind: Kind


def plant(count: int, half: int) -> list[Planted]:
    """So many rows, the kinds in turns, every second one right.

    Args:
        count: rows.
        half: 0 for the rows to choose a rule on, 1 for as many others.
    """
    rows = _rows(half)
    return [next(rows) for _ in range(count)]


def _rows(half: int) -> Iterator[Planted]:
    index = half
    made = 0
    while True:
        row = _plant(_TURNS[made % len(_TURNS)], rng_for(_SEED, index))
        index += 2
        if row is not None:
            made += 1
            yield row


def _plant(kind: Kind, rng: Random) -> Planted | None:
    """A row of a kind, None where the problem that is drawn cannot carry it."""
    problem = draw_from(ProblemMix(), rng)
    told: Problem | None = problem
    if kind is Kind.OPERATION:
        told = _with_other_operation(problem, rng)
    if told is None:
        return None
    style = rng.choice(list(Style))
    notation = rng.choice((Notation.ASCII, Notation.ASCII, Notation.ANNOTATED))
    fault = Fault.WRONG if kind is Kind.SLIP else Fault.NONE
    chain = write_chain(told, style, notation, fault, rng)
    if chain is None:
        return None
    question: str | None = problem.question
    if kind is Kind.MISREAD:
        question = _with_other_number(problem.question, chain.text, rng)
    if question is None:
        return None
    reference = chain.answer + (rng.choice(_OFF_BY) if kind is Kind.REFERENCE else 0)
    text = f"{chain.text}\n#### {chain.answer}"
    return Planted(question, text, str(reference), problem.steps, kind)


def _with_other_operation(problem: Problem, rng: Random) -> Problem | None:
    """The problem as one reads it who adds where one must subtract, or the like."""
    program = problem.story.program
    at = rng.choice(range(len(program.nodes)))
    node = program.nodes[at]
    if node.op not in _OTHER:
        return None
    other = _OTHER[node.op]
    value = apply(other, [program.nodes[i].value for i in node.operands])
    values = None if value is None else reevaluate(program, at, value)
    if values is None or values[program.target] == problem.answer:
        return None
    nodes = [
        Node(other if i == at else one.op, one.operands, value)
        for i, (one, value) in enumerate(zip(program.nodes, values, strict=True))
    ]
    story = replace(problem.story, program=Program(tuple(nodes), program.target))
    return replace(problem, story=story)


def _with_other_number(question: str, chain: str, rng: Random) -> str | None:
    """The question with one of the numbers that the chain uses changed a little."""
    found = [one for one in _NUMERAL.finditer(question) if one[0] in _NUMERAL.findall(chain)]
    said = [one[0] for one in found]
    once = [one for one in found if said.count(one[0]) == 1]
    if not once:
        return None
    number = rng.choice(once)
    other = int(number[0]) + rng.choice((1, 2, 10))
    return question[: number.start()] + str(other) + question[number.end() :]
