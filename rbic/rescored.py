"""The pool as other rules of integrity and contribution have it: for variants of the method."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from rbic.core.contribution import ContributionRule
from rbic.core.integrity import ChainRule, Defects, integrity
from rbic.core.selection.pool import Pool
from rbic.outputs import Inputs
from rbic.pool import read_chains, read_facts, suspect_rows
from rbic.scoring import score_contributions


def rescored(pool: Pool, inputs: Inputs, chains: ChainRule, rule: ContributionRule) -> Pool:
    """The pool with integrity and contribution reckoned anew from what was found in each chain.

    Args:
        pool: as from `load_pool`.
        inputs: what it was loaded from.
        chains: what defects cost.
        rule: how much complexity counts.
    """
    facts = read_facts(inputs)
    table = with_integrity(read_chains(inputs, facts), chains)
    scores, _ = score_contributions(inputs, rule, table)
    integrity_N = table["integrity"].to_numpy().astype(np.float64)
    return replace(
        pool,
        integrity_N=np.where(suspect_rows(facts), 0.0, integrity_N),
        contribution_N=scores["contribution"].to_numpy().astype(np.float64),
    )


def with_integrity(chains: pa.Table, rule: ChainRule) -> pa.Table:
    """The table `chains` with the integrity that a rule gives what was found in each."""
    found = zip(
        chains.select(Defects._fields).to_pylist(), chains["contradicted"].to_pylist(), strict=True
    )
    values = [integrity(Defects(**defects), contradicted, rule) for defects, contradicted in found]
    place = chains.schema.get_field_index("integrity")
    return chains.set_column(place, chains.schema.field(place), pa.array(values, pa.float32()))
