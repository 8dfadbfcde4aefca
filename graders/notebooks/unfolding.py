"""Takes a student's cells apart: what is provided, what the student added to it, code in text and text in code.

After this each piece is one thing: a provided cell, an answer, or the student's own code or text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from graders.notebooks.notebook import Cell, same_text
from graders.notebooks.statements import Key, Statement, called, defined_names, parsed, statements, used
from graders.notebooks.wording import (
    ALIKE,
    FEWEST,
    KnownTexts,
    blocks,
    is_heading,
    is_picture,
    likeness,
    reworded,
    says_nothing,
    shape,
    words,
)

FENCE = re.compile(
    r"^(?P<mark>`{3,}|~{3,}) *\{?\.?(?P<language>\w*)[^\n]*\n(?P<code>.*?)^(?P=mark)[ \t]*$", re.MULTILINE | re.DOTALL
)
CODE = ("", "python", "python3", "py", "ipython", "ipython3")
IMPORTS = (ast.Import, ast.ImportFrom)
SEVERAL = -1  # the place of a paragraph that several cells of the release share


@dataclass(frozen=True)
class CellPart:
    """A cell, or a part of one.

    Attributes:
        place: which cell of the release it is, None where it is the student's own.
        after: the last provided cell that was merged into it, behind which it has to be executed.
    """

    cell: Cell
    place: int | None
    after: int = -1


@dataclass
class ProvidedCode:
    """What became of code in provided cells.

    Attributes:
        changed: the provided cells that were changed, by their places.
        kept: names that the student had defined there, and that are defined all the same.
        lost: names whose definition there is not executed.
    """

    changed: set[int] = field(default_factory=set)
    kept: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Provided:
    """What the release provides, and what it asks for."""

    cells: Sequence[Cell]
    wanted: Mapping[int, frozenset[str]]  # place of a code answer -> the names that it should define
    keys: Mapping[int, frozenset[Key]]  # place of a code cell -> its statements
    names: frozenset[str]  # what provided cells define
    paragraphs: KnownTexts  # of provided text
    texts: KnownTexts  # whole cells of it

    @classmethod
    def of(cls, release: Sequence[Cell]) -> Provided:
        """Read from the cells of a release."""
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
            KnownTexts((cell.source, place) for place, cell in enumerate(release) if cell.kind == "markdown"),
        )

    def place_of(self, block: str) -> int | None:
        """The cell to which a block of text belongs; None where the student wrote it."""
        known = self.paragraphs.exactly(block)
        if known is not None or not (near := self.paragraphs.nearly(block)):
            return known
        return near[1] if reworded(block, near[0]) else None


def unfold(
    cells: Sequence[Cell], places: Sequence[int | None], provided: Provided
) -> tuple[list[CellPart], ProvidedCode]:
    """The pieces of a student's cells in their order, and what became of code in provided cells."""
    told = ProvidedCode()
    translated = _translated(cells, places, provided)
    answered = _answered(cells, places, provided)
    open_names = frozenset().union(*(names for place, names in provided.wanted.items() if place not in answered))
    pieces: list[CellPart] = []
    changed: list[tuple[int, list[Statement]]] = []  # where additions to provided cells may go
    for cell, place in zip(cells, places, strict=True):
        release = None if place is None else provided.cells[place]
        if release is not None and release.locked and place is not None:
            pieces.append(CellPart(cell, place))
            if not same_text(cell.source, release.source):
                told.changed.add(place)
                pieces[-1] = CellPart(replace(cell, source=release.source), place)
                changed.append((len(pieces), _added(cell.source, provided)))
        elif cell.kind == "code":
            pieces.append(_without_provided(cell, place, provided))
        elif place is None or not release or not same_text(cell.source, release.source, "markdown"):
            pieces += _text(cell, place, provided, open_names, translated)
        else:
            pieces.append(CellPart(cell, place))
    return _with_additions(pieces, changed, provided, open_names, told), told


def _answered(cells: Sequence[Cell], places: Sequence[int | None], provided: Provided) -> set[int]:
    """The places of code answers whose own cell was written in."""
    return {
        place
        for cell, place in zip(cells, places, strict=True)
        if place is not None and place in provided.wanted and not same_text(cell.source, provided.cells[place].source)
    }


def _added(source: str, provided: Provided) -> list[Statement]:
    """What a changed provided cell holds besides statements of provided cells."""
    known = frozenset().union(*provided.keys.values())
    return [statement for statement in statements(source) or () if statement.key not in known]


def _without_provided(cell: Cell, place: int | None, provided: Provided) -> CellPart:
    """A code cell without the provided cells that were merged into it, and without stubs of other answers."""
    found = statements(cell.source) or []
    have = {statement.key for statement in found}
    merged = [other for other, keys in provided.keys.items() if other != place and _holds(have, keys)]
    drop = frozenset().union(*(provided.keys[other] for other in merged))
    own = [statement for statement in found if statement.key not in drop]
    if len(found) < 2 or len(own) == len(found):
        return CellPart(cell, place)
    after = max((other for other in merged if provided.cells[other].locked), default=-1)
    return CellPart(replace(cell, source="\n\n".join(statement.text for statement in own)), place, after)


def _holds(have: set[Key], keys: frozenset[Key]) -> bool:
    """Whether a cell was merged into another: all of it, or most of it where it is long."""
    share = len(keys & have) / len(keys)
    return share == 1 or (share >= 0.6 and len(keys) >= 3)


def _with_additions(
    pieces: list[CellPart],
    changed: list[tuple[int, list[Statement]]],
    provided: Provided,
    open_names: frozenset[str],
    told: ProvidedCode,
) -> list[CellPart]:
    """The pieces, and behind each changed provided cell those of its additions that do no harm there."""
    own = [piece.cell.source for piece in pieces if piece.place is None or piece.place in provided.wanted]
    trees: list[ast.AST] = [tree for tree in map(parsed, own) if tree is not None]
    sure = [[_harmless(s, provided, open_names) for s in added] for _, added in changed]
    for (_, added), flags in zip(changed, sure, strict=True):
        trees += [statement.node for statement, flag in zip(added, flags, strict=True) if flag]
    needed = used(trees) if any(added for _, added in changed) else frozenset()
    asked = frozenset().union(*provided.wanted.values())
    result, start = [], 0
    for (end, added), flags in zip(changed, sure, strict=True):
        result += pieces[start:end]
        start = end
        kept = []
        for statement, harmless in zip(added, flags, strict=True):
            if harmless or _needed(statement, needed, asked, provided):
                kept.append(_new_names_only(statement, provided))
                told.kept += sorted(statement.binds - provided.names)
            else:
                told.lost += sorted(statement.binds)
        if any(kept):
            result.append(CellPart(Cell("code", "\n\n".join(filter(None, kept))), None))
    return result + pieces[start:]


def _harmless(statement: Statement, provided: Provided, open_names: frozenset[str]) -> bool:
    """Whether it imports or defines something new; an answer only where the answer's own cell has none."""
    asked = frozenset().union(*provided.wanted.values())
    if statement.binds & asked:
        return bool(statement.binds & open_names)
    return isinstance(statement.node, IMPORTS) or (statement.defines and not statement.binds & provided.names)


def _new_names_only(statement: Statement, provided: Provided) -> str:
    """The statement; an import without the names that are provided."""
    node = statement.node
    if not isinstance(node, IMPORTS):
        return statement.text
    new = [a for a in node.names if (a.asname or a.name.partition(".")[0]) not in provided.names]
    if len(new) == len(node.names):
        return statement.text
    spelt = ", ".join(a.name + (f" as {a.asname}" if a.asname else "") for a in new)
    before = f"from {'.' * node.level}{node.module or ''} " if isinstance(node, ast.ImportFrom) else ""
    return f"{before}import {spelt}" if new else ""


def _needed(statement: Statement, needed: frozenset[str], asked: frozenset[str], provided: Provided) -> bool:
    """Whether an answer reads what it binds, it replaces nothing provided, and it starts nothing that was asked for."""
    new = bool(statement.binds) and not statement.binds & (provided.names | asked)
    return new and bool(statement.binds & needed) and not called(statement.node) & asked


def _text(
    cell: Cell, place: int | None, provided: Provided, open_names: frozenset[str], translated: bool
) -> list[CellPart]:
    """Text, taken apart: provided paragraphs, the student's own, and code that answers what nothing else does."""
    own: list[CellPart] = []
    code = _code_in(cell)
    if place in provided.wanted or (place is None and open_names & defined_names(code)):
        return [CellPart(replace(cell, kind="code", source=code or cell.source), place)]
    release = None if place is None else provided.cells[place]
    if release and (release.questions or (translated and shape(cell.source) == shape(release.source))):
        return [CellPart(cell, place)]
    parts = _with_places(blocks(cell.source), place, provided)
    if place is None and all(known is None for _, known in parts):
        return [CellPart(cell, None)]
    lines: list[str] = []
    seen: list[int] = []
    for part, known in parts:
        if known is None:
            lines.append(part)
        elif known not in seen and known != SEVERAL:
            own += _own_text(cell, lines)
            lines = []
            seen.append(known)
            own.append(CellPart(Cell("markdown", provided.cells[known].source), known))
    if place is not None and place not in seen:
        own.insert(0, CellPart(Cell("markdown", provided.cells[place].source), place))
    return own + _own_text(cell, lines)


def _with_places(parts: Sequence[str], place: int | None, provided: Provided) -> list[tuple[str, int | None]]:
    """Each block of a text with the cell to which it belongs, None where it is the student's own.

    In a cell that was provided, a heading or a picture in place of one that is gone is what became of that one.
    """
    found = [(part, provided.place_of(part)) for part in parts]
    gone = [] if place is None else [part for part in blocks(provided.cells[place].source) if part not in parts]
    for is_kind in (is_heading, is_picture):
        room = sum(map(is_kind, gone)) - sum(
            is_kind(part) for part, known in found if known == place and part not in gone
        )
        for index, (part, known) in enumerate(found):
            if known is None and room > 0 and is_kind(part):
                found[index] = part, place
                room -= 1
    return found


def _own_text(cell: Cell, lines: Sequence[str]) -> list[CellPart]:
    own = replace(cell, source="\n\n".join(lines))
    return [] if all(map(says_nothing, lines)) else [CellPart(own, None)]


def text_blocks(cell: Cell) -> list[str]:
    """The blocks of a cell of text; none of one of code."""
    return blocks(cell.source) if cell.kind == "markdown" else []


def _translated(cells: Sequence[Cell], places: Sequence[int | None], provided: Provided) -> bool:
    """Whether most of the provided text says something else than it did, so that somebody translated all of it."""
    pairs = [
        (cell.source, provided.cells[place]) for cell, place in zip(cells, places, strict=True) if place is not None
    ]
    same = [
        likeness(words(text), words(release.source)) >= ALIKE
        for text, release in pairs
        if release.kind == "markdown" and not release.questions and len(words(release.source)) >= FEWEST
    ]
    return len(same) >= FEWEST and 2 * sum(same) < len(same)


def _code_in(cell: Cell) -> str:
    """The code between fences, or that of a raw cell."""
    blocks = [m["code"].rstrip("\n") for m in FENCE.finditer(cell.source) if m["language"].casefold() in CODE]
    return "\n\n".join(blocks) if blocks or cell.kind != "raw" else cell.source
