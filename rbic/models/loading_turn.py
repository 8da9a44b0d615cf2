"""One engine of a node after another loads its model.

While it loads, an engine takes more memory than afterwards and reads tens of gigabytes: all engines
of a node at once overrun its memory and its disk. One after another, the later ones find the files
in the cache.
"""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

_LONGEST_WAIT_S = 3600.0
"""The turn is a courtesy: an engine that hangs while it loads does not hold up its whole node."""
_POLL_S = 0.1


@contextmanager
def loading_turn(longest_wait_s: float = _LONGEST_WAIT_S) -> Iterator[bool]:
    """Wait until no other process of this user on this node is in its turn, and take the turn.

    It ends with this block or with this process, however that dies: the kernel keeps the lock. No
    process below this one has it, so an engine that outlives its turn holds up nobody.

    Args:
        longest_wait_s: after so many seconds this one goes on without its turn.

    Yields:
        Whether it is its turn.
    """
    path = os.path.join(tempfile.gettempdir(), f"rbic-loading-{os.getuid()}.lock")
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        until = time.monotonic() + longest_wait_s
        while not (taken := _take(lock)) and time.monotonic() < until:
            time.sleep(_POLL_S)
        yield taken
    finally:
        os.close(lock)


def _take(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
