"""The engine transformers: plain batched generation, where vLLM is not to be had."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from rbic.models.generator import Finish, GeneratorConfig, Reply, prompt_ids
from rbic.sample.names import located


class TransformersGenerator:
    """Generates in batches of prompts of like length, padded on the left."""

    def __init__(self, config: GeneratorConfig) -> None:
        """Load model and tokenizer, onto the GPU if there is one."""
        folder = located(str(config.model))
        model: Any = transformers.AutoModelForCausalLM.from_pretrained(
            folder, revision=config.revision, dtype=config.dtype
        )
        model = model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, revision=config.revision)
        self._take(model, tokenizer, config)

    @classmethod
    def from_loaded(cls, model: Any, tokenizer: Any, config: GeneratorConfig) -> Self:
        """A generator over a model that the caller holds, where it is and in its own arithmetic.

        Neither is changed: a model in training is one again when `generate` returns.

        Args:
            model: a causal language model of transformers, or one that peft wraps.
            tokenizer: its tokenizer.
            config: how it is asked; what names or loads a model does not count.
        """
        made = cls.__new__(cls)
        made._take(model, tokenizer, config)
        return made

    def _take(self, model: Any, tokenizer: Any, config: GeneratorConfig) -> None:
        self.name = f"transformers {transformers.__version__}"
        self._config = config
        self._model = model
        self._tokenizer = tokenizer
        self._max_tokens = int(config.max_model_tokens or model.config.max_position_embeddings)
        # Padding is masked, so any token will do; base models often name none.
        names = (tokenizer.pad_token_id, tokenizer.eos_token_id, 0)
        self._padding = next(int(token) for token in names if token is not None)

    def generate(self, questions: Sequence[str], seed_QA: NDArray[np.int64]) -> list[list[Reply]]:
        """Replies to each question; an over-long prompt is answered with an empty one."""
        prompts = prompt_ids(self._tokenizer, self._config, questions)
        attempts = seed_QA.shape[1]
        replies = [[Reply("", Finish.PROMPT_TOO_LONG, 0, len(ids))] * attempts for ids in prompts]
        fitting = [q for q, ids in enumerate(prompts) if len(ids) < self._max_tokens]
        fitting.sort(key=lambda q: (len(prompts[q]), q))
        together = max(1, self._config.batch_replies // attempts)
        training = self._model.training
        self._model.eval()
        for start in range(0, len(fitting), together):
            batch = fitting[start : start + together]
            written = self._generate([prompts[q] for q in batch], seed_QA[batch])
            for q, own in zip(batch, written, strict=True):
                replies[q] = own
        self._model.train(training)
        return replies

    def _generate(
        self, prompts: Sequence[Sequence[int]], seed_BA: NDArray[np.int64]
    ) -> list[list[Reply]]:
        """One batch: each prompt once for each attempt."""
        attempts = seed_BA.shape[1]
        rows = [list(ids) for ids in prompts for _ in range(attempts)]
        width = max(map(len, rows))
        ids = [[self._padding] * (width - len(row)) + row for row in rows]
        there = [[0] * (width - len(row)) + [1] * len(row) for row in rows]
        batch = {
            name: torch.tensor(values, device=self._model.device)
            for name, values in (("input_ids", ids), ("attention_mask", there))
        }
        sampler = SeededSampling(seed_BA.ravel(), self._config.temperature, self._config.top_p)
        with torch.inference_mode():
            output = self._model.generate(
                **batch,
                max_new_tokens=min(self._config.max_tokens, self._max_tokens - width),
                do_sample=False,
                temperature=None,
                top_p=None,
                top_k=None,
                pad_token_id=self._padding,
                logits_processor=transformers.LogitsProcessorList([sampler]),
            )
        replies = [
            self._reply(ids, len(prompt))
            for ids, prompt in zip(output[:, width:].tolist(), rows, strict=True)
        ]
        return [replies[i : i + attempts] for i in range(0, len(replies), attempts)]

    def _reply(self, ids: list[int], prompt_tokens: int) -> Reply:
        ends = self._model.generation_config.eos_token_id
        ends = set(ends) if isinstance(ends, list) else {ends}
        stop = next((i for i, token in enumerate(ids) if token in ends), None)
        text = self._tokenizer.decode(ids[:stop], skip_special_tokens=True)
        finish = Finish.LENGTH if stop is None else Finish.STOP
        return Reply(text, finish, len(ids) if stop is None else stop + 1, prompt_tokens)


class SeededSampling(transformers.LogitsProcessor):
    """Sampling as a logits processor: leaves one token, drawn with the row's own random numbers.

    The number of row r at step t is a hash of its seed and t, so that a reply does not depend on
    which others are in the batch.
    """

    def __init__(self, seed_R: NDArray[np.int64], temperature: float, top_p: float) -> None:
        """Take a seed for each row of the batch."""
        self._seed_R = seed_R.astype(np.uint64)
        self._temperature = temperature
        self._top_p = top_p
        self._step = 0

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Scores of 0 for the token drawn and -inf for all others, shape (R, vocabulary)."""
        chosen = scores.argmax(dim=-1) if self._temperature == 0 else self._draw(scores)
        self._step += 1
        left = torch.full_like(scores, -torch.inf)
        return left.scatter(1, chosen[:, None], 0.0)

    def _draw(self, scores: torch.Tensor) -> torch.Tensor:
        probability = torch.softmax(scores.double() / self._temperature, dim=-1)
        ranked, token = torch.sort(probability, dim=-1, descending=True, stable=True)
        total = torch.cumsum(ranked, dim=-1)
        # The smallest set of tokens whose probability reaches top_p; the first is always in it.
        within = (total - ranked) < self._top_p
        mass = (ranked * within).sum(dim=-1)
        uniform = torch.from_numpy(_uniform(self._seed_R, self._step)).to(scores.device)
        rank = (total < (uniform * mass)[:, None]).sum(dim=-1, keepdim=True)
        rank = torch.minimum(rank, within.sum(dim=-1, keepdim=True) - 1)
        return token.gather(1, rank)[:, 0]


def _uniform(seed_R: NDArray[np.uint64], step: int) -> NDArray[np.float64]:
    """Numbers in [0, 1) by SplitMix64 (Steele et al. 2014) of seed and step."""
    with np.errstate(over="ignore"):
        state = seed_R * np.uint64(0x9E3779B97F4A7C15) + np.uint64(step) * np.uint64(
            0xD1B54A32D192ED03
        )
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            state = (state ^ (state >> np.uint64(shift))) * np.uint64(factor)
        state ^= state >> np.uint64(31)
    return (state >> np.uint64(11)).astype(np.float64) / 2.0**53
