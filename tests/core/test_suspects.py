import itertools

import numpy as np
import pytest

from rbic.core.chains import chain_columns
from rbic.core.integrity import ChainRule
from rbic.core.suspects import AGREEMENT, WORD_COLUMNS, Word, agreed_answer, words


@pytest.mark.parametrize(
    ("answers", "right", "agreed"),
    [
        (["7", "7", "7", "7"], 0, "7"),
        (["7", "7.0", "7", "7", "8"], 0, "7"),
        (["1/2", "0.5", "\\frac12", ".5", "3", "4"], 0, ".5"),
        (["7", "7", "7", "8"], 0, None),  # three may share a slip
        (["7", "7", "7", "7", "8", "8", "8", "8"], 0, None),  # half is no majority
        (["7", "8", "9", "10"], 0, None),
        (["7", "7", "7"], 0, None),  # too few
        (["7", "7", "7", "7"], 1, None),  # somebody reached the reference
        ([None, None, None, None, "7"], 0, None),
        ([], 0, None),
    ],
)
def test_attempts_agree_where_more_than_half_give_one_other_answer(answers, right, agreed):
    assert agreed_answer(answers, right, Word.NOTHING) == agreed


@pytest.mark.parametrize(
    ("answers", "word", "agreed"),
    [
        (["7"] * 4, Word.DERIVES, None),
        (["7"] * 7, Word.DERIVES, None),
        (["7"] * 8, Word.DERIVES, "7"),
        (["7"] * 8 + ["8"], Word.DERIVES, "7"),
        (["7"] * 8 + ["8", None], Word.DERIVES, None),  # eight of ten
        (["7"] * 14 + ["8"] * 2, Word.DERIVES, "7"),
        (["7", "7", "8", "9"], Word.SLIPS, "7"),
        (["7", "8", "9", None], Word.SLIPS, None),  # all different, as at a hard problem
        (["7"], Word.SLIPS, None),
    ],
)
def test_more_must_agree_against_a_derivation_and_fewer_with_a_false_equation(
    answers, word, agreed
):
    assert agreed_answer(answers, 0, word) == agreed


def test_whoever_reaches_the_reference_settles_it():
    assert {agreed_answer(["7"] * 20, 1, word) for word in Word} == {None}
    assert set(AGREEMENT) == set(Word)


def test_the_order_of_attempts_changes_nothing():
    answers = ["0.5", "1/2", "2", "1/2", "1/2"]
    found = {agreed_answer(one, 0, Word.NOTHING) for one in itertools.permutations(answers)}
    assert found == {"0.5"}


QUESTION = "A pen costs 35 dollars and a book costs 9 dollars. Delivery adds 8. What is the price?"


def _word(chain, reference, question=QUESTION):
    columns = chain_columns([question], [chain], [reference], [None], ChainRule())
    (word,) = words({name: columns[name] for name in WORD_COLUMNS})
    return Word(word)


@pytest.mark.parametrize(
    ("chain", "reference", "word"),
    [
        ("Together they cost 35 + 9 = 44.\nThe price is 44 + 8 = 52.\n#### 52", "52", Word.DERIVES),
        ("Together they cost 35 + 9 = 45.\nThe price is 45 + 8 = 53.\n#### 53", "53", Word.SLIPS),
        # The chain's own answer is another: it says nothing for the reference, and its slip nothing
        # against it.
        ("Together they cost 35 + 9 = 44.\nThe price is 44 + 8 = 52.\n#### 52", "53", Word.NOTHING),
        ("Together they cost 35 + 9 = 45.\nThe price is 45 + 8 = 53.\n#### 53", "52", Word.NOTHING),
        # A number of the question is left out.
        ("Together they cost 35 + 9 = 44.\nThat is all.\n#### 44", "44", Word.NOTHING),
        # A number comes from nowhere.
        ("Together they cost 35 + 9 = 44.\nWith 8 for delivery, and then 44 + 46 = 90.\n#### 90",
         "90", Word.NOTHING),
        # Broken off; and no equation at all.
        ("Together they cost 35 + 9 = 44.\nThe price is 44 +\n#### 52", "52", Word.NOTHING),
        ("One adds up all that is to be paid.\n#### 52", "52", Word.NOTHING),
    ],
)  # fmt: skip
def test_a_chain_speaks_for_its_reference_where_it_derives_it_without_a_gap(chain, reference, word):
    assert _word(chain, reference) is word


def test_words_of_many_chains_are_those_of_each():
    chains = ["So 35 + 9 = 44. Then 44 + 8 = 52.\n#### 52", "So 35 + 9 = 45, 45 + 8 = 53.\n#### 53"]
    references = ["52", "53"]
    columns = chain_columns([QUESTION] * 2, chains, references, [None] * 2, ChainRule())
    np.testing.assert_array_equal(
        words(columns), [_word(*both) for both in zip(chains, references, strict=True)]
    )
