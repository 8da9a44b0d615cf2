"""What a laboratory's pool holds and what methods choose from it, by the truth rbic does not read.

    python -m benchmarks.lab.composition --out LAB [--base competent|weak] [--pool pool|pool_sound]
        [--grid table|parts]

The arguments, and settings such as compare.methods=[rbic,random], are those of benchmarks.lab.run;
what the steps before the trials lack is computed, and no trial is run. Prints two tables, and
writes them to LAB/BASE-POOL/composition.md. Of each planted fault: how many samples there are (rows
less exact duplicates), how many hygiene bars, by reason, and what integrity the others have. Of
what each method chooses, as means over its seeds: rows, the share of the tokens that is sound and
that has each fault, rows that repeat another one chosen, and the steps of a row.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.lab.run import lab_config, lab_parser
from rbic.compare import pool_steps, settle_comparison, trial_config
from rbic.config import CompareJobConfig
from rbic.core.selection.pool import Pool
from rbic.core.trials import plan_trials
from rbic.job import run_job
from rbic.outputs import Inputs
from rbic.pool import load_pool
from rbic.progress import Progress
from rbic.trial import Tuner

_SOUND = "none"
_QUANTILES = (0.1, 0.5, 0.9)


def main() -> None:
    """Print what the pool and the choices are made of."""
    arguments = lab_parser(__doc__).parse_intermixed_args()
    config = settle_comparison(lab_config(arguments))
    ran = run_job(config, pool_steps(config), Progress(config.log))
    inputs = {name: step.output for name, step in ran.items()}
    known = arguments.out / "truth" / f"{arguments.pool}.jsonl"
    truth = [json.loads(line) for line in known.read_text().splitlines()]
    lines = [*pool_lines(load_pool(inputs), truth_of(inputs, truth)), ""]
    lines += choice_lines(config, inputs, truth)
    text = "\n".join(lines) + "\n"
    Path(config.out, "composition.md").write_text(text)
    print(text, end="")


def truth_of(inputs: Inputs, truth: Sequence[Any]) -> Mapping[int, Mapping[str, Any]]:
    """What is known of each sample, by its id."""
    samples = inputs["ingest"].read("samples", columns=["sample_id", "row"])
    return {
        sample: truth[row]
        for sample, row in zip(
            samples["sample_id"].to_pylist(), samples["row"].to_pylist(), strict=True
        )
    }


def pool_lines(pool: Pool, truth: Mapping[int, Mapping[str, Any]]) -> Iterator[str]:
    """A Markdown table of the planted faults: what hygiene bars, and what integrity is left."""
    known = [truth[sample] for sample in pool.id_N.tolist()]
    fault_N = np.array([one["fault"] for one in known])
    open_N = np.array([reason is None for reason in pool.barred_N], dtype=bool)
    reasons = sorted({str(reason) for reason in pool.barred_N[~open_N]})
    heads = [reason.replace("_", " ") for reason in reasons]
    heads = ["planted", "samples", *heads, "of the others: integrity, 10 %, median, 90 %"]
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for fault in _ordered(fault_N):
        own_N = fault_N == fault
        barred = [(own_N & (pool.barred_N == reason)).sum() for reason in reasons]
        left = pool.integrity_N[own_N & open_N]
        spread = ", ".join(f"{x:.2f}" for x in np.quantile(left, _QUANTILES)) if len(left) else "–"
        counts = [f"{count:,}" for count in (own_N.sum(), *barred)]
        yield f"| {_word(fault)} | {' | '.join(counts)} | {spread} |"


def choice_lines(config: CompareJobConfig, inputs: Inputs, truth: Sequence[Any]) -> Iterator[str]:
    """A Markdown table of what each planned trial would be trained on, a line a method and budget.

    Args:
        config: the comparison.
        inputs: outputs of the steps before the trials.
        truth: what is known of each row of the pool, in order.
    """
    tuner = Tuner(inputs, trial_config(config))
    rows = inputs["ingest"].read("samples", columns=["sample_id", "row"])
    # Exact duplicates share an id, and each has a truth of its own.
    assert rows["sample_id"].equals(inputs["encode"].read("encoded")["sample_id"])
    known = [truth[row] for row in rows["row"].to_pylist()]
    faults = _ordered(np.array([one["fault"] for one in known]))
    arms: dict[tuple[str, float], list[list[float]]] = {}
    for trial in plan_trials(config.compare):
        chosen = tuner.choose(trial)
        if len(chosen):
            figures = _figures(tuner, chosen, known, faults)
            arms.setdefault((trial.method, trial.budget), []).append(figures)
    names = ["method", "budget", "seeds", "rows", *map(_word, faults), "repeats", "steps"]
    yield f"| {' | '.join(names)} |"
    yield "|" + "---|" * len(names)
    for (method, budget), seeds in sorted(arms.items(), key=lambda arm: (arm[0][1], arm[0][0])):
        rows, *shares, repeats, steps = np.mean(seeds, axis=0)
        cells = [method.replace("_", " "), f"{budget:.0%}", str(len(seeds)), f"{rows:,.0f}"]
        cells += [f"{share:.1%}" for share in shares] + [f"{repeats:,.0f}", f"{steps:.2f}"]
        yield f"| {' | '.join(cells)} |"


def _figures(
    tuner: Tuner, chosen: NDArray[np.int64], known: Sequence[Any], faults: Sequence[str]
) -> list[float]:
    """Rows, the share of tokens of each fault, rows that repeat another, mean steps."""
    own = [known[row] for row in chosen.tolist()]
    tokens = np.array([tuner.tokens(chosen[[at]]) for at in range(len(chosen))])
    fault = np.array([one["fault"] for one in own])
    ids = {one["id"] for one in own}
    return [
        len(chosen),
        *(float(tokens[fault == name].sum() / tokens.sum()) for name in faults),
        sum(one["duplicate_of"] in ids for one in own),
        float(np.mean([one["steps"] for one in own])),
    ]


def _ordered(fault_N: NDArray[Any]) -> list[str]:
    """Sound first, then the faults by how many rows have them."""
    names, counts = np.unique(fault_N, return_counts=True)
    order = sorted(zip(names.tolist(), counts.tolist(), strict=True), key=lambda one: -one[1])
    return sorted((name for name, _ in order), key=lambda name: name != _SOUND)


def _word(fault: str) -> str:
    return "sound" if fault == _SOUND else fault.replace("_", " ")


if __name__ == "__main__":
    main()
