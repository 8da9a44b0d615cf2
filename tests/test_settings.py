from dataclasses import is_dataclass
from typing import get_type_hints

import pytest

from rbic.config import RunConfig, load_config
from rbic.settings import field_docs, settings_text


@pytest.mark.parametrize(
    "overrides",
    [[], ["seed=5", "select.seed=9", "generator.engine=http", "corpus=[a b, 'c,d']", "out=s3://x"]],
)
def test_the_settings_printed_are_a_file_that_gives_the_same_configuration(tmp_path, overrides):
    config = load_config(None, overrides)
    path = tmp_path / "all.yaml"
    path.write_text(settings_text(config))
    assert load_config(str(path)) == config


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
