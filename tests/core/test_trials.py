from collections import Counter

import pytest

from rbic.core.comparison import BASE, FULL
from rbic.core.selection.method import Method, Need
from rbic.core.trials import (
    FULL_STOPPED,
    REPEATED,
    CompareConfig,
    plan_trials,
    training_length,
)


def _planned(**settings):
    return plan_trials(CompareConfig(**{"controls": [], **settings}))


def test_every_method_is_tried_at_every_budget_with_every_seed():
    plan = _planned(
        methods=["random", "rbic"], budgets=[0.1, 0.3], seeds=[3], full_seeds=2, long_controls=[0.1]
    )
    assert len(set(plan)) == len(plan) == 1 + 2 + 2 * 2 * 3 + 2 * 2
    assert Counter((one.method, one.budget) for one in plan) == {
        (BASE, 0.0): 1,
        (FULL, 1.0): 2,
        (FULL_STOPPED, 0.1): 2,
        (REPEATED, 0.1): 2,
        **{(name, budget): 3 for name in ("random", "rbic") for budget in (0.1, 0.3)},
    }
    assert {one.seed for one in plan if one.method == "rbic"} == {0, 1, 2}


def test_controls_are_tried_beside_the_methods_and_none_of_them_twice():
    settings = {"methods": ["rbic", "longest"], "budgets": [0.1], "seeds": [2], "full_seeds": 0}
    config = CompareConfig(**settings, method_seeds={"stratified_random": [3]})
    controls = ["random", "stratified_random", "length_matched_random"]
    assert config.tried_methods() == ["rbic", "longest", *controls]
    assert Counter(one.method for one in plan_trials(config)) == {
        BASE: 1, "rbic": 2, "longest": 2, "random": 2, "stratified_random": 3,
        "length_matched_random": 2,
    }  # fmt: skip
    without = plan_trials(CompareConfig(**settings, controls=[]))
    assert {one.method for one in without} == {BASE, "rbic", "longest"}


def test_seeds_may_be_given_budget_by_budget():
    plan = _planned(methods=["random"], budgets=[0.1, 0.3], seeds=[4, 1], long_controls=[])
    counts = Counter(one.budget for one in plan if one.method == "random")
    assert counts == {0.1: 4, 0.3: 1}


def test_a_method_or_variant_may_have_seeds_of_its_own_and_leave_a_budget_out():
    plan = _planned(
        methods=["random", "ifd"],
        variants={"even": {"select": {"need": 0}}},
        budgets=[0.1, 0.3],
        seeds=[3, 2],
        method_seeds={"ifd": [0, 1], "even": [4]},
        long_controls=[],
        full_seeds=0,
    )
    assert Counter((one.method, one.budget) for one in plan if one.method != BASE) == {
        ("random", 0.1): 3, ("random", 0.3): 2, ("ifd", 0.3): 1, ("even", 0.1): 4, ("even", 0.3): 4,
    }  # fmt: skip


def test_trials_come_seed_by_seed_base_first_and_then_the_longest():
    plan = _planned(methods=["random"], budgets=[0.1, 0.3], seeds=[2], long_controls=[0.3])
    assert [one.seed for one in plan] == sorted(one.seed for one in plan)
    first = [(one.method, one.budget) for one in plan if one.seed == 0]
    assert first == [
        (BASE, 0.0), (REPEATED, 0.3), (FULL, 1.0), ("random", 0.3), (FULL_STOPPED, 0.3),
        ("random", 0.1),
    ]  # fmt: skip


def test_a_larger_grid_has_the_trials_of_a_smaller_one():
    small = _planned(methods=["random"], budgets=[0.1], seeds=[1], full_seeds=1, long_controls=[])
    large = _planned(methods=["random", "longest"], budgets=[0.05, 0.1], seeds=[2])
    assert set(small) <= set(large)


def test_another_first_seed_draws_other_trials_and_shares_those_that_overlap():
    settings = {"methods": ["random"], "budgets": [0.1], "long_controls": [0.1], "full_seeds": 3}
    first, other = (_planned(**settings, seeds=[3], first_seed=seed) for seed in (0, 2))
    assert {one.seed for one in other if one.method != BASE} == {2, 3, 4}
    assert other[0] == first[0] == (BASE, 0.0, 0)
    # Only the seed is another, and what both have is one trial.
    assert [one._replace(seed=one.seed - 2) for one in other[1:]] == first[1:]
    assert set(first) & set(other) == {first[0], *(one for one in first if one.seed == 2)}


def test_what_methods_need_is_the_sum_of_what_each_needs():
    assert CompareConfig(methods=["random"]).all_needs() == frozenset()
    assert Need.LIKELIHOODS in CompareConfig(methods=["random", "ifd"]).all_needs()
    assert set(CompareConfig().methods) == set(Method)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"methods": ["random", "best"]}, "compare.methods: best is no method; there are .*random"),
        ({"budgets": [0.1, 1.0]}, r"compare.budgets must be shares in \(0, 1\), got 1.0"),
        ({"long_controls": [0.0]}, r"compare.long_controls must be shares in \(0, 1\), got 0.0"),
        ({"seeds": [1, 2]}, "one for each of the 4 budgets; got"),
        ({"seeds": []}, "compare.seeds must be one number"),
        ({"seeds": [0]}, "compare.seeds must be one number of at least 1"),
        ({"method_seeds": {"best": [1]}}, "compare.method_seeds: best is none of the methods"),
        ({"method_seeds": {"ifd": [1, 2]}}, "compare.method_seeds.ifd must .* each of the 4 budg"),
        ({"method_seeds": {"ifd": []}}, "compare.method_seeds.ifd must be one number"),
        ({"method_seeds": {"ifd": [-1]}}, "method_seeds.ifd must be one number of at least 0"),
        (
            {"methods": ["ifd"], "controls": [], "method_seeds": {"ifd": [0]}},
            "leaves no method to try",
        ),
        ({"controls": ["best"]}, "compare.controls: best is no method"),
        ({"methods": ["ifd", "rbic", "ifd"]}, "compare.methods must name each once, got ifd twice"),
        ({"controls": ["longest"] * 2}, "compare.controls must name each once, got longest twice"),
        ({"budgets": [0.1, 0.16, 0.1]}, "compare.budgets must name each once, got 0.1 twice"),
        ({"budgets": [0.1, 0.10000001]}, "compare.budgets must name each once, got 0.1 twice"),
        ({"long_controls": [0.1, 0.1]}, "compare.long_controls must name each once, got 0.1 twice"),
        ({"full_seeds": -1}, "compare.full_seeds must be at least 0, got -1"),
        ({"attempts": 0}, "compare.attempts must be at least 1, got 0"),
        ({"first_seed": -1}, r"compare.first_seed must be in \[0, 2\^31\), got -1"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(settings, words):
    with pytest.raises(ValueError, match=words):
        CompareConfig(**settings)


def test_controls_are_trained_for_as_many_tokens_as_what_they_are_controls_of():
    pool, epochs, budget = 10_000, 3.0, 0.16
    assert training_length("rbic", budget, pool, epochs) == (3.0, None)
    assert training_length(FULL, 1.0, pool, epochs) == (3.0, None)
    # Stopped where a method of the budget ends: 3 passes over 1,600 tokens.
    assert training_length(FULL_STOPPED, budget, pool, epochs) == (3.0, 4_800)
    # As long as full, on 1,600 tokens: 3 passes over 10,000.
    passes, tokens = training_length(REPEATED, budget, pool, epochs)
    assert passes * budget * pool == pytest.approx(30_000)
    assert tokens == 30_000


def test_without_full_there_are_no_long_controls_either():
    trials = plan_trials(
        CompareConfig(methods=["rbic"], controls=[], budgets=[0.1], seeds=[2], full_seeds=0)
    )
    assert {(trial.method, trial.seed) for trial in trials} == {
        ("base", 0), ("rbic", 0), ("rbic", 1)
    }  # fmt: skip
