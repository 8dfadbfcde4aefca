"""Reads what a student handed in, a `.ipynb` or a `.py`, as a notebook; whatever it is, the fault is one sentence."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import nbformat

from graders.errors import IntakeError
from graders.notebook import Cell, Notebook

MAX_MB = 100
MAX_CELLS = 5_000
KINDS = ("code", "markdown", "raw")
PYTHONS = ("python", "ipython", "xpython", "sage")
AGAIN = "download or save the notebook again (in Jupyter: File, Save Notebook) and hand it in anew"
MARKER = re.compile(r"^#\s?%%(?P<head>.*)$|^# In\[[ \d]*\]:\s*$", re.MULTILINE)
QUESTION = re.compile(r"""(?:question:\s*|"?grade_id"?\s*[:=]\s*"?)([^\W\d][\w-]*)""")
HEADER = re.compile(r"\A(?:#!.*\n)?(?:# -\*-.*\n)?# ---\n(?:#.*\n)*?# ---\n")


def read_notebook(content: bytes, suffix: str = ".ipynb") -> Notebook:
    """The notebook in a file's content.

    Args:
        suffix: `.ipynb` for Jupyter's format; `.py` for a script, whose cells are parted by `# %%` lines (the percent
            format); an answer's line says `# %% question: by_hand` or has jupytext's nbgrader metadata.

    Raises:
        IntakeError: it cannot be read, with what to do.
    """
    text = _text(content)
    return _script(text) if suffix == ".py" else _jupyter(text)


def _text(content: bytes) -> str:
    if len(content) > MAX_MB << 20:
        raise IntakeError(
            f"The file has {len(content) >> 20} MB, and {MAX_MB} is the most; clear the outputs and hand it in anew."
        )
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise IntakeError(f"The file is not text in UTF-8; {AGAIN}.") from None
    if not text.strip():
        raise IntakeError(f"The file is empty; {AGAIN}.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _jupyter(text: str) -> Notebook:
    data = _json(text)
    if not isinstance(data, dict) or not {"cells", "worksheets"} & set(data):
        raise IntakeError(f"The file is not a Jupyter notebook: it has no cells; {AGAIN}.")
    _refuse_other_languages(data)
    cells = _upgraded(data).get("cells")
    if not isinstance(cells, list):
        raise IntakeError(f"The file is not a Jupyter notebook: its cells are no list; {AGAIN}.")
    if len(cells) > MAX_CELLS:
        raise IntakeError(f"The notebook has {len(cells)} cells, and {MAX_CELLS} is the most; hand in a shorter one.")
    return Notebook(tuple(_cell(cell) for cell in cells if isinstance(cell, dict)))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise IntakeError(f"The file is not a Jupyter notebook: {_what_it_is(text, error)}; {AGAIN}.") from None
    except (ValueError, RecursionError):
        raise IntakeError(f"The file is not a Jupyter notebook: its JSON goes beyond all bounds; {AGAIN}.") from None


def _what_it_is(text: str, error: json.JSONDecodeError) -> str:
    if re.search(r"^\s*(<{7} |>{7} |={7}$)", text, re.MULTILINE):
        return "it has marks of a Git merge that was never finished"
    if text.lstrip()[:200].lower().startswith(("<!doctype", "<html")):
        return "it is a web page"
    if text.startswith("version https://git-lfs"):
        return "it is a pointer of Git LFS"
    if not text.lstrip().startswith("{"):
        return "it is not JSON"
    if error.pos >= len(text.rstrip()) - 1 or "Unterminated" in error.msg:
        return "it is cut off in the middle"
    return f"its JSON is broken at line {error.lineno}"


def _refuse_other_languages(data: Mapping[str, Any]) -> None:
    metadata = data.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    for key, name in (("kernelspec", "language"), ("language_info", "name")):
        part = metadata.get(key)
        language = part.get(name) if isinstance(part, dict) else None
        if isinstance(language, str) and language and not language.lower().startswith(PYTHONS):
            raise IntakeError(
                f"The notebook is written for {clean(language)[:40]!r} and this assignment for Python; "
                "choose a Python kernel (in Jupyter: Kernel, Change Kernel), save, and hand it in anew."
            )


def _upgraded(data: dict[str, Any]) -> Mapping[str, Any]:
    """The notebook in format 4."""
    version = data.get("nbformat", 4)
    if version == 4 or (version == 3 and "cells" in data):
        return data
    if version not in (2, 3):
        raise IntakeError(f"The notebook's format {clean(repr(version))[:20]} is unknown here; save it in format 4.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            upgraded: Mapping[str, Any] = nbformat.convert(nbformat.from_dict(data), 4)
    except Exception:  # noqa: BLE001 - the library raises whatever a malformed old notebook makes it stumble over
        raise IntakeError(f"The notebook is in the old format {version} and cannot be read; {AGAIN}.") from None
    return upgraded


def _cell(cell: Mapping[str, Any]) -> Cell:
    metadata = _dict(cell.get("metadata"))
    nbgrader, tags, kind = _dict(metadata.get("nbgrader")), metadata.get("tags"), cell.get("cell_type")
    grade_id = nbgrader.get("grade_id")
    grade_id = clean(grade_id) if isinstance(grade_id, str) and grade_id else None
    outputs = cell.get("outputs")
    return Cell(
        kind=kind if isinstance(kind, str) and kind in KINDS else "raw",
        source=_source(cell.get("source")),
        id=clean(cell["id"]) if isinstance(cell.get("id"), str) else "",
        grade_id=grade_id,
        locked=nbgrader.get("locked") is True,
        questions=(grade_id,) if grade_id and nbgrader.get("solution") is True else (),
        tags=tuple(clean(tag) for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        outputs=tuple(output for output in outputs if isinstance(output, dict)) if isinstance(outputs, list) else (),
    )


def _source(value: Any) -> str:
    parts = value if isinstance(value, list) else [value]
    return clean("".join(part for part in parts if isinstance(part, str)))


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def clean(text: str) -> str:
    """Text that can be stored and sent: half surrogates, which JSON can smuggle in, are replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _script(text: str) -> Notebook:
    return Notebook(tuple(_script_cells(HEADER.sub("", text))))


def _script_cells(text: str) -> Iterator[Cell]:
    marks = list(MARKER.finditer(text))
    first = text[: marks[0].start()] if marks else text
    if first.strip():
        yield Cell("code", clean(first).strip("\n"))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=False):
        body = clean(text[mark.end() : end]).strip("\n")
        head = mark["head"] or ""
        kind = "markdown" if re.search(r"\[(markdown|md)\]", head) else "raw" if "[raw]" in head else "code"
        named = QUESTION.search(head)
        id = named[1] if named else None
        source = _uncommented(body) if kind == "markdown" else body
        yield Cell(kind, source, grade_id=id, questions=(id,) if id else ())


def _uncommented(body: str) -> str:
    for quotes in ('"""', "'''"):
        if body.startswith(quotes) and body.rstrip().endswith(quotes):
            return body.strip()[3:-3].strip("\n")
    return "\n".join(re.sub(r"^# ?", "", line) for line in body.split("\n"))
