"""Dates, times of day, numerals of other customs and words in other forms."""

import pytest

from rbic.core.answers.dates import read_date
from rbic.core.equivalence import compare_answers
from rbic.schema import Verdict


def verdicts(one, other):
    """The verdicts from both sides."""
    return {compare_answers(one, other).verdict, compare_answers(other, one).verdict}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2020-03-05", "2020/03/05"),
        ("2020-03-05", "March 5, 2020"),
        ("2020年3月5日", "5 March 2020"),
        ("5 March 2020", "March 5, 2020"),
        ("Dec. 25", "25th of December"),
        ("3 PM", "3:00 PM"),
        ("3 PM", "15:00"),
        ("3:00 p.m.", "15:00"),
        ("noon", "12:00 PM"),
        ("midnight", "12 AM"),
        ("下午3时", "15:00"),
        ("下午三点半", "3:30 pm"),
        ("9 o'clock", "9:00"),
        ("9 o’clock in the morning", "9:00 am"),
    ],
)
def test_one_day_or_time_in_two_spellings_is_right(one, other):
    assert verdicts(one, other) == {Verdict.RIGHT}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2020-03-05", "2020-03-06"),
        ("March 5, 2020", "2020-05-03"),
        ("March 5, 2020", "March 5, 2021"),
        ("3 PM", "3 AM"),
        ("15:00", "3 AM"),
        ("noon", "midnight"),
        ("下午3时", "16:00"),
        ("7 pm", r"\frac{7}{3}"),
    ],
)
def test_two_days_or_times_are_wrong(one, other):
    assert verdicts(one, other) == {Verdict.WRONG}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("March 5", "March 5, 2020"),
        ("05/03/2020", "2020-03-05"),
        ("9 o'clock", "21:00"),
        ("3 PM", "3"),
    ],
)
def test_a_day_or_time_left_half_open_is_undecidable(one, other):
    assert verdicts(one, other) == {Verdict.UNDECIDABLE}


@pytest.mark.parametrize("text", ["2020-13-05", "March 2020", "05/03/2020", "5", "may"])
def test_what_names_no_one_day_is_no_date(text):
    assert read_date(text) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.234,56", "1234.56"),
        ("12.345,6", "12345.6"),
        ("1,00,000", "100000"),
        ("1_000", "1000"),
        ("0xFF", "255"),
        ("$3k", "3000"),
        ("negative 5", "-5"),
        ("minus 5 degrees", "-5 degrees"),
        ("negative $5", "-5"),
        ("negative $5", "-$5"),
        ("a total of 5", "5"),
        ("a total of $5", "$5"),
        ("total of 1/2 hours", "0.5 hours"),
        ("七成五", "75%"),
        ("七成半", "75%"),
        ("九五折", "95%"),
        ("$2.5M", "2500000"),
        ("10C3", "120"),
        (r"C_{10}^{3}", "120"),
    ],
)
def test_a_numeral_of_another_custom_is_read(one, other):
    assert verdicts(one, other) == {Verdict.RIGHT}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.234,56", "1234.57"),
        ("1,00,000", "10000"),
        ("0xFF", "0"),
        ("1_000", "0"),
        ("$3k", "3"),
        ("negative 5", "5"),
        ("negative $5", "5"),
        ("a total of 5", "15"),
        ("七成五", "70%"),
        ("五百9", "五百"),
        ("九五折", "9.5"),
        ("10C3", "30"),
    ],
)
def test_its_other_readings_are_wrong(one, other):
    assert verdicts(one, other) == {Verdict.WRONG}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12,34,567", "1234567"),
        ("1,0000", "10000"),
        ("1 and 1/2", "1.5"),
        ("2-1/2", "2.5"),
        ("3k", "3000"),
    ],
)
def test_a_numeral_with_two_readings_leaves_a_doubt(one, other):
    assert verdicts(one, other) == {Verdict.UNDECIDABLE}


def test_the_plain_reading_of_such_a_numeral_stands():
    assert verdicts("1 and 1/2", "1/2, 1") <= {Verdict.RIGHT, Verdict.UNDECIDABLE}
    assert verdicts("2-1/2", "1.5") == {Verdict.RIGHT}
    assert verdicts("3k", r"k \cdot 3") == {Verdict.RIGHT}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("星期三", "周三"),
        ("星期三", "Wednesday"),
        ("Monday", "Mon"),
        ("not possible", "impossible"),
        ("colour", "color"),
        ("undefined", "does not exist"),
        ("increases", "increasing"),
        ("对", "√"),
        ("错", "×"),
    ],
)
def test_synonyms_are_right(one, other):
    assert verdicts(one, other) == {Verdict.RIGHT}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Monday", "Tuesday"),
        ("Mon", "Tue"),
        ("increasing", "decreasing"),
        ("rational", "irrational"),
        ("possible", "impossible"),
        ("星期三", "周四"),
        ("对", "×"),
        ("Quadrant III", "Quadrant II"),
    ],
)
def test_opposites_and_neighbours_are_wrong(one, other):
    assert verdicts(one, other) == {Verdict.WRONG}


@pytest.mark.parametrize(
    ("one", "other"),
    [("hexagon", "hexagonal"), ("Sam", "Samantha"), ("triangle", "triangular")],
)
def test_forms_of_one_word_leave_a_doubt(one, other):
    assert verdicts(one, other) == {Verdict.UNDECIDABLE}
