import numpy as np
import pytest

from rbic.core.exact_search import exact_neighbour_groups, recall_of
from rbic.core.neighbours import (
    SCORE_UNIT,
    expand_groups,
    group_equal_rows,
    proven_exact,
    rank_candidates,
    score_candidates,
    unit_rows,
)

LOWEST = np.iinfo(np.int32).min


def _vectors(rows, dimensions, seed):
    """Clustered vectors with copies, as templated corpora have them."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((8, dimensions))
    vectors = centres[rng.integers(0, 8, rows)] + 0.2 * rng.standard_normal((rows, dimensions))
    vectors[rng.integers(0, rows, rows // 5)] = vectors[rng.integers(0, rows, rows // 5)]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float16)


def _plain_neighbours(vector_ND, k):
    """Every pair in float32 by numpy's own sums, sorted by score and row."""
    unit = unit_rows(vector_ND)
    score = np.rint((unit.astype(np.float64) @ unit.T.astype(np.float64)) * SCORE_UNIT)
    np.fill_diagonal(score, -(2**30))
    rows = np.broadcast_to(np.arange(len(unit)), score.shape)
    return np.lexsort((rows, -score), axis=1)[:, :k], -np.sort(-score, axis=1)[:, :k]


def _sloppy(base_GD, error, seed):
    """A kernel that errs by up to `error`, as half precision does."""
    rng = np.random.default_rng(seed)

    def search(query_QD, wanted):
        score = query_QD @ base_GD.T + rng.uniform(-error, error, (len(query_QD), len(base_GD)))
        take = min(wanted, len(base_GD))
        rows = np.argsort(-score, axis=1)[:, :take]
        floor = np.take_along_axis(score, rows, axis=1).min(axis=1)
        if take == len(base_GD):
            floor = np.full(len(query_QD), -np.inf)
        return rows.astype(np.int64), floor.astype(np.float32)

    return search


def _graph(vector_ND, k, error=1e-4, seed=0):
    first_G, group_N = group_equal_rows(vector_ND)
    base_GD = unit_rows(vector_ND[first_G])
    member_N = np.argsort(group_N, kind="stable")
    start_G = np.concatenate([[0], np.cumsum(np.bincount(group_N))])
    every = np.arange(len(base_GD))
    score, group = exact_neighbour_groups(
        every, base_GD, _sloppy(base_GD, error, seed), error, k + 1
    )
    return expand_groups(
        np.arange(len(vector_ND)), score[group_N], group[group_N], start_G, member_N, k
    )


@pytest.mark.parametrize("seed", range(5))
def test_neighbours_are_those_of_comparing_every_pair(seed):
    vectors = _vectors(300, 24, seed)
    score, row = _graph(vectors, 10)
    plain_row, plain_score = _plain_neighbours(vectors, 10)
    # float32 sums of 24 products differ from float64 ones by a few units of 2^-24, so that rows
    # whose scores are nearer than that may trade places.
    assert np.abs(score - plain_score).max() <= 12
    differ = row != plain_row
    assert differ.mean() < 0.01


def test_a_sloppier_kernel_gives_the_same_bytes():
    vectors = _vectors(400, 16, 3)
    exact_score, exact_row = _graph(vectors, 8, error=1e-6)
    for seed, error in enumerate((1e-4, 1e-2, 0.3)):
        score, row = _graph(vectors, 8, error, seed)
        assert np.array_equal(score, exact_score)
        assert np.array_equal(row, exact_row)


def test_copies_come_first_and_in_order_of_row():
    vectors = _vectors(50, 16, 1)
    vectors[[7, 20, 33, 41]] = vectors[7]
    _, row = _graph(vectors, 5)
    assert row[20, :3].tolist() == [7, 33, 41]
    assert row[7, :3].tolist() == [20, 33, 41]


def test_more_copies_than_neighbours_give_the_lowest_rows():
    vectors = np.ones((9, 16), np.float16)
    _, row = _graph(vectors, 4)
    assert row[8].tolist() == [0, 1, 2, 3]
    assert row[0].tolist() == [1, 2, 3, 4]


def test_a_corpus_smaller_than_the_list_leaves_places_empty():
    score, row = _graph(_vectors(3, 16, 0), 6)
    assert (row[:, 2:] == -1).all()
    assert (score[:, 2:] == LOWEST).all()


def test_ties_go_to_the_lower_row():
    score = np.array([[5, 9, 5, 9]], np.int32)
    _, row = rank_candidates(score, np.array([[3, 8, 1, 2]]), 3)
    assert row.tolist() == [[2, 8, 1]]


def test_a_missing_candidate_scores_lowest():
    base = unit_rows(np.eye(16, dtype=np.float16))
    score = score_candidates(base[:1], base, np.array([[-1, 0, 1]]))
    assert score.tolist() == [[LOWEST, 2**24, 0]]


def test_proof_needs_more_than_the_kernels_error():
    score = np.array([[2**24], [2**24]], np.int32)
    floor = np.array([0.9, 0.95], np.float32)
    assert proven_exact(score, floor, 0.06).tolist() == [True, False]


def test_rows_are_grouped_by_their_bits():
    vectors = np.array([[1, 2], [3, 4], [1, 2], [1, 3]], np.float16)
    first, group = group_equal_rows(vectors)
    assert first.tolist() == [0, 1, 3]
    assert group.tolist() == [0, 1, 0, 2]


def test_a_zero_vector_is_refused_by_its_row():
    vectors = np.ones((3, 16), np.float16)
    vectors[1] = 0
    with pytest.raises(ValueError, match="vector 1 is zero"):
        unit_rows(vectors)


def test_recall_counts_what_was_found():
    base = unit_rows(_vectors(40, 16, 2))
    every = np.arange(40)
    _, group = exact_neighbour_groups(every, base, _sloppy(base, 1e-6, 0), 1e-6, 5)
    assert recall_of(every, group, base) == (200, 200)
    group[0, 4] = -1
    assert recall_of(every, group, base) == (199, 200)
