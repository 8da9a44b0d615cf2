"""What every sample contributes, from the tables of the steps before.

The stage `contribution` scores by the settings of the run, and trials of variants of the method
by others.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rbic.core.contribution import (
    ContributionRule,
    contribution,
    rank_share,
    residual,
    settle_gamma,
    spline_features,
    standardise_within,
)
from rbic.distinct import by_id, distinct_samples
from rbic.outputs import Inputs
from rbic.schema import CONTRIBUTION, Basis


def score_contributions(
    inputs: Inputs, rule: ContributionRule, chains: pa.Table | None = None
) -> tuple[pa.Table, float]:
    """The contribution of every distinct sample.

    Args:
        inputs: outputs of `ingest`, `duplicates`, `domains`, `chains` and `difficulty`.
        rule: how much complexity counts.
        chains: in place of the table of that name, one row a distinct sample, in order of id.

    Returns:
        The table `contribution`, in order of id, and the gamma that was used.
    """
    columns = ["train_tokens", "language"]
    samples = distinct_samples(inputs["ingest"], inputs["duplicates"], columns)
    id_N = samples["sample_id"].to_numpy()
    if chains is None:
        chains = by_id(inputs["chains"].read("chains"), id_N, "contribution")
    difficulty = by_id(inputs["difficulty"].read("difficulty"), id_N, "contribution")
    domains = by_id(inputs["domains"].read("domains"), id_N, "contribution")
    domain_N = domains["domain_id"].to_numpy().astype(np.int64)
    level_N = difficulty["level"].to_numpy().astype(np.int64)
    rate_N = difficulty["pass_rate"].to_numpy().astype(np.float64)
    complexity_N = chains["logical_complexity"].to_numpy().astype(np.float64)
    structured_N = chains["structured"].to_numpy()
    tokens_N = np.log(samples["train_tokens"].to_numpy().astype(np.float64))
    language = [pc.equal(samples["language"], name).to_numpy() for name in ("zh", "other")]
    feature_NF = np.column_stack([spline_features(tokens_N), spline_features(rate_N), *language])
    rest_N = residual(complexity_N, feature_NF, domain_N, structured_N)
    cell_N = domain_N * 5 + level_N
    share = rule.residual_share
    z_N = (1 - share) * standardise_within(complexity_N, cell_N, structured_N)
    z_N += share * standardise_within(rest_N, cell_N, structured_N)
    gamma = settle_gamma(rule, _measured_pass_rate(difficulty))
    integrity_N = chains["integrity"].to_numpy().astype(np.float64)
    scores = {
        "sample_id": id_N,
        "complexity": rank_share(complexity_N).astype(np.float32),
        "complexity_residual": rest_N.astype(np.float32),
        "contribution": contribution(integrity_N, z_N, structured_N, gamma).astype(np.float32),
    }
    return pa.table(scores).cast(CONTRIBUTION.schema), gamma


def _measured_pass_rate(difficulty: pa.Table) -> float | None:
    """The mean pass rate over sampled problems; None where the model answered none."""
    sampled = difficulty.filter(pc.equal(difficulty["basis"], Basis.SAMPLED))
    return float(pc.mean(sampled["pass_rate"]).as_py()) if sampled.num_rows else None
