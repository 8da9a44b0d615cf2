"""How fast a server is asked: one rule for all requests, so that they heed a limit together.

Requests under way are halved when the server says that it has enough to do, and raised by one for
every round that goes well (additive increase, multiplicative decrease, as TCP; Jacobson 1988).
Below one they are spaced. Time is the event loop's.
"""

import asyncio
import contextlib
import itertools
import random
from dataclasses import dataclass

_FEWEST = 1 / 64
"""Requests under way at the least: below one, that share of a second passes for each."""
_RAISE_BELOW_ONE = 1.1
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 60.0
"""Where the server names no time."""
_JITTER = 0.2
"""Several workers do not come back at the same moment."""


def with_jitter(seconds: float) -> float:
    """Seconds, or a little more."""
    return seconds * random.uniform(1.0, 1.0 + _JITTER)


def backoff_s(failures: int) -> float:
    """Seconds to wait after so many failures in a row, from 1: twice as long each time."""
    return float(min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(failures - 1, 10)))


@dataclass(frozen=True)
class Slot:
    """A request under way."""

    number: int
    begun: float


class Pace:
    """Says when the next request may begin, and for how long the server has not been itself."""

    def __init__(self, most: int, per_minute: float | None) -> None:
        """Begin with the most that is allowed.

        Args:
            most: requests under way at the same time.
            per_minute: requests a minute, evenly spaced; None for no such limit.
        """
        self._most = float(most)
        self._limit = float(most)
        self._gap_s = 60.0 / per_minute if per_minute is not None else 0.0
        self._next_at = self._cut_at = self._answered_at = float("-inf")
        self._numbers = itertools.count()
        self.renew()

    def renew(self) -> None:
        """Begin another run of the event loop; what was learned about the server stays."""
        self._turn = asyncio.Lock()
        self._changed = asyncio.Event()
        self._closed = asyncio.Event()
        self._open: dict[int, float] = {}
        self._trouble_at: float | None = None
        self._refusals = 0

    @property
    def answered_at(self) -> float:
        """When the server last answered a question, whatever it said."""
        return self._answered_at

    @property
    def closed(self) -> bool:
        """Whether no request may begin any more."""
        return self._closed.is_set()

    def close(self) -> None:
        """Let no further request begin; those under way may end."""
        self._closed.set()
        self._changed.set()

    async def begin(self, again: bool = False) -> Slot | None:
        """Wait for a request's turn, in the order of asking; None where there will be none.

        Args:
            again: whether this one goes ahead of those that were never asked.
        """
        if again:
            return await self._room()
        async with self._turn:
            return await self._room()

    async def _room(self) -> Slot | None:
        while not self.closed:
            now = _now()
            if now >= self._next_at and len(self._open) < max(1, int(self._limit)):
                slot = Slot(next(self._numbers), now)
                self._open[slot.number] = now
                gap_s = 1 / self._limit if self._limit < 1 else 0.0
                self._next_at = now + max(gap_s, self._gap_s)
                return slot
            wait_s = self._next_at - now if now < self._next_at else None
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), wait_s)
        return None

    async def rest(self, seconds: float) -> None:
        """Wait so long, or until no request may begin any more."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closed.wait(), seconds)

    def end(self, slot: Slot) -> None:
        """Note that a request is over, however it ended."""
        self._open.pop(slot.number, None)
        self._changed.set()

    def answered(self) -> None:
        """Note that the server did what it was asked."""
        raised = self._limit + 1 / self._limit if self._limit >= 1 else min(
            1.0, self._limit * _RAISE_BELOW_ONE
        )  # fmt: skip
        self._limit = min(self._most, raised)
        self.alive()

    def alive(self) -> None:
        """Note that the server answered."""
        self._refusals = 0
        self._answered_at = _now()
        self._trouble_at = None

    def hold(self, slot: Slot, wait_s: float | None, fewer: bool) -> float:
        """Let all requests wait, since one showed that no other would fare better.

        Requests that were under way together are refused together: they count once.

        Args:
            slot: that request.
            wait_s: seconds that the server asks to wait; None where it does not say.
            fewer: whether it has enough to do, so that fewer go on at the same time.

        Returns:
            Seconds that all wait from now on; 0 where they wait already.
        """
        self.ailing()
        now = _now()
        together = slot.begun < self._cut_at
        if not together:
            if fewer and self._refusals == 0:
                # The next ones, with no answer between, lengthen the pause and that is enough.
                self._limit = max(_FEWEST, self._limit / 2)
            self._refusals += 1
        pause_s = backoff_s(self._refusals) if wait_s is None else wait_s
        if now + pause_s > self._next_at:
            self._next_at = self._cut_at = now + with_jitter(pause_s)
        return 0.0 if together else self._next_at - now

    def ailing(self) -> None:
        """Note that the server did not answer as it should."""
        if self._trouble_at is None:
            self._trouble_at = _now()

    def silent_s(self) -> float:
        """Seconds since the server answered no more.

        0 while a request is under way that began before: a long reply is being written.
        """
        if self._trouble_at is None or any(at <= self._trouble_at for at in self._open.values()):
            return 0.0
        return _now() - self._trouble_at


def _now() -> float:
    return asyncio.get_running_loop().time()
