"""An engine in a process of its own, with engines that die, hang and refuse.

The engine's process finds `sitecustomize` on its path and in it an engine that does what the
questions say; everything else is the real thing: processes, pipes, signals.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from rbic.models.generator import Engine, Finish, GeneratorConfig, Reply, load_generator
from rbic.models.generator_process import EngineError

ENGINE = """
import multiprocessing, os, signal, sys, time
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
import rbic.models.generator as generator
from rbic.models.generator import Finish, Reply

class Told:
    name = "told 1"

    def __init__(self, config, watch, gpu_share):
        if config.model == "missing":
            raise ValueError("no model of that name")
        if config.model == "crash":
            sys.exit("out of memory")
        if config.model == "slow":
            with open(Path(__file__).with_name("loading"), "a") as log:
                print("begins", os.getpid(), file=log, flush=True)
                time.sleep(1.5)
                print("ends", os.getpid(), file=log)
        while config.model == "hangs loading":
            time.sleep(0.1)
        self.watch, self.tells = watch, config.model == "tells"
        if config.model == "spread":
            spawned = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,))
            spawned.start()
            self.shared = SharedMemory(create=True, size=4096)
            with open(Path(__file__).with_name("spread"), "a") as log:
                print(os.getpid(), spawned.pid, self.shared.name, file=log)

    def generate(self, questions, seed_QA):
        with open(Path(__file__).with_name("asked"), "a") as log:
            log.write(f"{os.getpid()} {len(questions)}\\n")
        replies = []
        for place, (question, seeds) in enumerate(zip(questions, seed_QA.tolist())):
            if self.tells:
                self.watch.begun([place])
            if question == "refuse":
                raise ValueError("what a question")
            if question == "raise":
                raise RuntimeError("device-side assert")
            if question == "die":
                print("my last words", file=sys.stderr, flush=True)
                os.kill(os.getpid(), signal.SIGKILL)
            if question == "die once" and not Path(__file__).with_name("died").exists():
                Path(__file__).with_name("died").touch()
                os._exit(3)
            while question == "hang":
                time.sleep(0.1)
            if question == "think":
                for _ in range(30):
                    time.sleep(0.1)
                    self.watch.beat()
            replies.append([Reply(f"{question} {seed}", Finish.STOP, 2, 1) for seed in seeds])
            with open(Path(__file__).with_name("written"), "a") as log:
                print(question, file=log)
            if self.tells:
                self.watch.done(place, replies[-1])
        print("libraries print")
        return replies

generator.load_engine = Told
"""


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """Makes a generator over the engine above."""
    (tmp_path / "sitecustomize.py").write_text(ENGINE)
    monkeypatch.syspath_prepend(str(tmp_path))
    # Turns of its own: engines that others load on this machine are not waited for.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def make(model="m", timeout_s=30.0, **settings):
        return load_generator(
            GeneratorConfig(
                engine=Engine.TRANSFORMERS, model=model, timeout_s=timeout_s, **settings
            )
        )

    return make


def _asked(tmp_path):
    """Process and number of questions of every batch that reached an engine."""
    return [tuple(map(int, line.split())) for line in (tmp_path / "asked").open()]


def _seeds(count):
    return np.arange(2 * count).reshape(count, 2)


def _wanted(questions, failing=()):
    """The replies, None where a question is one that fails."""
    return [
        None if q in failing else [Reply(f"{q} {s}", Finish.STOP, 2, 1) for s in seeds]
        for q, seeds in zip(questions, _seeds(len(questions)).tolist(), strict=True)
    ]


def _alive(pid):
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _gone(*pids):
    until = time.monotonic() + 20
    while any(map(_alive, pids)):
        assert time.monotonic() < until, f"still there: {[p for p in pids if _alive(p)]}"
        time.sleep(0.02)
    return True


def test_where_nothing_fails_all_are_asked_at_once(engine, tmp_path):
    questions = [f"q{i} 数" for i in range(2000)]
    generator = engine()
    assert generator.name == "told 1"
    assert generator.generate(questions, _seeds(2000)) == _wanted(questions)
    assert generator.generate(questions[:3], _seeds(3)) == _wanted(questions[:3])
    assert generator.generate([], _seeds(0)) == []
    assert [number for _, number in _asked(tmp_path)] == [2000, 3, 0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("die", "died (SIGKILL): my last words"),
        ("raise", "RuntimeError: device-side assert"),
        ("refuse", "ValueError: what a question"),
    ],
)
@pytest.mark.parametrize("at", [[0], [12], [6, 7], [0, 11, 12]])
def test_a_bad_prompt_costs_that_prompt(engine, tmp_path, bad, words, at):
    questions = [bad if i in at else f"q{i}" for i in range(13)]
    replies = engine().generate(questions, _seeds(13))
    for own, wanted in zip(replies, _wanted(questions, failing=(bad,)), strict=True):
        if wanted is not None:
            assert own == wanted
        else:
            assert [(one.finish, one.tokens) for one in own] == [(Finish.FAILED, 0)] * 2
            assert words in own[0].text
    batches = _asked(tmp_path)
    # A bisection: no more batches than two at each of its levels, and each culprit twice alone;
    # before it, all twice together.
    assert len(batches) <= 2 + len(at) * (2 * 4 + 1)
    if bad == "refuse":
        assert len({pid for pid, _ in batches}) == 1


@pytest.mark.slow
def test_a_death_by_chance_loses_no_reply(engine, tmp_path):
    questions = ["q0", "die once", "q2"]
    assert engine().generate(questions, _seeds(3)) == _wanted(questions)
    # The batch decides the last bit, so it is the same again.
    assert [number for _, number in _asked(tmp_path)] == [3, 3]
    (tmp_path / "died").unlink()
    assert engine().generate(["die once"], _seeds(1)) == _wanted(["die once"])


@pytest.mark.slow
def test_an_engine_killed_in_mid_batch_is_started_anew(engine, tmp_path):
    generator = engine()
    questions = ["think", *(f"q{i}" for i in range(5))]
    code = (
        "import os, sys, time\n"
        "while not os.path.exists(sys.argv[1]): time.sleep(0.01)\n"
        "time.sleep(0.3)\n"
        "os.kill(int(open(sys.argv[1]).read().split()[0]), 9)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "asked")]) as killer:
        assert generator.generate(questions, _seeds(6)) == _wanted(questions)
        assert killer.wait(20) == 0
    assert len({pid for pid, _ in _asked(tmp_path)}) == 2


def test_an_engine_killed_between_batches_is_started_anew(engine, tmp_path):
    generator = engine()
    generator.generate(["a"], _seeds(1))
    ((pid, _),) = _asked(tmp_path)
    os.kill(pid, signal.SIGKILL)
    assert generator.generate(["b"], _seeds(1)) == _wanted(["b"])


@pytest.mark.slow
def test_a_silent_engine_is_dumped_and_killed(engine, tmp_path):
    questions = ["a", "hang", "b"]
    replies = engine(timeout_s=2.0).generate(questions, _seeds(3))
    assert [replies[0], replies[2]] == [own for own in _wanted(questions, ("hang",)) if own]
    assert replies[1][0].finish is Finish.FAILED
    assert "wrote no token for generator.timeout_s=2 s" in replies[1][0].text
    assert "in generate" in replies[1][0].text  # of the stacks
    assert _gone(*{pid for pid, _ in _asked(tmp_path)} - {_asked(tmp_path)[-1][0]})


@pytest.mark.slow
@pytest.mark.parametrize(("bad", "timeout_s"), [("hang", 2.0), ("die", 30.0)])
def test_what_was_written_before_is_kept_and_the_culprit_is_found_at_once(
    engine, tmp_path, bad, timeout_s
):
    questions = [bad if i == 40 else f"q{i}" for i in range(64)]
    replies = engine("tells", timeout_s=timeout_s).generate(questions, _seeds(64))
    assert [own for i, own in enumerate(replies) if i != 40] == [
        own for own in _wanted(questions, (bad,)) if own
    ]
    assert replies[40][0].finish is Finish.FAILED
    # A death may be chance: then all are asked again, once, so that the batches are the same.
    together = [64, 64] if bad == "die" else [64]
    assert [number for _, number in _asked(tmp_path)] == [*together, 1, 1, 23]
    written = (tmp_path / "written").read_text().split()
    assert len(written) == 40 * len(together) + 23


@pytest.mark.slow
def test_an_engine_that_hangs_while_it_loads_is_dumped_and_killed(engine):
    words = r"did not load its model within generator.load_timeout_s=20 s"
    with pytest.raises(EngineError, match=rf"(?s){words}.*in __init__"):
        engine("hangs loading", load_timeout_s=20.0)


@pytest.mark.slow
def test_an_engine_that_goes_on_writing_is_let_be(engine, tmp_path):
    assert engine(timeout_s=2.0).generate(["think"], _seeds(1)) == _wanted(["think"])
    assert len(_asked(tmp_path)) == 1


def test_an_engine_that_fails_on_everything_ends_the_work(engine, tmp_path):
    with pytest.raises(EngineError, match="8 prompts one after another.*what a question"):
        engine().generate(["refuse"] * 100, _seeds(100))
    assert len(_asked(tmp_path)) < 40


@pytest.mark.slow
def test_failures_with_replies_between_do_not_end_the_work(engine):
    questions = [word for i in range(12) for word in ("refuse", f"q{i}")]
    replies = engine().generate(questions, _seeds(24))
    assert [own[0].finish for own in replies] == [Finish.FAILED, Finish.STOP] * 12


def test_what_cannot_be_loaded_is_said_at_once(engine):
    with pytest.raises(ValueError, match="no model of that name"):
        engine("missing")
    with pytest.raises(EngineError, match=r"did not start.*exit status 1.*out of memory"):
        engine("crash")


@pytest.mark.slow
def test_engines_load_one_after_another_whatever_silence_is_allowed(engine, tmp_path):
    with ThreadPoolExecutor(3) as threads:
        made = [threads.submit(engine, "slow", timeout_s=1.0) for _ in range(3)]
        generators = [one.result(60) for one in made]
    lines = [line.split() for line in (tmp_path / "loading").open()]
    assert [word for word, _ in lines] == ["begins", "ends"] * 3
    assert [first for _, first in lines[::2]] == [last for _, last in lines[1::2]]
    assert len({generator._engine._process.pid for generator in generators}) == 3


@pytest.mark.slow
def test_an_engine_that_dies_while_it_loads_holds_up_no_other(engine, tmp_path):
    with ThreadPoolExecutor(2) as threads:
        made = [threads.submit(engine, "slow") for _ in range(2)]
        until = time.monotonic() + 60
        while not (tmp_path / "loading").exists() or not (tmp_path / "loading").read_text():
            assert time.monotonic() < until
            time.sleep(0.01)
        os.kill(int((tmp_path / "loading").read_text().split()[1]), signal.SIGKILL)
        errors = [one.exception(60) for one in made]
    assert {type(error) for error in errors} == {EngineError, type(None)}
    assert "SIGKILL" in str(next(filter(None, errors)))


def test_the_engine_ends_with_its_generator(engine, tmp_path):
    generator = engine()
    generator.generate(["a"], _seeds(1))
    ((pid, _),) = _asked(tmp_path)
    assert _alive(pid)
    del generator
    assert _gone(pid)


def test_what_an_engine_started_and_shares_ends_with_it(engine, tmp_path):
    generator = engine("spread")
    generator.generate(["a"], _seeds(1))
    first, *_ = _spread(tmp_path)
    os.kill(first[0], signal.SIGKILL)
    assert generator.generate(["b"], _seeds(1)) == _wanted(["b"])
    assert _gone(*first[:2])
    assert _freed(first[2])
    _, second = _spread(tmp_path)
    assert all(map(_alive, second[:2]))
    assert Path("/dev/shm", second[2]).exists()
    del generator
    assert _gone(*second[:2])
    assert _freed(second[2])


def test_an_engine_that_dies_idle_leaves_nothing_behind(engine, tmp_path):
    generator = engine("spread")
    generator.generate(["a"], _seeds(1))
    ((pid, spawned, shared),) = _spread(tmp_path)
    session = [
        int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and _session(p) == pid
    ]
    assert len(session) == 3  # the engine, its guard, and what it started
    os.kill(pid, signal.SIGKILL)
    # Nobody asks it for anything meanwhile.
    assert _gone(*session, spawned)
    assert _freed(shared)
    assert generator.generate(["b"], _seeds(1)) == _wanted(["b"])


def _spread(tmp_path):
    """Of every engine its process, the one it started, and the name of what both share."""
    lines = [line.split() for line in (tmp_path / "spread").open()]
    return [(int(engine), int(spawned), shared) for engine, spawned, shared in lines]


def _freed(shared):
    until = time.monotonic() + 20
    while Path("/dev/shm", shared).exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    return True


@pytest.mark.slow
def test_the_engine_ends_with_its_killed_owner(engine, tmp_path):
    code = (
        "import sys, numpy as np\n"
        "from rbic.models.generator import Engine, GeneratorConfig, load_generator\n"
        "load_generator(GeneratorConfig(engine=Engine.TRANSFORMERS, model='m')).generate(\n"
        "    ['a', 'hang'], np.arange(2)[:, None])\n"
    )
    paths = os.pathsep.join(filter(None, sys.path))
    environment = os.environ | {"PYTHONPATH": paths}
    with subprocess.Popen([sys.executable, "-c", code], env=environment) as owner:
        until = time.monotonic() + 60
        while not (tmp_path / "asked").exists() or not _asked(tmp_path):
            assert time.monotonic() < until
            time.sleep(0.02)
        ((pid, _),) = _asked(tmp_path)
        session = [
            int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and _session(p) == pid
        ]
        assert len(session) == 2  # the engine and its guard
        owner.kill()
        assert _gone(*session)


def _session(process):
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[3])
    except (FileNotFoundError, ProcessLookupError):
        return None
