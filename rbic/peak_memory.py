"""How much memory a worker has used at most, with the processes that it keeps."""

import os
import resource
import sys
from pathlib import Path


def peak_memory_mib() -> int:
    """The peak of this process and of all below it, in MiB.

    Each process had its peak at its own time, and what several share is counted in each: of those
    that run, this is a bound from above. Those that have ended are not counted; what the kernel
    keeps of them holds what this process itself had when it started them. Without a /proc, as on
    macOS, it is this process alone.
    """
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    own_kib = own // 1024 if sys.platform == "darwin" else own
    return (own_kib + sum(_peak_kib(process) for process in _below(os.getpid()))) // 1024


def _below(process: int) -> list[int]:
    """All processes below one."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        if stat := _read(entry / "stat"):
            # The name before the closing bracket may hold blanks and brackets.
            parent = int(stat.rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.name))
    found: list[int] = []
    waiting = [process]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _peak_kib(process: int) -> int:
    """The largest resident size a process has had; 0 of one that has ended."""
    for line in _read(Path(f"/proc/{process}/status")).splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def _read(path: Path) -> str:
    """A file of /proc; nothing where the process has ended meanwhile or is hidden from us."""
    try:
        # The kernel cuts a process's name after 15 bytes, if need be in the middle of a character.
        return path.read_text(errors="replace")
    except OSError:
        return ""
