"""Turn verdicts, given rates and the graph into pass rates and levels.

Reads   samples, marks, neighbours, domains, chains, and the verdicts of all rounds
Writes  difficulty   one row a distinct sample, in order of id
"""

from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rbic.chunks import Chunk, ChunkTables, Step, Workers, whole
from rbic.core.pass_rates import Posterior, level_of, posterior, rate_from_text
from rbic.evidence import READS, Known, gather, learn_prior, rounds_read
from rbic.outputs import Inputs
from rbic.schema import DIFFICULTY, Basis


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
        known = gather(self._inputs)
        evidence = known.evidence(self._config.given_attempts)
        if evidence.attempts_N.any():
            estimated = posterior(learn_prior(self._inputs, known, evidence), evidence)
            sampled_N = evidence.attempts_N > 0
            basis_N = np.where(sampled_N, Basis.SAMPLED, Basis.PROPAGATED).astype(object)
        else:
            estimated = _from_text(known.feature_NF)
            basis_N = np.full(len(known.id_N), Basis.TEXT, dtype=object)
        basis_N[~np.isnan(known.given_N)] = Basis.GIVEN
        table = _table(known, estimated, basis_N)
        counts = {basis.value: int((basis_N == basis).sum()) for basis in Basis}
        counts["suspect_references"] = int(known.suspect_N.sum())
        return ChunkTables({"difficulty": table}, counts)


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
        mean_N=rate_N,
        low_N=np.zeros(count),
        high_N=np.ones(count),
        level_N=level_of(rate_N),
        level_probability_N=np.full(count, 1 / 5),
    )


def _table(known: Known, estimated: Posterior, basis_N: NDArray[np.object_]) -> pa.Table:
    """The table; a given rate is taken as it is."""
    given, given_N = basis_N == Basis.GIVEN, known.given_N
    columns = {
        "sample_id": known.id_N,
        "attempts": known.counted.attempts_N.astype(np.int32),
        "right": known.counted.right_N.astype(np.int32),
        "pass_rate": np.where(given, given_N, estimated.mean_N).astype(np.float32),
        "low": np.where(given, given_N, estimated.low_N).astype(np.float32),
        "high": np.where(given, given_N, estimated.high_N).astype(np.float32),
        "level": np.where(given, level_of(np.nan_to_num(given_N)), estimated.level_N),
        "level_probability": np.where(given, 1.0, estimated.level_probability_N),
        "basis": [str(basis) for basis in basis_N],
        "suspect": known.suspect_N,
        "agreed_answer": pa.array(known.agreed_N.tolist(), pa.string()),
    }
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    return table.cast(DIFFICULTY.schema)


def difficulty_step(config: DifficultyConfig, workers: Workers, rounds: int) -> Step:
    """Estimate pass rates in one piece of work, after so many rounds of attempts."""
    return Step(
        name="difficulty",
        reads=(*READS, *rounds_read(rounds, "verdicts")),
        writes={"difficulty": DIFFICULTY.schema},
        params=asdict(config),
        plan=lambda inputs: whole(inputs["domains"].rows("domains")),
        worker=partial(EstimateDifficulty, config=config),
        workers=workers,
        version=5,
    )
