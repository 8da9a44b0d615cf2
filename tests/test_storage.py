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


def test_an_object_whose_name_holds_a_question_mark_is_refused(tmp_path):
    filesystem = storage.file_system("memory://rbic-marks")[0]
    with filesystem.open_output_stream("/rbic-marks/what?.jsonl") as stream:
        stream.write(b"text")
    with pytest.raises(OSError, match=r"^memory://rbic-marks: the object 'what\?\.jsonl' .* query"):
        storage.list_files("memory://rbic-marks")
    path = str(tmp_path / "what?" / "why?.jsonl")
    storage.write_bytes(path, b"text")
    (file,) = storage.list_files(str(tmp_path / "what?"))
    assert (file.path, storage.read_bytes(file.path)) == (path, b"text")


class BreaksOff:
    """A stream to read from that gives one piece and then an exception."""

    def __init__(self, error):
        self._left = [pa.py_buffer(b"piece")]
        self._error = error

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def read_buffer(self, size):
        if self._left:
            return self._left.pop()
        raise self._error


@pytest.mark.parametrize("error", [OSError("connection lost"), KeyboardInterrupt()])
@pytest.mark.parametrize("root", ["{tmp}", "memory://rbic-copies"])
def test_a_copy_that_breaks_off_leaves_nothing(tmp_path, monkeypatch, root, error):
    folder = root.format(tmp=tmp_path)
    storage.remove(folder)
    with monkeypatch.context() as patch:
        patch.setattr(storage, "open_input", lambda path: BreaksOff(error))
        with pytest.raises(type(error)):
            storage.copy("somewhere", storage.join(folder, "file"))
    assert storage.list_files(folder) == []


@pytest.mark.parametrize("root", ["{tmp}", "memory://rbic-kept"])
def test_a_copy_of_nothing_leaves_what_is_there(tmp_path, root):
    path = storage.join(root.format(tmp=tmp_path), "file")
    storage.write_bytes(path, b"earlier")
    with pytest.raises(FileNotFoundError):
        storage.copy(str(tmp_path / "none"), path)
    assert storage.read_bytes(path) == b"earlier"


@pytest.mark.parametrize("root", ["{tmp}", "memory://rbic-writes"])
def test_a_write_that_fails_leaves_nothing(tmp_path, root):
    folder = root.format(tmp=tmp_path)
    with pytest.raises(TypeError):
        storage.write_bytes(storage.join(folder, "file"), object())
    assert storage.list_files(folder) == []


def test_a_local_file_stays_as_it_was_when_a_write_fails(tmp_path):
    path = str(tmp_path / "file")
    storage.write_bytes(path, b"earlier")
    with pytest.raises(TypeError):
        storage.write_bytes(path, object())
    assert storage.read_bytes(path) == b"earlier"
    assert storage.list_names(str(tmp_path)) == ["file"]


@pytest.mark.parametrize(
    ("start", "stop"),
    [
        (0, 0),
        (0, 1),
        (0, 25_000),
        (8_191, 8_193),
        (8_192, 16_384),
        (20_000, 25_000),
        (25_000, 25_000),
    ],
)
@pytest.mark.parametrize("columns", [None, ["text"], ["text", "number"]])
def test_rows_of_a_file_are_those_of_the_whole(tmp_path, start, stop, columns):
    path = str(tmp_path / "rows.parquet")
    table = pa.table({"number": range(25_000), "text": [f"row {n}" for n in range(25_000)]})
    storage.write_bytes(path, storage.parquet_bytes(table))
    wanted = (table if columns is None else table.select(columns)).slice(start, stop - start)
    assert storage.read_parquet_rows(path, start, stop, columns).equals(wanted)
