"""Analyse a chain of thought: its steps, what each rests on, what fails, what it is worth.

The one entry point of the analysis; pure, deterministic, and linear in the length of the chain.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rbic.core.branches import abandoned_steps, goes_back
from rbic.core.complexity import logical_complexity, measure, premises_of
from rbic.core.conclusions import Statement, answer_values, contradicts, ending_of, stated_answer
from rbic.core.dependencies import Graph, Topics, is_wordy, link_steps
from rbic.core.equations import defines_operation, not_judged
from rbic.core.grounds import assumes_answer, left_out, premise_numerals
from rbic.core.integrity import (
    ChainRule,
    Grounds,
    bare_statement,
    find_defects,
    integrity,
    is_unreached,
    real_leaps,
    stops_short,
)
from rbic.core.live_part import Reading, Status, find_statuses
from rbic.core.notation import plain_notation
from rbic.core.quantities import NUMBER, Value, magnitude, parse_number, quantities
from rbic.core.repeats import find_repeats, is_looping
from rbic.core.restatements import find_restatements
from rbic.core.step_facts import Facts, read_step, topics, words_of
from rbic.core.steps import Step, split_steps
from rbic.core.tokens import words_in
from rbic.schema import CHAINS


class StepReport(NamedTuple):
    """One step of a chain: what it says, what it is to the answer, and which steps it uses.

    `original` is the step that it repeats, -1 where it repeats none; `leaps` are its operands that
    come from nowhere.
    """

    text: str
    facts: Facts
    status: Status
    parents: tuple[int, ...]
    original: int
    leaps: tuple[Value, ...]


class ChainReport(NamedTuple):
    """The columns of schema.CHAINS after sample_id, in order; then what tells how they came."""

    steps: int
    live_steps: int
    weighted_steps: float
    depth: int
    width: int
    joins: int
    reuse: int
    edges: int
    operations: int
    operation_entropy: float
    verifications: int
    corrections: int
    inferences: int
    equations: int
    operators: int
    terms: int
    concepts: int
    premises: int
    quantitative: bool
    asks_how_much: bool
    live_share: float
    repeated: float
    failed_share: float
    leaps: float
    checked: int
    false_equations: int
    contradicted: bool
    unreached: bool
    assumed: bool
    left_out: float
    truncated: bool
    announced: bool
    open_end: bool
    looping: bool
    structured: bool
    logical_complexity: float
    integrity: float
    step_reports: tuple[StepReport, ...] = ()
    stated_answer: str | None = None


class _Question:
    """What a question gives; its words are read only when its digits do not settle it."""

    def __init__(self, question: str) -> None:
        self.text = plain_notation(question)
        self.words = words_of(self.text)
        self.numerals = NUMBER.findall(self.text)
        self.digits = set(map(parse_number, self.numerals))
        self.said: set[Value] | None = None

    def gives(self, value: Value) -> bool:
        """Whether the question gives a value, in digits, words or parts."""
        if value in self.digits:
            return True
        if self.said is None:
            self.said = quantities(words_in(self.text))
        return value in self.said


class _Linked(NamedTuple):
    """A chain cut into steps, each of them read, and how they hang together."""

    steps: list[Step]
    texts: list[str]
    unclosed: bool
    facts: list[Facts]
    topics: list[frozenset[str]]
    subject: Topics | None
    abandoned: set[int]
    originals: list[int]
    graph: Graph


def _link(plain: str, asked: _Question) -> _Linked:
    """Cut a chain in plain notation into steps, read them and find their dependencies."""
    steps, unclosed = split_steps(plain)
    texts = [step.text for step in steps]
    words = [words_of(text) for text in texts]
    abandoned = abandoned_steps(texts) if goes_back(plain) else set()
    facts = [read_step(step, said) for step, said in zip(steps, words, strict=True)]
    if any([step.claims_falsely() for step in facts]) and defines_operation(asked.text):
        facts = [step._replace(equations=list(map(not_judged, step.equations))) for step in facts]
    step_topics = [topics(text, said) for text, said in zip(texts, words, strict=True)]
    originals = find_repeats(words, [step.block for step in steps], abandoned)
    originals = find_restatements(facts, steps, step_topics, originals)
    left_out = abandoned.union([at for at, original in enumerate(originals) if original >= 0])
    wordy = any([is_wordy(step) for step in facts])
    subject = Topics(topics(asked.text, asked.words), step_topics) if wordy else None
    graph = link_steps(facts, left_out, asked.gives, subject)
    return _Linked(steps, texts, unclosed, facts, step_topics, subject, abandoned, originals, graph)


def analyse_chain(
    question: str,
    chain: str,
    answer: str | None,
    options: Sequence[str] | None,
    rule: ChainRule,
) -> ChainReport:
    """Analyse one chain of thought.

    Args:
        question: the question, options of a multiple choice included.
        chain: the chain as the corpus has it, the final answer in it or not.
        answer: the reference answer, None where there is none.
        options: the options of a multiple choice, A first.
        rule: what defects cost.

    Returns:
        Every column of schema.CHAINS, its steps, and the answer that it states.
    """
    report, linked, statuses = _analyse(question, chain, answer, options, rule)
    leaps: list[tuple[Value, ...]] = [()] * len(statuses)
    for step, value in real_leaps(linked.graph, linked.facts):
        leaps[step] += (value,)
    rows = zip(
        linked.texts, linked.facts, statuses, linked.graph.parents, linked.originals, leaps,
        strict=True,
    )  # fmt: skip
    return report._replace(step_reports=tuple([StepReport(*row) for row in rows]))


def _analyse(
    question: str,
    chain: str,
    answer: str | None,
    options: Sequence[str] | None,
    rule: ChainRule,
) -> tuple[ChainReport, _Linked, list[Status]]:
    """Analyse one chain, as `analyse_chain`, without making a record of each step."""
    if len(chain) > rule.max_characters:
        half = rule.max_characters // 2
        chain = chain[:half] + "\n" + chain[-half:]
    plain = plain_notation(chain)
    asked = _Question(question)
    linked = _link(plain, asked)
    facts, graph, texts = linked.facts, linked.graph, linked.texts
    statement = stated_answer(chain)
    statuses = find_statuses(
        Reading(facts, texts, linked.originals, linked.abandoned, linked.subject),
        graph,
        _answer_step(facts, graph, statement, answer),
    )
    measures = measure(facts, graph, statuses, texts, linked.topics)
    premises = premises_of(asked.text, asked.words, len(asked.digits))
    stated = statement.answer if statement else None
    last = bare_statement(facts, texts, stated)
    grounds = Grounds(
        is_unreached(facts, texts, stated, last, asked.gives),
        assumes_answer(facts, texts, stated, asked.gives),
        _left_out(facts, asked, plain, options) if measures.equations else 0.0,
    )
    concludes = statement is not None and statement.concludes
    ending = ending_of(chain, linked.unclosed, concludes, [answer, *(options or ())])
    defects = find_defects(facts, graph, texts, statuses, measures.structured, grounds)
    contradicted = contradicts(statement, answer, options)
    report = ChainReport(
        steps=len(linked.steps),
        live_steps=measures.live_steps,
        weighted_steps=measures.weighted_steps,
        depth=measures.depth,
        width=measures.width,
        joins=measures.joins,
        reuse=measures.reuse,
        edges=graph.edges,
        operations=measures.operations,
        operation_entropy=measures.operation_entropy,
        verifications=measures.verifications,
        corrections=measures.corrections,
        inferences=measures.inferences,
        equations=measures.equations,
        operators=measures.operators,
        terms=measures.terms,
        concepts=measures.concepts,
        premises=premises.breadth,
        quantitative=premises.quantitative,
        asks_how_much=premises.asks,
        **defects._asdict(),
        contradicted=contradicted,
        truncated=ending.breaks_off or stops_short(texts, last),
        announced=concludes,
        open_end=ending.is_open,
        looping=is_looping(plain, linked.originals),
        structured=measures.structured,
        logical_complexity=logical_complexity(measures, premises),
        integrity=integrity(defects, contradicted, rule),
        stated_answer=stated,
    )
    return report, linked, statuses


def _answer_step(
    facts: Sequence[Facts], graph: Graph, statement: Statement | None, answer: str | None
) -> int | None:
    """The step that computed the stated answer's value, or else the reference answer's."""
    for text in (statement.answer if statement else None, answer):
        for value in answer_values(text) if text else ():
            for step in reversed(graph.givers.get(magnitude(value), ())):
                if facts[step].equations or not facts[step].announces:
                    return step
    return None


def _left_out(
    facts: Sequence[Facts], asked: _Question, plain: str, options: Sequence[str] | None
) -> float:
    """As `left_out`, but the chain is read again only where its steps lack one of the numbers."""
    missing = set(asked.numerals).difference(*[step.numerals for step in facts])
    return left_out(premise_numerals(asked.text), plain, options) if missing else 0.0


_COLUMNS = [column for column in CHAINS.columns if column.name != "sample_id"]


def chain_columns(
    questions: Sequence[str],
    chains: Sequence[str],
    answers: Sequence[str | None],
    options: Sequence[Sequence[str] | None],
    rule: ChainRule,
) -> dict[str, NDArray[np.generic]]:
    """The columns of schema.CHAINS, without sample_id, for many samples.

    Args:
        questions: one a sample.
        chains: one a sample.
        answers: reference answers, None where there is none.
        options: the options of multiple choices, None for other questions.
        rule: as for `analyse_chain`.

    Returns:
        Column name -> values in the type of the schema, in the order of the samples.
    """
    rows = [
        _analyse(*sample, rule)[0]
        for sample in zip(questions, chains, answers, options, strict=True)
    ]
    # Without rows there are no columns to zip.
    values = dict(zip(ChainReport._fields, zip(*rows, strict=True), strict=False))
    return {
        column.name: np.array(values.get(column.name, ()), dtype=column.type.to_pandas_dtype())
        for column in _COLUMNS
    }
