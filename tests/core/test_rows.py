import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbic.core.rows import Fault, parse_row, raw_text, records_start, split_records, text_fault
from rbic.schema import RejectReason


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", RejectReason.EMPTY_ROW),
        (b" \t ", RejectReason.EMPTY_ROW),
        (b'{"a": 1', RejectReason.NOT_JSON),
        (b'{"a": 1} trailing', RejectReason.NOT_JSON),
        (b"{'a': 1}", RejectReason.NOT_JSON),
        (b'{"a": NaN}', RejectReason.NOT_JSON),
        (b'{"a": "\x00"}', RejectReason.NOT_JSON),
        (b'{"a": ' + b"1" * 5000 + b"}", RejectReason.NOT_JSON),
        (b'{"a": "\xff\xfe"}', RejectReason.NOT_UTF8),
        (b"[1, 2]", RejectReason.NOT_AN_OBJECT),
        (b'"text"', RejectReason.NOT_AN_OBJECT),
        (b"null", RejectReason.NOT_AN_OBJECT),
        (b'{"a": 1, "b": 2, "a": 3}', RejectReason.DUPLICATE_KEY),
        (b'{"o": {"a": 1, "a": 1}}', RejectReason.DUPLICATE_KEY),
        (b'{"a": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", RejectReason.TOO_DEEP),
    ],
)
def test_a_hostile_row_is_a_fault_with_its_reason(raw, reason):
    fault = parse_row(raw)
    assert isinstance(fault, Fault)
    assert fault.reason is reason
    assert fault.detail


def test_a_byte_order_mark_is_no_fault():
    assert parse_row(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@given(st.binary(max_size=200))
def test_no_bytes_raise(raw):
    assert isinstance(parse_row(raw), dict | Fault)
    assert isinstance(raw_text(raw), str)


def test_null_characters_and_lone_surrogates_cannot_be_used():
    assert text_fault("q", "fine 文字") is None
    assert text_fault("q", "a\x00b").reason is RejectReason.NULL_CHARACTER
    assert text_fault("q", json.loads(r'"\ud800"')).reason is RejectReason.NOT_UTF8


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.lists(st.dictionaries(st.text(), _VALUES, max_size=3), max_size=6),
    st.sampled_from([None, 1]),
)
def test_an_array_is_cut_into_the_elements_that_json_sees(rows, indent):
    data = json.dumps(rows, indent=indent).encode()
    found = [json.loads(raw) for raw in split_records(data, records_start(data))]
    assert found == rows


def test_brackets_in_strings_do_not_count():
    data = rb'[{"a": "]}, {\" ["}, {"b": [1, {"c": "\\"}]}]'
    assert list(split_records(data, records_start(data))) == [
        rb'{"a": "]}, {\" ["}',
        rb'{"b": [1, {"c": "\\"}]}',
    ]


def test_a_list_of_records_is_found_inside_an_object():
    data = b'{"note": ["x"], "example": [ {"q": 1}, {"q": 2} ], "end": 1}'
    assert list(split_records(data, records_start(data))) == [b'{"q": 1}', b'{"q": 2}']


def test_lines_of_objects_hold_no_list_of_records():
    assert records_start(b'{"q": "a"}\n{"q": "b"}\n') is None
    assert records_start(b"") is None


def test_the_rest_of_an_array_that_breaks_off_is_its_last_element():
    rows = [parse_row(raw) for raw in split_records(b'[{"a": 1}, {"a": 2', 1)]
    assert rows[0] == {"a": 1}
    assert rows[1].reason is RejectReason.NOT_JSON
