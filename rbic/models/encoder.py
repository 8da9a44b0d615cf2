"""Sentence encoders: texts to unit vectors, long texts as the mean of their windows."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rbic.models.precision import Precision
from rbic.sample.names import located


class EmbeddedText(StrEnum):
    """Which text of a sample is embedded."""

    QUESTION = "question"
    QUESTION_AND_CHAIN = "question_and_chain"


@dataclass(frozen=True)
class EncoderConfig:
    """Which encoder makes the vectors, and from what."""

    model: str = "intfloat/multilingual-e5-small"
    """Name on the hub, or a folder, of a sentence-transformers model."""
    revision: str | None = None
    """Revision on the hub."""
    prompt: str = "query: "
    """Put before each text, as the model was trained with."""
    text: EmbeddedText = EmbeddedText.QUESTION
    precision: Precision = Precision.AUTO
    """auto: bfloat16 where a GPU or the CPU multiplies it natively (twice the speed, cosine to
    float32 above 0.999), else float32. It is settled on the driver, before the step is named."""
    batch_tokens: int = 2048
    """Tokens of a batch, padding included. A CPU is fastest near 2,048 (its cache), a GPU from
    32,768 on."""
    max_windows: int = 16
    """Of a text longer than the model reads, so many windows evenly spaced are averaged."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.batch_tokens < 64:
            raise ValueError(f"embed.batch_tokens must be at least 64, got {self.batch_tokens}")
        if self.max_windows < 1:
            raise ValueError(f"embed.max_windows must be at least 1, got {self.max_windows}")


class Encoder(Protocol):
    """Makes vectors of texts."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (texts, D)."""


def load_encoder(config: EncoderConfig) -> Encoder:
    """Load a sentence-transformers model onto the GPU if there is one, else the CPU.

    Raises:
        ValueError: the precision is still `auto`.
        OSError: the model is neither a folder nor to be had from the hub.
    """
    if config.precision is Precision.AUTO:
        raise ValueError("embed.precision must be settled before the encoder is loaded")
    import torch  # noqa: PLC0415 - heavy, and only the encoder's own process needs it
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    model = SentenceTransformer(
        located(config.model),
        revision=config.revision,
        model_kwargs={"dtype": getattr(torch, config.precision)},
    )
    model.eval()
    return WindowedEncoder(model, config)


class WindowedEncoder:
    """Runs a sentence-transformers model over windows of tokens, batches sorted by length."""

    def __init__(self, model: Any, config: EncoderConfig) -> None:
        """Take a loaded SentenceTransformer."""
        self._model = model
        self._config = config

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of texts, shape (texts, D).

        A text of one window gets the vector that `SentenceTransformer.encode` gives it. A longer
        one, which `encode` would cut off, gets the mean of its windows' vectors weighted by their
        tokens.
        """
        dimensions = self._model.get_embedding_dimension()
        total_ND = np.zeros((len(texts), dimensions), dtype=np.float64)
        if not texts:
            return total_ND.astype(np.float32)
        window_ids, text_of_window = self._windows(texts)
        length_W = np.array([len(ids) for ids in window_ids], dtype=np.int64)
        order = np.lexsort((np.arange(len(window_ids)), length_W))
        for batch in _batches(order, length_W, self._config.batch_tokens):
            vector_BD = self._forward([window_ids[w] for w in batch])
            for w, vector_D in zip(batch, vector_BD, strict=True):
                unit_D = vector_D / np.linalg.norm(vector_D)
                total_ND[text_of_window[w]] += unit_D * length_W[w]
        unit_ND: NDArray[np.float64] = total_ND / np.linalg.norm(total_ND, axis=1, keepdims=True)
        return unit_ND.astype(np.float32)

    def _windows(self, texts: Sequence[str]) -> tuple[list[list[int]], list[int]]:
        """Token ids of every window, special tokens included, and the text each belongs to."""
        encoded = self._model.tokenizer(
            [self._config.prompt + text for text in texts],
            truncation=True,
            max_length=self._model.max_seq_length,
            return_overflowing_tokens=True,
        )
        of_text: list[list[int]] = [[] for _ in texts]
        for window, text in enumerate(encoded["overflow_to_sample_mapping"]):
            of_text[text].append(window)
        ids, owner = [], []
        for text, windows in enumerate(of_text):
            picks = np.linspace(0, len(windows) - 1, min(len(windows), self._config.max_windows))
            for pick in picks.round().astype(int):
                ids.append(encoded["input_ids"][windows[pick]])
                owner.append(text)
        return ids, owner

    def _forward(self, windows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """The model's sentence vectors of windows, shape (windows, D)."""
        import torch  # noqa: PLC0415 - loaded by now

        batch = self._model.tokenizer.pad(
            {"input_ids": [list(ids) for ids in windows]}, return_tensors="pt"
        ).to(self._model.device)
        with torch.inference_mode():
            vectors = self._model(dict(batch))["sentence_embedding"]
        vector_BD: NDArray[np.float32] = vectors.float().cpu().numpy()
        return vector_BD


def _batches(
    order: NDArray[np.int64], length_W: NDArray[np.int64], batch_tokens: int
) -> list[NDArray[np.int64]]:
    """Cut windows in order of length into batches of at most `batch_tokens`, padding included."""
    batches, start = [], 0
    for stop in range(1, len(order) + 1):
        full = stop == len(order) or (stop - start + 1) * length_W[order[stop]] > batch_tokens
        if full:
            batches.append(order[start:stop])
            start = stop
    return batches
