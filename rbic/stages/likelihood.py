"""Ask a language model how likely it finds each reply, after its question and alone.

Only the methods that go by it need this step (select.method = ifd, perplexity, rsr).

Reads   samples       texts; exact duplicates are left out
Writes  likelihoods   one row a distinct sample
"""

from dataclasses import asdict
from functools import partial

import pyarrow as pa

from rbic.chunks import Chunk, ChunkTables, Step, Workers, plan_rows, read_rows
from rbic.core.replies import training_reply
from rbic.distinct import MarkedRows
from rbic.models.likelihood import LikelihoodConfig, LikelihoodModel
from rbic.outputs import Inputs
from rbic.schema import LIKELIHOODS


class ReadReplies:
    """Loads the model once a worker."""

    def __init__(self, inputs: Inputs, config: LikelihoodConfig) -> None:
        """Load the model and the rows to leave out."""
        self._samples = inputs["ingest"]
        self._repeats = MarkedRows(inputs["duplicates"])
        self._model = LikelihoodModel(config)

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """The likelihoods of one chunk."""
        columns = ["sample_id", "source", "row", "question", "chain", "answer", "language"]
        samples = self._repeats.drop(read_rows(self._samples, "samples", chunk, columns))
        replies = [
            training_reply(row["chain"], row["answer"], row["language"])
            for row in samples.select(["chain", "answer", "language"]).to_pylist()
        ]
        found = self._model.read(samples["question"].to_pylist(), replies)
        table = {
            "sample_id": samples["sample_id"],
            "reply_tokens": [0 if one is None else one.tokens for one in found],
        }
        for name in ("conditional_loss", "unconditional_loss", "surprisal_sum", "rank_sum"):
            table[name] = [None if one is None else getattr(one, name) for one in found]
        counts = {
            "read": sum(one is not None for one in found),
            "too_long": sum(one is None for one in found),
        }
        return ChunkTables({"likelihoods": pa.table(table, schema=LIKELIHOODS.schema)}, counts)


def likelihood_step(config: LikelihoodConfig, workers: Workers) -> Step:
    """Read the replies by chunks; the chunk decides the batches, so its size names the step."""
    return Step(
        name="likelihood",
        version=2,
        reads=("ingest", "duplicates"),
        writes={"likelihoods": LIKELIHOODS.schema},
        params={**asdict(config), "chunk_rows": workers.chunk_rows},
        plan=lambda inputs: plan_rows(inputs["ingest"].tables["samples"], workers.chunk_rows),
        worker=partial(ReadReplies, config=config),
        workers=workers,
        loads_model=True,
    )
