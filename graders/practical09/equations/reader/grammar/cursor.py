"""A place in a list of tokens, and the small steps that a reader takes from there."""

from __future__ import annotations

from graders.practical09.equations.reader.text.latex import Token
from graders.practical09.equations.reader.tree import Unreadable

LONGEST_CHAIN = 8  # sums of sums, logarithms of logarithms, scripts on scripts


class Cursor:
    """Stands before the next token; raises `Unreadable` where there is none."""

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._tokens = tokens
        self._place = 0

    @property
    def here(self) -> Token | None:
        """The next token; None at the end."""
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def at(self, *signs: str) -> bool:
        """Whether one of these signs comes next."""
        return self.here is not None and self.here.kind == "op" and self.here.text in signs

    def next(self) -> Token:
        """Take the next token."""
        if self.here is None:
            raise Unreadable("it ends too early")
        self._place += 1
        return self._tokens[self._place - 1]

    def inside(self) -> tuple[Token, ...]:
        """The tokens up to the bracket that closes the one just read."""
        start, depth = self._place, 1
        while depth:
            kind = self.next().kind
            depth += (kind == "open") - (kind == "close")
        return self._tokens[start : self._place - 1]

    def scripts(self) -> tuple[tuple[str, tuple[Token, ...]], ...]:
        """Take the scripts that come next: `_` or `^`, and what hangs there."""
        found = []
        while self.here is not None and self.here.kind == "script":
            token = self.next()
            found.append((token.text, token.parts[0]))
        if len(found) > LONGEST_CHAIN:
            raise Unreadable("scripts without end")
        return tuple(found)

    def argument_follows(self) -> bool:
        """Whether a bracket comes after the scripts."""
        place = self._place
        while place < len(self._tokens) and self._tokens[place].kind == "script":
            place += 1
        return place < len(self._tokens) and self._tokens[place].kind == "open"
