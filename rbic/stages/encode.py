"""Write every sample as the token ids that a model is trained on.

Reads   samples
Writes  encoded   one row a sample, in the same order
"""

from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import pyarrow as pa

from rbic.chunks import Chunk, ChunkTables, Step, Workers, plan_rows, read_rows
from rbic.core.replies import training_reply
from rbic.models.adapters import model_digest
from rbic.models.chat import encode_samples
from rbic.models.finetune_config import FinetuneConfig
from rbic.outputs import Inputs
from rbic.schema import ENCODED


@dataclass(frozen=True)
class EncodeConfig:
    """What the token ids rest on."""

    model: str | None
    revision: str | None
    system: str | None
    model_digest: str
    """What a folder of that name holds."""


class EncodeChunk:
    """Renders and encodes, with the tokenizer loaded once."""

    def __init__(self, inputs: Inputs, config: EncodeConfig) -> None:
        """Load the tokenizer."""
        # Torch takes seconds to import, and only a worker needs it.
        from rbic.models.finetuned import load_tokenizer  # noqa: PLC0415

        self._ingest = inputs["ingest"]
        self._config = config
        self._tokenizer: Any = load_tokenizer(config.model, config.revision)

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """The token ids of one chunk."""
        columns = ["sample_id", "question", "chain", "answer", "language"]
        rows = read_rows(self._ingest, "samples", chunk, columns)
        texts = (rows[name].to_pylist() for name in ("chain", "answer", "language"))
        replies = [training_reply(*one) for one in zip(*texts, strict=True)]
        questions = rows["question"].to_pylist()
        encoded = encode_samples(self._tokenizer, questions, replies, self._config.system)
        table = {
            "sample_id": rows["sample_id"],
            "ids": pa.array([one.ids for one in encoded], pa.list_(pa.int32())),
            "reply_start": pa.array([one.reply_start for one in encoded], pa.int32()),
        }
        tokens = sum(len(one.ids) for one in encoded)
        return ChunkTables({"encoded": pa.table(table)}, {"tokens": tokens})


def encode_step(finetune: FinetuneConfig, workers: Workers) -> Step:
    """Encode samples by chunks."""
    config = EncodeConfig(
        finetune.model, finetune.revision, finetune.system, model_digest(finetune.model)
    )
    return Step(
        name="encode",
        version=3,
        reads=("ingest",),
        writes={"encoded": ENCODED.schema},
        params=asdict(config),
        plan=lambda inputs: plan_rows(inputs["ingest"].tables["samples"], workers.chunk_rows),
        worker=partial(EncodeChunk, config=config),
        workers=workers,
    )
