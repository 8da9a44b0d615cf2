"""How a comparison settles its settings before anything is run."""

import pytest

from rbic.compare import settle_comparison, trial_config
from rbic.config import CompareJobConfig, ConfigError, load


@pytest.fixture
def settled(tmp_path):
    def made(*overrides):
        values = {
            "corpus": ["pool.jsonl"], "compare.held_out": ["test.jsonl"],
            "finetune.model": "sample:model", "out": str(tmp_path / "out"),
        }  # fmt: skip
        config = load(CompareJobConfig, None, ["finetune.adapter=none", *overrides], values)
        return settle_comparison(config)

    return made


@pytest.mark.parametrize(
    ("overrides", "turn"),
    [
        ([], None),
        (["finetune.system=Be brief."], "Be brief."),
        (["generator.system=Be brief."], "Be brief."),
        (["finetune.system=Be brief.", "generator.system=Be brief."], "Be brief."),
    ],
)
def test_a_model_is_asked_with_the_system_turn_that_it_is_trained_with(settled, overrides, turn):
    config = settled(*overrides)
    assert config.finetune.system == config.tokens.system == turn
    # The problems of the pool and those held out are asked alike.
    assert config.generator.system == trial_config(config).generator.system == turn


def test_two_system_turns_are_refused(settled):
    words = "finetune.system is 'Be brief.' and generator.system 'Be long.'"
    with pytest.raises(ConfigError, match=words):
        settled("finetune.system=Be brief.", "generator.system=Be long.")


def test_a_trial_is_asked_the_bare_question_that_it_is_trained_on(settled):
    config = settled("generator.prompt=Solve: {question}")
    assert trial_config(config).generator.prompt == "{question}"
    # Pass rates are measured as the user says.
    assert config.generator.prompt == "Solve: {question}"


def test_a_limit_of_training_tokens_is_refused_for_it_would_stop_the_controls_too(settled):
    words = "finetune.max_tokens is 5000: .* leave it null and set finetune.epochs"
    with pytest.raises(ConfigError, match=words):
        settled("finetune.max_tokens=5000")


@pytest.mark.parametrize("key", ["finetune.model", "generator.model", "embed.model"])
def test_a_folder_of_a_model_that_is_not_there_is_named_before_anything_is_run(settled, key):
    with pytest.raises(ConfigError, match=f"{key}: there is no folder '/nowhere/model'"):
        settled(f"{key}=/nowhere/model", "generator.engine=transformers")


@pytest.mark.parametrize("name", ["./model", "~/model", "a/b/c", "models/my model", "models/"])
def test_what_can_be_no_name_on_the_hub_is_a_path(settled, name):
    with pytest.raises(ConfigError, match="finetune.model: there is no folder"):
        settled(f"finetune.model={name}")


@pytest.mark.parametrize("name", ["gpt2", "owner/a-model_1.5", "s3://bucket/models/one"])
def test_other_names_are_left_to_what_loads_them(settled, name):
    assert settled(f"finetune.model={name}").finetune.model == name


def test_what_is_loaded_elsewhere_need_not_be_here(settled, tmp_path):
    assert settled(f"finetune.model={tmp_path}").finetune.model == str(tmp_path)
    settled("generator.model=/nowhere/model", "generator.engine=http", "generator.url=http://h/v1")
    settled("finetune.model=/nowhere/model", "cluster.address=auto")
