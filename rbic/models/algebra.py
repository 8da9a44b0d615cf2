"""The process that asks math-verify whether two expressions are equal; run as a module.

Sympy can run for ever or fill the memory on a short expression, and math-verify's own time limit
is SIGALRM, which works in a main thread only. So the module, loaded once, forks a child that does
the work: it watches the clock, kills and replaces the child, and is itself never at risk, for it
runs no algebra. A new child costs milliseconds; loading math-verify takes seconds.

Reads one JSON line a pair from stdin, {"gold": ..., "given": ...} in LaTeX, and writes one JSON
line {"outcome": ...}: equal, different, unread, unsure, timeout, memory or killed. The first line
says {"ready": true}. Ends at the end of stdin, also when that comes in the middle of a pair.

Only the LaTeX half of math-verify is used: it builds expressions from a grammar. The other half
hands text to `eval`.
"""

import json
import logging
import os
import resource
import select
import signal
import sys
import time
from dataclasses import dataclass
from typing import Any

import sympy  # type: ignore[import-untyped]
from math_verify import LatexExtractionConfig, parse, verify

_POLL_S = 0.1
_PATIENCE = 8
_LATEX = [LatexExtractionConfig()]
_WARM_UP = (r"\frac{1}{2}+\sqrt{3}x^{2}", r"\left(1,2\right]\cup\{3\}", r"x\le 2", r"\sin(x)=y",
            r"\begin{pmatrix}1&2\\3&4\end{pmatrix}")  # fmt: skip


def _parse(latex: str) -> list[Any]:
    return list(parse(f"${latex}$", _LATEX, fallback_mode="no_fallback", parsing_timeout=None))


def _verify(gold: list[Any], given: list[Any]) -> bool:
    return bool(verify(gold, given, timeout_seconds=None))


def _differ(one: Any, other: Any) -> bool:
    """Whether two objects surely differ: expressions by their values at a point.

    Of sets, relations and matrices math-verify knows too few spellings to say so.
    """
    if not (isinstance(one, sympy.Expr) and isinstance(other, sympy.Expr)):
        return False
    symbols = sorted(one.free_symbols | other.free_symbols, key=str)
    point = {symbol: sympy.Rational(37 + 11 * i, 29) for i, symbol in enumerate(symbols)}
    values = [sympy.N(side.subs(point)) for side in (one, other)]
    if not all(value.is_number and value.is_finite for value in values):
        return False
    gap, size = abs(complex(values[0] - values[1])), max(abs(complex(v)) for v in values)
    return gap > 1e-6 * max(size, 1e-3)


def judge(gold: str, given: str) -> str:
    """Compare two expressions in LaTeX.

    Returns:
        "equal", "different", "unread" (no expression found), or "unsure" (neither was shown).
    """
    one, other = _parse(gold), _parse(given)
    if not one or not other:
        return "unread"
    if _verify(one, other) or _verify(other, one):
        return "equal"
    return "different" if _differ(one[-1], other[-1]) else "unsure"


def _answer(line: bytes) -> str:
    """Judge one request; what sympy cannot do is unread, out of memory is said."""
    pair = json.loads(line)
    try:
        return judge(pair["gold"], pair["given"])
    except MemoryError:
        return "memory"
    except Exception:  # noqa: BLE001  (sympy raises anything on what it cannot handle)
        return "unsure"


def _serve(requests: int, replies: int, memory_bytes: int, timeout_s: float) -> None:
    """The child: judge pairs until the pipe ends."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        mapped = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + memory_bytes, mapped + memory_bytes))
    with os.fdopen(requests, "rb") as source:
        for line in source:
            # Should the parent be killed, the kernel ends a child that computes on.
            used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
            _, most = resource.getrlimit(resource.RLIMIT_CPU)
            resource.setrlimit(resource.RLIMIT_CPU, (int(used + timeout_s) + 2, most))
            outcome = _answer(line)
            os.write(replies, outcome.encode() + b"\n")
            if outcome == "memory":
                return


@dataclass
class _Child:
    pid: int
    requests: int
    replies: int

    def end(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.requests)
        os.close(self.replies)
        os.waitpid(self.pid, 0)


def _fork(memory_bytes: int, timeout_s: float) -> _Child:
    request_out, request_in = os.pipe()
    reply_out, reply_in = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(request_in)
        os.close(reply_out)
        os.close(0)
        os.close(1)
        try:
            _serve(request_out, reply_in, memory_bytes, timeout_s)
        finally:
            os._exit(0)
    os.close(request_out)
    os.close(reply_in)
    return _Child(pid, request_in, reply_out)


def _cpu_s(pid: int) -> float:
    """Processor seconds that a process has used; fields 14 and 15 of proc(5)'s stat."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _ask(child: _Child, line: bytes, timeout_s: float) -> str:
    """Let the child judge a pair within the time.

    The time is the child's own processor time, so that a verdict does not hang on what else the
    machine does; the clock on the wall ends a pair after `_PATIENCE` times as long.

    Raises:
        EOFError: stdin ended: nobody waits for the answer any more.
    """
    try:
        os.write(child.requests, line)
    except BrokenPipeError:
        return "killed"
    used_s = _cpu_s(child.pid)
    deadline = time.monotonic() + _PATIENCE * timeout_s
    while True:
        ready, _, _ = select.select([child.replies, 0], [], [], _POLL_S)
        if child.replies in ready:
            return os.read(child.replies, 64).decode().strip() or "killed"
        if 0 in ready:
            raise EOFError("stdin ended in the middle of a pair")
        if time.monotonic() > deadline or _cpu_s(child.pid) - used_s > timeout_s:
            return "timeout"


def main() -> None:
    """Serve pairs from stdin until it ends."""
    timeout_s, memory_bytes = float(sys.argv[1]), int(sys.argv[2])
    logging.disable(logging.CRITICAL)
    for latex in _WARM_UP:
        judge(latex, latex + "+1")
    child = _fork(memory_bytes, timeout_s)
    os.write(1, b'{"ready": true}\n')
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    buffered = b""
    while chunk := os.read(0, 65536):
        buffered += chunk
        if not buffered.endswith(b"\n"):
            continue
        line, buffered = buffered, b""
        try:
            outcome = _ask(child, line, timeout_s)
        except EOFError:
            break
        if outcome in ("timeout", "memory", "killed"):
            child.end()
            child = _fork(memory_bytes, timeout_s)
        os.write(1, json.dumps({"outcome": outcome, "child": child.pid}).encode() + b"\n")
    child.end()


if __name__ == "__main__":
    main()
