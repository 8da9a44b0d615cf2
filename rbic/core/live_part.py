"""Which steps of a chain the answer rests on, and what the others are.

Live are the conclusion and all that it rests on, directly or through others. A step that gives
nothing checkable (an explanation, a plan) is supporting where its words belong to the problem,
and so is what it rests on. What remains is not live: computed and never used, abandoned, said
again, off the topic, filler.
"""

from collections.abc import Collection, Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

from rbic.core.dependencies import Graph, Topics
from rbic.core.lexicon import Role
from rbic.core.quantities import NUMBER
from rbic.core.step_facts import Facts


class Status(IntEnum):
    """What a step is to the answer."""

    LIVE = 0
    SUPPORTING = 1
    UNUSED = 2
    FAILED = 3
    REPEATED = 4
    TANGENT = 5
    FILLER = 6


class Reading(NamedTuple):
    """What was read of the steps of a chain, one entry a step.

    `originals` has for each step the one that it repeats, or -1; `abandoned` are the steps of
    branches that the chain says it gives up; `topics` is None where no step needs its words.
    """

    facts: Sequence[Facts]
    texts: Sequence[str]
    originals: Sequence[int]
    abandoned: Collection[int]
    topics: Topics | None


def find_statuses(reading: Reading, graph: Graph, answer_step: int | None) -> list[Status]:
    """Decide what each step is to the answer.

    Args:
        reading: what was read of the steps.
        graph: the dependencies.
        answer_step: the step that gave the answer's value, where one did.

    Returns:
        One status a step.
    """
    facts, texts, originals, abandoned, topics = reading
    statuses = [Status.UNUSED] * len(facts)
    for index, step in enumerate(facts):
        if originals[index] >= 0:
            statuses[index] = Status.REPEATED
        elif index in abandoned:
            statuses[index] = Status.FAILED
        elif step.role is Role.FILLER:
            statuses[index] = Status.FILLER
    sinks = _sinks(facts, graph, statuses, answer_step)
    for step_index in _ancestors(sinks, graph):
        statuses[step_index] = Status.LIVE
    supporting = _mark_wordy(facts, statuses, topics)
    for step_index in _ancestors(supporting, graph):
        if statuses[step_index] is Status.UNUSED:
            statuses[step_index] = Status.SUPPORTING
    _keep_mentioned(facts, statuses, texts)
    _mark_failed(facts, statuses)
    return statuses


def _computes(facts: Facts) -> bool:
    """Whether a step gives a number that a later one would be seen to use."""
    return any(equation.result is not None for equation in facts.equations)


def _sinks(
    facts: Sequence[Facts], graph: Graph, statuses: Sequence[Status], answer_step: int | None
) -> list[int]:
    """The steps that state the answer: the conclusion, and the step that gave its value."""
    kept = [index for index, status in enumerate(statuses) if status is Status.UNUSED]
    if not kept:
        return []
    sinks = [] if answer_step is None else [answer_step]
    announcing = [index for index in kept if facts[index].announces]
    substantial = [index for index in kept if _is_substantial(facts[index])]
    last = (announcing or substantial or kept)[-1]
    sinks.append(last)
    if not graph.parents[last] and len(kept) > 1 and answer_step is None:
        # The conclusion names an option or a word: it rests on what was given last.
        before = [index for index in substantial if index < last]
        sinks.append(before[-1] if before else kept[max(0, kept.index(last) - 1)])
    return sinks


def _is_substantial(facts: Facts) -> bool:
    """Whether a step can conclude: it computes, states a relation, or is said to conclude."""
    return bool(facts.equations) or facts.defines or facts.role is Role.CONCLUDE


def _ancestors(sinks: Iterable[int], graph: Graph) -> set[int]:
    """The sinks and all steps that they rest on."""
    live: set[int] = set()
    stack = list(sinks)
    while stack:
        step = stack.pop()
        if step not in live:
            live.add(step)
            stack.extend(graph.parents[step])
    return live


def _mark_wordy(facts: Sequence[Facts], statuses: list[Status], topics: Topics | None) -> list[int]:
    """Mark the unused steps that give nothing checkable; those on the topic are returned."""
    wordy = [
        index
        for index, step in enumerate(facts)
        if statuses[index] is Status.UNUSED and not _computes(step)
    ]
    shared = _shared_topics(topics) if wordy and topics is not None else frozenset()
    supporting: list[int] = []
    for index in wordy:
        step = facts[index]
        words = topics.steps[index] if topics is not None else frozenset()
        if words and not words & shared and not step.defines:
            statuses[index] = Status.TANGENT
        else:
            statuses[index] = Status.SUPPORTING
            supporting.append(index)
    return supporting


def _keep_mentioned(facts: Sequence[Facts], statuses: list[Status], texts: Sequence[str]) -> None:
    """Mark as supporting the unused steps whose result a later step of the argument writes.

    The link was not sure enough for an edge, but it is enough not to call the step useless.
    """
    unused = [index for index, status in enumerate(statuses) if status is Status.UNUSED]
    if not unused:
        return
    written: set[str] = set()
    for index in range(len(facts) - 1, unused[0] - 1, -1):
        if statuses[index] is Status.UNUSED:
            results = {str(value) for value in facts[index].results}
            if not results.isdisjoint(written):
                statuses[index] = Status.SUPPORTING
        if statuses[index] in (Status.LIVE, Status.SUPPORTING):
            written.update(number.replace(",", "") for number in NUMBER.findall(texts[index]))


def _shared_topics(topics: Topics) -> frozenset[str]:
    """The content words that the question has or that two steps share."""
    once: set[str] = set()
    shared = set(topics.question)
    for words in topics.steps:
        shared |= once & words
        once |= words
    return frozenset(shared)


def _mark_failed(facts: Sequence[Facts], statuses: list[Status]) -> None:
    """Mark the unused steps right before a step back, and that step, as abandoned."""
    passed = (Status.UNUSED, Status.SUPPORTING, Status.FILLER)
    for index, step in enumerate(facts):
        if step.role is not Role.BACKTRACK or statuses[index] not in passed:
            continue
        at = index - 1
        while at >= 0 and statuses[at] in passed:
            if statuses[at] is Status.UNUSED:
                statuses[at] = Status.FAILED
            at -= 1
        if Status.FAILED in statuses[at + 1 : index]:
            statuses[index] = Status.FAILED
