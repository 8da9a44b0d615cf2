"""Throughput of the analysis, its growth with length, and whether a change left its columns alone.

Times are of this process's own CPU, so that other work on the machine does not count. With --save
the columns of the rows are written; with --compare they must equal what was saved.

python -m benchmarks.contribution.speed --data DATA [--rows N] [--growth] [--save F | --compare F]
"""

import argparse
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.contribution.corpora import Labelled, gsm8k_calculations, math_levels, tal_chinese
from rbic.core.chains import analyse_chain, chain_columns
from rbic.core.integrity import ChainRule

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


def columns_of(rows: Sequence[Labelled]) -> dict[str, NDArray[np.generic]]:
    """The columns of the analysis of some rows."""
    return chain_columns(
        [row.question for row in rows],
        [row.chain for row in rows],
        [row.answer for row in rows],
        [row.options for row in rows],
        ChainRule(),
    )


def print_throughput(data: Path, rows: int) -> dict[str, NDArray[np.generic]]:
    """Chains per second of each corpus, the best of three; returns all columns."""
    print("| corpus | chains | characters | chains a second and core |\n|---|---|---|---|")
    found: dict[str, NDArray[np.generic]] = {}
    for name, load in CORPORA.items():
        chosen = list(islice(load(data), rows))
        seconds = []
        for _ in range(3):
            start = time.process_time()
            columns = columns_of(chosen)
            seconds.append(time.process_time() - start)
        found |= {f"{name}: {column}": values for column, values in columns.items()}
        characters = sum(len(row.chain) for row in chosen) / len(chosen)
        print(f"| {name} | {len(chosen)} | {characters:.0f} | {len(chosen) / min(seconds):,.0f} |")
    return found


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


def differing(columns: dict[str, NDArray[np.generic]], path: Path) -> list[str]:
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
    options = arguments.parse_args()
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
