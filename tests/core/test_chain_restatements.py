"""Steps of mathematics that state nothing new, whatever their words."""

import pytest

from rbic.core.chains import analyse_chain
from rbic.core.integrity import ChainRule
from rbic.core.live_part import Status
from rbic.core.restatements import relations_of

QUESTION = "A ball falls 100 feet and rises 50 feet on the first bounce. How far on two bounces?"
FIRST = "The total distance on the first bounce is 100+50=150 feet."
SECOND = "The second bounce is 50+25=75 feet."
END = "Together 150+75=225 feet."


def _report(*steps):
    return analyse_chain(QUESTION, "\n".join(steps), "225", None, ChainRule())


@pytest.mark.parametrize(
    "again",
    [
        "Let's double-check the distance of the first bounce: 100+50=150 feet.",
        "To verify the first bounce again, $100 + 50$ equals 150.",
        "To recap, 100+50=150.",
    ],
)
def test_a_check_that_computes_nothing_new_is_a_repeat(again):
    before, after = _report(FIRST, SECOND, END), _report(FIRST, again, SECOND, END)
    assert after.step_reports[1].status is Status.REPEATED
    assert after.step_reports[1].original == 0
    assert after.logical_complexity <= before.logical_complexity
    assert after.integrity < before.integrity


@pytest.mark.parametrize(
    "step",
    [
        "Let us check the first bounce: 150-50=100 feet.",  # another computation
        "Let us check the height: 100+50=150 feet.",  # something else has that value
        "We know that 100+50=150.",  # recalled for use
        "So we verify that the answer is 100+50=150.",  # an answer
    ],
)
def test_what_is_new_recalled_or_concluded_is_no_repeat(step):
    assert all(step.original < 0 for step in _report(FIRST, step, SECOND, END).step_reports)


def test_a_write_up_may_state_again_what_its_thought_found():
    chain = f"<think>{FIRST}\n{SECOND}\n{END}</think>Check the first bounce: 100+50=150.\n{END}"
    report = analyse_chain(QUESTION, chain, "225", None, ChainRule())
    assert all(step.original < 0 for step in report.step_reports)


@pytest.mark.parametrize(
    ("text", "relations"),
    [
        ("so $x = 5$ and y=x + 1", ["x=5", "y=x+1"]),
        ("a = b = c", ["a=b", "b=c", "a=c"]),
        ("frac {3x+5} {6x+5} is equal to frac {5} {9}.", ["frac3x+56x+5=frac59"]),
        ("x < 3, y > 4", ["x<3", "y>4"]),
        ("no relation", []),
        ("= 5", []),
    ],
)
def test_the_relations_of_a_step(text, relations):
    assert relations_of(text) == relations
