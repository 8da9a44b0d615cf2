"""AUC of integrity and contribution for sound against faulty chains, beside plain baselines.

Unpaired: the chance that a sound chain scores above a faulty one, ties half. Paired: the same
within a problem, for the sets that have both chains of one. 0.5 is no better than chance; a
baseline is turned round where it ranks faulty chains higher. Chains have no reference answer.

python -m benchmarks.contribution.faults --data DATA [--only WORD] [--columns]
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from benchmarks.contribution.baselines import BASELINES, count_tokens
from benchmarks.contribution.faulty import (
    MISTAKE_TASKS,
    PRM_CLASSES,
    SOLVERS,
    Judged,
    mistaken_chains,
    model_solutions,
    prm_pairs,
)
from rbic.core.chains import chain_columns
from rbic.core.contribution import (
    COMPETENT_GAMMA,
    contribution,
    residual,
    spline_features,
    standardise_within,
)
from rbic.core.integrity import ChainRule

_SHARE = 0.7
_DEFECTS = (
    "repeated",
    "failed_share",
    "leaps",
    "false_equations",
    "unreached",
    "assumed",
    "left_out",
)


def auc(score_N: NDArray[np.float64], sound_N: NDArray[np.bool_]) -> float:
    """The chance that a sound row scores above a faulty one, ties half (Mann-Whitney)."""
    sound, faulty = int(sound_N.sum()), int((~sound_N).sum())
    if not sound or not faulty:
        return float("nan")
    above = rankdata(score_N)[sound_N].sum() - sound * (sound + 1) / 2
    return float(above / (sound * faulty))


def paired_auc(
    score_N: NDArray[np.float64], sound_N: NDArray[np.bool_], pairs: Sequence[str]
) -> float:
    """The share of pairs whose sound row scores above the faulty one, ties half."""
    scores: dict[str, dict[bool, float]] = {}
    for pair, sound, score in zip(pairs, sound_N.tolist(), score_N.tolist(), strict=True):
        scores.setdefault(pair, {})[sound] = score
    both = [(one[True], one[False]) for one in scores.values() if len(one) == 2]
    if not both:
        return float("nan")
    return float(np.mean([(right > wrong) + (right == wrong) / 2 for right, wrong in both]))


def contributions(
    columns: dict[str, NDArray[np.generic]], chains: Sequence[str]
) -> NDArray[np.float64]:
    """R exp(gamma z) with the rows of one study as one cell and their lengths regressed out."""
    complexity_N = columns["logical_complexity"].astype(np.float64)
    structured_N = columns["structured"].astype(np.bool_)
    cell_N = np.zeros(len(chains), dtype=np.int64)
    length_N = np.log(np.array([max(1, count_tokens(chain)) for chain in chains], dtype=float))
    rest_N = residual(complexity_N, spline_features(length_N), cell_N, structured_N)
    z_N = (1 - _SHARE) * standardise_within(complexity_N, cell_N, structured_N)
    z_N += _SHARE * standardise_within(rest_N, cell_N, structured_N)
    integrity_N = columns["integrity"].astype(np.float64)
    return contribution(integrity_N, z_N, structured_N, COMPETENT_GAMMA)


def studies(data: Path) -> Iterator[tuple[str, list[Judged]]]:
    """Every set of sound and faulty chains."""
    for kind in PRM_CLASSES:
        yield f"prmbench: {kind}", list(prm_pairs(data, kind))
    for task in MISTAKE_TASKS:
        yield f"mistake: {task}", list(mistaken_chains(data, task))
    for solver in SOLVERS:
        yield f"gsm8k: {solver}", list(model_solutions(data, solver))


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True, help="folder of the data")
    arguments.add_argument("--only", default="", help="studies whose name contains this")
    arguments.add_argument("--columns", action="store_true", help="single defects as well")
    options = arguments.parse_args()
    names = ["integrity", *(_DEFECTS if options.columns else ())]
    heads = ["integrity, paired", *names, "contribution", *BASELINES]
    print("| study | sound | faulty |", " | ".join(heads), "|")
    print("|---" * (len(heads) + 3) + "|")
    for study, rows in studies(options.data):
        if options.only not in study:
            continue
        chains = [row.chain for row in rows]
        nothing = [None] * len(rows)
        columns = chain_columns(
            [row.question for row in rows], chains, nothing, nothing, ChainRule()
        )
        sound_N = np.array([row.sound for row in rows])
        cells = [paired_auc(columns["integrity"], sound_N, [row.pair for row in rows])]
        cells.append(auc(columns["integrity"], sound_N))
        cells += [auc(-columns[name].astype(np.float64), sound_N) for name in names[1:]]
        cells.append(auc(contributions(columns, chains), sound_N))
        for baseline in BASELINES.values():
            plain = auc(np.array([baseline(chain) for chain in chains], dtype=float), sound_N)
            cells.append(max(plain, 1 - plain))
        print(
            f"| {study} | {sound_N.sum()} | {(~sound_N).sum()} |",
            " | ".join("-" if np.isnan(cell) else f"{cell:.3f}" for cell in cells),
            "|",
            flush=True,
        )


if __name__ == "__main__":
    main()
