r"""One notation for LaTeX, full-width and typographic mathematics: `\times`, ×, `＝`, `\frac`."""

import pytest

from rbic.core.notation import ANSWER_MARK, SOFT_BREAK, plain_notation


def _words(text):
    """The plain notation without the width of its blanks."""
    return " ".join(plain_notation(text).split())


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        (r"48 \div 2 = 24", "48 / 2 = 24"),
        (r"3 \times 4 \cdot 5", "3 * 4 * 5"),
        ("48÷2＝24，６×７", "48/2=24，6*7"),
        (r"\frac{1}{2}", "frac {1}{2}"),
        (r"\dfrac{1}{2} + \tfrac{3}{4}", "frac {1}{2} + frac {3}{4}"),
        (r"\frac12", "frac {1} {2}"),
        (r"\sqrt{16}", "sqrt {16}"),
        ("√16", "sqrt 16"),
        (r"\binom{5}{2}", "binom {5}{2}"),
        ("½ cup", "1/2 cup"),
        ("3² + 2³", "3^2 + 2^3"),
        (r"90^\circ, 90^{\circ}.", "90°, 90°."),
        (r"5 \text{ cm} + 3\mathrm{kg}", "5 cm + 3 kg"),
        (r"50\% of \$20", "50% of $20"),
        (r"\left( 1 + 2 \right)", "( 1 + 2 )"),
        (r"a \neq b, c \leq d, e \geqslant f", "a ≠ b, c ≤ d, e ≥ f"),
        (r"\theta = \pi", "θ = π"),
        (r"x \quad y \, z", "x y z"),
        (r"(x) and \(x\)", "(x) and $x$"),
        ("$$x=1$$", "$x=1$"),
        (r"1,\!000 and $$1{,}000$$", "1,000 and $1,000$"),
        ("3．5米", "3.5米"),
        (".5 + .25", "0.5 + 0.25"),
        ("“It’s” 5–3", '"It\'s" 5-3'),
        ("ｘ＝Ａ", "x=A"),
        ("12 * 15 = **180** pens", "12 * 15 = 180 pens"),
        ("**12 * 15 = 180** pens", "12 * 15 = 180 pens"),
        ("**Answer:** 7，所以**共7个**。", "Answer: 7，所以共7个。"),
        ("2**3 + (2)**4 and f(**a, **b)", "2**3 + (2)**4 and f(**a, **b)"),
        ("x ** 2 and **open", "x ** 2 and **open"),
        ("Is it so?", "Is it so?"),
        ("所以共有7个。", "所以共有7个。"),
        ("", ""),
    ],
)
def test_every_way_of_writing_becomes_one(written, plain):
    assert _words(written) == plain


def test_a_thousands_comma_in_braces_needs_no_backslash_beside_it():
    assert plain_notation("$1{,}000+1=1{,}001$") == "$1,000+1=1,001$"


def test_a_point_inside_a_number_or_after_a_word_gets_no_zero():
    assert plain_notation("3.5 v.5 (2).5") == "3.5 v.5 (2).5"


def test_calculator_calls_are_left_out():
    assert plain_notation("48/2 = <<48/2=24>>24 clips") == "48/2 = 24 clips"


def test_shifts_in_code_are_no_calculator_calls():
    assert plain_notation("1 << 2 and 3 >> 2") == "1 << 2 and 3 >> 2"


def test_figures_drawn_by_code_are_left_out_but_not_what_follows_an_open_one():
    assert _words(r"[asy] draw((0,0)--(1,1)); [/asy] \(x=1\)") == "$x=1$"
    assert _words(r"[asy] draw \(x=1\)") == "draw $x=1$"


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        (r"x=1 \\ y=2", ["x=1", "y=2"]),
        (r"x=1\ny=2", ["x=1", "y=2"]),
        (r"x=1\r\ny=2", ["x=1", "y=2"]),
        (r"a\neq b", ["a≠ b"]),  # \n is not always a new line
        (r"a\nmid b\nu", ["a nmid bν"]),
        (r"\begin{align*} x &= 1 \\ y &= 2 \end{align*}", ["x = 1", "y = 2"]),
        (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", ["( 1 , 2 ; 3 , 4 )"]),
        (r"\begin{array}{cc} 1 & 2 \\ 3 & 4 \end{array}", ["( 1 , 2 ; 3 , 4 )"]),
        (r"\begin{itemize} \item one \item two \end{itemize}", ["one", "two"]),
        ("解  因为a=1  所以b=2", ["解", "因为a=1", "所以b=2"]),  # two blanks of TAL-SCQ5K
    ],
)
def test_lines_break_where_the_text_or_its_latex_breaks_them(written, lines):
    found = [" ".join(line.split()) for line in plain_notation(written).split("\n")]
    assert [line for line in found if line] == lines


def test_a_display_ends_with_a_soft_break_and_a_box_leaves_a_mark():
    assert SOFT_BREAK in plain_notation(r"\[x=1\] so")
    assert SOFT_BREAK not in plain_notation("$x=1$ so")
    assert plain_notation(r"\boxed{42}") == f"{ANSWER_MARK}{{42}}"


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("打八折", "打80%"),
        ("打8折", "打80%"),
        ("打八五折", "打85%"),
        ("打8.5折", "打85%"),
        ("增产二成", "增产20%"),
        ("一成不变", "一成不变"),
        ("分成3份", "分成3份"),
        ("由三成为五", "由三成为五"),
        ("二十成", "二十成"),
        ("有3成年人", "有3成年人"),
        ("一折线", "一折线"),
    ],
)
def test_tenths_in_chinese_are_percent(written, plain):
    assert plain_notation(written) == plain


def test_the_plain_notation_of_plain_notation_is_itself():
    text = r"We get \frac{3}{4} \times ８ = 6, i.e. \boxed{6}."
    assert plain_notation(plain_notation(text)) == plain_notation(text)
