"""Notations beside one another: Roman and enclosed numerals, signs of money, x for times, units."""

import pytest

from rbic.core.answers.algebra_form import algebra_form
from rbic.core.answers.notations import roman
from rbic.core.equivalence import compare_answers
from rbic.schema import Verdict


def verdicts(one, other):
    """The verdicts from both sides."""
    return {compare_answers(one, other).verdict, compare_answers(other, one).verdict}


_VMATRIX = r"\begin{vmatrix}1&2\\3&4\end{vmatrix}"
_PMATRIX = r"\begin{pmatrix}1&2\\3&4\end{pmatrix}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("XII", "12"),
        ("IV", "4"),
        (r"\mathrm{IV}", "4"),
        ("①③", "③①"),
        ("①、③", "①③"),
        (_VMATRIX, _VMATRIX + " "),
        ("[[1,2],[3,4]]", _PMATRIX),
        (r"\frac{\log 8}{\log 2}", "3"),
        ("first", "1st"),
        ("1.5 x 10^3", "1500"),
        ("1.5 x 10^3", r"1.5 \times 10^3"),
        ("3 x 4", "12"),
        ("3 X 4", "12"),
        ("250 mL", "250"),
        ("250 mL", "250 ml"),
        ("500 mL", "0.5 L"),
        ("60 Hz", "60"),
        ("5 mA", "5"),
        ("2 kW", "2000 W"),
        ("5 kJ", "5000 J"),
        ("5 dm^3", "5"),
        ("10 cc", "10 cm^3"),
        ("1 h 30 min", "1.5 h"),
        ("1 hour 30 min", "1.5 h"),
        ("5 m 20 cm", "5.2 m"),
        ("-$5", "$-5"),
        ("US$5", "$5"),
        ("Rs. 50", "50 rupees"),
        ("50¢", "$0.50"),
        ("5‰", "0.5%"),
        ("2又1/3", "7/3"),
        ("30°C", "86°F"),
        ("30℃", "30°C"),
        ("x=3或x=-2", "x=-2或x=3"),
    ],
)
def test_one_answer_in_two_notations_is_right(one, other):
    assert verdicts(one, other) == {Verdict.RIGHT}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("IV", "VI"),
        ("IX", "XI"),
        ("IX", "11"),
        ("①②", "①③"),
        ("first", "2nd"),
        ("250 mL", "0.5 L"),
        ("1 h 30 min", "1.3 h"),
        ("3 x 4", "13"),
        ("30°C", "87°F"),
    ],
)
def test_unlike_answers_in_one_notation_are_wrong(one, other):
    assert verdicts(one, other) == {Verdict.WRONG}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("①②", "12"),
        ("①", "1"),
        (_VMATRIX, _PMATRIX),
        (_VMATRIX, "-2"),
        (_VMATRIX, r"\begin{vmatrix}1&2\\3&5\end{vmatrix}"),
        (r"\log 100", r"\ln 100"),
        ("($500)", "$500"),
        ("($500)", "-$500"),
        ("2x3", "3x2"),
        ("2 x 3 matrix", "6"),
        ("fourth", "4"),
        (r"\infty-\infty", "0"),
        ("HK$5", "$5"),
        ("30'", "30°"),
        ("5'", "5"),
    ],
)
def test_a_notation_with_two_meanings_leaves_a_doubt(one, other):
    assert verdicts(one, other) == {Verdict.UNDECIDABLE}


@pytest.mark.parametrize(
    "text",
    ["A^T", "A^{T}", r"A^{\top}", "30'", r"2\mod 5", r"2\pmod{5}", "1 in 4", "3 to 4", "30°C",
     "[[1,2],[3,4]]", _VMATRIX],
)  # fmt: skip
def test_what_the_algebra_reads_past_is_not_handed_on(text):
    assert algebra_form(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("XII", 12), ("XLIX", 49), ("MCMXCIX", 1999), ("IIII", None), ("CD", None), ("", None),
     ("VX", None), ("xii", None)],
)  # fmt: skip
def test_roman_numerals_are_read_where_they_can_be_nothing_else(text, value):
    assert roman(text) == value


def test_an_x_beside_another_is_a_variable():
    assert verdicts("2x 3x", "6") != {Verdict.RIGHT}
    assert verdicts("x = 2x3", "x = 6") != {Verdict.RIGHT}
    assert verdicts("y = 2x 3", "6") != {Verdict.RIGHT}
    assert verdicts("y = 2x3", "6") != {Verdict.RIGHT}
    assert verdicts("-x of eggs", "x of eggs") != {Verdict.RIGHT}
