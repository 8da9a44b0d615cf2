"""Sets of reals in words, by inequalities and by their ends are one set."""

import pytest

from rbic.core.equivalence import compare_answers
from rbic.models.algebra import judge
from rbic.schema import Verdict


def verdicts(one, other):
    """The verdicts from both sides."""
    return {compare_answers(one, other).verdict, compare_answers(other, one).verdict}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"(-\infty,\infty)", r"\mathbb{R}"),
        ("all real numbers", r"\mathbb{R}"),
        ("all real numbers", r"(-\infty,\infty)"),
        ("全体实数", r"\mathbb{R}"),
        (r"x \in \mathbb{R}", "all reals"),
        ("x<3 and x>1", "(1,3)"),
        (r"x \le 3, x > 1", "(1,3]"),
        ("x>1 and x<3", "1<x<3"),
        ("x > 2, x < 5", "x < 5, x > 2"),
        ("|x|<3", "-3<x<3"),
        (r"|x-1|\le 2", "[-1,3]"),
        (r"|2x+1|\ge 5", r"(-\infty,-3]\cup[2,\infty)"),
        ("3 > |x|", "(-3,3)"),
        (r"\emptyset", "no solution"),
        ("无解", r"\{\}"),
    ],
)
def test_a_set_is_known_by_its_words_and_by_its_ends(one, other):
    assert verdicts(one, other) == {Verdict.RIGHT}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"\mathbb{R}", "(0,1)"),
        (r"\mathbb{R}", r"\{1\}"),
        ("all real numbers", r"(0,\infty)"),
        ("x<3 and x>1", "(1,4)"),
        ("|x|<3", "-3<x<4"),
        ("|x|<3", r"|x|\le 3"),
    ],
)
def test_unlike_sets_are_wrong(one, other):
    assert verdicts(one, other) == {Verdict.WRONG}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("no solution", "0"),
        # Who writes "and" here means "or".
        ("x < 1 and x > 3", r"(-\infty,1)\cup(3,\infty)"),
        ("x > 1, y < 3", "(1,3)"),
    ],
)
def test_words_between_two_readings_leave_a_doubt(one, other):
    assert verdicts(one, other) == {Verdict.UNDECIDABLE}


def test_the_algebra_calls_only_expressions_different():
    assert judge("x+1", "x+2") == "different"
    assert judge(r"\left(1,2\right)", r"\left(1,3\right)") == "unsure"
