"""One trial of a comparison: choose samples, fine-tune on them, answer the held-out problems."""

import time
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rbic.chunks import Chunk, ChunkTables
from rbic.core.comparison import BASE, FULL
from rbic.core.packing import plan_steps
from rbic.core.selection.choose import choose
from rbic.core.selection.method import Method
from rbic.core.trials import FULL_STOPPED, REPEATED
from rbic.models.checker import Checker
from rbic.models.encoded_samples import EncodedSamples
from rbic.models.evaluation import answer_problems
from rbic.models.finetuned import load_base, padding_id, with_adapter
from rbic.models.finetuning import Finetuning, Progress
from rbic.models.generator import attempt_seeds
from rbic.models.generator_transformers import TransformersGenerator
from rbic.models.packed_forward import packs_cleanly
from rbic.outputs import Inputs
from rbic.pool import load_pool
from rbic.trial_config import HeldOut, TrialConfig


@dataclass(frozen=True)
class _Chosen:
    """What a trial is trained on."""

    samples: NDArray[np.int64]
    """Rows of the encoded samples."""
    epochs: float = 1.0
    """Times the passes of the configuration."""
    max_tokens: int | None = None


class RunTrial:
    """Runs trials one after another, on one copy of pool, model and problems."""

    def __init__(self, inputs: Inputs, held_out: HeldOut, config: TrialConfig) -> None:
        """Read what all trials need."""
        self._config = config
        self._pool = load_pool(inputs)
        self._encoded = EncodedSamples.of(inputs["encode"].read("encoded"))
        self._model, self._tokenizer = load_base(config.finetune)
        self._packs = config.finetune.packing and packs_cleanly(self._model)
        self._checker = Checker(config.check)
        self._problems = held_out.problems
        longest = getattr(self._model.config, "max_position_embeddings", None)
        self._readable = self._encoded.readable(longest)
        self._tokens = int(self._encoded.tokens_N[self._readable].sum())
        _, first = np.unique(self._encoded.id_N, return_index=True)
        self._row_of = dict(zip(self._encoded.id_N[first].tolist(), first.tolist(), strict=True))

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """One trial."""
        method, budget, seed = (chunk.payload[name] for name in ("method", "budget", "seed"))
        clock = _Clock()
        chosen = self._choose(method, budget, seed)
        selection_seconds = clock.lap()
        model, tuning = self._train(chosen, seed)
        train_seconds = clock.lap()
        answered = self._answer(model, seed)
        answer_seconds = clock.lap()
        key = {"method": [method], "budget": [budget], "seed": [seed]}
        progress = tuning.progress if tuning else Progress()
        trial = key | {
            "samples": [len(chosen.samples)],
            "pool_tokens": [int(self._encoded.tokens_N[chosen.samples].sum())],
            "train_tokens": [progress.tokens],
            "steps": [progress.step],
            "losses": pa.array(
                [(progress.losses if progress else None) or []], pa.list_(pa.float32())
            ),
        }
        timing = key | {
            "selection_seconds": [selection_seconds],
            "train_seconds": [train_seconds if tuning else 0.0],
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

    def _choose(self, method: str, budget: float, seed: int) -> _Chosen:
        """The samples of a trial."""
        if method == BASE:
            return _Chosen(np.empty(0, np.int64))
        if method == FULL:
            return _Chosen(self._readable)
        tokens = int(budget * self._tokens)
        if method == FULL_STOPPED:
            return _Chosen(self._readable, max_tokens=tokens)
        if method == REPEATED:
            return _Chosen(self._selected(Method.RANDOM, tokens, seed), 1 / budget, self._tokens)
        return _Chosen(self._selected(Method(method), tokens, seed))

    def _selected(self, method: Method, tokens: int, seed: int) -> NDArray[np.int64]:
        config = replace(self._config.select, method=method, seed=seed)
        rows = choose(self._pool, tokens, config).row_S
        samples = [self._row_of[sample] for sample in self._pool.id_N[rows].tolist()]
        return np.intersect1d(np.array(samples, np.int64), self._readable)

    def _train(self, chosen: _Chosen, seed: int) -> tuple[Any, Finetuning | None]:
        """The base model trained on what was chosen; as it is where that is nothing."""
        model = deepcopy(self._model)
        if not len(chosen.samples):
            return model, None
        config = replace(self._config.finetune, seed=seed)
        row_tokens = config.row_tokens if self._packs else 1
        samples = self._encoded.packed(chosen.samples, row_tokens)
        limits = [n for n in (chosen.max_tokens, config.max_tokens) if n is not None]
        plan = plan_steps(
            samples.packing.tokens_R,
            config.step_tokens,
            config.epochs * chosen.epochs,
            min(limits, default=None),
            seed,
        )
        model = with_adapter(model, config)
        tuning = Finetuning(model, samples, plan, config, padding_id(self._tokenizer))
        tuning.run()
        return model, tuning

    def _answer(self, model: Any, seed: int) -> pa.Table:
        generator = TransformersGenerator.from_loaded(
            model.eval(), self._tokenizer, self._config.generator
        )
        ids = self._problems["sample_id"].to_numpy()
        return answer_problems(
            generator,
            self._checker,
            self._problems["question"].to_pylist(),
            self._problems["answer"].to_pylist(),
            self._problems["options"].to_pylist(),
            attempt_seeds(seed, ids, self._config.generator.attempts),
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
