"""Work that takes long: what is kept of it in case it is killed, and how far it is.

Both lie in a folder beside those of the steps, which the end of the run removes.
"""

import time
from collections.abc import Callable
from contextlib import suppress

from rbic import storage

JOURNAL = "journal"
"""The folder among the steps' for what chunks leave that are not committed yet."""

_FOLDER = "under-way"
_TELL_S = 10.0
_KEEP_S = 120.0
"""What a killed piece of work loses at most, where keeping it is cheap."""
_MOST_OFTEN = 20
"""It is kept no more often than that many times what keeping it takes."""


class UnderWay:
    """One piece of work of a step, in the process that does it."""

    def __init__(self, root: str, step: str, name: str, title: str) -> None:
        """Write nothing yet.

        Args:
            root: the folder of the steps' folders.
            step: the step's name.
            name: of this piece, as a file's; the same for the same work only.
            title: what it is, for people.
        """
        self._note = storage.join(root, JOURNAL, step, _FOLDER, f"{name}.json")
        self._state = storage.join(root, JOURNAL, step, _FOLDER, f"{name}.state")
        self._title = title
        self._told_at = float("-inf")
        self._keep_at = time.monotonic() + _KEEP_S

    def kept(self) -> bytes | None:
        """What was kept last by whoever did this work before, None where nothing was."""
        try:
            return storage.read_bytes(self._state)
        except FileNotFoundError:
            return None

    def tell(self, how_far: str, at_once: bool = False) -> None:
        """Leave word of how far the work is, every ten seconds at most or at once."""
        now = time.monotonic()
        if at_once or now - self._told_at >= _TELL_S:
            self._told_at = now
            # A store that is out of reach for a moment must not end the work.
            with suppress(OSError):
                storage.write_json(self._note, {"title": self._title, "how_far": how_far})

    def keep(self, state: Callable[[], bytes], at_once: bool = False) -> None:
        """Keep what the work can be taken up from, every two minutes at most or at once."""
        begun = time.monotonic()
        if not at_once and begun < self._keep_at:
            return
        with suppress(OSError):
            storage.write_bytes(self._state, state())
        ended = time.monotonic()
        self._keep_at = ended + max(_KEEP_S, _MOST_OFTEN * (ended - begun))

    def end(self) -> None:
        """Remove both: the work is done."""
        for path in (self._note, self._state):
            storage.remove(path)


class Watch:
    """What the pieces of a step's work tell, for the process that waits for them."""

    def __init__(self, root: str, step: str) -> None:
        """Take what lies there already for the words of processes that were killed."""
        self._folder = storage.join(root, JOURNAL, step, _FOLDER)
        self._old = self._read()

    def look(self) -> list[str]:
        """A line for each piece that is under way, in order of their titles."""
        told = self._read()
        return sorted(line for name, line in told.items() if self._old.get(name) != line)

    def _read(self) -> dict[str, str]:
        found = {}
        for name in storage.list_names(self._folder):
            if not name.endswith(".json"):
                continue
            try:
                told = storage.read_json(storage.join(self._folder, name))
            except FileNotFoundError:
                continue  # it ended in between
            found[name] = f"{told['title']}: {told['how_far']}"
        return found
