"""Plain forms, number words, units, values and regions against independent plain versions."""

import math
import re
import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbic.core.answers.algebra_form import algebra_form
from rbic.core.answers.choices import letters
from rbic.core.answers.forms import TooLarge, Unreadable
from rbic.core.answers.number_words import read_chinese_number, read_english_number
from rbic.core.answers.parser import parse_answer
from rbic.core.answers.regions import region
from rbic.core.answers.text import compact, plain_form
from rbic.core.answers.units import measure
from rbic.core.answers.values import evaluate


def read(text):
    return parse_answer(plain_form(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"$\dfrac{1}{2}$", r"\frac{1}{2}"),
        (r"\left( 1,\, 2 \right]", "(1,2]"),
        ("１２％", r"12\%"),
        ("x²", "x^{2}"),
        (r"\\frac{1}{2}", r"\frac{1}{2}"),
        ("**12**", "12."),
        (r"\{1\}\quadx", r"\{1\}\quad x"),
        (r"1{,}000", "1000"),
        (r"\begin{pmatrix}4\0\end{pmatrix}", r"\begin{pmatrix}4\\0\end{pmatrix}"),
        (r"\frac{1}{2", r"\frac{1}{2}"),
        ("5}", "5"),
    ],
)
def test_ways_to_set_one_answer_share_a_compact_form(one, other):
    assert compact(plain_form(one)) == compact(plain_form(other))


@pytest.mark.parametrize(
    ("one", "other"), [("3 1/2", "31/2"), ("1 2", "12"), ("6!", "6"), (r"\$5", "€5"), ("x", "X")]
)
def test_a_compact_form_keeps_what_makes_a_difference(one, other):
    assert compact(plain_form(one)) != compact(plain_form(other))


@given(st.text(alphabet="ab{}\\ $", max_size=40))
def test_braces_of_a_plain_form_are_balanced(text):
    depth = 0
    for mark in re.findall(r"(?<!\\)[{}]", re.sub(r"\\\\", "", plain_form(text))):
        depth += 1 if mark == "{" else -1
        assert depth >= 0
    assert depth == 0


def _chinese(n: int) -> str:
    """Write a number below 10^8 in Chinese characters, without any table of the module's."""
    digits, places = "零一二三四五六七八九", ["", "十", "百", "千"]
    if n >= 10_000:
        low = n % 10_000
        gap = "零" if 0 < low < 1000 else ""
        return _chinese(n // 10_000) + "万" + gap + (_chinese(low) if low else "")
    text, zero = "", False
    for place in range(3, -1, -1):
        digit = n // 10**place % 10
        if digit:
            text += ("零" if zero and text else "") + digits[digit] + places[place]
            zero = False
        else:
            zero = True
    return text or "零"


@given(st.integers(0, 99_999_999))
def test_chinese_numbers_are_read_as_they_are_written(n):
    assert read_chinese_number(_chinese(n)) == n
    assert read_chinese_number("负" + _chinese(n)) == -n


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("十五", 15),
        ("二零二四", 2024),
        ("十", 10),
        ("一百二", 120),
        ("一百零二", 102),
        ("三千五", 3500),
        ("两万五", 25_000),
        ("三点一四", Fraction(314, 100)),
        ("三分之二", Fraction(2, 3)),
        ("一又二分之一", Fraction(3, 2)),
        ("百分之5", Fraction(1, 20)),
        ("3.5万", 35_000),
        ("1亿2千", None),
        ("一样", None),
        ("", None),
        ("一万亿", 10**12),
        # No number, and least of all 0.
        ("万", None),
        ("万亿", None),
        ("零万", None),
        ("百百", None),
        ("一千一千", None),
        ("十百", None),
    ],
)
def test_chinese_fractions_and_mixtures(text, value):
    if text == "1亿2千":
        value = 100_002_000
    assert read_chinese_number(text) == value


_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
_ONES = [*_ONES.split(), "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()


def _english(n: int) -> list[str]:
    """Write a number below a million in English words."""
    if n >= 1000:
        return [*_english(n // 1000), "thousand", *(_english(n % 1000) if n % 1000 else [])]
    if n >= 100:
        return [_ONES[n // 100], "hundred", *(["and", *_english(n % 100)] if n % 100 else [])]
    if n >= 20:
        return [_TENS[n // 10], *([_ONES[n % 10]] if n % 10 else [])]
    return [_ONES[n]]


@given(st.integers(0, 999_999))
def test_english_numbers_are_read_as_they_are_written(n):
    assert read_english_number(_english(n)) == n


def test_words_that_are_no_number_are_none():
    assert read_english_number(["and"]) is None
    assert read_english_number(["seven", "apples"]) is None
    assert read_english_number([]) is None


@pytest.mark.parametrize(
    ("unit", "same", "factor"),
    [("km", "meters", 1000), ("cm^2", "m^2", Fraction(1, 10_000)), ("平方米", "square meters", 1),
     ("hours", "minutes", 60), ("千克", "g", 1000), ("立方厘米", "cm^3", 1),
     ("Cents", "usd", Fraction(1, 100))],
)  # fmt: skip
def test_units_of_one_dimension_convert(unit, same, factor):
    one, other = measure(unit), measure(same)
    assert one.measures == other.measures
    assert one.factor / other.factor == factor


def test_what_is_counted_is_no_unit_of_measure():
    assert measure("apples") is None
    assert measure("") is None
    assert measure("m").measures != measure("m^2").measures


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"\sqrt{2}+\sqrt[3]{5}", math.sqrt(2) + 5 ** (1 / 3)),
        (r"\frac{\pi}{4}", math.pi / 4),
        (r"\sin 30^\circ", 0.5),
        (r"\cos^2 1 + \tan(2)", math.cos(1) ** 2 + math.tan(2)),
        (r"\log_{10} 50", math.log10(50)),
        (r"\ln 3e", math.log(3 * math.e)),
        (r"2^{3^2}", 512),
        ("2^3^2", 512),
        (r"-2^2", -4),
        (r"\left|3-5\right|", 2),
        (r"\lfloor 3.7 \rfloor + \lceil 1.2 \rceil", 5),
        (r"\frac13 + \frac1{72}", 1 / 3 + 1 / 72),
        (r"\max(3, 8, 5)", 8),
        ("2(3+4)/7", 2),
        ("1.25e-3", 0.00125),
        ("0.1\\overline{6}", 1 / 6),
        (r"1101_2", 13),
        (r"i^2", -1),
        (r"\sqrt[3]{-8}", -2),
    ],
)
def test_expressions_have_the_value_that_python_gives_them(text, value):
    assert complex(evaluate(read(text), {})) == pytest.approx(complex(value))


@pytest.mark.parametrize("text", ["9^{9^9}", "10^{10^{10}}", "2^{30000}", "1" * 2500])
def test_what_is_too_large_is_refused_at_once(text):
    begun = time.process_time()
    with pytest.raises(TooLarge):
        evaluate(read(text), {})
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize(
    "text", ["", "=", "1 +", "((1)", r"\int x dx", "(1, 2, 3]", "∮", "how many are there?", "1 2"]
)
def test_what_is_no_answer_is_unreadable(text):
    with pytest.raises(Unreadable):
        read(text)


@pytest.mark.parametrize("opening", ["(", "{", r"\frac{1}{", "-", r"\{", "|"])
def test_deep_nesting_is_refused_and_not_recursed_into(opening):
    with pytest.raises(Unreadable):
        read(opening * 5000 + "1")


_ENDS = st.tuples(st.integers(-4, 4), st.integers(-4, 4)).map(sorted)
_INTERVALS = st.lists(
    st.tuples(st.sampled_from("(["), _ENDS, st.sampled_from(")]")), min_size=1, max_size=4
)


def _holds(pieces, x) -> bool:
    """Membership by the definition of an interval."""
    return any(
        (low < x or (low == x and opening == "[")) and (x < high or (x == high and closing == "]"))
        for opening, (low, high), closing in pieces
        if low < high or (opening, closing) == ("[", "]")
    )


@given(_INTERVALS, _INTERVALS)
def test_two_unions_are_one_region_exactly_when_they_hold_the_same_points(one, other):
    texts = [r" \cup ".join(f"{o}{lo}, {hi}{c}" for o, (lo, hi), c in p) for p in (one, other)]
    points = [Fraction(n, 2) for n in range(-9, 10)]
    same = all(_holds(one, x) == _holds(other, x) for x in points)
    assert (_drop_empty(region(read(texts[0]))) == _drop_empty(region(read(texts[1])))) == same


def _drop_empty(pieces):
    return [p for p in pieces if p.low < p.high or (p.with_low and p.with_high)]


@pytest.mark.parametrize(
    ("text", "found"),
    [("B", "B"), ("(b)", "B"), ("Option C.", "C"), ("选项D", "D"), ("A, C", "AC"), ("CA", None),
     ("b", None),
     (r"\text{(E)}", "E"), ("A dog", None), ("K", None), ("Because", None), ("12", None)],
)  # fmt: skip
def test_letters_of_options(text, found):
    assert letters(text) == found


@pytest.mark.parametrize(
    "text",
    ["", "3 apples", "x" * 601, "(" * 26 + "1" + ")" * 26, "1" * 201, "__import__('os')", "九"],
)
def test_words_and_monsters_are_not_handed_to_the_algebra(text):
    assert algebra_form(text) is None


def test_expressions_are_handed_on_as_latex():
    assert algebra_form(r"$\int_0^1 x\,dx$") == r"\int_0^1 x dx"
    assert algebra_form("90°") == r"90^\circ "
    assert algebra_form(r"1 \text{ and } 2") == r"1 \text{ and } 2"
