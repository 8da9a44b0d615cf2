"""Processor seconds of a process and all below it, over time."""

import os
import threading
import time
from pathlib import Path

import numpy as np

_TICKS = os.sysconf("SC_CLK_TCK")
_POLL_S = 1.0


class ProcessorTime:
    """Reads /proc while its block lasts; a process that ends keeps what was last read of it."""

    def __init__(self, root: int) -> None:
        """Watch `root` and all below it; processes that lose their parent are kept."""
        self._root = root
        self._seconds: dict[tuple[int, str], float] = {}
        self._readings: list[tuple[float, float]] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "ProcessorTime":
        """Begin."""
        self._read()
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Read a last time."""
        self._ended.set()
        self._thread.join()
        self._read()

    def between(self, start: float, end: float) -> float:
        """Processor seconds from one moment to another, both by time.time()."""
        moments, totals = np.array(self._readings).T
        return float(np.interp(end, moments, totals) - np.interp(start, moments, totals))

    def _watch(self) -> None:
        while not self._ended.wait(_POLL_S):
            self._read()

    def _read(self) -> None:
        known = {pid for pid, _ in self._seconds} | {self._root}
        entries = sorted(int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit())
        for pid in entries:
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            # Fields 4, 14, 15 and 22 of proc(5). Children are read in the order of their ids, so
            # one that is new is found now or with the next reading.
            parent, user, system, begun = int(fields[1]), fields[11], fields[12], fields[19]
            if pid in known or parent in known:
                known.add(pid)
                self._seconds[pid, begun] = (int(user) + int(system)) / _TICKS
        self._readings.append((time.time(), sum(self._seconds.values())))
