"""What holds for every method, and each method against a case worked out by hand."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from rbic.core.selection.choose import choose, missing_needs
from rbic.core.selection.method import Method, Need, needs, respects_hygiene
from rbic.core.selection.methods.difficulty import unsuspecting_rate
from rbic.core.selection.methods.plain import without_faults
from rbic.core.selection.pool import Likelihoods, take_rows
from rbic.core.selection.refine import SelectConfig
from rbic.schema import LedgerReason

EVERY = list(Method)
RANDOM = [
    Method.RANDOM, Method.STRATIFIED_RANDOM, Method.LENGTH_MATCHED_RANDOM, Method.HYGIENE_RANDOM,
    Method.WHOLE_RANDOM, Method.K_CENTER, Method.S1, Method.CCS, Method.RBIC,
]  # fmt: skip


def rows_of(pool, method, budget, **settings):
    return choose(pool, budget, SelectConfig(method=method, **settings)).row_S.tolist()


@pytest.fixture(scope="module")
def pool(make_pool):
    return make_pool(700, 5)


@pytest.mark.parametrize("method", EVERY)
@pytest.mark.parametrize("share", [0.03, 0.16, 0.6])
def test_the_budget_is_spent_and_never_exceeded_and_no_row_is_taken_twice(pool, method, share):
    budget = int(share * pool.tokens_N.sum())
    rows = rows_of(pool, method, budget)
    assert len(set(rows)) == len(rows)
    assert 0.98 * budget <= pool.tokens_N[rows].sum() <= budget


@pytest.mark.parametrize("method", EVERY)
def test_the_choice_does_not_depend_on_the_order_of_rows(pool, method):
    order = np.random.default_rng(1).permutation(len(pool.id_N))
    mixed = take_rows(pool, order)
    budget = int(0.2 * pool.tokens_N.sum())
    one, other = (choose(p, budget, SelectConfig(method=method, seed=3)) for p in (pool, mixed))
    assert pool.id_N[one.row_S].tolist() == mixed.id_N[other.row_S].tolist()
    assert one.reason_S.tolist() == other.reason_S.tolist()
    assert one.waiting_N[order].tolist() == other.waiting_N.tolist()


@pytest.mark.parametrize("method", EVERY)
def test_a_seed_says_what_is_drawn_where_anything_is(pool, method):
    budget = int(0.2 * pool.tokens_N.sum())
    one, same, other = (rows_of(pool, method, budget, seed=seed) for seed in (1, 1, 2))
    assert one == same
    if method in RANDOM:
        assert set(one) != set(other)


@pytest.mark.parametrize("method", EVERY)
def test_hygiene_bars_rows_for_the_methods_that_heed_it_only(pool, method):
    rows = rows_of(pool, method, int(pool.tokens_N.sum()))
    barred = sum(pool.barred_N[row] is not None for row in rows)
    there = sum(reason is not None for reason in pool.barred_N)
    if method is Method.LENGTH_MATCHED_RANDOM:
        # It spends what rbic does, which hygiene leaves less than the budget.
        assert 0 < barred < there
    else:
        assert barred == (0 if respects_hygiene(method) else there)


@pytest.mark.parametrize("method", EVERY)
def test_no_sample_above_the_longest_allowed_is_taken(pool, method):
    rows = rows_of(pool, method, int(0.5 * pool.tokens_N.sum()), max_sample_tokens=300)
    assert pool.tokens_N[rows].max() <= 300


@pytest.mark.parametrize("method", EVERY)
@pytest.mark.parametrize("budget", [1, 25])
def test_a_budget_for_nothing_or_one_sample_is_no_error(make_pool, method, budget):
    pool = make_pool(12, 3)
    assert pool.tokens_N[rows_of(pool, method, budget)].sum() <= budget


@pytest.mark.parametrize("method", EVERY)
def test_what_a_method_needs_and_does_not_get_is_named(pool, method):
    bare = replace(
        pool, vector_ND=None, likelihoods=None, measured_N=np.zeros(len(pool.id_N), bool)
    )
    assert missing_needs(bare, method) == needs(method)
    assert missing_needs(pool, method) == frozenset()
    said = {
        Need.VECTORS: "step embed",
        Need.LIKELIHOODS: "likelihood.model",
        Need.PASS_RATES: "generator.model",
    }
    for need in needs(method):
        with pytest.raises(ValueError, match=f"select.method={method} needs .*{said[need]}"):
            rows_of(bare, method, 1000)


def test_rows_of_a_pool_keep_their_neighbours_among_them(make_pool):
    pool = make_pool(9, 2)
    rows = np.array([7, 2, 4])
    part = take_rows(pool, rows)
    assert part.tokens_N.tolist() == pool.tokens_N[rows].tolist()
    assert part.chains.steps_N.tolist() == pool.chains.steps_N[rows].tolist()
    for place, row in enumerate(rows):
        known = [rows.tolist().index(n) if n in rows else -1 for n in pool.neighbour_NK[row]]
        assert part.neighbour_NK[place].tolist() == known


def small(make_pool, samples, **changes):
    """A pool of samples of 10 tokens, nothing barred, ids 0, 1, 2 ...: ties go by row."""
    plain = {
        "id_N": np.arange(samples),
        "tokens_N": np.full(samples, 10),
        "barred_N": np.full(samples, None, dtype=object),
    }
    return make_pool(samples, 0, **(plain | changes))


def test_random_gives_every_row_the_same_odds(make_pool):
    pool = small(make_pool, 4)
    seen = Counter(rows_of(pool, Method.RANDOM, 10, seed=seed)[0] for seed in range(400))
    # 400 draws of one of four: 100 each, standard deviation 8.7.
    assert sorted(seen) == [0, 1, 2, 3]
    assert all(70 < count < 130 for count in seen.values())


def test_stratified_random_keeps_the_shares_of_domains(make_pool):
    pool = small(make_pool, 8, domain_N=np.array([0, 0, 0, 0, 0, 0, 7, 7]))
    for seed in range(20):
        rows = rows_of(pool, Method.STRATIFIED_RANDOM, 40, seed=seed)
        # 60 and 20 tokens of 80: 30 and 10 of the 40.
        assert sum(row < 6 for row in rows) == 3
        assert sum(row >= 6 for row in rows) == 1


def test_length_matched_random_takes_as_many_of_each_length_as_rbic(make_pool):
    tokens = np.where(np.arange(400) % 2 == 0, 10, 100)
    pool = small(make_pool, 400, tokens_N=tokens)
    ours = Counter(tokens[rows_of(pool, Method.RBIC, 5000)].tolist())
    matched = rows_of(pool, Method.LENGTH_MATCHED_RANDOM, 5000)
    assert Counter(tokens[matched].tolist()) == ours
    assert len(ours) == 2
    assert set(matched) != set(rows_of(pool, Method.RBIC, 5000))


def test_length_matched_random_spends_no_more_than_rbic(make_pool):
    barred = np.where(np.arange(400) % 4 == 0, LedgerReason.NEAR_DUPLICATE, None)
    pool = small(make_pool, 400, barred_N=barred)
    budget = int(pool.tokens_N.sum())
    ours = pool.tokens_N[rows_of(pool, Method.RBIC, budget)].sum()
    assert ours == 0.75 * budget
    assert pool.tokens_N[rows_of(pool, Method.LENGTH_MATCHED_RANDOM, budget)].sum() == ours


def test_whole_random_takes_sound_chains_and_then_the_least_faulty(make_pool):
    pool = small(make_pool, 5, integrity_N=np.array([0.9, 1.0, 0.4, 1.0, 0.7]))
    none, no = np.zeros(5), np.zeros(5, bool)
    chains = replace(
        pool.chains, repeated_N=none, failed_share_N=none, false_equations_N=np.zeros(5, int),
        contradicted_N=no, unreached_N=no, truncated_N=no, looping_N=no,
        leaps_N=np.array([0.1, 0.0, 0.5, 0.0, 0.2]),
    )  # fmt: skip
    pool = replace(pool, chains=chains)
    for seed in range(10):
        rows = rows_of(pool, Method.WHOLE_RANDOM, 50, seed=seed)
        assert set(rows[:2]) == {1, 3}
        assert rows[2:] == [0, 4, 2]


@pytest.mark.parametrize(
    ("fault", "value"),
    [
        ("repeated_N", 0.1), ("failed_share_N", 0.1), ("leaps_N", 0.1), ("false_equations_N", 1),
        ("contradicted_N", True), ("unreached_N", True), ("truncated_N", True),
        ("looping_N", True),
    ],
)  # fmt: skip
def test_any_fault_makes_a_chain_not_whole(make_pool, fault, value):
    chains = make_pool(6).chains
    faults = [
        "repeated_N", "failed_share_N", "leaps_N", "false_equations_N", "contradicted_N",
        "unreached_N", "truncated_N", "looping_N",
    ]  # fmt: skip
    sound = replace(chains, **{f: np.zeros_like(getattr(chains, f)) for f in faults})
    assert without_faults(sound).all()
    column = getattr(sound, fault).copy()
    column[2] = value
    assert without_faults(replace(sound, **{fault: column})).tolist() == [
        True, True, False, True, True, True,
    ]  # fmt: skip


def test_longest_and_shortest_go_by_the_reply_ties_by_id(make_pool):
    pool = small(make_pool, 4, reply_tokens_N=np.array([5, 9, 9, 2]))
    assert rows_of(pool, Method.LONGEST, 40) == [1, 2, 0, 3]
    assert rows_of(pool, Method.SHORTEST, 40) == [3, 0, 1, 2]


def test_what_does_not_fit_is_passed_over(make_pool):
    pool = small(
        make_pool, 3, tokens_N=np.array([50, 60, 10]), reply_tokens_N=np.array([50, 60, 10])
    )
    assert rows_of(pool, Method.LONGEST, 70) == [1, 2]


def likely(**columns):
    size = len(next(iter(columns.values())))
    names = ("conditional_loss_N", "unconditional_loss_N", "surprisal_sum_N", "rank_sum_N")
    given = {name: np.array(columns.get(name, [1.0] * size)) for name in names}
    return Likelihoods(reply_tokens_N=np.full(size, 5), **given)


def test_ifd_is_a_ratio_of_losses_above_one_last(make_pool):
    # 0.5, 1.5, 0.8, unknown, 1.2
    found = likely(
        conditional_loss_N=[1, 3, 2, np.nan, 1.2], unconditional_loss_N=[2, 2, 2.5, np.nan, 1]
    )
    pool = small(make_pool, 5, likelihoods=found)
    assert rows_of(pool, Method.IFD, 50) == [2, 0, 4, 1, 3]


def test_middle_perplexity_goes_from_the_median_outwards(make_pool):
    # Ranks 0 4 1 3 2 of five; the sixth has none.
    found = likely(conditional_loss_N=[1, 5, 2, 4, 3, np.nan])
    pool = small(make_pool, 6, likelihoods=found)
    assert rows_of(pool, Method.PERPLEXITY, 60) == [4, 2, 3, 0, 1, 5]


def test_rsr_takes_the_lowest_ratio_of_rank_to_surprisal(make_pool):
    # 10/5 = 2, 30/5 = 6, 12/12 = 1, unknown
    found = likely(rank_sum_N=[10, 30, 12, np.nan], surprisal_sum_N=[5, 5, 12, np.nan])
    pool = small(make_pool, 4, likelihoods=found)
    assert rows_of(pool, Method.RSR, 40) == [2, 0, 1, 3]


def at_angles(*degrees):
    radians = np.radians(degrees)
    return np.column_stack([np.cos(radians), np.sin(radians)]).astype(np.float16)


def test_deita_passes_over_what_is_near_one_chosen(make_pool):
    # cos 20 = 0.94: b is too near to a; c is near to b, which was not chosen, and 0.77 from a.
    pool = small(
        make_pool, 4, vector_ND=at_angles(0, 20, 40, 90),
        complexity_N=np.array([0.9, 0.8, 0.7, 1.0]), integrity_N=np.array([1, 1, 1, 0.1]),
    )  # fmt: skip
    assert rows_of(pool, Method.DEITA, 40) == [0, 2, 3, 1]


def test_deita_ranks_by_complexity_times_quality(make_pool):
    # 0.45, 0.48, 0.2
    pool = small(
        make_pool, 3, vector_ND=at_angles(0, 90, 180),
        complexity_N=np.array([0.9, 0.6, 0.2]), integrity_N=np.array([0.5, 0.8, 1.0]),
    )  # fmt: skip
    assert rows_of(pool, Method.DEITA, 30) == [1, 0, 2]


def test_semdedup_takes_the_least_redundant_the_farthest_of_a_cluster_first(make_pool):
    # Two clusters about 6 and 94 degrees. From the outside in: c a b and f d e, whose highest
    # cosines to one before are none, cos 14, cos 4 and none, cos 10, cos 2.
    pool = small(make_pool, 6, vector_ND=at_angles(0, 4, 14, 90, 92, 100))
    for seed in range(8):
        assert rows_of(pool, Method.SEMDEDUP, 60, seed=seed) == [2, 5, 0, 3, 1, 4]


def test_k_center_goes_to_the_farthest(make_pool):
    pool = small(make_pool, 4, vector_ND=at_angles(0, 10, 90, 180))
    # From 0: 180, then 90 (90 from both); 10 last. From 90: 0 and 180 are as far, the lower first.
    wanted = {0: [0, 3, 2, 1], 1: [1, 3, 2, 0], 2: [2, 0, 3, 1], 3: [3, 0, 2, 1]}
    starts = set()
    for seed in range(30):
        rows = rows_of(pool, Method.K_CENTER, 40, seed=seed)
        starts.add(rows[0])
        assert rows == wanted[rows[0]]
    assert starts == {0, 1, 2, 3}


def graph(*lists):
    """Neighbours and cosines from lists of (row, cosine)."""
    width = max(len(one) for one in lists)
    padded = [[*one, *[(-1, -2.0)] * (width - len(one))] for one in lists]
    return {
        "neighbour_NK": np.array([[row for row, _ in one] for one in padded]),
        "cosine_NK": np.array([[cosine for _, cosine in one] for one in padded], np.float32),
    }


def test_facility_location_takes_the_hub_and_then_what_it_does_not_cover(make_pool):
    # Gains: hub 1 + 3 * 0.8 = 3.4; a leaf 1.8, once the hub is there 0.2; the lone one 1.
    pool = small(
        make_pool,
        5,
        **graph([(1, 0.8), (2, 0.8), (3, 0.8)], [(0, 0.8)], [(0, 0.8)], [(0, 0.8)], []),
    )
    assert rows_of(pool, Method.FACILITY_LOCATION, 20) == [0, 4]


def test_facility_location_tries_gain_per_token_and_plain_gain(make_pool):
    # Per token the lone one (1 of 10) beats the hub (3.4 of 40), and then the hub no longer fits.
    pool = small(
        make_pool, 5, tokens_N=np.array([40, 40, 40, 40, 10]),
        **graph([(1, 0.8), (2, 0.8), (3, 0.8)], [(0, 0.8)], [(0, 0.8)], [(0, 0.8)], []),
    )  # fmt: skip
    assert rows_of(pool, Method.FACILITY_LOCATION, 45) == [0]


def test_d2_damps_the_neighbours_of_what_it_takes(make_pool):
    # Cosine 0.5 is distance 1, weight 1/e = 0.368. Forward: 0.9 + 0.368 * 0.5 = 1.084,
    # 0.5 + 0.368 * 0.9 = 0.831, 0.4 + 0.368 * 0.5 = 0.584. Row 0 is taken and takes
    # 0.368 * 1.084 = 0.399 from row 1, which falls to 0.432.
    pool = small(
        make_pool, 3, pass_rate_N=1 - np.array([0.9, 0.5, 0.4]),
        **graph([(1, 0.5)], [(0, 0.5)], [(1, 0.5)]),
    )  # fmt: skip
    assert rows_of(pool, Method.D2, 30) == [0, 2, 1]


def plain_d2(pool):
    """The rule written as in the paper, the highest score looked up anew each time."""
    hard = 1 - pool.pass_rate_N
    weight = np.exp(-np.sqrt(np.maximum(0, 2 - 2 * pool.cosine_NK.astype(float))))
    score = hard + (weight * hard[pool.neighbour_NK]).sum(axis=1)
    order, left = [], set(range(len(hard)))
    while left:
        row = max(left, key=lambda one: (score[one], -one))
        left.remove(row)
        order.append(row)
        for place, other in enumerate(pool.neighbour_NK[row]):
            if other in left:
                score[other] -= weight[row, place] * score[row]
    return order


@pytest.mark.parametrize("seed", range(3))
def test_d2_agrees_with_the_plain_rule(make_pool, seed):
    pool = make_pool(60, seed)
    assert rows_of(pool, Method.D2, int(pool.tokens_N.sum())) == plain_d2(pool)


def tried(right, attempts=8):
    """Columns of problems that were tried `attempts` times."""
    right = np.array(right)
    return {
        "attempts_N": np.full(len(right), attempts),
        "right_N": right,
        "measured_N": np.ones(len(right), bool),
        "pass_rate_N": (right + 0.5) / (attempts + 1),
    }


def test_s1_draws_a_domain_and_then_by_halving_odds_of_length(make_pool):
    pool = small(
        make_pool, 5, domain_N=np.array([0, 0, 0, 1, 1]),
        reply_tokens_N=np.array([10, 30, 20, 5, 99]), **tried([0, 0, 0, 0, 2]),
    )  # fmt: skip
    first = Counter(rows_of(pool, Method.S1, 10, seed=seed)[0] for seed in range(1400))
    # Half of the draws go to domain 1, whose solved row is out; the other half by 4 : 2 : 1.
    assert set(first) == {0, 1, 2, 3}
    for row, count in {1: 400, 2: 200, 0: 100, 3: 700}.items():
        assert abs(first[row] - count) < 4 * np.sqrt(count)
    assert all(rows_of(pool, Method.S1, 50, seed=seed)[-1] == 4 for seed in range(20))


def test_s1_takes_the_word_of_a_prediction_where_nothing_was_tried(make_pool):
    # Predicted at most 1/8 is hard; a given rate must be 0.
    pool = small(
        make_pool, 4, attempts_N=np.zeros(4, int), right_N=np.zeros(4, int),
        measured_N=np.array([False, False, True, True]),
        pass_rate_N=np.array([0.125, 0.126, 0.0, 0.1]),
    )  # fmt: skip
    assert set(rows_of(pool, Method.S1, 20)) == {0, 2}


def alike(pool, **columns):
    """The pool with chains that differ in nothing but the columns given."""
    same = np.zeros(len(pool.id_N), int)
    chains = replace(
        pool.chains, steps_N=same + 10, verifications_N=same, corrections_N=same, inferences_N=same
    )
    return replace(pool, chains=replace(chains, **columns))


def test_limo_takes_the_seldom_solved_then_the_hard_then_the_unsolved(make_pool):
    # Of 32 attempts 1 to 3 right, the longer first; then 4 before 30; never last.
    pool = small(
        make_pool, 5, reply_tokens_N=np.array([7, 900, 50, 20, 60]), **tried([0, 30, 1, 3, 4], 32)
    )
    assert rows_of(alike(pool), Method.LIMO, 50) == [2, 3, 4, 1, 0]


def test_limo_with_few_attempts_takes_what_was_solved_once(make_pool):
    pool = small(make_pool, 3, reply_tokens_N=np.array([5, 5, 5]), **tried([2, 1, 0], 4))
    assert rows_of(alike(pool), Method.LIMO, 30) == [1, 0, 2]


def test_limo_takes_an_untried_problem_where_a_right_answer_of_32_is_likelier_than_none(make_pool):
    # 1 - (1 - p)^32 is 0.57, 0.43 and 0.63.
    pool = small(
        make_pool, 3, reply_tokens_N=np.array([9, 99, 90]), attempts_N=np.zeros(3, int),
        pass_rate_N=np.array([0.026, 0.0175, 0.031]), measured_N=np.array([False, False, True]),
    )  # fmt: skip
    assert rows_of(alike(pool), Method.LIMO, 30) == [2, 0, 1]


def test_limo_takes_what_is_always_solved_late_however_few_the_attempts(make_pool):
    pool = small(make_pool, 2, reply_tokens_N=np.array([9, 9]), **tried([1, 0], 1))
    pool = replace(pool, attempts_N=np.array([1, 0]), pass_rate_N=np.array([0.9, 0.05]))
    assert rows_of(alike(pool), Method.LIMO, 20) == [1, 0]


def test_published_methods_take_what_was_never_solved_for_hard_whatever_the_reference(make_pool):
    # Row 0 was never solved, and rbic holds its reference for wrong: it predicts 0.9.
    pool = small(
        make_pool, 10, attempts_N=np.array([8] + [0] * 9), right_N=np.zeros(10, int),
        measured_N=np.zeros(10, bool), pass_rate_N=np.array([0.9] + [0.5] * 9),
        reply_tokens_N=np.full(10, 9), neighbour_NK=np.full((10, 2), -1),
        cosine_NK=np.zeros((10, 2), np.float32),
    )  # fmt: skip
    pool = replace(pool, measured_N=np.array([False] * 9 + [True]))
    alike_pool = alike(pool, repeated_N=np.zeros(10))
    assert unsuspecting_rate(pool).tolist() == [0.0] + [0.5] * 9
    for method in (Method.D2, Method.SELECT2REASON):
        assert rows_of(alike_pool, method, 10) == [0]
    # The hardest of ten is what CCS drops.
    assert all(0 not in rows_of(pool, Method.CCS, 20, seed=seed) for seed in range(20))


@pytest.mark.parametrize(
    ("columns", "first"),
    [
        # Of two rows every z is 1 or -1. Length is for row 0 with 0.30.
        ({}, 0),
        ({"verifications_N": np.array([0, 2])}, 0),
        ({"corrections_N": np.array([0, 2])}, 0),
        ({"inferences_N": np.array([0, 2])}, 0),
        ({"verifications_N": np.array([0, 2]), "corrections_N": np.array([0, 1])}, 1),
        ({"corrections_N": np.array([3, 2]), "inferences_N": np.array([0, 1])}, 0),
        ({"corrections_N": np.array([1, 2]), "inferences_N": np.array([0, 1])}, 1),
    ],
)
def test_limo_weighs_length_checks_exploration_and_connectives(make_pool, columns, first):
    pool = small(make_pool, 2, reply_tokens_N=np.array([40, 30]), **tried([1, 1]))
    assert rows_of(alike(pool, **columns), Method.LIMO, 20)[0] == first


def test_ccs_drops_the_hardest_and_fills_strata_alike(make_pool):
    # 60 rows of difficulty 0, 30 of 0.5, 10 of 1, of which 20 % are kept: the hardest 20 are
    # dropped; 60 and 20 are left in the first and the last stratum, 100 tokens each.
    hard = np.repeat([0.0, 0.5, 1.0], [60, 30, 10])
    pool = small(make_pool, 100, pass_rate_N=1 - hard)
    for seed in range(5):
        rows = rows_of(pool, Method.CCS, 200, seed=seed)
        assert Counter(hard[rows].tolist()) == {0.0: 10, 0.5: 10}
    # Of half nothing is dropped: three strata, of which the hardest has 100 tokens only.
    assert Counter(hard[rows_of(pool, Method.CCS, 500)].tolist()) == {0.0: 20, 0.5: 20, 1.0: 10}


def test_select2reason_adds_a_quarter_of_difficulty_to_three_of_length(make_pool):
    pool = small(
        make_pool, 3, pass_rate_N=np.array([0.0, 0.5, 1.0]), reply_tokens_N=np.array([20, 50, 100])
    )
    # Ranks of length 0, 1/2, 1 and of difficulty 1, 1/2, 0: 0.25, 0.5, 0.75.
    whole = replace(pool, chains=replace(pool.chains, repeated_N=np.zeros(3)))
    assert rows_of(whole, Method.SELECT2REASON, 30) == [2, 1, 0]
    # Nine tenths of the longest repeat: 20, 50, 10, so 0.625, 0.875, 0.
    loops = replace(pool, chains=replace(pool.chains, repeated_N=np.array([0, 0, 0.9])))
    assert rows_of(loops, Method.SELECT2REASON, 30) == [1, 0, 2]


def test_what_others_choose_says_so(make_pool):
    selection = choose(small(make_pool, 3), 20, SelectConfig(method=Method.LONGEST))
    assert selection.reason_S.tolist() == [LedgerReason.SELECTED] * 2
    assert selection.value_ratio == 0
