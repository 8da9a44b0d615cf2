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
from rbic.core.ledger import describe, dropped_reasons, make_ledger, sum_up
from rbic.core.selection.refine import Pool, SelectConfig, Selection, select
from rbic.distinct import by_id, distinct_samples, flat_lists, rows_of
from rbic.outputs import Inputs
from rbic.schema import KEPT, LEDGER, SUMS, Basis, LedgerReason

_READS = (
    "ingest", "duplicates", "near_duplicates", "neighbours", "domains", "chains", "difficulty",
    "contribution",
)  # fmt: skip
_DESCRIBED_ROWS = 65_536
_MEASURED = (Basis.GIVEN, Basis.SAMPLED)


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
        facts = self._facts()
        id_N = facts["sample_id"].to_numpy()
        chains = by_id(self._inputs["chains"].read("chains"), id_N, "select")
        pool = self._pool(facts, chains)
        tokens_in = int(every["train_tokens"].to_numpy().sum(dtype=np.int64))
        budget = self._config.budget_tokens or int(self._config.budget * tokens_in)
        selection = select(pool, budget, self._config)
        place_M = rows_of(id_N, every["sample_id"].to_numpy())
        columns = ["source", "row", "reason", "detail"]
        rejects = self._inputs["ingest"].read("rejects", columns)
        ledger = make_ledger(
            self._decided(facts, chains, pool, selection, budget),
            every,
            place_M,
            rejects,
        )
        chosen_N = np.zeros(len(id_N), dtype=bool)
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

    def _facts(self) -> pa.Table:
        """What is known of the distinct samples, in order of id."""
        columns = ["source", "row", "train_tokens", "language"]
        facts = distinct_samples(self._inputs["ingest"], self._inputs["duplicates"], columns)
        id_N = facts["sample_id"].to_numpy()
        for step, names in (
            ("domains", ["domain_id", "subdomain_id", "coreness"]),
            ("difficulty", ["attempts", "pass_rate", "level", "basis", "suspect", "agreed_answer"]),
            ("chains", ["steps", "live_steps", "integrity"]),
            ("contribution", ["complexity", "contribution"]),
        ):
            table = by_id(self._inputs[step].read(step, ["sample_id", *names]), id_N, "select")
            for name in names:
                facts = facts.append_column(name, table[name])
        return _with_repeats(facts, self._inputs["near_duplicates"].read("marks"))

    def _pool(self, facts: pa.Table, chains: pa.Table) -> Pool:
        id_N = facts["sample_id"].to_numpy()
        graph = by_id(self._inputs["neighbours"].read("neighbours"), id_N, "select")
        k = graph["neighbour_id"].type.list_size
        barred_N = np.full(len(id_N), None, dtype=object)
        barred_N[chains["looping"].to_numpy()] = LedgerReason.LOOPING
        barred_N[chains["truncated"].to_numpy()] = LedgerReason.TRUNCATED
        barred_N[facts["other_source"].is_valid().to_numpy()] = LedgerReason.NEAR_DUPLICATE

        def floats(name: str) -> NDArray[np.float64]:
            return np.asarray(facts[name].to_numpy(), np.float64)

        return Pool(
            id_N=id_N,
            tokens_N=facts["train_tokens"].to_numpy().astype(np.int64),
            domain_N=facts["domain_id"].to_numpy().astype(np.int64),
            level_N=facts["level"].to_numpy().astype(np.int64),
            measured_N=np.isin(facts["basis"].to_pylist(), _MEASURED),
            coreness_N=floats("coreness"),
            # A sample with a wrong reference waits as one with a wrong chain does.
            integrity_N=np.where(_suspect(facts), 0.0, floats("integrity")),
            complexity_N=floats("complexity"),
            contribution_N=floats("contribution"),
            neighbour_NK=rows_of(id_N, flat_lists(graph["neighbour_id"])).reshape(-1, k),
            cosine_NK=flat_lists(graph["cosine"]).reshape(-1, k),
            barred_N=barred_N,
        )

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
        reason_N = dropped_reasons(pool.barred_N, selection.waiting_N, too_long_N)
        waiting_N = reason_N == LedgerReason.LOW_INTEGRITY
        reason_N[waiting_N & _suspect(facts)] = LedgerReason.SUSPECT_REFERENCE
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
        words = [
            describe(reason, fact, chain, longest)
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


def _suspect(facts: pa.Table) -> NDArray[np.bool_]:
    return np.asarray(facts["suspect"].to_numpy(zero_copy_only=False), dtype=bool)


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


def _with_repeats(facts: pa.Table, marks: pa.Table) -> pa.Table:
    """The facts with what each near-duplicate repeats, null for the others."""
    place_M = rows_of(facts["sample_id"].to_numpy(), marks["sample_id"].to_numpy())
    mark_N = np.full(facts.num_rows, -1, np.int64)
    mark_N[place_M] = np.arange(len(place_M))
    index = pa.array(mark_N, mask=mark_N < 0)
    for name, source in (
        ("other_source", "other_source"),
        ("other_row", "other_row"),
        ("other_cosine", "score"),
    ):
        facts = facts.append_column(name, marks[source].combine_chunks().take(index))
    return facts


def select_step(config: SelectConfig, workers: Workers) -> Step:
    """Choose in one piece of work."""
    return Step(
        name="select",
        reads=_READS,
        writes={"ledger": LEDGER.schema, "kept": KEPT.schema, "sums": SUMS.schema},
        params=asdict(config),
        plan=lambda inputs: whole(inputs["ingest"].rows("samples")),
        worker=partial(SelectSamples, config=config),
        workers=workers,
    )
