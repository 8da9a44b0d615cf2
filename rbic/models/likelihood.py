"""How likely a language model finds replies: losses and ranks of their tokens.

A sample is read as it is trained on: question and reply in the chat template. What the template
puts before the reply is the question; all after it, the end of the turn included, is the reply.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rbic.sample.names import located

RANK_LIMIT = 100
"""Ranks above count as this (arXiv 2601.14249)."""
_POSITIONS = 1024
"""Positions whose logits are widened to float32 at a time."""


@dataclass(frozen=True)
class LikelihoodConfig:
    """The language model that says how likely replies are, for the methods that ask (ifd, ...)."""

    model: str | None = None
    """Name on the hub, or a folder; null takes generator.model."""
    revision: str | None = None
    """Revision on the hub; where model is null, generator.revision counts."""
    dtype: str = "auto"
    """Arithmetic; auto takes the checkpoint's."""
    batch_tokens: int = 8192
    """Tokens of a batch, padding included. The logits of a batch take this times the vocabulary."""
    max_tokens: int | None = None
    """Longer samples, question and reply together, are not read and have no likelihood; null takes
    the model's own limit. Nothing is cut off."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.batch_tokens < 1:
            raise ValueError(f"likelihood.batch_tokens must be at least 1, got {self.batch_tokens}")
        if self.max_tokens is not None and self.max_tokens < 2:
            raise ValueError(f"likelihood.max_tokens must be at least 2, got {self.max_tokens}")


@dataclass(frozen=True)
class ReplyLikelihood:
    """What a model makes of one reply."""

    tokens: int
    """Tokens of the reply, the end of the turn included."""
    conditional_loss: float
    """Mean loss of all of them after the question, in nats."""
    unconditional_loss: float | None
    """Mean loss of all but the first of them alone, in nats: the first has nothing before it. None
    where there is one only."""
    surprisal_sum: float
    """Sum of the losses after the question."""
    rank_sum: int
    """Sum of min(rank, 100) after the question; the likeliest token has rank 1."""


@dataclass(frozen=True)
class _Reading:
    """Token ids to be read at once, of which those from `start` on are scored."""

    ids: list[int]
    start: int


class LikelihoodModel:
    """Reads samples in batches of like length, padded on the right."""

    def __init__(self, config: LikelihoodConfig) -> None:
        """Load model and tokenizer, onto the GPU if there is one.

        Raises:
            ValueError: no model is named.
        """
        if config.model is None:
            raise ValueError("likelihood.model is needed, or generator.model in its place")
        import torch  # noqa: PLC0415 - heavy, and only the model's own process needs it
        import transformers  # noqa: PLC0415

        name = located(config.model)
        self._config = config
        self._tokenizer: Any = transformers.AutoTokenizer.from_pretrained(
            name, revision=config.revision
        )
        model: Any = transformers.AutoModelForCausalLM.from_pretrained(
            name, revision=config.revision, dtype=config.dtype
        )
        self._model = model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
        self._limit = config.max_tokens or int(self._model.config.max_position_embeddings)

    def read(
        self, questions: Sequence[str], replies: Sequence[str]
    ) -> list[ReplyLikelihood | None]:
        """The likelihood of each reply; None where the sample is too long.

        Raises:
            ValueError: the chat template does not begin a whole sample as it begins the question.
        """
        prompts, answers = encode_samples(self._tokenizer, questions, replies)
        fitting = [
            i
            for i, (prompt, answer) in enumerate(zip(prompts, answers, strict=True))
            if len(prompt) + len(answer) <= self._limit
        ]
        after = [_Reading(prompts[i] + answers[i], len(prompts[i])) for i in fitting]
        alone = [_Reading(answers[i], 1) for i in fitting]
        scored = self._score(after + alone)
        found: list[ReplyLikelihood | None] = [None] * len(prompts)
        for place, i in enumerate(fitting):
            found[i] = _summed(scored[place], scored[len(fitting) + place][0])
        return found

    def _score(
        self, readings: Sequence[_Reading]
    ) -> list[tuple[NDArray[np.float64], NDArray[np.int64]]]:
        """Losses and ranks of the scored tokens of each reading."""
        scored = [(np.empty(0), np.empty(0, np.int64))] * len(readings)
        wanted = [i for i, one in enumerate(readings) if one.start < len(one.ids)]
        wanted.sort(key=lambda i: (len(readings[i].ids), i))
        for batch in _batches([len(readings[i].ids) for i in wanted], self._config.batch_tokens):
            rows = [wanted[place] for place in batch]
            for i, one in zip(rows, self._forward([readings[i] for i in rows]), strict=True):
                scored[i] = one
        return scored

    def _forward(
        self, readings: Sequence[_Reading]
    ) -> list[tuple[NDArray[np.float64], NDArray[np.int64]]]:
        """One batch. Causal attention never looks at padding on the right, so any token will do."""
        import torch  # noqa: PLC0415 - loaded by now

        width = max(len(one.ids) for one in readings)
        ids = torch.tensor([one.ids + [0] * (width - len(one.ids)) for one in readings])
        mask = torch.tensor([[1] * len(one.ids) + [0] * (width - len(one.ids)) for one in readings])
        with torch.inference_mode():
            logits = self._model(
                input_ids=ids.to(self._model.device),
                attention_mask=mask.to(self._model.device),
                use_cache=False,
            ).logits
            found = []
            for row, one in enumerate(readings):
                stop = len(one.ids)
                logits_TV = logits[row, one.start - 1 : stop - 1]
                found.append(_losses_and_ranks(logits_TV, ids[row, one.start : stop]))
            return found


def encode_samples(
    tokenizer: Any, questions: Sequence[str], replies: Sequence[str]
) -> tuple[list[list[int]], list[list[int]]]:
    """Token ids of the questions and of the replies, which joined are whole training samples.

    The two parts are encoded apart, as a model meets them: it is given the one and writes the
    other. Without a chat template the question ends with a line end, and the reply with the token
    that ends a text.

    Raises:
        ValueError: the template does not begin a whole sample as it begins the question.
    """
    if tokenizer.chat_template is None:
        end = [] if tokenizer.eos_token_id is None else [tokenizer.eos_token_id]
        prompts = [tokenizer(f"{question}\n")["input_ids"] for question in questions]
        encoded = [tokenizer(reply, add_special_tokens=False)["input_ids"] for reply in replies]
        return prompts, [ids + end for ids in encoded]
    prompts, answers = [], []
    for question, reply in zip(questions, replies, strict=True):
        turn = {"role": "user", "content": question}
        before, whole = (
            tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=asked)
            for turns, asked in (
                ([turn], True),
                ([turn, {"role": "assistant", "content": reply}], False),
            )
        )
        if not whole.startswith(before):
            raise ValueError(
                f"likelihood: the chat template begins a sample with {whole[: len(before)]!r}, "
                f"where it asks the question with {before!r}"
            )
        # The template writes the special tokens, so the tokenizer must not add them again.
        parts = (before, whole[len(before) :])
        asked_ids, reply_ids = (tokenizer(p, add_special_tokens=False)["input_ids"] for p in parts)
        prompts.append(asked_ids)
        answers.append(reply_ids)
    return prompts, answers


def _summed(
    after: tuple[NDArray[np.float64], NDArray[np.int64]], alone_T: NDArray[np.float64]
) -> ReplyLikelihood | None:
    """The likelihood of one reply; None where it has no tokens."""
    loss_T, rank_T = after
    if not len(loss_T):
        return None
    return ReplyLikelihood(
        tokens=len(loss_T),
        conditional_loss=float(loss_T.mean()),
        unconditional_loss=float(alone_T.mean()) if len(alone_T) else None,
        surprisal_sum=float(loss_T.sum()),
        rank_sum=int(np.minimum(rank_T, RANK_LIMIT).sum()),
    )


def _batches(lengths: Sequence[int], batch_tokens: int) -> list[range]:
    """Cut ascending lengths into batches of at most `batch_tokens`, padding included."""
    batches, start = [], 0
    for stop in range(1, len(lengths) + 1):
        if stop == len(lengths) or (stop - start + 1) * lengths[stop] > batch_tokens:
            batches.append(range(start, stop))
            start = stop
    return batches


def _losses_and_ranks(
    logits_TV: Any, target_T: Any
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Loss in nats and rank of each target; the rank counts the tokens that are likelier."""
    losses, ranks = [np.empty(0)], [np.empty(0, np.int64)]
    for start in range(0, len(target_T), _POSITIONS):
        wide_PV = logits_TV[start : start + _POSITIONS].float()
        target_P = target_T[start : start + _POSITIONS].to(wide_PV.device)
        own_P = wide_PV.gather(1, target_P[:, None])
        losses.append((wide_PV.logsumexp(dim=1) - own_P[:, 0]).double().cpu().numpy())
        ranks.append((wide_PV > own_P).sum(dim=1).cpu().numpy() + 1)
    return np.concatenate(losses), np.concatenate(ranks)
