"""Fine-tune and evaluate: one trial a method, budget and seed (rbic.trial).

Reads   all that selection needs (rbic.pool), encoded, and the held-out problems
Writes  trials    one row a trial: what was trained on, the losses
        scores    one row a reply to a held-out problem
        timings   one row a trial: seconds

A trial is a chunk, so a comparison can be stopped at any moment, and a larger grid keeps the trials
of a smaller one.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from rbic.chunks import Chunk, ChunkWorker, Step, Workers, digests
from rbic.core.selection.method import Method, Need, needs, rule_of
from rbic.core.selection.refine import SelectConfig
from rbic.core.trials import REPEATED, TUNED, CompareConfig, PlannedTrial, plan_trials
from rbic.core.variants import varied
from rbic.models.adapters import model_digest
from rbic.models.generator import reply_params
from rbic.outputs import Inputs
from rbic.pool import POOL_READS
from rbic.schema import SCORES, TIMINGS, TRIALS
from rbic.trial_config import HeldOut, TrialConfig

_OF_TRIAL = ("method", "seed", "budget", "budget_tokens")
"""What each trial sets itself."""

_BRINGS = {Need.VECTORS: "embed", Need.LIKELIHOODS: "likelihood"}
"""The step that knows what only some methods need."""

_ASKING = 0.05
"""What the held-out problems take, of the time of training on the whole pool: a guess, and only the
time left is told by it."""

_CHOOSERS = {str(method): method for method in Method}


def _worker(inputs: Inputs, config: TrialConfig, held_out: HeldOut) -> ChunkWorker:
    # Torch and transformers take seconds to import, and only a worker needs them.
    from rbic.trial import RunTrial  # noqa: PLC0415

    return RunTrial(inputs, held_out, config)


def trials_step(
    compare: CompareConfig, config: TrialConfig, held_out: HeldOut, workers: Workers
) -> Step:
    """One chunk a trial."""
    used = compare.all_needs()
    return Step(
        name="trials",
        reads=(*POOL_READS, "encode"),
        writes={"trials": TRIALS.schema, "timings": TIMINGS.schema, "scores": SCORES.schema},
        params={"held_out": held_out.digest, **_common(config)},
        plan=lambda inputs: [_chunk(trial, config, inputs) for trial in plan_trials(compare)],
        worker=partial(_worker, config=config, held_out=held_out),
        workers=workers,
        unit="trials",
        loads_model=True,
        grows=True,
        reads_in_part=tuple(name for need, name in _BRINGS.items() if need in used),
        version=8,
    )


def _chunk(trial: PlannedTrial, config: TrialConfig, inputs: Inputs) -> Chunk:
    """A trial's name holds what its outcome depends on and other methods' do not."""
    name = f"{trial.method}-{trial.budget:g}-{trial.seed}"
    changes = config.variants.get(trial.method)
    chooser = Method.RBIC if changes is not None else _CHOOSERS.get(trial.method)
    if chooser is not None and (rule := rule_of(chooser)) > 1:
        name += f"-rule{rule}"
    if changes is not None:
        select, chains, contribution = varied(config.rules, changes)
        name += f"-{_digest([_free(select), asdict(chains), asdict(contribution)])}"
    elif trial.method in TUNED:
        name += f"-{_digest(_free(config.select))}"
    if chooser is not None:
        read = [_BRINGS[need] for need in needs(chooser) if need in _BRINGS]
        name = "-".join([name, *digests(inputs, sorted(read))])
    trained = 1.0 if trial.method == REPEATED else trial.budget
    return Chunk(name, 1, trial._asdict(), cost=trained + _ASKING)


def _free(select: SelectConfig) -> dict[str, Any]:
    """The settings that trials have in common."""
    return _without(asdict(select), *_OF_TRIAL)


def _digest(settings: Any) -> str:
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:8]


def _common(config: TrialConfig) -> dict[str, Any]:
    """The parameters that all trials have in common."""
    params = _without(asdict(config), "chains", "contribution", "variants")
    # A trial answers in its own process, with an engine of its own.
    params["generator"] = _without(reply_params(config.generator), "tensor_parallel")
    params["finetune"] = _without(params["finetune"], "seed", "merge")
    params["model_digest"] = model_digest(config.finetune.model)
    params["select"] = {"max_sample_tokens": config.select.max_sample_tokens}
    return params


def _without(params: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name not in names}
