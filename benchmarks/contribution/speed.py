"""Throughput of the analysis, its growth with length, and whether a change left its columns alone.

Times are of this process's own CPU, so that other work on the machine does not count. With --save
the columns of the rows are written; with --compare they must equal what was saved.

python -m benchmarks.contribution.speed --data DATA [--rows N] [--growth] [--save F | --compare F]

With --against, another build of rbic (a checkout of an earlier version, or build/compiled, which
`make test-compiled` leaves) is timed in turn with this one, each in processes of its own.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.contribution.corpora import Labelled, gsm8k_calculations, math_levels, tal_chinese
from rbic.core.chains import analyse_chain, chain_columns
from rbic.core.integrity import ChainRule

_ROOT = Path(__file__).parents[2]
_CHILD = """
import json, sys
from pathlib import Path
build, root, data, rows = sys.argv[1:]
sys.path.insert(0, build)
import rbic  # once it is there, its modules come from there
sys.path.insert(0, root)
from benchmarks.contribution.speed import throughput
found, _ = throughput(Path(data), int(rows))
print(json.dumps({name: one.rate for name, one in found.items()}))
"""
_WHOLE = ChainRule(max_characters=4_000_000)
CORPORA = {"gsm8k": gsm8k_calculations, "math": math_levels, "tal chinese": tal_chinese}
# A real argument over and over, and texts that a rule could stumble over.
GROWING: dict[str, Callable[[int], str]] = {
    "steps": lambda n: "".join(
        f"Then {i}+{i + 1}={2 * i + 1} apples are left.\n" for i in range(n // 34)
    ),
    "symbols": lambda n: "".join(f"So $x_{{{i}}}=2x+{i}$, and y is {i}.\n" for i in range(n // 30)),
    "one line": lambda n: "so 1+1=2, and 3*4=12, " * (n // 22),
    "equals signs": lambda n: "1=" * (n // 2),
    "brackets": lambda n: "(1+" * (n // 3),
}
LENGTHS = (12_500, 25_000, 50_000, 100_000, 1_000_000)


def columns_of(rows: Sequence[Labelled]) -> dict[str, NDArray[Any]]:
    """The columns of the analysis of some rows."""
    return chain_columns(
        [row.question for row in rows],
        [row.chain for row in rows],
        [row.answer for row in rows],
        [row.options for row in rows],
        ChainRule(),
    )


class Throughput(NamedTuple):
    """How fast a corpus was analysed."""

    chains: int
    characters: float
    """Of a chain, mean."""
    rate: float
    """Chains a second of processor time, the best of three."""


def throughput(data: Path, rows: int) -> tuple[dict[str, Throughput], dict[str, NDArray[Any]]]:
    """How fast each corpus is analysed, and all columns."""
    found: dict[str, Throughput] = {}
    all_columns: dict[str, NDArray[Any]] = {}
    for name, load in CORPORA.items():
        chosen = list(islice(load(data), rows))
        seconds = []
        for _ in range(3):
            start = time.process_time()
            columns = columns_of(chosen)
            seconds.append(time.process_time() - start)
        all_columns |= {f"{name}: {column}": values for column, values in columns.items()}
        characters = sum(len(row.chain) for row in chosen) / len(chosen)
        found[name] = Throughput(len(chosen), characters, len(chosen) / min(seconds))
    return found, all_columns


def print_throughput(data: Path, rows: int) -> dict[str, NDArray[Any]]:
    """A table of the throughput; returns all columns."""
    found, columns = throughput(data, rows)
    print("| corpus | chains | characters | chains a second and core |\n|---|---|---|---|")
    for name, one in found.items():
        print(f"| {name} | {one.chains} | {one.characters:.0f} | {one.rate:,.0f} |")
    return columns


def print_turns(data: Path, rows: int, other: Path, turns: int) -> None:
    """The throughput of this build and another, in turn, and the ratio of each turn."""
    rates: list[list[dict[str, float]]] = [[], []]
    for _ in range(turns):
        for of_build, build in zip(rates, (other, _ROOT), strict=True):
            of_build.append(_rates_of(build, data, rows))
    print("| corpus | other build | this one | this / other, each turn |\n|---|---|---|---|")
    for name in CORPORA:
        theirs, ours = ([one[name] for one in of_build] for of_build in rates)
        ratios = ", ".join(f"{a / b:.2f}" for a, b in zip(ours, theirs, strict=True))
        print(f"| {name} | {median(theirs):,.0f} | {median(ours):,.0f} | {ratios} |")


def _rates_of(build: Path, data: Path, rows: int) -> dict[str, float]:
    places = [str(one.resolve()) for one in (build, _ROOT, data)]
    # Without -P the current folder would come first.
    done = subprocess.run(
        [sys.executable, "-P", "-c", _CHILD, *places, str(rows)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    rates: dict[str, float] = json.loads(done.stdout)
    return rates


def print_growth() -> None:
    """Seconds for chains of growing length; linear work doubles with the length."""
    print("\n| shape |", " | ".join(f"{length:,}" for length in LENGTHS), "|")
    print("|---" * (len(LENGTHS) + 1) + "|")
    for shape, write in GROWING.items():
        seconds = []
        for length in LENGTHS:
            chain = write(length)
            start = time.process_time()
            analyse_chain("What is 1+1?", chain, "2", None, _WHOLE)
            seconds.append(time.process_time() - start)
        print(f"| {shape} |", " | ".join(f"{one:.2f}" for one in seconds), "|", flush=True)


def differing(columns: dict[str, NDArray[Any]], path: Path) -> list[str]:
    """The columns that are not byte for byte those saved."""
    with np.load(path) as saved:
        return [
            name
            for name, values in columns.items()
            if name not in saved or values.tobytes() != saved[name].tobytes()
        ]


def main() -> None:
    """Print the tables; save or compare the columns."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True, help="folder of the data")
    arguments.add_argument("--rows", type=int, default=2000, help="rows of each corpus")
    arguments.add_argument("--growth", action="store_true", help="lengths up to a million as well")
    arguments.add_argument("--save", type=Path, help="write the columns here")
    arguments.add_argument("--compare", type=Path, help="compare the columns with these")
    arguments.add_argument("--against", type=Path, help="folder that holds another build's rbic")
    arguments.add_argument("--turns", type=int, default=3, help="of each build with --against")
    options = arguments.parse_args()
    if options.against:
        print_turns(options.data, options.rows, options.against, options.turns)
        return
    columns = print_throughput(options.data, options.rows)
    if options.save:
        np.savez(options.save, **columns)
    if options.compare:
        wrong = differing(columns, options.compare)
        print(f"{len(columns) - len(wrong)} columns are the same; not: {wrong or 'none'}")
    if options.growth:
        print_growth()


if __name__ == "__main__":
    main()
