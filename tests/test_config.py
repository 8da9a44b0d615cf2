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
        ("embed.prompt=null", "embed.prompt: Incompatible value 'None'"),
        ("generator.system", "expected a setting as key=value, got 'generator.system'"),
        ("select.floor=5 # rows", "select.floor: YAML ends a value at a # .* got 5 # rows"),
        ("select.floor=#5", "select.floor: YAML ends a value at a # "),
        ("generator.engine=http #1", "generator.engine: YAML ends a value at a # "),
        ("generator.stop=['#', # b\n c]", "generator.stop: YAML ends a value at a # "),
        ("generator.stop=[Question:, a]", r"generator.stop\[0\] must be one value, a text in "),
        ("generator.stop=[[a]]", r"generator.stop\[0\] must be one value, .* got \['a'\]"),
        ("generator.system=???", r"generator.system must be a value, got \?\?\?"),
        ("generator.stop=[a, '???']", r"generator.stop must be a value, got \?\?\?"),
        ("select.floor=???", r"select.floor must be a value, got \?\?\?"),
        ("select.floor=2024-13-45", "select.floor=2024-13-45: not valid YAML"),
        ("select={floor: 5, floor: 6}", "not valid YAML: found duplicate key floor"),
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
    "text",
    [
        "You are helpful. End with #### and the answer.",
        "#### first",
        "yes",
        "0123",
        "12345e10",
        "2024-01-01",
        "query: ",
        "two\n  lines",
        "[a]",
        "{question}",
        "*starred*",
        "it costs ${5}, or \\${6}",
        '"Yes" or "No"',
        "'Tis so",
        "'a' # b",
        "",
    ],
)
def test_a_text_on_the_command_line_is_taken_as_it_is(text):
    assert load_config(None, [f"generator.system={text}"]).generator.system == text


@pytest.mark.parametrize(
    ("given", "system"),
    [
        ("null", None),
        ("'null'", "null"),
        ("'it''s 5 # ${x}'", "it's 5 # ${x}"),
        (r'"a\nb"', "a\nb"),
    ],
)
def test_a_text_in_quotes_is_read_as_yaml_and_null_is_none(given, system):
    assert load_config(None, [f"generator.system={given}"]).generator.system == system


def test_texts_that_must_be_given_are_taken_as_they_are_too():
    prompt = "Problem {question} Write the answer after #### like 5"
    config = load_config(None, [f"generator.prompt={prompt}", "out=2024", "embed.model=off"])
    assert (config.generator.prompt, config.out, config.embed.model) == (prompt, "2024", "off")


def test_texts_in_lists_and_keys_of_dicts_are_not_made_into_numbers_or_truths():
    config = load_config(None, ["generator.stop=[no, 0123, 1.50, '#', \"\\n\"]", "corpus=[2024]"])
    assert config.generator.stop == ["no", "0123", "1.50", "#", "\n"]
    assert config.corpus == ["2024"]
    compared = load(CompareJobConfig, None, ["compare.variants={on: {select: {floor: 1e1}}}"])
    assert compared.compare.variants == {"on": {"select": {"floor": 10.0}}}


def test_a_command_s_own_options_are_taken_as_they_are():
    config = load_config(None, [], {"out": "a${b}", "corpus": ["c${d}.jsonl", "on"]})
    assert (config.out, config.corpus) == ("a${b}", ["c${d}.jsonl", "on"])


def test_a_file_gives_texts_as_they_are_written_and_all_else_as_yaml(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(
        "generator: &all {revision: 0123, system: yes, stop: [off, 1e3], top_p: 5e-1}\n"
        "judge: {<<: *all, system: 'no', attempts: 1, model: , url: ~}\n"
        "tokens: {revision: 2024-01-01, system: null}  # a comment\n"
        "select: {floor: 0x10, max_sample_tokens: null}\n"
        "out: ${generator.revision}/out\n"
    )
    config = load_config(str(path))
    told = config.generator
    assert (told.revision, told.system, told.stop) == ("0123", "yes", ["off", "1e3"])
    assert told.top_p == 0.5
    assert (config.judge.revision, config.judge.system) == ("0123", "no")
    assert (config.judge.model, config.judge.url, config.tokens.system) == (None, None, None)
    assert (config.tokens.revision, config.select.floor) == ("2024-01-01", 16)
    assert config.out == "0123/out"


def test_a_file_of_evaluate_names_its_files_with_on_or_without_quotes(tmp_path):
    path = tmp_path / "c.yaml"
    for key in ("on", "'on'"):
        path.write_text(f"{key}: [a.jsonl]\n")
        assert load(EvaluateConfig, str(path)).on == ["a.jsonl"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("yes: [a]", "unknown key yes"),
        ("generator: {on: 1}", "unknown key generator.on"),
        ("generator: {1: x}", "unknown key generator.1"),
        ("generator: {prompt: {question}}", "generator.prompt: Cannot convert"),
        ("seed: 1\nseed: 2", "found duplicate key seed"),
        ("seed: !!int x", "not valid YAML"),
    ],
)
def test_what_a_file_cannot_hold_is_named(tmp_path, text, words):
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words):
        load(EvaluateConfig, str(path))


def test_an_empty_file_changes_nothing(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("# nothing yet\n")
    assert load_config(str(path)) == load_config(None)


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
