"""The initial state: said to be zero in an equation, or in words."""

from __future__ import annotations

import re

from graders.equations.finding import Finding, Part, Status
from graders.equations.reading import Reading
from graders.equations.roles import Parts
from graders.equations.tree import Expr, Name, Num, Stack, Turn, Var

IN_WORDS = re.compile(
    r"(?:inici|initial|start|begin|first)[^.\n]{0,80}(?:\bzeros?\b|\bnull\b|\bnulo\b)|(?:\bzeros?\b|\bnull\b|\bnulo\b)[^.\n]{0,60}(?:inici|initial|start|begin)",
    re.IGNORECASE,
)
FIRST_STATE = re.compile(r"[_^]\s*\{?\(?\s*0\s*\)?\s*\}?|\(0\)|\[0\]")
ZERO_AFTER = re.compile(r"^[^.\n]{0,60}(?:\bzeros?\b|\bnull\b|\bnulo\b)", re.IGNORECASE)


def judge_initial(reading: Reading, parts: Parts) -> Finding:
    """What is said about the state before the first step."""
    for statement in reading.equations:
        left = statement.left
        if isinstance(left, Var) and left.step in (0, -1) and left.name == parts.hidden:
            return _judged(statement.right, statement.source)
    for place, segment in enumerate(reading.segments):
        after = " ".join(reading.prose.partition(f"⟦{place}⟧")[2][:200].split())
        if FIRST_STATE.search(segment) and "=" not in segment and ZERO_AFTER.search(after):
            return Finding(Part.INITIAL, Status.AGREES, "in words", "", segment)
    words = IN_WORDS.search(" ".join(reading.prose.split()))
    if words:
        return Finding(Part.INITIAL, Status.AGREES, "in words", "", words[0])
    return Finding(
        Part.INITIAL, Status.UNREAD, "absent", "No statement was recognised as the one of the initial state."
    )


def _judged(right: Expr, source: str) -> Finding:
    numbers = _numbers(right)
    if numbers is None:
        message = "it is set to something that is not a number"
        return Finding(Part.INITIAL, Status.UNREAD, "", message, source)
    if any(numbers):
        return Finding(Part.INITIAL, Status.DISAGREES, "not zero", "the initial state is not zero", source)
    return Finding(Part.INITIAL, Status.AGREES, "", "", source)


def _numbers(tree: Expr) -> list[float] | None:
    """The numbers that a written-out vector holds; dots between them say nothing."""
    if isinstance(tree, Num):
        return [tree.value]
    if isinstance(tree, Turn):
        return _numbers(tree.body)
    if isinstance(tree, (Name, Var)) and "dots" in str(getattr(tree, "name", getattr(tree, "base", ""))):
        return []
    if isinstance(tree, Stack):
        cells = [_numbers(cell) for row in tree.rows for cell in row]
        if any(cell is None for cell in cells):
            return None
        return [number for cell in cells for number in cell or ()]
    return None
