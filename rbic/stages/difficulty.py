"""Turn verdicts, given rates and the graph into pass rates and levels.

Reads   samples, marks, neighbours, domains, chains, problems, verdicts
Writes  difficulty   one row a distinct sample, in order of id
"""

from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rbic.chunks import Chunk, ChunkTables, Step, Workers, whole
from rbic.core.pass_rates import (
    Evidence,
    Posterior,
    fit_prior,
    group_rate,
    level_of,
    neighbour_rate,
    posterior,
    rate_from_text,
)
from rbic.core.problems import representatives
from rbic.distinct import by_id, distinct_samples, flat_lists, rows_of
from rbic.outputs import Inputs
from rbic.schema import DIFFICULTY, Basis, Verdict


@dataclass(frozen=True)
class DifficultyConfig:
    """How pass rates are estimated."""

    given_attempts: int = 16
    """Attempts that a pass rate brought by the corpus is worth, as evidence for its neighbours."""

    def __post_init__(self) -> None:
        """Check the range."""
        if self.given_attempts < 1:
            raise ValueError(
                f"difficulty.given_attempts must be at least 1, got {self.given_attempts}"
            )


class EstimateDifficulty:
    """Estimates all pass rates in one piece of work."""

    def __init__(self, inputs: Inputs, config: DifficultyConfig) -> None:
        """Take the inputs."""
        self._inputs = inputs
        self._config = config

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """The difficulty of every distinct sample."""
        columns = ["problem_id", "given_pass_rate", "question_tokens", "chain_tokens", "language"]
        samples = distinct_samples(self._inputs["ingest"], self._inputs["duplicates"], columns)
        id_N = samples["sample_id"].to_numpy()
        given_N = samples["given_pass_rate"].to_numpy(zero_copy_only=False).astype(np.float64)
        counted = self._counted(samples)
        attempts_N, right_N = counted.attempts_N, counted.right_N
        is_given_N = ~np.isnan(given_N)
        worth = float(self._config.given_attempts)
        trials_N: NDArray[np.float64] = np.where(is_given_N, worth, attempts_N)
        passed_N: NDArray[np.float64] = np.where(is_given_N, worth * given_N, right_N)
        evidence = Evidence(trials_N, passed_N)
        features = self._features(samples, id_N)
        if evidence.attempts_N.any():
            estimated = self._estimate(samples, id_N, evidence, features)
            basis_N = np.where(attempts_N > 0, Basis.SAMPLED, Basis.PROPAGATED).astype(object)
        else:
            estimated = _from_text(features)
            basis_N = np.full(len(id_N), Basis.TEXT, dtype=object)
        basis_N[is_given_N] = Basis.GIVEN
        table = _table(id_N, counted, given_N, estimated, basis_N)
        counts = {basis.value: int((basis_N == basis).sum()) for basis in Basis}
        return ChunkTables({"difficulty": table}, counts)

    def _counted(self, samples: pa.Table) -> Evidence:
        """Decided attempts and right ones of each sample; samples of one problem share them."""
        verdicts = self._inputs["verdicts"].read("verdicts", ["sample_id", "verdict"])
        verdicts = verdicts.filter(pc.not_equal(verdicts["verdict"], Verdict.UNDECIDABLE))
        id_N = samples["sample_id"].to_numpy()
        place_M = rows_of(id_N, verdicts["sample_id"].to_numpy())
        right_M = pc.equal(verdicts["verdict"], Verdict.RIGHT).to_numpy().astype(np.float64)
        _, problem_N = np.unique(samples["problem_id"].to_numpy(), return_inverse=True)
        problems = int(problem_N.max(initial=-1)) + 1
        attempts_P = np.bincount(problem_N[place_M], minlength=problems).astype(np.float64)
        right_P = np.bincount(problem_N[place_M], right_M, problems).astype(np.float64)
        return Evidence(attempts_P[problem_N], right_P[problem_N])

    def _features(self, samples: pa.Table, id_N: NDArray[np.int64]) -> NDArray[np.float64]:
        """What the text tells: lengths, steps, language. Shape (N, F)."""
        columns = ["sample_id", "steps", "live_steps", "depth", "operations"]
        chains = by_id(self._inputs["chains"].read("chains", columns), id_N, "difficulty")
        texts = [samples[name].to_numpy() for name in ("question_tokens", "chain_tokens")]
        structure = [chains[name].to_numpy() for name in columns[1:]]
        chinese_N = pc.equal(samples["language"], "zh").to_numpy().astype(np.float64)
        return np.column_stack([*(np.log1p(column) for column in texts + structure), chinese_N])

    def _estimate(
        self,
        samples: pa.Table,
        id_N: NDArray[np.int64],
        evidence: Evidence,
        text_NF: NDArray[np.float64],
    ) -> Posterior:
        graph = by_id(self._inputs["neighbours"].read("neighbours"), id_N, "difficulty")
        k = graph["neighbour_id"].type.list_size
        neighbour_NK = rows_of(id_N, flat_lists(graph["neighbour_id"])).reshape(-1, k)
        weight_NK = np.maximum(flat_lists(graph["cosine"]).reshape(-1, k), 0.0).astype(np.float64)
        domains = by_id(self._inputs["domains"].read("domains"), id_N, "difficulty")
        _, problem_N = np.unique(samples["problem_id"].to_numpy(), return_inverse=True)
        around_N = neighbour_rate(evidence, neighbour_NK, weight_NK**4, problem_N)
        label_N = domains["domain_id"].to_numpy().astype(np.int64)
        domain_N = group_rate(evidence, label_N, problem_N)
        # Samples of one problem share its attempts, which are evidence once.
        once_N = np.zeros(len(id_N))
        once_N[representatives(problem_N)] = 1.0
        fitted = Evidence(once_N * evidence.attempts_N, once_N * evidence.right_N)
        prior = fit_prior(fitted, np.column_stack([text_NF, around_N, domain_N]))
        return posterior(prior, evidence)


def _from_text(feature_NF: NDArray[np.float64]) -> Posterior:
    """Levels from the text alone: by standardised length and structure, with no claim to a rate.

    Longer, with more and deeper steps, is harder: the best guess that costs nothing (Spearman 0.4
    to 0.5 with measured difficulty on mathematics).
    """
    scale_F = np.maximum(feature_NF.std(axis=0), 1e-9)
    scaled_NF = (feature_NF - feature_NF.mean(axis=0)) / scale_F
    rate_N = rate_from_text(scaled_NF[:, :-1].mean(axis=1).round(6))
    count = len(rate_N)
    return Posterior(
        a_N=np.ones(count),
        b_N=np.ones(count),
        mean_N=rate_N,
        low_N=np.zeros(count),
        high_N=np.ones(count),
        level_N=level_of(rate_N),
        level_probability_N=np.full(count, 1 / 5),
    )


def _table(
    id_N: NDArray[np.int64],
    counted: Evidence,
    given_N: NDArray[np.float64],
    estimated: Posterior,
    basis_N: NDArray[np.object_],
) -> pa.Table:
    """The table; a given rate is taken as it is."""
    given = basis_N == Basis.GIVEN
    rate_N = np.where(given, given_N, estimated.mean_N)
    columns = {
        "sample_id": id_N,
        "attempts": counted.attempts_N.astype(np.int32),
        "right": counted.right_N.astype(np.int32),
        "pass_rate": rate_N.astype(np.float32),
        "low": np.where(given, given_N, estimated.low_N).astype(np.float32),
        "high": np.where(given, given_N, estimated.high_N).astype(np.float32),
        "level": np.where(given, level_of(np.nan_to_num(given_N)), estimated.level_N),
        "level_probability": np.where(given, 1.0, estimated.level_probability_N),
        "basis": [str(basis) for basis in basis_N],
    }
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    return table.cast(DIFFICULTY.schema)


def difficulty_step(config: DifficultyConfig, workers: Workers) -> Step:
    """Estimate pass rates in one piece of work."""
    return Step(
        name="difficulty",
        reads=(
            "ingest", "duplicates", "neighbours", "domains", "chains", "problems", "verdicts",
        ),
        writes={"difficulty": DIFFICULTY.schema},
        params=asdict(config),
        plan=lambda inputs: whole(inputs["domains"].rows("domains")),
        worker=partial(EstimateDifficulty, config=config),
        workers=workers,
    )  # fmt: skip
