"""Losses and ranks in padded batches against one sample at a time, written as their formulas."""

import numpy as np
import pytest

from rbic.models.chat import encode_samples
from rbic.models.likelihood import LikelihoodConfig, LikelihoodModel

pytest.importorskip("transformers", reason="needs the extra cpu or gpu")

QUESTIONS = [
    "Tom has 3 apples and buys 4 more. How many apples does he have?",
    "What is 2 + 2?",
    "小明有3个苹果。",
    "A train goes 60 km an hour for 2 hours. How far does it go?",
]
REPLIES = [
    "He has 3 apples. 3 + 4 = 7.\nAnswer: 7",
    "4",
    "3个。答案：3",
    "60 * 2 = 120, so it goes 120 km. " * 8,
]


@pytest.fixture(scope="module")
def reader():
    return LikelihoodModel(LikelihoodConfig("sample:model", dtype="float32", batch_tokens=300))


def plain(reader, prompt, answer):
    """Loss and rank of each token of the answer, one forward pass over one sample, no padding."""
    import torch

    with torch.inference_mode():
        logits = reader._model(torch.tensor([prompt + answer])).logits[0].double()
    probability = torch.softmax(logits, dim=1).numpy()
    losses, ranks = [], []
    for place, token in enumerate(answer):
        at = len(prompt) + place - 1
        if at >= 0:
            losses.append(-np.log(probability[at, token]))
            ranks.append(1 + int((probability[at] > probability[at, token]).sum()))
    return np.array(losses), np.array(ranks)


def parts(tokenizer, questions, replies, system=None):
    samples = encode_samples(tokenizer, questions, replies, system)
    prompts = [one.ids[: one.reply_start] for one in samples]
    return prompts, [one.ids[one.reply_start :] for one in samples]


def test_batches_give_what_one_sample_at_a_time_gives(reader):
    prompts, answers = parts(reader._tokenizer, QUESTIONS, REPLIES)
    assert len({len(p) + len(a) for p, a in zip(prompts, answers, strict=True)}) == 4
    for found, prompt, answer in zip(
        reader.read(QUESTIONS, REPLIES), prompts, answers, strict=True
    ):
        loss, rank = plain(reader, prompt, answer)
        alone, _ = plain(reader, [], answer)
        assert found.tokens == len(answer) == len(loss)
        assert len(alone) == len(answer) - 1
        assert np.isclose(found.conditional_loss, loss.mean(), atol=1e-4)
        assert np.isclose(found.unconditional_loss, alone.mean(), atol=1e-4)
        assert np.isclose(found.surprisal_sum, loss.sum(), atol=1e-3)
        assert found.rank_sum == np.minimum(rank, 100).sum()


def test_the_batch_changes_nothing_but_the_last_bits(reader):
    alone = LikelihoodModel(LikelihoodConfig("sample:model", dtype="float32", batch_tokens=1))
    for one, other in zip(
        reader.read(QUESTIONS, REPLIES), alone.read(QUESTIONS, REPLIES), strict=True
    ):
        assert np.isclose(one.surprisal_sum, other.surprisal_sum, atol=1e-3)
        assert one.rank_sum == other.rank_sum


def test_both_parts_together_are_the_sample_as_it_is_trained_on(reader):
    tokenizer = reader._tokenizer
    prompts, answers = parts(tokenizer, QUESTIONS, REPLIES)
    for prompt, answer, question, reply in zip(prompts, answers, QUESTIONS, REPLIES, strict=True):
        turns = [{"role": "user", "content": question}, {"role": "assistant", "content": reply}]
        whole = tokenizer.apply_chat_template(turns, tokenize=False)
        assert tokenizer.decode(prompt + answer) == whole
        assert tokenizer.decode(answer) == f"{reply}<|end|>"
        asked = tokenizer.apply_chat_template(turns[:1], tokenize=False, add_generation_prompt=True)
        assert tokenizer.decode(prompt) == asked


def test_the_system_s_turn_of_the_training_is_read_before_the_question(reader):
    system = "Think first."
    told = LikelihoodModel(LikelihoodConfig("sample:model", dtype="float32", system=system))
    prompts, answers = parts(reader._tokenizer, QUESTIONS, REPLIES, system)
    without = reader.read(QUESTIONS, REPLIES)
    for found, bare, prompt, answer in zip(
        told.read(QUESTIONS, REPLIES), without, prompts, answers, strict=True
    ):
        loss, _ = plain(reader, prompt, answer)
        assert np.isclose(found.conditional_loss, loss.mean(), atol=1e-4)
        assert not np.isclose(found.conditional_loss, bare.conditional_loss, atol=1e-4)
        assert np.isclose(found.unconditional_loss or 0, bare.unconditional_loss or 0, atol=1e-4)


def test_a_sample_above_the_limit_is_not_read_and_nothing_is_cut_off():
    reader = LikelihoodModel(LikelihoodConfig("sample:model", dtype="float32", max_tokens=60))
    prompts, answers = parts(reader._tokenizer, QUESTIONS, REPLIES)
    fits = [len(p) + len(a) <= 60 for p, a in zip(prompts, answers, strict=True)]
    found = reader.read(QUESTIONS, REPLIES)
    assert [one is not None for one in found] == fits
    assert 0 < sum(fits) < 4


def test_a_model_must_be_named():
    with pytest.raises(ValueError, match="likelihood.model is needed"):
        LikelihoodModel(LikelihoodConfig())


@pytest.mark.parametrize(("field", "value"), [("batch_tokens", 0), ("max_tokens", 1)])
def test_a_setting_out_of_range_is_refused_by_name(field, value):
    with pytest.raises(ValueError, match=f"likelihood.{field} must be"):
        LikelihoodConfig(**{field: value})
