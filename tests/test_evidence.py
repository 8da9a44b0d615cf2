"""What is known of the pass rates, by hand."""

import numpy as np

from rbic.core.rate_prior import Evidence
from rbic.evidence import Known


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
