"""Expected and got side by side: the part of two arrays around their first difference, as plain data."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

ROWS, COLUMNS = 12, 8  # of a table that can be read at a glance


def side_by_side(got: NDArray[np.float64], expected: NDArray[np.float64], wrong: NDArray[np.bool_]) -> dict[str, Any]:
    """What a table shows of two arrays of one shape, of which some values differ.

    A vector is one row; of an array of more than two dimensions it is the matrix in which the first difference lies.

    Args:
        wrong: which values differ, at least one of them.

    Returns:
        `shape` of the arrays; `before`, the indices of that matrix in them; `top` and `left`, where in the matrix the
        table begins; `expected`, `got` and `wrong` as lists of rows; `first`, the first difference in these.
    """
    place = [int(index) for index in np.argwhere(wrong)[0]]
    before, (row, column) = place[:-2], [0, 0, *place][-2:]
    matrix = np.atleast_2d(wrong[tuple(before)])
    top, left = _beginning(row, matrix.shape[0], ROWS), _beginning(column, matrix.shape[1], COLUMNS)
    part = np.s_[top : top + ROWS, left : left + COLUMNS]
    rows = {
        name: np.atleast_2d(array[tuple(before)])[part].tolist()
        for name, array in (("expected", expected), ("got", got))
    }
    return {
        "shape": list(wrong.shape),
        "before": before,
        "top": top,
        "left": left,
        **rows,
        "wrong": matrix[part].tolist(),
        "first": [row - top, column - left],
    }


def _beginning(first: int, length: int, room: int) -> int:
    """Where a part of some length begins that holds a place, and what comes just before it."""
    return max(0, min(first - 2, length - room))
