"""Let a language model answer the problems.

problems   reads   samples, marks (exact and near), domains
           writes  problems   one row a distinct question and answer that is to be answered
attempts   reads   problems
           writes  attempts   `attempts` rows a problem, replies whole
"""

from dataclasses import asdict, dataclass, field
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rbic.chunks import Chunk, ChunkTables, Step, Workers, plan_rows, read_rows, whole
from rbic.core.problems import hashed_uniform, representatives, stratified_share
from rbic.distinct import by_id, distinct_samples, rows_of
from rbic.models.adapters import model_digest
from rbic.models.evaluation import ask
from rbic.models.generator import Engine, Finish, GeneratorConfig, attempt_seeds, load_generator
from rbic.outputs import Inputs
from rbic.schema import ATTEMPTS, PROBLEMS


@dataclass(frozen=True)
class ProblemConfig:
    """Which problems are asked."""

    share: float = 1.0
    """Share of each domain's problems that is asked; the rest is predicted from these."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the range."""
        if not 0 < self.share <= 1:
            raise ValueError(f"problems.share must be in (0, 1], got {self.share}")


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
        """Problems with a reference answer and no given rate, in order of id."""
        if self._wanted.generator.engine is Engine.NONE:
            return ChunkTables({"problems": PROBLEMS.schema.empty_table()})
        columns = ["problem_id", "question", "answer", "options", "given_pass_rate"]
        samples = distinct_samples(self._inputs["ingest"], self._inputs["duplicates"], columns)
        domains = self._inputs["domains"].read("domains", ["sample_id", "domain_id"])
        domain_N = by_id(domains, samples["sample_id"].to_numpy(), "problems")["domain_id"]
        samples = samples.append_column("domain_id", domain_N)
        open_N = pc.and_(pc.is_valid(samples["answer"]), pc.is_null(samples["given_pass_rate"]))
        samples = samples.filter(pc.and_(open_N, pc.invert(self._marked(samples))))
        samples = samples.take(representatives(samples["problem_id"].to_numpy()))
        config = self._wanted.problems
        taken = stratified_share(
            samples["domain_id"].to_numpy().astype(np.int64),
            config.share,
            hashed_uniform(samples["sample_id"].to_numpy(), config.seed),
        )
        return ChunkTables({"problems": samples.take(taken).select(PROBLEMS.names)})

    def _marked(self, samples: pa.Table) -> pa.Array:
        """Which samples repeat another in other words; nothing is spent on those."""
        marked = self._inputs["near_duplicates"].read("marks", ["sample_id"])
        place_M = rows_of(samples["sample_id"].to_numpy(), marked["sample_id"].to_numpy())
        marked_N = np.zeros(samples.num_rows, dtype=bool)
        marked_N[place_M[place_M >= 0]] = True
        return pa.array(marked_N)


class AnswerChunk:
    """Loads the model once a worker."""

    def __init__(self, inputs: Inputs, config: GeneratorConfig) -> None:
        """Load the model."""
        self._problems = inputs["problems"]
        self._config = config
        self._generator = load_generator(config)

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """All attempts at the problems of one chunk."""
        problems = read_rows(self._problems, "problems", chunk, ["sample_id", "question"])
        id_Q = problems["sample_id"].to_numpy()
        seed_QA = attempt_seeds(self._config.seed, id_Q, self._config.attempts)
        asked = ask(self._generator, problems["question"].to_pylist(), seed_QA)
        finishes = asked["finish"]
        columns = {
            "sample_id": np.repeat(id_Q, self._config.attempts),
            **asked,
            "engine": [self._generator.name] * len(finishes),
            "model": [str(self._config.model)] * len(finishes),
        }
        counts = {
            "reply_tokens": sum(asked["reply_tokens"]),
            "cut_off": sum(finish is Finish.LENGTH for finish in finishes),
            "unanswered": sum(
                finish in (Finish.FAILED, Finish.PROMPT_TOO_LONG) for finish in finishes
            ),
        }
        return ChunkTables({"attempts": pa.table(columns, schema=ATTEMPTS.schema)}, counts)


def problems_step(generator: GeneratorConfig, problems: ProblemConfig, workers: Workers) -> Step:
    """Choose the problems to be answered."""
    sampled = generator.engine is not Engine.NONE
    return Step(
        name="problems",
        reads=("ingest", "duplicates", "near_duplicates", "domains"),
        writes={"problems": PROBLEMS.schema},
        params={"sampled": sampled, **(asdict(problems) if sampled else {})},
        plan=lambda inputs: whole(inputs["domains"].rows("domains")),
        worker=partial(ChooseProblems, wanted=_Wanted(generator, problems)),
        workers=workers,
    )


def attempts_step(config: GeneratorConfig, workers: Workers) -> Step:
    """Answer the problems by chunks; the chunk decides the batches, so its size names the step.

    What a model folder holds names it too, so that a model trained anew is asked anew.
    """
    # How to reach a server, and how many replies are under way there, changes no reply.
    idle = {"url", "key_variable", "timeout_s"}
    if config.engine is Engine.HTTP:
        idle.add("batch_replies")
    params = {name: value for name, value in asdict(config).items() if name not in idle}
    return Step(
        name="attempts",
        reads=("problems",),
        writes={"attempts": ATTEMPTS.schema},
        params={
            **params,
            "model_digest": "" if config.engine is Engine.HTTP else model_digest(config.model),
            "chunk_rows": workers.chunk_rows,
        },
        plan=lambda inputs: plan_rows(inputs["problems"].tables["problems"], workers.chunk_rows),
        worker=partial(AnswerChunk, config=config),
        workers=workers,
        loads_model=True,
        version=2,
        unit="problems",
    )
