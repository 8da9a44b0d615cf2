"""A chain that assumes its answer, and numbers of the question that it does not use."""

import pytest

from rbic.core.chains import analyse_chain
from rbic.core.grounds import left_out, premise_numerals
from rbic.core.integrity import ChainRule
from rbic.core.notation import plain_notation

RULE = ChainRule()
PENCILS = "Three pencils and an eraser cost 124 cents, five pencils and an eraser 182. Pencil?"


def _report(question, *steps):
    return analyse_chain(question, "\n".join(steps), None, None, RULE)


def test_an_answer_that_is_supposed_first_and_then_confirmed_is_assumed():
    report = _report(
        PENCILS,
        "Assume that a pencil costs 29 cents.",
        "Then 124-3*29=37 cents are left for the eraser.",
        "And 5*29+37=182 cents, as it should be.",
        "The answer is 29.",
    )
    assert report.assumed
    assert report.integrity == pytest.approx(RULE.assumed_factor)


@pytest.mark.parametrize(
    "steps",
    [
        # computed first, supposed later
        ("182-124=58 cents, so 58/2=29.", "Assume it is 29.", "Then 3*29=87.", "The answer is 29."),
        # something else is supposed
        (
            "Assume that an eraser costs 37 cents.",
            "Then 124-37=87.",
            "87/3=29.",
            "The answer is 29.",
        ),
        # tried, not supposed
        ("Let us try 29 cents.", "Then 5*29+37=182.", "The answer is 29."),
        # a manner of speaking
        ("A pencil is supposed to cost 29 cents.", "Then 5*29+37=182.", "The answer is 29."),
        # supposed and never used
        ("124-37=87 cents.", "Assume that the answer is 29."),
    ],
)
def test_an_answer_that_has_another_ground_is_not_assumed(steps):
    assert not _report(PENCILS, *steps).assumed


def test_what_the_question_gives_cannot_be_assumed():
    question = "Ann has 29 pencils. How many pencils has Ann?"
    assert not _report(
        question, "Assume she has 29.", "Nothing changes.", "The answer is 29."
    ).assumed


def test_an_answer_assumed_in_chinese():
    question = "鸡兔同笼，共有35个头，94只脚，兔有几只？"
    steps = ("假设兔有12只。", "那么脚有12*4+23*2=94只。", "所以答案是12。")
    assert _report(question, *steps).assumed


@pytest.mark.parametrize(
    ("asked", "chain", "share"),
    [
        (["16", "4"], "16-3-4=9 eggs", 0),
        (["16", "4"], "She has sixteen eggs, and four are gone", 0),
        (["16", "5"], "16-3-4=9 eggs", 0.5),
        (["40"], "She keeps 60 of every 100", 0),
        (["40"], "It costs 0.6 of it", 0),
        (["1,250"], "1250+10=1260", 0),
        (["1", "2", "0"], "nothing", 0),
        (["7", "9"], "nothing", 1),
        ([], "nothing", 0),
    ],
)
def test_numbers_of_the_question_count_as_used_in_any_form(asked, chain, share):
    assert left_out(asked, plain_notation(chain), None) == share


def test_the_numbers_of_options_are_no_premises():
    assert left_out(["7", "12", "15"], "7+5 is the second", ["12", "15"]) == 0


def test_leaving_out_premises_costs_integrity_in_proportion():
    report = _report(
        "Ann has 16 eggs, eats 3 and sells 4.", "She keeps 16-3=13.", "The answer is 13."
    )
    assert report.left_out == pytest.approx(1 / 3)
    assert report.integrity == pytest.approx(1 - RULE.left_out_weight / 3)


def test_a_chain_that_computes_nothing_leaves_nothing_out():
    assert _report("Ann has 16 eggs.", "Eggs are food.", "The answer is yes.").left_out == 0


@pytest.mark.parametrize(
    "question",
    [
        "It runs 20 m in 4 s.\nOptions:\n(A) 238\n(B) 171\n(C) 99",
        "It runs 20 m in 4 s.\nA. 238\nB. 171",
        "It runs 20 m in 4 s. Answer Choices: (A) 238 (B) 171 (C) 99",
        r"It runs 20 m in 4 s. $\textbf{(A)}\ 238\qquad\textbf{(B)}\ 171$",
        "It runs 20 m in 4 s. ['A)238', 'B)171']",
        "It runs 20 m in 4 s. (2019 AMC 8 Problems, Question #18)",
        "（2013年第11届希望杯第7题）它用20米跑了4秒。",
    ],
)
def test_options_and_sources_in_a_question_are_no_premises(question):
    assert premise_numerals(plain_notation(question)) == ["20", "4"]


@pytest.mark.parametrize(
    "question", ["(A) has 20 and (C) has 4.", "Of A. and B. 20 are 4 (of 5).", "(A) has 20, (B) 4."]
)
def test_letters_that_are_no_list_hide_no_number(question):
    assert "20" in premise_numerals(question)


def test_options_in_the_question_are_no_premises_that_a_chain_leaves_out():
    question = "He has 3 bags of 4 pens. How many pens?\nOptions:\n(A) 7 (B) 12 (C) 34 (D) 43"
    report = analyse_chain(
        question, "He has 3*4=12 pens.\nThe answer is B.", "B", None, ChainRule()
    )
    assert report.left_out == 0


@pytest.mark.parametrize(
    ("question", "step"),
    [
        ("定义新运算：$$a*b=5a-4b$$，则$$3*2*1$$是多少？", "$3*2=5\\times 3-4\\times 2=7$"),
        ("规定$$*$$是一种运算符号，若$$4*2=82$$，$$10*2$$是多少？", "所以$10*2=208$"),
        ("如果规定$$a*b=13\\times a-b\\div 8$$，求$$17*24$$", "$17*24=13\\times 17-24/8=218$"),
        ("Define $a @ b$ to be a(b+1). For 2 - 3 read $2 @ 3$.", "$2 - 3 = 8$"),
        (r"The operation $\dagger$ is defined as $m+n=mn$.", "We have $7 + 8 = 56$."),
    ],
)  # fmt: skip
def test_where_the_question_gives_a_sign_its_meaning_no_equation_is_false(question, step):
    report = _report(question, step, "And 5-2=3.")
    assert report.false_equations == 0
    assert report.checked >= 1


@pytest.mark.parametrize(
    "question",
    [
        "If f(x) is defined by f(x) = 2x, what is f(3)?",
        "Define x = 3 and y = 5. What is x + y?",
        "在10□10□10中分别填入运算符号各一次，最小值是多少？",
        "Using the four operations once each, what is the least value?",
    ],
)
def test_other_definitions_hide_no_false_equation(question):
    assert _report(question, "We have 3+5=9.").false_equations == 1
