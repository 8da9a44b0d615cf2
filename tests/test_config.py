import pytest

from rbic.config import (
    CompareJobConfig,
    ConfigError,
    EvaluateConfig,
    RunConfig,
    is_override,
    load,
    load_config,
)
from rbic.core.selection.method import Method
from rbic.models.encoder import EmbeddedText
from rbic.models.generator import Engine


def test_layers_are_defaults_file_options_and_overrides(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("select: {budget: 0.3, floor: 5}\nseed: 7\n")
    config = load_config(str(path), ["select.budget=0.1"], {"select.budget": 0.2, "out": "o"})
    assert (config.select.budget, config.select.floor, config.select.tau) == (0.1, 5, 1.0)
    assert (config.seed, config.out) == (7, "o")


def test_the_seed_of_the_run_reaches_every_part_that_has_none_of_its_own():
    config = load_config(None, ["seed=5", "select.seed=9"])
    assert (config.domains.seed, config.problems.seed, config.generator.seed) == (5, 5, 5)
    assert config.select.seed == 9


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("select.budgt=0.1", "unknown key select.budgt; did you mean select.budget?"),
        ("selekt.budget=0.1", "unknown key selekt; did you mean select?"),
        ("zzz=1", "unknown key zzz; there are chains, check, cluster"),
        ("budget=0.2", "unknown key budget; did you mean select.budget?"),
        ("attempts=4", "did you mean generator.attempts"),
        ("select.budget=[1", "select.budget=.1: not valid YAML"),
        ("seed=-1", r"seed must be in \[0, 2\^32\), got -1"),
        ("seed=4294967296", r"seed must be in \[0, 2\^32\), got 4294967296"),
        ("select.floor=many", "select.floor"),
        ("select.budget=1.5", r"select.budget must be a share in \(0, 1\], got 1.5"),
        ("generator.engine=vlm", "generator.engine must be one of auto, vllm, transformers"),
        ("workers.embed.count=-1", "count must be 0 or more, got -1"),
        ("embed=3", "embed is a group of settings, got 3"),
    ],
)
def test_a_wrong_setting_is_an_error_that_names_the_key(override, words):
    with pytest.raises(ConfigError, match=words):
        load_config(None, [override])


@pytest.mark.parametrize(
    ("root", "overrides", "words"),
    [
        (RunConfig, ["generator.temperature=0"], "generator.attempts is 8: set generator.attempts"),
        (EvaluateConfig, ["generator.attempts=4"], "generator.temperature=0 gives the same reply"),
        (
            RunConfig,
            ["generator.temperature=0", "generator.attempts=1", "problems.rounds=3"],
            "problems.rounds is 3: set problems.rounds=1",
        ),
        (CompareJobConfig, ["compare.attempts=4"], "compare.attempts is 4: set compare.attempts=1"),
    ],
)
def test_copies_of_the_likeliest_reply_are_no_attempts(root, overrides, words):
    with pytest.raises(ConfigError, match=words):
        load(root, None, overrides)


def test_compare_checks_what_refine_checks():
    with pytest.raises(ConfigError, match="seed must be in"):
        load(CompareJobConfig, None, ["seed=-1"])


@pytest.mark.parametrize(
    ("root", "overrides"),
    [
        (RunConfig, ["generator.temperature=0", "generator.attempts=1"]),
        (EvaluateConfig, []),
        (EvaluateConfig, ["generator.attempts=4", "generator.temperature=1"]),
        (CompareJobConfig, []),
        (CompareJobConfig, ["compare.attempts=4", "compare.temperature=0.7"]),
    ],
)
def test_one_likeliest_reply_or_several_that_are_drawn_are_attempts(root, overrides):
    assert isinstance(load(root, None, overrides), root)


def test_a_wrong_key_in_a_file_is_named_too(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("embed: {modle: x}\n")
    with pytest.raises(ConfigError, match="embed.modle; did you mean embed.model"):
        load_config(str(path))


@pytest.mark.parametrize("text", [b"a: [1", b"\xff\xfe\x00", None])
def test_a_file_that_is_no_yaml_is_refused_by_name(tmp_path, text):
    path = tmp_path / "c.yaml"
    path.mkdir() if text is None else path.write_bytes(text)
    with pytest.raises(ConfigError, match=r"c\.yaml"):
        load_config(str(path))


@pytest.mark.parametrize("text", ["- 1\n- 2\n", "just words"])
def test_a_file_without_keys_is_refused(tmp_path, text):
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        load_config(str(path))


def test_a_missing_file_is_named():
    with pytest.raises(ConfigError, match="no configuration file 'none.yaml'"):
        load_config("none.yaml")


def test_closed_choices_and_nulls_are_read():
    config = load_config(
        None,
        ["generator.engine=http", "embed.text=question_and_chain", "select.method=longest",
         "generator.model=null", "embed.prompt="],
    )  # fmt: skip
    assert config.generator.engine is Engine.HTTP
    assert config.embed.text is EmbeddedText.QUESTION_AND_CHAIN
    assert config.select.method is Method.LONGEST
    assert config.generator.model is None
    assert config.embed.prompt == ""


@pytest.mark.parametrize(
    ("argument", "yes"),
    [
        ("select.budget=0.1", True),
        ("seed=1", True),
        ("data/date=2024/x.jsonl", False),
        ("s3://bucket/a=b.jsonl", False),
        ("plain.jsonl", False),
    ],
)
def test_settings_are_told_from_paths(argument, yes):
    assert is_override(argument) is yes
