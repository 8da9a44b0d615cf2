"""What a fine-tuning saves loads again and is the model that was trained."""

from copy import deepcopy
from dataclasses import replace

import pytest

pytest.importorskip("transformers", reason="needs the extra cpu or gpu")
pytest.importorskip("peft", reason="needs the extra train")

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from rbic.models.adapters import find_adapter, load_merged
from rbic.models.finetune_config import Adapter, Attention, FinetuneConfig
from rbic.models.finetuned import (
    CPU_ATTENTION,
    load_base,
    padding_id,
    save_finetuned,
    settle_attention,
    trained_parameters,
    with_adapter,
)
from rbic.models.precision import Precision

CONFIG = FinetuneConfig(model="sample:model", precision=Precision.FLOAT32, lora_rank=4)
IDS = torch.arange(20, 40)[None]


@pytest.fixture(scope="module")
def base():
    return load_base(CONFIG)


def _logits(model):
    with torch.inference_mode():
        return model.eval()(input_ids=IDS).logits


def _moved(base, config):
    """The model with all that is trained moved a little."""
    model = with_adapter(deepcopy(base[0]), config)
    torch.manual_seed(3)
    with torch.no_grad():
        for parameter in trained_parameters(model):
            parameter.add_(0.05 * torch.randn_like(parameter))
    assert not torch.allclose(_logits(model), _logits(base[0]), atol=1e-2)
    return model


def test_an_adapter_loads_on_its_model_again(base, tmp_path):
    from peft import PeftModel

    model = _moved(base, CONFIG)
    wanted = _logits(model)
    assert save_finetuned(model, base[1], CONFIG, str(tmp_path)) == ["adapter"]
    loaded = PeftModel.from_pretrained(deepcopy(base[0]), tmp_path / "adapter")
    assert torch.allclose(_logits(loaded), wanted, atol=1e-5)
    assert AutoTokenizer.from_pretrained(tmp_path / "adapter").chat_template
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("adapter", [Adapter.LORA, Adapter.NONE])
def test_whoever_loads_it_stops_where_the_turns_end(base, tmp_path, adapter):
    config = replace(CONFIG, adapter=adapter, merge=True)
    model, tokenizer = with_adapter(deepcopy(base[0]), config), deepcopy(base[1])
    tokenizer.eos_token = "<|pad|>"
    body = model.get_base_model() if adapter is Adapter.LORA else model
    body.generation_config.eos_token_id = tokenizer.pad_token_id
    for folder in save_finetuned(model, tokenizer, config, str(tmp_path)):
        assert AutoTokenizer.from_pretrained(tmp_path / folder).eos_token == "<|end|>"
    end = tokenizer.convert_tokens_to_ids("<|end|>")
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "model")
    assert loaded.generation_config.eos_token_id == [end, tokenizer.pad_token_id]


def test_an_adapter_is_no_model_to_begin_with(base, tmp_path):
    save_finetuned(_moved(base, CONFIG), deepcopy(base[1]), CONFIG, str(tmp_path))
    with pytest.raises(ValueError, match="is an adapter, whose weights would not be trained"):
        load_base(replace(CONFIG, model=str(tmp_path / "adapter")))


def test_an_adapter_names_the_revision_that_it_was_trained_on(base, tmp_path, monkeypatch):
    config = replace(CONFIG, revision="v2")
    wanted = _logits(model := _moved(base, config))
    save_finetuned(model, base[1], config, str(tmp_path))
    adapter = find_adapter(str(tmp_path / "adapter"))
    assert adapter.base_revision == "v2"
    asked, load = [], AutoModelForCausalLM.from_pretrained

    def loading(name, revision, dtype):
        asked.append(revision)
        return load(name, dtype=dtype)

    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", loading)
    assert torch.allclose(_logits(load_merged(adapter, "float32")), wanted, atol=1e-4)
    assert asked == ["v2"]


def test_a_merged_model_loads_alone(base, tmp_path):
    config = replace(CONFIG, merge=True)
    model = _moved(base, config)
    wanted = _logits(model)
    assert save_finetuned(model, base[1], config, str(tmp_path)) == ["adapter", "model"]
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "model", dtype="float32")
    assert torch.allclose(_logits(loaded), wanted, atol=1e-4)


def test_a_model_trained_as_a_whole_is_saved_as_a_whole(base, tmp_path):
    config = replace(CONFIG, adapter=Adapter.NONE)
    model = _moved(base, config)
    wanted = _logits(model)
    assert save_finetuned(model, base[1], config, str(tmp_path)) == ["model"]
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "model", dtype="float32")
    assert torch.equal(_logits(loaded), wanted)
    assert AutoTokenizer.from_pretrained(tmp_path / "model").eos_token == "<|end|>"


def test_a_new_adapter_changes_nothing_and_depends_on_the_seed(base):
    one, same, other = (
        with_adapter(deepcopy(base[0]), replace(CONFIG, seed=seed)) for seed in (0, 0, 1)
    )
    assert torch.equal(_logits(one), _logits(base[0]))
    weights = [torch.cat([p.flatten() for p in trained_parameters(m)]) for m in (one, same, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_a_frozen_model_is_kept_in_bfloat16_and_its_adapter_in_float32():
    config = replace(CONFIG, precision=Precision.BFLOAT16, lora_targets=["q_proj", "v_proj"])
    model = with_adapter(load_base(config)[0], config)
    trained = trained_parameters(model)
    assert len(trained) == 4 * 2 * 2
    assert {p.dtype for p in trained} == {torch.float32}
    assert {p.dtype for p in model.parameters() if not p.requires_grad} == {torch.bfloat16}


@pytest.mark.parametrize(
    ("attention", "precision", "on_gpu", "expected"),
    [
        (Attention.AUTO, Precision.BFLOAT16, True, "flash_attention_2"),
        (Attention.AUTO, Precision.FLOAT32, True, "sdpa"),
        (Attention.AUTO, Precision.BFLOAT16, False, CPU_ATTENTION),
        (Attention.FLASH, Precision.BFLOAT16, True, "flash_attention_2"),
        (Attention.EAGER, Precision.FLOAT32, True, "eager"),
    ],
)
def test_flash_attention_is_taken_for_half_precision_alone(
    monkeypatch, attention, precision, on_gpu, expected
):
    monkeypatch.setattr("rbic.models.finetuned.find_spec", lambda name: object())
    monkeypatch.setattr(torch.cuda, "is_available", lambda: on_gpu)
    assert settle_attention(attention, precision) == expected


def test_flash_attention_in_float32_is_refused():
    with pytest.raises(ValueError, match=r"needs finetune.precision=bfloat16, got float32"):
        settle_attention(Attention.FLASH, Precision.FLOAT32)


@pytest.mark.parametrize(
    ("pad", "eos", "expected"), [(4, 3, 4), (0, 3, 0), (None, 3, 3), (None, None, 0)]
)
def test_rows_are_filled_with_whatever_token_there_is(pad, eos, expected):
    class Named:
        pad_token_id, eos_token_id = pad, eos

    assert padding_id(Named()) == expected


def test_a_model_must_be_named():
    with pytest.raises(ValueError, match="finetune.model: name a model"):
        load_base(replace(CONFIG, model=None))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("lora_rank", 0, "at least 1"),
        ("max_tokens", 0, "at least 1"),
        ("learning_rate", 0.0, "above 0"),
        ("epochs", -1.0, "above 0"),
        ("warmup", 1.1, r"in \[0, 1\]"),
        ("neftune_alpha", -0.1, "0 or more"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(name, value, words):
    with pytest.raises(ValueError, match=rf"finetune.{name} must be {words}, got {value}"):
        FinetuneConfig(**{name: value})
