import gzip
import json
from itertools import permutations

import pyarrow as pa
import pytest
import zstandard

from rbic.core.shards import (
    arrow_rows,
    compress,
    group_names,
    json_array,
    json_lines,
    with_members,
    without_dictionaries,
)


def test_one_kind_of_rows_needs_no_folder():
    assert group_names([("a.jsonl", "k"), ("b.jsonl", "k")]) == {"a.jsonl": "", "b.jsonl": ""}


def test_kinds_are_named_by_what_their_sources_share():
    sources = [
        ("gsm8k/train.jsonl", "1"),
        ("alpaca/a.json", "2"),
        ("alpaca/b.json", "2"),
        ("math/train.jsonl", "3"),
        ("x y.jsonl", "4"),
    ]
    assert group_names(sources) == {
        "gsm8k/train.jsonl": "gsm8k-train",
        "alpaca/a.json": "alpaca",
        "alpaca/b.json": "alpaca",
        "math/train.jsonl": "math-train",
        "x y.jsonl": "x-y",
    }


def test_no_two_kinds_share_a_name():
    sources = [("d/a.jsonl", "1"), ("d/b.jsonl", "1"), ("d/c.json", "2"), ("d/e.json", "2")]
    names = group_names(sources)
    assert names["d/a.jsonl"] != names["d/c.json"]


@pytest.mark.parametrize(
    "order", list(permutations(["train-2.jsonl.zst", "train.jsonl", "train.parquet"]))
)
def test_a_number_that_another_file_has_in_its_name_is_not_given_again(order):
    assert group_names([(source, source) for source in order]) == {
        "train-2.jsonl.zst": "train-2",
        "train.jsonl": "train",
        "train.parquet": "train-3",
    }


def test_rows_come_back_as_they_were():
    rows = [b'{"a":  1}', b'{"b": "\xe4\xb8\xad"}']
    assert json_lines(rows).splitlines() == rows
    assert json.loads(json_array(rows)) == [{"a": 1}, {"b": "中"}]
    assert json.loads(json_array([])) == []


def test_members_are_added_and_the_rest_stays_to_the_byte():
    raw = b'{"a":  1.50, "b": {} } '
    added = with_members(raw, {"rbic_level": 3, "rbic_basis": "领"})
    assert added.startswith(b'{"a":  1.50, "b": {}')
    assert json.loads(added) == {"a": 1.5, "b": {}, "rbic_level": 3, "rbic_basis": "领"}
    assert with_members(b"{}", {"x": None}) == b'{"x": null}'


@pytest.mark.parametrize("codec", ["", "gz", "zst"])
def test_compression_is_undone_and_repeats_to_the_byte(codec):
    data = b"rows\n" * 500
    packed = compress(data, codec)
    assert compress(data, codec) == packed
    unpack = {"": bytes, "gz": gzip.decompress, "zst": zstandard.ZstdDecompressor().decompress}
    assert unpack[codec](packed) == data


def test_arrow_rows_keep_their_types():
    table = pa.table(
        {
            "q": ["x", "y", None],
            "n": pa.array([1, 2, 3], pa.int16()),
            "m": [[{"role": "user"}], [], [{"role": "a"}]],
        }
    )
    raw = [table.slice(i, 1).to_batches()[0].serialize().to_pybytes() for i in (2, 0)]
    assert arrow_rows(raw, table.schema).equals(table.take([2, 0]))
    assert arrow_rows([], table.schema).num_rows == 0


def nested(leaf):
    """Each type that holds others, with a leaf in it; fields and members with marks of theirs."""
    member = pa.field("kind", leaf, nullable=False, metadata={"a": "b"})
    return [
        leaf,
        pa.list_(leaf),
        pa.list_(pa.field("element", leaf, nullable=False)),
        pa.large_list(leaf),
        pa.list_(leaf, 2),
        pa.struct([member, pa.field("n", pa.int64())]),
        pa.map_(pa.string(), leaf, keys_sorted=True),
        pa.map_(leaf, pa.field("item", pa.list_(pa.struct([member])), nullable=False)),
        pa.int64(),
    ]


@pytest.mark.parametrize(
    ("held", "plain"),
    list(zip(nested(pa.dictionary(pa.int8(), pa.string())), nested(pa.string()), strict=True)),
)
def test_dictionaries_are_found_at_every_depth(held, plain):
    schemas = [
        pa.schema([pa.field("x", kind, nullable=False, metadata={"c": "d"})], {"e": "f"})
        for kind in (held, plain)
    ]
    assert without_dictionaries(schemas[0]).equals(schemas[1], check_metadata=True)
