"""Numbers in digits, English words and Chinese numerals have the values that people mean."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbic.core.notation import plain_notation
from rbic.core.quantities import (
    MAX_DIGITS,
    chinese_to_digits,
    english_to_digits,
    parse_chinese,
    parse_number,
    quantities,
)
from rbic.core.tokens import tokenize, words_in

FEW = settings(max_examples=60)


@pytest.mark.parametrize(
    ("digits", "value"),
    [
        ("0", 0),
        ("48", 48),
        ("1,250", 1250),
        ("12,345,678", 12345678),
        ("0.5", Fraction(1, 2)),
        ("3.50", Fraction(7, 2)),
        ("1,250.75", Fraction(5003, 4)),
        ("2.000", 2),
        ("9" * MAX_DIGITS, 10**MAX_DIGITS - 1),
    ],
)
def test_a_decimal_numeral_has_its_exact_value(digits, value):
    assert parse_number(digits) == value


def test_whole_values_are_ints_so_that_they_cost_and_hash_alike():
    assert [type(parse_number(digits)) for digits in ("2.0", "2", "0.5")] == [int, int, Fraction]


@pytest.mark.parametrize(
    "digits", ["", "1,2", "1,25", "1.2.3", "1,250,00", "12a", "-3", "9" * (MAX_DIGITS + 1)]
)
def test_what_is_no_numeral_or_too_long_has_no_value(digits):
    assert parse_number(digits) is None


@FEW
@given(st.integers(0, 10**12), st.integers(0, 999))
def test_numbers_come_back_as_python_writes_them(whole, thousandths):
    assert parse_number(f"{whole:,}") == parse_number(str(whole)) == whole
    assert parse_number(f"{whole:,}.{thousandths:03}") == whole + Fraction(thousandths, 1000)


ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()


def _english(number, joint):
    """`number` in words, by plain recursion from the greatest scale down."""
    if number < 20:
        return ONES[number]
    if number < 100:
        return TENS[number // 10] + (f"-{ONES[number % 10]}" if number % 10 else "")
    for scale, word in ((10**9, "billion"), (10**6, "million"), (1000, "thousand")):
        if number >= scale:
            rest = f" {_english(number % scale, joint)}" if number % scale else ""
            return f"{_english(number // scale, joint)} {word}{rest}"
    rest = f"{joint}{_english(number % 100, joint)}" if number % 100 else ""
    return f"{ONES[number // 100]} hundred{rest}"


@FEW
@given(st.integers(1, 10**12 - 1), st.sampled_from([" ", " and "]))
def test_english_numerals_are_read_as_they_are_written(number, joint):
    assert tokenize(f"It has {_english(number, joint)} parts").words[2] == str(number)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("two three", ["2", "3"]),
        ("five and six", ["5", "and", "6"]),
        ("twenty one", ["21"]),
        ("twenty one hundred", ["2100"]),
        ("two dozen", ["24"]),
        ("a dozen eggs", ["a", "dozen", "eggs"]),
        ("Forty cows", ["40", "cows"]),
        ("ones and someone", ["ones", "and", "someone"]),
        ("one million and three hundred thousand", ["1300000"]),
        ("one hundred and two thousand", ["102000"]),
    ],
)
def test_english_numerals_end_where_they_end(text, words):
    assert english_to_digits(text.replace("-", " - ").split()) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("one hundred and two hundred", ["100", "and", "200"]),
        ("two million and three million", ["2000000", "and", "3000000"]),
    ],
)
def test_two_numerals_of_one_scale_joined_by_and_are_two(text, words):
    assert english_to_digits(text.split()) == words


@pytest.mark.parametrize("tail", ["hundred ", "dozen ", "hundred and two "])
def test_numerals_said_without_end_stay_bounded(tail):
    words = english_to_digits(["two", *(tail * 3000).split()])
    assert max(len(word) for word in words) <= MAX_DIGITS


def _chinese(number):
    """`number` below 10**8 in Chinese numerals, by plain recursion."""
    digits = "零一二三四五六七八九"
    for scale, sign in ((10**4, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if number >= scale:
            rest = number % scale
            gap = "零" if 0 < rest < scale // 10 else ""
            return _chinese(number // scale) + sign + (gap + _chinese(rest) if rest else "")
    return digits[number]


@FEW
@given(st.integers(1, 10**8 - 1))
def test_chinese_numerals_are_read_as_they_are_written(number):
    assert parse_chinese(_chinese(number)) == number


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("一百二十五", "125"),
        ("十五个", "15个"),
        ("二〇二四年", "2024年"),
        ("一亿零三", "100000003"),
        ("两个苹果和三只羊", "2个苹果和3只羊"),
        ("三角形一样", "三角形一样"),  # numerals inside words
        ("共二十万元", "共200000元"),
    ],
)
def test_chinese_numerals_in_a_text_become_digits(text, digits):
    assert chinese_to_digits(text) == digits


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Tom has 48 of 1,200", {48, 1200}),
        ("20% off", {20, Fraction(1, 5)}),
        ("5 percent", {5, Fraction(1, 20)}),
        ("3/4 of it", {3, 4, Fraction(3, 4)}),
        ("a third", {3, Fraction(1, 3)}),
        ("half", {2, Fraction(1, 2)}),
        ("twice", {2}),
        ("two hundred and five boys", {205}),
        ("he has 5/0", {5, 0}),
        ("小明有两个苹果和3.5元", {2, Fraction(7, 2)}),
        ("1 hour and 30 minutes", {1, 30, Fraction(3, 2), 90}),
        ("1小时30分", {1, 30, Fraction(3, 2), 90}),
        ("5 feet 6 inches", {5, 6}),
        ("打八折", {80, Fraction(4, 5)}),
        ("no numbers", set()),
    ],
)
def test_a_question_gives_what_its_numerals_and_parts_mean(text, values):
    assert quantities(tokenize(plain_notation(text)).words) == values


def test_a_latex_fraction_gives_its_quotient_as_a_slash_does():
    words = tokenize(plain_notation(r"$\frac{3}{4}$ of 200")).words
    assert quantities(words) == {3, 4, Fraction(3, 4), 200}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("一共12万元", 120000),
        ("1.2亿元", 120000000),
        ("3千元", 3000),
        ("1.5千万元", 15000000),
        ("1.7 million people", 1700000),
        ("2.5 billion", 2500000000),
        ("$25k", 25000),
        ("2 and a half hours", Fraction(5, 2)),
        ("two and a half hours", Fraction(5, 2)),
        ("three and one half cups", Fraction(7, 2)),
        ("two hours and a half", Fraction(5, 2)),
        ("走了两个半小时", Fraction(5, 2)),
        ("3年半以后", Fraction(7, 2)),
    ],
)
def test_a_number_stands_for_its_multiple_or_with_its_half_too(text, value):
    assert value in quantities(words_in(text))


@pytest.mark.parametrize("text", ["5千米", "5千克", "5半径", "5 half cups", "2 and a third"])
def test_a_unit_or_another_part_makes_no_further_value(text):
    assert quantities(words_in(text)).isdisjoint({5000, Fraction(11, 2), Fraction(5, 2)})
