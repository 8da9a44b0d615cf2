"""Steps that say again what an earlier one said, against a plain double loop."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbic.core.repeats import find_repeats

FEW = settings(max_examples=60)

SAID = st.lists(st.sampled_from(["cows", "goats", "eat", "plenty", "not", "7"]), min_size=1)
STEPS = st.lists(st.tuples(SAID.map(lambda said: said[:4]), st.integers(0, 1), st.booleans()))


@FEW
@given(STEPS)
def test_repeats_are_those_of_a_double_loop(steps):
    expected = []
    for index, (words, block, given_up) in enumerate(steps):
        equal = [at for at in range(index) if steps[at] == (words, block, False)]
        short = len("".join(words)) < 12
        again = not given_up and len(equal) >= (2 if short else 1)
        expected.append(equal[0] if again else -1)
    words, blocks = [step[0] for step in steps], [step[1] for step in steps]
    abandoned = {index for index, step in enumerate(steps) if step[2]}
    assert find_repeats(words, blocks, abandoned) == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("so the cows eat 210 kg", "the cows eat again 210 kg", True),
        ("the cows do not eat 210 kg", "the cows do eat 210 kg", False),
        ("the cows eat 210 kg", "210 kg eat the cows", False),
        ("它们共有330千克的草料和干草。", "它们共有330千克草料和干草", True),
        ("共有330千克的草料和干草", "没有330千克草料和干草", False),
    ],
)
def test_only_words_that_carry_nothing_may_differ_in_a_repeat(one, other, same):
    assert find_repeats([one.split(), other.split()], [0, 0], ()) == [-1, 0 if same else -1]
