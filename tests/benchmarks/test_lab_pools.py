"""What a laboratory holds already: taken where it is whole and what was asked for."""

import json
import sys

import pytest

from benchmarks.lab import pools, pretrain, run
from rbic.config import ConfigError


def _main(monkeypatch, module, *arguments):
    monkeypatch.setattr(sys, "argv", [module.__name__, *map(str, arguments)])
    module.main()


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """A laboratory of 30 rows, with a base model."""
    lab = tmp_path / "lab"
    _main(monkeypatch, pools, "--out", lab, "--rows", 30, "--test", 8)
    (lab / "competent").mkdir()
    (lab / "competent/model.safetensors").touch()
    return lab


@pytest.fixture
def started(monkeypatch):
    """What benchmarks.lab.run starts, in place of being run."""
    found = []
    monkeypatch.setattr(run, "_run", lambda *arguments: found.append(arguments))
    monkeypatch.setattr(run, "compare", lambda config, progress: found.append("compare"))
    return found


@pytest.mark.parametrize("rows", [(), ("--rows", 30)])
def test_a_pool_that_is_there_is_used_again(lab, started, monkeypatch, rows):
    _main(monkeypatch, run, "--out", lab, *rows)
    assert started == ["compare"]


@pytest.mark.parametrize("pool", ["pool", "pool_sound"])
def test_a_pool_of_other_rows_than_asked_for_is_refused(lab, started, monkeypatch, pool):
    with pytest.raises(ConfigError) as error:
        _main(monkeypatch, run, "--out", lab, "--rows", 16000, "--pool", pool)
    for words in (str(lab), "16,000", f"{pool} of 30", "another --out"):
        assert words in str(error.value)
    assert started == []


@pytest.mark.parametrize(("rows", "made"), [((), 16000), (("--rows", 30), 30)])
def test_pools_are_made_as_asked_where_none_are_whole(lab, started, monkeypatch, rows, made):
    (lab / "test.jsonl").unlink()
    _main(monkeypatch, run, "--out", lab, *rows)
    assert started == [("benchmarks.lab.pools", "--out", lab, "--rows", made), "compare"]


def _files(lab):
    return {path.relative_to(lab): path.read_bytes() for path in lab.rglob("*.jsonl")}


@pytest.mark.parametrize("stop_at", range(5))
def test_pools_that_were_stopped_are_made_anew(lab, started, monkeypatch, stop_at):
    """Also where they were to take the place of others."""
    whole = _files(lab)
    assert len(whole) == 5
    written = []

    class Stopped(Exception):
        pass

    def stop(path, rows):
        if len(written) == stop_at:
            raise Stopped
        written.append(path)
        write_lines(path, rows)

    write_lines = pools.write_lines
    monkeypatch.setattr(pools, "write_lines", stop)
    with pytest.raises(Stopped):
        _main(monkeypatch, pools, "--out", lab, "--rows", 20, "--test", 8)
    monkeypatch.setattr(pools, "write_lines", write_lines)
    _main(monkeypatch, run, "--out", lab, "--rows", 20)
    assert started == [("benchmarks.lab.pools", "--out", lab, "--rows", 20), "compare"]
    _main(monkeypatch, pools, "--out", lab, "--rows", 30, "--test", 8)
    _main(monkeypatch, run, "--out", lab, "--rows", 30)
    assert started[2:] == ["compare"]
    assert _files(lab) == whole


class _Half:
    """A tokenizer that is stopped while it is saved."""

    def save_pretrained(self, folder):
        raise KeyboardInterrupt


class _Saved:
    """A model or tokenizer of the files that are named."""

    def __init__(self, **files):
        self._files = files

    def save_pretrained(self, folder):
        for name, text in self._files.items():
            with open(f"{folder}/{name}", "w") as file:
                file.write(text)


def test_a_base_model_s_weights_are_there_only_with_its_tokenizer(tmp_path, monkeypatch):
    model = _Saved(**{"config.json": "{}", "model.safetensors": "weights"})
    out = tmp_path / "lab/competent"
    with pytest.raises(KeyboardInterrupt):
        pretrain.save_whole(model, _Half(), out)
    assert list(out.iterdir()) == []

    def moved(source, target):
        order.append(target.name)
        replace(source, target)

    order, replace = [], pretrain.os.replace
    monkeypatch.setattr(pretrain.os, "replace", moved)
    pretrain.save_whole(model, _Saved(**{"tokenizer.json": json.dumps([])}), out)
    assert sorted(order[:-1]) == ["config.json", "tokenizer.json"]
    assert order[-1] == "model.safetensors"
    assert {path.name: path.read_text() for path in out.iterdir()} == {
        "config.json": "{}", "tokenizer.json": "[]", "model.safetensors": "weights",
    }  # fmt: skip
