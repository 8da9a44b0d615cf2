"""An engine that may die: kept in a process of its own, watched, and started anew.

A prompt that kills or hangs the engine, or that it refuses, costs that prompt alone. Replies are
kept as they come; of the other prompts, those that were under way are asked again by halves until
the culprit is found, and its reply is `failed`, with the engine's last words. After a first death
all are asked once more together: it may have been chance, and then the batches, which decide the
last bit, are those of a run without it.
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
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
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

    def __init__(self, config: GeneratorConfig, gpu_share: float = 1.0) -> None:
        """Start the engine and wait until its model is loaded.

        Args:
            config: the engine and its model.
            gpu_share: share of a GPU that is the engine's, in (0, 1].

        Raises:
            ValueError: it cannot be used with these settings.
            EngineError: its process died.
        """
        self._config = config
        self._gpu_share = gpu_share
        self._engine: _Engine | None = None
        self._given_up = 0
        try:
            self._engine = _started(config, gpu_share)
        except _LostError as lost:
            raise EngineError(f"the engine {config.engine} did not start: {lost}") from None
        self.name = self._engine.name

    def generate(self, questions: Sequence[str], seed_QA: NDArray[np.int64]) -> list[list[Reply]]:
        """Replies to each question; those to one that the engine cannot stand are `failed`.

        Where no engine fails, all are asked at once.

        Raises:
            EngineError: it dies whatever it is asked, or cannot be started again.
        """
        replies: dict[int, list[Reply]] = {}
        waiting = [_Batch(list(range(len(questions))), _TRIES)]
        while waiting:
            batch = waiting.pop()
            heard, lost = self._ask(batch, questions, seed_QA)
            written = batch.kept | heard.replies
            if heard.replies:
                self._given_up = 0
            alone = len(batch.questions) == 1
            if lost is None or (alone and written):
                replies |= written
            elif batch.tries > 1 and (alone or isinstance(lost, _DiedError)):
                waiting.append(_Batch(batch.questions, batch.tries - 1, written))
            elif alone:
                replies[batch.questions[0]] = self._give_up(str(lost)) * seed_QA.shape[1]
            else:
                replies |= written
                waiting += batch.rest(written, heard.begun)
        return [replies[q] for q in range(len(questions))]

    def _ask(
        self, batch: "_Batch", questions: Sequence[str], seed_QA: NDArray[np.int64]
    ) -> tuple["_Heard", _LostError | None]:
        """What the engine said of a batch, and how it was lost, if it was."""
        if self._engine is None or self._engine.dead:
            self._engine = self._start_again()
        heard = _Heard(batch.questions)
        try:
            asked = [questions[q] for q in batch.questions]
            self._engine.ask(asked, seed_QA[batch.questions], heard)
        except _LostError as lost:
            return heard, lost
        return heard, None

    def _start_again(self) -> "_Engine":
        for tries in range(_STARTS):
            if tries:
                time.sleep(_START_WAIT_S)
            try:
                return _started(self._config, self._gpu_share)
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


def _started(config: GeneratorConfig, gpu_share: float) -> "_Engine":
    """An engine whose model is loaded, once it was its turn on this node; see `_Engine`."""
    with loading_turn():
        return _Engine(config, gpu_share)


@dataclass(frozen=True)
class _Batch:
    """Questions that are asked together, by their places among all."""

    questions: list[int]
    tries: int
    """How often they may be asked so."""
    kept: dict[int, list[Reply]] = field(default_factory=dict)
    """What an engine had written before it died; of use only if the next one dies, too."""

    def rest(self, written: Collection[int], begun: Collection[int]) -> list["_Batch"]:
        """How to ask what a lost engine left: who was under way by halves, the others together.

        Args:
            written: questions with their replies.
            begun: questions that may have been under way; none where the engine did not say.

        Returns:
            Batches, the first to be asked last.
        """
        left = [q for q in self.questions if q not in written]
        suspects = [q for q in left if q in begun] or left
        others = [q for q in left if q not in begun] if len(suspects) < len(left) else []
        middle = len(suspects) // 2
        halves = [half for half in (suspects[middle:], suspects[:middle]) if half]
        return [_Batch(own, _TRIES) for own in [others] if own] + [
            _Batch(half, _TRIES if len(half) == 1 else 1) for half in halves
        ]


class _Heard:
    """What an engine said of the questions that it was asked."""

    def __init__(self, questions: Sequence[int]) -> None:
        self._questions = questions
        self.replies: dict[int, list[Reply]] = {}
        self.begun: set[int] = set()

    def note_begun(self, places: Iterable[int]) -> None:
        """Note questions by their places among those asked."""
        self.begun.update(self._questions[place] for place in places)

    def note_replies(self, place: int, replies: Iterable[dict[str, Any]]) -> None:
        """Note all replies to a question."""
        self.replies[self._questions[place]] = [
            Reply(**one | {"finish": Finish(one["finish"])}) for one in replies
        ]


class _Engine:
    """One process with an engine, from its start to its death."""

    def __init__(self, config: GeneratorConfig, gpu_share: float) -> None:
        """Start it and wait for its model.

        Raises:
            ValueError: the settings cannot be used.
            _LostError: it died, or had not loaded the model in time.
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
        self._send((asdict(config), gpu_share))
        limit_s = config.load_timeout_s
        late = f"did not load its model within generator.load_timeout_s={limit_s:g} s"
        said, words = self._hear(limit_s, late)
        if said is Said.UNUSABLE:
            self._stop()
            raise ValueError(words)
        self.name: str = words

    @property
    def dead(self) -> bool:
        """Whether it has to be started anew."""
        return not self._stop.alive

    def ask(self, questions: list[str], seed_QA: NDArray[np.int64], heard: _Heard) -> None:
        """Have questions answered; `heard` takes the replies as they come.

        Raises:
            _LostError: it died, wrote no token for as long as it may be silent, or refused.
        """
        self._send((questions, seed_QA.tolist()))
        late = f"wrote no token for generator.timeout_s={self._timeout_s:g} s"
        while True:
            said, content = self._hear(self._timeout_s, late)
            match said:
                case Said.BEGUN:
                    heard.note_begun(content)
                case Said.REPLIES:
                    heard.note_replies(*content)
                case Said.REFUSED:
                    raise _LostError(content)
                case Said.DONE:
                    return

    def _send(self, message: Any) -> None:
        assert self._process.stdin is not None
        # One that died meanwhile is found when it is heard.
        with contextlib.suppress(BrokenPipeError):
            send(self._process.stdin, message)

    def _hear(self, timeout_s: float, late: str) -> tuple[Said, Any]:
        """The next message; `_LostError` where there is none, which is `late` after so long."""
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], timeout_s)
        try:
            if not ready:
                raise TimeoutError
            said, content = receive(self._process.stdout)
        except TimeoutError:
            raise self._lost(late, dump=True) from None
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
