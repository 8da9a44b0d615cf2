"""Find the frames that many questions begin or end with: prompts, not problems.

Reads   samples     questions; exact duplicates are left out
Writes  templates   one row a frame
Needs   the questions of 200,000 samples in a worker's memory
"""

from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from rbic.chunks import Chunk, ChunkTables, Step, Workers, whole
from rbic.core.draws import Draw, hashed_uniform
from rbic.core.templates import find_templates
from rbic.distinct import distinct_samples, texts_of
from rbic.outputs import Inputs
from rbic.schema import TEMPLATES

_READ_SAMPLES = 200_000


@dataclass(frozen=True)
class TemplateConfig:
    """What counts as the frame of a prompt, which is left out of embeddings and domain names."""

    min_share: float = 0.001
    """Least share of the questions that begin, or end, with the same sentences; 1 finds none."""
    min_samples: int = 20
    """Least number of them."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 0 < self.min_share <= 1:
            raise ValueError(f"templates.min_share must be in (0, 1], got {self.min_share}")
        if self.min_samples < 2:
            raise ValueError(f"templates.min_samples must be at least 2, got {self.min_samples}")


class FindTemplates:
    """Looks at the questions in one piece of work, of many at a sample by id."""

    def __init__(self, inputs: Inputs, config: TemplateConfig) -> None:
        """Take the inputs."""
        self._inputs = inputs
        self._config = config

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """The frames, in order of their words."""
        ingest, duplicates = self._inputs["ingest"], self._inputs["duplicates"]
        id_N = distinct_samples(ingest, duplicates, [])["sample_id"].to_numpy()
        if len(id_N) > _READ_SAMPLES:
            id_N = id_N[
                np.argsort(hashed_uniform(id_N, 0, Draw.TEMPLATES), kind="stable")[:_READ_SAMPLES]
            ]
        text_of: dict[int, str] = {}
        for table in texts_of(ingest, id_N, ["question"]):
            ids, questions = table["sample_id"].to_pylist(), table["question"].to_pylist()
            text_of.update(zip(ids, questions, strict=True))
        least = max(self._config.min_samples, int(np.ceil(self._config.min_share * len(text_of))))
        # A corpus of one frame shares it all; 1 is the share that asks for nothing to be left out.
        texts = list(text_of.values()) if self._config.min_share < 1 else []
        found = find_templates(texts, least)
        rows = [("begin", text) for text in sorted(found.begins)]
        rows += [("end", text) for text in sorted(found.ends)]
        columns = {
            "edge": pa.array([edge for edge, _ in rows], pa.string()),
            "words": pa.array([text for _, text in rows], pa.string()),
        }
        return ChunkTables({"templates": pa.table(columns, schema=TEMPLATES.schema)})


def templates_step(config: TemplateConfig, workers: Workers) -> Step:
    """Find frames in one piece of work."""
    return Step(
        name="templates",
        reads=("ingest", "duplicates"),
        writes={"templates": TEMPLATES.schema},
        params=asdict(config),
        plan=lambda inputs: whole(inputs["ingest"].rows("samples")),
        worker=partial(FindTemplates, config=config),
        workers=workers,
    )
