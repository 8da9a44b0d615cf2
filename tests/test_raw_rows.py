"""Files that break off, lie about their format, or hold what Python cannot."""

import gzip
import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from rbic import raw_rows
from rbic.core.shards import arrow_rows
from rbic.corpus import CorpusError, find_files
from rbic.raw_rows import parquet_schema, read_raw_rows, scan_file, settled
from rbic.schema import RejectReason

LINES = [json.dumps({"question": f"q{i}", "answer": f"#### {i}"}).encode() for i in range(3000)]


def rows_of(path):
    """All raw rows of a file, stretch after stretch."""
    file = settled(find_files([str(path)])[0])
    scan = scan_file(file, 1 << 16)
    return [row for chunk in scan.chunks for row in read_raw_rows(file, chunk, 1 << 20)]


@pytest.mark.parametrize(
    ("ending", "pack"), [("gz", gzip.compress), ("zst", zstandard.ZstdCompressor().compress)]
)
def test_a_compressed_file_that_breaks_off_gives_its_rows_and_says_so(tmp_path, ending, pack):
    path = tmp_path / f"c.jsonl.{ending}"
    # Random digits, so that half of the bytes hold about half of the rows.
    noise = [line[:-1] + b', "x": "%064x"}' % (hash(line) % 2**255) for line in LINES]
    packed = pack(b"\n".join(noise))
    path.write_bytes(packed[: len(packed) * 2 // 3])
    *whole, last = rows_of(path)
    assert last.fault.reason is RejectReason.UNREADABLE
    assert 0.3 * len(noise) < len(whole) < len(noise)
    assert [row.raw for row in whole] == noise[: len(whole)]
    assert [row.row for row in whole] == list(range(len(whole)))


def test_json_lines_in_a_json_file_are_read_as_lines(tmp_path):
    path = tmp_path / "c.json"
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    lines = [json.dumps({"messages": turns, "n": n}).encode() for n in range(3)]
    path.write_bytes(b"\n".join(lines))
    assert [row.raw for row in rows_of(path)] == lines


@pytest.mark.parametrize(("ending", "pack"), [("", bytes), (".gz", gzip.compress)])
def test_json_lines_are_told_from_an_array_by_their_beginning(tmp_path, monkeypatch, ending, pack):
    monkeypatch.setattr(raw_rows, "_MAX_ARRAY_BYTES", 100)
    path = tmp_path / f"c.json{ending}"
    path.write_bytes(pack(b"\xef\xbb\xbf" + b"\n".join(LINES)))
    assert [row.raw for row in rows_of(path)] == LINES


@pytest.mark.parametrize(
    "data",
    [
        b"[" + b",\n".join(LINES) + b"]",
        b'{"data": [' + b",\n".join(LINES) + b"]}",
        b'{"version": 1,\n"data": [\n' + b",\n".join(LINES) + b"]}",
        b'{"meta": "' + b"x" * (2 << 20) + b'"}',
    ],
)
@pytest.mark.parametrize(("ending", "pack"), [("", bytes), (".gz", gzip.compress)])
def test_an_array_that_is_too_large_ends_the_run(tmp_path, monkeypatch, ending, pack, data):
    packed = pack(data)
    limit = len(packed) if ending else 100
    monkeypatch.setattr(raw_rows, "_MAX_ARRAY_BYTES", limit)
    path = tmp_path / f"c.json{ending}"
    path.write_bytes(packed)
    with pytest.raises(CorpusError, match=rf"^c\.json{ending}: .*at most {limit:,} .*JSON lines"):
        settled(find_files([str(path)])[0])


def test_a_compressed_array_is_inflated_up_to_the_limit_and_no_further(tmp_path, monkeypatch):
    monkeypatch.setattr(raw_rows, "_MAX_ARRAY_BYTES", 2 << 20)
    numbers = random.Random(0)
    rows = [b'{"x": "%s"}' % numbers.randbytes(512).hex().encode() for _ in range(5000)]
    path = tmp_path / "c.json.gz"
    # Whoever read on would come to where the file breaks off.
    path.write_bytes(gzip.compress(b"[" + b",".join(rows) + b"]")[:-1000])
    with pytest.raises(CorpusError, match=r"at most 2,097,152 bytes"):
        list(read_raw_rows(find_files([str(path)])[0], raw_rows.FileChunk(0, 0, 0), 1 << 20))


@pytest.mark.parametrize("name", ["c.jsonl", "c.jsonl.gz", "c.json"])
def test_the_byte_order_mark_of_a_file_is_no_part_of_its_first_row(tmp_path, name):
    path = tmp_path / name
    data = b"\xef\xbb\xbf" + b"\n".join(LINES)
    path.write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    rows = rows_of(path)
    assert [row.raw for row in rows] == LINES
    assert [row.row for row in rows] == list(range(len(LINES)))


def test_a_byte_order_mark_within_a_file_stays(tmp_path):
    path = tmp_path / "c.jsonl"
    lines = [LINES[0], b"\xef\xbb\xbf" + LINES[1]]
    path.write_bytes(b"\n".join(lines))
    assert [row.raw for row in rows_of(path)] == lines


def test_an_object_that_holds_its_records_is_still_read(tmp_path):
    path = tmp_path / "c.json"
    path.write_text('{"version": 1, "data": [{"a": 1}, {"a": 2}], "n": 2}')
    assert [row.raw for row in rows_of(path)] == [b'{"a": 1}', b'{"a": 2}']


@pytest.mark.parametrize("rest", [b'[{"a": 2}]', b"garbage"])
def test_what_follows_an_array_is_a_row_of_its_own(tmp_path, rest):
    path = tmp_path / "c.json"
    path.write_bytes(b'[{"a": 1}]' + rest)
    assert [row.raw for row in rows_of(path)] == [b'{"a": 1}', rest]


def test_one_bad_value_in_parquet_costs_its_row(tmp_path):
    path = tmp_path / "c.parquet"
    text = pa.array([b"good", b"\xff\xfe", b"fine"], pa.binary()).view(pa.string())
    late = pa.array([0, 0, 2**62], pa.int64()).cast(pa.timestamp("us"))
    pq.write_table(pa.table({"question": text, "when": late}), path, store_schema=True)
    rows = rows_of(path)
    assert [row.fault and row.fault.reason for row in rows] == [
        None, RejectReason.NOT_UTF8, RejectReason.WRONG_TYPE,
    ]  # fmt: skip
    assert rows[0].value["question"] == "good"


def test_a_column_of_categories_comes_back_as_it_was(tmp_path):
    path = tmp_path / "c.parquet"
    table = pa.table({"question": ["a", "b", "c"], "kind": ["x", "y", "x"]})
    table = table.set_column(1, "kind", table["kind"].dictionary_encode())
    pq.write_table(table, path)
    schema = parquet_schema(find_files([str(path)])[0])
    assert pa.types.is_dictionary(schema.field("kind").type)
    rows = rows_of(path)
    assert [row.value["kind"] for row in rows] == ["x", "y", "x"]
    back = arrow_rows([row.raw for row in rows], schema)
    assert back.schema == schema
    assert back.to_pylist() == table.to_pylist()


def test_categories_within_other_values_come_back_as_they_were(tmp_path):
    path = tmp_path / "c.parquet"
    kind = pa.dictionary(pa.int32(), pa.string())
    turns = pa.array([[{"role": "u"}], [], [{"role": "a"}, {"role": "u"}]],
                     pa.list_(pa.struct([("role", kind)])))  # fmt: skip
    table = pa.table({"question": ["a", "b", "c"], "turns": turns})
    pq.write_table(table, path)
    schema = parquet_schema(find_files([str(path)])[0])
    assert pa.types.is_dictionary(schema.field("turns").type.value_type.field("role").type)
    back = arrow_rows([row.raw for row in rows_of(path)], schema)
    assert back.schema == schema
    assert back.to_pylist() == table.to_pylist()
