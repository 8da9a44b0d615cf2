"""What is known of the pass rates, by hand."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from rbic.core.rate_prior import Evidence
from rbic.evidence import Known, hold_out, reply_costs
from rbic.stages.rounds import Purse, _with_given, tokens_left


def _known(attempts, right, given, contradicted, agreed=None):
    count = len(attempts)
    return Known(
        id_N=np.arange(count),
        problem_N=np.arange(count),
        counted=Evidence(np.array(attempts, float), np.array(right, float)),
        given_N=np.array(given, float),
        word_N=np.zeros(count, int),
        contradicted_N=np.array(contradicted),
        agreed_N=np.array(agreed or [None] * count, dtype=object),
        feature_NF=np.zeros((count, 1)),
    )


def test_a_contradicted_reference_is_suspect_only_where_someone_tried_and_nobody_reached_it():
    nan = np.nan
    known = _known(
        attempts=[4, 4, 0, 0, 0, 0, 4],
        right=[0, 1, 0, 0, 0, 0, 0],
        given=[nan, nan, nan, 0.9, 0.0, 0.01, 0.9],
        contradicted=[True] * 7,
    )
    assert known.suspect_N.tolist() == [True, False, False, False, True, True, False]


def test_what_attempts_agree_on_needs_no_contradicted_chain():
    known = _known([4, 4], [0, 0], [np.nan] * 2, [False] * 2, agreed=["7", None])
    assert known.suspect_N.tolist() == [True, False]


def test_attempts_at_suspect_references_are_no_evidence():
    known = _known([4, 4, 0], [0, 3, 0], [np.nan, np.nan, 0.25], [True, True, False])
    evidence = known.evidence(16)
    assert evidence.attempts_N.tolist() == [0, 4, 16]
    assert evidence.right_N.tolist() == [0, 3, 4]


def test_given_rates_count_beside_attempts():
    known = _known(
        [4, 0, 4, 2], [1, 0, 0, 2], [0.5, 0.25, 0.0, np.nan], [False, False, True, False]
    )
    evidence = known.evidence(10)
    # the third reference is suspect: its given rate has the word, its attempts have not
    assert evidence.attempts_N.tolist() == [14, 10, 10, 2]
    assert evidence.right_N.tolist() == [6, 2.5, 0, 2]


def _verdicts(rows):
    names = ("sample_id", "attempt", "verdict", "final_answer")
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])


def test_the_last_attempt_at_each_problem_that_had_several_is_held_out():
    known = _known([0] * 5, [0] * 5, [np.nan] * 5, [False] * 5)
    # samples 2 and 3 share a problem, of which 3 was asked
    known = replace(known, problem_N=np.array([0, 1, 2, 2, 3]))
    verdicts = _verdicts([
        (0, 1, "right", "1"), (0, 0, "wrong", "2"), (1, 0, "right", "1"),
        (3, 0, "wrong", "4"), (3, 2, "wrong", "3"), (3, 1, "right", "1"),
    ])  # fmt: skip
    found = hold_out(known, verdicts)
    assert found.row_M.tolist() == [0, 2]
    assert found.right_M.tolist() == [True, False]
    assert found.known.counted.attempts_N.tolist() == [1, 1, 2, 2, 0]
    assert found.known.counted.right_N.tolist() == [0, 1, 1, 1, 0]


@pytest.mark.parametrize("last", ["right", "wrong"])
def test_whether_an_attempt_is_held_out_does_not_hang_on_how_it_came_out(last):
    known = _known([0, 0], [0, 0], [np.nan] * 2, [False] * 2)
    alike = [(0, one, "wrong", "7") for one in range(4)]
    few = [(1, one, "wrong", "7") for one in range(3)]
    found = hold_out(known, _verdicts([*alike, *few, (0, 4, last, "7"), (1, 3, last, "7")]))
    # four that agree make the first suspect without the last; three do not
    assert found.row_M.tolist() == [1]
    assert found.right_M.tolist() == [last == "right"]


def test_where_nothing_was_tried_twice_nothing_is_held_out():
    known = _known([0, 0], [0, 0], [np.nan] * 2, [False] * 2)
    once = _verdicts([(0, 0, "right", "1")])
    for verdicts in (once, once.slice(0, 0)):
        assert hold_out(known, verdicts).row_M.tolist() == []


def test_a_given_rate_stands_in_the_market_as_whole_attempts():
    counted = Evidence(np.array([3.0, 2.0]), np.array([1.0, 2.0]))
    found = _with_given(counted, np.array([0.34, np.nan]), 10)
    assert found.attempts_N.tolist() == [13, 2]
    assert found.right_N.tolist() == [4, 2]


def _attempts(rows):
    names = ("sample_id", "finish", "reply_tokens")
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])


def test_replies_that_were_never_written_leave_the_cost_of_the_others():
    attempts = _attempts([
        (1, "stop", 30), (1, "failed", 0), (2, "length", 50), (2, "stop", 40), (3, "failed", 0),
        (4, "prompt_too_long", 0),
    ])  # fmt: skip
    # a reply costs 40 on average, which counts as two replies to each
    wanted = [(30 + 80) / 3, (90 + 80) / 4, 40, 40, 40]
    assert reply_costs(np.arange(1, 6), attempts).tolist() == pytest.approx(wanted)


def test_the_purse_is_what_written_replies_cost_less_what_was_spent():
    probe = _attempts([(1, "stop", 30), (2, "length", 50), (3, "failed", 0)])
    later = _attempts([(1, "stop", 100)])
    tried = pa.concat_tables([probe, later])
    purse = Purse(attempts=8, rounds=3, given_attempts=16)
    assert tokens_left(purse, 10, probe, tried) == 8 * 10 * 40 - 180
    assert tokens_left(purse, 0, probe, tried) == 0
    nothing = _attempts([(1, "failed", 0), (2, "prompt_too_long", 0)])
    assert tokens_left(purse, 10, nothing, nothing) == 0
