"""Counting training tokens: with a model's own tokenizer and chat template, or by estimate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rbic.core.token_estimate import estimate_tokens, estimate_train_tokens
from rbic.sample.names import located


@dataclass(frozen=True)
class TokenConfig:
    """How tokens are counted. The budget is a share of them, so an estimate shifts little."""

    tokenizer: str | None = None
    """Name or folder of the tokenizer of the model to be fine-tuned; null estimates."""
    revision: str | None = None
    """Revision of the tokenizer on the hub."""


class TokenCounter(Protocol):
    """Counts the tokens of texts and of whole training samples."""

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text alone."""

    def count_train(self, questions: Sequence[str], replies: Sequence[str]) -> list[int]:
        """Tokens of each sample, question and reply in the chat template."""


class EstimatedTokens:
    """Counts by rule (rbic.core.token_estimate)."""

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text alone, estimated."""
        return [estimate_tokens(text) for text in texts]

    def count_train(self, questions: Sequence[str], replies: Sequence[str]) -> list[int]:
        """Tokens of each sample, estimated."""
        counts = zip(self.count(questions), self.count(replies), strict=True)
        return [estimate_train_tokens(question, reply) for question, reply in counts]


class TokenizerTokens:
    """Counts with a Hugging Face tokenizer."""

    def __init__(self, tokenizer: Any) -> None:
        """Take a loaded tokenizer; without a chat template, turns are joined by a line end."""
        self._tokenizer = tokenizer

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text alone, without special tokens."""
        if not texts:
            return []
        encoded = self._tokenizer(list(texts), add_special_tokens=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def count_train(self, questions: Sequence[str], replies: Sequence[str]) -> list[int]:
        """Tokens of each sample in the chat template, special tokens included once."""
        pairs = zip(questions, replies, strict=True)
        if self._tokenizer.chat_template is None:
            return [
                n + 1 for n in self.count([f"{question}\n{reply}" for question, reply in pairs])
            ]
        turns = [
            [{"role": "user", "content": question}, {"role": "assistant", "content": reply}]
            for question, reply in pairs
        ]
        # The template writes the special tokens, so the tokenizer must not add them again.
        return self.count([self._tokenizer.apply_chat_template(t, tokenize=False) for t in turns])


def load_token_counter(config: TokenConfig) -> TokenCounter:
    """The counter that a configuration names.

    Raises:
        OSError: the tokenizer is neither a folder nor to be had from the hub.
    """
    if config.tokenizer is None:
        return EstimatedTokens()
    # Imported here, since an estimate needs no part of it and it takes seconds.
    from transformers import AutoTokenizer  # noqa: PLC0415

    return TokenizerTokens(
        AutoTokenizer.from_pretrained(located(config.tokenizer), revision=config.revision)
    )
