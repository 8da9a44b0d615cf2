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
from rbic.core.lexicon import BACKTRACK, CONCLUDE, FILLER, METHOD_WORDS
from rbic.core.step_facts import Facts

# Heads by which a step carries on from the one before it.
_CARRIES_ON = frozenset(
    "this that these those it which so now then thus hence therefore we otherwise giving gives "
    "yielding yields total".split()
)


class Status(IntEnum):
    """What a step is to the answer."""

    LIVE = 0
    SUPPORTING = 1
    UNUSED = 2
    FAILED = 3
    REPEATED = 4
    TANGENT = 5
    FILLER = 6


# As for the roles: a member is looked up for every step.
LIVE, SUPPORTING, UNUSED, FAILED, REPEATED, TANGENT, _ = Status
_PASSED = (UNUSED, SUPPORTING, Status.FILLER)


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
    facts, _, originals, abandoned, _ = reading
    statuses = [UNUSED] * len(facts)
    for index, step in enumerate(facts):
        if originals[index] >= 0:
            statuses[index] = REPEATED
        elif index in abandoned:
            statuses[index] = FAILED
        elif step.role is FILLER:
            statuses[index] = Status.FILLER
    sinks = _sinks(facts, graph, statuses, answer_step)
    for step_index in _ancestors(sinks, graph):
        statuses[step_index] = LIVE
    supporting = _mark_wordy(reading, graph, statuses)
    for step_index in _ancestors(supporting, graph):
        if statuses[step_index] is UNUSED:
            statuses[step_index] = SUPPORTING
    _keep_mentioned(facts, statuses)
    _mark_failed(facts, statuses)
    return statuses


def _computes(facts: Facts) -> bool:
    """Whether a step gives a number that a later one would be seen to use."""
    return any(
        equation.result is not None and (equation.holds is not None or not facts.defines)
        for equation in facts.equations
    )


def _sinks(
    facts: Sequence[Facts], graph: Graph, statuses: Sequence[Status], answer_step: int | None
) -> list[int]:
    """The steps that state the answer: the conclusion, and the step that gave its value."""
    kept = [index for index, status in enumerate(statuses) if status is UNUSED]
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
    return bool(facts.equations) or facts.defines or facts.role is CONCLUDE


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


def _mark_wordy(reading: Reading, graph: Graph, statuses: list[Status]) -> list[int]:
    """Mark the unused steps that give nothing checkable; those on the topic are returned."""
    facts, topics = reading.facts, reading.topics
    wordy = [
        index
        for index, step in enumerate(facts)
        if statuses[index] is UNUSED and not _computes(step)
    ]
    strangers: Collection[int] = ()
    if wordy and topics is not None:
        strangers = _strangers(topics, [at for at in wordy if not _is_visible(reading, graph, at)])
    for index in wordy:
        statuses[index] = TANGENT if index in strangers else SUPPORTING
    return [index for index in wordy if index not in strangers]


def _is_visible(reading: Reading, graph: Graph, index: int) -> bool:
    """Whether more than its words shows that a step belongs to the argument.

    It states a relation, uses what another gave, names a kind of inference, or carries on from the
    step before it with a number or formula (`This sums to 51.`).
    """
    step = reading.facts[index]
    if step.defines or step.equations or graph.parents[index] or step.kinds:
        return True
    head = reading.texts[index].split(maxsplit=1)[0].lower().strip(",")
    return bool(step.values or step.symbols or step.fractions) and head in _CARRIES_ON


def _keep_mentioned(facts: Sequence[Facts], statuses: list[Status]) -> None:
    """Mark as supporting the unused steps whose result a later step of the argument writes.

    The link was not sure enough for an edge, but it is enough not to call the step useless.
    """
    unused = [index for index, status in enumerate(statuses) if status is UNUSED]
    if not unused:
        return
    written: set[str] = set()
    for index in range(len(facts) - 1, unused[0] - 1, -1):
        if statuses[index] is UNUSED:
            results = {str(value) for value in facts[index].results}
            if not results.isdisjoint(written):
                statuses[index] = SUPPORTING
        if statuses[index] in (LIVE, SUPPORTING):
            written.update([number.replace(",", "") for number in facts[index].numerals])


def _strangers(topics: Topics, doubtful: Sequence[int]) -> set[int]:
    """The doubtful steps that no chain of shared words connects to the question or the argument.

    Words of the language of reasoning (`simplify`, `both sides`) connect to any argument.
    """
    doubted = set(doubtful)
    known = {*topics.question, *METHOD_WORDS}
    for index, words in enumerate(topics.steps):
        if index not in doubted:
            known |= words
    holders: dict[str, list[int]] = {}
    for index in doubtful:
        for word in topics.steps[index]:
            holders.setdefault(word, []).append(index)
    stack = [word for word in holders if word in known]
    # A step without content words says nothing that could be off the topic.
    doubted.difference_update([index for index in doubtful if not topics.steps[index]])
    while stack:
        for index in holders.pop(stack.pop(), ()):
            if index in doubted:
                doubted.remove(index)
                stack.extend(topics.steps[index])
    return doubted


def _mark_failed(facts: Sequence[Facts], statuses: list[Status]) -> None:
    """Mark the unused steps right before a step back, and that step, as abandoned."""
    before = -1
    for index, step in enumerate(facts):
        if step.role is not BACKTRACK or statuses[index] not in _PASSED:
            continue
        at = index - 1
        # What stands before the step back before this one was judged by that.
        while at > before and statuses[at] in _PASSED:
            if statuses[at] is UNUSED:
                statuses[at] = FAILED
            at -= 1
        first = at + 1 if at > before else max(before, 0)
        if FAILED in statuses[first:index]:
            statuses[index] = FAILED
        before = index
