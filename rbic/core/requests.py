"""What is asked of a language model, as ids: whoever asks the same again need not pay again."""

from collections.abc import Sequence

import numpy as np
import xxhash
from numpy.typing import NDArray

_ID_MASK = (1 << 63) - 1
_SEPARATOR = "\x1f"


def request_ids(
    asked_with: str, questions: Sequence[str], seed_M: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Content ids of requests: two with the same id get the same reply.

    Args:
        asked_with: names the model and all settings that change a reply.
        questions: the question of each request, as it is sent; not normalised, since a model may
            see what an id of a sample does not.
        seed_M: the sampling seed of each request.

    Returns:
        Shape (M,), in [0, 2^63).
    """
    texts = (
        f"{asked_with}{_SEPARATOR}{seed}{_SEPARATOR}{question}"
        for seed, question in zip(seed_M.tolist(), questions, strict=True)
    )
    ids = [xxhash.xxh3_64_intdigest(text.encode()) & _ID_MASK for text in texts]
    return np.array(ids, dtype=np.int64)


def run_starts(row_M: NDArray[np.int64], seed_M: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where runs of requests begin that have one question and consecutive seeds, ascending.

    Args:
        row_M: the question of each request; those of one question stand together.
        seed_M: their seeds, ascending within a question.
    """
    if not len(row_M):
        return np.zeros(0, np.int64)
    new_M = (np.diff(row_M) != 0) | (np.diff(seed_M) != 1)
    return np.concatenate([[0], np.flatnonzero(new_M) + 1]).astype(np.int64)
