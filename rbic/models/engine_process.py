"""An engine in a process of its own: `python -m rbic.models.engine_process LIFELINE`.

It is asked over its standard input and answers over its standard output, in the messages of
`send` and `receive`; whatever its libraries print goes to standard error. LIFELINE is the reading
end of a pipe: when its other end is closed, by whatever death of the process that holds it, this
process dies with all that it started, so that no GPU stays occupied.
"""

import contextlib
import faulthandler
import json
import os
import select
import signal
import struct
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from multiprocessing import resource_tracker
from typing import IO, Any

import jinja2
import numpy as np

from rbic.models.generator import Engine, GeneratorConfig, Reply, Watch, load_engine

_LENGTH = struct.Struct("<q")
_BEAT_S = 0.5
_GUARD_S = 1.0
"""How often a guard looks whether its engine is there."""
_OF_THE_PROMPTS = (ValueError, TypeError, LookupError, jinja2.TemplateError)
"""What libraries raise where they refuse a request; their engine can go on."""


class Said(StrEnum):
    """What a message of the engine's process holds."""

    READY = "ready"
    UNUSABLE = "unusable"
    """The settings cannot be used, in words."""
    BEAT = "beat"
    """Tokens were written."""
    BEGUN = "begun"
    """Questions that may be under way, by their places."""
    REPLIES = "replies"
    """A question's place, and all replies to it."""
    DONE = "done"
    """There are no more replies."""
    REFUSED = "refused"
    """The engine refuses the prompts, in words, and goes on."""


def send(stream: IO[bytes], message: Any) -> None:
    """Write a message."""
    data = json.dumps(message).encode()
    left = memoryview(_LENGTH.pack(len(data)) + data)
    while left:
        left = left[stream.write(left) :]
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """The next message.

    Raises:
        EOFError: the other side has closed, perhaps in the middle of a message.
    """
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    return json.loads(_exactly(stream, length))


def _exactly(stream: IO[bytes], length: int) -> bytes:
    """So many bytes of a stream that may hand out fewer at a time."""
    data = bytearray()
    while len(data) < length:
        more = stream.read(length - len(data))
        if not more:
            raise EOFError
        data += more
    return bytes(data)


def main() -> None:
    """Load the engine that the first message names, then answer."""
    # Out of the reach of the processes that libraries start: one that held these open would hide
    # this one's death.
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    # Killed engines leave the memory that they shared with their own processes to this process of
    # Python's, which frees it after the last of them. So it must not be of the session that dies.
    resource_tracker.ensure_running()
    os.setsid()
    _die_with(int(sys.argv[1]))
    faulthandler.enable()
    # Asked before the process is killed for its silence.
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    _serve(asked, answers)


class _Telling(Watch):
    """Sends what it is told."""

    def __init__(self, answers: IO[bytes]) -> None:
        self._answers = answers
        self._told = 0.0
        self.done_with: set[int] = set()

    def beat(self) -> None:
        if time.monotonic() - self._told > _BEAT_S:
            send(self._answers, (Said.BEAT, None))
            self._told = time.monotonic()

    def begun(self, questions: Sequence[int]) -> None:
        send(self._answers, (Said.BEGUN, list(questions)))

    def done(self, question: int, replies: Sequence[Reply]) -> None:
        send(self._answers, (Said.REPLIES, (question, [asdict(one) for one in replies])))
        self.done_with.add(question)


def _serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    watch = _Telling(answers)
    try:
        config, gpu_share = receive(asked)
        generator = load_engine(_config(config), watch, gpu_share)
    except (ValueError, OSError) as error:
        send(answers, (Said.UNUSABLE, str(error)))
        return
    send(answers, (Said.READY, generator.name))
    while True:
        try:
            questions, seeds = receive(asked)
        except EOFError:
            return
        watch.done_with.clear()
        try:
            replies = generator.generate(questions, np.array(seeds, np.int64))
        except _OF_THE_PROMPTS as error:
            send(answers, (Said.REFUSED, f"{type(error).__name__}: {error}"))
            continue
        for question, own in enumerate(replies):
            if question not in watch.done_with:
                watch.done(question, own)
        send(answers, (Said.DONE, None))


def _config(given: dict[str, Any]) -> GeneratorConfig:
    return GeneratorConfig(**given | {"engine": Engine(given["engine"])})


def _die_with(lifeline: int) -> None:
    """Leave a guard that kills this process's session when the other end of a pipe is closed.

    Also when this process is dead, so that an engine killed between two batches leaves no part of
    it behind. A thread could not: a library that hangs may hold the interpreter's lock.
    """
    engine = os.getpid()
    if os.fork():
        os.close(lifeline)
        return
    for own in map(int, os.listdir("/dev/fd")):
        if own != lifeline:
            # That of the list itself is closed by now.
            with contextlib.suppress(OSError):
                os.close(own)
    while os.getppid() == engine:
        ready, _, _ = select.select([lifeline], [], [], _GUARD_S)
        if ready and not os.read(lifeline, 1):
            break
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
