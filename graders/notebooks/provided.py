"""What a release provides, read once: its cells, their statements and texts, and the names that it asks for."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graders.notebooks.notebook import Cell
from graders.notebooks.statements import Key, defined_names, statements
from graders.notebooks.wording import KnownTexts, blocks, reworded, words

SEVERAL = -1  # the place of a paragraph that several cells of the release share


@dataclass(frozen=True)
class Provided:
    """What the release provides, and what it asks for."""

    cells: Sequence[Cell]
    wanted: Mapping[int, frozenset[str]]  # place of a code answer -> the names that it should define
    keys: Mapping[int, frozenset[Key]]  # place of a code cell -> its statements
    names: frozenset[str]  # what provided cells define
    paragraphs: KnownTexts  # of provided text

    @classmethod
    def of(cls, release: Sequence[Cell]) -> Provided:
        """Read from the cells of a release; of the last few releases it is known."""
        for cells, known in RECENT:
            if cells is release:
                return known
        RECENT.append((release, cls._read(release)))
        return RECENT[-1][1]

    @classmethod
    def _read(cls, release: Sequence[Cell]) -> Provided:
        code = {place: statements(cell.source) or [] for place, cell in enumerate(release) if cell.kind == "code"}
        texts = [(part, place) for place, cell in enumerate(release) for part in text_blocks(cell)]
        at: dict[tuple[str, ...], set[int]] = {}
        for part, place in texts:
            at.setdefault(words(part) or (part,), set()).add(place)
        return cls(
            release,
            {place: defined_names(release[place].source) for place in code if release[place].questions},
            {place: frozenset(s.key for s in found) for place, found in code.items() if found},
            frozenset().union(*(s.binds for place, found in code.items() if release[place].locked for s in found)),
            KnownTexts((part, place if len(at[words(part) or (part,)]) == 1 else SEVERAL) for part, place in texts),
        )

    def place_of(self, block: str) -> int | None:
        """The cell to which a block of text belongs; None where the student wrote it."""
        known = self.paragraphs.exactly(block)
        if known is not None or not (near := self.paragraphs.nearly(block)):
            return known
        return near[1] if reworded(block, near[0]) else None


RECENT: deque[tuple[Sequence[Cell], Provided]] = deque(maxlen=4)


def text_blocks(cell: Cell) -> list[str]:
    """The blocks of a cell of text; none of one of code."""
    return blocks(cell.source) if cell.kind == "markdown" else []
