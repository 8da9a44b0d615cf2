"""Ask a judge model about the pairs of answers that the checker calls undecidable.

Reads   problems     questions and reference answers (of its round)
        checked      the checker's verdicts
Writes  judgements   one row a problem and answer that was undecidable; what an earlier step of the
                     output folder owns is not asked again
"""

from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rbic import storage
from rbic.asking import Asker, asked_with, asking_params
from rbic.chunks import Chunk, ChunkTables, Step, Workers, plan_rows, read_rows
from rbic.core.equivalence import LONGEST
from rbic.core.final_answers import reference_answer
from rbic.core.identity import content_id
from rbic.core.judge import judge_question, judge_verdict
from rbic.distinct import rows_of
from rbic.evidence import round_step
from rbic.models.generator import Engine, Finish, GeneratorConfig, attempt_seeds, load_generator
from rbic.outputs import Inputs, StepOutput
from rbic.resources import gpu_share
from rbic.schema import JUDGEMENTS, REPLIES, Verdict

_PAIR = pa.schema([JUDGEMENTS.schema.field(name) for name in ("sample_id", "final_answer")])


class JudgeChunk:
    """Looks up once a worker what is owned; loads the judge once something is missing."""

    def __init__(
        self, inputs: Inputs, config: GeneratorConfig, number: int, asked_with: str, among: int = 1
    ) -> None:
        """Read the undecidable pairs, which are few, and what earlier steps own."""
        self._problems = inputs[round_step("problems", number)]
        self._pairs = _undecidable(inputs[round_step("checked", number)])
        self._seed = config.seed
        root = storage.parent(self._problems.folder)
        load = partial(load_generator, config.share_of(among), gpu_share())
        self._asker = Asker(root, "judgements", asked_with, load, str(config.model))

    def committed(self, chunk: Chunk) -> None:
        """Its replies are paid for and in the step's own table."""
        self._asker.forget(chunk.name)

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """The judgements on the answers to one chunk's problems."""
        columns = ["sample_id", "question", "answer"]
        problems = read_rows(self._problems, "problems", chunk, columns).sort_by("sample_id")
        place_P = rows_of(problems["sample_id"].to_numpy(), self._pairs["sample_id"].to_numpy())
        pairs = self._pairs.filter(pa.array(place_P >= 0))
        asked = problems.take(pa.array(place_P[place_P >= 0]))
        given = pairs["final_answer"].to_pylist()
        references = [reference_answer(gold) for gold in asked["answer"].to_pylist()]
        told = list(zip(asked["question"].to_pylist(), references, given, strict=True))
        # The checker reads no longer answers either; a judge would be paid for each word.
        short = [max(len(one), len(other)) <= LONGEST for _, one, other in told]
        questions = [judge_question(*one) for one, fits in zip(told, short, strict=True) if fits]
        pairs = pairs.filter(pa.array(short, pa.bool_()))
        return self._judge(chunk.name, pairs, questions)

    def _judge(self, chunk: str, pairs: pa.Table, questions: list[str]) -> ChunkTables:
        """Ask one question for each pair."""
        id_M = np.array([content_id(question) for question in questions], np.int64)
        seed_M = attempt_seeds(self._seed, id_M, 1)[:, 0] if questions else id_M
        row_M = np.arange(len(questions))
        replies, counts = self._asker.replies(chunk, questions, row_M, seed_M)
        verdicts = [
            judge_verdict(reply) if finish == Finish.STOP else Verdict.UNDECIDABLE
            for reply, finish in zip(
                replies["reply"].to_pylist(), replies["finish"].to_pylist(), strict=True
            )
        ]
        table = pa.table(
            {
                "sample_id": pairs["sample_id"],
                "final_answer": pairs["final_answer"],
                "verdict": pa.array(verdicts, pa.string()),
                **{name: replies[name] for name in REPLIES.names},
            },
            schema=JUDGEMENTS.schema,
        )
        counts |= {verdict.value: sum(one is verdict for one in verdicts) for verdict in Verdict}
        return ChunkTables({"judgements": table}, counts)


def _undecidable(checked: StepOutput) -> pa.Table:
    """The distinct pairs of sample_id and final_answer that were undecidable, in order."""
    columns = _PAIR.names
    parts = [_PAIR.empty_table()]
    for file in checked.tables["verdicts"]:
        read = storage.read_parquet(file.path, [*columns, "verdict"])
        undecided = pc.equal(read["verdict"], Verdict.UNDECIDABLE)
        # A request that failed has no answer that could be judged.
        told = pc.is_valid(read["final_answer"])
        parts.append(read.filter(pc.and_(undecided, told)).select(columns).cast(_PAIR))
    pairs = pa.concat_tables(parts).group_by(columns).aggregate([])
    return pairs.select(columns).sort_by([(name, "ascending") for name in columns])


def judgements_step(config: GeneratorConfig, workers: Workers, number: int) -> Step:
    """Ask the judge about a round's undecidable pairs, by chunks of problems."""
    params = asking_params(config, workers.chunk_rows)
    problems = round_step("problems", number)
    return Step(
        name=round_step("judgements", number),
        version=2,
        reads=(problems, round_step("checked", number)),
        writes={"judgements": JUDGEMENTS.schema},
        params=params,
        plan=lambda inputs: plan_rows(inputs[problems].tables["problems"], workers.chunk_rows),
        worker=partial(JudgeChunk, config=config, number=number, asked_with=asked_with(params)),
        workers=workers,
        loads_model=True,
        told_how_many=True,
        gpus=0 if config.engine is Engine.HTTP else config.tensor_parallel,
        unit="problems",
    )
