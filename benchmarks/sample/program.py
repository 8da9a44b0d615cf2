"""A problem as a small program: given quantities and quantities derived from them.

A program is a directed acyclic graph in topological order: each node names the earlier nodes that
it is computed from. All values are integers, so that every equation can be recomputed exactly.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

LARGEST_VALUE = 999
"""Values stay in [1, 999]: at most three digits, which a model of two million weights can learn."""


class Op(StrEnum):
    """How a node gets its value."""

    GIVEN = "given"  # stated in the question as a numeral
    CONSTANT = "constant"  # meant by the wording: 2 in "twice", 7 days in a week
    ADD = "add"
    SUBTRACT = "subtract"
    MULTIPLY = "multiply"
    DIVIDE = "divide"
    REMAINDER = "remainder"
    GCD = "gcd"
    LCM = "lcm"
    DIGIT_SUM = "digit_sum"
    MEAN = "mean"
    MAXIMUM = "maximum"
    MINIMUM = "minimum"
    PERCENT = "percent"


LEAVES = frozenset({Op.GIVEN, Op.CONSTANT})


class Node(NamedTuple):
    """One quantity: its operation, the indices of its operands (earlier nodes) and its value."""

    op: Op
    operands: tuple[int, ...]
    value: int


@dataclass(frozen=True, slots=True)
class Program:
    """Nodes in topological order, and the index of the one that is asked for."""

    nodes: tuple[Node, ...]
    target: int


class Notation(StrEnum):
    """How equations are written in a chain."""

    ASCII = "ascii"  # 12 * 3 = 36
    LATEX = "latex"  # $12 \times 3 = 36$
    SCHOOL = "school"  # 12 × 3 = 36
    ANNOTATED = "annotated"  # 12 * 3 = <<12*3=36>>36, the calculator marks of GSM8K


def apply(op: Op, values: Sequence[int]) -> int | None:
    """Carry out one operation.

    Args:
        op: any operation but a leaf.
        values: its operands.

    Returns:
        The result, or None where it is not an integer in [1, 999] or the question would be odd: a
        remainder by a larger number, the digit sum of a single digit.
    """
    result = _OPERATIONS[op](*values)
    if result is None or not 0 < result <= LARGEST_VALUE:
        return None
    return result


def _divide(a: int, b: int) -> int | None:
    return a // b if b > 0 and a % b == 0 else None


def _remainder(a: int, b: int) -> int | None:
    return a % b if a > b > 0 else None


def _digit_sum(a: int) -> int | None:
    return sum(map(int, str(a))) if a > 9 else None


def _mean(*values: int) -> int | None:
    return _divide(sum(values), len(values))


_OPERATIONS: dict[Op, Callable[..., int | None]] = {
    Op.ADD: lambda a, b: a + b,
    Op.SUBTRACT: lambda a, b: a - b,
    Op.MULTIPLY: lambda a, b: a * b,
    Op.DIVIDE: _divide,
    Op.REMAINDER: _remainder,
    Op.GCD: math.gcd,
    Op.LCM: math.lcm,
    Op.DIGIT_SUM: _digit_sum,
    Op.MEAN: _mean,
    Op.MAXIMUM: max,
    Op.MINIMUM: min,
    Op.PERCENT: lambda a, p: _divide(a * p, 100),
}

_INFIX = {Op.ADD: "+", Op.SUBTRACT: "-", Op.MULTIPLY: "*", Op.DIVIDE: "/"}
_CALL = {Op.GCD: "gcd", Op.LCM: "lcm", Op.MAXIMUM: "max", Op.MINIMUM: "min"}


def left_side(op: Op, values: Sequence[int]) -> str:
    """Write the left side of the equation, which evaluates to the result of `op`."""
    if op in _INFIX:
        return f"{values[0]} {_INFIX[op]} {values[1]}"
    if op in _CALL:
        return f"{_CALL[op]}({', '.join(map(str, values))})"
    if op is Op.REMAINDER:
        return f"{values[0]} - {values[1]} * {values[0] // values[1]}"
    if op is Op.DIGIT_SUM:
        return " + ".join(str(values[0]))
    if op is Op.MEAN:
        return f"({' + '.join(map(str, values))}) / {len(values)}"
    return f"{values[0]} * {values[1]} / 100"


def equation(op: Op, values: Sequence[int], result: int, notation: Notation) -> str:
    """Write an equation, true or not, such as `12 * 3 = 36`."""
    left = left_side(op, values)
    match notation:
        case Notation.ASCII:
            return f"{left} = {result}"
        case Notation.LATEX:
            left = left.replace("*", r"\times").replace("/", r"\div")
            for name in _CALL.values():
                left = left.replace(f"{name}(", f"\\{name}(" if name != "lcm" else r"\text{lcm}(")
            return f"${left} = {result}$"
        case Notation.SCHOOL:
            return f"{left.replace('*', '×').replace('/', '÷')} = {result}"
        case Notation.ANNOTATED:
            return f"{left} = <<{left.replace(' ', '')}={result}>>{result}"


def needed_steps(program: Program) -> tuple[int, ...]:
    """The derived nodes that the target rests on, itself included, in order."""
    live = {program.target}
    for index in range(program.target, -1, -1):
        if index in live:
            live.update(program.nodes[index].operands)
    return tuple(i for i in sorted(live) if program.nodes[i].op not in LEAVES)


def depth(program: Program) -> int:
    """The number of derived nodes on the longest path from a leaf to the target."""
    levels: list[int] = []
    for node in program.nodes:
        below = max((levels[i] for i in node.operands), default=0)
        levels.append(below + (node.op not in LEAVES))
    return levels[program.target]


def reevaluate(program: Program, slip: int, slipped_value: int) -> tuple[int, ...] | None:
    """The values of all nodes after one node got a wrong value, the later ones recomputed.

    Returns:
        One value a node, or None where a later operation has no result on the wrong values.
    """
    values: list[int] = []
    for index, node in enumerate(program.nodes):
        if index == slip:
            values.append(slipped_value)
        elif node.op in LEAVES:
            values.append(node.value)
        else:
            result = apply(node.op, [values[i] for i in node.operands])
            if result is None:
                return None
            values.append(result)
    return tuple(values)
