"""Score what each sample contributes: the integrity of its chain, tilted by its complexity.

Reads   samples, marks, domains, chains, difficulty
Writes  contribution   one row a distinct sample, in order of id
"""

from dataclasses import asdict
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rbic.chunks import Chunk, ChunkTables, Step, Workers, whole
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


class ScoreContribution:
    """Scores all samples in one piece of work."""

    def __init__(self, inputs: Inputs, rule: ContributionRule) -> None:
        """Take the inputs."""
        self._inputs = inputs
        self._rule = rule

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """The contribution of every distinct sample."""
        columns = ["train_tokens", "language"]
        samples = distinct_samples(self._inputs["ingest"], self._inputs["duplicates"], columns)
        id_N = samples["sample_id"].to_numpy()
        chains = by_id(self._inputs["chains"].read("chains"), id_N, "contribution")
        difficulty = by_id(self._inputs["difficulty"].read("difficulty"), id_N, "contribution")
        domains = by_id(self._inputs["domains"].read("domains"), id_N, "contribution")
        domain_N = domains["domain_id"].to_numpy().astype(np.int64)
        level_N = difficulty["level"].to_numpy().astype(np.int64)
        rate_N = difficulty["pass_rate"].to_numpy().astype(np.float64)
        complexity_N = chains["logical_complexity"].to_numpy().astype(np.float64)
        structured_N = chains["structured"].to_numpy()
        tokens_N = np.log(samples["train_tokens"].to_numpy().astype(np.float64))
        language = [pc.equal(samples["language"], name).to_numpy() for name in ("zh", "other")]
        feature_NF = np.column_stack(
            [spline_features(tokens_N), spline_features(rate_N), *language]
        )
        rest_N = residual(complexity_N, feature_NF, domain_N, structured_N)
        cell_N = domain_N * 5 + level_N
        share = self._rule.residual_share
        z_N = (1 - share) * standardise_within(complexity_N, cell_N, structured_N)
        z_N += share * standardise_within(rest_N, cell_N, structured_N)
        gamma = settle_gamma(self._rule, _measured_pass_rate(difficulty))
        integrity_N = chains["integrity"].to_numpy().astype(np.float64)
        scores = {
            "sample_id": id_N,
            "complexity": rank_share(complexity_N).astype(np.float32),
            "complexity_residual": rest_N.astype(np.float32),
            "contribution": contribution(integrity_N, z_N, structured_N, gamma).astype(np.float32),
        }
        table = pa.table(scores).cast(CONTRIBUTION.schema)
        return ChunkTables({"contribution": table}, {"gamma_thousandths": round(1000 * gamma)})


def _measured_pass_rate(difficulty: pa.Table) -> float | None:
    """The mean pass rate over sampled problems; None where the model answered none."""
    sampled = difficulty.filter(pc.equal(difficulty["basis"], Basis.SAMPLED))
    return float(pc.mean(sampled["pass_rate"]).as_py()) if sampled.num_rows else None


def contribution_step(rule: ContributionRule, workers: Workers) -> Step:
    """Score contributions in one piece of work."""
    return Step(
        name="contribution",
        reads=("ingest", "duplicates", "domains", "chains", "difficulty"),
        writes={"contribution": CONTRIBUTION.schema},
        params=asdict(rule),
        plan=lambda inputs: whole(inputs["domains"].rows("domains")),
        worker=partial(ScoreContribution, rule=rule),
        workers=workers,
    )
