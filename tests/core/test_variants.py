from dataclasses import fields, replace

import pytest

from rbic.core.contribution import ContributionRule
from rbic.core.integrity import ChainRule
from rbic.core.selection.refine import SelectConfig
from rbic.core.trials import CompareConfig, plan_trials
from rbic.core.variants import Rules, in_words, may_change, varied

OURS = Rules(SelectConfig(need=0.5), ChainRule(leap_exponent=3.0), ContributionRule(gamma=0.5))


def test_a_variant_changes_what_it_names_and_nothing_else():
    changes = {"select": {"need": 0.0, "floor": 3.0}, "contribution": {"gamma": 0.0}}
    rules = varied(OURS, changes)
    assert rules == Rules(
        replace(OURS.select, need=0.0, floor=3), OURS.chains, replace(OURS.contribution, gamma=0.0)
    )
    assert type(rules.select.floor) is int
    assert varied(OURS, {}) == OURS


def test_every_number_that_a_choice_goes_by_may_change_and_nothing_else():
    exponents = {field.name for field in fields(ChainRule)} - {"max_characters"}
    assert set(may_change("chains")) == exponents
    assert set(may_change("contribution")) == {"gamma", "residual_share"}
    fixed = {"budget", "budget_tokens", "max_sample_tokens", "seed", "method"}
    assert set(may_change("select")) == {field.name for field in fields(SelectConfig)} - fixed
    assert may_change("generator") == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"embed": {"model": 1.0}}, "embed is none of select, chains, contribution"),
        ({"select": {"seed": 1.0}}, "select.seed is no setting that a variant may change"),
        ({"select": {"needs": 1.0}}, "select.needs is no setting"),
        ({"select": {"need": 2.0}}, "select.need must be in"),
        ({"select": {"floor": 1.5}}, "floor must be a whole number, got 1.5"),
        ({"select": {"floor": float("inf")}}, "floor must be a whole number, got inf"),
        ({"chains": {"leap_exponent": -1.0}}, "chains.leap_exponent must be at least 0"),
    ],
)
def test_what_cannot_be_varied_is_named(changes, words):
    with pytest.raises(ValueError, match=words):
        varied(OURS, changes)
    with pytest.raises(ValueError, match=f"compare.variants.mine: {words}"):
        CompareConfig(variants={"mine": changes})


@pytest.mark.parametrize("name", ["rbic", "full", "repeated", "No_Need", "a-b", ""])
def test_a_variant_has_a_name_of_its_own(name):
    with pytest.raises(ValueError, match="is no name for a variant"):
        CompareConfig(variants={name: {}})


def test_variants_are_tried_as_methods_are():
    changes = {"select": {"need": 0.0}}
    config = CompareConfig(
        methods=["random"], variants={"no_need": changes}, budgets=[0.1], seeds=[2], full_seeds=1,
        long_controls=[], controls=[],
    )  # fmt: skip
    tried = {(trial.method, trial.budget, trial.seed) for trial in plan_trials(config)}
    assert {("no_need", 0.1, 0), ("no_need", 0.1, 1)} < tried
    assert len(tried) == 2 + 2 + 2


def test_a_variant_reads_as_what_it_changes():
    words = in_words({"select": {"need": 0.0}, "chains": {"leap_exponent": 1.5}})
    assert words == "rbic with select.need=0, chains.leap_exponent=1.5"
    assert in_words({}) == "rbic again"
