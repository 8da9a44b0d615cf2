"""Counting training tokens: with a model's own tokenizer and chat template, or by estimate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rbic.core.token_estimate import estimate_tokens, estimate_train_tokens
from rbic.models.chat import encode_samples
from rbic.sample.names import located

_BATCH = 256


@dataclass(frozen=True)
class TokenConfig:
    """How tokens are counted. The budget is a share of them, so an estimate shifts little."""

    tokenizer: str | None = None
    """Name or folder of the tokenizer of the model to be fine-tuned; null estimates."""
    revision: str | None = None
    """Revision of the tokenizer on the hub."""
    system: str | None = None
    """The system's turn that every sample is trained with: its tokens count, too. Where a
    model is fine-tuned, by `finetune` or `compare`, finetune.system takes its place."""


class TokenCounter(Protocol):
    """Counts the tokens of texts and of whole training samples."""

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text alone."""

    def count_train(self, questions: Sequence[str], replies: Sequence[str]) -> list[int]:
        """Tokens of each sample, question and reply in the chat template."""


class EstimatedTokens:
    """Counts by rule (rbic.core.token_estimate)."""

    def __init__(self, system: str | None = None) -> None:
        """Take the system's turn, None where there is none."""
        self._system_tokens = estimate_tokens(system) if system else 0

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text alone, estimated."""
        return [estimate_tokens(text) for text in texts]

    def count_train(self, questions: Sequence[str], replies: Sequence[str]) -> list[int]:
        """Tokens of each sample, estimated."""
        counts = zip(self.count(questions), self.count(replies), strict=True)
        more = self._system_tokens
        return [estimate_train_tokens(question + more, reply) for question, reply in counts]


class TokenizerTokens:
    """Counts with a Hugging Face tokenizer."""

    def __init__(self, tokenizer: Any, system: str | None = None) -> None:
        """Take a loaded tokenizer; without a chat template, turns are joined by a line end."""
        self._tokenizer = tokenizer
        self._system = system

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text alone, without special tokens."""
        counts: list[int] = []
        # A tokenizer's output takes a hundred bytes and more a token.
        for start in range(0, len(texts), _BATCH):
            batch = list(texts[start : start + _BATCH])
            encoded = self._tokenizer(batch, add_special_tokens=False)
            counts += [len(ids) for ids in encoded["input_ids"]]
        return counts

    def count_train(self, questions: Sequence[str], replies: Sequence[str]) -> list[int]:
        """Tokens of each sample as it is trained on (rbic.models.chat).

        A template that leaves out what was thought would count the last words alone.
        """
        samples = encode_samples(self._tokenizer, questions, replies, self._system)
        return [len(sample.ids) for sample in samples]


def find_tokenizer(model: str, revision: str | None = None) -> Any | None:
    """A model's tokenizer; None where it cannot be loaded on this machine."""
    # As in load_token_counter.
    from transformers import AutoTokenizer  # noqa: PLC0415

    try:
        return AutoTokenizer.from_pretrained(located(model), revision=revision)
    # Not there and not on the hub, no tokenizer in it, a library of its own that is not installed.
    except (OSError, ValueError, ImportError):
        return None


def load_token_counter(config: TokenConfig) -> TokenCounter:
    """The counter that a configuration names.

    Raises:
        OSError: the tokenizer is neither a folder nor to be had from the hub.
    """
    if config.tokenizer is None:
        return EstimatedTokens(config.system)
    # Imported here, since an estimate needs no part of it and it takes seconds.
    from transformers import AutoTokenizer  # noqa: PLC0415

    tokenizer = AutoTokenizer.from_pretrained(located(config.tokenizer), revision=config.revision)
    return TokenizerTokens(tokenizer, config.system)
