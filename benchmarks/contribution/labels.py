"""Spearman correlation of the analysis, and of plain baselines, with complexity labels.

python -m benchmarks.contribution.labels --data DATA [--rows N] [--parts]
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from benchmarks.contribution.baselines import BASELINES
from benchmarks.contribution.corpora import STUDIES, Labelled
from rbic.core.chains import chain_columns
from rbic.core.integrity import ChainRule

_PARTS = ("steps", "live_steps", "depth", "width", "joins", "edges", "operations",
          "operation_entropy")  # fmt: skip


def grouped_spearman(
    values: Sequence[float], labels: Sequence[float], groups: Sequence[str]
) -> float:
    """Spearman's rho within each group, averaged by the groups' sizes; a constant scores 0."""
    value, label, group = map(np.asarray, (values, labels, groups))
    total = 0.0
    for name in np.unique(group):
        rows = group == name
        if np.ptp(value[rows]) > 0 and np.ptp(label[rows]) > 0:
            total += rows.sum() * float(spearmanr(value[rows], label[rows])[0])
    return total / len(group)


def columns_of(rows: Sequence[Labelled]) -> dict[str, np.ndarray]:
    """The columns of the analysis for labelled rows."""
    return chain_columns(
        [row.question for row in rows],
        [row.chain for row in rows],
        [row.answer for row in rows],
        [row.options for row in rows],
        ChainRule(),
    )


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True, help="folder of the data")
    arguments.add_argument("--rows", type=int, help="first rows of each study only")
    arguments.add_argument("--parts", action="store_true", help="single columns as well")
    arguments.add_argument("--only", default="", help="studies whose name contains this")
    options = arguments.parse_args()
    names = ["logical_complexity", *(_PARTS if options.parts else ())]
    print("| study | rows |", " | ".join([*names, *BASELINES]), "| ahead |")
    print("|---" * (len(names) + len(BASELINES) + 3) + "|")
    for study, load in STUDIES.items():
        if options.only not in study:
            continue
        rows = list(load(options.data))[: options.rows]
        labels, groups = [row.label for row in rows], [row.group for row in rows]
        columns = columns_of(rows)
        ours = [grouped_spearman(columns[name], labels, groups) for name in names]
        plain = [
            grouped_spearman([baseline(row.chain) for row in rows], labels, groups)
            for baseline in BASELINES.values()
        ]
        ahead = "yes" if ours[0] > max(map(abs, plain)) else "no"
        cells = [f"{value:.3f}" for value in (*ours, *plain)]
        print(f"| {study} | {len(rows)} |", " | ".join(cells), f"| {ahead} |")


if __name__ == "__main__":
    main()
