"""Expected and got as rows of a table, cell under cell, with the first difference marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST = 16  # rows or columns, more than a check ever tells


@dataclass(frozen=True)
class ComparedPair:
    """One place of two arrays; `state` is `same`, `off`, or `first` for the first difference."""

    expected: str
    got: str
    state: str


@dataclass(frozen=True)
class ComparedRow:
    """A row of both arrays, with its index where there are several."""

    index: str
    pairs: tuple[ComparedPair, ...]


@dataclass(frozen=True)
class ComparedTable:
    """Two arrays side by side.

    Attributes:
        columns: the index of each column; none where there is but one.
        note: which part of the arrays this is; empty where it is all of them.
    """

    columns: tuple[str, ...]
    rows: tuple[ComparedRow, ...]
    note: str


def table(compared: Any) -> ComparedTable | None:
    """The table of what `authoring.side_by_side` tells; None for anything else."""
    if not isinstance(compared, Mapping):
        return None
    expected, got, wrong = (_matrix(compared.get(name)) for name in ("expected", "got", "wrong"))
    places = [_indices(compared.get(name)) for name in ("shape", "before", "first")]
    starts = _indices([compared.get("top"), compared.get("left")])
    if not (expected and got and wrong and starts is not None) or any(place is None for place in places):
        return None
    shape, before, first = (place or () for place in places)
    if len({(len(m), len(m[0])) for m in (expected, got, wrong)}) != 1 or len(first) != 2:
        return None
    top, left = starts
    rows = tuple(
        ComparedRow(
            f"{top + i}" if len(shape) > 1 else "",
            tuple(
                ComparedPair(_shown(e), _shown(g), "same" if not w else "first" if (i, j) == first else "off")
                for j, (e, g, w) in enumerate(zip(*lines, strict=True))
            ),
        )
        for i, lines in enumerate(zip(expected, got, wrong, strict=True))
    )
    columns = tuple(str(left + j) for j in range(len(expected[0]))) if shape else ()
    return ComparedTable(columns, rows, _note(shape, before, len(rows), len(expected[0])))


def _note(shape: Sequence[int], before: Sequence[int], rows: int, columns: int) -> str:
    whole = ([1, 1, *shape])[-2:]
    if not before and [rows, columns] == whole:
        return ""
    where = f"[{', '.join([*map(str, before), '…', '…'])}] of " if before else ""
    return f"A part of {where}an array of shape ({', '.join(map(str, shape))}), around the first difference."


def _matrix(value: Any) -> list[list[Any]]:
    """Rows of one length; none for anything else."""
    if not isinstance(value, list) or not 0 < len(value) <= MOST or not all(isinstance(row, list) for row in value):
        return []
    return value if 0 < len(value[0]) <= MOST and len({len(row) for row in value}) == 1 else []


def _indices(value: Any) -> tuple[int, ...] | None:
    good = isinstance(value, (list, tuple)) and all(type(item) is int and item >= 0 for item in value)
    return tuple(value) if good else None


def _shown(number: Any) -> str:
    return f"{number:.6g}" if isinstance(number, (int, float)) else "?"
