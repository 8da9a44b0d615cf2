"""Let a language model answer the problems, in one round or in several.

problems   reads   samples, marks (exact and near), domains
           writes  problems   one row a distinct question and answer that may be answered, and how
                              many attempts the first round makes at it
attempts   reads   problems (of its round)
           writes  attempts   one row an attempt, replies whole; what an earlier step of the output
                              folder owns is not asked again
"""

from dataclasses import asdict, dataclass, field
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rbic import storage
from rbic.asking import Asker, asked_with, asking_params
from rbic.chunks import Chunk, ChunkTables, Step, Workers, plan_rows, read_rows, whole
from rbic.core.attempt_plan import probe_share
from rbic.core.draws import Draw, hashed_uniform
from rbic.core.problems import representatives, stratified_share
from rbic.distinct import by_id, distinct_samples, rows_of
from rbic.evidence import MOST_ROUNDS, round_step
from rbic.models.generator import (
    NEVER_WRITTEN,
    Engine,
    Finish,
    GeneratorConfig,
    attempt_seeds,
    load_generator,
)
from rbic.outputs import Inputs
from rbic.resources import gpu_share
from rbic.schema import ATTEMPTS, PROBLEMS, REPLIES


@dataclass(frozen=True)
class ProblemConfig:
    """Which problems are asked."""

    share: float = 1.0
    """Share of each domain's problems that is asked; the rest is predicted from these. Where there
    are several rounds, it is the purse that shrinks by this share, and any problem can be asked."""
    rounds: int = 1
    """1 asks for generator.attempts replies to every problem. With more, the first round probes a
    share of every domain, and each further one buys replies where they change the most levels,
    until generator.attempts a problem are spent, counted in tokens. 3 is nearly as good as any."""
    probe_attempts: int = 2
    """Replies to each problem that the first of several rounds asks; the share of problems follows:
    the probe costs a quarter of the purse, at most."""
    ask_given: bool = False
    """Whether rows that bring a pass rate are asked too. Their given rate then counts beside our
    attempts, as difficulty.given_attempts of them; whatever model it came from."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the range."""
        if not 0 < self.share <= 1:
            raise ValueError(f"problems.share must be in (0, 1], got {self.share}")
        if not 1 <= self.rounds <= MOST_ROUNDS:
            raise ValueError(f"problems.rounds must be in [1, {MOST_ROUNDS}], got {self.rounds}")
        # Single answers do not tell problems that are always or never solved from the others.
        if not 2 <= self.probe_attempts <= 32:
            raise ValueError(
                f"problems.probe_attempts must be in [2, 32], got {self.probe_attempts}"
            )


@dataclass(frozen=True)
class _Wanted:
    """What the choice of problems rests on besides the samples."""

    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    problems: ProblemConfig = field(default_factory=ProblemConfig)


class ChooseProblems:
    """Lists the problems in one piece of work."""

    def __init__(self, inputs: Inputs, wanted: _Wanted) -> None:
        """Take the inputs."""
        self._inputs = inputs
        self._wanted = wanted

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """Problems with a reference answer, those that are asked first, then in order of id."""
        if self._wanted.generator.engine is Engine.NONE:
            return ChunkTables({"problems": PROBLEMS.schema.empty_table()})
        columns = ["problem_id", "question", "answer", "options", "given_pass_rate"]
        samples = distinct_samples(self._inputs["ingest"], self._inputs["duplicates"], columns)
        domains = self._inputs["domains"].read("domains", ["sample_id", "domain_id"])
        domain_N = by_id(domains, samples["sample_id"].to_numpy(), "problems")["domain_id"]
        samples = samples.append_column("domain_id", domain_N)
        open_N = pc.is_valid(samples["answer"])
        if not self._wanted.problems.ask_given:
            open_N = pc.and_(open_N, pc.is_null(samples["given_pass_rate"]))
        samples = samples.filter(pc.and_(open_N, pc.invert(self._marked(samples))))
        samples = samples.take(representatives(samples["problem_id"].to_numpy()))
        attempts_M = self._first_round(
            samples["domain_id"].to_numpy().astype(np.int64), samples["sample_id"].to_numpy()
        )
        samples = samples.append_column("attempts", pa.array(attempts_M))
        samples = samples.append_column("first_attempt", pa.array(np.zeros_like(attempts_M)))
        # Those that are asked come first, so that the chunks of this round are alike.
        order = np.lexsort((samples["sample_id"].to_numpy(), -attempts_M))
        if self._wanted.problems.rounds == 1:
            order = order[: int((attempts_M > 0).sum())]
        return ChunkTables({"problems": samples.take(order).select(PROBLEMS.names)})

    def _first_round(
        self, domain_M: NDArray[np.int64], id_M: NDArray[np.int64]
    ) -> NDArray[np.int32]:
        """Attempts that the first round makes at each problem; every domain gets some."""
        config, attempts = self._wanted.problems, self._wanted.generator.attempts
        share = config.share
        if config.rounds > 1:
            share = probe_share(attempts, config.share, config.probe_attempts)
            attempts = config.probe_attempts
        attempts_M = np.zeros(len(id_M), np.int32)
        attempts_M[
            stratified_share(domain_M, share, hashed_uniform(id_M, config.seed, Draw.ASKED))
        ] = attempts
        return attempts_M

    def _marked(self, samples: pa.Table) -> pa.Array:
        """Which samples repeat another in other words; nothing is spent on those."""
        marked = self._inputs["near_duplicates"].read("marks", ["sample_id"])
        place_M = rows_of(samples["sample_id"].to_numpy(), marked["sample_id"].to_numpy())
        marked_N = np.zeros(samples.num_rows, dtype=bool)
        marked_N[place_M[place_M >= 0]] = True
        return pa.array(marked_N)


class AnswerChunk:
    """Looks up once a worker what is owned; loads the model once something is missing."""

    def __init__(
        self, inputs: Inputs, config: GeneratorConfig, number: int, asked_with: str, among: int = 1
    ) -> None:
        """Find the replies that earlier steps of this output folder own."""
        self._problems = inputs[round_step("problems", number)]
        self._config = config
        root = storage.parent(self._problems.folder)
        load = partial(load_generator, config.share_of(among), gpu_share())
        self.asker = Asker(root, "attempts", asked_with, load, str(config.model))

    def committed(self, chunk: Chunk) -> None:
        """Its replies are paid for and in the step's own table."""
        self.asker.forget(chunk.name)

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """All attempts at the problems of one chunk."""
        columns = ["sample_id", "question", "attempts", "first_attempt"]
        problems = read_rows(self._problems, "problems", chunk, columns).sort_by("sample_id")
        id_Q, attempts_Q, first_Q = (
            problems[name].to_numpy().astype(np.int64) for name in columns if name != "question"
        )
        row_M = np.repeat(np.arange(len(id_Q)), attempts_Q)
        within_M = np.arange(len(row_M)) - np.repeat(np.cumsum(attempts_Q) - attempts_Q, attempts_Q)
        attempt_M = first_Q[row_M] + within_M
        seed_M = attempt_seeds(self._config.seed, id_Q, 1)[row_M, 0] + attempt_M
        questions = problems["question"].to_pylist()
        replies, counts = self.asker.replies(chunk.name, questions, row_M, seed_M)
        table = pa.table(
            {
                "sample_id": id_Q[row_M],
                "attempt": attempt_M.astype(np.int32),
                **{name: replies[name] for name in REPLIES.names},
            },
            schema=ATTEMPTS.schema,
        )
        finish = table["finish"].to_pylist()
        counts |= {
            "reply_tokens": int(table["reply_tokens"].to_numpy().sum()),
            "cut_off": sum(one == Finish.LENGTH for one in finish),
            "unanswered": sum(one in NEVER_WRITTEN for one in finish),
        }
        return ChunkTables({"attempts": table}, counts)


def problems_step(generator: GeneratorConfig, problems: ProblemConfig, workers: Workers) -> Step:
    """Choose the problems to be answered."""
    sampled = generator.engine is not Engine.NONE
    return Step(
        name="problems",
        reads=("ingest", "duplicates", "near_duplicates", "domains"),
        writes={"problems": PROBLEMS.schema},
        params={
            "sampled": sampled,
            **(asdict(problems) | {"attempts": generator.attempts} if sampled else {}),
        },
        version=2,
        plan=lambda inputs: whole(inputs["domains"].rows("domains")),
        worker=partial(ChooseProblems, wanted=_Wanted(generator, problems)),
        workers=workers,
    )


def attempts_step(config: GeneratorConfig, workers: Workers, number: int) -> Step:
    """Answer a round's problems by chunks; the chunk decides the batches, so its size is named."""
    params = asking_params(config, workers.chunk_rows)
    problems = round_step("problems", number)
    return Step(
        name=round_step("attempts", number),
        reads=(problems,),
        writes={"attempts": ATTEMPTS.schema},
        params=params,
        plan=lambda inputs: plan_rows(inputs[problems].tables["problems"], workers.chunk_rows),
        worker=partial(AnswerChunk, config=config, number=number, asked_with=asked_with(params)),
        workers=workers,
        version=5,
        loads_model=True,
        told_how_many=True,
        gpus=0 if config.engine is Engine.HTTP else config.tensor_parallel,
        unit="problems",
    )
