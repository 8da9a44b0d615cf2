"""Quantities: what multiplies a value, what changes it, which units convert."""

import pytest

from rbic.core.equivalence import compare_answers
from rbic.schema import Verdict


def verdicts(one, other):
    """The verdicts from both sides."""
    return {compare_answers(one, other).verdict, compare_answers(other, one).verdict}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("$5 million", "5000000"),
        ("$5 million", "5 million dollars"),
        ("$5 thousand", "$5000"),
        ("¥5万", "5万元"),
        ("¥5万元", "50000"),
        ("3 tenths", "0.3"),
        ("3 tenths of a mile", "0.3 miles"),
        ("3 hundreds", "300"),
        ("7 tens", "70"),
        ("七成", "70%"),
        ("八折", "80%"),
        ("85折", "85%"),
        ("一半", "1/2"),
        ("半小时", "30分钟"),
        ("6个百", "600"),
    ],
)
def test_a_word_that_multiplies_is_part_of_the_value(one, other):
    assert verdicts(one, other) == {Verdict.RIGHT}


@pytest.mark.parametrize(
    ("one", "other"),
    [("$5 million", "5"), ("$5 million", "$5"), ("€5 million", "5"), ("¥5万", "5"), ("￥3亿", "3")],
)
def test_an_amount_without_its_million_is_another(one, other):
    assert verdicts(one, other) == {Verdict.WRONG}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3 tenths", "3"),
        ("3 hundreds", "3"),
        ("5 tens", "5"),
        ("4 quarters", "4"),
        ("4 quarters", "1"),
        ("3 thirds", "3"),
        ("5 pairs of shoes", "5 shoes"),
        ("5 pairs of shoes", "10 shoes"),
        ("3 boxes of eggs", "3 eggs"),
        ("五成", "5"),
        ("8折", "8"),
        ("6个百", "6"),
        ("3天半", "3天"),
    ],
)
def test_so_many_of_a_part_or_of_a_count_may_be_either(one, other):
    assert verdicts(one, other) == {Verdict.UNDECIDABLE}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("30% more", "30% less"),
        ("30% increase", "30% decrease"),
        ("20% profit", "20% loss"),
        ("30% faster", "30% slower"),
        ("30° north", "30° south"),
        ("5 km east", "5 km west"),
        ("profit of $5", "loss of $5"),
        ("零上5度", "零下5度"),
        ("盈利5元", "亏损5元"),
    ],
)
def test_the_same_number_of_opposites_is_wrong(one, other):
    assert verdicts(one, other) == {Verdict.WRONG}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("20% off", "20%"),
        ("30° below zero", "30°"),
        ("30% more", "30%"),
        ("30% more", "0.3"),
        ("30% of the boys", "30% of the girls"),
        ("loss of $5", "-5"),
        ("width of 5", "height of 5"),
        ("multiple of 3", "3"),
    ],
)
def test_words_that_may_change_a_value_leave_a_doubt(one, other):
    assert verdicts(one, other) == {Verdict.UNDECIDABLE}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("30% of the students", "30%"),
        ("30% more", "30% more"),
        ("30 percent of the students", "0.3"),
        ("The answer is 5", "5"),
        ("the profit of $5", "profit of 5 dollars"),
    ],
)
def test_words_that_only_say_of_what_leave_none(one, other):
    assert verdicts(one, other) == {Verdict.RIGHT}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 square meters", "12 meters"),
        ("12 cubic meters", "12 meters"),
        ("10 miles per hour", "10 miles"),
        ("10 dollars per hour", "10 dollars"),
        ("10 dollars an hour", "10 dollars"),
        ("5 kg/m^3", "5 kg"),
        ("5米/秒", "5米"),
        ("5元/千克", "5元"),
        ("5 sq ft", "5 ft"),
        ("5 fluid ounces", "5 ounces"),
        ("5 apples per box", "5 apples"),
        ("5 dollars each", "5 dollars"),
    ],
)
def test_the_same_number_of_another_dimension_is_undecidable(one, other):
    assert verdicts(one, other) == {Verdict.UNDECIDABLE}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1 gallon", "4 quarts"),
        ("2 hectares", r"20000\text{ m}^2"),
        ("1 acre", "43560 square feet"),
        ("1 inch", "2.54 cm"),
        ("5 lbs", "5 pounds"),
        ("2 decades", "20 years"),
        ("1 century", "100 years"),
        ("1 liter", "1000 cm^3"),
        ("3小时", "180分"),
        ("15亩", "1公顷"),
        ("2里", "1公里"),
        ("30 degrees celsius", "86 degrees fahrenheit"),
    ],
)
def test_units_of_one_dimension_convert_exactly(one, other):
    assert verdicts(one, other) == {Verdict.RIGHT}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5 meters", "5 feet"),
        ("25 mph", "25 km/h"),
        ("5 years", "5 weeks 1 day"),
        ("30 degrees celsius", "85 degrees fahrenheit"),
        ("12%", "4 dollars"),
        ("2 hours", "119 minutes"),
    ],
)
def test_unlike_amounts_of_units_that_convert_are_wrong(one, other):
    assert verdicts(one, other) == {Verdict.WRONG}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1 year", "365 days"),
        ("1 month", "30 days"),
        ("1 mile", "1.6 km"),
        ("3 leagues", "14 km"),
        ("5 kg", "5 m"),
        ("$50", "$50 cents"),
        (r"[1,2)\text{ hours}", r"[1,2)\text{ days}"),
        (r"x<3\text{ hours}", r"x<3\text{ days}"),
        (r"[1,2)\text{ tenths}", "[1,2)"),
    ],
)
def test_a_conversion_that_is_a_mean_or_unknown_leaves_a_doubt(one, other):
    assert verdicts(one, other) == {Verdict.UNDECIDABLE}


def test_a_share_beside_a_variable_is_wrong():
    assert verdicts("4a", r"2.5\%") == {Verdict.WRONG}
