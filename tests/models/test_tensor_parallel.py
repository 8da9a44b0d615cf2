"""A model spread over several GPUs; here over processes on a CPU."""

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from rbic.chunks import Workers
from rbic.config import ConfigError, EvaluateConfig, load, load_config
from rbic.job import settled_generator
from rbic.models.generator import Engine, GeneratorConfig, attempt_seeds, load_generator
from rbic.stages.attempts import attempts_step

QUESTIONS = ["What is 3 + 4?", "Tom has 5 apples and buys 3. How many has he?", "Say 7."]
SEEDS = attempt_seeds(0, np.arange(3), 2)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["generator.tensor_parallel=0"], "generator.tensor_parallel must be at least 1, got 0"),
        (
            ["generator.tensor_parallel=2", "generator.engine=transformers"],
            "generator.tensor_parallel=2 needs generator.engine=vllm, got transformers",
        ),
        (["generator.tensor_parallel=2", "generator.engine=http"], "needs generator.engine=vllm"),
        (
            ["generator.tensor_parallel=4", "workers.attempts.gpus_each=1"],
            r"workers.attempts.gpus_each must be generator.tensor_parallel \(4\).*got 1",
        ),
        (["generator.tensor_parallel=2", "workers.attempts.gpus_each=0.5"], "got 0.5"),
        (["workers.attempts.gpus_each=2"], r"must be generator.tensor_parallel \(1\).*got 2"),
    ],
)
@pytest.mark.parametrize("job", [load_config, lambda *given: load(EvaluateConfig, *given)])
def test_what_cannot_be_is_refused_by_name(job, overrides, words):
    with pytest.raises(ConfigError, match=words):
        job(None, overrides)


@pytest.mark.parametrize(("spread", "gpus"), [(1, 0), (1, 0.5), (1, 1), (2, 0), (2, 2), (8, 8)])
def test_a_worker_holds_the_gpus_of_its_engine_or_none(spread, gpus):
    overrides = [f"generator.tensor_parallel={spread}", f"workers.attempts.gpus_each={gpus}"]
    assert load_config(None, overrides).generator.tensor_parallel == spread


def test_an_engine_that_is_found_out_later_is_refused_too(monkeypatch):
    monkeypatch.setattr("rbic.models.generator.installed", lambda name: False)
    with pytest.raises(ConfigError, match="needs generator.engine=vllm, got transformers"):
        settled_generator(GeneratorConfig(model="m", tensor_parallel=2))


def test_only_a_spread_model_has_a_step_of_its_own():
    one, two = (
        attempts_step(
            GeneratorConfig(engine=Engine.VLLM, model="m", tensor_parallel=spread), Workers(), 1
        ).params
        for spread in (1, 2)
    )
    assert "tensor_parallel" not in one
    assert two == one | {"tensor_parallel": 2}


def _generator(spread):
    return load_generator(
        GeneratorConfig(
            engine=Engine.VLLM, model="sample:model", dtype="float32", temperature=0.0,
            attempts=1, max_tokens=40, tensor_parallel=spread,
        )
    )  # fmt: skip


def _session(pid):
    """The running processes of a session, and what shared memory they have mapped."""
    found, mapped = [], set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, _, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            if int(session) != pid or state == "Z":
                continue
            found.append(int(entry.name))
            lines = (entry / "maps").read_text().splitlines()
            mapped |= {line.split()[-1] for line in lines if "/dev/shm/psm_" in line}
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found, mapped


def _ended(pid, mapped):
    until = time.monotonic() + 60
    while _session(pid)[0] or any(Path(name).exists() for name in mapped):
        assert time.monotonic() < until, (_session(pid), mapped)
        time.sleep(0.1)
    return True


@pytest.mark.vllm
@pytest.mark.timeout(1800)  # it loads four engines, two of them in two parts
class TestVllm:
    def test_a_spread_model_gives_the_same_survives_a_part_and_ends_whole(self):
        wanted = _generator(1).generate(QUESTIONS, SEEDS)
        assert len({own[0].text for own in wanted}) == 3
        spread = _generator(2)
        # Greedy: sums in another order change the last bits, which rarely tip a likeliest token.
        assert spread.generate(QUESTIONS, SEEDS) == wanted
        first = spread._engine._process.pid
        processes, mapped = _session(first)
        assert len(processes) == 4  # the engine, its guard, and two that hold half a model each
        assert mapped
        os.kill(max(processes), signal.SIGKILL)
        assert spread.generate(QUESTIONS, SEEDS) == wanted
        assert _ended(first, mapped)
        second = spread._engine._process.pid
        _, mapped = _session(second)
        os.kill(second, signal.SIGKILL)
        assert _ended(second, mapped)

    def test_more_gpus_than_there_are_is_an_error_that_names_the_setting(self, monkeypatch):
        import vllm

        from rbic.models.generator_vllm import _spread

        monkeypatch.setattr(vllm.platforms.current_platform, "device_count", lambda: 1)
        with pytest.raises(ValueError, match=r"tensor_parallel=2.*gpus_each=2 for its workers"):
            _spread(2, on_cpu=False)
