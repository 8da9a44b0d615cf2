"""Ask a model only for the replies that no step of this output folder has bought before.

A reply depends on the model, the settings, the question and the seed, and its request names them
all (rbic.core.requests). So the replies of earlier steps, finished or not and of whatever plan, are
those that would be bought anew. What only moves the last bit of a sum (which replies are written
together, over how many GPUs) is no part of a request: there an owned reply may once in a while
differ from one bought anew, as it may between two machines.

Cost: each worker reads the requests of all owned replies once, 24 bytes each in its memory, and for
a chunk those files that hold what it wants.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rbic import storage
from rbic.core.requests import request_ids, run_starts
from rbic.distinct import rows_of
from rbic.models.adapters import model_digest
from rbic.models.evaluation import ask
from rbic.models.generator import (
    Engine,
    Finish,
    Generator,
    GeneratorConfig,
    Journaling,
    reply_params,
)
from rbic.outputs import RECORD, text_schema
from rbic.schema import REPLIES
from rbic.under_way import JOURNAL

_LAST_BIT = ("chunk_rows", "batch_replies", "tensor_parallel")
"""Parameters that name a step and no request."""

_REPLIES = 1
"""Raised when rbic would get another reply to the same request."""


def asking_params(config: GeneratorConfig, chunk_rows: int) -> dict[str, Any]:
    """The parameters of a step that asks: what changes its replies, to the last bit.

    What a model folder holds is one: a model that was trained anew is asked anew. So is the size of
    a chunk, which decides the batches.
    """
    digest = "" if config.engine is Engine.HTTP else model_digest(config.model)
    return {**reply_params(config), "model_digest": digest, "chunk_rows": chunk_rows}


def asked_with(params: Mapping[str, Any]) -> str:
    """Names the model and the settings of a step's requests, from its `asking_params`."""
    settings = {name: value for name, value in params.items() if name not in _LAST_BIT}
    settings["replies"] = _REPLIES
    return storage.digest(json.dumps(settings, sort_keys=True).encode())


class Asker:
    """Gets replies: from the steps of an output folder where they own them, else from a model."""

    def __init__(
        self, root: str, table: str, asked_with: str, load: Callable[[], Generator], model: str
    ) -> None:
        """Find what is owned; no model is loaded yet.

        Args:
            root: the folder of the steps' folders.
            table: the table to look in, which is the name of the steps that write it.
            asked_with: names the model and its settings.
            load: loads the model. Called when the first reply is to be bought, if any.
            model: its name, for the record.
        """
        self._owned = _Owned(root, table)
        self._journals = storage.join(root, JOURNAL, table)
        self._journal: str | None = None
        self._asked_with = asked_with
        self._load = load
        self._model = model
        self._generator: Generator | None = None

    def load(self) -> Generator:
        """The model, loaded if it is not yet."""
        if self._generator is None:
            self._generator = self._load()
        return self._generator

    def replies(
        self,
        chunk: str,
        questions: Sequence[str],
        row_M: NDArray[np.int64],
        seed_M: NDArray[np.int64],
    ) -> tuple[pa.Table, dict[str, int]]:
        """Replies to requests, in their order.

        A server's replies are kept under the chunk's name as they come, and there they are found by
        whoever runs it again, until `forget` is called.

        Args:
            chunk: the name of the chunk that they are for.
            questions: Q questions.
            row_M: the question of each request, ascending.
            seed_M: the seed of each, ascending within a question.

        Returns:
            A table of `schema.REPLIES`, M rows; and how many of them were `owned` and `asked`.
        """
        self._journal = storage.join(self._journals, chunk)
        request_M = request_ids(self._asked_with, [questions[row] for row in row_M], seed_M)
        owned_M, owned = self._owned.find(request_M)
        missing = np.flatnonzero(~owned_M)
        parts = [owned]
        places = [np.flatnonzero(owned_M)]
        for place_RA in _alike(missing, row_M[missing], seed_M[missing]):
            asked = [questions[row] for row in row_M[place_RA[:, 0]]]
            parts.append(self._buy(asked, seed_M[place_RA], request_M[place_RA]))
            places.append(place_RA.ravel())
        back = np.argsort(np.concatenate(places), kind="stable")
        table = pa.concat_tables(parts).take(pa.array(back))
        return table, {"owned": int(owned_M.sum()), "asked": len(missing)}

    def forget(self, chunk: str) -> None:
        """Remove what was kept for a chunk, which is committed."""
        storage.remove(storage.join(self._journals, chunk))

    def _buy(
        self, questions: Sequence[str], seed_QA: NDArray[np.int64], request_QA: NDArray[np.int64]
    ) -> pa.Table:
        """Replies of the model, as many to each question."""
        generator = self.load()
        if isinstance(generator, Journaling):
            generator.journal = self._journal
        columns = {
            **ask(generator, questions, seed_QA),
            "request": request_QA.ravel(),
            "engine": [generator.name] * seed_QA.size,
            "model": [self._model] * seed_QA.size,
        }
        del columns["attempt"]
        return pa.table(columns, schema=REPLIES.schema)


def _alike(
    place_M: NDArray[np.int64], row_M: NDArray[np.int64], seed_M: NDArray[np.int64]
) -> Iterator[NDArray[np.int64]]:
    """Requests in tables of equally long rows, each row one question with consecutive seeds.

    vLLM writes all attempts of a row in one request, which counts its seeds up itself.
    """
    start_R = run_starts(row_M, seed_M)
    length_R = np.diff(start_R, append=len(place_M))
    for length in np.unique(length_R):
        yield place_M[start_R[length_R == length, None] + np.arange(length)]


class _Owned:
    """The replies that steps have committed, found by their requests."""

    def __init__(self, root: str, table: str) -> None:
        files = list(_committed(root, table))
        requests, places = [np.empty(0, np.int64)], [np.empty((0, 2), np.int64)]
        for number, path in enumerate(files):
            read = storage.read_parquet(path, ["request", "finish"])
            # A failure is no reply: what was refused once may be answered now.
            rows = np.flatnonzero(pc.not_equal(read["finish"], Finish.FAILED).to_numpy())
            requests.append(read["request"].to_numpy()[rows])
            places.append(np.column_stack([np.full(len(rows), number), rows]))
        self._files = files
        request_R, first_R = np.unique(np.concatenate(requests), return_index=True)
        self._request_R = request_R
        self._place_R2 = np.concatenate(places)[first_R]

    def find(self, request_M: NDArray[np.int64]) -> tuple[NDArray[np.bool_], pa.Table]:
        """Which requests have a reply that is owned, and these replies in the requests' order."""
        found_M = rows_of(self._request_R, request_M)
        place_K2 = self._place_R2[found_M[found_M >= 0]]
        parts, places = [REPLIES.schema.empty_table()], [np.empty(0, np.int64)]
        for number in np.unique(place_K2[:, 0]):
            here = np.flatnonzero(place_K2[:, 0] == number)
            read = storage.read_parquet(self._files[number], REPLIES.names)
            parts.append(read.take(pa.array(place_K2[here, 1])).cast(REPLIES.schema))
            places.append(here)
        back = np.argsort(np.concatenate(places), kind="stable")
        return found_M >= 0, pa.concat_tables(parts).take(pa.array(back))


def _committed(root: str, table: str) -> Iterator[str]:
    """The files of a table with whole replies that the chunks of steps of its name committed."""
    step = re.compile(rf"{table}(-\d)?-[0-9a-f]{{8}}")
    for name in filter(step.fullmatch, storage.list_names(root)):
        folder = storage.join(root, name)
        for entry in _entries(folder, table):
            if set(REPLIES.names) <= set(text_schema(entry["schema"]).names):
                yield storage.join(folder, entry["file"])


def _entries(folder: str, table: str) -> Iterator[Mapping[str, Any]]:
    """What the record of a step says of the files of a table, or the markers where it has none."""
    if storage.exists(storage.join(folder, RECORD)):
        record = storage.read_json(storage.join(folder, RECORD))
        for entry in record["tables"][table]:
            yield {**entry, "schema": record["schemas"][table]}
        return
    for file in storage.list_files(storage.join(folder, "chunks")):
        if storage.file_name(file.path).endswith(".json"):
            yield storage.read_json(file.path)["tables"][table]
