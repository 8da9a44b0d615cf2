"""The shipped language model: small, complete, and what its README says."""

import json
from collections.abc import Iterator
from types import SimpleNamespace

import jinja2
import pytest
from tokenizers import Tokenizer

from benchmarks.sample.compose import ProblemMix
from benchmarks.sample.problems import draw_problem, plain_reply
from rbic.sample import encoder_dir, model_dir

MEBIBYTES = 2**20


@pytest.fixture(scope="module")
def tokenizer() -> Iterator[Tokenizer]:
    return Tokenizer.from_file(str(model_dir() / "tokenizer.json"))


@pytest.fixture(scope="module")
def template():
    config = json.loads((model_dir() / "tokenizer_config.json").read_text())
    return jinja2.Environment(autoescape=False).from_string(config["chat_template"])


def test_the_model_is_complete_and_small():
    sizes = {path.name: path.stat().st_size for path in model_dir().iterdir()}
    assert set(sizes) == {
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    assert sum(sizes.values()) < 8 * MEBIBYTES


def test_the_template_marks_the_user_and_opens_the_reply(template):
    messages = [{"role": "user", "content": "Find 1 + 1."}]
    prompt = template.render(messages=messages, add_generation_prompt=True)
    assert prompt == "<|user|>Find 1 + 1.<|assistant|>"
    messages.append({"role": "assistant", "content": "#### 2"})
    assert template.render(messages=messages) == f"{prompt}#### 2<|end|>"


def test_encoding_adds_nothing_and_decoding_gives_any_text_back(tokenizer):
    for text in ("plain", "多少元？", "naïve Ω \U0001f600 \t\n\x00", "a  b\r\n"):
        ids = tokenizer.encode(text, add_special_tokens=True).ids
        assert ids == tokenizer.encode(text, add_special_tokens=False).ids
        assert tokenizer.decode(ids) == text


def test_the_marks_of_the_template_are_single_tokens(tokenizer):
    for mark in ("<|pad|>", "<|user|>", "<|assistant|>", "<|end|>"):
        assert tokenizer.encode(mark, add_special_tokens=False).ids == [tokenizer.token_to_id(mark)]


def test_a_number_is_as_many_tokens_as_digits(tokenizer):
    assert tokenizer.encode("12 * 345 = 4140").tokens == [
        *"12", "Ġ*", "Ġ3", *"45", "Ġ=", "Ġ4", *"140"
    ]  # fmt: skip


def test_questions_and_replies_of_both_languages_are_short(tokenizer):
    for chinese_share in (0.0, 1.0):
        mix = ProblemMix(chinese_share=chinese_share)
        problems = [draw_problem(mix, 77, index) for index in range(200)]
        questions = [len(tokenizer.encode(p.question).ids) for p in problems]
        replies = [len(tokenizer.encode(plain_reply(p)).ids) for p in problems]
        assert sum(questions) / 200 < 70
        assert sum(replies) / 200 < 60


@pytest.mark.slow
def test_the_model_loads_and_answers_most_questions_of_one_step():
    from benchmarks.sample.pass_rates import SamplingConfig, passes, sample_replies

    mix = ProblemMix(step_weights=(1.0,))
    problems = [draw_problem(mix, 88, index) for index in range(60)]
    config = SamplingConfig(samples=1, temperature=0.0)
    replies = sample_replies(model_dir(), [p.question for p in problems], config)
    right = [
        passes(texts[0], problem.answer)
        for problem, texts in zip(problems, replies.texts, strict=True)
    ]
    assert sum(right) >= 40


def test_a_missing_encoder_is_named_with_the_extra_that_brings_it(monkeypatch):
    monkeypatch.setattr("rbic.sample.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"rbic\[sample-encoder\]"):
        encoder_dir()


def test_the_encoder_is_the_model_folder_of_its_package(monkeypatch, tmp_path):
    spec = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr("rbic.sample.find_spec", lambda name: spec)
    assert encoder_dir() == tmp_path / "model"
