"""Problems with a pass rate that was measured over 128 attempts (AdaRFT's DeepScaleR sample).

The data: adarft_difficulty/union.jsonl. The published rates are taken as the truth; attempts are
drawn from them. Problems come in the order of a hash of their text, so that the first n are a
random sample, and every second one is kept for the final figures.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xxhash
from numpy.typing import NDArray

from benchmarks.contribution.corpora import read_jsonl
from rbic.core.question_facts import question_facts
from rbic.models.encoder import EncoderConfig, Precision, load_encoder

_ASKED = " Let's think step by step and output the final answer within \\boxed{}."
_NEIGHBOURS = 32
_EMBEDDED_AT_ONCE = 2000


@dataclass(frozen=True)
class Problems:
    """Problems in the order of their hashes."""

    rate_N: NDArray[np.float64]
    """The truth, in 128ths."""
    text_NF: NDArray[np.float64]
    neighbour_NK: NDArray[np.int64]
    cosine_NK: NDArray[np.float64]


def load_problems(data: Path, count: int, cache: Path, half: int) -> Problems:
    """One half of the first problems, with the graph among themselves.

    Args:
        data: folder of the data.
        count: problems, both halves together.
        cache: folder for vectors, which take a minute a thousand.
        half: 0 for the half to tune on, 1 for the untouched one.
    """
    rows = read_jsonl(data / "adarft_difficulty/union.jsonl")
    texts = [row["problem"].removesuffix(_ASKED).strip() for row in rows]
    order = np.argsort([xxhash.xxh3_64_intdigest(text.encode()) for text in texts])[:count]
    vector_MD = _vectors([texts[i] for i in order], cache)
    rows, texts = [rows[i] for i in order[half::2]], [texts[i] for i in order[half::2]]
    neighbour_NK, cosine_NK = _graph(vector_MD[half::2])
    return Problems(
        rate_N=1 - np.array([row["difficulty"] for row in rows]) / 100,
        text_NF=question_facts(texts, [row["answer"] for row in rows]),
        neighbour_NK=neighbour_NK,
        cosine_NK=cosine_NK,
    )


def _vectors(texts: list[str], cache: Path) -> NDArray[np.float32]:
    """Vectors of the sample encoder; those that the cache lacks are added to it."""
    path = cache / "adarft-vectors.npy"
    found_ND = np.load(path) if path.exists() else np.empty((0, 384), np.float32)
    if len(found_ND) < len(texts):
        config = EncoderConfig(model="sample:encoder", prompt="", precision=Precision.FLOAT32)
        encoder = load_encoder(config)
        cache.mkdir(parents=True, exist_ok=True)
        for start in range(len(found_ND), len(texts), _EMBEDDED_AT_ONCE):
            made_ND = encoder.encode(texts[start : start + _EMBEDDED_AT_ONCE])
            found_ND = np.concatenate([found_ND, made_ND])
            np.save(path, found_ND)
    return found_ND[: len(texts)]


def _graph(vector_ND: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Each problem's nearest others, and their cosine similarity."""
    cosine_NN = (vector_ND @ vector_ND.T).astype(np.float64)
    np.fill_diagonal(cosine_NN, -2.0)
    neighbour_NK = np.argsort(-cosine_NN, axis=1, kind="stable")[:, :_NEIGHBOURS]
    return neighbour_NK, np.take_along_axis(cosine_NN, neighbour_NK, axis=1)
