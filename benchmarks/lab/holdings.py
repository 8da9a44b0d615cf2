"""Problems about who has how many of what: a language that a very small model can master.

    problem = draw_problem(Random(7), "pens", steps=3)
    problem.question, problem.answer, write_chain(problem, Style.LINES)

The story problems of benchmarks.sample need more arithmetic and more words than a model that is
trained here in minutes can learn, and what it cannot learn tells no method of selection from
another. Here all numbers are at most 50 and one token each, and what is left to learn is the chain:
look up what is needed, compute, go on. A domain has its own things and relations.
"""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

LARGEST = 50


class Relation(StrEnum):
    """How a quantity follows from one or two others."""

    MORE = "more"
    FEWER = "fewer"
    TOGETHER = "together"
    LESS = "less"
    TWICE = "twice"


@dataclass(frozen=True)
class Domain:
    """Names, things and relations of a kind of problem."""

    name: str
    title: str
    things: str
    names: tuple[str, ...]
    relations: tuple[Relation, ...]


_NAMES = tuple("Ann Bob Cid Dan Eve Fay Gus Hal Ida Jon Kim Leo Mia Ned Pia Sam".split())


def _domain(name: str, title: str, *relations: Relation) -> Domain:
    return Domain(name, title, name, _NAMES, relations)


_M, _F, _T, _L, _W = Relation
DOMAINS = (
    _domain("pens", "Pens in class", _M, _F),
    _domain("coins", "Coins in purses", _T, _M),
    _domain("books", "Books on loan", _F, _L),
    _domain("hens", "Hens on farms", _W, _M),
    _domain("crates", "Crates on ships", _T, _F),
    _domain("litres", "Litres of water", _L, _M),
    _domain("points", "Points in games", _T, _L),
    _domain("stars", "Stars in the sky", _W, _F),
    _domain("floors", "Floors of towers", _M, _T),
    _domain("seats", "Seats in buses", _T, _W),
)
BY_NAME = {domain.name: domain for domain in DOMAINS}


@dataclass(frozen=True)
class Derived:
    """A quantity that follows from others: indices of names, and a constant where it has one."""

    name: int
    relation: Relation
    first: int
    second: int | None
    constant: int


@dataclass(frozen=True)
class Problem:
    """A question with all that is known of it."""

    domain: Domain
    given: dict[int, int]
    """Value by name."""
    derived: tuple[Derived, ...]
    """In an order in which each follows from earlier ones."""
    needed: tuple[Derived, ...]
    """Those that the answer rests on; the last is asked for."""
    question: str
    answer: int

    @property
    def steps(self) -> int:
        """Number of needed steps."""
        return len(self.needed)


def apply(one: Derived, values: dict[int, int]) -> int:
    """The value of a derived quantity."""
    first = values[one.first]
    second = one.constant if one.second is None else values[one.second]
    match one.relation:
        case Relation.MORE | Relation.TOGETHER:
            return first + second
        case Relation.FEWER | Relation.LESS:
            return first - second
        case _:
            return 2 * first


def draw_problem(rng: Random, domain_name: str, steps: int) -> Problem:
    """Draw a problem whose answer rests on `steps` steps."""
    domain = BY_NAME[domain_name]
    while True:
        problem = _try_problem(rng, domain, steps)
        if problem is not None:
            return problem


def _try_problem(rng: Random, domain: Domain, steps: int) -> Problem | None:
    names = list(range(len(domain.names)))
    rng.shuffle(names)
    given = {name: rng.randint(1, 12) for name in names[: rng.randint(2, 3 + steps // 3)]}
    values, derived = dict(given), []
    for name in names[len(given) : len(given) + steps]:
        for _ in range(20):
            one = _draw_derived(rng, domain, name, list(given), derived)
            value = apply(one, values)
            if 0 <= value <= LARGEST:
                break
        else:
            return None
        values[name] = value
        derived.append(one)
    target = derived[-1] if derived else None
    needed = _needed(derived, target)
    if len(needed) != steps:
        return None
    question = _question(rng, domain, given, derived, target)
    return Problem(domain, given, tuple(derived), needed, question, values[target.name])


def _draw_derived(
    rng: Random, domain: Domain, name: int, given: list[int], derived: list[Derived]
) -> Derived:
    recent = [one.name for one in derived[-2:]]
    known = given + [one.name for one in derived]
    relation = domain.relations[rng.randrange(2)]
    first = rng.choice(recent) if recent and rng.random() < 0.85 else rng.choice(known)
    second = None
    if relation in (Relation.TOGETHER, Relation.LESS):
        second = rng.choice([one for one in known if one != first])
    return Derived(name, relation, first, second, rng.randint(1, 6))


def _needed(derived: list[Derived], target: Derived) -> tuple[Derived, ...]:
    wanted, found = {target.name}, []
    for one in reversed(derived):
        if one.name in wanted:
            found.append(one)
            wanted |= {one.first} | ({one.second} if one.second is not None else set())
    return tuple(reversed(found))


def _question(
    rng: Random, domain: Domain, given: dict[int, int], derived: list[Derived], target: Derived
) -> str:
    says = [f"{domain.names[name]} {value}" for name, value in given.items()]
    rng.shuffle(says)
    follows = [f"{statement(domain, one)}." for one in derived]
    facts = f"{domain.title}: {', '.join(says)}."
    return " ".join([facts, *follows, f"How many {domain.things} for {domain.names[target.name]}?"])


def statement(domain: Domain, one: Derived) -> str:
    """How a quantity follows from others, in words."""
    name, first = domain.names[one.name], domain.names[one.first]
    second = "" if one.second is None else domain.names[one.second]
    match one.relation:
        case Relation.MORE:
            return f"{name}: {one.constant} more than {first}"
        case Relation.FEWER:
            return f"{name}: {one.constant} fewer than {first}"
        case Relation.TOGETHER:
            return f"{name}: {first} and {second} together"
        case Relation.LESS:
            return f"{name}: {first} less {second}"
        case _:
            return f"{name}: twice {first}"


class Style(StrEnum):
    """How a chain is written."""

    LINES = "lines"
    PROSE = "prose"
    TERSE = "terse"


def step_sentence(domain: Domain, one: Derived, values: dict[int, int], style: Style) -> str:
    """One step: what the question says, what is looked up, the equation, the result."""
    a, c = values[one.first], values[one.name]
    b = one.constant if one.second is None else values[one.second]
    match one.relation:
        case Relation.MORE | Relation.TOGETHER:
            equation = f"{a} + {b} = {c}"
        case Relation.FEWER | Relation.LESS:
            equation = f"{a} - {b} = {c}"
        case _:
            equation = f"2 * {a} = {c}"
    name, known = domain.names[one.name], f"{domain.names[one.first]} {a}"
    if one.second is not None:
        known += f", {domain.names[one.second]} {b}"
    if style is Style.TERSE:
        return f"{name}: {known}, {equation}, {name} {c}."
    return f"{statement(domain, one)}, {known}, {equation}, {name} {c}."


def all_values(problem: Problem) -> dict[int, int]:
    """The value of every name."""
    values = dict(problem.given)
    for one in problem.derived:
        values[one.name] = apply(one, values)
    return values


def write_chain(sentences: list[str], answer: int, style: Style) -> str:
    """Sentences as a chain that ends in the answer."""
    body = (" " if style is Style.PROSE else "\n").join(sentences)
    return f"{body}\n#### {answer}"
