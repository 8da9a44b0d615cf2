"""How likely a language model finds replies: losses and ranks of their tokens.

A sample is read as it is trained on: the system's turn, question and reply in the chat template.
What the template puts before the reply is the question; all after it, the end of the turn included,
is the reply.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rbic.models.chat import encode_samples
from rbic.sample.names import located

RANK_LIMIT = 100
"""Ranks above count as this (arXiv 2601.14249)."""
_POSITIONS = 1024
"""Positions whose logits are widened to float32 at a time."""


@dataclass(frozen=True)
class LikelihoodConfig:
    """The language model that says how likely replies are, for the methods that ask (ifd, ...)."""

    model: str | None = None
    """Name on the hub, or a folder; null takes generator.model, unless a server has it."""
    revision: str | None = None
    """Revision on the hub; where model is null, generator.revision counts."""
    system: str | None = None
    """The system's turn of every sample; null takes the one that they are trained with, which is
    tokens.system, for `compare` finetune.system. An empty one leaves it out."""
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
        # Some models name no limit (ALiBi, states), others only for the part that reads text.
        text = self._model.config.get_text_config()
        self._limit = config.max_tokens or getattr(text, "max_position_embeddings", None)

    def read(
        self, questions: Sequence[str], replies: Sequence[str]
    ) -> list[ReplyLikelihood | None]:
        """The likelihood of each reply; None where the sample is too long."""
        samples = encode_samples(self._tokenizer, questions, replies, self._config.system)
        limit = self._limit or max((len(one.ids) for one in samples), default=0)
        fitting = [i for i, one in enumerate(samples) if len(one.ids) <= limit]
        after = [_Reading(samples[i].ids, samples[i].reply_start) for i in fitting]
        alone = [_Reading(samples[i].ids[samples[i].reply_start :], 1) for i in fitting]
        scored = self._score(after + alone)
        found: list[ReplyLikelihood | None] = [None] * len(samples)
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
