"""Fine-tuning on a GPU: a small Llama in bfloat16, with each kernel that is installed."""

from importlib.util import find_spec

import numpy as np
import pytest

pytest.importorskip("peft", reason="needs the extra train")

import torch

from rbic.core.packing import plan_steps
from rbic.models.encoded_samples import EncodedSamples
from rbic.models.finetune_config import Adapter, Attention, FinetuneConfig
from rbic.models.finetuned import load_base, with_adapter
from rbic.models.finetuning import Finetuning, reply_loss
from rbic.models.packed_batches import make_batch
from rbic.models.packed_forward import find_logits, packs_cleanly
from rbic.models.precision import Precision, autocast

pytestmark = [pytest.mark.gpu, pytest.mark.timeout(600)]

KERNELS = [
    Attention.SDPA,
    pytest.param(
        Attention.FLASH,
        marks=pytest.mark.skipif(find_spec("flash_attn") is None, reason="needs flash-attn"),
    ),
]


@pytest.fixture(scope="module", autouse=True)
def cuda():
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, tiny_model):
    """A random Llama of two layers; heads of 32, since FlashAttention has a least size."""
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    path = str(tmp_path_factory.mktemp("llama"))
    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=256, hidden_size=128, intermediate_size=256, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=256,
    ))  # fmt: skip
    model.save_pretrained(path)
    AutoTokenizer.from_pretrained(tiny_model).save_pretrained(path)
    return path


def _encoded(count=32):
    """Samples that count upwards from anywhere, which is soon learnt."""
    rng = np.random.default_rng(0)
    length_N = rng.integers(8, 40, count)
    starts = rng.integers(8, 200, count)
    ids = [np.arange(n) + start for n, start in zip(length_N, starts, strict=True)]
    return EncodedSamples(
        id_N=np.arange(count),
        ids_T=np.concatenate(ids).astype(np.int32) % 256,
        start_N1=np.concatenate([[0], np.cumsum(length_N)]),
        reply_start_N=np.full(count, 2),
    )


@pytest.mark.parametrize("adapter", list(Adapter))
@pytest.mark.parametrize("attention", KERNELS)
def test_a_loss_falls_and_is_the_same_packed_and_unpacked(folder, attention, adapter):
    config = FinetuneConfig(
        model=folder, precision=Precision.BFLOAT16, attention=attention, adapter=adapter,
        lora_rank=8, learning_rate=5e-3, step_tokens=256, row_tokens=128, epochs=10,
    )  # fmt: skip
    model = with_adapter(load_base(config)[0], config)
    assert packs_cleanly(model, precision=config.precision)
    encoded = _encoded()
    chosen = np.arange(len(encoded.id_N))
    packed, unpacked = encoded.packed(chosen, 128), encoded.packed(chosen, 1)
    assert packed.packing.rows < unpacked.packing.rows == len(chosen)
    plan = plan_steps(packed.packing.tokens_R, config.step_tokens, config.epochs, None, config.seed)
    tuning = Finetuning(model, packed, plan, config, 0)
    device = next(model.parameters()).device
    logits = find_logits(model, config.precision)

    def loss(samples, rows):
        batch = make_batch(samples, rows, 0, one_row=len(rows) > 1 and tuning._one_row).to(device)
        with torch.no_grad(), autocast(device, config.precision):
            summed, tokens = reply_loss(logits, model, batch)
        return summed.item(), tokens

    together = loss(packed, range(packed.packing.rows))
    alone = [loss(unpacked, [row]) for row in range(unpacked.packing.rows)]
    assert together[1] == sum(tokens for _, tokens in alone)
    # bfloat16 has eight bits: single logits differ by 0.4 %, their sum over all tokens by less.
    assert together[0] == pytest.approx(sum(one for one, _ in alone), rel=0.01)
    tuning.run()
    losses = tuning.progress.losses
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0] - 0.5
