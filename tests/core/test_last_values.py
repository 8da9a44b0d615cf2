"""A value at the end of a text is found whole: no piece of it can pass for the answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbic.core.answers.last_values import last_value
from rbic.core.equivalence import compare_answers
from rbic.schema import Verdict

# A text, its last value, and the number that was once cut out of it.
WHOLE = [
    ("So we need x > 3.", "x > 3", "3"),
    ("So x ≠ 3.", "x ≠ 3", "3"),
    ("Hence there are at least 3.", "at least 3", "3"),
    ("Hence there are at least $3$ of them.", "at least 3", "3"),
    ("所以至少3个。", "至少3个", "3"),
    ("Thus the interval is (2, 5].", "(2, 5]", "5"),
    ("Hence the solution set is {1, 2, 3}.", "{1, 2, 3}", "3"),
    ("The ratio is 3:4.", "3:4", "4"),
    ("The ratio is $3$:$4$.", "$3$:$4$", "4"),
    ("So the probability is 1 in 4.", "1 in 4", "4"),
    ("It is 3 out of 5.", "3 out of 5", "5"),
    ("He arrives at 12:30.", "12:30", "30"),
    ("The value is 1.5 × 10^3.", "1.5 × 10^3", "10"),
    ("The value is 1e5.", "1e5", "1"),
    ("The length is 2*sqrt(3).", "2*sqrt(3)", "3"),
    ("The length is 1 + √3.", "1 + √3", "3"),
    ("It takes 3 hours and 20 minutes.", "3 hours and 20 minutes", "20"),
    ("It takes 5 ft 6 in.", "5 ft 6 in", "6"),
    ("一共3小时20分。", "3小时20分", "20"),
    ("The population is 5 million.", "5 million", "5"),
    ("Thus x = 5 and y = -3.", "x = 5 and y = -3", "-3"),
    ("解得 x = 3 或 x = -2。", "x = 3 或 x = -2", "-2"),
    ("The roots are 2 and 5.", "2 and 5", "5"),
    ("They are 2, 3, 5.", "2, 3, 5", "5"),
    ("Hence the line is 2x + y = 5.", "2x + y = 5", "5"),
    ("Hence f(x) = 2x + 3.", "f(x) = 2x + 3", "3"),
    ("Hence the length is 5y.", "5y", "5"),
    ("It lies between 2 and 5.", "between 2 and 5", "5"),
    ("We need 5 or more.", "5 or more", "5"),
    ("It is negative 5.", "-5", "5"),
    # What touches the number is not understood, so the whole sentence is given.
    ("So we need $x$ > 3.", "So we need $x$ > 3", "3"),
    ("She has x apples + 5.", "She has x apples + 5", "5"),
]


@pytest.mark.parametrize(("text", "value", "piece"), WHOLE)
def test_the_last_value_is_whole_and_no_piece_of_it_passes(text, value, piece):
    assert last_value(text) == value
    assert compare_answers(piece, value).verdict is not Verdict.RIGHT


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("She jogs 10 x 5 = 50 miles for 5 days.", "50 miles"),
        ("So 3x3=9 of them.", "9"),
        ("that is <<48/2=24>>24 clips", "24"),
        ("She has 5+3=8, 8*2=16", "16"),
        ("Both sides give V = $7.", "$7"),
        ("so 20m + 30m = 50m", "50 m"),
        ("Subtracting gives 10 = b", "10"),
        ("Week 3:210 pages", "210"),
        ("Hence each gets $270 / 2 people = $135/person", "$135"),
        ("In total it takes 12+4 = 16 hours a week", "16 hours"),
        ("He saved $1600 - $1360 = $240 in 20 days.", "$240"),
        ("So 28/0.5=56 6-inch pencils.", "56"),
        ("that is 17 000/5 = 3 400.", "3 400"),
        ("Yola weighed 250-80=170 pounds 2 years ago.", "170 pounds"),
        ("In 3 hours, 150 miles are covered.", "150 miles"),
        ("So it's a 10-mile run.", "10"),
        ("There are 5 in the box.", "5"),
        ("She has 5!", "5"),
        ("It is 5 in.", "5 in"),
        ("So he has 12 (he bought 3 of them).", "12"),
        ("She needs 2 1/2 pies", "2 1/2"),
    ],
)
def test_what_is_said_around_a_value_is_left_out(text, value):
    assert last_value(text) == value


@pytest.mark.parametrize(
    ("text", "value", "other"),
    [
        ("So the speed is 60 km/h.", "60 km/h", "60 m/s"),
        ("So the speed is $60$ km/h.", "60 km/h", "60 m/s"),
        ("So it is 60 miles per hour.", "60 miles per hour", "60 km/h"),
        ("The area is 12 square meters.", "12 square meters", "12 feet"),
        ("The area is 12 cm² in all.", "12 cm²", "12 cm"),
    ],
)
def test_a_value_keeps_its_unit_of_measure(text, value, other):
    assert last_value(text) == value
    assert compare_answers(other, value).verdict is not Verdict.RIGHT
    assert compare_answers(value, value).verdict is Verdict.RIGHT


@given(st.text(alphabet="12x =+-*/()[]{},.:$<>^√andor今有个\n", max_size=60))
def test_any_mixture_of_signs_has_a_last_value_or_none(text):
    value = last_value(text)
    assert value is None or value
