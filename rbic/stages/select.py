"""Choose what stays, and write down for every input row why.

Reads   all that was found out about the samples
Writes  ledger   one row an input row, in order of source and row
        kept     one row a chosen sample, in corpus order
        sums     rows and tokens by reason, level and basis
Needs   all columns but the texts in a worker's memory
"""

from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rbic.chunks import Chunk, ChunkTables, Step, Workers, whole
from rbic.core.ledger import Wording, describe, dropped_reasons, make_ledger, sum_up
from rbic.core.selection.choose import choose
from rbic.core.selection.method import Need, needs, respects_hygiene
from rbic.core.selection.pool import Pool
from rbic.core.selection.refine import SelectConfig, Selection
from rbic.distinct import rows_of
from rbic.outputs import Inputs
from rbic.pool import POOL_READS, make_pool, read_chains, read_facts, suspect_rows
from rbic.schema import KEPT, LEDGER, SUMS, LedgerReason

_MORE_READS = {Need.VECTORS: "embed", Need.LIKELIHOODS: "likelihood"}
_DESCRIBED_ROWS = 65_536


class SelectSamples:
    """Chooses in one piece of work."""

    def __init__(self, inputs: Inputs, config: SelectConfig) -> None:
        """Take the inputs."""
        self._inputs = inputs
        self._config = config

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """The ledger, and what was kept."""
        columns = ["sample_id", "source", "row", "train_tokens", "language", "licence"]
        every = self._inputs["ingest"].read("samples", columns)
        facts = read_facts(self._inputs)
        chains = read_chains(self._inputs, facts)
        pool = make_pool(self._inputs, facts, chains)
        tokens_in = int(every["train_tokens"].to_numpy().sum(dtype=np.int64))
        budget = self._config.budget_tokens or int(self._config.budget * tokens_in)
        selection = choose(pool, budget, self._config)
        place_M = rows_of(pool.id_N, every["sample_id"].to_numpy())
        columns = ["source", "row", "reason", "detail"]
        rejects = self._inputs["ingest"].read("rejects", columns)
        ledger = make_ledger(
            self._decided(facts, chains, pool, selection, budget),
            every,
            place_M,
            rejects,
        )
        chosen_N = np.zeros(len(pool.id_N), dtype=bool)
        chosen_N[selection.row_S] = True
        counts = {
            "tokens_in": tokens_in,
            "budget": budget,
            "tokens_out": int(pool.tokens_N[selection.row_S].sum()),
            "value_ratio_thousandths": int(1000 * selection.value_ratio),
        }
        tables = {
            "ledger": ledger,
            "kept": self._kept(every, place_M, chosen_N),
            "sums": sum_up(ledger, rejects["reason"]),
        }
        return ChunkTables(tables, counts)

    def _decided(
        self, facts: pa.Table, chains: pa.Table, pool: Pool, selection: Selection, budget: int
    ) -> pa.Table:
        """The facts with what was decided: kept, reason, detail, rank, gain."""
        given = self._config.max_sample_tokens
        limit = budget if given is None else min(given, budget)
        longest = (
            f"the whole budget is {budget:,}"
            if limit == budget
            else f"select.max_sample_tokens is {limit:,}"
        )
        too_long_N = pool.tokens_N > limit
        # A method that does without hygiene did not drop anything for it.
        method = self._config.method
        barred_N = pool.barred_N if respects_hygiene(method) else np.full(len(pool.id_N), None)
        reason_N = dropped_reasons(barred_N, selection.waiting_N, too_long_N)
        waiting_N = reason_N == LedgerReason.LOW_INTEGRITY
        reason_N[waiting_N & suspect_rows(facts)] = LedgerReason.SUSPECT_REFERENCE
        reason_N[selection.row_S] = selection.reason_S
        rank_N = np.full(len(pool.id_N), -1, np.int64)
        rank_N[selection.row_S] = np.arange(len(selection.row_S))
        gain_N = np.zeros(len(pool.id_N), np.float32)
        gain_N[selection.row_S] = selection.gain_S
        kept_N = rank_N >= 0
        facts = facts.append_column("kept", pa.array(kept_N))
        facts = facts.append_column("rank", pa.array(rank_N, mask=~kept_N))
        facts = facts.append_column("gain", pa.array(gain_N, mask=~kept_N))
        facts = facts.append_column("reason", pa.array([str(r) for r in reason_N], pa.string()))
        wording = Wording(method, longest)
        words = [
            describe(reason, fact, chain, wording)
            for reason, (fact, chain) in zip(reason_N, _rows_of_both(facts, chains), strict=True)
        ]
        return facts.append_column("detail", pa.array(words, pa.string()))

    def _kept(
        self, every: pa.Table, place_M: NDArray[np.int64], chosen_N: NDArray[np.bool_]
    ) -> pa.Table:
        """Where the chosen samples lie in the files of `samples`; of copies, the first."""
        _, first_U = np.unique(place_M, return_index=True)
        row_S = np.sort(first_U[chosen_N])
        rows = [file.rows for file in self._inputs["ingest"].tables["samples"]]
        start_F = np.concatenate([[0], np.cumsum(rows)])
        file_S = np.searchsorted(start_F, row_S, side="right") - 1
        kept = every.take(row_S)
        columns = {
            "sample_id": kept["sample_id"],
            "file": file_S.astype(np.int32),
            "position": row_S - start_F[file_S],
            "train_tokens": kept["train_tokens"],
        }
        return pa.table(columns).cast(KEPT.schema)


def _rows_of_both(
    facts: pa.Table, chains: pa.Table
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Rows of two tables side by side, made a batch at a time: whole they take gigabytes."""
    for start in range(0, facts.num_rows, _DESCRIBED_ROWS):
        yield from zip(
            facts.slice(start, _DESCRIBED_ROWS).to_pylist(),
            chains.slice(start, _DESCRIBED_ROWS).to_pylist(),
            strict=True,
        )


def select_step(config: SelectConfig, workers: Workers) -> Step:
    """Choose in one piece of work."""
    wanted = needs(config.method)
    more = [step for need, step in _MORE_READS.items() if need in wanted]
    return Step(
        name="select",
        reads=(*POOL_READS, *more),
        writes={"ledger": LEDGER.schema, "kept": KEPT.schema, "sums": SUMS.schema},
        params=asdict(config),
        plan=lambda inputs: whole(inputs["ingest"].rows("samples")),
        worker=partial(SelectSamples, config=config),
        workers=workers,
        version=4,
    )
