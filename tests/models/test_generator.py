import gc
import json
import shutil
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from rbic.models.generator import (
    Engine,
    Finish,
    GeneratorConfig,
    Watch,
    attempt_seeds,
    chat_turns,
    load_engine,
    load_generator,
    reply_params,
    settle_engine,
)

QUESTIONS = ["what is 1+1?", "a much longer question about nothing at all, is it?", "x"]


def _config(model, engine, **settings):
    defaults = {"attempts": 3, "max_tokens": 20, "dtype": "float32", "batch_replies": 8}
    return GeneratorConfig(model=model, engine=engine, **(defaults | settings))


def _load(config, *watch):
    """An engine; those that nobody holds are gone before, since vLLM's take down what all share."""
    gc.collect()
    return load_engine(config, *watch)


def _seeds(count=3, attempts=3):
    return attempt_seeds(0, np.arange(count), attempts)


def _same_for_any_batch(model, engine):
    """Replies to each question alone are those it gets among others."""
    generator = _load(_config(model, engine))
    together = generator.generate(QUESTIONS, _seeds())
    alone = [generator.generate([q], _seeds()[i : i + 1])[0] for i, q in enumerate(QUESTIONS)]
    assert [[r.text for r in own] for own in together] == [[r.text for r in own] for own in alone]
    assert together == generator.generate(QUESTIONS, _seeds())
    assert len({reply.text for own in together for reply in own}) == 9


def _over_long_prompts_are_found_before_they_are_sent(model, engine):
    generator = _load(_config(model, engine, max_model_tokens=64))
    replies = generator.generate([*QUESTIONS, "y" * 100], _seeds(4))
    assert {reply.finish for reply in replies[3]} == {Finish.PROMPT_TOO_LONG}
    assert {reply.text for reply in replies[3]} == {""}
    assert all(r.prompt_tokens + r.tokens <= 64 for own in replies[:3] for r in own)


def _greedy(model, engine):
    generator = _load(_config(model, engine, temperature=0.0, attempts=1))
    return [own[0].text for own in generator.generate(QUESTIONS, _seeds(attempts=2))]


def _a_word_ends_a_reply(model, engine):
    """The reply up to the first of the words, and no token after it."""
    whole = _load(_config(model, engine, max_tokens=60)).generate(QUESTIONS, _seeds())
    texts = [reply.text for own in whole for reply in own]
    longest = sorted(texts, key=len)[-2:]
    words = [text[len(text) // 3 :][:size] for text, size in zip(longest, (2, 3), strict=True)]
    stopped = _load(_config(model, engine, max_tokens=60, stop=words)).generate(QUESTIONS, _seeds())
    met = 0
    for before, reply in zip(texts, [one for own in stopped for one in own], strict=True):
        at = min((before.find(word) for word in words if word in before), default=None)
        assert reply.text == before[:at]
        if at is not None:
            met += 1
            assert reply.finish is Finish.STOP
            assert reply.tokens < 60
    assert met >= 2


def _log_probabilities_are_those_of_the_model(model, engine):
    """The mean over a reply's tokens, read with the prompt before them, at temperature 1."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from rbic.models.generator import prompt_ids

    settings = {"temperature": 0.8, "top_p": 0.9, "max_tokens": 30}
    config = _config(model, engine, log_probabilities=True, **settings)
    replies = _load(config).generate([*QUESTIONS, "y" * 5000], _seeds(4))
    assert {reply.mean_log_probability for reply in replies[3]} == {None}
    tokenizer = AutoTokenizer.from_pretrained(model)
    network = AutoModelForCausalLM.from_pretrained(model, dtype="float32").eval()
    compared = 0
    for prompt, own in zip(prompt_ids(tokenizer, config, QUESTIONS), replies[:3], strict=True):
        for reply in own:
            ids = tokenizer(reply.text, add_special_tokens=False)["input_ids"]
            if reply.finish is Finish.STOP:
                ids.append(tokenizer.eos_token_id)
            if len(ids) != reply.tokens:
                continue  # the text was not cut into tokens as it was written
            with torch.inference_mode():
                scores = network(input_ids=torch.tensor([prompt + ids])).logits[0]
            each = torch.log_softmax(scores[len(prompt) - 1 : -1].double(), dim=-1)
            want = float(each[torch.arange(len(ids)), torch.tensor(ids)].mean())
            assert reply.mean_log_probability == pytest.approx(want, abs=2e-3)
            compared += 1
    assert compared >= 2
    plain = _load(replace(config, log_probabilities=False)).generate(QUESTIONS, _seeds())
    assert plain == [[replace(r, mean_log_probability=None) for r in own] for own in replies[:3]]


class _Noted(Watch):
    def __init__(self):
        self.beats, self.under_way, self.replies = 0, [], {}

    def beat(self):
        self.beats += 1

    def begun(self, questions):
        self.under_way += questions

    def done(self, question, replies):
        assert question in self.under_way
        self.replies[question] = list(replies)


def _every_question_is_told_of_when_it_is_done(model, engine, **settings):
    noted = _Noted()
    config = _config(model, engine, batch_replies=2, max_model_tokens=100, **settings)
    generator = _load(config, noted)
    assert noted.beats == 0
    questions = [*QUESTIONS, "y" * 120]
    replies = generator.generate(questions, _seeds(4, config.attempts))
    assert noted.replies == dict(enumerate(replies[:3]))
    assert sorted(set(noted.under_way)) == [0, 1, 2]
    assert noted.beats > 0


def _a_template_that_refuses_is_said_at_once(model, engine, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(model, folder)
    template = (
        "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    )
    written = (folder / "chat_template.jinja").read_text()
    (folder / "chat_template.jinja").write_text(template + written)
    _load(_config(str(folder), engine))
    with pytest.raises(ValueError, match=r"no system.*generator.system=null") as refused:
        _load(_config(str(folder), engine, system="Be brief."))
    traceback.clear_frames(refused.tb)  # they hold an engine


def _a_reply_ends_where_the_turns_of_the_template_do(model, engine, tmp_path):
    """Whatever ends the texts of the model, as in the base models of Qwen."""
    config = _config(model, engine, max_tokens=60)
    wanted = _load(config).generate(QUESTIONS, _seeds())
    assert any(one.finish is Finish.STOP for own in wanted for one in own)
    folder = tmp_path / "model"
    shutil.copytree(model, folder)
    for name in ("config.json", "generation_config.json", "tokenizer_config.json"):
        told = json.loads((folder / name).read_text())
        told |= {"eos_token": None} if "tokenizer" in name else {"eos_token_id": None}
        (folder / name).write_text(json.dumps(told))
    template = (folder / "chat_template.jinja").read_text()
    ending = "{% if m['role'] == 'assistant' %}</s>{% endif %}"
    template = template.replace("{{ m['content'] }}", "{{ m['content'] }}" + ending)
    (folder / "chat_template.jinja").write_text(template)
    replies = _load(replace(config, model=str(folder))).generate(QUESTIONS, _seeds())
    assert replies == wanted


def _same_in_a_process_of_its_own_even_a_killed_one(model, engine):
    config = _config(model, engine, max_tokens=90, attempts=8)
    wanted = _load(config).generate(QUESTIONS, _seeds(attempts=8))
    generator = load_generator(config)
    assert generator.generate(QUESTIONS, _seeds(attempts=8)) == wanted
    first = generator._engine._process
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(generator.generate, QUESTIONS, _seeds(attempts=8))
        time.sleep(0.02)
        first.kill()
        assert asked.result(240) == wanted
    assert generator._engine._process is not first


@pytest.mark.slow
class TestTransformers:
    def test_a_word_ends_a_reply_of_a_model_with_a_cache_of_its_own(self, tiny_model, monkeypatch):
        monkeypatch.setattr("rbic.models.generator_transformers.decodes", lambda model: False)
        _a_word_ends_a_reply(tiny_model, Engine.TRANSFORMERS)
        _every_question_is_told_of_when_it_is_done(tiny_model, Engine.TRANSFORMERS)

    def test_a_reply_does_not_depend_on_the_others_in_its_batch(self, tiny_model):
        _same_for_any_batch(tiny_model, Engine.TRANSFORMERS)

    def test_over_long_prompts_are_found_before_they_are_sent(self, tiny_model):
        _over_long_prompts_are_found_before_they_are_sent(tiny_model, Engine.TRANSFORMERS)

    def test_a_process_of_its_own_gives_the_same_even_a_killed_one(self, tiny_model):
        _same_in_a_process_of_its_own_even_a_killed_one(tiny_model, Engine.TRANSFORMERS)

    @pytest.mark.parametrize("own", [True, False])
    def test_log_probabilities_are_those_of_the_model(self, tiny_model, monkeypatch, own):
        monkeypatch.setattr("rbic.models.generator_transformers.decodes", lambda model: own)
        _log_probabilities_are_those_of_the_model(tiny_model, Engine.TRANSFORMERS)

    def test_a_word_ends_a_reply(self, tiny_model):
        _a_word_ends_a_reply(tiny_model, Engine.TRANSFORMERS)

    @pytest.mark.parametrize("settings", [{}, {"temperature": 0.0, "attempts": 1}])
    def test_every_question_is_told_of_when_it_is_done(self, tiny_model, settings):
        _every_question_is_told_of_when_it_is_done(tiny_model, Engine.TRANSFORMERS, **settings)

    def test_a_template_that_refuses_is_said_at_once(self, tiny_model, tmp_path):
        _a_template_that_refuses_is_said_at_once(tiny_model, Engine.TRANSFORMERS, tmp_path)

    def test_a_reply_ends_where_the_turns_of_the_template_do(self, tiny_model, tmp_path):
        _a_reply_ends_where_the_turns_of_the_template_do(tiny_model, Engine.TRANSFORMERS, tmp_path)

    def test_the_prompt_has_its_first_token_once(self, tiny_model):
        from transformers import AutoTokenizer

        from rbic.models.generator import prompt_ids

        tokenizer = AutoTokenizer.from_pretrained(tiny_model)
        (ids,) = prompt_ids(tokenizer, _config(tiny_model, Engine.TRANSFORMERS), ["q"])
        assert ids.count(1) == 1
        assert tokenizer.decode(ids[1:]).replace(" ", "") == "user:qassistant:"


def test_a_model_that_also_sees_reads_as_far_as_the_part_that_reads_text(tiny_model):
    transformers = pytest.importorskip("transformers", reason="needs the extra cpu or gpu")
    from rbic.models.generator_transformers import TransformersGenerator

    text = {"vocab_size": 128, "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1,
            "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16,
            "max_position_embeddings": 96}  # fmt: skip
    eyes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1,
            "num_attention_heads": 2, "image_size": 28, "patch_size": 14}  # fmt: skip
    config = transformers.Gemma3Config(text_config=text, vision_config=eyes, mm_tokens_per_image=4)
    assert not hasattr(config, "max_position_embeddings")
    model = transformers.AutoModelForCausalLM.from_config(config)
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_model)
    asked = _config(tiny_model, Engine.TRANSFORMERS, attempts=1, max_tokens=3)
    generator = TransformersGenerator.from_loaded(model, tokenizer, asked)
    short, long = generator.generate(["x", "y" * 96], _seeds(2, 1))
    assert short[0].finish is not Finish.PROMPT_TOO_LONG
    assert long[0].finish is Finish.PROMPT_TOO_LONG


@pytest.mark.vllm
class TestVllm:
    def test_a_reply_does_not_depend_on_the_others_in_its_batch(self, tiny_model):
        _same_for_any_batch(tiny_model, Engine.VLLM)

    def test_over_long_prompts_are_found_before_they_are_sent(self, tiny_model):
        _over_long_prompts_are_found_before_they_are_sent(tiny_model, Engine.VLLM)

    def test_a_process_of_its_own_gives_the_same_even_a_killed_one(self, tiny_model):
        _same_in_a_process_of_its_own_even_a_killed_one(tiny_model, Engine.VLLM)

    def test_a_word_ends_a_reply(self, tiny_model):
        _a_word_ends_a_reply(tiny_model, Engine.VLLM)

    @pytest.mark.parametrize("settings", [{}, {"temperature": 0.0, "attempts": 1}])
    def test_every_question_is_told_of_when_it_is_done(self, tiny_model, settings):
        _every_question_is_told_of_when_it_is_done(tiny_model, Engine.VLLM, **settings)

    def test_a_template_that_refuses_is_said_at_once(self, tiny_model, tmp_path):
        _a_template_that_refuses_is_said_at_once(tiny_model, Engine.VLLM, tmp_path)

    def test_a_reply_ends_where_the_turns_of_the_template_do(self, tiny_model, tmp_path):
        _a_reply_ends_where_the_turns_of_the_template_do(tiny_model, Engine.VLLM, tmp_path)

    def test_log_probabilities_are_those_of_the_model(self, tiny_model):
        _log_probabilities_are_those_of_the_model(tiny_model, Engine.VLLM)

    def test_an_error_in_mid_batch_is_no_refusal_of_the_prompts(self, tiny_model, monkeypatch):
        generator = _load(_config(tiny_model, Engine.VLLM))
        core = generator._llm.llm_engine.engine_core

        def fail():
            raise ValueError("of the engine")

        monkeypatch.setattr(core, "get_output", fail)
        with pytest.raises(RuntimeError, match="failed in mid-batch: of the engine"):
            generator.generate(QUESTIONS, _seeds())

    def test_steps_without_a_token_are_no_sign_of_life(self, tiny_model, monkeypatch):
        noted = _Noted()
        generator = _load(_config(tiny_model, Engine.VLLM), noted)
        engine = generator._llm.llm_engine
        core, beats = engine.engine_core.engine_core, []
        step = core.step_fn

        def idle():
            if len(beats) < 50:
                beats.append(noted.beats)
                return {}, False
            return step()

        monkeypatch.setattr(core, "step_fn", idle)
        generator.generate(QUESTIONS, _seeds())
        assert set(beats) == {0}
        assert noted.beats > 0

    def test_greedy_replies_are_those_of_transformers(self, tiny_model):
        assert _greedy(tiny_model, Engine.VLLM) == _greedy(tiny_model, Engine.TRANSFORMERS)


def test_attempts_of_a_sample_have_seeds_of_their_own():
    seeds = attempt_seeds(0, np.arange(1000), 8)
    assert seeds.min() >= 0
    assert seeds.max() < 2**31
    assert len(set(seeds[:, 0].tolist())) == 1000
    assert (np.diff(seeds, axis=1) == 1).all()
    assert not np.array_equal(seeds, attempt_seeds(1, np.arange(1000), 8))
    assert np.array_equal(attempt_seeds(0, np.array([7]), 8)[0], seeds[7])


@pytest.mark.parametrize(
    ("settings", "engine"),
    [
        ({}, Engine.NONE),
        ({"model": "m", "url": "http://x"}, Engine.HTTP),
        ({"model": "m", "engine": Engine.TRANSFORMERS}, Engine.TRANSFORMERS),
    ],
)
def test_the_engine_is_settled_by_what_is_given(settings, engine):
    assert settle_engine(GeneratorConfig(**settings)) is engine


@pytest.mark.parametrize(("found", "engine"), [(True, "vllm"), (False, "transformers")])
def test_vllm_is_taken_where_it_is_installed(monkeypatch, found, engine):
    monkeypatch.setattr("rbic.models.generator.installed", lambda name: found)
    assert settle_engine(GeneratorConfig(model="m")) == engine


def test_the_question_takes_its_place_in_the_prompt():
    config = GeneratorConfig(prompt="Solve: {question}!", system="Be brief.")
    assert chat_turns(config, "a {question} b") == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Solve: a {question} b!"},
    ]


def test_what_changes_a_reply_names_the_step_and_nothing_else_does():
    config = GeneratorConfig(engine=Engine.HTTP, model="m", url="http://a")
    speed = {"url": "http://b", "key_variable": "K", "requests_per_minute": 9, "patience_s": 1.0,
             "timeout_s": 1.0, "load_timeout_s": 1.0,
             "batch_replies": 2, "attempts": 2}  # fmt: skip
    assert reply_params(replace(config, **speed)) == reply_params(config)
    for settings in ({"stop": ["x"]}, {"max_tokens": 5}, {"seed": 1}, {"prompt": "Q {question}"}):
        assert reply_params(replace(config, **settings)) != reply_params(config)
    local = GeneratorConfig(engine=Engine.VLLM, model="m")
    for settings in ({"batch_replies": 2}, {"tensor_parallel": 2}):
        assert reply_params(replace(local, **settings)) != reply_params(local)


def test_several_workers_ask_a_server_no_more_often_than_one():
    config = GeneratorConfig(engine=Engine.HTTP, model="m", url="http://a", requests_per_minute=60)
    assert config.share_of(1) == config
    assert config.share_of(8) == replace(config, requests_per_minute=7.5)
    free = replace(config, requests_per_minute=None)
    assert free.share_of(8) == free


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"attempts": 0}, "generator.attempts must be at least 1"),
        ({"timeout_s": 0.0}, "generator.timeout_s must be above 0"),
        ({"patience_s": 0.0}, "generator.patience_s must be above 0"),
        ({"load_timeout_s": -1.0}, "generator.load_timeout_s must be above 0, got -1"),
        ({"timeout_s": float("inf")}, "generator.timeout_s must be finite, got inf"),
        ({"patience_s": float("inf")}, "generator.patience_s must be finite, got inf"),
        ({"load_timeout_s": float("inf")}, "generator.load_timeout_s must be finite, got inf"),
        ({"patience_s": float("nan")}, "generator.patience_s must be above 0, got nan"),
        ({"max_model_tokens": 0}, "generator.max_model_tokens must be null or at least 2, got 0"),
        ({"max_model_tokens": 1}, "generator.max_model_tokens must be null or at least 2, got 1"),
        ({"requests_per_minute": 0}, "generator.requests_per_minute must be above 0"),
        ({"stop": ["a", ""]}, "generator.stop must not hold an empty word"),
        ({"top_p": 0.0}, r"generator.top_p must be in \(0, 1\]"),
        (
            {"temperature": 0.0, "attempts": 4},
            r"generator.temperature=0 .* generator.attempts is 4: set generator.attempts=1, or",
        ),
        ({"prompt": "no place"}, r"generator.prompt must hold \{question\}"),
    ],
)
def test_a_setting_out_of_range_is_named(settings, words):
    with pytest.raises(ValueError, match=words):
        GeneratorConfig(**settings)
