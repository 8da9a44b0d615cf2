"""One trial of a comparison: choose samples, fine-tune on them, answer the held-out problems."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rbic import storage
from rbic.chunks import Chunk, ChunkTables
from rbic.core.comparison import BASE, FULL
from rbic.core.packing import plan_steps
from rbic.core.selection.choose import choose
from rbic.core.selection.method import Method
from rbic.core.selection.pool import Pool
from rbic.core.selection.refine import SelectConfig
from rbic.core.trials import FULL_STOPPED, REPEATED, PlannedTrial, training_length
from rbic.core.variants import varied
from rbic.models.adapters import model_digest
from rbic.models.checker import Checker
from rbic.models.encoded_samples import EncodedSamples
from rbic.models.evaluation import answer_problems
from rbic.models.finetune_config import Adapter, FinetuneConfig
from rbic.models.finetuned import load_base, padding_id, with_adapter
from rbic.models.finetuning import Finetuning, Progress
from rbic.models.generator import attempt_seeds
from rbic.models.generator_transformers import TransformersGenerator
from rbic.models.packed_forward import kernel_precision, packs_cleanly
from rbic.models.precision import autocast
from rbic.outputs import Inputs
from rbic.pool import load_pool
from rbic.rescored import rescored
from rbic.trial_config import HeldOut, TrialConfig
from rbic.under_way import UnderWay

_TRAINING = 1
"""Raised when the same settings train otherwise: what was kept is then begun anew."""


class Tuner:
    """Chooses samples and fine-tunes on them, again and again, from one copy of pool and model."""

    def __init__(self, inputs: Inputs, config: TrialConfig) -> None:
        """Read what all trials need.

        Args:
            inputs: outputs of the steps of rbic.pool.POOL_READS and of `encode`.
            config: what trials have in common.
        """
        self._config = config
        self._inputs = inputs
        self._pool = load_pool(inputs)
        self._encoded = EncodedSamples.of(inputs["encode"].read("encoded"))
        clock = _Clock()
        self._model, self.tokenizer = load_base(config.finetune)
        self.load_seconds = clock.lap()
        self.padding = padding_id(self.tokenizer)
        self._packs = config.finetune.packing and packs_cleanly(self._model)
        self._longest = getattr(
            self._model.config.get_text_config(), "max_position_embeddings", None
        )
        self._readable = self._encoded.readable(self._longest)
        self._tokens = int(self._encoded.tokens_N[self._readable].sum())
        _, first = np.unique(self._encoded.id_N, return_index=True)
        self._row_of = dict(zip(self._encoded.id_N[first].tolist(), first.tolist(), strict=True))

    def tokens(self, chosen: NDArray[np.int64]) -> int:
        """Training tokens of what was chosen."""
        return int(self._encoded.tokens_N[chosen].sum())

    def choose(self, asked: PlannedTrial) -> NDArray[np.int64]:
        """Rows of the encoded samples that a trial is trained on."""
        if asked.method == BASE:
            return np.empty(0, np.int64)
        if asked.method in (FULL, FULL_STOPPED):
            return self._readable
        pool, given = self._pool_and_settings(asked.method)
        limits = [limit for limit in (given.max_sample_tokens, self._longest) if limit is not None]
        config = replace(given, seed=asked.seed, max_sample_tokens=min(limits, default=None))
        rows = choose(pool, int(asked.budget * self._tokens), config).row_S
        samples = [self._row_of[sample] for sample in self._pool.id_N[rows].tolist()]
        return np.intersect1d(np.array(samples, np.int64), self._readable)

    def _pool_and_settings(self, method: str) -> tuple[Pool, SelectConfig]:
        """What a method or variant chooses from, and by what settings."""
        own = self._config.rules
        changes = self._config.variants.get(method)
        if changes is None:
            name = Method.RANDOM if method == REPEATED else Method(method)
            return self._pool, replace(own.select, method=name)
        rules = varied(own, changes)
        pool = self._pool
        if (rules.chains, rules.contribution) != (own.chains, own.contribution):
            pool = rescored(pool, self._inputs, rules.chains, rules.contribution)
        return pool, replace(rules.select, method=Method.RBIC)

    @contextmanager
    def tuned(
        self, chosen: NDArray[np.int64], asked: PlannedTrial, work: UnderWay | None = None
    ) -> Iterator[tuple[Any, Finetuning | None]]:
        """The base model trained on what was chosen; as it is where that is nothing.

        An adapter is put on the one copy of the base and taken off again. With `work` the training
        is kept now and then, and taken up where one was killed.
        """
        config = replace(self._config.finetune, seed=asked.seed)
        if not len(chosen):
            yield self._model, None
        elif config.adapter is Adapter.NONE:
            model = with_adapter(deepcopy(self._model), config)
            yield self._trained(model, config, chosen, asked, work)
        else:
            adapted = with_adapter(self._model, config)
            try:
                yield self._trained(adapted, config, chosen, asked, work)
            finally:
                self._model = adapted.unload()

    def name(self, chosen: NDArray[np.int64], asked: PlannedTrial) -> str:
        """Names all that a training's steps depend on."""
        settings = [
            _TRAINING, asdict(self._config.finetune), asked._asdict(),
            self._inputs["encode"].digest, model_digest(self._config.finetune.model),
        ]  # fmt: skip
        return storage.digest(json.dumps(settings, sort_keys=True).encode() + chosen.tobytes())

    def _trained(
        self, model: Any, config: FinetuneConfig, chosen: NDArray[np.int64], asked: PlannedTrial,
        work: UnderWay | None,
    ) -> tuple[Any, Finetuning]:  # fmt: skip
        samples = self._encoded.packed(chosen, config.row_tokens if self._packs else 1)
        epochs, tokens = training_length(asked.method, asked.budget, self._tokens, config.epochs)
        plan = plan_steps(samples.packing.tokens_R, config.step_tokens, epochs, tokens, asked.seed)
        tuning = Finetuning(model, samples, plan, config, self.padding)
        if work is None:
            tuning.run()
            return model, tuning
        if (state := work.kept()) is not None:
            tuning.load_state_bytes(state)
        tuning.run(partial(_tell_and_keep, work))
        # Answering may take long, too, and be killed.
        work.keep(tuning.state_bytes, at_once=True)
        work.tell("answers", at_once=True)
        return model, tuning


def _title(asked: PlannedTrial) -> str:
    budget = f" {asked.budget:.0%}" if 0 < asked.budget < 1 else ""
    return f"{asked.method.replace('_', ' ')}{budget}, seed {asked.seed}"


def _tell_and_keep(work: UnderWay, tuning: Finetuning) -> None:
    """After a step: leave word of how far it is, and what it can be taken up from."""
    step, steps = tuning.progress.step, tuning.steps
    work.tell(f"step {step:,} of {steps:,}, {step / steps:.0%}")
    work.keep(tuning.state_bytes)


class RunTrial:
    """Runs trials one after another, on one copy of pool, model and problems."""

    def __init__(self, inputs: Inputs, held_out: HeldOut, config: TrialConfig) -> None:
        """Read what all trials need."""
        self._root = storage.parent(inputs["encode"].folder)
        self._tuner = Tuner(inputs, config)
        self._generator = config.generator
        self._checker = Checker(config.check)
        self._problems = held_out.problems

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """One trial."""
        asked = PlannedTrial(**chunk.payload)
        clock = _Clock()
        chosen = self._tuner.choose(asked)
        selection_seconds = clock.lap()
        work = UnderWay(self._root, "trials", self._tuner.name(chosen, asked), _title(asked))
        with self._tuner.tuned(chosen, asked, work) as (model, tuning):
            train_seconds = clock.lap() + (tuning.seconds_before if tuning else 0.0)
            answered = self._answer(model, asked.seed)
            answer_seconds = clock.lap()
        work.end()
        key = {name: [value] for name, value in asked._asdict().items()}
        progress = tuning.progress if tuning else Progress()
        trial = key | {
            "samples": [len(chosen)],
            "pool_tokens": [self._tuner.tokens(chosen)],
            "train_tokens": [progress.tokens],
            "steps": [progress.step],
            "losses": pa.array([progress.losses], pa.list_(pa.float32())),
        }
        timing = key | {
            "selection_seconds": [selection_seconds],
            # The one copy of the base was loaded once; a fine-tuning by itself would load its own.
            "train_seconds": [self._tuner.load_seconds + train_seconds if tuning else 0.0],
            "answer_seconds": [answer_seconds],
        }
        scores = {name: values * answered.num_rows for name, values in key.items()} | {
            name: answered[name]
            for name in ("problem", "attempt", "reply", "final_answer", "verdict", "reply_tokens")
        }
        return ChunkTables(
            {
                "trials": pa.table(trial),
                "timings": pa.table(timing),
                "scores": pa.table(scores),
            }
        )

    def _answer(self, model: Any, seed: int) -> pa.Table:
        generator = TransformersGenerator.from_loaded(
            model.eval(), self._tuner.tokenizer, self._generator
        )
        ids = self._problems["sample_id"].to_numpy()
        # Weights that are trained are kept in float32, which not every kernel takes.
        with autocast(next(model.parameters()).device, kernel_precision(model)):
            return answer_problems(
                generator,
                self._checker,
                self._problems["question"].to_pylist(),
                self._problems["answer"].to_pylist(),
                self._problems["options"].to_pylist(),
                attempt_seeds(seed, ids, self._generator.attempts),
            )


class _Clock:
    """Seconds since it was last asked."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def lap(self) -> float:
        """Seconds since the last lap."""
        now = time.monotonic()
        passed, self._last = now - self._last, now
        return passed
