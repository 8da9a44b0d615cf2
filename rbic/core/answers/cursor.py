"""A place in the tokens of an answer, and how to move on from it."""

from collections.abc import Iterator
from contextlib import contextmanager

from rbic.core.answers.forms import TooLarge, Unreadable
from rbic.core.answers.tokens import Sort, Token

DEEPEST = 40
"""Brackets, arguments, signs and towers of powers may nest this deep."""


class Cursor:
    """Walks over tokens; the last one is END and is never passed."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self.depth = 0

    @property
    def next(self) -> Token:
        """The token to be read next."""
        return self._tokens[self._position]

    @property
    def after_next(self) -> Token:
        """The one after it; END where there is none."""
        return self._tokens[min(self._position + 1, len(self._tokens) - 1)]

    def take(self) -> Token:
        """Read a token."""
        token = self.next
        if token.sort is not Sort.END:
            self._position += 1
        return token

    def at(self, *texts: str) -> bool:
        """Whether the next token is one of these marks or commands."""
        return self.next.sort in (Sort.MARK, Sort.COMMAND) and self.next.text in texts

    def accept(self, *texts: str) -> bool:
        """Read the next token if it is one of these marks or commands."""
        if self.at(*texts):
            self._position += 1
            return True
        return False

    def expect(self, *texts: str) -> str:
        """Read one of these marks or commands.

        Raises:
            Unreadable: something else stands here.
        """
        if not self.at(*texts):
            raise Unreadable(f"expected {texts}, got {self.next.text!r}")
        return self.take().text

    def first_digit(self) -> str:
        r"""Read the first character of a numeral and leave the rest: \frac12 is one half."""
        token = self.next
        self._tokens[self._position] = Token(Sort.NUMBER, token.text[1:])
        return token.text[0]

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Count a level of nesting.

        Raises:
            TooLarge: deeper than `DEEPEST`.
        """
        self.depth += 1
        if self.depth > DEEPEST:
            raise TooLarge(f"nested deeper than {DEEPEST}")
        yield
        self.depth -= 1
