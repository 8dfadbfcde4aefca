"""Puts a submission back into the shape of the release: provided cells as they were given, every answer in its place.

Cells are recognised by nbgrader's name, else by nbformat's id, else by their text, even where an editor or a
translation changed some of it; answers whose cell has lost all of these, by the names that they define or by their
place between cells that are recognised.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from graders.notebooks.notebook import Cell, Notebook, answers, same_text
from graders.notebooks.statements import defined_names, filled_names, words_in_code
from graders.notebooks.unfolding import CellPart, Provided, ProvidedCode, unfold
from graders.notebooks.wording import listed, says_nothing, shape

FEWEST_WORDS = 4  # of comments or strings, that they may be a written answer
PUT_BACK = "`{name}` stood in a provided cell, which was put back as it was handed out."
MOVE = "Move what your answer needs into its own answer cell."


class Restored(NamedTuple):
    """A submission as it is marked.

    Attributes:
        notices: sentences for the student on what was changed.
        lost: names that the student had defined in a provided cell, and that are not defined now -> what to do.
        absent: the questions of which no answer was found anywhere.
    """

    notebook: Notebook
    notices: tuple[str, ...]
    lost: Mapping[str, str]
    absent: frozenset[str]


RECENT: deque[tuple[Notebook, Provided]] = deque(maxlen=4)


def provided_by(release: Notebook) -> Provided:
    """What a release provides; of the last few, the very same objects, it is known."""
    for one, known in RECENT:
        if one is release:
            return known
    RECENT.append((release, Provided.of(release.cells)))
    return RECENT[-1][1]


def restore(submitted: Notebook, release: Notebook) -> Restored:
    """The submission with provided cells as released and in the release's order.

    A student's own cells stay behind the cell that they followed; so does what a student wrote into a provided cell and
    does no harm there. Where several cells answer a question, all are kept, in their order.
    """
    provided = provided_by(release)
    places = _places(submitted.cells, provided)
    pieces, told = unfold(submitted.cells, places, provided)
    matched = _Matched.of(pieces, release.cells, provided)
    found = {
        question: matched.answering(place, stub)
        for place, stub in enumerate(release.cells)
        for question in stub.questions
    }
    homes, extra = _homes(matched, found), _extra_cells(matched, found)
    answers_of: dict[int, tuple[str, ...]] = {}
    for question, indices in found.items():
        for index in indices:
            answers_of[index] = (*answers_of.get(index, ()), question)
    cells = list(extra.get(-1, ()))
    for place, cell in enumerate(release.cells):
        if not any(found[question] for question in cell.questions):
            cells.append(cell)  # provided, or an answer that is nowhere to be found
        cells += [matched.answer(index, answers_of[index]) for index in homes.get(place, ())]
        cells += extra.get(place, ())
    lost = {name: f"{PUT_BACK.format(name=name)} {MOVE}" for name in told.lost}
    absent = frozenset(question for question, indices in found.items() if not indices)
    return Restored(Notebook(tuple(cells)), tuple(_notices(matched, found, release, told)), lost, absent)


def _places(cells: Sequence[Cell], provided: Provided) -> list[int | None]:
    """For each submitted cell, which cell of the release it is, or None; several may be the same one."""
    release, texts = provided.cells, provided.texts
    by_name = {cell.grade_id: place for place, cell in enumerate(release) if cell.grade_id}
    by_id = {cell.id: place for place, cell in enumerate(release) if cell.id}
    by_code = {tuple(cell.source.split()): place for place, cell in enumerate(release) if cell.kind == "code"}
    places: list[int | None] = []
    for cell in cells:
        place = by_name.get(cell.grade_id) if cell.grade_id else None
        place = by_id.get(cell.id) if place is None and cell.id else place
        if place is None and cell.kind == "code":
            place = by_code.get(tuple(cell.source.split()))
        elif place is None and cell.kind == "markdown" and (place := texts.exactly(cell.source)) is None:
            place = near[1] if (near := texts.nearly(cell.source)) else None
        places.append(place)
    return _between(cells, places, release)


def _between(cells: Sequence[Cell], places: Sequence[int | None], release: Sequence[Cell]) -> list[int | None]:
    """The places, and those of text between two cells that are known, as many and of such shapes as were handed out."""
    anchors = [(-1, -1), *_anchors(cells, places, release), (len(cells), len(release))]
    found = list(places)
    for (index, place), (end, last) in pairwise(anchors):
        gap = list(zip(range(index + 1, end), range(place + 1, last), strict=False))
        if end - index == last - place and all(_of_one_shape(cells[i], release[p]) for i, p in gap):
            for i, p in gap:
                found[i] = p
    return found


def _anchors(cells: Sequence[Cell], places: Sequence[int | None], release: Sequence[Cell]) -> list[tuple[int, int]]:
    """The cells that are known, with their places, code answers by what they define."""
    names = {
        name: place
        for place, cell in enumerate(release)
        if cell.kind == "code" and cell.questions
        for name in defined_names(cell.source)
    }
    found = []
    for index, (cell, place) in enumerate(zip(cells, places, strict=True)):
        defined = {names[name] for name in defined_names(cell.source) if name in names} if place is None else {place}
        if len(defined) == 1 and (place is not None or cell.kind == "code"):
            found.append((index, defined.pop()))
    return found


def _of_one_shape(cell: Cell, release: Cell) -> bool:
    alike = bool(release.questions) or shape(cell.source) == shape(release.source)
    return cell.kind == release.kind == "markdown" and alike


@dataclass(frozen=True)
class _Matched:
    """Pieces of a submission next to the cells of the release.

    Attributes:
        places: for each piece, which cell of the release it is, or None.
        after: for each piece, the last provided cell that was merged into it, or -1.
        written: for each piece, whether it says something else than that cell, and says something at all.
        names: for each piece of code that may be an answer, what it defines.
        filled: for each of these, the names into which it puts something.
        words: for each piece of the student's own, what it says as text; empty for code that does anything.
    """

    cells: Sequence[Cell]
    release: Sequence[Cell]
    places: Sequence[int | None]
    after: Sequence[int]
    written: Sequence[bool]
    names: Sequence[frozenset[str]]
    filled: Sequence[frozenset[str]]
    words: Sequence[str]
    wanted: Mapping[int, frozenset[str]]

    @classmethod
    def of(cls, pieces: Sequence[CellPart], release: Sequence[Cell], provided: Provided) -> _Matched:
        """Read each piece once."""
        written = [
            bool(cell.source.strip()) and (p is None or not same_text(cell.source, release[p].source, release[p].kind))
            for cell, p in ((piece.cell, piece.place) for piece in pieces)
        ]
        may_answer = [
            w and (p.place is None or bool(release[p.place].questions)) for w, p in zip(written, pieces, strict=True)
        ]
        pairs = list(zip(pieces, may_answer, strict=True))
        codes = [p.cell.source if may and p.cell.kind == "code" else "" for p, may in pairs]
        return cls(
            cells=[piece.cell for piece in pieces],
            release=release,
            places=[piece.place for piece in pieces],
            after=[piece.after for piece in pieces],
            written=written,
            names=[defined_names(code) for code in codes],
            filled=[filled_names(code) for code in codes],
            words=[_said(p.cell) if may else "" for p, may in pairs],
            wanted=provided.wanted,
        )

    def answering(self, place: int, stub: Cell) -> tuple[int, ...]:
        """The pieces that answer the question of a cell of the release; none where it is absent."""
        own = [index for index, other in enumerate(self.places) if other == place]
        written = [index for index in own if self.written[index]]
        if stub.kind == "code":
            filling = [i for i, names in enumerate(self.filled) if own and names & self.wanted.get(place, frozenset())]
            return tuple(written or self._defining(place) or own[:1] + filling)
        return tuple(self._continued(written) if written else self._near(place) or own[:1])

    def answer(self, index: int, questions: tuple[str, ...]) -> Cell:
        """A piece as an answer: code as it is, for text what it says."""
        own = self.cells[index]
        stub = next(cell for cell in self.release if questions[-1] in cell.questions)
        source = own.source if stub.kind == "code" else self.words[index] or own.source
        return replace(
            own, kind=stub.kind, source=source, grade_id=stub.grade_id, locked=False, questions=questions, tags=()
        )

    def _defining(self, place: int) -> list[int]:
        """Code, the student's own or another answer, that defines what this answer should define."""
        return [index for index, names in enumerate(self.names) if names & self.wanted.get(place, frozenset())]

    def _continued(self, written: list[int]) -> list[int]:
        """A written answer, and the student's own text right behind it."""
        indices = list(written)
        for index in range(written[-1] + 1, len(self.cells)):
            if self.places[index] is not None:
                break
            if self.words[index]:
                indices.append(index)
        return indices

    def _near(self, place: int) -> list[int]:
        """Text that a student wrote near an untouched answer: after the question before it, up to what follows it."""
        previous = max((p for p in range(place) if self.release[p].questions), default=-1)
        start = max((i + 1 for i, p in enumerate(self.places) if p is not None and p <= previous), default=0)
        following = (i for i in range(start, len(self.cells)) if (self.places[i] or 0) > place)
        return [i for i in range(start, next(following, len(self.cells))) if self._own_text(i)]

    def _own_text(self, index: int) -> bool:
        place = self.places[index]
        return bool(self.words[index]) and (place is None or self.release[place].kind != "code")


def _said(cell: Cell) -> str:
    """What a cell says as text: a code cell only where it holds comments, strings and prints of strings."""
    if cell.kind != "code":
        return "" if says_nothing(cell.source) else cell.source.strip()
    said = words_in_code(cell.source) or "" if len(cell.source.split()) >= FEWEST_WORDS else ""
    return said if len(said.split()) >= FEWEST_WORDS else ""


def _homes(matched: _Matched, found: dict[str, tuple[int, ...]]) -> dict[int, list[int]]:
    """Place in the release -> the pieces that go there.

    A piece with several answers goes where the last one belongs, and behind what was provided and merged into it.
    """
    last: dict[int, int] = {}
    for place, cell in enumerate(matched.release):
        for question in cell.questions:
            last.update(dict.fromkeys(found[question], place))
    homes: dict[int, list[int]] = {}
    for index in sorted(last):
        homes.setdefault(max(last[index], matched.after[index]), []).append(index)
    return homes


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
            extra.setdefault(max(current, matched.after[index]), []).append(own)
    return extra


def _notices(matched: _Matched, found: dict[str, tuple[int, ...]], release: Notebook, told: ProvidedCode) -> list[str]:
    provided = {place for place, cell in enumerate(release.cells) if cell.locked}
    absent = provided - set(matched.places)
    notices = []
    if told.changed:
        notices.append(
            f"{_provided(len(told.changed))} changed; for the marking, the course's own version was put back."
        )
    if told.kept:
        notices.append(f"What you had defined there is executed all the same: {listed(told.kept)}.")
    if told.lost:
        notices.append(f"What you had written there about {listed(told.lost)} is not executed. {MOVE}")
    if 0 < len(absent) < len(provided):
        notices.append(f"{_provided(len(absent))} missing; for the marking, the course's own version was put back.")
    homes = {question: place for place, cell in enumerate(release.cells) for question in cell.questions}
    for question in answers(release):
        if not found[question]:
            notices.append(f"The answer cell of `{question}` is not in your notebook.")
        elif len(found[question]) > 1:
            notices.append(f"{len(found[question])} cells answer `{question}`; all of them count, in their order.")
        elif homes[question] in matched.places and matched.places[found[question][0]] != homes[question]:
            notices.append(f"The answer to `{question}` stands in another cell than its own; it counts all the same.")
    return notices


def _provided(count: int) -> str:
    return "One of the provided cells was" if count == 1 else f"{count} of the provided cells were"
