"""Puts a submission back into the shape of the release: provided cells as they were given, every answer in its place.

Cells are recognised by nbgrader's name, else by nbformat's id, else by their text; answers whose cell has lost all of
these, by the names that they define or by their place between cells that are recognised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from graders.errors import IntakeError
from graders.notebook import Cell, Notebook, answers, defined_names, same_text, untouched
from graders.notebook_file import read_notebook


def restore(submitted: Notebook, release: Notebook) -> tuple[Notebook, tuple[str, ...]]:
    """The submission with provided cells as released and in the release's order; with sentences on what was changed.

    A student's own cells stay behind the cell that they followed. Where several cells answer a question, all are kept,
    in their order.
    """
    matched = _Matched(submitted.cells, release.cells, tuple(_places(submitted.cells, release.cells)))
    found = {
        question: matched.answering(place, stub)
        for place, stub in enumerate(release.cells)
        for question in stub.questions
    }
    homes, extra = _homes(found, release.cells), _extra_cells(matched, found)
    cells = list(extra.get(-1, ()))
    for place, cell in enumerate(release.cells):
        if not any(found[question] for question in cell.questions):
            cells.append(cell)  # provided, or an answer that is nowhere to be found
        cells += [_answer(submitted.cells[index], index, found, cell) for index in homes.get(place, ())]
        cells += extra.get(place, ())
    return Notebook(tuple(cells)), tuple(_notices(matched, found, release))


def as_handed_out(content: bytes, suffix: str, release: Notebook) -> bool:
    """Whether nothing was answered in a file; not so where it cannot be read, for then it has to be told."""
    try:
        restored, _ = restore(read_notebook(content, suffix), release)
    except IntakeError:
        return False
    return all(untouched(question, restored, release) for question in answers(release))


def _places(cells: Sequence[Cell], release: Sequence[Cell]) -> list[int | None]:
    """For each submitted cell, which cell of the release it is, or None; several may be the same one."""
    by_name = {cell.grade_id: place for place, cell in enumerate(release) if cell.grade_id}
    by_id = {cell.id: place for place, cell in enumerate(release) if cell.id}
    by_text = {_words(cell): place for place, cell in enumerate(release)}
    places: list[int | None] = []
    for cell in cells:
        place = by_name.get(cell.grade_id) if cell.grade_id else None
        place = by_id.get(cell.id) if place is None and cell.id else place
        places.append(by_text.get(_words(cell)) if place is None else place)
    return places


def _words(cell: Cell) -> tuple[str, ...]:
    return (cell.kind, *cell.source.split())


@dataclass(frozen=True)
class _Matched:
    """Submitted cells beside those of the release; `places` says for each submitted one which it is, or None."""

    cells: Sequence[Cell]
    release: Sequence[Cell]
    places: tuple[int | None, ...]

    def answering(self, place: int, stub: Cell) -> tuple[int, ...]:
        """The submitted cells that answer the question of a cell of the release; none where it is absent."""
        own = [index for index, other in enumerate(self.places) if other == place]
        written = [index for index in own if not same_text(self.cells[index].source, stub.source)]
        if stub.kind == "code":
            return tuple(written or self._defining(stub) or own[:1])
        return tuple(self._continued(written) if written else self._near(place) or own[:1])

    def _defining(self, stub: Cell) -> list[int]:
        """Code cells, the student's own or other answers, that define what this answer should define."""
        wanted = defined_names(stub.source)
        return [i for i in range(len(self.cells)) if self._own_code(i) and wanted & defined_names(self.cells[i].source)]

    def _own_code(self, index: int) -> bool:
        cell, place = self.cells[index], self.places[index]
        if cell.kind != "code" or place is None:
            return cell.kind == "code"
        return bool(self.release[place].questions) and not same_text(cell.source, self.release[place].source)

    def _continued(self, written: list[int]) -> list[int]:
        """A written answer, and the student's own text cells right behind it."""
        indices = list(written)
        for index in range(written[-1] + 1, len(self.cells)):
            if self.places[index] is not None:
                break
            if self.cells[index].kind == "markdown" and self.cells[index].source.strip():
                indices.append(index)
        return indices

    def _near(self, place: int) -> list[int]:
        """Text that a student wrote near an untouched answer: after the question before it, up to what follows it."""
        previous = max((p for p in range(place) if self.release[p].questions), default=-1)
        start = max((i + 1 for i, p in enumerate(self.places) if p is not None and p <= previous), default=0)
        following = (i for i in range(start, len(self.cells)) if (self.places[i] or 0) > place)
        return [i for i in range(start, next(following, len(self.cells))) if self._own_text(i)]

    def _own_text(self, index: int) -> bool:
        cell, place = self.cells[index], self.places[index]
        if cell.kind != "markdown" or not cell.source.strip():
            return False
        return place is None or not (self.release[place].locked or same_text(cell.source, self.release[place].source))


def _homes(found: dict[str, tuple[int, ...]], release: Sequence[Cell]) -> dict[int, list[int]]:
    """Place in the release -> the cells that go there; a cell with several answers goes where the last one belongs."""
    last: dict[int, int] = {}
    for place, cell in enumerate(release):
        for question in cell.questions:
            last.update(dict.fromkeys(found[question], place))
    homes: dict[int, list[int]] = {}
    for index in sorted(last):
        homes.setdefault(last[index], []).append(index)
    return homes


def _answer(own: Cell, index: int, found: dict[str, tuple[int, ...]], stub: Cell) -> Cell:
    questions = tuple(question for question, indices in found.items() if index in indices)
    return replace(own, kind=stub.kind, grade_id=stub.grade_id, locked=False, questions=questions, tags=())


def _extra_cells(matched: _Matched, found: dict[str, tuple[int, ...]]) -> dict[int, list[Cell]]:
    """Place in the release -> the student's own cells that follow it; those before any known cell precede the next."""
    taken = {index for indices in found.values() for index in indices}
    known = [place for place in matched.places if place is not None]
    current = known[0] - 1 if known else len(matched.release) - 1
    extra: dict[int, list[Cell]] = {}
    for index, (cell, place) in enumerate(zip(matched.cells, matched.places, strict=True)):
        if place is not None:
            current = place
        elif index not in taken:
            own = replace(cell, grade_id=None, locked=False, questions=(), tags=())
            extra.setdefault(current, []).append(own)
    return extra


def _notices(matched: _Matched, found: dict[str, tuple[int, ...]], release: Notebook) -> list[str]:
    provided = {place: cell for place, cell in enumerate(release.cells) if cell.locked}
    changed = {
        place
        for cell, place in zip(matched.cells, matched.places, strict=True)
        if place in provided and not same_text(cell.source, provided[place].source)
    }
    absent = set(provided) - set(matched.places)
    notices = []
    if changed:
        notices.append(f"{_provided(len(changed))} changed; for the marking, the course's own version was put back.")
    if 0 < len(absent) < len(provided):
        notices.append(f"{_provided(len(absent))} missing; for the marking, the course's own version was put back.")
    for question in answers(release):
        if not found[question]:
            notices.append(f"The answer cell of `{question}` is not in your notebook.")
        elif len(found[question]) > 1:
            notices.append(f"{len(found[question])} cells answer `{question}`; all of them count, in their order.")
    return notices


def _provided(count: int) -> str:
    return "One of the provided cells was" if count == 1 else f"{count} of the provided cells were"
