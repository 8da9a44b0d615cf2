from types import SimpleNamespace

from rbic.chunks import Workers
from rbic.core.contribution import ContributionRule
from rbic.core.integrity import ChainRule
from rbic.core.selection.method import RULES, Method
from rbic.core.selection.refine import SelectConfig
from rbic.core.trials import CompareConfig
from rbic.models.checker import CheckRule
from rbic.models.finetune_config import FinetuneConfig
from rbic.models.generator import GeneratorConfig
from rbic.stages.trials import trials_step
from rbic.trial_config import HeldOut, TrialConfig

VARIANTS = {"even": {"select": {"need": 0.0}}}
INPUTS = {name: SimpleNamespace(digest=f"{name:_<8}") for name in ("embed", "likelihood")}


def _names():
    compare = CompareConfig(
        methods=["rbic", "random", "limo", "deita", "length_matched_random"], controls=[],
        variants=VARIANTS, budgets=[0.1], seeds=[1], full_seeds=1, long_controls=[],
    )  # fmt: skip
    config = TrialConfig(
        SelectConfig(), FinetuneConfig(model="sample:model"), GeneratorConfig(), CheckRule(),
        ChainRule(), ContributionRule(), VARIANTS,
    )  # fmt: skip
    step = trials_step(compare, config, HeldOut(None, [], "problems"), Workers())
    return {chunk.payload["method"]: chunk.name for chunk in step.plan(INPUTS)}


def _changed(before):
    return {name for name, chunk in _names().items() if chunk != before[name]}


def test_where_the_rule_of_a_method_changed_only_its_trials_are_others(monkeypatch):
    before = _names()
    assert before["base"] == "base-0-0"
    assert before["random"] == "random-0.1-0"
    monkeypatch.setitem(RULES, Method.LIMO, RULES.get(Method.LIMO, 1) + 1)
    assert _changed(before) == {"limo"}


def test_what_rests_on_the_choice_of_rbic_changes_with_it(monkeypatch):
    before = _names()
    monkeypatch.setitem(RULES, Method.RBIC, RULES[Method.RBIC] + 1)
    assert _changed(before) == {"rbic", "even", "length_matched_random"}


def test_a_rule_of_its_own_renames_a_method_that_rests_on_rbic_once_more(monkeypatch):
    before = _names()
    own = Method.LENGTH_MATCHED_RANDOM
    monkeypatch.setitem(RULES, own, RULES.get(own, 1) + 1)
    assert _changed(before) == {"length_matched_random"}


def test_a_trial_is_named_by_what_its_method_reads(monkeypatch):
    before = _names()
    monkeypatch.setitem(INPUTS, "embed", SimpleNamespace(digest="another_"))
    assert _changed(before) == {"deita"}
