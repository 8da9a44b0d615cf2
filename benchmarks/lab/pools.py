"""Pools to choose from and problems to test on, in the language of benchmarks.lab.holdings.

    python -m benchmarks.lab.pools --out LAB [--rows 16000]

writes LAB/pool/pool.jsonl, LAB/pool_sound/pool.jsonl (the same without planted faults),
LAB/test.jsonl, and LAB/truth/*.jsonl: what is wrong with which row, which nothing that chooses may
read. LAB/test.jsonl is written last: where it is, all is there.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from random import Random

from benchmarks.lab.holdings import (
    DOMAINS,
    Problem,
    Style,
    all_values,
    apply,
    draw_problem,
    step_sentence,
    write_chain,
)
from benchmarks.sample.corpus import FaultRates
from rbic import storage

REAL_RATES = FaultRates(
    wrong=0.10, broken_off=0.04, repeated=0.08, rambling=0.04, tangent=0.05, leap=0.04,
    exact_duplicate=0.02, near_duplicate=0.09,
)  # fmt: skip
"""What benchmarks.lab.real_rates measured on public collections; see the README."""

POOL_FILE = "pool.jsonl"
TEST_FILE = "test.jsonl"

STEPS = 8
TEST_SEED = 9


class Fault(StrEnum):
    """What is wrong with a chain."""

    NONE = "none"
    WRONG = "wrong"
    BROKEN_OFF = "broken_off"
    REPEATED = "repeated"
    RAMBLING = "rambling"
    TANGENT = "tangent"
    LEAP = "leap"


@dataclass(frozen=True)
class PoolConfig:
    """What a pool is made of."""

    rows: int = 16_000
    seed: int = 1
    zipf_exponent: float = 1.0
    """Domain number r has a share proportional to r ** -zipf_exponent."""
    step_weights: tuple[float, ...] = (0.16, 0.17, 0.16, 0.14, 0.12, 0.10, 0.08, 0.07)
    """Shares of problems with 1, 2, … steps."""
    faults: FaultRates | None = REAL_RATES
    """None plants no fault; duplicates stay."""


@dataclass(frozen=True)
class Row:
    """A sample and the truth about it."""

    problem: Problem
    chain: str
    fault: Fault
    duplicate_of: int | None = None


def faultless(problem: Problem, style: Style) -> str:
    """A sound chain."""
    values = all_values(problem)
    sentences = [step_sentence(problem.domain, one, values, style) for one in problem.needed]
    return write_chain(sentences, problem.answer, style)


def draw_style(rng: Random) -> Style:
    """Lines most of the time."""
    return rng.choices(list(Style), (0.6, 0.2, 0.2))[0]


def faulty(problem: Problem, style: Style, fault: Fault, rng: Random) -> str | None:
    """A chain with a fault; None where this problem cannot have it."""
    values, answer = all_values(problem), problem.answer
    if fault is Fault.WRONG:
        slipped = _slipped(problem, rng)
        if slipped is None:
            return None
        values, answer = slipped, slipped[problem.needed[-1].name]
    says = [step_sentence(problem.domain, one, values, style) for one in problem.needed]
    match fault:
        case Fault.REPEATED:
            says = _repeated(says, rng)
        case Fault.RAMBLING:
            says = _rambling(says, rng)
        case Fault.TANGENT:
            extra = _tangents(problem, values, style, rng)
            for one in extra:
                says.insert(rng.randrange(len(says)), one)
        case Fault.LEAP:
            if len(says) < 3:
                return None
            del says[rng.randrange(len(says) - 1)]
    chain = write_chain(says, answer, style)
    if fault is Fault.BROKEN_OFF:
        end = chain.rindex("=")
        chain = chain[: max(8, int(end * (0.4 + 0.6 * rng.random())))].rstrip(" .\n0123456789")
    return chain


def _slipped(problem: Problem, rng: Random) -> dict[int, int] | None:
    """Values with one slip that is carried on to another answer."""
    for _ in range(12):
        at = rng.choice(problem.needed).name
        values = dict(problem.given)
        for one in problem.derived:
            values[one.name] = apply(one, values)
            if one.name == at:
                values[at] += rng.choice((1, -1, 2, -2, 10))
        if min(values.values()) >= 0 and values[problem.needed[-1].name] != problem.answer:
            return values
    return None


def _repeated(says: Sequence[str], rng: Random) -> list[str]:
    """Some steps again, or the whole chain two times more."""
    if rng.random() < 0.3:
        return [*says, *says, *says]
    out = list(says)
    for _ in range(rng.randint(1, 3)):
        said = rng.choice(says)
        out.insert(rng.randint(out.index(said) + 1, len(out)), said)
    return out


_FILLERS = (
    "Let me think about this.", "This is a nice question.", "We should not rush.",
    "It helps to read it again.", "There are many ways to look at it.", "I like such puzzles.",
    "Hmm, let me see.", "We will see where this leads.", "One has to be patient.",
    "A drawing can make it clearer.", "The words matter a lot here.", "Okay, so here we are.",
)  # fmt: skip


def _rambling(says: Sequence[str], rng: Random) -> list[str]:
    out = list(says)
    for filler in rng.sample(_FILLERS, rng.randint(4, 8)):
        out.insert(rng.randrange(len(out)), filler)
    return out


def _tangents(problem: Problem, values: dict[int, int], style: Style, rng: Random) -> list[str]:
    """True equations between given numbers that the answer does not rest on."""
    given = list(problem.given)
    found = []
    for _ in range(rng.randint(1, 3)):
        a, b = rng.sample(given, 2)
        x, y = max(values[a], values[b]), min(values[a], values[b])
        names, things = problem.domain.names, problem.domain.things
        sign, z = ("-", x - y) if rng.random() < 0.5 else ("+", x + y)
        found.append(f"Side by side, {names[a]} and {names[b]}: {x} {sign} {y} = {z} {things}.")
    return found


def draw_pool(config: PoolConfig, held_back: frozenset[str]) -> list[Row]:
    """The rows of a pool, in random order; no question of `held_back` is among them."""
    rng = Random(config.seed)
    rates = vars(config.faults) if config.faults else {}
    copies = vars(config.faults or REAL_RATES)
    exact, near = (
        round(copies[name] * config.rows) for name in ("exact_duplicate", "near_duplicate")
    )
    faults = [
        f for f in Fault if f is not Fault.NONE for _ in range(round(rates.get(f, 0) * config.rows))
    ]
    faults += [Fault.NONE] * (config.rows - exact - near - len(faults))
    seen = set(held_back)
    rows: list[Row] = []
    for fault in faults:
        rows.append(_draw_row(config, fault, seen, rng))
    sound = [i for i, row in enumerate(rows) if row.fault is Fault.NONE]
    for _ in range(near):
        source = rng.choice(sound)
        rows.append(_retold(rows[source], source, rng))
    for _ in range(exact):
        source = rng.randrange(len(faults))
        rows.append(replace(rows[source], duplicate_of=source))
    order = list(range(len(rows)))
    rng.shuffle(order)
    place = {old: new for new, old in enumerate(order)}
    moved = [rows[old] for old in order]
    return [
        row if row.duplicate_of is None else replace(row, duplicate_of=place[row.duplicate_of])
        for row in moved
    ]


def _draw_row(config: PoolConfig, fault: Fault, seen: set[str], rng: Random) -> Row:
    weights = [(r + 1) ** -config.zipf_exponent for r in range(len(DOMAINS))]
    while True:
        domain = rng.choices(DOMAINS, weights)[0]
        steps = 1 + rng.choices(range(STEPS), config.step_weights)[0]
        problem = draw_problem(rng, domain.name, steps)
        chain = faulty(problem, draw_style(rng), fault, rng)
        if chain is not None and problem.question not in seen:
            seen.add(problem.question)
            return Row(problem, chain, fault)


def _retold(row: Row, source: int, rng: Random) -> Row:
    """The same problem with what is given in another order, and a chain in another style."""
    facts, _, rest = row.problem.question.partition(". ")
    title, _, says = facts.partition(": ")
    parts = says.split(", ")
    rng.shuffle(parts)
    problem = replace(row.problem, question=f"{title}: {', '.join(parts)}. {rest}")
    return Row(problem, faultless(problem, draw_style(rng)), Fault.NONE, source)


def test_problems(count: int) -> list[Problem]:
    """Problems with as many of each domain and each number of steps."""
    rng = Random(TEST_SEED)
    cells = [(domain.name, steps) for steps in range(1, STEPS + 1) for domain in DOMAINS]
    found: dict[str, Problem] = {}
    while len(found) < count:
        domain, steps = cells[len(found) % len(cells)]
        problem = draw_problem(rng, domain, steps)
        found.setdefault(problem.question, problem)
    return list(found.values())


def rows_for_training(rows: Sequence[Row]) -> Iterator[dict[str, object]]:
    """Rows as a corpus has them."""
    for i, row in enumerate(rows):
        yield {"id": i, "question": row.problem.question, "answer": row.chain}


def rows_for_testing(problems: Sequence[Problem]) -> Iterator[dict[str, object]]:
    """Problems as a test set has them."""
    for problem in problems:
        yield {
            "question": problem.question,
            "answer": f"#### {problem.answer}",
            "domain": problem.domain.name,
            "level": problem.steps,
        }


def truths(rows: Sequence[Row]) -> Iterator[dict[str, object]]:
    """What is known of each row."""
    for i, row in enumerate(rows):
        yield {
            "id": i,
            "domain": row.problem.domain.name,
            "steps": row.problem.steps,
            "answer": row.problem.answer,
            "fault": str(row.fault),
            "duplicate_of": row.duplicate_of,
        }


def write_lines(path: Path, rows: Iterator[dict[str, object]]) -> None:
    """Write JSON lines, whole or not at all."""
    storage.write_bytes(str(path), "".join(f"{json.dumps(row)}\n" for row in rows).encode())


def write_pools(out: Path, base: PoolConfig, tests: Sequence[Problem]) -> None:
    """Write everything, the test problems last."""
    # What an earlier command left may not vouch for pools that are half written over.
    (out / TEST_FILE).unlink(missing_ok=True)
    held_back = frozenset(problem.question for problem in tests)
    for name, config in (("pool", base), ("pool_sound", replace(base, faults=None))):
        rows = draw_pool(config, held_back)
        write_lines(out / name / POOL_FILE, rows_for_training(rows))
        write_lines(out / "truth" / f"{name}.jsonl", truths(rows))
        print(f"{name}: {len(rows):,} rows")
    write_lines(out / TEST_FILE, rows_for_testing(tests))


def main() -> None:
    """Read the command line and write everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=PoolConfig.rows)
    parser.add_argument("--test", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=PoolConfig.seed)
    arguments = parser.parse_args()
    base = PoolConfig(rows=arguments.rows, seed=arguments.seed)
    write_pools(arguments.out, base, test_problems(arguments.test))


if __name__ == "__main__":
    main()
