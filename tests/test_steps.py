import io
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest

from rbic import storage
from rbic.chunks import (
    Chunk,
    ChunkTables,
    Step,
    Workers,
    digests,
    plan_rows,
    read_rows,
    run_chunk,
)
from rbic.outputs import load_output
from rbic.progress import LogFormat, Progress
from rbic.steps import look_so_far, run_steps

NUMBERS = pa.schema([pa.field("n", pa.int64(), nullable=False)])


class _Count:
    """Writes the numbers of a chunk, times a factor."""

    def __init__(self, inputs, factor=1):
        self.factor = factor

    def __call__(self, chunk):
        rows = [n * self.factor for n in range(chunk.payload["start"], chunk.payload["stop"])]
        return ChunkTables({"numbers": pa.table({"n": rows}, schema=NUMBERS)}, {"even": len(rows)})


class _Square:
    def __init__(self, inputs, offset=0):
        self.numbers, self.offset = inputs["count"], offset

    def __call__(self, chunk):
        rows = read_rows(self.numbers, "numbers", chunk)["n"].to_pylist()
        squares = pa.table({"n": [n * n + self.offset for n in rows]}, schema=NUMBERS)
        return ChunkTables({"numbers": squares})


def _count(factor=1, chunks=4, version=1, grows=False):
    numbers = range(chunks) if isinstance(chunks, int) else chunks
    plan = [Chunk(f"{i}", 5, {"start": 5 * i, "stop": 5 * i + 5}) for i in numbers]
    return Step(
        "count", (), {"numbers": NUMBERS}, {"factor": factor}, lambda inputs: plan,
        partial(_Count, factor=factor), version=version, grows=grows,
    )  # fmt: skip


def _square(offset=0, chunk_rows=2):
    return Step(
        "square", ("count",), {"numbers": NUMBERS}, {"offset": offset},
        lambda inputs: plan_rows(inputs["count"].tables["numbers"], chunk_rows),
        partial(_Square, offset=offset), Workers(chunk_rows=chunk_rows),
    )  # fmt: skip


@pytest.fixture
def run(tmp_path, in_process):
    log = io.StringIO()

    def run_them(*steps):
        in_process.ran.clear()
        log.seek(0)
        log.truncate()
        ran = run_steps(steps, str(tmp_path), Progress(LogFormat.JSON, log), in_process)
        return {name: one.reason for name, one in ran.items()}, ran

    run_them.root = tmp_path
    run_them.log = lambda: [json.loads(line) for line in log.getvalue().splitlines()]
    return run_them


def test_tables_come_out_whole_and_in_the_order_of_the_plan(run, in_process):
    in_process.backwards = True
    _, ran = run(_count(), _square())
    assert ran["square"].output.read("numbers")["n"].to_pylist() == [n * n for n in range(20)]
    assert ran["count"].output.counts == {"even": 20}


def test_a_second_run_computes_nothing(run, in_process):
    run(_count(), _square())
    reasons, _ = run(_count(), _square())
    assert reasons == {"count": None, "square": None}
    assert in_process.ran == []


def test_a_run_that_was_broken_off_goes_on_with_the_chunks_that_are_left(run, in_process):
    in_process.stop_after = 3
    with pytest.raises(KeyboardInterrupt):
        run(_count())
    in_process.stop_after = None
    reasons, ran = run(_count())
    assert in_process.ran == [("count", "3")]
    assert "broken off" in reasons["count"]
    assert ran["count"].output.rows("numbers") == 20


def test_a_changed_parameter_redoes_the_step_and_what_reads_it_and_says_why(run):
    run(_count(), _square())
    reasons, ran = run(_count(factor=2), _square())
    assert reasons == {
        "count": "runs again: factor 1 to 2",
        "square": "runs again: count changed",
    }
    assert ran["square"].output.read("numbers")["n"].to_pylist()[3] == 36


def test_a_later_parameter_leaves_earlier_steps_alone(run, in_process):
    run(_count(), _square())
    reasons, _ = run(_count(), _square(offset=1))
    assert reasons == {"count": None, "square": "runs again: offset 0 to 1"}
    assert {name for name, _ in in_process.ran} == {"square"}


def test_a_change_that_changes_no_byte_stops_there(run):
    run(_count(), _square())
    reasons, _ = run(_count(version=2), _square())
    assert "version 1 to 2" in reasons["count"]
    assert reasons["square"] is None


def test_going_back_to_earlier_parameters_finds_their_results(run, in_process):
    run(_count(), _square())
    run(_count(factor=2), _square())
    run(_count(), _square())
    assert in_process.ran == []


def test_another_chunk_size_does_not_throw_away_what_is_committed(run, in_process):
    in_process.stop_after = 4 + 3
    with pytest.raises(KeyboardInterrupt):
        run(_count(), _square(chunk_rows=2))
    in_process.stop_after = None
    run(_count(), _square(chunk_rows=5))
    assert len(in_process.ran) == 12 - 3


def test_a_growing_step_runs_only_what_its_plan_has_more(run, in_process):
    run(_count(chunks=2, grows=True), _square())
    reasons, ran = run(_count(chunks=[3, 0, 1], grows=True), _square())
    assert [name for step, name in in_process.ran if step == "count"] == ["3"]
    assert reasons["square"] == "runs again: count changed"
    # In the order of the new plan, not in that in which they were computed.
    rows = [*range(15, 20), *range(10)]
    assert ran["count"].output.read("numbers")["n"].to_pylist() == rows
    assert ran["square"].output.read("numbers")["n"].to_pylist() == [n * n for n in rows]


def test_a_growing_step_is_done_only_for_the_plan_that_was_run(run, in_process):
    _, first = run(_count(chunks=3, grows=True))
    reasons, _ = run(_count(chunks=3, grows=True))
    assert (reasons["count"], in_process.ran) == (None, [])
    reasons, ran = run(_count(chunks=2, grows=True))
    # Fewer chunks run nothing, and yet the output is another.
    assert reasons["count"] is not None
    assert in_process.ran == []
    assert ran["count"].output.rows("numbers") == 10
    assert ran["count"].output.folder == first["count"].output.folder
    run(_count(chunks=3, grows=True))
    assert in_process.ran == []


def test_a_growing_step_that_was_broken_off_goes_on_with_a_larger_plan(run, in_process):
    in_process.stop_after = 1
    with pytest.raises(KeyboardInterrupt):
        run(_count(chunks=2, grows=True))
    in_process.stop_after = None
    _, ran = run(_count(chunks=3, grows=True))
    assert in_process.ran == [("count", "1"), ("count", "2")]
    assert ran["count"].output.rows("numbers") == 15


def test_what_is_there_of_a_growing_step_can_be_read_before_its_end(run, in_process):
    first, grown = _square(), _count(chunks=4, grows=True)
    in_process.stop_after = 3
    with pytest.raises(KeyboardInterrupt):
        run(grown)
    there = {path: path.read_bytes() for path in run.root.rglob("*") if path.is_file()}
    found = look_so_far([grown], str(run.root))
    assert found.left == 1
    assert found.outputs["count"].read("numbers")["n"].to_pylist() == list(range(15))
    assert found.outputs["count"].counts == {"even": 15}
    # A larger plan has more left, and looking wrote nothing.
    assert look_so_far([_count(chunks=6, grows=True)], str(run.root)).left == 3
    assert {p: p.read_bytes() for p in run.root.rglob("*") if p.is_file()} == there
    with pytest.raises(LookupError, match="count"):
        look_so_far([grown, replace(first, grows=True)], str(run.root))


class _Add:
    """Writes what `count` has, to the chunk `with` also what `other` has."""

    def __init__(self, inputs):
        self.inputs = inputs

    def __call__(self, chunk):
        names = ["count", *(["square"] if chunk.name.startswith("with") else [])]
        rows = [n for name in names for n in self.inputs[name].read("numbers")["n"].to_pylist()]
        return ChunkTables({"numbers": pa.table({"n": rows}, schema=NUMBERS)})


def _add(*names):
    def plan(inputs):
        if "square" not in inputs:
            return [Chunk("plain", 1)]
        return [Chunk("plain", 1), Chunk("-".join(["with", *digests(inputs, ["square"])]), 1)]

    in_part = ("square",) * ("with" in names)
    return Step(
        "add", ("count",), {"numbers": NUMBERS}, {}, plan, _Add, grows=True, reads_in_part=in_part
    )


def test_only_chunks_that_read_it_run_again_for_what_is_read_in_part(run, in_process):
    def added():
        return [name.partition("-")[0] for step, name in in_process.ran if step == "add"]

    run(_count(chunks=1), _square(), _add("plain"))
    _, ran = run(_count(chunks=1), _square(), _add("plain", "with"))
    assert added() == ["with"]
    rows = ran["add"].output.read("numbers")["n"].to_pylist()
    assert rows == [*range(5), *range(5), *(n * n for n in range(5))]
    run(_count(chunks=1), _square(), _add("plain", "with"))
    assert in_process.ran == []
    _, ran = run(_count(chunks=1), _square(offset=1), _add("plain", "with"))
    assert added() == ["with"]
    rows = ran["add"].output.read("numbers")["n"].to_pylist()
    assert rows == [*range(5), *range(5), *(n * n + 1 for n in range(5))]
    # What all chunks read redoes all of them.
    run(_count(chunks=1, factor=2), _square(offset=1), _add("plain", "with"))
    assert added() == ["plain", "with"]


def test_a_missing_file_makes_the_step_run_again(run, in_process):
    _, ran = run(_count())
    storage.remove(ran["count"].output.tables["numbers"][1].path)
    storage.remove(str(Path(ran["count"].output.folder) / "chunks" / "1.json"))
    run(_count())
    assert in_process.ran == [("count", "1")]


def test_a_chunk_that_ran_twice_is_counted_once(run, tmp_path):
    step = _count()
    folder = str(tmp_path / "direct")
    chunk = Chunk("0", 5, {"start": 0, "stop": 5})
    first = run_chunk(_Count({}), step, folder, chunk)
    assert run_chunk(_Count({}, factor=9), step, folder, chunk) == first


def test_a_worker_is_told_of_a_chunk_once_it_is_committed(tmp_path):
    told = []

    class Told(_Count):
        def committed(self, chunk):
            told.append((chunk.name, (tmp_path / "chunks" / f"{chunk.name}.json").exists()))

    (first, second) = _count(chunks=2).plan({})
    run_chunk(Told({}), _count(), str(tmp_path), first)
    assert told == [(first.name, True)]
    refused = replace(_count(), writes={"others": NUMBERS})
    with pytest.raises(ValueError, match="wrote"):
        run_chunk(Told({}), refused, str(tmp_path), second)
    assert len(told) == 1


def test_a_table_that_does_not_fit_its_schema_is_refused_by_name(tmp_path):
    class Wrong:
        def __call__(self, chunk):
            return ChunkTables({"numbers": pa.table({"m": [1]})})

    with pytest.raises(ValueError, match=r"count.numbers: missing columns \['n'\]"):
        run_chunk(Wrong(), _count(), str(tmp_path), Chunk("0", 1))


def test_the_record_holds_what_was_done(run):
    _, ran = run(_count())
    record = storage.read_json(str(Path(ran["count"].output.folder) / "record.json"))
    assert record["chunks"] == record["chunks_run"] == 4
    assert record["params"] == {"factor": 1}
    assert record["peak_memory_mib"] > 1
    assert load_output(ran["count"].output.folder).digest == record["digest"]


def test_progress_counts_rows_and_ends_with_a_summary(run):
    run(_count())
    events = run.log()
    assert [event["event"] for event in events] == ["message", "start", "finish"]
    assert events[-1]["text"] == "numbers 20, even 20"
    assert events[-1]["done"] == events[-1]["total"] == 20


def test_chunks_never_cross_files():
    files = [type("F", (), {"path": "a", "rows": 5}), type("F", (), {"path": "b", "rows": 3})]
    chunks = plan_rows(files, 4)
    assert [(c.payload["file"], c.payload["start"], c.payload["stop"]) for c in chunks] == [
        (0, 0, 4), (0, 4, 5), (1, 0, 3),
    ]  # fmt: skip
    assert sum(chunk.rows for chunk in chunks) == 8
