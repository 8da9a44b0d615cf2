import json

import numpy as np
import pytest

from rbic.models.adapters import find_adapter, model_digest


def _adapter(folder, **config):
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return str(folder)


def test_an_adapter_names_what_it_adapts(tmp_path):
    found = find_adapter(_adapter(tmp_path / "a", base_model_name_or_path="org/m", revision="r1"))
    assert (found.base, found.base_revision) == ("org/m", "r1")
    assert found.tokenizer == ("org/m", "r1")
    (tmp_path / "a" / "tokenizer_config.json").write_text("{}")
    assert found.tokenizer == (str(tmp_path / "a"), None)
    assert find_adapter("org/model-on-the-hub") is None
    with pytest.raises(ValueError, match="base_model_name_or_path is missing"):
        find_adapter(_adapter(tmp_path / "b"))


def test_a_digest_tells_what_a_folder_holds(tmp_path):
    assert model_digest(None) == model_digest("org/model-on-the-hub") == ""
    base = tmp_path / "base"
    base.mkdir()
    (base / "weights").write_bytes(b"1")
    first = model_digest(str(base))
    assert first == model_digest(str(base.rename(tmp_path / "moved"))) != ""
    base.mkdir()
    (base / "weights").write_bytes(b"2")
    assert model_digest(str(base)) not in (first, "")
    adapter = _adapter(tmp_path / "a", base_model_name_or_path=str(base))
    before = model_digest(adapter)
    (base / "weights").write_bytes(b"3")
    assert model_digest(adapter) != before


def test_a_large_file_s_digest_reads_pieces_of_all_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr("rbic.models.adapters._WHOLE_BYTES", 30)
    monkeypatch.setattr("rbic.models.adapters._PIECE_BYTES", 10)
    path = tmp_path / "weights"
    digests = set()
    for changed in (None, 0, 35, 65, 99):
        data = bytearray(100)
        if changed is not None:
            data[changed] = 1
        path.write_bytes(data)
        digests.add(model_digest(str(tmp_path)))
    assert len(digests) == 4  # between the pieces, at 35, nothing is read


@pytest.mark.slow
def test_an_adapter_answers_as_the_model_with_its_weights_added(tiny_model, tmp_path):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from rbic.models.adapters import merged_folder
    from rbic.models.generator import Engine, GeneratorConfig, load_engine
    from rbic.models.generator_transformers import TransformersGenerator

    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype="float32")
    torch.manual_seed(1)
    lora = LoraConfig(r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    adapted = get_peft_model(model, lora)
    folder = str(tmp_path / "adapter")
    adapted.save_pretrained(folder)
    config = GeneratorConfig(
        model=folder, engine=Engine.TRANSFORMERS, temperature=0.0, max_tokens=20, dtype="float32",
        attempts=1,
    )  # fmt: skip
    questions, seed_QA = ["what is 1+1?", "x"], np.zeros((2, 1), np.int64)
    got = load_engine(config).generate(questions, seed_QA)
    # The same unmerged, through the layers that peft puts into the model.
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    assert (
        TransformersGenerator.from_loaded(adapted, tokenizer, config).generate(questions, seed_QA)
        == got
    )
    base = GeneratorConfig(**(vars(config) | {"model": tiny_model}))
    assert load_engine(base).generate(questions, seed_QA) != got
    with merged_folder(find_adapter(folder), "float32") as merged:
        whole = GeneratorConfig(**(vars(config) | {"model": merged}))
        assert load_engine(whole).generate(questions, seed_QA) == got
