import numpy as np
import pyarrow as pa
import pytest
import torch

from benchmarks.lab.real_losses import ReplyLosses, table_lines
from rbic.models.encoded_samples import EncodedSamples

SAMPLES = [([5, 6, 7, 8, 9], 2), ([1, 2], 1), (list(range(3, 15)), 4), ([4, 4, 4], 0)]


@pytest.fixture
def encoded():
    return EncodedSamples.of(
        pa.table(
            {
                "sample_id": np.arange(len(SAMPLES)),
                "ids": pa.array([ids for ids, _ in SAMPLES], pa.list_(pa.int32())),
                "reply_start": pa.array([start for _, start in SAMPLES], pa.int32()),
            }
        )
    )


def test_losses_are_those_of_each_reply_alone(encoded):
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    model = transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=16, hidden_size=32, num_hidden_layers=2, intermediate_size=32,
            num_attention_heads=2, max_position_embeddings=32,
        )
    ).eval()  # fmt: skip
    row_P = np.array([0, 2, 3])
    losses = ReplyLosses(encoded, row_P, padding=0)
    expected, tokens = [], []
    for ids, start in [SAMPLES[row] for row in row_P]:
        with torch.inference_mode():
            logits = model(torch.tensor([ids])).logits[0].log_softmax(-1)
        first = max(start, 1)
        expected.append(-sum(logits[at - 1, ids[at]].item() for at in range(first, len(ids))))
        tokens.append(len(ids) - first)
    np.testing.assert_allclose(losses.of(model), expected, rtol=1e-4)
    assert losses.tokens_P.tolist() == tokens


def test_a_method_that_is_better_on_every_chain_is_said_to_be():
    rng = np.random.default_rng(1)
    tokens_P = rng.integers(20, 60, 80)
    source_P = np.array(["a.jsonl", "b.jsonl"])[np.arange(80) % 2]

    def trials(rate):
        return [
            {"loss_P": tokens_P * (rate + rng.normal(0, 0.02, 80)), "tokens": 10, "seconds": 2.0}
            for _ in range(3)
        ]

    arms = {("random", 0.16): trials(2.0), ("rbic", 0.16): trials(1.9), ("full", 1.0): trials(1.5)}
    lines, found = table_lines(arms, tokens_P, source_P)
    by_name = {row["method"]: row for row in found}
    for name in ("a", "b"):
        value, low, high = by_name["rbic"]["less_random"][name]
        assert low < value < high < 0
        assert value == pytest.approx(-0.1, abs=0.01)
        assert f"{value:+.3f} ({low:+.3f} to {high:+.3f})" in lines[2]
    assert "less_random" not in by_name["full"]
    mean = sum(trial["loss_P"][::2].sum() for trial in arms["random", 0.16]) / 3
    assert by_name["random"]["loss"]["a"] == pytest.approx(mean / tokens_P[::2].sum())
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| rbic", "| random", "| full"]
