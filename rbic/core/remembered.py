"""What a function says of one short text, kept for the texts met so far.

A look-up costs a fifth of a call, and words, tokens and numerals come again and again. What is kept
depends on nothing but the text, so answers do not depend on what was read before.
"""

from collections.abc import Callable
from typing import TypeVar

V = TypeVar("V")

_MOST = 100_000
"""Texts kept at most; then it begins anew."""
_LONGEST = 32
"""Characters of a text that is kept."""


class Remembered(dict[str, V]):
    """Text -> what `find` says of it: looked up as in any dictionary, found where it is missing."""

    def __init__(self, find: Callable[[str], V]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, text: str) -> V:
        """Find what is said of a text that is not kept."""
        found = self._find(text)
        if len(text) <= _LONGEST:
            if len(self) >= _MOST:
                self.clear()
            self[text] = found
        return found
