"""Plan a further round of attempts from the answers of those before.

Reads   samples, marks, neighbours, domains, chains, and all earlier rounds
Writes  problems   those that are asked again or for the first time, and how many attempts at each
"""

from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rbic.chunks import Chunk, ChunkTables, Step, Workers, whole
from rbic.core.attempt_plan import Market, plan_round
from rbic.core.draws import Draw, hashed_uniform
from rbic.core.rate_prior import Evidence, Prior
from rbic.distinct import rows_of
from rbic.evidence import (
    READS,
    decided,
    gather,
    learn_prior,
    read_rounds,
    reply_costs,
    round_step,
    rounds_read,
    written,
)
from rbic.outputs import Inputs
from rbic.schema import PROBLEMS


@dataclass(frozen=True)
class Purse:
    """What may be spent in all rounds together."""

    attempts: float
    """Replies a problem, on average; a reply costs what the probe's replies cost on average."""
    rounds: int
    given_attempts: int
    """As DifficultyConfig.given_attempts."""


class PlanRound:
    """Plans in one piece of work."""

    def __init__(self, inputs: Inputs, purse: Purse, number: int) -> None:
        """Take the inputs."""
        self._inputs = inputs
        self._purse = purse
        self._number = number

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """The problems of this round, those with most attempts first."""
        problems = self._inputs["problems"].read("problems").sort_by("sample_id")
        tried = read_rounds(self._inputs, "attempts", ["sample_id", "finish", "reply_tokens"])
        if not tried.num_rows:
            # No model, or nothing to ask.
            return ChunkTables({"problems": PROBLEMS.schema.empty_table()})
        known = gather(self._inputs, decided(self._inputs))
        evidence = known.evidence(self._purse.given_attempts)
        prior = learn_prior(self._inputs, known, evidence)
        id_M = problems["sample_id"].to_numpy()
        rows = rows_of(known.id_N, id_M)
        counted = known.counted.take(rows)
        cost_M = reply_costs(id_M, tried)
        # A reply without a verdict costs as much as one with, and is no evidence.
        asked_M = np.bincount(rows_of(id_M, tried["sample_id"].to_numpy()), minlength=len(id_M))
        market = Market(
            evidence=_with_given(counted, known.given_N[rows], self._purse.given_attempts),
            cost_N=cost_M * (asked_M + 1) / (counted.attempts_N + 1),
            order_N=hashed_uniform(id_M, self._number, Draw.LATER_ROUND),
        )
        # The probe is a random share of every domain; later rounds are not.
        probe = self._inputs["attempts"].read("attempts", ["finish", "reply_tokens"])
        left = tokens_left(self._purse, len(id_M), probe, tried)
        prior = Prior(prior.log_weight_G, prior.shift_N[rows])
        more_M = plan_round(prior, market, left, self._purse.rounds - self._number + 1)
        # More of the same answers would not make the reference right.
        agreed_M = np.array([one is not None for one in known.agreed_N[rows]], dtype=bool)
        more_M[agreed_M] = 0
        counts = {"attempts": int(more_M.sum()), "purse_left": int(left)}
        return ChunkTables({"problems": _table(problems, more_M, asked_M)}, counts)


def tokens_left(purse: Purse, problems: int, probe: pa.Table, tried: pa.Table) -> float:
    """Tokens left in the purse, 0 or more; 0 where no reply of the probe was written.

    Args:
        purse: what may be spent.
        problems: how many problems there are.
        probe: the columns finish and reply_tokens of the first round.
        tried: the column reply_tokens of all rounds.
    """
    replies = written(probe)["reply_tokens"].to_numpy()
    mean = float(replies.mean()) if len(replies) else 0.0
    spent = float(tried["reply_tokens"].to_numpy().sum(dtype=np.int64))
    return max(0.0, purse.attempts * problems * mean - spent)


def _with_given(counted: Evidence, given_M: NDArray[np.float64], given_attempts: int) -> Evidence:
    """Attempts, and given rates as so many, in whole numbers."""
    worth_M = np.where(np.isnan(given_M), 0, given_attempts)
    return Evidence(
        counted.attempts_N + worth_M,
        counted.right_N + np.rint(worth_M * np.nan_to_num(given_M)),
    )


def _table(problems: pa.Table, more_M: NDArray[np.int64], asked_M: NDArray[np.int64]) -> pa.Table:
    """The problems with attempts in this round, those with most first: chunks alike in work."""
    table = problems.drop_columns(["attempts", "first_attempt"])
    table = table.append_column("attempts", pa.array(more_M.astype(np.int32)))
    table = table.append_column("first_attempt", pa.array(asked_M.astype(np.int32)))
    order = np.lexsort((problems["sample_id"].to_numpy(), -more_M))
    return table.take(order[: int((more_M > 0).sum())]).select(PROBLEMS.names)


def round_plan_step(purse: Purse, workers: Workers, number: int) -> Step:
    """Plan round `number`, from 2, in one piece of work."""
    return Step(
        name=round_step("problems", number),
        reads=(*READS, "problems", *rounds_read(number - 1, "attempts", "verdicts")),
        writes={"problems": PROBLEMS.schema},
        params=asdict(purse) | {"round": number},
        plan=lambda inputs: whole(inputs["domains"].rows("domains")),
        worker=partial(PlanRound, purse=purse, number=number),
        workers=workers,
        version=5,
    )
