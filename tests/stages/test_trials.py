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
        methods=["rbic", "random", "limo", "deita"], controls=[], variants=VARIANTS, budgets=[0.1],
        seeds=[1], full_seeds=1, long_controls=[],
    )  # fmt: skip
    config = TrialConfig(
        SelectConfig(), FinetuneConfig(model="sample:model"), GeneratorConfig(), CheckRule(),
        ChainRule(), ContributionRule(), VARIANTS,
    )  # fmt: skip
    step = trials_step(compare, config, HeldOut(None, [], "problems"), Workers())
    return {chunk.payload["method"]: chunk.name for chunk in step.plan(INPUTS)}


def test_where_the_rule_of_a_method_changed_only_its_trials_are_others(monkeypatch):
    before = _names()
    assert before["base"] == "base-0-0"
    assert before["random"] == "random-0.1-0"
    for method in (Method.RBIC, Method.LIMO):
        monkeypatch.setitem(RULES, method, RULES.get(method, 1) + 1)
    changed = {name for name, chunk in _names().items() if chunk != before[name]}
    # What varies rbic changes with it.
    assert changed == {"rbic", "even", "limo"}


def test_a_trial_is_named_by_what_its_method_reads(monkeypatch):
    before = _names()
    monkeypatch.setitem(INPUTS, "embed", SimpleNamespace(digest="another_"))
    assert {name for name, chunk in _names().items() if chunk != before[name]} == {"deita"}
