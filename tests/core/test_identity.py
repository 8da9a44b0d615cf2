from hypothesis import given
from hypothesis import strategies as st

from rbic.core.identity import content_id, normalise


def test_white_space_and_full_width_forms_do_not_change_an_id():
    assert content_id("3 + 4\n= 7", "a") == content_id("  3 ＋ 4 = 7", "ａ")


def test_case_digits_and_superscripts_change_an_id():
    ids = {content_id(text) for text in ("x²", "x2", "X2", "x 2")}
    assert len(ids) == 4


def test_parts_do_not_run_into_each_other():
    assert content_id("ab", "c") != content_id("a", "bc")


def test_composed_and_decomposed_letters_are_the_same():
    assert normalise("e\u0301") == "\u00e9"


@given(st.text(), st.text())
def test_ids_are_positive_int64(a, b):
    assert 0 <= content_id(a, b) < 2**63
