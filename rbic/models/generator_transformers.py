"""The engine transformers: batches in this process, where vLLM is not to be had."""

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from rbic.models.adapters import find_adapter, load_merged
from rbic.models.decoding import Decoder, DecodeRule, decodes
from rbic.models.generator import Finish, GeneratorConfig, Reply, prompt_ids
from rbic.models.sampling import choose
from rbic.sample.names import located


class TransformersGenerator:
    """Generates in batches of prompts of like length."""

    def __init__(self, config: GeneratorConfig, beat: Callable[[], None] = lambda: None) -> None:
        """Load model and tokenizer, onto the GPU if there is one.

        Args:
            config: which model, and how it is asked.
            beat: called whenever every reply under way has got a token.
        """
        folder, revision = located(str(config.model)), config.revision
        adapter = find_adapter(folder)
        if adapter is not None:
            model = load_merged(adapter, config.dtype)
            folder, revision = adapter.tokenizer
        else:
            model = transformers.AutoModelForCausalLM.from_pretrained(
                folder, revision=revision, dtype=config.dtype
            )
        model = model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, revision=revision)
        self._take(model, tokenizer, config, beat)

    @classmethod
    def from_loaded(cls, model: Any, tokenizer: Any, config: GeneratorConfig) -> Self:
        """A generator over a model that the caller holds, where it is and in its own arithmetic.

        Neither is changed: a model in training is one again when `generate` returns.

        Args:
            model: a causal language model of transformers, or one that peft wraps.
            tokenizer: its tokenizer.
            config: how it is asked; what names or loads a model does not count.

        Raises:
            ValueError: neither the settings nor the model say how long it may read.
        """
        made = cls.__new__(cls)
        made._take(model, tokenizer, config, lambda: None)
        return made

    def _take(
        self, model: Any, tokenizer: Any, config: GeneratorConfig, beat: Callable[[], None]
    ) -> None:
        self.name = f"transformers {transformers.__version__}"
        self._config = config
        self._beat = beat
        self._model = model
        self._tokenizer = tokenizer
        longest = config.max_model_tokens or getattr(model.config, "max_position_embeddings", None)
        if longest is None:
            raise ValueError("generator.max_model_tokens is needed: the model names no limit")
        # Padding is masked, so any token will do; base models often name none.
        names = (tokenizer.pad_token_id, tokenizer.eos_token_id, 0)
        self._rule = DecodeRule(
            temperature=config.temperature,
            top_p=config.top_p,
            max_new_tokens=config.max_tokens,
            max_tokens=int(longest),
            batch_rows=config.batch_replies,
            ends=_ends(model),
            padding=next(int(token) for token in names if token is not None),
        )

    def generate(self, questions: Sequence[str], seed_QA: NDArray[np.int64]) -> list[list[Reply]]:
        """Replies to each question; an over-long prompt is answered with an empty one."""
        prompts = prompt_ids(self._tokenizer, self._config, questions)
        attempts = seed_QA.shape[1]
        replies = [[Reply("", Finish.PROMPT_TOO_LONG, 0, len(ids))] * attempts for ids in prompts]
        fitting = [q for q, ids in enumerate(prompts) if len(ids) < self._rule.max_tokens]
        fitting.sort(key=lambda q: (len(prompts[q]), q))
        # The likeliest reply is the same each time.
        written = attempts if self._config.temperature > 0 else 1
        rows = [prompts[q] for q in fitting for _ in range(written)]
        replies_ids = iter(self._write(rows, seed_QA[fitting, :written].ravel()))
        for q in fitting:
            own = [self._reply(next(replies_ids), len(prompts[q])) for _ in range(written)]
            replies[q] = own * (attempts // written)
        return replies

    def _write(self, rows: list[list[int]], seed_R: NDArray[np.int64]) -> list[list[int]]:
        """The tokens of each row's reply, with the one that ends it."""
        training = self._model.training
        self._model.eval()
        try:
            if decodes(self._model):
                return Decoder(self._model, rows, seed_R, self._rule, self._beat).run()
            batch = self._rule.batch_rows
            return [
                reply
                for start in range(0, len(rows), batch)
                for reply in self._generate(rows[start : start + batch], seed_R[start:][:batch])
            ]
        finally:
            self._model.train(training)

    def _generate(self, rows: list[list[int]], seed_R: NDArray[np.int64]) -> list[list[int]]:
        """One batch by the library's own loop, for models that keep more than keys and values."""
        rule = self._rule
        width = max(map(len, rows))
        ids = [[rule.padding] * (width - len(row)) + row for row in rows]
        there = [[0] * (width - len(row)) + [1] * len(row) for row in rows]
        room = max(min(rule.max_new_tokens, rule.max_tokens - len(row)) for row in rows)
        # Its own settings only: no penalties of the checkpoint's, as the other engines.
        settings = transformers.GenerationConfig(
            max_new_tokens=room,
            do_sample=False,
            eos_token_id=sorted(rule.ends) or None,
            pad_token_id=rule.padding,
        )
        with torch.inference_mode():
            output = self._model.generate(
                input_ids=torch.tensor(ids, device=self._model.device),
                attention_mask=torch.tensor(there, device=self._model.device),
                generation_config=settings,
                logits_processor=transformers.LogitsProcessorList(
                    [_Chosen(seed_R, rule, self._beat)]
                ),
            )
        return [
            self._to_end(reply, len(row))
            for reply, row in zip(output[:, width:].tolist(), rows, strict=True)
        ]

    def _to_end(self, ids: list[int], prompt_tokens: int) -> list[int]:
        """A padded reply up to its end, and no longer than its prompt leaves room for."""
        ids = ids[: min(self._rule.max_new_tokens, self._rule.max_tokens - prompt_tokens)]
        stop = next((i for i, token in enumerate(ids) if token in self._rule.ends), len(ids))
        return ids[: stop + 1]

    def _reply(self, ids: list[int], prompt_tokens: int) -> Reply:
        ended = bool(ids) and ids[-1] in self._rule.ends
        text = self._tokenizer.decode(ids[:-1] if ended else ids, skip_special_tokens=True)
        return Reply(text, Finish.STOP if ended else Finish.LENGTH, len(ids), prompt_tokens)


class _Chosen(transformers.LogitsProcessor):
    """Our choice as a logits processor: scores that leave one token."""

    def __init__(
        self, seed_R: NDArray[np.int64], rule: DecodeRule, beat: Callable[[], None]
    ) -> None:
        self._beat = beat
        self._seed_R = seed_R
        self._rule = rule
        self._step = 0

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        self._beat()
        step_R = np.full(len(self._seed_R), self._step)
        self._step += 1
        token_R = choose(scores, self._seed_R, step_R, self._rule.temperature, self._rule.top_p)
        left = torch.full_like(scores, -torch.inf)
        return left.scatter(1, token_R[:, None], 0.0)


def _ends(model: Any) -> frozenset[int]:
    """The tokens that end a reply."""
    named = model.generation_config.eos_token_id
    return frozenset(named if isinstance(named, list) else [] if named is None else [named])
