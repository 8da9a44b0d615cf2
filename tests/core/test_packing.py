from collections import Counter
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbic.core.packing import micro_batches, pack, plan_steps

LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=80)


def _lengths(values):
    return np.array(values, np.int64)


@given(LENGTHS, st.integers(1, 50))
def test_every_sample_lies_in_one_row_and_only_a_long_one_exceeds_it(values, row_tokens):
    length_N = _lengths(values)
    packing = pack(length_N, row_tokens)
    assert sorted(packing.sample_N.tolist()) == list(range(len(values)))
    assert packing.start_R1[0] == 0
    assert packing.start_R1[-1] == len(values)
    for row in range(packing.rows):
        samples = packing.samples_of(row)
        assert packing.tokens_R[row] == length_N[samples].sum()
        assert len(samples) == 1 or packing.tokens_R[row] <= row_tokens
        assert len(samples) > 0


@given(LENGTHS, st.integers(1, 60))
def test_rows_are_at_most_11_of_9_of_the_fewest(values, row_tokens):
    values = [min(value, row_tokens) for value in values]
    packing = pack(_lengths(values), row_tokens)
    # No packing has fewer rows than the tokens fill, nor than there are samples above a half.
    fewest = max(ceil(sum(values) / row_tokens), sum(2 * value > row_tokens for value in values))
    # Best and first fit decreasing share the bound 11/9 OPT + 6/9, and OPT is at least `fewest`;
    # where they differ, the plain oracle below says how much.
    assert packing.rows <= _best_fit(values, row_tokens)
    if packing.rows > 11 / 9 * fewest + 1:
        assert packing.rows <= 11 / 9 * _fewest_rows(values, row_tokens, packing.rows) + 1


def _best_fit(values, row_tokens):
    """Rows of best-fit decreasing, written as its definition."""
    left = []
    for value in sorted(values, reverse=True):
        fitting = [row for row, room in enumerate(left) if room >= value]
        if fitting:
            left[min(fitting, key=lambda row: left[row])] -= value
        else:
            left.append(row_tokens - value)
    return len(left)


def _fewest_rows(values, row_tokens, upper):
    """The volume bound over all thresholds (Martello and Toth's L2), at most `upper`."""
    best = 0
    for cut in range(row_tokens // 2 + 1):
        large = [v for v in values if v > row_tokens - cut]
        middle = [v for v in values if row_tokens - cut >= v > row_tokens / 2]
        small = [v for v in values if row_tokens / 2 >= v >= cut]
        room = len(middle) * row_tokens - sum(middle)
        best = max(best, len(large) + len(middle) + max(0, ceil((sum(small) - room) / row_tokens)))
    return min(best, upper)


def test_a_packing_written_out():
    packing = pack(_lengths([3, 7, 5, 5, 2, 12, 10]), 10)
    rows = [packing.samples_of(row).tolist() for row in range(packing.rows)]
    # 12 is too long and alone; 10; 7 and 3; 5 and 5; 2.
    assert rows == [[5], [6], [1, 0], [2, 3], [4]]
    assert packing.tokens_R.tolist() == [12, 10, 10, 10, 2]


def test_of_two_rows_that_fit_the_fuller_one_is_taken():
    # 6 and 7 open rows with 4 and 3 left: 3 belongs to the 7.
    packing = pack(_lengths([6, 7, 3]), 10)
    assert [packing.samples_of(row).tolist() for row in range(2)] == [[1, 2], [0]]


def test_a_row_of_one_token_keeps_samples_apart():
    assert pack(_lengths([4, 1, 9]), 1).rows == 3


def test_a_large_corpus_is_packed_the_same_each_time_and_nearly_full():
    length_N = np.random.default_rng(0).lognormal(5, 0.7, 20_000).astype(np.int64) + 1
    one, other = pack(length_N, 4096), pack(length_N, 4096)
    assert np.array_equal(one.sample_N, other.sample_N)
    assert np.array_equal(one.start_R1, other.start_R1)
    assert one.rows == ceil(length_N.sum() / 4096)


def test_a_sample_without_tokens_is_named():
    with pytest.raises(ValueError, match="sample 1 has 0 tokens"):
        pack(_lengths([3, 0]), 10)


def test_nothing_packs_into_no_row():
    assert pack(_lengths([]), 10).rows == 0


@given(LENGTHS, st.integers(1, 300), st.integers(1, 3), st.integers(0, 9))
def test_each_row_is_trained_on_once_an_epoch(values, step_tokens, epochs, seed):
    tokens_R = _lengths(values)
    plan = plan_steps(tokens_R, step_tokens, epochs, None, seed)
    rows = len(values)
    for epoch in range(epochs):
        assert sorted(plan.row_M[epoch * rows : (epoch + 1) * rows].tolist()) == list(range(rows))
    steps = [plan.rows_of(step) for step in range(plan.steps)]
    assert sum(map(len, steps)) == epochs * rows
    seen = 0
    for step, tokens in zip(steps, plan.tokens_S, strict=True):
        seen += len(step)
        assert tokens == tokens_R[step].sum()
        # Full with its last row and not before; only an epoch's last step may have less.
        assert tokens_R[step[:-1]].sum() < step_tokens
        assert tokens >= step_tokens or seen % rows == 0


@given(LENGTHS, st.integers(1, 100), st.integers(1, 4000))
def test_a_run_ends_with_the_step_that_reaches_its_tokens(values, step_tokens, max_tokens):
    tokens_R = _lengths(values)
    whole = plan_steps(tokens_R, step_tokens, 2, None, 1)
    plan = plan_steps(tokens_R, step_tokens, 2, max_tokens, 1)
    assert np.array_equal(plan.row_M, whole.row_M[: len(plan.row_M)])
    assert np.array_equal(plan.tokens_S, whole.tokens_S[: plan.steps])
    before = plan.tokens_S[:-1].sum()
    assert before < max_tokens
    assert plan.steps == whole.steps or before + plan.tokens_S[-1] >= max_tokens


@pytest.mark.parametrize(("epochs", "rows"), [(0.25, 10), (1, 40), (2.5, 100), (0.001, 1)])
def test_a_fraction_of_an_epoch_is_a_fraction_of_its_rows(epochs, rows):
    plan = plan_steps(_lengths([7] * 40), 21, epochs, None, 0)
    assert len(plan.row_M) == rows
    assert max(Counter(plan.row_M.tolist()).values()) == ceil(epochs)


def test_orders_differ_by_seed_and_by_epoch_and_repeat():
    tokens_R = _lengths([5] * 30)
    orders = [plan_steps(tokens_R, 50, 2, None, seed).row_M.tolist() for seed in (0, 0, 1)]
    assert orders[0] == orders[1] != orders[2]
    assert orders[0][:30] != orders[0][30:]
    # The first epoch does not depend on how many follow.
    assert plan_steps(tokens_R, 50, 1, None, 0).row_M.tolist() == orders[0][:30]


@pytest.mark.parametrize(
    ("rows", "step_tokens", "epochs", "max_tokens", "words"),
    [
        (0, 10, 1, None, "expected rows"),
        (3, 0, 1, None, "step_tokens"),
        (3, 10, 0, None, "epochs"),
        (3, 10, float("inf"), None, "epochs"),
        (3, 10, float("nan"), None, "epochs"),
        (3, 10, 1, 0, "max_tokens must be at least 1, got 0"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(rows, step_tokens, epochs, max_tokens, words):
    with pytest.raises(ValueError, match=words):
        plan_steps(_lengths([5] * rows), step_tokens, epochs, max_tokens, 0)


@given(LENGTHS, st.integers(1, 200), st.randoms(use_true_random=False))
def test_padded_batches_keep_to_their_tokens_in_any_order_of_rows(values, micro_tokens, random):
    tokens_R = _lengths(values)
    rows = list(range(0, len(values), 2))
    batches = micro_batches(np.array(rows), tokens_R, micro_tokens)
    assert sorted(row for batch in batches for row in batch) == rows
    for batch in batches:
        assert len(batch) == 1 or len(batch) * tokens_R[batch].max() <= micro_tokens
    random.shuffle(rows)
    assert micro_batches(np.array(rows), tokens_R, micro_tokens) == batches
