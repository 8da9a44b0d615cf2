"""What is known of the pass rates, by hand."""

import numpy as np
import pyarrow as pa
import pytest

from rbic.core.rate_prior import Evidence
from rbic.evidence import Known, reply_costs
from rbic.stages.rounds import Purse, tokens_left


def _known(attempts, right, given, contradicted, agreed=None):
    count = len(attempts)
    return Known(
        id_N=np.arange(count),
        problem_N=np.arange(count),
        counted=Evidence(np.array(attempts, float), np.array(right, float)),
        given_N=np.array(given, float),
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
