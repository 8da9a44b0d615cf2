"""How often a model is right on the rows of an evaluation.

Reads   sources, samples, problems, attempts, verdicts
Writes  grades     one row a row of the files that has a reference answer
        accuracy   one row a group of them
        and the files accuracy.json and replies.jsonl
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rbic.chunks import Chunk, ChunkTables, Step, Workers, whole
from rbic.core.accuracy import Accuracy, Counted, accuracy
from rbic.core.final_answers import reference_answer
from rbic.distinct import rows_of
from rbic.grouped import grouped_samples
from rbic.models.generator import Finish
from rbic.outputs import Inputs
from rbic.schema import ACCURACY, GRADES, Verdict

SUMMARY_FILE = "accuracy.json"
REPLIES_FILE = "replies.jsonl"
BY = "evaluate.by"
"""The setting that names the fields accuracy is given for."""


@dataclass(frozen=True)
class AccuracyConfig:
    """How accuracy is broken down, and how its interval is found."""

    by: list[str] | None = None
    """Fields of the rows, such as level or subject; accuracy is also given for each of their
    values. null takes domain and level, where rows have them. Language always."""
    resamples: int = 10_000
    """Of the bootstrap over problems, where each is answered more than once."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the values."""
        if self.resamples < 100:
            raise ValueError(f"evaluate.resamples must be at least 100, got {self.resamples}")
        by = self.by or []
        if len(set(by)) < len(by) or {"all", "language"} & set(by):
            raise ValueError(
                f"evaluate.by must name fields once each, and not all or language; got {self.by}"
            )


class GradeRows:
    """Counts what became of the replies, row by row and group by group."""

    def __init__(self, inputs: Inputs, config: AccuracyConfig) -> None:
        """Take the inputs."""
        self._inputs = inputs
        self._config = config

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """The tables and files of the whole evaluation."""
        replies = _replies(self._inputs)
        samples, by = grouped_samples(
            self._inputs["scan"], self._inputs["ingest"], self._config.by, BY
        )
        problem_N = self._asked(samples)
        counted = _counted(replies, self._inputs["problems"].rows("problems")).of(problem_N)
        grades = self._grades(samples, problem_N, counted)
        rows = list(self._accuracies(grades, counted, by))
        files = {
            SUMMARY_FILE: self._summary(rows, replies),
            REPLIES_FILE: b"".join(_reply_lines(samples, replies, problem_N)),
        }
        tables = {"grades": grades, "accuracy": pa.Table.from_pylist(rows, schema=ACCURACY.schema)}
        counts = {"right": int(counted.right_N.sum()), "replies": int(counted.replies_N.sum())}
        return ChunkTables(tables, counts, files)

    def _asked(self, samples: pa.Table) -> NDArray[np.int64]:
        """For each row the place of its problem among those asked, shape (N,)."""
        asked_P = self._inputs["problems"].read("problems", ["sample_id"])["sample_id"].to_numpy()
        id_U, first_U = np.unique(samples["sample_id"].to_numpy(), return_index=True)
        problem_id_N = samples["problem_id"].to_numpy()
        problem_id_P = problem_id_N[first_U[rows_of(id_U, asked_P)]]
        order_P = np.argsort(problem_id_P)
        return np.asarray(order_P[rows_of(problem_id_P[order_P], problem_id_N)])

    def _grades(
        self, samples: pa.Table, problem_N: NDArray[np.int64], counted: Counted
    ) -> pa.Table:
        asked = self._inputs["problems"].read("problems", ["sample_id"])["sample_id"]
        columns = {
            "sample_id": asked.take(pa.array(problem_N)),
            **{name: samples[name] for name in ("source", "row", "language", "groups")},
            "replies": counted.replies_N.astype(np.int32),
            "right": counted.right_N.astype(np.int32),
            "wrong": counted.wrong_N.astype(np.int32),
            "no_answer": counted.no_answer_N.astype(np.int32),
            "undecidable": counted.undecidable_N.astype(np.int32),
            "cut_off": counted.cut_off_N.astype(np.int32),
            "reply_tokens": counted.tokens_N,
        }
        return pa.table({name: columns[name] for name in GRADES.names}, schema=GRADES.schema)

    def _accuracies(
        self, grades: pa.Table, counted: Counted, by: Sequence[str]
    ) -> Iterator[dict[str, Any]]:
        """Rows of the table `accuracy`: all, then each language, then each value of each field."""
        everything = np.arange(grades.num_rows)
        yield _row("all", "", self._accuracy(counted, everything))
        groups = grades["groups"].to_pylist()
        columns = {"language": grades["language"].to_pylist()}
        columns |= {name: [values[i] for values in groups] for i, name in enumerate(by)}
        for of, values in columns.items():
            value_N = np.array(values, dtype=object)
            for name in sorted(set(values), key=_natural):
                part = self._accuracy(counted, np.flatnonzero(value_N == name))
                yield _row(of, name, part)

    def _accuracy(self, counted: Counted, row_M: NDArray[np.int64]) -> Accuracy:
        return accuracy(counted.of(row_M), self._config.resamples, self._config.seed)

    def _summary(self, rows: Sequence[dict[str, Any]], replies: pa.Table) -> bytes:
        """The file accuracy.json: what was evaluated, and the table `accuracy` as a tree."""
        ingest, problems = self._inputs["ingest"], self._inputs["problems"]
        by: dict[str, dict[str, Any]] = {}
        for row in rows:
            by.setdefault(row["of"], {})[row["name"]] = {
                name: value for name, value in row.items() if name not in ("of", "name")
            }
        facts = {
            "model": _only(replies["model"]),
            "engine": _only(replies["engine"]),
            "rows": ingest.rows("samples"),
            "rejected": ingest.rows("rejects"),
            "without_reference": problems.counts["without_reference"],
            "distinct_problems": problems.rows("problems"),
            **by.pop("all", {}).get("", {}),
            "by": by,
        }
        return json.dumps(facts, indent=2, ensure_ascii=False).encode() + b"\n"


def _replies(inputs: Inputs) -> pa.Table:
    """Attempts with their verdicts, and `problem`: the place of each one's problem."""
    attempts = inputs["attempts"].read("attempts")
    verdicts = inputs["verdicts"].read("verdicts")
    # Both come from the same chunks of the same problems, in the same order.
    for name in ("sample_id", "attempt"):
        if not attempts[name].equals(verdicts[name]):
            raise ValueError(f"accuracy: attempts and verdicts differ in {name}")
    for name in ("final_answer", "verdict", "method"):
        attempts = attempts.append_column(name, verdicts[name])
    asked_P = inputs["problems"].read("problems", ["sample_id"])["sample_id"].to_numpy()
    return attempts.append_column(
        "problem", pa.array(rows_of(asked_P, attempts["sample_id"].to_numpy()))
    )


def _counted(replies: pa.Table, problems: int) -> Counted:
    """What became of the replies, problem by problem."""
    problem_T = replies["problem"].to_numpy()
    right_T, wrong_T, undecidable_T = (
        pc.equal(replies["verdict"], verdict).to_numpy()
        for verdict in (Verdict.RIGHT, Verdict.WRONG, Verdict.UNDECIDABLE)
    )
    silent_T = pc.is_null(replies["final_answer"]).to_numpy()
    cut_off_T = pc.equal(replies["finish"], Finish.LENGTH).to_numpy()

    def count(weight_T: NDArray[Any]) -> NDArray[np.int64]:
        return np.bincount(problem_T, weight_T, problems).astype(np.int64)

    return Counted(
        right_N=count(right_T),
        wrong_N=count(wrong_T & ~silent_T),
        no_answer_N=count(wrong_T & silent_T),
        undecidable_N=count(undecidable_T),
        cut_off_N=count(cut_off_T),
        tokens_N=count(replies["reply_tokens"].to_numpy()),
    )


def _natural(name: str) -> tuple[bool, float, str]:
    """Numbers by their value, before all else."""
    try:
        return False, float(name), name
    except ValueError:
        return True, 0.0, name


def _row(of: str, name: str, part: Accuracy) -> dict[str, Any]:
    return {"of": of, "name": name, **asdict(part)}


def _only(column: pa.ChunkedArray) -> str | None:
    """The one value of a column; None where it has no rows."""
    return str(column[0].as_py()) if len(column) else None


def _reply_lines(
    samples: pa.Table, replies: pa.Table, problem_N: NDArray[np.int64]
) -> Iterator[bytes]:
    """One line of JSON for each reply to each row, in the order of the files."""
    told = (
        "attempt", "reply", "finish", "prompt_tokens", "reply_tokens", "mean_log_probability",
        "final_answer", "verdict", "method",
    )  # fmt: skip
    own: dict[int, list[dict[str, Any]]] = {}
    for problem, reply in zip(
        replies["problem"].to_pylist(), replies.select(told).to_pylist(), strict=True
    ):
        own.setdefault(problem, []).append(reply)
    columns = ["source", "row", "question", "answer"]
    for row, problem in zip(samples.select(columns).to_pylist(), problem_N.tolist(), strict=True):
        row["answer"] = reference_answer(row["answer"])
        for reply in own[problem]:
            yield json.dumps(row | reply, ensure_ascii=False).encode() + b"\n"


def accuracy_step(config: AccuracyConfig, workers: Workers) -> Step:
    """Grade all rows in one piece of work."""
    return Step(
        name="accuracy",
        version=3,
        reads=("scan", "ingest", "problems", "attempts", "verdicts"),
        writes={"grades": GRADES.schema, "accuracy": ACCURACY.schema},
        params=asdict(config),
        plan=lambda inputs: whole(inputs["attempts"].rows("attempts")),
        worker=partial(GradeRows, config=config),
        workers=workers,
    )
