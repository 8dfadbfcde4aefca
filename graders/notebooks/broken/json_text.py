"""The data in a notebook's JSON, also where a hand or a machine has damaged it in a way that leaves no doubt.

Commas before a closing bracket and raw line ends within strings mean nothing. Of the two sides of a Git merge that was
never finished either will do where both hold the same cells, as after two runs of one notebook. Of a file that is cut
off, the cells before the cut are whole. Everything else is left to a person.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graders.errors import IntakeError

AGAIN = "download or save the notebook again (in Jupyter: File, Save Notebook) and hand it in again"
RESOLVE = (
    "open the file in a text editor, keep one of the two versions at each `<<<<<<<`, delete the lines with "
    "`<<<<<<<`, `=======` and `>>>>>>>`, and hand it in again"
)
MERGED = (
    "Your file has marks of a Git merge that was never finished, but none that touches a cell's text; resolve them."
)
TWO_VERSIONS = (
    "Your file has marks of a Git merge that was never finished, around the text of {cells}. A person decides what "
    "that is worth; the rest was graded. To mend it, {resolve}."
)
COMMAS = "The JSON of your file has commas or line ends where none may be; they were read over."
TORN = "Your file is cut off in the middle. What stands before the cut was graded; {again}."
STRING = r'"(?:[^"\\]|\\.)*(?:"|\Z)'
SURPLUS = re.compile(rf"({STRING})|,(?=\s*[\]}}])", re.DOTALL)
TOKEN = re.compile(rf"{STRING}|[\[\]{{}}]", re.DOTALL)
MARK = re.compile(r"^\s*(<{7} |>{7} |={7}$)", re.MULTILINE)
TEXT = 4  # where a cell's text stands in what may answer a question
Slim = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class JsonText:
    """What a file's JSON says.

    Attributes:
        rest: what stands behind its end.
        notices: sentences for the student on how it was read.
        torn: whether the file is cut off, so that cells may be missing.
        others: of cells whose text two sides of a merge have otherwise, that of the second side, by their place.
    """

    data: Any
    rest: str = ""
    notices: tuple[str, ...] = ()
    torn: bool = False
    others: Mapping[int, Any] = field(default_factory=dict)


def read_json(text: str, slim: Slim) -> JsonText:
    """The data of a file.

    Args:
        slim: makes each object smaller as soon as it is read.

    Raises:
        IntakeError: it cannot be read with certainty.
    """
    text = text.lstrip().lstrip("\ufeff")
    try:
        return _whole(text, slim) or _mended(text, slim)
    except RecursionError:
        raise IntakeError(f"The file is not a Jupyter notebook: its JSON goes beyond all bounds; {AGAIN}.") from None


def _whole(text: str, slim: Slim) -> JsonText | None:
    """The data of a sound text; None where it is not sound."""
    try:
        data, end = json.JSONDecoder(object_hook=slim).raw_decode(text)
    except json.JSONDecodeError:
        return None
    except ValueError:  # such as a number of more digits than Python reads
        raise IntakeError(f"The file is not a Jupyter notebook: its JSON goes beyond all bounds; {AGAIN}.") from None
    return JsonText(data, text[end:].strip())


def _mended(text: str, slim: Slim) -> JsonText:
    plain = SURPLUS.sub(lambda found: found[1] or "", text)
    try:
        data, end = json.JSONDecoder(object_hook=slim, strict=False).raw_decode(plain)
        return JsonText(data, plain[end:].strip(), (COMMAS,))
    except json.JSONDecodeError as error:
        fault = error
    if MARK.search(text):
        return _either_side(text, slim)
    if not _cut_off(fault, plain):
        raise IntakeError(f"The file is not a Jupyter notebook: {_what_it_is(text, fault)}; {AGAIN}.")
    return _before_the_cut(plain, slim)


def _either_side(text: str, slim: Slim) -> JsonText:
    """What both sides of a merge say, where they have the same cells; some of these may have two texts."""
    ours, theirs = (_whole(side, slim) for side in sides(text))
    one, other = (side and _cells(side.data) for side in (ours, theirs))
    if not ours or not theirs or not one or not other or _without_text(one) != _without_text(other):
        raise IntakeError(
            f"The file is not a Jupyter notebook: it has marks of a Git merge that was never finished; {RESOLVE}."
        )
    others = {i: cell[TEXT] for i, cell in enumerate(other) if cell != one[i]}
    return JsonText(ours.data, ours.rest, () if others else (MERGED,), others=others)


def _without_text(cells: list[Any]) -> list[Any]:
    return [cell[:TEXT] for cell in cells]


def sides(text: str) -> tuple[str, str]:
    """The text with the first version in each place, and with the second one."""
    sides: tuple[list[str], list[str]] = ([], [])
    now: tuple[int, ...] = (0, 1)
    for line in text.split("\n"):
        bare = line.strip()
        if bare.startswith("<<<<<<< "):
            now = (0,)
        elif bare.startswith("||||||| "):
            now = ()
        elif bare == "=======" and now != (0, 1):
            now = (1,)
        elif bare.startswith(">>>>>>> "):
            now = (0, 1)
        else:
            for side in now:
                sides[side].append(line)
    return "\n".join(sides[0]), "\n".join(sides[1])


def _cells(data: Any) -> list[Any] | None:
    """What of a notebook's cells may answer a question; None where it has none."""
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list):
        return None
    return [
        (cell.get("cell_type"), cell.get("id"), cell.get("attachments"), _grade_id(cell), cell.get("source"))
        for cell in cells
        if isinstance(cell, dict)
    ]


def _grade_id(cell: dict[str, Any]) -> Any:
    metadata = cell.get("metadata")
    return metadata.get("nbgrader") if isinstance(metadata, dict) else None


def _cut_off(error: json.JSONDecodeError, text: str) -> bool:
    return text.startswith("{") and (error.pos >= len(text.rstrip()) - 1 or "Unterminated" in error.msg)


def _before_the_cut(text: str, slim: Slim) -> JsonText:
    """The cells that are whole in a file that is cut off; they are the objects of a list in the file's one object."""
    stack, end, torn = "", 0, True
    for token in TOKEN.finditer(text):
        mark = token[0]
        if mark in "[{":
            stack += mark
        elif mark in "]}":
            stack = stack[:-1]
            if mark == "}" and stack == "{[":
                end, torn = token.end(), True
            elif mark == "]" and stack == "{":
                torn = False  # the list is whole, so that only what follows it is missing
    found = _whole(text[:end] + "]}", slim) if end else None
    if found is None or not isinstance(found.data, dict) or not found.data.get("cells"):
        raise IntakeError(f"The file is not a Jupyter notebook: it is cut off in the middle; {AGAIN}.")
    return JsonText(found.data, notices=(TORN.format(again=AGAIN),), torn=torn)


def _what_it_is(text: str, error: json.JSONDecodeError) -> str:
    if text[:200].lower().startswith(("<!doctype", "<html")):
        return "it is a web page"
    if text.startswith("version https://git-lfs"):
        return "it is a pointer of Git LFS"
    if not text.startswith("{"):
        return "it is not JSON"
    return f"its JSON is broken at line {error.lineno}"
