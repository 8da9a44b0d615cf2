"""Chains of a million characters end, and the work grows no faster than the chain."""

import sys

import pytest

from rbic.core.chains import analyse_chain
from rbic.core.integrity import ChainRule

# Read whole: by default only 400,000 characters of a chain are.
RULE = ChainRule(max_characters=4_000_000)
MILLION = 1_000_000

SHAPES = {
    "equations": "1+1=2 ",
    "open brackets": "(",
    "one long word": "a",
    "open fractions": "\\frac{1}{",
    "chinese": "小明有苹果",
    "chinese equations": "共有1+1=2个。",
    "backslashes": "\\",
    "dollars": "$",
    "equals signs": "=",
    "braces": "{",
    "blanks": " ",
    "line breaks": "\n",
    "short lines": "a\n",
    "sentences": "It is so. ",
    "clauses": "if x=1, then y=2, ",
    "digits": "1",
    "numerals": "1,000",
    "words for numbers": "twenty one and ",
    "chinese numerals": "一百",
    "open arrays": "\\begin{array}",
    "open figures": "[asy]\\",
    "calculator calls": "<<1+1",
    "thoughts": "<think>",
    "fences": "```",
    "boxes": "\\boxed{",
    "announcements": "the answer is ",
    "steps back": "Assume A. Reconsider B. ",
    "steps back with no way": "Wait, maybe k zebra. ",
    "assumptions": "Assume B is k. ",
    "hashes": "####",
    "titles": "Mr. ",
    "commas": "，",
    "escaped lines": "\\n",
}


def _chain(shape, length):
    return (SHAPES[shape] * (length // len(SHAPES[shape]) + 1))[:length]


def _count_calls(chain):
    """How many functions, of Python and of C, the analysis of `chain` calls."""
    calls = 0

    def count(_frame, event, _argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        analyse_chain("What is 1+1?", chain, "2", None, RULE)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_chain_needs_at_most_twice_the_calls(shape):
    short, long = (_count_calls(_chain(shape, length)) for length in (6_000, 12_000))
    assert long <= 2.1 * short + 200


SLOW = ("equations", "clauses", "steps back")


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "shape", [pytest.param(one, marks=[pytest.mark.slow] * (one in SLOW)) for one in SHAPES]
)
def test_a_million_characters_of_one_shape_end(shape):
    report = analyse_chain("What is 1+1?", _chain(shape, MILLION), "2", None, RULE)
    assert report.steps <= MILLION
    assert 0 <= report.integrity <= 1


QUADRATIC = {
    "digits before an equals sign": ("", "1", "="),
    "a sum before an equals sign": ("", "1+", "="),
    "products before an equals sign": ("", "1 x ", "="),
    "chinese sums without a result": ("小", "1加", ""),
    "display ends inside a sentence": ("x=1,", "\\]", "y=2=3"),
    "lines that only break": ("x=1", "\n \n", "y"),
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("shape", QUADRATIC)
def test_no_regular_expression_backtracks_over_the_chain(shape):
    before, repeated, after = QUADRATIC[shape]
    chain = before + repeated * (200_000 // len(repeated)) + after
    assert 0 <= analyse_chain("What is 1+1?", chain, "2", None, RULE).integrity <= 1


# Doubling with every term, these would not end in a lifetime.
EXPONENTIAL = ("{}!", "{}%", "{}^2", "{}^n", "{} kg", "({}!)", "-{}!%")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("term", EXPONENTIAL)
@pytest.mark.parametrize("sign", ["+", " + ", "*", " of "])
@pytest.mark.parametrize("end", ["+x=5", " + x = 100%", "=x", ""])
def test_no_sum_is_read_in_more_and_more_ways(term, sign, end):
    chain = sign.join(term.format(number) for number in range(1, 60)) + end
    assert 0 <= analyse_chain("What is 1+1?", chain, "2", None, RULE).integrity <= 1


def test_steps_back_are_looked_at_once():
    assumed = "\n".join(f"Assume B is {number} k." for number in range(4_000))
    short, long = (
        _count_calls(
            assumed[: len(assumed) // part] + "\nWe go back and reconsider Z." * (2_000 // part)
        )
        for part in (2, 1)
    )
    assert long <= 2.1 * short + 200
