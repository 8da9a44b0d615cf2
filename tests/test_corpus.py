import gzip
import json
import sys
from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem

from rbic import storage
from rbic.corpus import Codec, CorpusError, Format, find_files
from rbic.raw_rows import FileChunk, parquet_schema, read_raw_rows, scan_file
from rbic.schema import RejectReason

ROWS = [{"question": f"q{i} 文字", "answer": "a" * (i % 7)} for i in range(200)]
LINES = b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in ROWS)


def _write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return str(path)


def _parquet(columns):
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink, store_schema=False)
    return sink.getvalue().to_pybytes()


def _values(file, chunks, limit=10_000):
    rows = [raw for chunk in chunks for raw in read_raw_rows(file, chunk, limit)]
    assert [raw.row for raw in rows] == list(range(len(rows)))
    return [raw.value or json.loads(raw.raw) for raw in rows]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.jsonl", LINES),
        ("x.ndjson", LINES.replace(b"\n", b"\r\n")),
        ("x.jsonl.gz", gzip.compress(LINES)),
        ("x.jsonl.gz", gzip.compress(LINES[:1000]) + gzip.compress(LINES[1000:])),
        ("x.jsonl.zst", zstandard.compress(LINES)),
        ("x.json", LINES),
        ("x.json", json.dumps(ROWS, indent=1).encode()),
        ("x.json.gz", gzip.compress(json.dumps({"note": 1, "data": ROWS}).encode())),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [100, 1500, 10**9])
def test_every_format_gives_the_same_rows_however_it_is_cut(tmp_path, name, data, chunk_bytes):
    (file,) = find_files([_write(tmp_path / name, data)])
    chunks = scan_file(file, chunk_bytes).chunks
    assert _values(file, chunks) == ROWS


def test_plain_lines_are_cut_at_line_ends(tmp_path):
    (file,) = find_files([_write(tmp_path / "x.jsonl", LINES)])
    # Cuts are looked for a block (1 MiB) at a time.
    big = LINES * 600
    (large,) = find_files([_write(tmp_path / "big.jsonl", big)])
    chunks = scan_file(large, 1 << 20).chunks
    assert len(chunks) > 3
    assert chunks[0].start == 0
    assert chunks[-1].stop == len(big)
    assert all(a.stop == b.start for a, b in pairwise(chunks))
    assert all(big[chunk.start - 1 : chunk.start] == b"\n" for chunk in chunks[1:])
    assert [c.first_row for c in chunks] == [big.count(b"\n", 0, c.start) for c in chunks]
    assert len(scan_file(file, 1 << 20).chunks) == 1


def test_parquet_is_cut_at_row_groups_and_its_rows_come_back(tmp_path):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.Table.from_pylist(ROWS), path, row_group_size=30)
    (file,) = find_files([str(path)])
    chunks = scan_file(file, 1).chunks
    assert len(chunks) == 7
    rows = [raw for chunk in chunks for raw in read_raw_rows(file, chunk, 10_000)]
    assert [raw.row for raw in rows] == list(range(200))
    schema = parquet_schema(file)
    back = [pa.ipc.read_record_batch(pa.py_buffer(raw.raw), schema).to_pylist()[0] for raw in rows]
    assert back == ROWS


def test_the_digest_is_that_of_the_content(tmp_path):
    a, b = find_files([_write(tmp_path / "a.jsonl", LINES), _write(tmp_path / "b.jsonl", LINES)])
    (c,) = find_files([_write(tmp_path / "c.jsonl", LINES + b"\n")])
    digests = [scan_file(file, 1000).digest for file in (a, b, c)]
    assert digests[0] == digests[1] != digests[2]


def test_a_line_without_end_is_a_row_and_a_blank_line_is_too(tmp_path):
    (file,) = find_files([_write(tmp_path / "x.jsonl", b'{"a": 1}\n\n{"a": 2}')])
    rows = list(read_raw_rows(file, FileChunk(0, file.size_bytes, 0), 1000))
    assert [(raw.row, raw.raw) for raw in rows] == [(0, b'{"a": 1}'), (1, b""), (2, b'{"a": 2}')]


def test_an_over_long_line_is_one_fault_and_the_next_line_is_fine(tmp_path):
    long = b'{"a": "' + b"x" * 5_000_000 + b'"}'
    (file,) = find_files([_write(tmp_path / "x.jsonl", long + b'\n{"a": 2}\n')])
    first, second = read_raw_rows(file, FileChunk(0, file.size_bytes, 0), 100_000)
    assert first.fault.reason is RejectReason.TOO_LARGE
    assert "5,000,009 bytes" in first.fault.detail
    assert len(first.raw) < 3_000_000
    assert second.raw == b'{"a": 2}'


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.jsonl.gz", gzip.compress(LINES)[:-40]),
        ("x.jsonl.gz", b"no gzip at all"),
        ("x.jsonl.zst", b"no zstandard at all"),
        ("x.json.gz", gzip.compress(json.dumps(ROWS).encode())[:-40]),
        ("x.parquet", b"PAR1 no parquet PAR1"),
        # A footer of the length that it claims, which holds no Thrift.
        ("x.parquet", b"PAR1" + b"\xff" * 64 + (64).to_bytes(4, "little") + b"PAR1"),
        ("x.parquet", _parquet({"question": ["q"]}).replace(b"question", b"\xff" * 8)),
    ],
)
def test_a_broken_file_gives_one_fault_that_says_so(tmp_path, name, data):
    (file,) = find_files([_write(tmp_path / name, data)])
    rows = [
        raw for chunk in scan_file(file, 1000).chunks for raw in read_raw_rows(file, chunk, 10_000)
    ]
    assert rows[-1].fault.reason is RejectReason.UNREADABLE
    assert all(raw.fault is None for raw in rows[:-1])
    if file.format is Format.PARQUET:
        assert parquet_schema(file) is None


def test_a_parquet_file_that_cannot_be_opened_is_an_error(tmp_path):
    path = _write(tmp_path / "x.parquet", b"PAR1")
    (file,) = find_files([path])
    (tmp_path / "x.parquet").unlink()
    for read in (parquet_schema, lambda file: list(read_raw_rows(file, FileChunk(0, 1, 0), 100))):
        with pytest.raises(FileNotFoundError):
            read(file)


def test_files_folders_and_patterns_are_found_and_named_below_what_they_share(tmp_path):
    _write(tmp_path / "c/gsm/train.jsonl", LINES)
    _write(tmp_path / "c/math/train.json", LINES)
    _write(tmp_path / "c/math/notes.txt", b"no corpus")
    _write(tmp_path / "c/zh/a.jsonl.gz", gzip.compress(LINES))
    names = ["gsm/train.jsonl", "math/train.json", "zh/a.jsonl.gz"]
    assert [f.name for f in find_files([str(tmp_path / "c")])] == names
    assert [f.name for f in find_files([str(tmp_path / "c" / "**" / "*.json*")])] == names
    one_by_one = [str(tmp_path / "c" / name) for name in reversed(names)]
    found = find_files(one_by_one)
    assert [f.name for f in found] == names
    assert (found[2].format, found[2].codec) == (Format.JSON_LINES, Codec.GZIP)
    assert [f.name for f in find_files([one_by_one[0]])] == ["a.jsonl.gz"]


def test_a_file_whose_name_looks_like_a_pattern_is_a_file(tmp_path):
    path = _write(tmp_path / "data[1].jsonl", LINES)
    assert [f.path for f in find_files([path])] == [path]


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("{tmp}/none.jsonl", "no such file or folder"),
        ("{tmp}/notes.txt", "unknown ending; known: .jsonl"),
        ("{tmp}/*.parquet", "no corpus files found"),
    ],
)
def test_what_cannot_be_found_is_an_error_that_says_what_was_looked_for(tmp_path, argument, words):
    _write(tmp_path / "notes.txt", b"")
    with pytest.raises(ValueError, match=words):
        find_files([argument.format(tmp=tmp_path)])


def test_a_file_named_twice_is_refused(tmp_path):
    path = _write(tmp_path / "x.jsonl", LINES)
    with pytest.raises(ValueError, match="named twice"):
        find_files([path, str(tmp_path / "*.jsonl")])


@pytest.mark.parametrize("spelling", ["./d/a.jsonl", "d/../d/a.jsonl", "{tmp}/d/a.jsonl",
                                      "file://{tmp}/d/a.jsonl"])  # fmt: skip
def test_a_file_named_twice_in_two_spellings_is_refused(tmp_path, monkeypatch, spelling):
    _write(tmp_path / "d" / "a.jsonl", LINES)
    monkeypatch.chdir(tmp_path)
    spelling = spelling.format(tmp=tmp_path)
    with pytest.raises(CorpusError, match="named twice") as raised:
        find_files(["d", spelling])
    assert spelling in str(raised.value)


def test_an_object_named_with_and_without_a_query_is_refused(monkeypatch):
    # Only names are compared, so no store needs to be reached.
    monkeypatch.setattr(storage, "exists", lambda path: True)
    monkeypatch.setattr(storage, "is_folder", lambda path: False)
    monkeypatch.setattr(storage, "file_info", lambda path: storage.FileInfo(path, 1, ""))
    with pytest.raises(CorpusError, match="named twice"):
        find_files(["s3://b/x.jsonl", "s3://b/x.jsonl?region=eu-west-1"])
    names = [file.name for file in find_files(["s3://b/x.jsonl", "s3://c/x.jsonl", "b/x.jsonl"])]
    assert len(set(names)) == 3


class FolderAsHub(DirFileSystem):
    """The Hugging Face hub's file system, kept in a folder."""

    protocol = "hf"
    folder = ""

    def __init__(self, **options):
        super().__init__(path=self.folder, fs=LocalFileSystem())

    @classmethod
    def _strip_protocol(cls, path):
        return path.removeprefix("hf://").removeprefix("datasets/")


def test_a_hub_data_set_gives_the_files_of_one_split(tmp_path, monkeypatch):
    for name in ("train-0.parquet", "test-0.parquet"):
        path = tmp_path / "owner" / "name" / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(ROWS[:3]), path)
    monkeypatch.setattr(FolderAsHub, "folder", str(tmp_path))
    monkeypatch.setitem(sys.modules["fsspec.registry"]._registry, "hf", FolderAsHub)
    (file,) = find_files(["owner/name"])
    assert file.path == "hf://datasets/owner/name/data/train-0.parquet"
    assert _values(file, scan_file(file, 1000).chunks) == ROWS[:3]
    (test,) = find_files(["owner/name"], split="test")
    assert test.path == "hf://datasets/owner/name/data/test-0.parquet"
    assert len(find_files(["owner/name"], split="dev")) == 2
    (same,) = find_files(["hf://datasets/owner/name/data/train-*.parquet"])
    assert same == file
