"""What is asked, as ids, and the runs that one request of an engine can hold."""

import numpy as np
import pytest

from rbic.core.requests import request_ids, run_starts

SEED = np.array([7])


def test_a_request_is_the_settings_the_question_to_the_letter_and_the_seed():
    asked = [
        request_ids("a", ["how many?"], SEED),
        request_ids("b", ["how many?"], SEED),
        request_ids("a", ["how many? "], SEED),
        request_ids("a", ["how many?"], SEED + 1),
    ]
    assert len({int(one[0]) for one in asked}) == 4
    assert request_ids("a", ["how many?"], SEED) == asked[0]
    assert all(0 <= one[0] < 2**63 for one in asked)


def _plain_starts(rows, seeds):
    pairs = list(zip(rows, seeds, strict=True))
    return [i for i, (row, seed) in enumerate(pairs) if i == 0 or pairs[i - 1] != (row, seed - 1)]


@pytest.mark.parametrize("seed", range(5))
def test_runs_are_those_of_a_plain_loop(seed):
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.integers(0, 6, 40))
    seeds = rng.integers(0, 12, 40)
    order = np.lexsort((seeds, rows))
    rows, seeds = rows[order], seeds[order]
    assert run_starts(rows, seeds).tolist() == _plain_starts(rows.tolist(), seeds.tolist())


def test_no_requests_have_no_runs():
    assert run_starts(np.zeros(0, np.int64), np.zeros(0, np.int64)).tolist() == []
