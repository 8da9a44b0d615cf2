"""The problems that a comparison asks: read as a corpus of their own, and looked for in the pool.

Looked for is the question alone, for files of problems often hold no chains, and an answer is
written in many ways. Two questions are one where they are equal after what ids fold
(rbic.core.identity): a paraphrase, another number or a frame around it is not found.
"""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rbic.chunks import Step
from rbic.config import CompareJobConfig
from rbic.corpus import CorpusError
from rbic.grouped import USUAL, grouped_samples
from rbic.job import corpus_files, run_job
from rbic.outputs import StepOutput
from rbic.progress import Progress
from rbic.stages.ingest import ingest_step, scan_step
from rbic.steps import Ran
from rbic.trial_config import HeldOut

_KEY = "compare.held_out"
_LEAST = 2
"""Problems, since the interval of a mean takes two."""
_EXAMPLES = 3


def read_held_out(config: CompareJobConfig, progress: Progress) -> HeldOut:
    """Read the held-out problems.

    Raises:
        ConfigError: none are named.
        CorpusError: files cannot be found or told apart, too many rows are rejected, fewer than two
            have a reference answer, or none has a field of `compare.by`.
        ChunkFailedError: a step failed; what was committed stays.
    """
    files = corpus_files(_KEY, config.compare.held_out, config.out, "test")
    ingest = replace(config.ingest, chain_required=False)
    steps = [
        scan_step(files, ingest, config.workers.scan),
        ingest_step(ingest, config.tokens, config.workers.ingest),
    ]
    ran = run_job(config, steps, progress, folder="held_out", key=_KEY)
    scan, ingested = ran["scan"].output, ran["ingest"].output
    problems, by = grouped_samples(scan, ingested, config.compare.by, "compare.by")
    if problems.num_rows < _LEAST:
        raise CorpusError(
            f"{_KEY}: at least {_LEAST} rows with a reference answer are needed, got "
            f"{problems.num_rows} of {ingested.rows('samples'):,}"
        )
    if config.compare.by is None and (absent := [name for name in USUAL if name not in by]):
        progress.say(f"  no row has a {' or a '.join(absent)}: accuracy is not divided by it")
    return HeldOut(problems, by, ingested.digest)


def is_in_pool(held_out: HeldOut, ingest: StepOutput) -> NDArray[np.bool_]:
    """Whether the pool has a problem's question, shape (P,).

    Args:
        held_out: P problems.
        ingest: output of the step ingest, of the pool.
    """
    pool_N = ingest.read("samples", ["question_id"])["question_id"].to_numpy()
    return np.isin(held_out.problems["question_id"].to_numpy(), pool_N)


def refuse_overlap(held_out: HeldOut, step: Step, done: Ran) -> None:
    """Refuse held-out problems whose question stands in the pool, as soon as the pool is read.

    Raises:
        CorpusError: there are some; names the first ones and where they stand in the pool.
    """
    if step.name != "ingest":
        return
    is_shared_P = is_in_pool(held_out, done.output)
    if is_shared_P.any():
        raise CorpusError(
            f"{_KEY}: {is_shared_P.sum():,} of {len(is_shared_P):,} problems have a question that "
            f"the corpus has too: {_examples(held_out.problems.filter(is_shared_P), done.output)}. "
            "Take them out of one of the two, or set compare.allow_overlap=true"
        )


def _examples(shared: pa.Table, ingest: StepOutput) -> str:
    """The first shared problems, each with the first row of the pool that asks the same."""
    pool = ingest.read("samples", ["question_id", "source", "row"])
    told = []
    for one in shared.select(["question_id", "source", "row"]).slice(0, _EXAMPLES).to_pylist():
        same = pool.filter(pc.equal(pool["question_id"], one["question_id"])).slice(0, 1)
        told.append(f"{_place(one)} is {_place(same.to_pylist()[0])}")
    return ", ".join(told)


def _place(row: dict[str, object]) -> str:
    return f"{row['source']}:{row['row']}"
