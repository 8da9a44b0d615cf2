import itertools

import pytest

from rbic.core.suspects import agreed_answer


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
    assert agreed_answer(answers, right) == agreed


def test_the_order_of_attempts_changes_nothing():
    found = {
        agreed_answer(one, 0) for one in itertools.permutations(["0.5", "1/2", "2", "1/2", "1/2"])
    }
    assert found == {"0.5"}
