import numpy as np
import pytest
import torch

from rbic.models.sampling import choose, uniform_numbers


def _drawn(probability, count, **rule):
    scores = torch.tensor(probability).log().repeat(count, 1)
    token_R = choose(scores, np.arange(count), np.zeros(count, np.int64), **rule)
    return np.bincount(token_R, minlength=len(probability)) / count


@pytest.mark.parametrize(
    ("top_p", "kept"),
    [(1.0, [0.15, 0.5, 0.05, 0.3]), (0.8, [0, 0.625, 0, 0.375]), (0.1, [0, 1, 0, 0])],
)
def test_sampling_follows_the_model_and_top_p(top_p, kept):
    drawn = _drawn([0.15, 0.5, 0.05, 0.3], 40_000, temperature=1.0, top_p=top_p)
    assert np.abs(drawn - kept).max() < 0.01
    assert (drawn[np.array(kept) == 0] == 0).all()


def test_temperature_flattens():
    scores = torch.tensor([2.0, 0.0]).repeat(40_000, 1)
    drawn = choose(scores, np.arange(40_000), np.zeros(40_000, np.int64), 2.0, 1.0)
    assert abs(drawn.float().mean() - 1 / (1 + np.e)) < 0.01


def test_an_impossible_token_is_never_drawn(monkeypatch):
    scores = torch.tensor([[-torch.inf, 0.0, 0.0, -torch.inf]]).repeat(3, 1)
    edges = np.array([0.0, 0.5, 1.0])  # 1.0 stands for a product that rounded up
    monkeypatch.setattr("rbic.models.sampling.uniform_numbers", lambda seed_R, step_R: edges)
    drawn = choose(scores, np.arange(3), np.zeros(3, np.int64), 1.0, 1.0)
    assert drawn.tolist() == [1, 2, 2]


def test_numbers_of_seeds_and_steps_are_their_own_and_even():
    seed_R, step_R = (grid.ravel() for grid in np.mgrid[:200, :200])
    numbers = uniform_numbers(seed_R, step_R)
    assert len(set(numbers.tolist())) == 40_000
    share = np.histogram(numbers, bins=10, range=(0, 1))[0] / 40_000
    assert np.abs(share - 0.1).max() < 0.01


def _model(folder, dtype="float32"):
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval()


def _rule(model, **settings):
    from rbic.models.chat import named_ends
    from rbic.models.decoding import DecodeRule

    defaults = {
        "temperature": 0.0, "top_p": 1.0, "max_new_tokens": 40, "max_tokens": 1000,
        "batch_rows": 8, "ends": frozenset(named_ends(model)), "padding": 0,
    }  # fmt: skip
    return DecodeRule(**(defaults | settings))


def _plain(model, prompt, rule):
    """The reply of the library's own loop to one prompt alone, without the padding behind."""
    room = min(rule.max_new_tokens, rule.max_tokens - len(prompt))
    out = model.generate(
        input_ids=torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=int),
        max_new_tokens=room, do_sample=False, pad_token_id=0,
    )[0, len(prompt) :].tolist()  # fmt: skip
    stop = next((i for i, token in enumerate(out) if token in rule.ends), len(out))
    return out[: stop + 1]


def _prompts(count, vocabulary, seed=0, longest=30):
    rng = np.random.default_rng(seed)
    lengths = sorted(rng.integers(1, longest, count).tolist())
    return [rng.integers(4, vocabulary, length).tolist() for length in lengths]


@pytest.fixture(scope="module")
def sample_model():
    from rbic.sample.names import located

    return _model(located("sample:model"))


@pytest.mark.slow
class TestDecoder:
    @pytest.mark.parametrize("batch_rows", [1, 7, 16, 64])
    def test_greedy_replies_are_those_of_generate(self, sample_model, batch_rows):
        from transformers import AutoTokenizer

        from rbic.models.decoding import Decoder
        from rbic.models.generator import GeneratorConfig, prompt_ids
        from rbic.sample.names import located

        tokenizer = AutoTokenizer.from_pretrained(located("sample:model"))
        questions = [f"Tom has {n} apples and buys {n % 7} more." for n in range(0, 3000, 150)]
        prompts = prompt_ids(tokenizer, GeneratorConfig(), questions)
        prompts += _prompts(20, 2048)
        prompts.sort(key=len)
        rule = _rule(sample_model, batch_rows=batch_rows, max_new_tokens=120)
        got = Decoder(sample_model, prompts, np.zeros(40, np.int64), rule).run()
        assert got == [_plain(sample_model, prompt, rule) for prompt in prompts]
        assert len({len(reply) for reply in got}) > 10

    @pytest.mark.parametrize("batch_rows", [1, 5, 12, 100])
    def test_drawn_replies_do_not_depend_on_the_batch(self, tiny_model, batch_rows):
        from rbic.models.decoding import Decoder

        model = _model(tiny_model)
        prompts = [prompt for prompt in _prompts(12, 90) for _ in range(3)]
        seed_R = np.arange(36)
        drawn = {"temperature": 1.0, "top_p": 0.95}
        want = Decoder(model, prompts, seed_R, _rule(model, batch_rows=36, **drawn)).run()
        rule = _rule(model, batch_rows=batch_rows, **drawn)
        assert Decoder(model, prompts, seed_R, rule).run() == want
        assert len({tuple(reply) for reply in want}) > 30
        # One reply at a time, and one token at a time, without a cache.
        for n in (0, 20, 35):
            assert want[n] == _drawn_without_cache(model, prompts[n], seed_R[n], rule)

    def test_log_probabilities_are_the_model_s_own_whatever_the_draw(self, tiny_model):
        from rbic.models.decoding import Decoder, DecodeWatch

        model, heard = _model(tiny_model), {}

        class Ear(DecodeWatch):
            def ended(self, reply, ids, log_probability):
                heard[reply] = log_probability

        prompts = [prompt for prompt in _prompts(12, 90) for _ in range(2)]
        settings = {"temperature": 1.3, "top_p": 0.9, "batch_rows": 5}
        for known in (True, False):
            rule = _rule(model, log_probabilities=known, **settings)
            replies = Decoder(model, prompts, np.arange(24), rule, Ear()).run()
            if not known:
                assert set(heard.values()) == {None}
                continue
            for n, (prompt, reply) in enumerate(zip(prompts, replies, strict=True)):
                with torch.inference_mode():
                    scores = model(input_ids=torch.tensor([prompt + reply])).logits[0].double()
                each = torch.log_softmax(scores[len(prompt) - 1 : -1], dim=-1)
                want = float(each[torch.arange(len(reply)), torch.tensor(reply)].sum())
                assert heard[n] == pytest.approx(want, abs=1e-3)
        assert len({len(reply) for reply in replies}) > 3

    def test_a_reply_ends_where_its_own_prompt_leaves_no_room(self, tiny_model):
        from rbic.models.decoding import Decoder

        model = _model(tiny_model)
        rule = _rule(model, max_tokens=25, max_new_tokens=20, ends=frozenset())
        replies = Decoder(model, [[5], [6] * 24], np.zeros(2, np.int64), rule).run()
        assert [len(reply) for reply in replies] == [20, 1]

    def test_the_model_attends_as_before_afterwards(self, tiny_model):
        from rbic.models.decoding import Decoder

        model = _model(tiny_model)
        before = model.config._attn_implementation
        Decoder(model, [[5, 6]], np.zeros(1, np.int64), _rule(model)).run()
        assert model.config._attn_implementation == before == "sdpa"


def _drawn_without_cache(model, prompt, seed, rule):
    reply = []
    while len(reply) < rule.max_new_tokens:
        with torch.inference_mode():
            scores = model(input_ids=torch.tensor([prompt + reply])).logits[:, -1]
        step_R = np.array([len(reply)])
        reply += choose(scores, np.array([seed]), step_R, rule.temperature, rule.top_p).tolist()
        if reply[-1] in rule.ends:
            break
    return reply


def _small(kind):
    from transformers import (
        AutoModelForCausalLM,
        GPT2Config,
        GPTNeoXConfig,
        LlamaConfig,
        MambaConfig,
        MistralConfig,
    )

    sizes = {"vocab_size": 99, "hidden_size": 32, "num_hidden_layers": 2, "eos_token_id": 2}
    heads = {"num_attention_heads": 4, "intermediate_size": 48, "max_position_embeddings": 128}
    config = {
        "gpt2": lambda: GPT2Config(
            vocab_size=99, n_embd=32, n_layer=2, n_head=4, n_positions=128, eos_token_id=2
        ),
        "neox": lambda: GPTNeoXConfig(**sizes, **heads),
        "llama": lambda: LlamaConfig(**sizes, **heads, num_key_value_heads=2),
        "sliding": lambda: MistralConfig(**sizes, **heads, num_key_value_heads=2, sliding_window=8),
        "mamba": lambda: MambaConfig(**sizes, state_size=8),
    }[kind]()
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        model.get_output_embeddings().weight.mul_(20)
    return model


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "own"),
    [("gpt2", True), ("neox", True), ("llama", True), ("sliding", False), ("mamba", False)],
)
def test_models_of_other_kinds_are_decoded_or_left_to_the_library(kind, own):
    from rbic.models.decoding import Decoder, decodes

    model = _small(kind)
    assert decodes(model) is own
    if own:
        rule = _rule(model, batch_rows=5, max_tokens=128)
        prompts = _prompts(12, 99)
        got = Decoder(model, prompts, np.zeros(12, np.int64), rule).run()
        assert got == [_plain(model, prompt, rule) for prompt in prompts]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["llama", "sliding"])
def test_both_ways_through_a_generator_give_the_library_s_greedy_replies(tiny_model, kind):
    from transformers import AutoTokenizer

    from rbic.models.generator import Finish, GeneratorConfig, prompt_ids
    from rbic.models.generator_transformers import TransformersGenerator

    model, tokenizer = _small(kind), AutoTokenizer.from_pretrained(tiny_model)
    config = GeneratorConfig(
        temperature=0.0, attempts=1, max_tokens=30, batch_replies=4, max_model_tokens=110
    )
    generator = TransformersGenerator.from_loaded(model, tokenizer, config)
    questions = ["what is 1+1?", "x", "a much longer question about nothing at all, is it?"]
    replies = generator.generate(questions, np.zeros((3, 2), np.int64))
    rule = _rule(model, max_new_tokens=30, max_tokens=110)
    for own, prompt in zip(replies, prompt_ids(tokenizer, config, questions), strict=True):
        ids = _plain(model, prompt, rule)
        assert own[0] == own[1]
        assert own[0].tokens == len(ids)
        assert (own[0].finish is Finish.STOP) == (ids[-1] == 2)
        assert own[0].text == tokenizer.decode([i for i in ids if i != 2], skip_special_tokens=True)
