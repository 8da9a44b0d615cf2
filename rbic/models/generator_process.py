"""An engine that may die: kept in a process of its own, watched, and started anew.

A prompt that kills or hangs the engine, or that it refuses, costs that prompt alone: the prompts
that were under way are asked again by halves until the culprit is found, and its reply is `failed`,
with the engine's last words. After a first death all are asked once more together: it may have been
chance, and then the batches, which decide the last bit, are those of a run without it.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Sequence
from dataclasses import asdict
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from rbic.models.engine_process import Said, receive, send
from rbic.models.generator import Finish, GeneratorConfig, Reply
from rbic.models.loading_turn import loading_turn

_LONGEST_WORDS = 2000
_TRIES = 2
"""How often all prompts are asked together, and each one alone before it is given up."""
_MOST_GIVEN_UP = 8
"""Prompts given up one after another, without a reply in between, that show it is not them."""
_STARTS = 3
_START_WAIT_S = 10.0
"""A dead engine's memory is not free at once."""
_DUMP_S = 2.0
_END_S = 10.0


class EngineError(RuntimeError):
    """The engine cannot be used, whatever it is asked."""


class _LostError(Exception):
    """The engine died, fell silent, or refused; the message holds its words."""


class _DiedError(_LostError):
    """The engine died."""


class ProcessGenerator:
    """Answers questions through an engine in another process, which ends with this object."""

    def __init__(self, config: GeneratorConfig) -> None:
        """Start the engine and wait until its model is loaded.

        Raises:
            ValueError: it cannot be used with these settings.
            EngineError: its process died.
        """
        self._config = config
        self._engine: _Engine | None = None
        self._given_up = 0
        try:
            self._engine = _started(config)
        except _LostError as lost:
            raise EngineError(f"the engine {config.engine} did not start: {lost}") from None
        self.name = self._engine.name

    def generate(self, questions: Sequence[str], seed_QA: NDArray[np.int64]) -> list[list[Reply]]:
        """Replies to each question; those to one that the engine cannot stand are `failed`.

        Where no engine fails, all are asked at once.

        Raises:
            EngineError: it dies whatever it is asked, or cannot be started again.
        """
        replies: list[list[Reply]] = [[] for _ in questions]
        waiting = [(0, len(questions), _TRIES)]
        while waiting:
            start, stop, tries = waiting.pop()
            try:
                replies[start:stop] = self._ask(list(questions[start:stop]), seed_QA[start:stop])
                self._given_up = 0
            except _LostError as lost:
                alone = stop - start == 1
                if tries > 1 and (alone or isinstance(lost, _DiedError)):
                    waiting.append((start, stop, tries - 1))
                elif alone:
                    replies[start] = self._give_up(str(lost)) * seed_QA.shape[1]
                else:
                    waiting += _halves(start, stop)
        return replies

    def _ask(self, questions: list[str], seed_QA: NDArray[np.int64]) -> list[list[Reply]]:
        if self._engine is None or self._engine.dead:
            self._engine = self._start_again()
        return self._engine.ask(questions, seed_QA)

    def _start_again(self) -> "_Engine":
        for tries in range(_STARTS):
            if tries:
                time.sleep(_START_WAIT_S)
            try:
                return _started(self._config)
            except (_LostError, ValueError) as error:
                words = str(error)
        raise EngineError(f"the engine {self._config.engine} does not start again: {words}")

    def _give_up(self, words: str) -> list[Reply]:
        self._given_up += 1
        if self._given_up == _MOST_GIVEN_UP:
            raise EngineError(
                f"the engine {self._config.engine} failed on {_MOST_GIVEN_UP} prompts one after "
                f"another, each alone; at last: {words}"
            )
        return [Reply(words, Finish.FAILED, 0, 0)]


def _started(config: GeneratorConfig) -> "_Engine":
    """An engine whose model is loaded, once it was its turn on this node; see `_Engine`."""
    with loading_turn():
        return _Engine(config)


def _halves(start: int, stop: int) -> list[tuple[int, int, int]]:
    """Two halves of a stretch of prompts and how often to ask each, the first one last."""
    middle = (start + stop) // 2
    parts = ((middle, stop), (start, middle))
    return [(first, end, _TRIES if end - first == 1 else 1) for first, end in parts]


class _Engine:
    """One process with an engine, from its start to its death."""

    def __init__(self, config: GeneratorConfig) -> None:
        """Start it and wait for its model; loading has no time limit.

        Raises:
            ValueError: the settings cannot be used.
            _LostError: it died.
        """
        self._timeout_s = config.timeout_s
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
        reading, self._lifeline = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "rbic.models.engine_process", str(reading)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log,
                # Unbuffered: what waits in a buffer of ours, select does not see.
                bufsize=0,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                pass_fds=(reading,),
            )  # fmt: skip
        finally:
            os.close(reading)
        self._stop = weakref.finalize(self, _stop, self._process, self._lifeline, self._log)
        self._send(asdict(config))
        said, words = self._hear(None)
        if said is Said.UNUSABLE:
            self._stop()
            raise ValueError(words)
        self.name: str = words

    @property
    def dead(self) -> bool:
        """Whether it has to be started anew."""
        return not self._stop.alive

    def ask(self, questions: list[str], seed_QA: NDArray[np.int64]) -> list[list[Reply]]:
        """Replies to questions.

        Raises:
            _LostError: it died, wrote no token for as long as it may be silent, or refused.
        """
        self._send((questions, seed_QA.tolist()))
        while True:
            said, content = self._hear(self._timeout_s)
            if said is Said.REFUSED:
                raise _LostError(content)
            if said is Said.REPLIES:
                return [
                    [Reply(**one | {"finish": Finish(one["finish"])}) for one in own]
                    for own in content
                ]

    def _send(self, message: Any) -> None:
        assert self._process.stdin is not None
        # One that died meanwhile is found when it is heard.
        with contextlib.suppress(BrokenPipeError):
            send(self._process.stdin, message)

    def _hear(self, timeout_s: float | None) -> tuple[Said, Any]:
        """The next message, or `_LostError`."""
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], timeout_s)
        try:
            if not ready:
                raise TimeoutError
            said, content = receive(self._process.stdout)
        except TimeoutError:
            raise self._lost(f"wrote no token for {timeout_s:g} s", dump=True) from None
        except EOFError:
            raise self._lost("died", dump=False) from None
        return Said(said), content

    def _lost(self, how: str, dump: bool) -> _LostError:
        """What is to be said of an engine that is lost; it is killed."""
        if dump:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGUSR1)
                time.sleep(_DUMP_S)
        else:
            # One that closed its output and hangs in its own end is not waited for.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_S)
            self._process.kill()
            self._process.wait()
            how = f"{how} ({_status(self._process.returncode)})"
        said = _tail(self._log)
        self._stop()
        # The log of the worker is where one looks for what a lost engine said.
        sys.stderr.write(f"rbic: the engine {how}; its last words:\n{said}\n")
        kind = _LostError if dump else _DiedError
        return kind(f"the engine {how}: {said}"[:_LONGEST_WORDS])


def _status(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _tail(log: IO[bytes]) -> str:
    """The end of what a process said."""
    end = log.seek(0, os.SEEK_END)
    log.seek(max(0, end - _LONGEST_WORDS))
    return log.read().decode(errors="replace").strip()


def _stop(process: subprocess.Popen[bytes], lifeline: int, log: IO[bytes]) -> None:
    """Kill an engine with all that it started, and bury it."""
    os.close(lifeline)
    # Its guard kills the session, too; whoever comes first. In its first moments it has none.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, log):
        assert stream is not None
        with contextlib.suppress(BrokenPipeError):
            stream.close()
