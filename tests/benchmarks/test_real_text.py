"""What the comparison on real text takes up again, with trials and models that are not trained."""

import json
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.lab import real_text
from benchmarks.lab.real_text import TEST, TRAIN, Size, Trials, base_of, write_texts
from rbic import storage


class _Tuner:
    """Chooses what it was told to; counts how often it trains."""

    def __init__(self, chosen=(0, 2), model="small"):
        self._chosen, self._model = np.array(chosen), model
        self.trained = 0

    def choose(self, asked):
        return self._chosen

    def name(self, chosen, asked):
        return storage.digest(f"{chosen.tolist()} {asked} {self._model}".encode())

    @contextmanager
    def tuned(self, chosen, asked):
        self.trained += 1
        tuning = SimpleNamespace(progress=SimpleNamespace(tokens=int(chosen.sum())))
        yield self._model, tuning


class _Losses:
    tokens_P = np.array([3, 4])

    def of(self, model):
        return np.array([1.0, len(model)])


@pytest.mark.parametrize(
    ("changed", "trained"),
    [
        ({}, 0),
        ({"chosen": (0, 3)}, 1),
        ({"model": "larger"}, 1),
        ({"chains": "other"}, 1),
    ],
)
def test_a_trial_is_taken_again_only_if_it_would_be_the_same(tmp_path, changed, trained):
    def run(chosen=(0, 2), model="small", chains="tests"):
        tuner = _Tuner(chosen, model)
        return tuner, Trials(tmp_path / "trials", tuner, _Losses(), chains).run("rbic", 0.16, 1)

    assert run()[0].trained == 1
    tuner, found = run(**changed)
    assert tuner.trained == trained
    assert found["loss_P"].tolist() == [1.0, len(changed.get("model", "small"))]
    assert found["tokens"] == sum(changed.get("chosen", (0, 2)))
    assert len(list((tmp_path / "trials").iterdir())) == 1 + trained


def _data(folder):
    """Three rows in each of the files of real text."""
    for name in (*TRAIN, *TEST):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        field = "problem" if name.startswith("math") else "question"
        rows = [{field: f"{name} {i}?", "answer": f"{i}", "solution": f"{i}"} for i in range(3)]
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "adarft_difficulty").mkdir()
    (folder / "adarft_difficulty/union.jsonl").write_text("")
    return folder


def test_the_base_model_is_that_of_the_rows_and_the_size_asked_for(tmp_path, monkeypatch):
    data, out, made = _data(tmp_path / "data"), tmp_path / "out", []

    def make(folder, questions, texts, size):
        made.append((len(questions), size.hidden))
        folder.mkdir()
        (folder / "model.safetensors").touch()

    monkeypatch.setattr(real_text, "make_base", make)

    def base(rows, hidden=128):
        write_texts(data, out, rows, 1)
        return base_of(out, Size(hidden=hidden))

    first = base(2)
    assert base(2) == first
    assert made == [(4, 128)]
    assert len({first, base(3), base(2, hidden=512)}) == 3
    assert made == [(4, 128), (6, 128), (4, 512)]
    assert base(None) == base(3)
    assert len(made) == 3


def test_a_command_takes_the_rows_and_the_size_it_names(tmp_path, monkeypatch):
    data, out, bases = _data(tmp_path / "data"), tmp_path / "out", []

    class Stopped(Exception):
        pass

    def config(out, base, methods):
        bases.append((base, sorted(path.read_text() for path in (out / "test").iterdir())))
        raise Stopped

    def make(folder, questions, texts, size):
        folder.mkdir()
        (folder / "model.safetensors").touch()

    monkeypatch.setattr(real_text, "make_base", make)
    monkeypatch.setattr(real_text, "_config", config)
    settings = ([], ["--rows", "2"], ["--hidden", "64"], ["--layers", "1"], ["--test-rows", "1"])
    for more in settings:
        monkeypatch.setattr(
            "sys.argv", ["real_text", "--data", str(data), "--out", str(out), *more]
        )
        with pytest.raises(Stopped):
            real_text.main()
    whole, fewer, narrow, flat, less_tested = bases
    assert len({whole[0], fewer[0], narrow[0], flat[0]}) == 4
    assert less_tested[0] == whole[0]
    assert [text.count("\n") for text in less_tested[1]] == [1] * len(TEST)
    assert [text.count("\n") for text in whole[1]] == [3] * len(TEST)
