"""Embed each sample as a unit vector.

Reads   samples     texts; exact duplicates are left out
        templates   frames to leave out
Writes  vectors     one row a distinct sample
"""

from dataclasses import asdict
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rbic.chunks import Chunk, ChunkTables, Step, Workers, plan_rows, read_rows
from rbic.core.notation import without_figures
from rbic.core.templates import without_templates
from rbic.distinct import MarkedRows, read_templates
from rbic.models.encoder import EmbeddedText, EncoderConfig, load_encoder
from rbic.outputs import Inputs
from rbic.schema import vectors_schema


class EmbedChunk:
    """Loads the encoder once a worker."""

    def __init__(self, inputs: Inputs, config: EncoderConfig) -> None:
        """Load the encoder and the rows to leave out."""
        self._samples = inputs["ingest"]
        self._repeats = MarkedRows(inputs["duplicates"])
        self._config = config
        self._templates = read_templates(inputs["templates"])
        self._encoder = load_encoder(config)

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """The vectors of one chunk."""
        columns = ["sample_id", "source", "row", "question"]
        if self._config.text is EmbeddedText.QUESTION_AND_CHAIN:
            columns.append("chain")
        samples = self._repeats.drop(read_rows(self._samples, "samples", chunk, columns))
        texts = [self._problem(text) for text in samples["question"].to_pylist()]
        if self._config.text is EmbeddedText.QUESTION_AND_CHAIN:
            pairs = zip(texts, samples["chain"].to_pylist(), strict=True)
            texts = [f"{question}\n{chain}" for question, chain in pairs]
        # A text that several samples share is encoded once, so that they get the very same vector.
        distinct = sorted(set(texts))
        index = {text: i for i, text in enumerate(distinct)}
        vector_UD = self._encoder.encode(distinct)
        vector_ND = vector_UD[[index[text] for text in texts]]
        return ChunkTables({"vectors": vectors_table(samples["sample_id"], vector_ND)})

    def _problem(self, question: str) -> str:
        """What a question is about: without frames, and without the code of drawings."""
        return without_templates(without_figures(question), self._templates)


def vectors_table(sample_id: pa.ChunkedArray, vector_ND: NDArray[np.float32]) -> pa.Table:
    """The table `vectors`, components rounded to float16."""
    dimensions = vector_ND.shape[1]
    flat = pa.array(vector_ND.astype(np.float16).ravel())
    vectors = pa.FixedSizeListArray.from_arrays(flat, dimensions)
    return pa.table({"sample_id": sample_id, "vector": vectors}, schema=vectors_schema(dimensions))


def embed_step(config: EncoderConfig, workers: Workers) -> Step:
    """Embed samples by chunks.

    The rows of a chunk decide its batches, and batches the last bit of a sum: so here the chunk
    size names the step.
    """
    return Step(
        name="embed",
        reads=("ingest", "duplicates", "templates"),
        writes={"vectors": None},
        params={**asdict(config), "chunk_rows": workers.chunk_rows},
        plan=lambda inputs: plan_rows(inputs["ingest"].tables["samples"], workers.chunk_rows),
        worker=partial(EmbedChunk, config=config),
        workers=workers,
        loads_model=True,
    )
