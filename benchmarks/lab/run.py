"""The laboratory's comparison from one command: pools, base model, trials, table and page.

    python -m benchmarks.lab.run --out LAB [--rows 160000] [--base competent|weak]
        [--pool pool|pool_sound] [--grid table|parts] [--so-far]

A grid says what is compared: table.yaml every method at four budgets, parts.yaml rbic and rbic with
one part left out. Settings of `rbic compare` may follow, such as compare.seeds=[2]. What is there
already is used again, so a run that was stopped goes on; a pool of other than --rows rows is
refused. --so-far tells of the trials that are done, and runs none. Results lie in LAB/BASE-POOL:
comparison.html, comparison.md, comparison.json, accuracy.svg.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from benchmarks.lab.pools import POOL_FILE, TEST_FILE, PoolConfig
from benchmarks.lab.pretrain import BASES, WEIGHTS
from rbic.compare import compare, compare_so_far
from rbic.config import CompareJobConfig, ConfigError, load
from rbic.progress import Progress

_CONFIG = Path(__file__).parent / "compare.yaml"
_GRIDS = ("table", "parts")
"""Files beside this one: what each sets under `compare`."""


def main() -> None:
    """Read the command line, make what is missing, compare."""
    parser = lab_parser(__doc__)
    parser.add_argument("--rows", type=int, help=f"of the pool; of a new one {PoolConfig.rows:,}")
    parser.add_argument("--so-far", action="store_true", help="tell of the trials that are done")
    arguments = parser.parse_intermixed_args()
    lab = arguments.out.resolve()
    model = lab / arguments.base
    if (rows := rows_to_make(lab, arguments.pool, arguments.rows)) is not None:
        _run("benchmarks.lab.pools", "--out", lab, "--rows", rows)
    if not (model / WEIGHTS).exists():
        _run("benchmarks.lab.pretrain", "--out", model, "--base", arguments.base)
    config = lab_config(arguments)
    (compare_so_far if arguments.so_far else compare)(config, Progress(config.log))


def rows_to_make(lab: Path, pool: str, asked: int | None) -> int | None:
    """Rows of the pools that have to be made; None where they are there.

    Raises:
        ConfigError: the pool that is there has other rows than asked for.
    """
    if not (lab / TEST_FILE).exists():
        return PoolConfig.rows if asked is None else asked
    if asked is not None:
        with (lab / pool / POOL_FILE).open("rb") as lines:
            there = sum(1 for _ in lines)
        if there != asked:
            raise ConfigError(
                f"--rows asks for {asked:,} rows, and {lab} has a {pool} of {there:,}: name "
                "another --out for one of its own, or leave --rows out to go on with this one"
            )
    return None


def lab_parser(doc: str | None) -> argparse.ArgumentParser:
    """The arguments that say which comparison of which laboratory is meant."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base", choices=BASES, default="competent")
    parser.add_argument("--pool", choices=("pool", "pool_sound"), default="pool")
    parser.add_argument("--grid", choices=_GRIDS)
    parser.add_argument("settings", nargs="*", help="such as compare.seeds=[2]")
    return parser


def lab_config(arguments: argparse.Namespace) -> CompareJobConfig:
    """The comparison that the arguments of `lab_parser` mean."""
    lab = arguments.out.resolve()
    model = lab / arguments.base
    values: dict[str, Any] = {
        "corpus": [str(lab / arguments.pool / POOL_FILE)],
        "out": str(lab / f"{arguments.base}-{arguments.pool}"),
        "generator.model": str(model),
        "finetune.model": str(model),
        "compare.held_out": [str(lab / TEST_FILE)],
    }
    if arguments.grid:
        grid = yaml.safe_load((Path(__file__).parent / f"{arguments.grid}.yaml").read_text())
        values |= {f"compare.{name}": value for name, value in grid.items()}
    return load(CompareJobConfig, str(_CONFIG), arguments.settings, values)


def _run(module: str, *arguments: object) -> None:
    """A process of its own, so that what it holds is given back."""
    subprocess.run([sys.executable, "-m", module, *map(str, arguments)], check=True)


if __name__ == "__main__":
    main()
