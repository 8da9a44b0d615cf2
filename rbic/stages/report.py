"""Write the report: one page that shows what was kept and why.

Reads   all that was found out and decided, by column; texts only of the rows that are shown
Writes  report.html
Needs   the ledger in a worker's memory
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rbic import storage
from rbic.chunks import Chunk, ChunkTables, Step, Workers, whole
from rbic.distinct import texts_of
from rbic.outputs import Inputs, StepOutput
from rbic.report.browse import Row, ShownRow, Texts, choose_rows, show_row
from rbic.report.columns import LEDGER_COLUMNS
from rbic.report.contents import Contents, RunTables, make_contents
from rbic.report.distributions import CHAIN_COLUMNS
from rbic.report.evidence import EVIDENCE_COLUMNS
from rbic.report.trust import checks, notices

_READS = (
    "scan", "ingest", "near_duplicates", "domains", "chains", "difficulty", "contribution",
    "select", "shard",
)  # fmt: skip


@dataclass(frozen=True)
class ReportConfig:
    """What the report shows."""

    kept_rows: int = 60
    """Kept samples to browse."""
    dropped_rows: int = 60
    """Dropped rows to browse, spread over the reasons."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name in ("kept_rows", "dropped_rows"):
            if getattr(self, name) < 0:
                raise ValueError(f"report.{name} must be 0 or more, got {getattr(self, name)}")


class WriteReport:
    """Writes the page in one piece of work."""

    def __init__(self, inputs: Inputs, config: ReportConfig, facts: Mapping[str, Any]) -> None:
        """Take the inputs."""
        self._inputs = inputs
        self._config = config
        self._facts = facts

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """The page as a file."""
        from rbic.report.page import render  # noqa: PLC0415 - jinja2 is an optional dependency

        tables = self._tables()
        contents, rows = make_contents(tables, self._facts)
        index = choose_rows(rows, self._config.kept_rows, self._config.dropped_rows)
        held = checks(contents, rows, tables)
        said = notices(contents, rows, held)
        del tables, rows
        ledger = _take(self._inputs["select"], "ledger", index, None)
        examples = {one.reason: self._rejects(one.examples) for one in contents.rejects}
        shown, medoids = self._shown(ledger, contents)
        page = render(contents, said, held, shown, examples, medoids)
        return ChunkTables({}, {"rows_shown": len(shown)}, {"report.html": page.encode()})

    def _tables(self) -> RunTables:
        """The columns that the sums are made of."""
        read = self._inputs
        return RunTables(
            ledger=read["select"].read("ledger", LEDGER_COLUMNS),
            kept=read["select"].read("kept", ["sample_id"]),
            sources=read["scan"].read("sources"),
            samples=read["ingest"].rows("samples"),
            rejects=read["ingest"].read("rejects", ["reason"]),
            near_duplicates=read["near_duplicates"].read("marks", ["sample_id"]),
            domain_names=read["domains"].read("domain_names"),
            chains=read["chains"].read("chains", CHAIN_COLUMNS),
            difficulty=read["difficulty"].read("difficulty", EVIDENCE_COLUMNS),
            parts=read["shard"].read("parts"),
            counts={name: output.counts for name, output in read.items()},
        )

    def _rejects(self, examples: Sequence[int]) -> list[Row]:
        index = np.asarray(examples, np.int64)
        return list(_take(self._inputs["ingest"], "rejects", index, None).to_pylist())

    def _shown(self, ledger: pa.Table, contents: Contents) -> tuple[list[ShownRow], dict[int, str]]:
        """The rows to browse with their texts, and the typical question of each domain."""
        medoid_of = {
            domain.medoid_id: domain.domain_id
            for domain in contents.domains
            if domain.medoid_id is not None
        }
        rows = ledger.to_pylist()
        texts, questions = self._texts(rows, list(medoid_of))
        names = {domain.domain_id: domain.tally.name for domain in contents.domains}
        medoids = {domain: questions[one] for one, domain in medoid_of.items() if one in questions}
        return [show_row(row, texts, names) for row in rows], medoids

    def _texts(self, rows: Sequence[Row], medoids: list[int]) -> tuple[Texts, dict[int, str]]:
        """Texts and measures of the rows, and questions by id, in one pass over the samples."""
        ids = np.array([row["sample_id"] for row in rows if row["sample_id"] is not None], np.int64)
        marks = _with_ids(self._inputs["near_duplicates"], "marks", ids)
        repeats = {mark["sample_id"]: mark["other_id"] for mark in marks}
        wanted = np.array([*ids, *repeats.values(), *medoids], np.int64)
        places = {(row["source"], row["row"]) for row in rows}
        columns = ["source", "row", "question", "chain", "answer", "options"]
        by_place: dict[tuple[str, int], Row] = {}
        questions: dict[int, str] = {}
        for table in texts_of(self._inputs["ingest"], wanted, columns):
            for one in table.to_pylist():
                questions.setdefault(one["sample_id"], one["question"])
                if (one["source"], one["row"]) in places:
                    by_place[one["source"], one["row"]] = one
        texts = Texts(
            by_place=by_place,
            raw_by_place=self._raw([row for row in rows if row["sample_id"] is None]),
            repeated={one: questions[other] for one, other in repeats.items()},
            chains=_by_id(_with_ids(self._inputs["chains"], "chains", ids)),
            difficulty=_by_id(_with_ids(self._inputs["difficulty"], "difficulty", ids)),
        )
        return texts, questions

    def _raw(self, rows: Sequence[Row]) -> dict[tuple[str, int], str]:
        """Rejects as they came, by source and row."""
        if not rows:
            return {}
        places = self._inputs["ingest"].read("rejects", ["source", "row"])
        wanted = {(row["source"], row["row"]) for row in rows}
        here = pc.is_in(places["row"], value_set=pa.array([row for _, row in wanted], pa.int64()))
        index = np.flatnonzero(here.to_numpy(zero_copy_only=False))
        found = _take(self._inputs["ingest"], "rejects", index, ["source", "row", "raw"])
        return {
            (one["source"], one["row"]): one["raw"]
            for one in found.to_pylist()
            if (one["source"], one["row"]) in wanted
        }


def _take(
    output: StepOutput, table: str, index_M: NDArray[np.int64], columns: list[str] | None
) -> pa.Table:
    """Rows of a table by number, in the order given, reading one file at a time."""
    order = np.argsort(index_M, kind="stable")
    ascending = index_M[order]
    start, parts = 0, [output.read(table, columns).slice(0, 0)] if not output.tables[table] else []
    for file in output.tables[table]:
        low, high = np.searchsorted(ascending, [start, start + file.rows])
        if high > low or not parts:
            rows = storage.read_parquet(file.path, columns)
            parts.append(rows.take(pa.array(ascending[low:high] - start)))
        start += file.rows
    back = np.argsort(order, kind="stable")
    return pa.concat_tables(parts).take(pa.array(back))


def _with_ids(output: StepOutput, table: str, ids: NDArray[np.int64]) -> list[Row]:
    """The rows of a table whose ids are wanted, reading one file at a time."""
    wanted = pa.array(np.unique(ids))
    found: list[Row] = []
    for file in output.tables[table]:
        rows = storage.read_parquet(file.path)
        found += rows.filter(pc.is_in(rows["sample_id"], value_set=wanted)).to_pylist()
    return found


def _by_id(rows: Sequence[Row]) -> dict[int, Row]:
    return {row["sample_id"]: row for row in rows}


def report_step(config: ReportConfig, facts: Mapping[str, Any], workers: Workers) -> Step:
    """Write the page in one piece of work.

    Args:
        config: what is shown.
        facts: what the driver knows and no table holds; JSON values, all optional: `version`,
            `engine`, `model`, `encoder`, `tokenizer` (None: token counts are estimates), `method`
            (only `rbic` has an objective), `config` (the parameters of the run, nested).
        workers: what the machine gives.
    """
    return Step(
        name="report",
        reads=_READS,
        writes={},
        params={**asdict(config), "facts": dict(facts)},
        plan=lambda inputs: whole(inputs["select"].rows("ledger")),
        worker=partial(WriteReport, config=config, facts=facts),
        workers=workers,
    )
