r"""Logical complexity of a chain of thought, from the live part of its dependency graph.

    LC = ln(1+n) + s (.1 D(depth) + .1 D(joins) + .25 D(terms) + .1 D(concepts) + .1 D(equations)
         + .1 D(operators) + .05 (H - .7)) + .35 m (ln(1+p) - 3.22) + .1 min(3, v) / 3
    D(x) = ln(1+x) - ln(1+n) - c(x)

Where the question asks how much, and the chain is unstructured and without any equation, sentences
are no steps, and what they speak of takes the place of ln(1+n): .5 ln(1+terms) + .5 ln(1+concepts)
- 1.

n is the number of live steps; in an unstructured chain that marks its conclusions, of the steps
that infer and a quarter of the others. With the D(x) LC is the logarithm of a weighted geometric
mean of n and six other counts of the live part, each over its usual ratio exp(c(x)) to n: c is
-.15 for depth, -1.15 for joins, .5 for terms and concepts, -.65 for equations, .6 for operators. H
is the entropy of its operations in nats. s = 1 where the chain is structured, else 0. p, the
premises, counts the distinct words of the question, in Chinese the pairs of characters; m = 1 where
the question is a quantitative one. v counts verifications and corrections. All of it stands in
columns of schema.CHAINS: n is weighted_steps, H operation_entropy, s structured, p premises, m
quantitative.

Source: ours. The first formula was ln(1+n) + .5 ln(1+depth) + .25 ln(1+joins) + .25 ln(1+width)
+ .25 H + .25 min(3, v) / 3. The weights here were fitted on the even rows of the label studies of
benchmarks/contribution, rounded, and checked on the odd rows: what people call more complex has
more premises and more distinct terms; depth, joins and H add little, and width nothing.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from rbic.core.dependencies import Graph, concludes
from rbic.core.lexicon import BACKTRACK, CONCLUDE, VERIFY
from rbic.core.live_part import LIVE, SUPPORTING, UNUSED, Status
from rbic.core.step_facts import Facts, chinese_pairs

_OPERATORS = ("=", "+", "*", "/", "^", "<", ">", "≤", "≥", "≡", "frac", "sqrt", "nthroot")
_STATEMENT_WEIGHT = 0.25
_MIN_NUMBERS = 3
_ASKS_HOW_MUCH = ("how many", "how much", "how long", "how far", "how old", "多少", "几")
_SMALL = frozenset((0, 1, 2))
_NO_WORDS: frozenset[str] = frozenset()


class Measures(NamedTuple):
    """What the live part of a chain measures; `weighted_steps` is n of LC."""

    live_steps: int
    depth: int
    width: int
    joins: int
    reuse: int
    operations: int
    operation_entropy: float
    verifications: int
    corrections: int
    inferences: int
    equations: int
    operators: int
    terms: int
    concepts: int
    structured: bool
    weighted_steps: float


def measure(
    facts: Sequence[Facts],
    graph: Graph,
    statuses: Sequence[Status],
    texts: Sequence[str],
    topics: Sequence[frozenset[str]],
) -> Measures:
    """Measure the live part of a chain.

    Args:
        facts: what each step uses and gives.
        graph: the dependencies.
        statuses: what each step is to the answer.
        texts: the steps.
        topics: the content words of each step.

    Returns:
        Its size, depth, width and so on; each 0 for a chain without live steps.
    """
    live = [index for index, status in enumerate(statuses) if status <= SUPPORTING]
    said = [facts[index] for index in live]
    text = "\n".join([texts[index] for index in live])
    depth, width, joins, reuse = _shape(graph, statuses, live)
    operations = _count_operations(said)
    structured = _is_structured(said)
    inferences = len([step for step in said if _infers(step)])
    weighted_steps: float = float(len(live))
    if not structured and concludes(facts):
        weighted_steps = inferences + _STATEMENT_WEIGHT * (len(live) - inferences)
    symbols = _NO_WORDS.union(*[step.symbols for step in said if step.symbols])
    verifications, corrections = _count_checks(facts, statuses)
    return Measures(
        len(live),
        depth,
        width,
        joins,
        reuse,
        len(operations),
        entropy(operations),
        verifications,
        corrections,
        inferences,
        sum([len(step.equations) for step in said]),
        sum(map(text.count, _OPERATORS)),
        len(_NO_WORDS.union(*[step.numerals for step in said])) + len(symbols),
        len(_NO_WORDS.union(*[topics[index] for index in live])),
        structured,
        weighted_steps,
    )


def _shape(
    graph: Graph, statuses: Sequence[Status], live: Sequence[int]
) -> tuple[int, int, int, int]:
    """Depth, width, joins and reuse of the live graph."""
    level: dict[int, int] = {}
    wide: dict[int, int] = {}
    uses: dict[int, int] = {}
    joins = 0
    for index in live:
        if statuses[index] is not LIVE:
            continue
        above = 0
        parents = graph.parents[index]
        for parent in parents:
            uses[parent] = uses.get(parent, 0) + 1
            if level.get(parent, 0) > above:
                above = level[parent]
        joins += len(parents) > 1
        level[index] = above + 1
        wide[above + 1] = wide.get(above + 1, 0) + 1
    if not level:
        return 0, 0, 0, 0
    reuse = len([count for count in uses.values() if count > 1])
    return max(wide), max(wide.values()), joins, reuse


def _count_operations(said: Sequence[Facts]) -> dict[str, int]:
    """How often each operation and kind of inference occurs."""
    counts: dict[str, int] = {}
    for step in said:
        for equation in step.equations:
            for sign in equation.operations:
                counts[sign] = counts.get(sign, 0) + 1
        for kind in step.kinds:
            counts[kind] = counts.get(kind, 0) + 1
    return counts


def _is_structured(said: Sequence[Facts]) -> bool:
    """Whether values or symbols show how the steps hang together.

    At least half of them carry a number above 2 or a symbol, and one of them states a relation:
    in prose that merely mentions numbers no dependencies are to be seen.
    """
    visible = 0
    related = False
    for step in said:
        related = related or bool(step.equations) or step.defines
        if step.equations or step.symbols or not _SMALL.issuperset(step.values):
            visible += 1
    return related and 2 * visible >= len(said)


def _infers(step: Facts) -> bool:
    """Whether a step states what follows from others, or asks for it."""
    return (
        bool(step.equations or step.references)
        or step.asks
        or step.role is CONCLUDE
        or step.role is VERIFY
    )


def entropy(counts: dict[str, int]) -> float:
    """The entropy in nats of the distribution that `counts` are drawn from."""
    total = sum(counts.values())
    return -sum([n / total * math.log(n / total) for n in counts.values()]) if total else 0.0


def _count_checks(facts: Sequence[Facts], statuses: Sequence[Status]) -> tuple[int, int]:
    """Verifications and corrections.

    A verification is a step that checks something and is neither said again nor off the topic; a
    correction is a step back that a live step follows before the next step back.
    """
    verifications = corrections = 0
    pending = False
    for step, status in zip(facts, statuses, strict=True):
        if step.role is VERIFY:
            verifications += status <= UNUSED
        elif step.role is BACKTRACK:
            pending = True
            continue
        if pending and status is LIVE:
            corrections, pending = corrections + 1, False
    return verifications, corrections


class Premises(NamedTuple):
    """The breadth of what a question gives; `quantitative` where it is about numbers.

    `asks` says that it asks how much, which makes it quantitative too.
    """

    breadth: int
    quantitative: bool
    asks: bool


def premises_of(question: str, words: Sequence[str], numbers: int) -> Premises:
    """Count what a question gives.

    Args:
        question: in plain notation.
        words: its words.
        numbers: its distinct numbers.

    Returns:
        Its distinct words and pairs of Chinese characters; whether it has three numbers, a formula
        or an equation, or asks how much; and whether it does the last.
    """
    breadth = len(set(words))
    if not question.isascii():
        breadth += len(chinese_pairs(question))
    # 几何 is geometry, and asks nothing.
    low = question.lower().replace("几何", "")
    asks = any([phrase in low for phrase in _ASKS_HOW_MUCH])
    return Premises(
        breadth, asks or numbers >= _MIN_NUMBERS or "$" in question or "=" in question, asks
    )


def logical_complexity(measures: Measures, premises: Premises) -> float:
    """LC as the docstring of this module has it, at least 0; 0 without live steps."""
    if measures.live_steps == 0:
        return 0.0
    log = math.log1p
    complexity = size = log(measures.weighted_steps)
    if measures.structured:
        complexity += (
            0.1 * (log(measures.depth) - size + 0.15)
            + 0.1 * (log(measures.joins) - size + 1.15)
            + 0.25 * (log(measures.terms) - size - 0.5)
            + 0.1 * (log(measures.concepts) - size - 0.5)
            + 0.1 * (log(measures.equations) - size + 0.65)
            + 0.1 * (log(measures.operators) - size - 0.6)
            + 0.05 * (measures.operation_entropy - 0.7)
        )
    elif premises.asks and not measures.equations:
        complexity = 0.5 * log(measures.terms) + 0.5 * log(measures.concepts) - 1
    if premises.quantitative:
        complexity += 0.35 * (log(premises.breadth) - 3.22)
    checks = min(3, measures.verifications + measures.corrections)
    return max(0.0, complexity + 0.1 * checks / 3)
