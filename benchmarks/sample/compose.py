"""Draw a problem: a domain, a setting, and beats until the wanted number of steps is reached.

A draw that leads nowhere (a division that does not come out, a value above the limit) is given up
and the beat drawn again, so a problem has exactly the wanted steps, all of them needed.
"""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import NamedTuple

from benchmarks.sample.domains import DOMAINS
from benchmarks.sample.program import Node, Op, Program, apply
from benchmarks.sample.story import OPENING, Beat, Domain, Setting, Values
from benchmarks.sample.words import LETTERS, PEOPLE, Language

MAX_STEPS = 8
_COMFORTABLE_VALUE = 100
_SHARE_ABOVE_COMFORTABLE = 0.25
_SHARE_RETOLD = 0.15
_TRIES_PER_BEAT = 8


class Event(NamedTuple):
    """A beat as it was drawn: its numbers, the node of each of its steps, who is `{cur}`."""

    beat: Beat
    given: Values
    nodes: tuple[int, ...]
    cursor: int


@dataclass(frozen=True, slots=True)
class Story:
    """A drawn problem before it is put into words, the same in every language."""

    domain: Domain
    setting: Setting
    events: tuple[Event, ...]
    program: Program
    people: tuple[int, ...]
    nouns: tuple[int, ...]
    place: int
    cast: tuple[int, ...]
    """Indices into people, letters or qualities, in the order in which they appear."""
    kind: str
    cursor: int


@dataclass(frozen=True)
class ProblemMix:
    """Which problems are drawn."""

    domains: tuple[str, ...] = tuple(domain.name for domain in DOMAINS)
    """The largest first."""
    zipf_exponent: float = 0.7
    """Domain number r of the list has a share proportional to r ** -zipf_exponent."""
    step_weights: tuple[float, ...] = (0.14, 0.21, 0.20, 0.16, 0.12, 0.08, 0.05, 0.04)
    """Shares of problems with 1, 2, … steps; they sum to 1."""
    chinese_share: float = 0.25

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn.

        Raises:
            ValueError: an unknown domain, more than eight step weights, or a share outside [0, 1].
        """
        unknown = set(self.domains) - {domain.name for domain in DOMAINS}
        if unknown or not self.domains:
            raise ValueError(f"problem mix: unknown domains {sorted(unknown)} in {self.domains}")
        if not 1 <= len(self.step_weights) <= MAX_STEPS:
            raise ValueError(
                f"problem mix: step_weights must have 1 to {MAX_STEPS} entries, "
                f"got {len(self.step_weights)}"
            )
        if not 0 <= self.chinese_share <= 1:
            raise ValueError(
                f"problem mix: chinese_share must lie in [0, 1], got {self.chinese_share}"
            )


def rng_for(seed: int, index: int) -> Random:
    """The generator of one problem: it depends on nothing but the seed and the problem's index."""
    return Random((seed << 40) + index)


def draw_story(mix: ProblemMix, rng: Random) -> Story:
    """Draw a problem whose target rests on every one of its 1 to 8 steps."""
    domains, domain_bounds, step_bounds = _tables(mix)
    domain = domains[_draw_index(domain_bounds, rng)]
    steps = 1 + _draw_index(step_bounds, rng)
    while True:
        draft = _Draft(domain, rng)
        if draft.tell(steps):
            return draft.finish()


def _draw_index(bounds: tuple[float, ...], rng: Random) -> int:
    return bisect_right(bounds, rng.random() * bounds[-1])


@cache
def _tables(mix: ProblemMix) -> tuple[tuple[Domain, ...], tuple[float, ...], tuple[float, ...]]:
    """The domains of a mix and the running sums of domain and step weights."""
    by_name = {domain.name: domain for domain in DOMAINS}
    weights = [(rank + 1) ** -mix.zipf_exponent for rank in range(len(mix.domains))]
    return (
        tuple(by_name[name] for name in mix.domains),
        tuple(sum(weights[: i + 1]) for i in range(len(weights))),
        tuple(sum(mix.step_weights[: i + 1]) for i in range(len(mix.step_weights))),
    )


@cache
def _choices(domain_name: str, kind: str, max_steps: int) -> tuple[Beat, ...]:
    """The beats of a domain that continue from `kind` with at most `max_steps` steps."""
    domain = next(domain for domain in DOMAINS if domain.name == domain_name)
    return tuple(b for b in domain.beats if b.takes == kind and len(b.steps) <= max_steps)


class _Draft:
    """A story that is being drawn: its nodes and named quantities so far."""

    def __init__(self, domain: Domain, rng: Random) -> None:
        self.domain = domain
        self.rng = rng
        self.nodes: list[Node] = []
        self.named: dict[str, int] = {}  # quantity name -> node index
        self.values: Values = {}
        self.events: list[Event] = []
        self.kind = OPENING
        self.cursor = 0

    def tell(self, steps: int) -> bool:
        """Add beats until exactly `steps` steps are told; False when stuck."""
        remaining = steps
        while remaining or not self.events:
            choices = _choices(self.domain.name, self.kind, remaining)
            for _ in range(_TRIES_PER_BEAT):
                beat = choices[int(self.rng.random() * len(choices))]
                if self._fits(beat) and self._add(beat):
                    remaining -= len(beat.steps)
                    break
            else:
                return False
        return True

    def _fits(self, beat: Beat) -> bool:
        """Whether what the beat recalls was told, and whether the story does not repeat itself."""
        for need in beat.needs:
            if self.cursor == 0 if need == "first" else need not in self.named:
                return False
        told = [event.beat for event in self.events].count(beat)
        return told == 0 or self.rng.random() < _SHARE_RETOLD**told

    def _add(self, beat: Beat) -> bool:
        """Tell a beat, or leave the story as it was if its numbers do not come out."""
        told = len(self.nodes)
        given: Values = {}
        made = self._compute(beat) if self._draw(beat, given) else None
        if made is None:
            del self.nodes[told:]
            if beat.takes == OPENING:
                # Only openings leave names behind that later beats recall.
                self.named.clear()
            return False
        last = made[-1] if made else len(self.nodes) - 1
        self.named["now"] = last
        self.values["now"] = self.nodes[last].value
        if beat.takes == OPENING:
            self.named["root"] = last
        self.events.append(Event(beat, given, made, self.cursor))
        self.kind = beat.gives
        self.cursor += beat.advances
        return True

    def _draw(self, beat: Beat, given: Values) -> bool:
        """Draw the numbers of a beat; those it tells go into `given` and become nodes."""
        values, nodes = self.values, self.nodes
        for name, draw in beat.given.items():
            value = draw(values, self.rng)
            if value is None or value < 1:
                return False
            values[name] = value
            if name[0] != "_":
                given[name] = value
                self.named[name] = len(nodes)
                nodes.append(Node(Op.GIVEN, (), value))
        return True

    def _compute(self, beat: Beat) -> tuple[int, ...] | None:
        """Append the beat's steps; None if one of them has no fitting result."""
        nodes, named = self.nodes, self.named
        made = []
        for step in beat.steps:
            operands = []
            for operand in step.operands:
                if isinstance(operand, int):
                    nodes.append(Node(Op.CONSTANT, (), operand))
                    operands.append(len(nodes) - 1)
                else:
                    operands.append(named[operand])
            value = apply(step.op, [nodes[i].value for i in operands])
            if value is None or value > self.domain.largest:
                return None
            if value > _COMFORTABLE_VALUE and self.rng.random() > _SHARE_ABOVE_COMFORTABLE:
                return None
            node = named[step.result] = len(nodes)
            nodes.append(Node(step.op, tuple(operands), value))
            made.append(node)
        return tuple(made)

    def finish(self) -> Story:
        """Fix the words of the story that all languages share."""
        rng = self.rng
        setting = self.domain.settings[int(rng.random() * len(self.domain.settings))]
        # {cur} and {new} of the last event, and {name} and {friend} in any case.
        appearing = self.cursor + 2
        people = _distinct(len(PEOPLE[Language.ENGLISH]), appearing, rng)
        cast = people
        if setting.cast == "letters":
            cast = tuple(range(len(LETTERS)))
        elif setting.qualities is not None:
            cast = _distinct(len(setting.qualities[Language.ENGLISH]), appearing, rng)
        return Story(
            self.domain,
            setting,
            tuple(self.events),
            Program(tuple(self.nodes), self.named["now"]),
            people,
            _distinct(len(setting.nouns[Language.ENGLISH]), 3, rng),
            int(rng.random() * len(setting.places[Language.ENGLISH])),
            cast,
            self.kind,
            self.cursor,
        )


def _distinct(size: int, count: int, rng: Random) -> tuple[int, ...]:
    """`count` different indices below `size`, or `size` of them if that is less."""
    drawn: list[int] = []
    while len(drawn) < min(count, size):
        index = int(rng.random() * size)
        if index not in drawn:
            drawn.append(index)
    return tuple(drawn)
