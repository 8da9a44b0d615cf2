"""Answers are right, wrong or undecidable, the same from both sides, and never right on a doubt."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbic.core.answers.judgement import Method
from rbic.core.equivalence import LONGEST, compare_answers
from rbic.schema import Verdict

RIGHT = [
    ("42", "42.0"),
    ("1,234", "1234"),
    ("1 234 567", "1234567"),
    (r"12,\!345", "12345"),
    ("0.5", r"\frac12"),
    ("-3 1/2", "-3.5"),
    (r"2\frac{3}{4}", "11/4"),
    (r"\dfrac{2}{6}", "1/3"),
    ("1.5e3", r"1.5 \times 10^{3}"),
    (r"0.\overline{3}", "1/3"),
    ("½", "0.5"),
    ("$15", "15"),
    (r"\$15", "15 dollars"),
    ("50 cents", "$0.50"),
    ("2 hours", "120 minutes"),
    (r"3\text{ m}^2", r"30000\ \text{cm}^2"),
    ("12 square meters", r"12\text{ m}^{2}"),
    ("5 red apples", "5 apples"),
    ("30%", "0.3"),
    (r"30\%", "30"),
    ("30 percent", "3/10"),
    (r"90^\circ", "90"),
    ("90 degrees", r"\frac{\pi}{2}"),
    ("3.5万", "35000"),
    ("3万5千", "35000"),
    ("百分之二十", "20%"),
    ("五分之三", "0.6"),
    ("一百二十三", "123"),
    ("８５８", "858颗"),
    ("4千克", "4000克"),
    ("twelve", "12"),
    ("two hundred and five", "205"),
    ("3 million dollars", "3000000"),
    ("2,74", "2.74"),
    (r"\sqrt{8}", r"2\sqrt2"),
    (r"\frac{1}{\sqrt{2}}", r"\frac{\sqrt{2}}{2}"),
    ("(x+1)^2", "x^2+2x+1"),
    (r"2\sin x\cos x", r"\sin 2x"),
    ("x(x-1)", r"x^{2} - x"),
    ("2^{10}", "1024"),
    ("5!", "120"),
    (r"\binom{5}{2}", "10"),
    (r"\log_{2} 8", "3"),
    ("11_2", "3"),
    (r"e^{i\pi}", "-1"),
    ("3.14159", r"\pi"),
    ("0.3333", "1/3"),
    ("x = 5", "5"),
    ("f(x) = 2x + 3", "2x+3"),
    (r"x \approx 5", "5"),
    ("|AB| = 7", "7"),
    ("z = 1 + 1 = 2", "2"),
    ("3 + 4 = 7", "7"),
    ("(p, q) = (3, 2)", "(3, 2)"),
    ("(1, 2)", "1, 2"),
    (r"\{1, 2, 3\}", "3, 2, 1"),
    ("-2 or 1", "1 or -2"),
    (r"\pm 2", "2, -2"),
    (r"1 \pm \sqrt{2}", r"1 - \sqrt2 \text{ or } 1 + \sqrt2"),
    ("x = 1, y = 2", "y = 2, x = 1"),
    ("x = 1 or x = -1", "-1, 1"),
    ("12 and 13", r"12\text{ and }13"),
    ("(1,2), (3,4)", "(3,4), (1,2)"),
    ("p=5,q=2;p=7,q=2", "(5,2),(7,2)"),
    ("p=5,q=2;p=7,q=2", r"p=5, q=2 \text{ and } p=7, q=2"),
    ("-12;-11;-10", r"\{-12, -11, -10\}"),
    ("{x - 1, x}", "{x, x - 1}"),
    (r"S_{MBCN}:S=7:32", "7:32"),
    ("Haley has 99 marbles", "99"),
    ("45,135", r"45^\circ, 135^\circ"),
    ("{H,E}", r"\text{H, E}"),
    (r"[1, 2) \cup [2, 3)", "[1, 3)"),
    ("-[0, 1)", "(-1, 0]"),
    (r"x \in (2, \infty)", "x > 2"),
    (r"-2 \le x \le 7", "[-2, 7]"),
    ("5 ≤ x", r"x \geq 5"),
    ("-x >= -1", r"x \le 1"),
    (r"x \neq 3", r"(-\infty, 3) \cup (3, \infty)"),
    (r"\mathbb{R} \setminus \{0\}", "x != 0"),
    ("x < 1 or x > 3", r"(-\infty,1)\cup(3,\infty)"),
    (r"\{x \mid x > 3\}", r"(3, \infty)"),
    ("2x + 4y = 3", r"y = -\frac{1}{2}x + \frac34"),
    ("x + y < 2", "2 > y + x"),
    (r"\begin{pmatrix} 1 \\ 1/2 \end{pmatrix}", r"\begin{bmatrix}1\\0.5\end{bmatrix}"),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\langle 1, 2 \rangle"),
    (r"\begin{cases} x=1\\ y=2\end{cases}", r"\begin{cases} x=1\\ y=\frac{4}{2}\end{cases}"),
    ("D", "(D) Alina"),
    ("B", "选项B"),
    ("Sentence A", "A"),
    ("BD", "B and D"),
    ("C", r"$\textbf{(C)}$"),
    ("yes", "True"),
    ("否", "false"),
    ("no", "No, it is not."),
    ("Evelyn", r"\text{evelyn}"),
    ("the Nile", "Nile."),
    ("a", "$a$"),
    ("{Monday}", "Monday"),
    (r"12^{\text{th}}", "12"),
    ("2:3:4", "4:6:8"),
    (r"1:\sqrt{3}:2", r"\sqrt{3}:3:2\sqrt{3}"),
    ("a:b:c = 2:3:4", "2:3:4"),
    ("10:20", "1:2"),
    ("3:30 pm", "15:30"),
    ("10-20", "10–20 km"),
    ("一百二", "120"),
    ("两万五", "25000"),
    ("5千克", "5000克"),
    ("20-10", "10"),
    ("5", "5 m"),
    ("5g", "5克"),
    ("10 m/s", "10"),
    ("20 m²", "20"),
    ("20㎡", "20平方米"),
    ("25 m", r"25\text{ m}"),
    ("5 km", "5000 m"),
    (r"12\frac12\%", r"12.5\%"),
    (r"33\frac13\%", r"\frac{100}{3}\%"),
    ("33 1/3%", "1/3"),
    ("33.33%", "1/3"),
    ("1/2%", "0.5%"),
    ("1/2", "one half"),
    ("one half", "a half"),
    ("half an hour", "0.5 hours"),
    ("0.5", "half"),
    ("2/3", "two thirds"),
    ("3/4", "three-fourths"),
    ("1/4", "a quarter"),
    ("2.5", "two and a half"),
    ("2.5 hours", "2 and a half hours"),
    ("12", "a dozen"),
    ("6", "half a dozen"),
    ("2.5小时", "两个半小时"),
    ("90 minutes", "1 hour 30 minutes"),
    ("1.5 hours", "1 hour and 30 min"),
    ("90 min", "1h30m"),
    ("66 inches", "5 feet 6 inches"),
    (r"150\text{ minutes}", r"2\text{ hours }30\text{ minutes}"),
    ("5.5元", "5元5角"),
    ("5.55", "5元5角5分"),
    ("90分钟", "1小时30分"),
    ("2.5小时", "两小时三十分"),
    ("3.5公里", "三千米五百米"),
    ("$2.50", "2 dollars and 50 cents"),
    ("10 minutes", "10 min"),
    ("36 km/h", "10 m/s"),
    ("60 mph", "60 miles per hour"),
    ("36 km/h", "10米每秒"),
    ("36千米/时", "600 meters per minute"),
]  # fmt: skip

WRONG = [
    ("42", "43"),
    ("0.5", "0.6"),
    ("1/3", "0.34"),
    ("3 1/2", "31/2"),
    ("100", r"10\text{ units}"),
    ("2 hours", "100 minutes"),
    ("5 apples", "6 oranges"),
    ("30%", "0.03"),
    ("7 = 11a + c", "11a + c"),
    ("x^2 + 1", "x^2 + 2"),
    ("4", r"4\sqrt{2}"),
    ("4", "4x"),
    (r"\sqrt{67}, -\sqrt{85}", r"\sqrt{67}"),
    ("(1, 2)", "(2, 1)"),
    ("[0, 1)", "[0, 1]"),
    ("[0, 1)", "1"),
    ("-[0, 1)", "1"),
    (r"[0, 1) \cup (2, 3)", r"\sqrt{2}"),
    ("x > 5", "x < 5"),
    ("1, 2, 3", "1, 2, 4"),
    (r"\{1, 2\}", r"\{1, 3\}"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{pmatrix}1&2\\3&5\end{pmatrix}"),
    ("A", "C"),
    ("A", "(B) 25"),
    ("BD", "B"),
    ("yes", "no"),
    ("odd", r"\text{even}"),
    ("10,000", "10, 0"),
    ("10,000", "(10, 0)"),
    ("0,1", "1/10"),
    ("E", r"\mathrm{E} * 2"),
    ("d", r"\text{E}"),
    ("Monday", "Tuesday"),
    ("42", "cannot be determined"),
    ("小南", "小北"),
    ("2:3:4", "1:2:3"),
    ("1:2:3", "1:3:2"),
    ("9:3:1", "3:1:1"),
    ("3:30 pm", "3:30 am"),
    ("3:05", "6:10"),
    ("2020-01-02", "2020-02-01"),
    ("10-20", "20-30"),
    ("10-20 km", "20-30 km"),
    ("一百二", "102"),
    ("两万五", "20005"),
    ("5", "6 m"),
    ("1/2%", "50"),
    ("33.34%", "1/3"),
    ("2", "one half"),
    ("one", "two"),
    ("a third", "two thirds"),
    ("21", "twenty and one half"),
    ("100 minutes", "1 hour 30 minutes"),
    ("5.05元", "5元5角"),
    ("36 km/h", "36 m/s"),
    ("10 km", "10 m 5 cm"),
]

UNDECIDABLE = [
    ("0.33", "1/3", Method.ROUNDING),
    ("E, H", "H, E", Method.CHOICE),
    ("13", "Room 13", Method.UNIT),
    ("3.14", r"\pi", Method.ROUNDING),
    ("1, 3, 2", "1, 2, 3", Method.ORDER),
    ("0.5", "0.5%", Method.PERCENT),
    ("5 apples", "5 oranges", Method.UNIT),
    ("5", "more than 5", Method.UNIT),
    ("5", "5以上不到6", Method.UNIT),
    ("120", "2 hours", Method.UNIT),
    ("x = 3", "n = 3", Method.LABEL),
    ("2x + 1", "2t + 1", Method.LABEL),
    ("[1, 2]", "1, 2", Method.LIST),
    ("Evelyn", "Evelyn Smith", Method.WORDS),
    ("none", "0 people", Method.UNREAD),
    ("A", "25", Method.CHOICE),
    ("B", "the second statement is right", Method.CHOICE),
    ("yes", "5", Method.KIND),
    ("2020-01-02", "2017", Method.KIND),
    ("02/04/2021", "01/02/2021", Method.KIND),
    ("2:30", "1:15", Method.KIND),
    ("10-20", "-10", Method.KIND),
    ("10-20 km", "-10", Method.KIND),
    ("AB", "BA", Method.ORDER),
    ("5千克", "5000", Method.UNIT),
    ("2:3:4", "1:2", Method.KIND),
    ("90", "1 hour 30 minutes", Method.UNIT),
    ("10 km", "10 kilometers per hour", Method.UNIT),
    ("25", "twenty-fifth", Method.UNREAD),
    ("5 m 3 cm 2 s", "503 cm", Method.UNREAD),
    ("220V", "220", Method.UNIT),
    # A variable that the other lacks, or seconds.
    ("4s", "4", Method.UNIT),
    ("9^{9^{9^{9}}}", "1", Method.TOO_COMPLEX),
    (r"\int_0^1 x\,dx", r"\frac12", Method.UNREAD),
    ("1" * (LONGEST + 1), "1", Method.TOO_LONG),
    ("$$", "1", Method.NO_ANSWER),
]


@pytest.mark.parametrize(("gold", "given"), RIGHT)
def test_the_same_answer_in_other_words_is_right_from_both_sides(gold, given):
    assert compare_answers(gold, given).verdict is Verdict.RIGHT
    assert compare_answers(given, gold).verdict is Verdict.RIGHT


@pytest.mark.parametrize(("gold", "given"), WRONG)
def test_another_answer_is_wrong_from_both_sides(gold, given):
    assert compare_answers(gold, given).verdict is Verdict.WRONG
    assert compare_answers(given, gold).verdict is Verdict.WRONG


@pytest.mark.parametrize(("gold", "given", "method"), UNDECIDABLE)
def test_a_doubt_is_undecidable_and_says_which(gold, given, method):
    for judged in (compare_answers(gold, given), compare_answers(given, gold)):
        assert judged.verdict is Verdict.UNDECIDABLE
        assert judged.method is method


OPTIONS = ["$12$", "25 km", "Both Odd", r"\frac{1}{2}"]


@pytest.mark.parametrize(
    ("gold", "given", "verdict"),
    [
        ("B", "25 km", Verdict.RIGHT),
        ("25 km", "(B)", Verdict.RIGHT),
        ("B", "25", Verdict.RIGHT),
        ("B", "B. 25 km", Verdict.RIGHT),
        ("D", "0.5", Verdict.RIGHT),
        ("C", "both odd", Verdict.RIGHT),
        ("A", "12", Verdict.RIGHT),
        ("A", "25", Verdict.WRONG),
        ("A", "13", Verdict.WRONG),
        ("A", "D", Verdict.WRONG),
        # The letter and the text beside it name different options.
        ("A", "A. 25 km", Verdict.UNDECIDABLE),
        # A reference that is none of the options is compared as it stands.
        ("99", "99.0", Verdict.RIGHT),
    ],
)
def test_options_are_known_by_letter_and_by_content(gold, given, verdict):
    assert compare_answers(gold, given, OPTIONS).verdict is verdict


_FRACTIONS = st.fractions(min_value=-1000, max_value=1000, max_denominator=60)


def _spellings(value: Fraction) -> list[str]:
    """Ways to write a rational; each is checked against the value itself."""
    n, d = value.numerator, value.denominator
    ways = [f"{n}/{d}", rf"\frac{{{n}}}{{{d}}}", rf"$\dfrac{{{2 * n}}}{{{2 * d}}}$", f"x = {n}/{d}"]
    sign, whole, rest = "-" if n < 0 else "", abs(n) // d, abs(n) % d
    if whole and rest:
        ways += [f"{sign}{whole} {rest}/{d}", rf"{sign}{whole}\frac{{{rest}}}{{{d}}}"]
    if 10**6 % d == 0:
        ways += [f"{float(value):.6f}", f"{float(value):,.6f}"]
    if d == 1:
        ways += [f"{n:,}", f"{n}.0", f"**{n}**", f"{n} km"]
    return ways


@given(_FRACTIONS, _FRACTIONS, st.data())
def test_rationals_are_equal_exactly_when_their_values_are(one, other, data):
    a, b = (data.draw(st.sampled_from(_spellings(value))) for value in (one, other))
    again = data.draw(st.sampled_from(_spellings(one)))
    assert compare_answers(a, again).verdict is Verdict.RIGHT
    if one != other:
        assert compare_answers(a, b).verdict is not Verdict.RIGHT


_TREES = st.recursive(
    st.integers(1, 12),
    lambda inner: st.tuples(st.sampled_from("+-*/^"), inner, inner),
    max_leaves=6,
)


def _value(tree) -> Fraction:
    if isinstance(tree, int):
        return Fraction(tree)
    sign, a, b = tree
    x, y = _value(a), _value(b)
    if sign == "^":
        return x ** int(y % 3)
    return {"+": x + y, "-": x - y, "*": x * y}[sign] if sign != "/" else x / y


def _latex(tree) -> str:
    if isinstance(tree, int):
        return str(tree)
    sign, a, b = tree
    if sign == "/":
        return rf"\frac{{{_latex(a)}}}{{{_latex(b)}}}"
    if sign == "^":
        return rf"\left({_latex(a)}\right)^{{{int(_value(b) % 3)}}}"
    mark = r"\cdot" if sign == "*" else sign
    return f"({_latex(a)}) {mark} ({_latex(b)})"


@given(_TREES, st.integers(-3, 3))
def test_a_sum_has_the_value_that_its_tree_has(tree, shift):
    try:
        value = _value(tree)
    except ZeroDivisionError:
        return
    expected = Verdict.RIGHT if shift == 0 else Verdict.WRONG
    assert compare_answers(str(value + shift), _latex(tree)).verdict is expected


@given(st.lists(st.integers(0, 9), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_sets_are_matched_as_python_matches_them(items, random):
    shuffled = list(items)
    random.shuffle(shuffled)
    if random.random() < 0.5:
        shuffled[0] += 1
    same = set(items) == set(shuffled)
    one, other = (r"\{" + ", ".join(map(str, values)) + r"\}" for values in (items, shuffled))
    assert (compare_answers(one, other).verdict is Verdict.RIGHT) == same


_PIECES = [*"0123456789xyABab+-*/^_=<>()[]{}|,.;%$ 和或一二百万是否", r"\frac", r"\sqrt", r"\pi",
           r"\{", r"\}", r"\cup", r"\pm", r"\text{", "and", "cm", "yes", "1.5", "10^"]  # fmt: skip
_ANSWERS = st.lists(st.sampled_from(_PIECES), max_size=14).map("".join)


@settings(max_examples=300)
@given(_ANSWERS, _ANSWERS)
def test_any_two_texts_get_one_verdict_from_both_sides(one, other):
    assert compare_answers(one, other).verdict is compare_answers(other, one).verdict


@given(st.text(max_size=60))
def test_a_text_equals_itself_or_is_no_answer(text):
    judged = compare_answers(text, text)
    assert judged.verdict is Verdict.RIGHT or judged.method is Method.NO_ANSWER
