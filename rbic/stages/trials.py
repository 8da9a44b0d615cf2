"""Fine-tune and evaluate: one trial a method, budget and seed (rbic.trial).

Reads   all that selection needs (rbic.pool), encoded, and the held-out problems
Writes  trials    one row a trial: what was trained on, the losses
        scores    one row a reply to a held-out problem
        timings   one row a trial: seconds

A trial is a chunk, so a comparison can be stopped at any moment, and a larger grid keeps the trials
of a smaller one.
"""

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from rbic.chunks import Chunk, ChunkWorker, Step, Workers
from rbic.core.selection.method import Need
from rbic.core.trials import CompareConfig, plan_trials
from rbic.outputs import Inputs
from rbic.pool import POOL_READS
from rbic.schema import SCORES, TIMINGS, TRIALS
from rbic.trial_config import HeldOut, TrialConfig


def _worker(inputs: Inputs, config: TrialConfig, held_out: HeldOut) -> ChunkWorker:
    # Torch and transformers take seconds to import, and only a worker needs them.
    from rbic.trial import RunTrial  # noqa: PLC0415

    return RunTrial(inputs, held_out, config)


def trials_step(
    compare: CompareConfig, config: TrialConfig, held_out: HeldOut, workers: Workers
) -> Step:
    """One chunk a trial."""
    reads = [*POOL_READS, "encode"]
    reads += ["embed"] if Need.VECTORS in compare.all_needs() else []
    reads += ["likelihood"] if Need.LIKELIHOODS in compare.all_needs() else []
    return Step(
        name="trials",
        reads=tuple(reads),
        writes={"trials": TRIALS.schema, "timings": TIMINGS.schema, "scores": SCORES.schema},
        params={"held_out": held_out.digest, **_plain(asdict(config))},
        plan=lambda inputs: [
            Chunk(f"{one.method}-{one.budget:g}-{one.seed}", 1, one._asdict())
            for one in plan_trials(compare)
        ],
        worker=partial(_worker, config=config, held_out=held_out),
        workers=workers,
        unit="trials",
        loads_model=True,
        grows=True,
    )


def _plain(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters without what each trial sets itself."""
    made = {name: dict(values) for name, values in params.items()}
    for name, key in (("select", "method"), ("select", "seed"), ("finetune", "seed"),
                      ("select", "budget"), ("select", "budget_tokens")):  # fmt: skip
        made[name].pop(key, None)
    return made
