"""Score what each sample contributes: the integrity of its chain, tilted by its complexity.

Reads   samples, marks, domains, chains, difficulty
Writes  contribution   one row a distinct sample, in order of id
"""

from dataclasses import asdict
from functools import partial

from rbic.chunks import Chunk, ChunkTables, Step, Workers, whole
from rbic.core.contribution import ContributionRule
from rbic.outputs import Inputs
from rbic.schema import CONTRIBUTION
from rbic.scoring import score_contributions


class ScoreContribution:
    """Scores all samples in one piece of work."""

    def __init__(self, inputs: Inputs, rule: ContributionRule) -> None:
        """Take the inputs."""
        self._inputs = inputs
        self._rule = rule

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """The contribution of every distinct sample."""
        table, gamma = score_contributions(self._inputs, self._rule)
        return ChunkTables({"contribution": table}, {"gamma_thousandths": round(1000 * gamma)})


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
