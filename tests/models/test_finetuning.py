"""Fine-tuning against plain passes over one sample at a time, on the model that ships with rbic."""

import io
import math
import threading
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

pytest.importorskip("transformers", reason="needs the extra cpu or gpu")

import torch
from torch import nn

from rbic.core.packing import plan_steps
from rbic.models.encoded_samples import EncodedSamples
from rbic.models.finetune_config import Adapter, FinetuneConfig, Optimiser
from rbic.models.finetuned import load_base, padding_id, trained_parameters, with_adapter
from rbic.models.finetuning import (
    DivergedError,
    Finetuning,
    learning_rate_share,
    make_optimisers,
    reply_loss,
)
from rbic.models.muon import Muon
from rbic.models.neftune import Neftune
from rbic.models.packed_batches import IGNORED, make_batch
from rbic.models.packed_forward import _short, _whole, find_logits, packs_cleanly
from rbic.models.precision import Precision

CONFIG = FinetuneConfig(
    model="sample:model", precision=Precision.FLOAT32, lora_rank=4, step_tokens=150, row_tokens=64,
    micro_tokens=64, learning_rate=5e-3, epochs=2,
)  # fmt: skip
NOISY = replace(CONFIG, lora_dropout=0.2, neftune_alpha=5.0)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def base():
    return load_base(CONFIG)


@pytest.fixture
def model(base):
    return deepcopy(base[0])


def _encoded(count=12, seed=0):
    rng = np.random.default_rng(seed)
    length_N = rng.integers(6, 40, count)
    return EncodedSamples(
        id_N=np.arange(count) * 7 - 3,
        ids_T=rng.integers(8, 2000, length_N.sum()).astype(np.int32),
        start_N1=np.concatenate([[0], np.cumsum(length_N)]),
        reply_start_N=(length_N * rng.uniform(0, 0.9, count)).astype(np.int64),
    )


def _samples(row_tokens=64, count=12):
    return _encoded(count).packed(np.arange(count), row_tokens)


def _tuning(base, config=CONFIG, together=None, of=deepcopy):
    samples = _samples(config.row_tokens)
    plan = plan_steps(
        samples.packing.tokens_R, config.step_tokens, config.epochs, config.max_tokens, config.seed
    )
    model = with_adapter(of(base[0]), config)
    return Finetuning(model, samples, plan, config, padding_id(base[1]), together)


def _one_by_one(model, samples):
    """Summed loss and number of the replies' tokens, from each sample alone, token by token."""
    loss, tokens = torch.zeros(()), 0
    for n, start in enumerate(samples.start_N1[:-1]):
        ids = torch.from_numpy(samples.ids_T[start : samples.start_N1[n + 1]].astype(np.int64))
        log_TV = torch.log_softmax(model(input_ids=ids[None]).logits[0], dim=1)
        for t in range(max(1, samples.reply_start_N[n]), len(ids)):
            loss = loss - log_TV[t - 1, ids[t]]
            tokens += 1
    return loss, tokens


def _gradients(model):
    found = [parameter.grad.clone() for parameter in model.parameters()]
    model.zero_grad()
    return found


@pytest.mark.parametrize("one_row", [False, True])
@pytest.mark.parametrize("logits", [_short, _whole])
def test_packed_loss_and_gradient_are_those_of_samples_one_by_one(model, logits, one_row):
    samples = _samples()
    assert 1 < samples.packing.rows < 12
    expected, expected_tokens = _one_by_one(model, samples)
    torch.autograd.backward(expected)
    expected_gradients = _gradients(model)
    batch = make_batch(samples, range(samples.packing.rows), 0, one_row)
    loss, tokens = reply_loss(logits, model, batch)
    torch.autograd.backward(loss)
    assert tokens == expected_tokens
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    for found, wanted in zip(_gradients(model), expected_gradients, strict=True):
        scale = wanted.abs().max()
        assert scale > 0
        assert (found - wanted).abs().max() <= 1e-4 * scale


def test_a_sample_s_loss_does_not_depend_on_its_neighbours(model):
    samples = _samples()
    row = next(r for r in range(samples.packing.rows) if len(samples.packing.samples_of(r)) > 1)
    first, last = samples.packing.samples_of(row)[[0, -1]]
    batch = make_batch(samples, [row], 0)
    alone = batch.target_BL.clone()
    alone[0, samples.start_N1[first + 1] - samples.start_N1[first] :] = IGNORED
    batch.target_BL.copy_(alone)
    with torch.no_grad():
        before, _ = reply_loss(_whole, model, batch)
        span = slice(samples.start_N1[last], samples.start_N1[last + 1])
        samples.ids_T[span] = samples.ids_T[span][::-1].copy()
        other = make_batch(samples, [row], 0)
        assert not torch.equal(other.ids_BL, batch.ids_BL)
        other.target_BL.copy_(alone)
        after, _ = reply_loss(_whole, model, other)
    assert after.item() == before.item()


def test_a_batch_written_out():
    encoded = EncodedSamples(
        id_N=np.array([5, 2, 9]),
        ids_T=np.arange(10, 19, dtype=np.int32),
        start_N1=np.array([0, 3, 5, 9]),
        reply_start_N=np.array([1, 0, 4]),
    )
    samples = encoded.packed(np.array([0, 1, 2]), 5)
    # Packed in order of id, best fit: row 0 is the sample 9, row 1 the samples 5 and 2.
    batch = make_batch(samples, [0, 1], pad=0)
    assert batch.ids_BL.tolist() == [[15, 16, 17, 18, 0], [10, 11, 12, 13, 14]]
    assert batch.position_BL.tolist() == [[0, 1, 2, 3, 0], [0, 1, 2, 0, 1]]
    # The sample 9 has no reply; before the first token of 2 there is nothing to predict it from.
    off = IGNORED
    assert batch.target_BL.tolist() == [[off] * 5, [11, 12, off, 14, off]]
    assert batch.length_BL.tolist() == [[4, 4, 4, 4, 1], [3, 3, 3, 2, 2]]
    flat = make_batch(samples, [0, 1], pad=0, one_row=True)
    assert flat.ids_BL.tolist() == [[15, 16, 17, 18, 10, 11, 12, 13, 14]]
    assert flat.position_BL.tolist() == [[0, 1, 2, 3, 0, 1, 2, 0, 1]]


def test_a_reply_that_is_empty_costs_nothing(model):
    encoded = replace(_encoded(2), reply_start_N=np.diff(_encoded(2).start_N1))
    batch = make_batch(encoded.packed(np.arange(2), 1), [0, 1], 0)
    loss, tokens = reply_loss(_short, model, batch)
    assert (loss.item(), tokens) == (0.0, 0)


def test_losses_fall_and_are_those_of_the_model_before_each_step(base):
    tuning = _tuning(base, replace(CONFIG, step_tokens=10_000, epochs=8))
    loss, tokens = _one_by_one(base[0], _samples())
    tuning.run()
    losses = tuning.progress.losses
    assert len(losses) == tuning.steps == 8
    assert losses[0] == pytest.approx(loss.item() / tokens, rel=1e-5)
    assert losses[-1] < losses[0] - 0.5
    assert tuning.progress.tokens == 8 * _samples().packing.tokens_R.sum()


class _Turns:
    """Workers in threads that take turns, as torch has one random generator for all of them."""

    def __init__(self, world):
        self.world = world
        self.turn = 0
        self.changed = threading.Condition()
        self.rounds = []

    def wait(self, rank):
        with self.changed:
            assert self.changed.wait_for(lambda: self.turn == rank, timeout=60)

    def pass_on(self, rank):
        with self.changed:
            self.turn = (rank + 1) % self.world
            self.changed.notify_all()


class _Worker:
    def __init__(self, turns, rank):
        self.rank, self.world = rank, turns.world
        self._turns = turns
        self._round = 0

    def add(self, tensors):
        rounds = self._turns.rounds
        if len(rounds) == self._round:
            rounds.append([])
        rounds[self._round].append([tensor.clone() for tensor in tensors])
        self._turns.pass_on(self.rank)
        self._turns.wait(self.rank)
        assert len(rounds[self._round]) == self.world
        for tensor, *parts in zip(tensors, *rounds[self._round], strict=True):
            tensor.copy_(sum(parts))
        self._round += 1

    def run(self, tuning):
        self._turns.wait(self.rank)
        tuning.run()
        self._turns.pass_on(self.rank)


@pytest.mark.parametrize("config", [CONFIG, NOISY], ids=["plain", "noisy"])
@pytest.mark.parametrize("world", [2, 4])  # with 4 some have no rows in some steps
def test_workers_that_share_the_rows_take_the_steps_of_one(base, world, config):
    config = replace(config, epochs=1)
    alone = _tuning(base, config)
    alone.run()
    turns = _Turns(world)
    workers = [_Worker(turns, rank) for rank in range(world)]
    tunings = [_tuning(base, config, worker) for worker in workers]
    threads = [
        threading.Thread(target=worker.run, args=[tuning], daemon=True)
        for worker, tuning in zip(workers, tunings, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=100)
    for tuning in tunings:
        assert tuning.progress.losses == pytest.approx(alone.progress.losses, rel=1e-4)
        for found, wanted in zip(
            trained_parameters(tuning.model), trained_parameters(alone.model), strict=True
        ):
            # Single weights may differ by a whole step of AdamW, which makes much of a gradient
            # that is nothing but the rounding of a sum.
            assert (found - wanted).norm() < 2e-3 * wanted.norm()
    # Between themselves the workers never differ, whatever the order of sums.
    for found, wanted in zip(*(trained_parameters(one.model) for one in tunings[:2]), strict=True):
        assert torch.equal(found, wanted)


class _StoppedError(Exception):
    pass


@pytest.mark.parametrize(
    "config",
    [
        CONFIG,
        NOISY,
        replace(NOISY, adapter=Adapter.NONE, optimiser=Optimiser.MUON, learning_rate=1e-4),
    ],
    ids=["lora", "noisy", "muon"],
)
def test_a_run_that_was_stopped_ends_as_if_it_had_not(base, config):
    whole = _tuning(base, config)
    whole.run()
    kept = io.BytesIO()

    def stop(tuning):
        if tuning.progress.step == 2:
            torch.save(tuning.state(), kept)
        if tuning.progress.step == 3:  # after the checkpoint, so that a step is lost
            raise _StoppedError

    with pytest.raises(_StoppedError):
        _tuning(base, config).run(stop)
    torch.manual_seed(99)
    resumed = _tuning(base, config)
    kept.seek(0)
    resumed.load_state(torch.load(kept, weights_only=True))
    resumed.run()
    assert whole.steps > 3
    assert resumed.progress.losses == whole.progress.losses
    assert resumed.progress.tokens == whole.progress.tokens
    for found, wanted in zip(resumed.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(found, wanted)


def test_noise_and_seed_change_a_run_and_the_same_seed_does_not(base):
    def losses(config):
        tuning = _tuning(base, config)
        tuning.run()
        return tuning.progress.losses

    plain = losses(CONFIG)
    assert losses(CONFIG) == plain
    assert losses(replace(CONFIG, neftune_alpha=5.0))[0] != plain[0]
    assert losses(replace(CONFIG, seed=1)) != plain


@pytest.mark.slow  # threads that wait for one another take minutes on a busy machine
@pytest.mark.timeout(600)
def test_a_seeded_run_on_two_threads_repeats_to_the_last_bit(base):
    config = replace(NOISY, epochs=1)
    torch.set_num_threads(2)
    try:
        first, second = _tuning(base, config), _tuning(base, config)
        first.run()
        second.run()
    finally:
        torch.set_num_threads(1)
    assert first.progress.losses == second.progress.losses
    for one, other in zip(first.model.parameters(), second.model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_loss_that_is_no_number_ends_the_run_before_the_step(base):
    tuning = _tuning(base)
    weight = trained_parameters(tuning.model)[0]
    with torch.no_grad():
        weight[0, 0] = math.nan
    with pytest.raises(DivergedError, match=rf"step 1 of {tuning.steps} has a loss of nan.*0\.005"):
        tuning.run()
    assert tuning.progress.losses == []


def test_a_gradient_that_is_no_number_is_never_in_a_weight(base):
    tuning = _tuning(base)
    parameters = trained_parameters(tuning.model)
    parameters[0].register_hook(lambda gradient: gradient * math.inf)
    before = [one.clone() for one in parameters]
    with pytest.raises(DivergedError, match=r"finetune\.learning_rate"):
        tuning.run()
    assert all(torch.equal(one, other) for one, other in zip(parameters, before, strict=True))
    assert tuning.progress.step == 0


def test_neftune_keeps_to_its_bound_for_each_sample_and_ends_with_training(model):
    samples = _samples()
    batch = make_batch(samples, range(samples.packing.rows), 0)
    embeddings = model.get_input_embeddings()
    clean = embeddings(batch.ids_BL)
    noise = Neftune(model, 5.0)
    noise.length_BL = batch.length_BL
    torch.manual_seed(0)
    with noise:
        found = (embeddings(batch.ids_BL) - clean).abs().amax(dim=2)
    bound = 5 / torch.sqrt(batch.length_BL * clean.shape[2])
    assert (found <= bound * 1.0001).all()
    # The greatest of 192 uniform numbers is nearly the bound.
    assert (found >= bound * 0.9).all()
    assert torch.equal(embeddings(batch.ids_BL), clean)
    with Neftune(model, 0.0):
        assert torch.equal(embeddings(batch.ids_BL), clean)


def test_after_training_a_model_answers_without_noise(base):
    tuning = _tuning(base, replace(NOISY, epochs=0.5))
    tuning.run()
    assert not tuning.model.training
    ids = torch.arange(9)[None]
    first, second = (tuning.model(input_ids=ids).logits for _ in range(2))
    assert torch.equal(first, second)


def test_the_learning_rate_rises_linearly_and_falls_along_half_a_cosine():
    config = FinetuneConfig(warmup=0.15, final_learning_rate=0.1)
    share = [learning_rate_share(step, 10, config) for step in range(10)]
    # ceil(0.15 * 10) = 2 steps of warm-up; of the 8 that are left the fifth is half way.
    assert share[:3] == [0.5, 1.0, 1.0]
    assert share[6] == pytest.approx(0.1 + 0.9 * 0.5)
    assert share[9] == pytest.approx(0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * 7 / 8)))
    assert share[2:] == sorted(share[2:], reverse=True)
    none = replace(config, warmup=0.0)
    assert learning_rate_share(0, 4, none) == 1.0
    assert learning_rate_share(0, 1, config) == 1.0
    assert learning_rate_share(3, 4, replace(config, warmup=1.0)) == 1.0


def test_steps_are_taken_at_the_learning_rate_of_the_schedule(base):
    tuning = _tuning(base)
    rates = []
    tuning.run(lambda one: rates.append(one._optimisers[0].param_groups[0]["lr"]))
    assert rates == [
        CONFIG.learning_rate * learning_rate_share(step, tuning.steps, CONFIG)
        for step in range(tuning.steps)
    ]


class _Odd(nn.Module):
    """A model with one thing wrong with it."""

    def __init__(self, model, **wrong):
        super().__init__()
        self.model, self.wrong, self.config = model, wrong, model.config

    def forward(self, input_ids, position_ids, use_cache):
        rows = len(input_ids)
        if rows >= self.wrong.get("blind_from", 99):
            position_ids = torch.arange(input_ids.shape[1]).expand(rows, -1)
        output = self.model(input_ids=input_ids, position_ids=position_ids, use_cache=use_cache)
        if "cap" in self.wrong:
            output.logits = self.wrong["cap"] * torch.tanh(output.logits / self.wrong["cap"])
        return output

    def get_decoder(self):
        if "decoder" in self.wrong:
            raise self.wrong["decoder"]
        return self.model.get_decoder()

    def get_output_embeddings(self):
        return self.model.get_output_embeddings()

    def get_input_embeddings(self):
        return self.model.get_input_embeddings()


def test_the_shortcut_is_taken_only_where_it_gives_what_the_model_gives(base):
    model = base[0]
    assert find_logits(model) is _short
    assert find_logits(with_adapter(deepcopy(model), CONFIG)) is _short
    assert find_logits(_Odd(model)) is _short
    assert find_logits(_Odd(model, cap=5.0)) is _whole
    assert find_logits(_Odd(model, decoder=AttributeError("none"))) is _whole


def test_a_model_that_lets_samples_see_one_another_is_found_out(base):
    model = base[0]
    assert packs_cleanly(model)
    assert packs_cleanly(model, rows=2)
    assert not packs_cleanly(_Odd(model, blind_from=1))
    flash = _Odd(model, blind_from=2)
    assert packs_cleanly(flash)
    assert not packs_cleanly(flash, rows=2)


class _Half(nn.Module):
    """A model whose kernel takes half precision alone."""

    def __init__(self, model):
        super().__init__()
        self.model = model
        self.config = deepcopy(model.config)
        self.config._attn_implementation = "flash_attention_2"

    def forward(self, input_ids, position_ids, use_cache):
        if not torch.is_autocast_enabled("cpu"):
            raise RuntimeError("FlashAttention only supports fp16 and bf16 data type")
        return self.model(input_ids=input_ids, position_ids=position_ids, use_cache=use_cache)

    def get_decoder(self):
        return self.model.get_decoder()

    def get_output_embeddings(self):
        return self.model.get_output_embeddings()


def test_models_are_tried_in_the_arithmetic_of_the_run(base):
    model = _Half(base[0])
    assert packs_cleanly(model, precision=Precision.BFLOAT16)
    assert find_logits(model, Precision.BFLOAT16) is _short
    # A caller that does not say takes what the kernel computes in.
    assert packs_cleanly(model)
    with pytest.raises(RuntimeError, match="only supports fp16"):
        packs_cleanly(model, precision=Precision.FLOAT32)


def test_the_trial_leaves_the_model_s_mode_alone(model):
    for training in (True, False):
        model.train(training)
        find_logits(model)
        packs_cleanly(model)
        assert model.training == training


def test_a_kernel_that_parts_samples_in_one_row_only_is_given_one_row(base):
    config = replace(CONFIG, adapter=Adapter.NONE, micro_tokens=256, learning_rate=1e-4)
    plain = _tuning(base, config)
    plain.run()
    odd = {"blind_from": 2, "decoder": AttributeError("none")}
    flash = _tuning(base, config, of=lambda one: _Odd(deepcopy(one), **odd))
    flash.run()
    assert flash.progress.losses == pytest.approx(plain.progress.losses, rel=1e-4)


def test_lora_trains_its_matrices_and_nothing_else(base):
    tuning = _tuning(base)
    before = {name: value.clone() for name, value in tuning.model.named_parameters()}
    tuning.run()
    for name, value in tuning.model.named_parameters():
        lora = ".lora_A." in name or ".lora_B." in name
        assert value.requires_grad == lora
        assert torch.equal(value, before[name]) != lora
    assert len(tuning.state()["weights"]) == 4 * 7 * 2


def test_muon_takes_all_of_an_adapter(base):
    tuning = _tuning(base, replace(CONFIG, optimiser=Optimiser.MUON))
    before = [value.clone() for value in trained_parameters(tuning.model)]
    tuning.run()
    for one, other in zip(trained_parameters(tuning.model), before, strict=True):
        assert not torch.equal(one, other)


def test_without_an_adapter_every_weight_is_trained(base):
    tuning = _tuning(base, replace(CONFIG, adapter=Adapter.NONE, epochs=0.5))
    before = [value.clone() for value in tuning.model.parameters()]
    tuning.run()
    for one, other in zip(tuning.model.parameters(), before, strict=True):
        assert not torch.equal(one, other)


def test_muon_takes_the_layers_matrices_and_adamw_the_rest(model):
    config = FinetuneConfig(optimiser=Optimiser.MUON, weight_decay=0.1, adapter=Adapter.NONE)
    muon, adamw = make_optimisers(with_adapter(model, config), config)
    assert isinstance(muon, Muon)
    taken = {id(p) for group in muon.param_groups for p in group["params"]}
    names = {name for name, p in model.named_parameters() if id(p) in taken}
    assert len(names) == 4 * 7
    assert all(name.endswith("_proj.weight") for name in names)
    decayed, plain = adamw.param_groups
    assert [decayed["weight_decay"], plain["weight_decay"]] == [0.1, 0.0]
    assert len(decayed["params"]) == 1  # the embeddings, which the output layer shares
    assert all(p.ndim == 1 for p in plain["params"])
    optimisers = make_optimisers(model, replace(config, optimiser=Optimiser.ADAMW))
    assert [type(one) for one in optimisers] == [torch.optim.AdamW]
    every = {id(p) for group in optimisers[0].param_groups for p in group["params"]}
    assert every == {id(p) for p in model.parameters()}


def test_samples_are_the_same_in_one_table_and_in_pieces():
    one = _encoded(12)
    ids = np.split(one.ids_T, one.start_N1[1:-1])
    table = pa.table(
        {
            "sample_id": one.id_N,
            "ids": pa.array(ids, pa.list_(pa.int32())),
            "reply_start": pa.array(one.reply_start_N, pa.int32()),
        }
    )
    pieces = pa.concat_tables([table.slice(0, 5), table.slice(5, 0), table.slice(5)])
    whole, parts = EncodedSamples.of(table), EncodedSamples.of(pieces)
    for name, value in vars(one).items():
        assert np.array_equal(getattr(whole, name), value)
        assert np.array_equal(getattr(parts, name), value)
        assert getattr(parts, name).dtype == value.dtype
    assert len(EncodedSamples.of(table.slice(0, 0)).tokens_N) == 0
