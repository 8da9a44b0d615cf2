"""What a trial is charged with, on a clock that only the fakes move."""

from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

pytest.importorskip("transformers", reason="needs the extra cpu or gpu")

from transformers import Gemma3Config

from rbic import trial, under_way
from rbic.chunks import Chunk
from rbic.core.trials import PlannedTrial
from rbic.models.encoded_samples import EncodedSamples
from rbic.models.finetune_config import FinetuneConfig
from rbic.models.finetuned import load_base, padding_id, trained_parameters
from rbic.models.finetuning import Finetuning, Progress
from rbic.models.precision import Precision
from rbic.schema import ANSWERED
from rbic.under_way import UnderWay

CONFIG = FinetuneConfig(
    model="sample:model", precision=Precision.FLOAT32, lora_rank=4, step_tokens=100, row_tokens=64,
    micro_tokens=64, lora_dropout=0.2,
)  # fmt: skip
CHOSEN = np.arange(1, 18)
ASKED = PlannedTrial("random", 0.5, 0)


@pytest.fixture
def clock(monkeypatch):
    made = SimpleNamespace(now=100.0)
    monkeypatch.setattr(trial.time, "monotonic", lambda: made.now)
    return made


@pytest.fixture
def run_trial(clock, monkeypatch, tmp_path):
    """Runs a trial: loading takes 7 seconds, choosing 2, training 30, answering 5."""

    def taking(seconds, result):
        def take(*arguments):
            clock.now += seconds
            return result

        return take

    encoded = SimpleNamespace(
        id_N=np.arange(3), tokens_N=np.full(3, 10), readable=lambda longest: np.arange(3)
    )
    seeing = Gemma3Config(text_config={"max_position_embeddings": 77})
    model = SimpleNamespace(config=seeing, eval=lambda: model)
    monkeypatch.setattr(trial, "load_pool", taking(1000, None))
    monkeypatch.setattr(trial.EncodedSamples, "of", lambda table: encoded)
    monkeypatch.setattr(trial, "load_base", taking(7, (model, None)))
    monkeypatch.setattr(trial, "padding_id", lambda tokenizer: 0)
    monkeypatch.setattr(trial, "packs_cleanly", taking(500, True))
    monkeypatch.setattr(trial, "Checker", lambda rule: None)
    config = SimpleNamespace(finetune=FinetuneConfig(), generator=None, check=None)
    inputs = {"encode": SimpleNamespace(read=lambda table: None, folder=str(tmp_path / "encode"))}
    problems = pa.table({"question": ["q"], "answer": ["a"]})
    worker = trial.RunTrial(inputs, SimpleNamespace(problems=problems), config)
    monkeypatch.setattr(worker._tuner, "name", lambda chosen, asked: "name")

    def run(method, seconds_before=0.0):
        tuning = SimpleNamespace(progress=Progress(), seconds_before=seconds_before)
        chosen = np.arange(0 if method == "base" else 2)
        tuned = taking(30, nullcontext((model, tuning if len(chosen) else None)))
        monkeypatch.setattr(worker._tuner, "choose", taking(2, chosen))
        monkeypatch.setattr(worker._tuner, "tuned", tuned)
        monkeypatch.setattr(worker, "_answer", taking(5, ANSWERED.schema.empty_table()))
        payload = PlannedTrial(method, 0.1, 0)._asdict()
        return worker(Chunk("one", 1, payload)).tables["timings"].to_pylist()[0]

    run.longest = worker._tuner._longest
    return run


def test_a_model_that_also_sees_reads_as_far_as_the_part_that_reads_text(run_trial):
    assert run_trial.longest == 77


def test_every_trial_is_charged_with_loading_the_base_which_is_done_once(run_trial):
    for method in ("random", "longest"):
        timing = run_trial(method)
        assert (timing["selection_seconds"], timing["train_seconds"]) == (2.0, 37.0)
        assert timing["answer_seconds"] == 5.0


def test_a_training_that_was_taken_up_is_charged_with_what_it_took_before(run_trial):
    assert run_trial("random", seconds_before=12.0)["train_seconds"] == 49.0


def test_the_base_itself_is_not_trained(run_trial):
    assert run_trial("base")["train_seconds"] == 0.0


class _KilledError(Exception):
    """Stands for a kill."""


@pytest.fixture
def tuner():
    """A tuner over twenty encoded samples and the model that ships with rbic."""
    rng = np.random.default_rng(0)
    length_N = rng.integers(20, 60, 20)
    made = object.__new__(trial.Tuner)
    made._config = SimpleNamespace(finetune=CONFIG)
    made._inputs = {"encode": SimpleNamespace(digest="d")}
    made._encoded = EncodedSamples(
        id_N=np.arange(20),
        ids_T=rng.integers(8, 2000, length_N.sum()).astype(np.int32),
        start_N1=np.concatenate([[0], np.cumsum(length_N)]),
        reply_start_N=length_N // 2,
    )
    made._model, tokenizer = load_base(CONFIG)
    made.padding = padding_id(tokenizer)
    made._packs, made._tokens = True, int(length_N.sum())
    return made


def _trained(tuner, work, chosen=CHOSEN, asked=ASKED):
    with tuner.tuned(chosen, asked, work) as (model, tuning):
        weights = [one.detach().numpy().copy() for one in trained_parameters(model)]
    return tuning.progress.losses, weights, tuning


def test_a_trial_that_was_killed_goes_on_and_ends_as_if_it_had_not_been(
    tuner, tmp_path, monkeypatch
):
    monkeypatch.setattr(under_way, "_KEEP_S", 0.0)
    monkeypatch.setattr(under_way, "_MOST_OFTEN", 0)
    losses, weights, tuning = _trained(tuner, None)
    assert tuning.steps >= 5

    def work():
        return UnderWay(str(tmp_path), "trials", tuner.name(CHOSEN, ASKED), "title")

    step = Finetuning._step
    taken = []

    def killed_at_the_fourth(self, number):
        if len(taken) == 3:
            raise _KilledError
        taken.append(number)
        step(self, number)

    monkeypatch.setattr(Finetuning, "_step", killed_at_the_fourth)
    with pytest.raises(_KilledError):
        _trained(tuner, work())
    monkeypatch.setattr(Finetuning, "_step", lambda self, n: (taken.append(n), step(self, n)))
    again, ended, tuning = _trained(tuner, work())
    assert taken == list(range(tuning.steps))
    assert again == losses
    assert all(np.array_equal(a, b) for a, b in zip(ended, weights, strict=True))
    assert 0 < tuning.seconds_before < tuning.progress.seconds
    # Killed while it answered, it is not trained again.
    again, ended, _ = _trained(tuner, work())
    assert len(taken) == tuning.steps
    assert again == losses


def test_a_training_is_taken_up_for_the_same_work_only(tuner):
    others = [
        (CHOSEN[:-1], ASKED), (CHOSEN, ASKED._replace(seed=1)),
        (CHOSEN, ASKED._replace(budget=0.2)), (CHOSEN, ASKED._replace(method="repeated")),
    ]  # fmt: skip
    names = {tuner.name(*one) for one in [(CHOSEN, ASKED), *others]}
    tuner._inputs = {"encode": SimpleNamespace(digest="other")}
    names.add(tuner.name(CHOSEN, ASKED))
    tuner._config = SimpleNamespace(finetune=replace(CONFIG, learning_rate=1e-4))
    names.add(tuner.name(CHOSEN, ASKED))
    assert len(names) == len(others) + 3
