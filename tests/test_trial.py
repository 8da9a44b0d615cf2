"""What a trial is charged with, on a clock that only the fakes move."""

from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

pytest.importorskip("transformers", reason="needs the extra cpu or gpu")

from rbic import trial
from rbic.chunks import Chunk
from rbic.core.trials import PlannedTrial
from rbic.models.finetune_config import FinetuneConfig
from rbic.models.finetuning import Progress
from rbic.schema import ANSWERED


@pytest.fixture
def clock(monkeypatch):
    made = SimpleNamespace(now=100.0)
    monkeypatch.setattr(trial.time, "monotonic", lambda: made.now)
    return made


@pytest.fixture
def run_trial(clock, monkeypatch):
    """Runs a trial: loading takes 7 seconds, choosing 2, training 30, answering 5."""

    def taking(seconds, result):
        def take(*arguments):
            clock.now += seconds
            return result

        return take

    encoded = SimpleNamespace(
        id_N=np.arange(3), tokens_N=np.full(3, 10), readable=lambda longest: np.arange(3)
    )
    model = SimpleNamespace(config=SimpleNamespace(), eval=lambda: model)
    monkeypatch.setattr(trial, "load_pool", taking(1000, None))
    monkeypatch.setattr(trial.EncodedSamples, "of", lambda table: encoded)
    monkeypatch.setattr(trial, "load_base", taking(7, (model, None)))
    monkeypatch.setattr(trial, "padding_id", lambda tokenizer: 0)
    monkeypatch.setattr(trial, "packs_cleanly", taking(500, True))
    monkeypatch.setattr(trial, "Checker", lambda rule: None)
    config = SimpleNamespace(finetune=FinetuneConfig(), generator=None, check=None)
    inputs = {"encode": SimpleNamespace(read=lambda table: None)}
    problems = pa.table({"question": ["q"], "answer": ["a"]})
    worker = trial.RunTrial(inputs, SimpleNamespace(problems=problems), config)
    tuning = SimpleNamespace(progress=Progress())

    def run(method):
        chosen = np.arange(0 if method == "base" else 2)
        tuned = taking(30, nullcontext((model, tuning if len(chosen) else None)))
        monkeypatch.setattr(worker._tuner, "choose", taking(2, chosen))
        monkeypatch.setattr(worker._tuner, "tuned", tuned)
        monkeypatch.setattr(worker, "_answer", taking(5, ANSWERED.schema.empty_table()))
        payload = PlannedTrial(method, 0.1, 0)._asdict()
        return worker(Chunk("one", 1, payload)).tables["timings"].to_pylist()[0]

    return run


def test_every_trial_is_charged_with_loading_the_base_which_is_done_once(run_trial):
    for method in ("random", "longest"):
        timing = run_trial(method)
        assert (timing["selection_seconds"], timing["train_seconds"]) == (2.0, 37.0)
        assert timing["answer_seconds"] == 5.0


def test_the_base_itself_is_not_trained(run_trial):
    assert run_trial("base")["train_seconds"] == 0.0
