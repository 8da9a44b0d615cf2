"""Check replies against reference answers, with a computer algebra system where it takes one.

`rbic.core.equivalence` decides most pairs in microseconds. What it cannot read goes to math-verify
in a process of its own (rbic.models.algebra) that is bounded in time and memory: a pair that
hangs, fills the memory or crashes it costs that pair only, and its judgement says so. Nothing in a
reply or a reference is ever executed.
"""

import contextlib
import json
import os
import queue
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rbic.core.answers.algebra_form import algebra_form
from rbic.core.answers.judgement import Judgement, Method, right, undecidable, wrong
from rbic.core.equivalence import compare_answers
from rbic.core.final_answers import final_answer, reference_answer
from rbic.schema import Verdict

_START_S = 120.0
_GRACE_S = 10.0
_PATIENCE = 8
_OUTCOMES = {
    "equal": right(Method.ALGEBRA),
    "different": wrong(Method.ALGEBRA),
    "unsure": undecidable(Method.ALGEBRA),
    "unread": undecidable(Method.UNREAD),
    "timeout": undecidable(Method.TIMEOUT),
    "memory": undecidable(Method.MEMORY),
    "killed": undecidable(Method.KILLED),
}


@dataclass(frozen=True)
class CheckRule:
    """What decides a verdict."""

    timeout_s: float = 5.0
    """Processor seconds that the algebra of one pair may take; eight times as long on the wall."""
    memory_bytes: int = 512 * 2**20
    """What the algebra of one pair may allocate."""

    def __post_init__(self) -> None:
        if not 0 < self.timeout_s <= 600:
            raise ValueError(f"check: timeout_s must be in (0, 600], got {self.timeout_s}")
        if self.memory_bytes < 2**24:
            raise ValueError(
                f"check: memory_bytes must be at least {2**24}, got {self.memory_bytes}"
            )


@dataclass(frozen=True, slots=True)
class Judged:
    """What checking a reply found."""

    final_answer: str | None
    verdict: Verdict
    method: Method


class _Worker:
    """One algebra process, started when first needed and started anew after it died."""

    def __init__(self, rule: CheckRule) -> None:
        self._rule = rule
        self._process: subprocess.Popen[bytes] | None = None

    def _start(self) -> subprocess.Popen[bytes]:
        """Start the process and wait until it has loaded math-verify.

        Raises:
            RuntimeError: it did not start; the message holds its last words.
        """
        rule = self._rule
        process = subprocess.Popen(
            [sys.executable, "-m", "rbic.models.algebra",
             str(rule.timeout_s), str(rule.memory_bytes)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,
        )  # fmt: skip
        self._process = process
        assert process.stderr is not None
        with process.stderr:
            if not self._line(_START_S):
                self.stop()
                words = process.stderr.read().decode(errors="replace")[-2000:]
                raise RuntimeError(f"check: the algebra process did not start: {words}")
        return process

    def _line(self, timeout_s: float) -> bytes:
        """The process's next line; empty when it died or said nothing in time."""
        assert self._process is not None
        assert self._process.stdout is not None
        out = self._process.stdout.fileno()
        deadline = time.monotonic() + timeout_s
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([out], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(out, 4096) if ready else b""
            if not chunk:
                return b""
            line += chunk
        return line

    def ask(self, gold: str, given: str) -> Judgement:
        """Compare two expressions in LaTeX."""
        process = self._process
        if process is None or process.poll() is not None:
            self.stop()
            process = self._start()
        assert process.stdin is not None
        request = json.dumps({"gold": gold, "given": given}).encode() + b"\n"
        try:
            os.write(process.stdin.fileno(), request)
            line = self._line(_PATIENCE * self._rule.timeout_s + _GRACE_S)
        except BrokenPipeError:
            line = b""
        if not line:
            self.stop()
            return undecidable(Method.KILLED)
        return _OUTCOMES[json.loads(line)["outcome"]]

    def stop(self) -> None:
        """End the process with its child: by closing its input, else by force."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        # It buries its child itself; killed at once it would leave a zombie where no init reaps.
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


class Checker:
    """Judges replies. A context manager; safe to use from many threads at once."""

    def __init__(self, rule: CheckRule, processes: int = 1) -> None:
        """Set up; processes start when the first pair needs one.

        Args:
            rule: what decides a verdict.
            processes: algebra processes, each with one core and about 150 MB.

        Raises:
            ValueError: `processes` is below 1.
        """
        if processes < 1:
            raise ValueError(f"check: processes must be at least 1, got {processes}")
        self._workers = [_Worker(rule) for _ in range(processes)]
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes."""
        for worker in self._workers:
            worker.stop()

    def check(
        self,
        golds: Sequence[str],
        replies: Sequence[str],
        options: Sequence[Sequence[str] | None],
    ) -> list[Judged]:
        """Judge replies against reference answers.

        Args:
            golds: the reference answers; a solution stands for the answer that it states.
            replies: the replies, whole, thought included.
            options: the options of each multiple choice, A first; None for other questions.

        Returns:
            One judgement a reply, in order. A reply without an answer is wrong.

        Raises:
            ValueError: the sequences differ in length.
        """
        answers = [final_answer(reply) for reply in replies]
        references = [reference_answer(gold) for gold in golds]
        triples = list(zip(references, answers, options, strict=True))
        judgements = [_compare(*triple) for triple in triples]
        open_pairs = {
            (gold, given)
            for (gold, given, _), judged in zip(triples, judgements, strict=True)
            if given is not None and judged == undecidable(Method.UNREAD)
        }
        found = self._algebra(sorted(open_pairs))
        return [
            Judged(given, closed.verdict, closed.method)
            for (gold, given, _), judged in zip(triples, judgements, strict=True)
            for closed in (found.get((gold, given or ""), judged),)
        ]

    def _algebra(self, pairs: list[tuple[str, str]]) -> dict[tuple[str, str], Judgement]:
        """Judge pairs that the rules could not read."""
        if len(self._workers) == 1 or len(pairs) < 2:
            return {pair: self._ask(pair) for pair in pairs}
        with ThreadPoolExecutor(len(self._workers)) as threads:
            return dict(zip(pairs, threads.map(self._ask, pairs), strict=True))

    def _ask(self, pair: tuple[str, str]) -> Judgement:
        gold, given = (algebra_form(answer) for answer in pair)
        if gold is None or given is None:
            return undecidable(Method.UNREAD)
        worker = self._idle.get()
        try:
            return worker.ask(gold, given)
        finally:
            self._idle.put(worker)


def _compare(gold: str, given: str | None, options: Sequence[str] | None) -> Judgement:
    """Judge an answer by the rules alone."""
    if given is None:
        return wrong(Method.NO_ANSWER)
    return compare_answers(gold, given, options)
