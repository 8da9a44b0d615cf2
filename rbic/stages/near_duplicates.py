"""Mark the samples that repeat another one in other words.

Reads   samples      questions, chains and answers of samples that are near to another
        marks        of the exact duplicates, which are left out
        neighbours
        chains       integrity: of two samples that repeat each other, the sounder one stays
Writes  marks        one row a repeat, naming the sample that it repeats
Needs   the texts of all samples that are near to another in a worker's memory
"""

from dataclasses import asdict
from functools import lru_cache, partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rbic.chunks import Chunk, ChunkTables, Step, Workers, whole
from rbic.core.identity import normalise
from rbic.core.near_duplicates import (
    NO_MATCH,
    NearDuplicateRule,
    Pairs,
    match_near_duplicates,
    near_pairs,
)
from rbic.core.shingles import jaccard, numbers_in, shingles
from rbic.distinct import by_id, distinct_samples, flat_lists, rows_of, texts_of
from rbic.outputs import Inputs
from rbic.schema import MARKS, MarkReason


class _Texts:
    """Questions, chains and answers of samples by row, compared on demand."""

    def __init__(self, inputs: Inputs, id_N: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        self._texts: dict[int, tuple[str, str, str | None]] = {}
        columns = ["question", "chain", "answer"]
        for table in texts_of(inputs["ingest"], id_N[rows], columns):
            places = rows_of(id_N, table["sample_id"].to_numpy()).tolist()
            texts = zip(*(table[name].to_pylist() for name in columns), strict=True)
            self._texts.update(zip(places, texts, strict=True))
        # Walks visit the pairs of one sample together, so a small memory of shingles suffices.
        self._question_shingles = lru_cache(4096)(lambda row: shingles(self._texts[row][0]))
        self._chain_shingles = lru_cache(4096)(lambda row: shingles(self._texts[row][1]))

    def question_overlap(self, a: int, b: int) -> float:
        return jaccard(self._question_shingles(a), self._question_shingles(b))

    def chain_overlap(self, a: int, b: int) -> float:
        return jaccard(self._chain_shingles(a), self._chain_shingles(b))

    def same_numbers(self, a: int, b: int) -> bool:
        return numbers_in(self._texts[a][0]) == numbers_in(self._texts[b][0])

    def same_answer(self, a: int, b: int) -> bool:
        answers = [self._texts[row][2] for row in (a, b)]
        first, second = (None if text is None else normalise(text).casefold() for text in answers)
        return first == second


class MarkNearDuplicates:
    """Compares near samples, the pairs of the whole graph in one piece of work."""

    def __init__(self, inputs: Inputs, rule: NearDuplicateRule) -> None:
        """Take the inputs."""
        self._inputs = inputs
        self._rule = rule

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """All marks, in order of id."""
        ingest, duplicates = self._inputs["ingest"], self._inputs["duplicates"]
        samples = distinct_samples(ingest, duplicates, ["source", "row", "question_id"])
        id_N = samples["sample_id"].to_numpy()
        question_N = samples["question_id"].to_numpy()
        graph = by_id(self._inputs["neighbours"].read("neighbours"), id_N, "near_duplicates")
        k = graph["neighbour_id"].type.list_size
        neighbour_NK = rows_of(id_N, flat_lists(graph["neighbour_id"])).reshape(-1, k)
        cosine_NK = flat_lists(graph["cosine"]).reshape(-1, k)
        chains = self._inputs["chains"].read("chains", ["sample_id", "integrity"])
        integrity_N = by_id(chains, id_N, "near_duplicates")["integrity"].to_numpy()
        pairs = near_pairs(neighbour_NK, cosine_NK, self._rule.min_cosine)
        texts = _Texts(self._inputs, id_N, _involved(pairs, question_N))
        matches = match_near_duplicates(
            pairs.where(self._confirmed(pairs, question_N, texts)),
            question_N,
            lambda a, b: texts.chain_overlap(a, b) >= self._rule.min_chain_overlap,
            integrity_N.astype(np.float64),
            self._rule.chains_per_question,
        )
        return ChunkTables({"marks": _marks(samples, matches.row_N, matches.cosine_N)})

    def _confirmed(
        self, pairs: Pairs, question_N: NDArray[np.int64], texts: _Texts
    ) -> NDArray[np.bool_]:
        """Which pairs ask the same question."""
        return np.array(
            [
                question_N[a] == question_N[b]
                or (
                    texts.same_numbers(a, b)
                    and texts.same_answer(a, b)
                    and texts.question_overlap(a, b) >= self._rule.min_question_overlap
                )
                for a, b in zip(pairs.a_P.tolist(), pairs.b_P.tolist(), strict=True)
            ],
            dtype=bool,
        )


def _involved(pairs: Pairs, question_N: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of any pair or of a question that several samples share."""
    _, inverse_N, count_U = np.unique(question_N, return_inverse=True, return_counts=True)
    shared = np.flatnonzero(count_U[inverse_N] > 1)
    return np.unique(np.concatenate([pairs.a_P, pairs.b_P, shared]))


def _marks(
    samples: pa.Table, match_N: NDArray[np.int64], cosine_N: NDArray[np.float32]
) -> pa.Table:
    repeat_M = np.flatnonzero(match_N != NO_MATCH)
    repeats, others = samples.take(repeat_M), samples.take(match_N[repeat_M])
    columns = {
        "sample_id": repeats["sample_id"],
        "source": repeats["source"],
        "row": repeats["row"],
        "stage": pa.array(["near_duplicates"] * len(repeat_M), pa.string()),
        "reason": pa.array([MarkReason.NEAR_DUPLICATE] * len(repeat_M), pa.string()),
        "other_id": others["sample_id"],
        "other_source": others["source"],
        "other_row": others["row"],
        "score": pa.array(cosine_N[repeat_M]),
    }
    return pa.table(columns, schema=MARKS.schema)


def near_duplicates_step(rule: NearDuplicateRule, workers: Workers) -> Step:
    """Mark near duplicates in one piece of work."""
    return Step(
        name="near_duplicates",
        reads=("ingest", "duplicates", "neighbours", "chains"),
        writes={"marks": MARKS.schema},
        params=asdict(rule),
        plan=lambda inputs: whole(inputs["neighbours"].rows("neighbours")),
        worker=partial(MarkNearDuplicates, rule=rule),
        workers=workers,
    )
