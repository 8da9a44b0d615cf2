"""What a judge model is asked, and what of its replies counts."""

import pytest

from rbic.core.judge import judge_question, judge_verdict
from rbic.schema import Verdict


@pytest.mark.parametrize(
    "reply", ["EQUAL", "equal", " Equal.\n", "<think>not equal?</think>\nEQUAL"]
)
def test_equal_is_right(reply):
    assert judge_verdict(reply) is Verdict.RIGHT


@pytest.mark.parametrize(
    "reply", ["NOT EQUAL", "not equal.", "Not\nequal", "<think>a</think> NOT EQUAL"]
)
def test_not_equal_is_wrong(reply):
    assert judge_verdict(reply) is Verdict.WRONG


@pytest.mark.parametrize(
    "reply",
    ["", "yes", "EQUALS", "They are equal.", "EQUAL EQUAL", "NOT  EQUAL, I think", "unequal",
     "equal..", "<think>equal", "NOTEQUAL", "EQUAL NOT", "**EQUAL**", "EQUAL</think>"],
)  # fmt: skip
def test_anything_else_decides_nothing(reply):
    assert judge_verdict(reply) is Verdict.UNDECIDABLE


def test_the_question_holds_the_three_texts_as_they_are():
    asked = judge_question("What is {given}?", "{reference} \\1", "EQUAL {question}")
    parts = ["Question:\nWhat is {given}?\n", "Reference answer:\n{reference} \\1\n",
             "Given answer:\nEQUAL {question}\n"]  # fmt: skip
    assert all(asked.count(part) == 1 for part in parts)
    assert asked.endswith("Reply with EQUAL or NOT EQUAL, and with nothing else.")
