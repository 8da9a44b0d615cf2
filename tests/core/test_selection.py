import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rbic.core.draws import Draw, hashed_uniform
from rbic.core.selection.basket import Basket
from rbic.core.selection.choose import choose
from rbic.core.selection.method import Method
from rbic.core.selection.objective import (
    Objective,
    coverage_edges,
    empty_state,
    lazy_greedy,
    take,
    upper_bound,
)
from rbic.core.selection.quotas import (
    fill_in_order,
    fill_quotas,
    rank_within,
    token_quotas,
)
from rbic.core.selection.refine import (
    SelectConfig,
    cells,
    low_integrity,
    refine,
)
from rbic.schema import LedgerReason


def _objective(samples, seed, cell_count=3, k=4):
    rng = np.random.default_rng(seed)
    neighbour = np.array([rng.choice(samples, k, replace=False) for _ in range(samples)])
    cosine = rng.uniform(0.1, 1, (samples, k)).astype(np.float32)
    start, covered, similarity = coverage_edges(neighbour, cosine)
    return Objective(
        value_N=rng.uniform(0, 20, samples),
        cell_N=rng.integers(0, cell_count, samples),
        quota_C=rng.uniform(10, 60, cell_count),
        start_N1=start,
        covered_E=covered,
        similarity_E=similarity,
        weight_N=rng.uniform(0, 5, samples),
    )


def _plain_value(objective, chosen):
    """F written as its formula."""
    total = 0.0
    for cell, quota in enumerate(objective.quota_C):
        inside = [j for j in chosen if objective.cell_N[j] == cell]
        z = sum(objective.value_N[j] for j in inside) / quota
        total += quota * (min(z, 1) + 0.2 * np.log(1 + max(0, z - 1)))
    for v in range(len(objective.value_N)):
        best = 0.0
        for j in chosen:
            edges = slice(objective.start_N1[j], objective.start_N1[j + 1])
            hit = objective.covered_E[edges] == v
            best = max([best, *objective.similarity_E[edges][hit].tolist()])
        total += objective.weight_N[v] * best
    return total


def _plain_greedy(objective, tokens, budget, tau):
    chosen, left = [], budget
    while True:
        now = _plain_value(objective, chosen)
        best = None
        for j in range(len(tokens)):
            if j in chosen or tokens[j] > left:
                continue
            key = (_plain_value(objective, [*chosen, j]) - now) / tokens[j] ** tau
            if best is None or key > best[0] + 1e-9:
                best = (key, j)
        if best is None or best[0] <= 1e-12:
            return chosen
        chosen.append(best[1])
        left -= tokens[best[1]]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("tau", [0.0, 1.0])
def test_lazy_greedy_picks_what_plain_greedy_picks(seed, tau):
    objective = _objective(24, seed)
    tokens = np.random.default_rng(seed + 9).integers(1, 9, 24)
    choice = lazy_greedy(objective, empty_state(objective), np.arange(24), tokens, 40, tau)
    assert choice.row_S.tolist() == _plain_greedy(objective, tokens, 40, tau)


@pytest.mark.parametrize("seed", range(5))
def test_gains_add_up_to_the_value(seed):
    objective = _objective(30, seed)
    rows = np.random.default_rng(seed).permutation(30)[:12]
    gains = take(objective, empty_state(objective), rows)
    assert np.isclose(gains.sum(), _plain_value(objective, rows.tolist()))


@pytest.mark.parametrize("seed", range(8))
def test_no_choice_within_the_budget_beats_the_bound(seed):
    objective = _objective(11, seed)
    tokens = np.random.default_rng(seed).integers(1, 9, 11)
    best = max(
        _plain_value(objective, chosen)
        for size in range(12)
        for chosen in itertools.combinations(range(11), size)
        if tokens[list(chosen)].sum() <= 15
    )
    bound = upper_bound(objective, empty_state(objective), np.arange(11), tokens, 15)
    assert best <= bound + 1e-9
    choice = lazy_greedy(objective, empty_state(objective), np.arange(11), tokens, 15, 1.0)
    assert choice.gain_S.sum() >= 0.5 * best


def test_every_sample_covers_itself_and_edges_go_both_ways():
    start, covered, similarity = coverage_edges(
        np.array([[1], [-1], [0]]), np.array([[0.5], [-2.0], [-0.3]], np.float32)
    )
    rows = [
        dict(zip(covered[a:b].tolist(), similarity[a:b].tolist(), strict=True))
        for a, b in itertools.pairwise(start)
    ]
    assert rows == [{0: 1.0, 1: 0.5}, {0: 0.5, 1: 1.0}, {2: 1.0}]


@given(
    st.lists(st.floats(0, 1000), min_size=1, max_size=12),
    st.floats(0, 5000),
    st.sampled_from([0.0, 0.5, 1.0]),
)
@example(
    [1.0, 1.0, 1.0, 467.8665017862916, 1e-190, 108.0, 20.774313154927356, 1.0078125,
     127.1103536183605, 2.0, 52.5],
    783.0, 1.0,
)  # fmt: skip
def test_quotas_spend_what_there_is_and_no_cell_gets_more_than_it_has(mass, budget, alpha):
    quota = token_quotas(np.array(mass), budget, alpha)
    assert np.isclose(quota.sum(), min(budget, sum(mass)))
    assert (quota <= np.array(mass) + 1e-6).all()
    assert (quota >= 0).all()


def test_alpha_one_keeps_proportions():
    assert np.allclose(token_quotas(np.array([100.0, 300.0]), 40, 1.0), [10, 30])
    assert np.allclose(token_quotas(np.array([5.0, 300.0]), 40, 0.0), [5, 35])


def test_weights_shift_quotas_and_what_is_full_leaves_the_rest_to_others():
    mass, weight = np.array([100.0, 300.0, 100.0]), np.array([1.0, 0.25, 0.5])
    assert np.allclose(token_quotas(mass, 45, 1.0, weight), [20, 15, 10])
    assert np.allclose(token_quotas(mass, 330, 1.0, weight), [100, 300 * 230 / 500, 92])


def _rated(make_pool, **changes):
    """A pool of one domain: 600 samples that are always solved, 300 in the middle, 100 never."""
    rate = np.repeat([1.0, 0.5, 0.0], [600, 300, 100])
    fields = {
        "domain_N": np.zeros(1000, int), "level_N": np.repeat([0, 2, 4], [600, 300, 100]),
        "measured_N": np.ones(1000, bool), "pass_rate_N": rate, "tokens_N": np.full(1000, 10),
        "barred_N": np.full(1000, None, dtype=object), "integrity_N": np.ones(1000),
    }  # fmt: skip
    return make_pool(1000, 12, **(fields | changes))


@pytest.mark.parametrize(
    ("need", "wanted"), [(0.0, [60, 30, 10]), (0.5, [48, 36, 16]), (1.0, [0, 60, 40])]
)
def test_what_the_model_solves_gets_less(make_pool, need, wanted):
    config = SelectConfig(need=need, floor=0, random_share=0)
    rows = refine(_rated(make_pool), 1000, config).row_S
    found = np.bincount(np.searchsorted([600, 900], rows, side="right"), minlength=3)
    # Beyond its quota a cell's value falls, and coverage may buy a few.
    assert np.abs(found - np.array(wanted)).max() <= 8


def test_what_only_looks_hard_gets_no_more(make_pool):
    guessed = _rated(make_pool, measured_N=np.zeros(1000, bool))
    with_need, without = (
        refine(guessed, 1000, SelectConfig(need=need)).row_S.tolist() for need in (0.9, 0.0)
    )
    assert with_need == without


def test_read_literally_the_pass_rates_do_not_shift_quotas(make_pool):
    pool = _rated(make_pool)
    one, other = (
        choose(pool, 1000, SelectConfig(method=Method.RBIC_LITERAL, need=need)).row_S.tolist()
        for need in (0.9, 0.0)
    )
    assert one == other


def test_places_within_cells_go_by_key_and_then_row():
    rank, size = rank_within(np.array([1.0, 5.0, 5.0, 2.0]), np.array([0, 0, 0, 1]))
    assert rank.tolist() == [2, 0, 1, 0]
    assert size.tolist() == [3, 3, 3, 1]


def test_a_row_that_does_not_fit_makes_way_for_one_that_does():
    taken = fill_in_order(
        np.array([2, 0, 1]), np.array([5, 3, 9]), np.zeros(3, int), np.array([8.0])
    )
    assert taken.tolist() == [0, 1]


@given(st.integers(0, 2**32 - 1))
def test_quotas_are_filled_in_order_and_their_last_row_by_chance(seed):
    rng = np.random.default_rng(seed)
    rows, cells_ = rng.integers(1, 30), rng.integers(1, 5)
    tokens = rng.integers(1, 20, rows)
    cell, order = rng.integers(0, cells_, rows), rng.permutation(rows)
    quota, chance = rng.uniform(0, 60, cells_), rng.random(rows)

    # One cell after another, as one would by hand.
    expected = {}
    for c in range(cells_):
        left = quota[c]
        for row in order:
            if cell[row] != c:
                continue
            if tokens[row] > left and chance[row] * tokens[row] >= left:
                break
            expected[int(row)] = (quota[c] - left) / quota[c]
            left -= tokens[row]
            if left < 0:
                break
    taken = fill_quotas(order, tokens, cell, quota, chance).tolist()
    assert sorted(taken) == sorted(expected)
    assert [expected[row] for row in taken] == pytest.approx(sorted(expected.values()))


def test_cells_of_a_few_rows_do_not_fill_up_with_short_ones():
    # Cells of five rows with a quota of three mean ones: what is passed over is passed over for
    # being long, and half of the rows is.
    rng = np.random.default_rng(1)
    tokens = rng.lognormal(3, 1, 10_000).astype(int) + 1
    cell = np.arange(10_000) // 5
    quota = np.full(2_000, 0.3 * tokens.sum() / 2_000)
    taken = fill_quotas(rng.permutation(10_000), tokens, cell, quota, rng.random(10_000))
    assert tokens[taken].sum() == pytest.approx(quota.sum(), rel=0.05)
    fitted = fill_in_order(rng.permutation(10_000), tokens, cell, quota)
    assert tokens[fitted].mean() < 0.7 * tokens.mean()
    assert tokens[taken].mean() > tokens[fitted].mean() * 1.2


def test_where_floors_do_not_fit_the_smallest_domains_keep_theirs(make_pool):
    pool = make_pool(
        60, 0, tokens_N=np.full(60, 10), domain_N=np.repeat([0, 1, 2, 3], [50, 5, 3, 2]),
        level_N=np.zeros(60, int), barred_N=np.full(60, None, dtype=object),
    )  # fmt: skip
    # Half of the budget is worth three floors of four.
    selection = refine(pool, 60, SelectConfig())
    floors = selection.row_S[selection.reason_S == LedgerReason.FLOOR]
    assert sorted(pool.domain_N[floors].tolist()) == [1, 2, 3]


def _share(pool, selection, reason):
    rows = selection.row_S[selection.reason_S == reason]
    return pool.tokens_N[rows].sum() / pool.tokens_N[selection.row_S].sum()


@pytest.mark.parametrize("share", [0.02, 0.16, 0.5])
def test_the_budget_is_met_and_never_exceeded(make_pool, share):
    pool = make_pool(1500, 0)
    budget = int(share * pool.tokens_N.sum())
    selection = refine(pool, budget, SelectConfig())
    spent = pool.tokens_N[selection.row_S].sum()
    assert 0.99 * budget <= spent <= budget
    assert len(set(selection.row_S.tolist())) == len(selection.row_S)


def test_what_hygiene_bars_is_never_chosen(make_pool):
    pool = make_pool(800, 1)
    selection = refine(pool, int(0.9 * pool.tokens_N.sum()), SelectConfig(max_sample_tokens=350))
    assert all(pool.barred_N[row] is None for row in selection.row_S)
    assert pool.tokens_N[selection.row_S].max() <= 350


def test_every_domain_and_level_stays_present(make_pool):
    pool = make_pool(1500, 2)
    selection = refine(pool, int(0.08 * pool.tokens_N.sum()), SelectConfig())
    before = {(d, lv) for d, lv, b in zip(pool.domain_N, pool.level_N, pool.barred_N, strict=True)
              if b is None}  # fmt: skip
    after = set(zip(pool.domain_N[selection.row_S], pool.level_N[selection.row_S], strict=True))
    assert after == before


def test_a_tenth_is_drawn_at_random(make_pool):
    pool = make_pool(3000, 3)
    selection = refine(pool, int(0.3 * pool.tokens_N.sum()), SelectConfig())
    assert 0.08 < _share(pool, selection, LedgerReason.RANDOM_SHARE) < 0.12
    none = refine(pool, int(0.3 * pool.tokens_N.sum()), SelectConfig(random_share=0))
    assert _share(pool, none, LedgerReason.RANDOM_SHARE) == 0


def test_the_random_share_is_as_long_as_the_pool(make_pool):
    pool = make_pool(6000, 10)
    selection = refine(pool, int(0.3 * pool.tokens_N.sum()), SelectConfig(floor=0))
    drawn = selection.row_S[selection.reason_S == LedgerReason.RANDOM_SHARE]
    assert 0.9 < pool.tokens_N[drawn].mean() / pool.tokens_N.mean() < 1.1
    share = pool.tokens_N[drawn].sum() / pool.tokens_N[selection.row_S].sum()
    assert 0.09 < share < 0.11


def test_the_random_share_is_sound_while_anything_sound_is_left(make_pool):
    pool = make_pool(3000, 3)
    selection = refine(pool, int(0.3 * pool.tokens_N.sum()), SelectConfig())
    drawn = selection.row_S[selection.reason_S == LedgerReason.RANDOM_SHARE]
    assert selection.waiting_N.any()
    assert not selection.waiting_N[drawn].any()


def test_the_random_share_draws_long_and_short_samples_alike(make_pool):
    # 200 cells whose share is one or two samples each.
    samples = 6000
    rng = np.random.default_rng(5)
    pool = make_pool(
        samples,
        12,
        domain_N=rng.integers(0, 200, samples),
        level_N=np.zeros(samples, np.int64),
        measured_N=np.zeros(samples, dtype=bool),
        integrity_N=np.ones(samples),
        tokens_N=np.exp(rng.normal(5.5, 0.8, samples)).astype(np.int64) + 5,
    )
    wanted = np.isin(pool.barred_N, [None])
    lengths, shares = [], []
    for seed in range(12):
        budget = int(0.3 * pool.tokens_N[wanted].sum())
        config = SelectConfig(floor=0, seed=seed, need=0)
        selection = refine(pool, budget, config)
        drawn = selection.row_S[selection.reason_S == LedgerReason.RANDOM_SHARE]
        lengths.append(pool.tokens_N[drawn].mean())
        shares.append(pool.tokens_N[drawn].sum() / budget)
    assert np.mean(lengths) == pytest.approx(pool.tokens_N[wanted].mean(), rel=0.04)
    assert np.mean(shares) == pytest.approx(0.1, rel=0.05)


def test_coverage_prefers_neither_long_nor_short_samples(make_pool):
    samples = 4000
    rng = np.random.default_rng(6)
    pool = make_pool(
        samples,
        13,
        integrity_N=np.ones(samples),
        tokens_N=np.exp(rng.normal(5.5, 0.8, samples)).astype(np.int64) + 5,
    )
    budget = int(0.1 * pool.tokens_N.sum())
    mean = {}
    for coverage in (0.0, 0.5):
        config = SelectConfig(floor=0, random_share=0, need=0, coverage=coverage)
        mean[coverage] = pool.tokens_N[refine(pool, budget, config).row_S].mean()
    assert mean[0.5] == pytest.approx(mean[0.0], rel=0.12)


def test_what_cannot_be_used_draws_no_quota(make_pool):
    # Half of the samples are suspect, and alone in their cells: unmeasured, the others measured.
    samples = 2000
    suspect_N = np.arange(samples) % 2 == 0
    pool = make_pool(
        samples,
        14,
        measured_N=~suspect_N,
        integrity_N=np.where(suspect_N, 0.0, 1.0),
        barred_N=np.full(samples, None, dtype=object),
    )
    budget = int(0.2 * pool.tokens_N.sum())
    selection = refine(pool, budget, SelectConfig(floor=0))
    assert not suspect_N[selection.row_S].any()
    assert 0.07 < _share(pool, selection, LedgerReason.RANDOM_SHARE) < 0.13
    # Where the budget is more than all that is sound, the rest takes what is left.
    everything = refine(pool, int(pool.tokens_N.sum()), SelectConfig(floor=0))
    assert len(everything.row_S) == samples


def test_the_random_share_goes_by_nothing_that_was_asked(make_pool):
    # Samples that were asked and are suspect count as unmeasured: no reason to draw them first.
    pool = make_pool(6000, 11, measured_N=np.zeros(6000, dtype=bool))
    asked_N = hashed_uniform(pool.id_N, 0, Draw.ASKED) < 0.2
    selection = refine(pool, int(0.1 * pool.tokens_N.sum()), SelectConfig(floor=0, seed=0))
    drawn = selection.row_S[selection.reason_S == LedgerReason.RANDOM_SHARE]
    assert len(drawn) > 50
    assert 0.05 < asked_N[drawn].mean() < 0.4


def test_low_integrity_waits_until_nothing_else_is_left(make_pool):
    pool = make_pool(1500, 4, integrity_N=np.tile([0.3, 0.7, 0.9], 500))
    config = SelectConfig(random_share=0, floor=0)
    open_N = np.array([reason is None for reason in pool.barred_N])
    whole = int(pool.tokens_N[open_N].sum())
    chosen = refine(pool, whole, config).row_S
    assert sorted(chosen) == np.flatnonzero(open_N).tolist()
    # The sound first, then those above min_integrity, then the rest.
    assert (np.diff(pool.integrity_N[chosen]) <= 0).all()
    sound = int(pool.tokens_N[open_N & (pool.integrity_N == 0.9)].sum())
    some = refine(pool, int(0.9 * sound), config).row_S
    assert (pool.integrity_N[some] < 0.9).sum() <= 1  # the last gap, too small for a sound one


def test_a_cell_without_enough_sound_samples_gives_up_its_quota(make_pool):
    # The model solves what is easy; of what is hard three quarters are faulty.
    hard_N = np.arange(2000) >= 1000
    faulty_N = hard_N & (np.arange(2000) % 4 > 0)
    pool = make_pool(
        2000, 9, domain_N=np.zeros(2000, int), level_N=np.where(hard_N, 4, 0),
        measured_N=np.ones(2000, bool), pass_rate_N=np.where(hard_N, 0.0, 0.9),
        integrity_N=np.where(faulty_N, 0.7, 1.0), barred_N=np.full(2000, None, dtype=object),
        tokens_N=np.full(2000, 100),
    )  # fmt: skip
    config = SelectConfig(random_share=0, floor=0)
    chosen = refine(pool, 60_000, config).row_S
    assert not faulty_N[chosen].any()
    assert hard_N[chosen].sum() >= 245
    weighed = refine(pool, 60_000, replace(config, sound_integrity=0.6)).row_S
    assert faulty_N[weighed].sum() > 100


def test_min_integrity_is_no_higher_than_sound_integrity():
    with pytest.raises(ValueError, match="at most select.sound_integrity, got 0.9 and 0.8"):
        SelectConfig(min_integrity=0.9)


def test_what_a_cell_can_do_without_waits_ties_at_the_limit_excepted(make_pool):
    integrity = np.array([0.7, 0.8, 0.9, 0.9, 0.9, 0.9, 1.0, 1.0, 1.0, 1.0, 1.0])
    pool = make_pool(
        11, 5, integrity_N=integrity, domain_N=np.zeros(11, int), level_N=np.zeros(11, int),
        measured_N=np.ones(11, bool), barred_N=np.full(11, None, dtype=object),
        tokens_N=np.full(11, 10),
    )  # fmt: skip
    every = np.ones(11, bool)

    def waiting(quota, choice=1.5):
        config = SelectConfig(choice=choice, sound_integrity=0.6)
        return low_integrity(pool, cells(pool), every, np.array([float(quota)]), config).tolist()

    # 1.5 quotas of 40 tokens are six samples: the five of 1.0 and one of 0.9, so all of 0.9.
    assert waiting(40) == [True, True] + [False] * 9
    assert waiting(20) == [True] * 6 + [False] * 5
    assert waiting(40, choice=1.0) == [True] * 6 + [False] * 5
    assert waiting(80) == [False] * 11


def test_higher_contribution_is_preferred_softly(make_pool):
    pool = make_pool(4000, 6, contribution_N=np.repeat([0.5, 2.0], 2000))
    chosen = refine(pool, int(0.2 * pool.tokens_N.sum()), SelectConfig()).row_S
    high = (chosen >= 2000).mean()
    assert 0.6 < high < 0.9


def test_literally_read_it_takes_the_most_complex_of_each_cell(make_pool):
    pool = make_pool(1000, 7)
    config = SelectConfig(method=Method.RBIC_LITERAL)
    chosen = choose(pool, int(0.16 * pool.tokens_N.sum()), config).row_S
    kept = np.zeros(1000, bool)
    kept[chosen] = True
    open_N = np.array([reason is None for reason in pool.barred_N])
    for cell in range(3):
        inside = open_N & (cells(pool) == cell)
        assert pool.complexity_N[inside & kept].mean() > pool.complexity_N[inside & ~kept].mean()


def test_the_same_seed_gives_the_same_choice_and_another_one_another(make_pool):
    pool = make_pool(900, 8)
    one, same, other = (
        refine(pool, 20_000, SelectConfig(seed=seed)).row_S.tolist() for seed in (1, 1, 2)
    )
    assert one == same
    assert one != other


@pytest.mark.parametrize("seed", range(4))
def test_the_certificate_holds_against_every_choice(seed):
    """The ratio is a proof: reached over best is never less. All choices are tried."""
    rng = np.random.default_rng(seed)
    objective = _objective(12, seed)
    tokens = rng.integers(1, 9, 12)
    basket = Basket(objective, tokens, 18)
    basket.add(np.array([3]), LedgerReason.FLOOR)
    first = rng.random(12) < 0.5
    ratio = basket.spend([first, np.ones(12, dtype=bool)], 1.0)
    best = max(
        _plain_value(objective, [3, *chosen])
        for size in range(12)
        for chosen in itertools.combinations([row for row in range(12) if row != 3], size)
        if tokens[[3, *chosen]].sum() <= 18
    )
    reached = _plain_value(objective, np.concatenate(basket.rows).tolist())
    assert np.isclose(reached, basket.value)
    assert reached / best >= ratio - 1e-9
    assert ratio > 0.5


def test_the_choice_is_proven_near_the_best(make_pool):
    pool = make_pool(2000, 9)
    ratio = refine(pool, int(0.16 * pool.tokens_N.sum()), SelectConfig()).value_ratio
    assert 0.8 < ratio < 1


@given(st.integers(1, 40), st.integers(1, 4000))
@settings(max_examples=30)
def test_tiny_pools_and_budgets_do_not_break(make_pool, samples, budget):
    samples = max(samples, 7)
    pool = make_pool(samples, samples)
    selection = refine(pool, budget, SelectConfig())
    assert pool.tokens_N[selection.row_S].sum() <= budget


@pytest.mark.parametrize(
    ("field", "value"),
    [("budget", 0), ("budget", 1.5), ("budget_tokens", 0), ("random_share", -0.1), ("floor", -1)],
)
def test_a_setting_out_of_range_is_refused_by_name(field, value):
    with pytest.raises(ValueError, match=f"select.{field} must be"):
        SelectConfig(**{field: value})


def test_a_sample_above_the_whole_budget_draws_no_quota_to_its_cell(make_pool):
    pool = make_pool(400, 3, barred_N=np.full(400, None, dtype=object))
    cell = cells(pool)
    giant = pool.tokens_N.copy()
    giant[0] = 10_000_000
    budget = 8000

    def spent_in_its_cell(tokens):
        chosen = refine(make_pool(400, 3, barred_N=pool.barred_N, tokens_N=tokens), budget,
                        SelectConfig()).row_S  # fmt: skip
        assert 0 not in chosen or tokens[0] <= budget
        inside = chosen[cell[chosen] == cell[0]]
        return tokens[inside].sum() / tokens[chosen].sum()

    small = pool.tokens_N.copy()
    small[0] = budget + 1
    assert np.isclose(spent_in_its_cell(giant), spent_in_its_cell(small))


def test_keeping_everything_is_proven_the_best(make_pool):
    pool = make_pool(300, 4)
    selection = refine(pool, int(pool.tokens_N.sum()), SelectConfig())
    assert selection.value_ratio > 0.999
