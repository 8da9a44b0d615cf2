from dataclasses import is_dataclass
from typing import get_type_hints

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rbic.config import COMMANDS, EvaluateConfig, RunConfig, load, load_config
from rbic.settings import field_docs, settings_text


@pytest.mark.parametrize("root", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("overrides", [[], ["seed=5", "log=json", "out=s3://x"]])
def test_the_settings_printed_are_a_file_that_gives_the_same_configuration(
    tmp_path, root, overrides
):
    config = load(root, None, overrides)
    path = tmp_path / "all.yaml"
    path.write_text(settings_text(config))
    assert load(root, str(path)) == config


@pytest.mark.parametrize(
    ("command", "overrides"),
    [
        ("refine", ["select.seed=9", "generator.engine=http", "corpus=[a b, 'c,d']"]),
        ("evaluate", ["on=[a.jsonl, 'on']", "evaluate.by=[yes]", "generator.revision=0123"]),
        ("finetune", ["finetune.learning_rate=1e-5", "finetune.revision=12345e10"]),
        ("compare", ["compare.variants={on: {select: {alpha: 0.5}}}", "compare.seeds=[1]"]),
    ],
)
def test_so_are_the_settings_that_were_changed(tmp_path, command, overrides):
    config = load(COMMANDS[command], None, overrides)
    path = tmp_path / "all.yaml"
    path.write_text(settings_text(config))
    assert load(COMMANDS[command], str(path)) == config


def test_the_key_on_is_in_quotes():
    text = settings_text(load(EvaluateConfig, None, ["on=[a.jsonl]"]))
    assert yaml.safe_load(text)["on"] == ["a.jsonl"]


_ODD = st.text(st.sampled_from("a0 #:'\"\\${}.\n\x85"), min_size=1, max_size=12)


@settings(max_examples=5)
@given(st.lists(st.text(min_size=1, max_size=12) | _ODD, min_size=20, max_size=50))
def test_texts_are_read_back_from_the_file(tmp_path_factory, texts):
    config = load_config(None, [], {"generator.system": texts[0], "generator.stop": texts})
    path = tmp_path_factory.mktemp("settings") / "all.yaml"
    path.write_bytes(settings_text(config).encode())
    told = load_config(str(path)).generator
    assert (told.system, told.stop) == (texts[0], texts)


def test_a_seed_that_is_the_runs_stays_so_in_the_file(tmp_path):
    path = tmp_path / "all.yaml"
    path.write_text(settings_text(load_config(None, ["select.seed=9"])))
    config = load_config(str(path), ["seed=7"])
    assert (config.domains.seed, config.generator.seed, config.select.seed) == (7, 7, 9)


def test_choices_are_listed():
    assert "One of auto, float32, bfloat16." in settings_text(load_config(None))


def records(kind=RunConfig, name=""):
    for field, inner in get_type_hints(kind).items():
        if is_dataclass(inner):
            yield from records(inner, f"{name}{field}.")
        elif not name.startswith(("workers.", "ingest.fields.")) and field != "seed":
            yield name + field, field_docs(kind).get(field)


def test_every_setting_but_those_that_say_it_by_name_is_described():
    said_by_name = {"generator.temperature", "generator.top_p", "embed.text", "log"}
    said_by_name |= {"judge.temperature", "judge.top_p"}
    assert {name for name, meaning in records() if not meaning} <= said_by_name
