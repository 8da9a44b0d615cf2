"""Turn verdicts, given rates and the graph into pass rates and levels.

Reads   samples, marks, neighbours, domains, chains, and the verdicts of all rounds
Writes  difficulty   one row a distinct sample, in order of id
        calibration  how attempts came out that were predicted without them, by predicted level
"""

from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rbic.chunks import Chunk, ChunkTables, Step, Workers, whole
from rbic.core.calibration import Calibration, calibration
from rbic.core.judge import METHOD
from rbic.core.pass_rates import Posterior, level_of, posterior, rate_from_text
from rbic.core.rate_prior import Prior
from rbic.evidence import (
    READS,
    HeldOut,
    Known,
    decided,
    gather,
    hold_out,
    learn_prior,
    rounds_read,
)
from rbic.outputs import Inputs
from rbic.schema import CALIBRATION, DIFFICULTY, Basis


@dataclass(frozen=True)
class DifficultyConfig:
    """How pass rates are estimated."""

    given_attempts: int = 16
    """Attempts that a pass rate brought by the corpus is worth, as evidence for its own row and for
    those around it; attempts of our own (problems.ask_given) count beside them."""

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
        verdicts = decided(self._inputs)
        known = gather(self._inputs, verdicts)
        evidence = known.evidence(self._config.given_attempts)
        if evidence.attempts_N.any():
            estimated = posterior(learn_prior(self._inputs, known, evidence), evidence)
            sampled_N = evidence.attempts_N > 0
            basis_N = np.where(sampled_N, Basis.SAMPLED, Basis.PROPAGATED).astype(object)
        else:
            estimated = _from_text(known.feature_NF)
            basis_N = np.full(len(known.id_N), Basis.TEXT, dtype=object)
        basis_N[~np.isnan(known.given_N)] = Basis.GIVEN
        counts = {basis.value: int((basis_N == basis).sum()) for basis in Basis}
        counts["suspect_references"] = int(known.suspect_N.sum())
        counts["judged_attempts"] = int(pc.sum(pc.equal(verdicts["method"], METHOD)).as_py() or 0)
        checked = self._check(hold_out(known, verdicts))
        tables = {
            "difficulty": _table(known, estimated, basis_N),
            "calibration": _reliability(checked),
        }
        return ChunkTables(tables, counts | _scores(checked))

    def _check(self, held_out: HeldOut) -> Calibration:
        """Predict attempts without them, by a prior that has not seen them either."""
        if not len(held_out.row_M):
            return calibration(np.empty(0), held_out.right_M)
        evidence = held_out.known.evidence(self._config.given_attempts)
        prior = learn_prior(self._inputs, held_out.known, evidence)
        prior = Prior(prior.log_weight_G, prior.shift_N[held_out.row_M])
        rate_M = posterior(prior, evidence.take(held_out.row_M)).mean_N
        return calibration(rate_M, held_out.right_M)


def _reliability(checked: Calibration) -> pa.Table:
    """One row a level that held-out attempts were predicted to have."""
    levels = np.flatnonzero(checked.attempts_L)
    columns = (checked.attempts_L, checked.predicted_L, checked.right_L)
    values = [levels.astype(np.int8), *(column[levels] for column in columns)]
    return pa.table([pa.array(one) for one in values], schema=CALIBRATION.schema)


def _scores(checked: Calibration) -> dict[str, int]:
    """What came of the predictions, as counts; 0 held out where no problem had two attempts."""
    if not checked.attempts:
        return {"held_out": 0}
    shares = {
        "brier": checked.brier,
        "brier_expected": checked.expected,
        "brier_of_mean": checked.constant,
        "calibration_z": checked.z,
        "calibration_error": checked.error,
    }
    return {
        "held_out": checked.attempts,
        "sure": checked.sure,
        "sure_right": checked.sure_right,
        **{f"{name}_thousandths": round(1000 * value) for name, value in shares.items()},
    }


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
    columns = {
        "sample_id": known.id_N,
        "attempts": known.counted.attempts_N.astype(np.int32),
        "right": known.counted.right_N.astype(np.int32),
        "given_rate": pa.array(known.given_N, from_pandas=True),
        "pass_rate": estimated.mean_N.astype(np.float32),
        "low": estimated.low_N.astype(np.float32),
        "high": estimated.high_N.astype(np.float32),
        "level": estimated.level_N,
        "level_probability": estimated.level_probability_N,
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
        writes={"difficulty": DIFFICULTY.schema, "calibration": CALIBRATION.schema},
        params=asdict(config),
        plan=lambda inputs: whole(inputs["domains"].rows("domains")),
        worker=partial(EstimateDifficulty, config=config),
        workers=workers,
        version=7,
    )
