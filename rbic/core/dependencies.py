"""Which step uses what another gave: the dependency graph of a chain.

An edge runs from the step that gave something to each step that uses it:

- a value: an operand, or a number that is mentioned, to the last step that gave it;
- a symbol: to the last step that said something about it;
- a label: `from (2)`, `Step 3`, `#1`, 由①;
- in prose, a conclusion to the statements before it, and a name or word to the step that
  brought it;
- a conclusion that uses nothing visible to the step before it.

Everything is found by dictionaries from what is used to the step that gave it last, so the time
is linear in the number of steps and of what they use. A repeat is merged with what it repeats.
"""

from collections.abc import Callable, Collection, Sequence
from fractions import Fraction
from math import isqrt
from typing import NamedTuple

from rbic.core.lexicon import CONCLUDE, FILLER
from rbic.core.quantities import Value, as_value, magnitude
from rbic.core.step_facts import Facts

# Parents found by words or symbols; a step that uses more than these restates them all.
MAX_PARENTS = 8
_COMMON = frozenset((0, 1, 2))
_SCALES = (10, 100, 1000, 10**6)

# Numbers that need no origin: counts, parts, units of time, money and measure.
CONSTANTS: frozenset[Value] = frozenset(
    (*range(13), 14, 15, 16, 20, 24, 25, 28, 29, 30, 31, 36, 48, 50, 52, 60, 75, 90, 100, 120, 180,
     360, 365, 366, 1000, 1440, 1760, 2000, 3600, 5280, 10000)
)  # fmt: skip


class Topics(NamedTuple):
    """The content words of a question and of each step of its chain."""

    question: frozenset[str]
    steps: Sequence[frozenset[str]]


class Graph(NamedTuple):
    """The dependency graph of a chain: for each step the steps that it uses.

    `givers` says which steps gave a value, by its magnitude (a sign is an operator), `leaps` which
    operands come from nowhere.
    """

    parents: list[tuple[int, ...]]
    operands: int
    leaps: list[tuple[int, Value]]
    givers: dict[Value, list[int]]

    @property
    def edges(self) -> int:
        """The number of dependencies."""
        return sum(map(len, self.parents))


class _Linker:
    """Walks the steps once and remembers who gave what last."""

    def __init__(self, given: Callable[[Value], bool]) -> None:
        self.given = given
        self.givers: dict[Value, list[int]] = {}
        self.used: set[tuple[int, Value]] = set()
        self.symbol_giver: dict[str, int] = {}
        self.label_giver: dict[str, int] = {}
        self.operands = 0
        self.leaps: list[tuple[int, Value]] = []

    def parents_of(self, index: int, facts: Facts) -> dict[int, None]:
        """The earlier steps that step `index` uses, those found by value first."""
        parents: dict[int, None] = {}
        self._link_values(index, facts, parents)
        if facts.symbols:
            self._link_symbols(facts, parents)
        for label in facts.references:
            giver = self.label_giver.get(label, int(label) - 1 if label.isdecimal() else -1)
            if 0 <= giver < index:
                parents[giver] = None
        return parents

    def _link_values(self, index: int, facts: Facts, parents: dict[int, None]) -> None:
        """Link operands, mentioned numbers, and quotients to who gave them."""
        mentioned = [value for value in facts.values if value not in _COMMON]
        own: set[Value] = set()
        for equation in facts.equations:
            self._link_operands(index, equation.operands, own, parents)
            if equation.rewritten:
                own.update(equation.rewritten)
                mentioned += [value for value in equation.rewritten if value not in _COMMON]
            if equation.result is not None:
                own.add(magnitude(equation.result))
        for value in facts.fractions:
            if not isinstance(value, int) or value not in facts.results:
                mentioned.append(value)
        for value in mentioned:
            giver = self._giver_of(value)
            if giver is not None:
                parents[giver] = None

    def _link_operands(
        self, index: int, operands: Sequence[Value], own: set[Value], parents: dict[int, None]
    ) -> None:
        """Link operands to who gave them, or note that nobody did."""
        self.operands += len(operands)
        for value in operands:
            if value in self.givers and (giver := self._giver_of(value)) is not None:
                parents[giver] = None
                self.used.add((giver, value))
            elif value not in own and value not in CONSTANTS and not self._is_near(value):
                self.leaps.append((index, value))

    def _link_symbols(self, facts: Facts, parents: dict[int, None]) -> None:
        """Link symbols to the last step that said something about them."""
        for symbol in sorted(facts.symbols):
            # A product of symbols (ABC) is linked by its factors.
            for part in (symbol,) if symbol in self.symbol_giver else symbol:
                giver = self.symbol_giver.get(part)
                if giver is not None and len(parents) < MAX_PARENTS:
                    parents[giver] = None

    def _is_near(self, value: Value) -> bool:
        """Whether a value is given or known, or one thought away from such a one.

        That is a count (99 steps to the 100th), a share's rest (0.6 of 40 % off), the same in
        other units or with its point moved, or a square.
        """
        if self._knows(value):
            return True
        nearby: list[Value] = [value - 1, value + 1, 1 - value, 100 - value]
        nearby += [value * scale for scale in _SCALES]
        if isinstance(value, int) and isqrt(value) ** 2 == value:
            nearby.append(isqrt(value))
        for other in nearby:
            if other > 0 and self._knows(other):
                return True
        # Quotients cost most, so they are made last.
        return any(self._knows(as_value(Fraction(value, scale))) for scale in _SCALES)

    def _knows(self, value: Value) -> bool:
        """Whether a step gave a value, or the question gives it."""
        return value in self.givers or self.given(value)

    def _giver_of(self, value: Value) -> int | None:
        """The last step that gave a value and that nothing has used yet, or the last one.

        A value that the question gives too is more likely the question's once it was used.
        """
        givers = self.givers.get(magnitude(value))
        if not givers:
            return None
        for giver in reversed(givers[-MAX_PARENTS:]):
            if (giver, value) not in self.used:
                return giver
        return None if self.given(value) else givers[-1]

    def give(self, index: int, facts: Facts) -> None:
        """Remember what step `index` gave."""
        for value in map(magnitude, facts.results):
            self.givers.setdefault(value, []).append(index)
        for value in facts.values:
            self._offer(value, index)
        for equation in facts.equations:
            for value in equation.rewritten:
                if value not in _COMMON:
                    self._offer(value, index)
        if facts.defines:
            for symbol in facts.symbols:
                self.symbol_giver[symbol] = index
        for label in facts.labels:
            self.label_giver[label] = index

    def _offer(self, value: Value, index: int) -> None:
        """Remember who wrote a value first, where nobody computed it and it is not given."""
        if value not in self.givers and not self.given(value):
            self.givers[value] = [index]


class _Prose:
    """Links between steps that only their words show.

    A conclusion rests on the statements since the conclusion before it, and on earlier
    conclusions that nothing has used yet, where they share a content word. In a chain that marks
    no conclusions a statement rests on the steps that brought its words that the question lacks.
    """

    def __init__(self, topics: Topics, concluding: bool) -> None:
        self.topics = topics
        self.concluding = concluding
        self.introduced: dict[str, int] = {}
        self.statements: list[int] = []
        self.open_conclusions: list[int] = []

    def parents_of(self, index: int, facts: Facts, linked: bool) -> dict[int, None]:
        """The earlier steps whose words step `index` takes up; none where values linked it."""
        words = self.topics.steps[index]
        bare = not (linked or facts.equations or facts.symbols)
        found: dict[int, None] = {}
        if bare and facts.role is CONCLUDE:
            found = self._premises(words)
        elif bare and not self.concluding:
            found = self._introducers(words)
        if facts.role is CONCLUDE:
            self.statements = []
            still_open = [step for step in self.open_conclusions if step not in found]
            self.open_conclusions = [*still_open[1 - MAX_PARENTS :], index]
        else:
            self.statements = [*self.statements[1 - MAX_PARENTS :], index]
        for word in words:
            if word not in self.topics.question:
                self.introduced.setdefault(word, index)
        return found

    def _premises(self, words: frozenset[str]) -> dict[int, None]:
        """What a conclusion rests on."""
        steps = self.topics.steps
        found = dict.fromkeys([step for step in self.statements if words & steps[step]])
        for step in reversed(self.open_conclusions):
            if words & steps[step]:
                found[step] = None
        return found or dict.fromkeys(self.statements[-1:] or self.open_conclusions[-1:])

    def _introducers(self, words: frozenset[str]) -> dict[int, None]:
        """The steps that brought the most of the words, at most two."""
        votes: dict[int, int] = {}
        for word in words:
            step = self.introduced.get(word)
            if step is not None:
                votes[step] = votes.get(step, 0) + 1
        best = sorted(votes, key=lambda step: (-votes[step], -step))[:2]
        return dict.fromkeys(best)


def link_steps(
    facts: Sequence[Facts],
    left_out: Collection[int],
    given: Callable[[Value], bool],
    topics: Topics | None,
) -> Graph:
    """Find the dependencies between steps.

    Args:
        facts: what each step uses and gives.
        left_out: steps that use and give nothing: repeats, and those of abandoned branches.
        given: whether the question gives a value.
        topics: the content words of the question and of each step, for links in prose; None
            where no step needs them.

    Returns:
        The graph: for each step the steps that it uses, in increasing order.
    """
    linker = _Linker(given)
    prose = _Prose(topics, concludes(facts)) if topics is not None else None
    parents: list[tuple[int, ...]] = []
    previous = -1
    for index, step in enumerate(facts):
        if step.role is FILLER or index in left_out:
            parents.append(())
            continue
        found = linker.parents_of(index, step)
        if prose is not None:
            found |= prose.parents_of(index, step, bool(found))
        if not found and step.role is CONCLUDE and not step.equations and previous >= 0:
            found[previous] = None
        linker.give(index, step)
        parents.append(tuple(sorted(found)) if len(found) > 1 else tuple(found))
        previous = index
    return Graph(parents, linker.operands, linker.leaps, linker.givers)


def concludes(facts: Sequence[Facts]) -> bool:
    """Whether a step of the chain is said to conclude, the answer itself apart."""
    return any([step.role is CONCLUDE and not step.announces for step in facts])


def is_wordy(facts: Facts) -> bool:
    """Whether only its words can show what a step has to do with the others."""
    return not (facts.equations or facts.symbols or facts.announces or facts.role is FILLER)
