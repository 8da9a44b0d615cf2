import threading

import pyarrow as pa
import pytest

from rbic import storage


@pytest.mark.parametrize(
    ("root", "names", "joined"),
    [
        ("/a/b", ["c", "d.json"], "/a/b/c/d.json"),
        ("s3://bucket/a/", ["c"], "s3://bucket/a/c"),
        ("s3://b/a?endpoint_override=h:1&scheme=http", ["c"],
         "s3://b/a/c?endpoint_override=h:1&scheme=http"),
        ("what?/is", ["c"], "what?/is/c"),
    ],
)  # fmt: skip
def test_names_are_joined_before_a_query(root, names, joined):
    assert storage.join(root, *names) == joined


def test_file_name_leaves_the_query_out():
    assert storage.file_name("s3://b/a/x.jsonl?region=eu") == "x.jsonl"
    assert storage.file_name("/a/what?.jsonl") == "what?.jsonl"


def test_a_file_is_there_whole_or_not_at_all(tmp_path):
    path = str(tmp_path / "deep" / "file.bin")
    contents = [bytes([i]) * 200_000 for i in range(8)]
    threads = [threading.Thread(target=storage.write_bytes, args=(path, c)) for c in contents]
    for thread in threads:
        thread.start()
    seen = set()
    while any(thread.is_alive() for thread in threads):
        if storage.exists(path):
            seen.add(storage.read_bytes(path))
    assert seen <= set(contents)
    assert [f.path for f in storage.list_files(str(tmp_path))] == [path]


def test_files_are_listed_sorted_and_an_absent_folder_has_none(tmp_path):
    for name in ("b/2", "a", "b/1"):
        storage.write_bytes(str(tmp_path / name), b"x")
    assert [f.path for f in storage.list_files(str(tmp_path))] == [
        str(tmp_path / name) for name in ("a", "b/1", "b/2")
    ]
    assert storage.list_files(str(tmp_path / "none")) == []
    assert storage.list_names(str(tmp_path)) == ["a", "b"]
    assert storage.list_names(str(tmp_path / "none")) == []


def test_removing_twice_is_fine(tmp_path):
    storage.write_bytes(str(tmp_path / "x" / "y"), b"1")
    storage.remove(str(tmp_path / "x"))
    storage.remove(str(tmp_path / "x"))
    assert not storage.exists(str(tmp_path / "x"))


def test_equal_tables_give_equal_parquet_bytes():
    tables = [pa.table({"a": [1, 2], "b": ["x", None]}) for _ in range(2)]
    assert storage.parquet_bytes(tables[0]) == storage.parquet_bytes(tables[1])


def test_no_files_read_as_an_empty_table(tmp_path):
    schema = pa.schema([("a", pa.int64()), ("b", pa.string())])
    assert storage.read_parquet_files([], ["b"], schema).schema.names == ["b"]


def test_an_fsspec_scheme_works_as_well(tmp_path):
    storage.write_bytes("memory://rbic-test/a/b.txt", b"text")
    assert storage.read_bytes("memory://rbic-test/a/b.txt") == b"text"
    assert storage.is_folder("memory://rbic-test/a")
