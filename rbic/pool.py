"""The pool that selection works on, read from the tables of the steps before it.

Needs all columns but the texts in memory; vectors and likelihoods where they are among the inputs.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rbic.core.endings import broken_off
from rbic.core.selection.pool import ChainFacts, Likelihoods, Pool
from rbic.distinct import by_id, distinct_samples, flat_lists, rows_of
from rbic.outputs import Inputs
from rbic.schema import Basis, LedgerReason

POOL_READS = (
    "ingest", "duplicates", "near_duplicates", "neighbours", "domains", "chains", "difficulty",
    "contribution",
)  # fmt: skip
"""The steps that every pool is made of; `embed` and `likelihood` may be added."""

_MEASURED = (Basis.GIVEN, Basis.SAMPLED)


def load_pool(inputs: Inputs) -> Pool:
    """The pool of a run.

    Args:
        inputs: outputs of the steps by name: those of `POOL_READS`; with `embed` the pool has
            vectors, with `likelihood` likelihoods.
    """
    facts = read_facts(inputs)
    return make_pool(inputs, facts, read_chains(inputs, facts))


def read_facts(inputs: Inputs) -> pa.Table:
    """What is known of the distinct samples, in order of id."""
    columns = ["source", "row", "train_tokens", "chain_tokens", "language"]
    facts = distinct_samples(inputs["ingest"], inputs["duplicates"], columns)
    id_N = facts["sample_id"].to_numpy()
    for step, names in (
        ("domains", ["domain_id", "subdomain_id", "coreness"]),
        (
            "difficulty",
            [
                "attempts",
                "right",
                "given_rate",
                "pass_rate",
                "level",
                "basis",
                "suspect",
                "agreed_answer",
            ],
        ),
        ("chains", ["steps", "live_steps", "integrity"]),
        ("contribution", ["complexity", "contribution"]),
    ):
        table = by_id(inputs[step].read(step, ["sample_id", *names]), id_N, "select")
        for name in names:
            facts = facts.append_column(name, table[name])
    return _with_repeats(facts, inputs["near_duplicates"].read("marks"))


def read_chains(inputs: Inputs, facts: pa.Table) -> pa.Table:
    """The table `chains` in the order of the facts."""
    return by_id(inputs["chains"].read("chains"), facts["sample_id"].to_numpy(), "select")


def make_pool(inputs: Inputs, facts: pa.Table, chains: pa.Table) -> Pool:
    """The pool of facts and chains that have been read."""
    id_N = facts["sample_id"].to_numpy()
    truncated_N = _broken_off(facts, chains)
    graph = by_id(inputs["neighbours"].read("neighbours"), id_N, "select")
    k = graph["neighbour_id"].type.list_size
    return Pool(
        id_N=id_N,
        tokens_N=_whole(facts, "train_tokens"),
        reply_tokens_N=np.maximum(_whole(facts, "chain_tokens"), 1),
        domain_N=_whole(facts, "domain_id"),
        level_N=_whole(facts, "level"),
        measured_N=np.isin(facts["basis"].to_pylist(), _MEASURED),
        attempts_N=_whole(facts, "attempts"),
        right_N=_whole(facts, "right"),
        pass_rate_N=_pass_rates(facts),
        coreness_N=_real(facts, "coreness"),
        # A sample with a wrong reference waits as one with a wrong chain does.
        integrity_N=np.where(suspect_rows(facts), 0.0, _real(facts, "integrity")),
        complexity_N=_real(facts, "complexity"),
        contribution_N=_real(facts, "contribution"),
        neighbour_NK=rows_of(id_N, flat_lists(graph["neighbour_id"])).reshape(-1, k),
        cosine_NK=flat_lists(graph["cosine"]).reshape(-1, k),
        barred_N=_barred(facts, chains, truncated_N),
        chains=_chain_facts(chains, truncated_N),
        vector_ND=_vectors(inputs, id_N) if "embed" in inputs else None,
        likelihoods=_likelihoods(inputs, id_N) if "likelihood" in inputs else None,
    )


def _pass_rates(facts: pa.Table) -> NDArray[np.float64]:
    """Given rates as they are: methods that ask for 0 of n right would find no posterior of 0."""
    given_N = facts["given_rate"].to_numpy(zero_copy_only=False).astype(np.float64)
    alone_N = ~np.isnan(given_N) & (_whole(facts, "attempts") == 0)
    return np.where(alone_N, given_N, _real(facts, "pass_rate"))


def suspect_rows(facts: pa.Table) -> NDArray[np.bool_]:
    """Which samples have a reference answer that is probably wrong."""
    return _flags(facts, "suspect")


def _whole(table: pa.Table, name: str) -> NDArray[np.int64]:
    return np.asarray(table[name].to_numpy(), np.int64)


def _real(table: pa.Table, name: str) -> NDArray[np.float64]:
    """A column of numbers; null is NaN."""
    return np.asarray(table[name].to_numpy(), np.float64)


def _flags(table: pa.Table, name: str) -> NDArray[np.bool_]:
    return np.asarray(table[name].to_numpy(zero_copy_only=False), bool)


def _broken_off(facts: pa.Table, chains: pa.Table) -> NDArray[np.bool_]:
    """Which chains break off, by what is usual in their source."""
    source_N = facts["source"].combine_chunks().dictionary_encode().indices.to_numpy()
    return broken_off(
        _flags(chains, "truncated"),
        _flags(chains, "announced"),
        _flags(chains, "open_end"),
        np.asarray(source_N, np.int64),
    )


def _barred(
    facts: pa.Table, chains: pa.Table, truncated_N: NDArray[np.bool_]
) -> NDArray[np.object_]:
    """What hygiene rules out, and why; of several reasons the one that comes last here."""
    barred_N = np.full(facts.num_rows, None, dtype=object)
    barred_N[_flags(chains, "looping")] = LedgerReason.LOOPING
    barred_N[truncated_N] = LedgerReason.TRUNCATED
    barred_N[facts["other_source"].is_valid().to_numpy()] = LedgerReason.NEAR_DUPLICATE
    return barred_N


def _chain_facts(chains: pa.Table, truncated_N: NDArray[np.bool_]) -> ChainFacts:
    return ChainFacts(
        steps_N=_whole(chains, "steps"),
        verifications_N=_whole(chains, "verifications"),
        corrections_N=_whole(chains, "corrections"),
        inferences_N=_whole(chains, "inferences"),
        repeated_N=_real(chains, "repeated"),
        failed_share_N=_real(chains, "failed_share"),
        leaps_N=_real(chains, "leaps"),
        false_equations_N=_whole(chains, "false_equations"),
        contradicted_N=_flags(chains, "contradicted"),
        unreached_N=_flags(chains, "unreached"),
        truncated_N=truncated_N,
        looping_N=_flags(chains, "looping"),
    )


def _vectors(inputs: Inputs, id_N: NDArray[np.int64]) -> NDArray[np.float16]:
    table = by_id(inputs["embed"].read("vectors"), id_N, "select")
    return flat_lists(table["vector"]).reshape(len(id_N), -1)


def _likelihoods(inputs: Inputs, id_N: NDArray[np.int64]) -> Likelihoods:
    table = by_id(inputs["likelihood"].read("likelihoods"), id_N, "select")
    return Likelihoods(
        reply_tokens_N=_whole(table, "reply_tokens"),
        conditional_loss_N=_real(table, "conditional_loss"),
        unconditional_loss_N=_real(table, "unconditional_loss"),
        surprisal_sum_N=_real(table, "surprisal_sum"),
        rank_sum_N=_real(table, "rank_sum"),
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
