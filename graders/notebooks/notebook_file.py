"""Reads a notebook, a script or a document that a student handed in, as cells; any fault is one sentence.

Pure: bytes in, a `Notebook` out. Sizes are looked at before anything is parsed, and outputs are dropped while they are
read, so that a file is never held several times.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import nbformat

from graders.errors import IntakeError
from graders.notebooks.broken.json_text import AGAIN, RESOLVE, TWO_VERSIONS, read_json
from graders.notebooks.broken.two_versions import with_versions
from graders.notebooks.decoding import decode
from graders.notebooks.endings import DOCUMENTS, SCRIPT
from graders.notebooks.notebook import Cell, Notebook
from graders.notebooks.scripts import document_cells, script_cells
from graders.notebooks.statements import parsed

MAX_MB = 100
MAX_CELLS = 5_000
MAX_SOURCE = 1_000_000  # characters of all cells together, pictures in them left out
MAX_CELL = 200_000
MAX_TEXT = 50_000  # characters of an output that are kept
KINDS = ("code", "markdown", "raw")
PYTHONS = ("python", "ipython", "xpython", "sage")
PICTURE = re.compile(r"data:image/[\w.+-]{1,40};base64,[A-Za-z0-9+/=\s]*")
CONFLICT = re.compile(r"^<{7} .*$", re.MULTILINE)
PYTHON_SCRIPT = re.compile(r"^(# ?%%|# In\[|(?:async )?def \w+\(|class \w+|import \w+|from \w+ import )", re.MULTILINE)


def read_notebook(content: bytes, suffix: str = ".ipynb") -> Notebook:
    """The notebook in a file's content.

    Args:
        suffix: `.ipynb` for Jupyter's format; `.py` for a script in any of the formats of `scripts`, where an answer's
            line may say `# %% question: by_hand` or have jupytext's nbgrader metadata; `.md`, `.rmd`, `.qmd`.

    Raises:
        IntakeError: it cannot be read, with what to do.
    """
    if len(content) > MAX_MB << 20:
        raise IntakeError(
            f"The file has {len(content) >> 20} MB, and {MAX_MB} is the most; clear the outputs and hand it in again."
        )
    text, encoding = decode(content, declared=suffix == SCRIPT)
    if not text.strip():
        raise IntakeError(f"The file is empty; {AGAIN}.")
    notices = []
    if encoding:
        notices.append(f"Your file is not in UTF-8; it was read as {encoding}. Save it in UTF-8 next time.")
    if suffix not in (SCRIPT, *DOCUMENTS) and _is_script(text):
        notices.append("Your file is called a notebook, but is a Python script; it was read as one.")
        suffix = SCRIPT
    if suffix in (SCRIPT, *DOCUMENTS):
        _refuse_long(text, MAX_SOURCE, "The file")
        found = Notebook(tuple((script_cells if suffix == SCRIPT else document_cells)(clean(text))))
        _refuse_much(cell.source for cell in found.cells)
    else:
        found = _jupyter(text, encoding)
    versions = tuple(cell if cell.other is not None else with_versions(cell, None) for cell in found.cells)
    found = replace(found, cells=versions)
    if count := sum(cell.other is not None for cell in found.cells):
        cells = "one cell" if count == 1 else f"{count} cells"
        notices.append(TWO_VERSIONS.format(cells=cells, resolve=RESOLVE))
    if any(CONFLICT.search(cell.source) for cell in found.cells if cell.kind == "code" and cell.other is None):
        notices.append("Your code has marks of a Git merge that was never finished (`<<<<<<<`); resolve them.")
    return replace(found, notices=(*notices, *found.notices))


def _is_script(text: str) -> bool:
    """Whether a file that is called a notebook is a script: it is no JSON, and is Python that defines something."""
    begins = text.lstrip()[:1] not in ("{", "[", "<")
    return begins and len(text) <= MAX_SOURCE and bool(PYTHON_SCRIPT.search(text)) and parsed(text) is not None


def _refuse_long(text: str, most: int, what: str) -> int:
    """Refuse more text than anybody writes; the characters that it has, pictures in it left out."""
    size = len(text) if len(text) <= most else len(PICTURE.sub("", text))
    if size > most:
        raise IntakeError(
            f"{what} has {size / 1000:,.0f} kB of text, and {most // 1000:,} is the most; shorten it (data "
            "belongs into a file of its own) and hand it in again."
        )
    return size


def _refuse_much(sources: Iterable[str]) -> None:
    """Refuse too many cells, one that is too long, or too much in all."""
    sources = list(sources)
    if len(sources) > MAX_CELLS:
        raise IntakeError(f"The notebook has {len(sources)} cells, and {MAX_CELLS} is the most; hand in a shorter one.")
    whole = sum(_refuse_long(source, MAX_CELL, f"Cell {number}") for number, source in enumerate(sources, 1))
    if whole > MAX_SOURCE:
        raise IntakeError(
            f"The cells hold {whole / 1000:,.0f} kB of text, and {MAX_SOURCE // 1000:,} is the most; shorten them and "
            "hand it in again."
        )


def _jupyter(text: str, encoding: str | None) -> Notebook:
    """The notebook in a file of Jupyter's format."""
    try:
        read = read_json(text, _slim)
    except IntakeError:
        if encoding:
            raise IntakeError(f"The file is not text in UTF-8; {AGAIN}.") from None
        raise
    data = read.data
    if not isinstance(data, dict) or not {"cells", "worksheets"} & set(data):
        raise IntakeError(f"The file is not a Jupyter notebook: it has no cells; {AGAIN}.")
    cells = _upgraded(data).get("cells")
    if not isinstance(cells, list):
        raise IntakeError(f"The file is not a Jupyter notebook: its cells are no list; {AGAIN}.")
    cells = [cell for cell in cells if isinstance(cell, dict)]
    _refuse_much(_source(cell.get("source")) for cell in cells)
    behind = f"Behind the end of your notebook there is more ({len(read.rest):,} characters), which was left out."
    others = {place: _source(text) for place, text in read.others.items()}
    found = tuple(with_versions(_cell(cell), others.get(place)) for place, cell in enumerate(cells))
    notices = (*read.notices, *([behind] if read.rest else ()), *_other_language(data, found))
    return Notebook(found, notices, read.torn)


def _slim(data: dict[str, Any]) -> dict[str, Any]:
    """An output without all that is no text: it is read once, and dropped before the next one is read."""
    if not isinstance(data.get("output_type"), str):
        return data
    shown = data.get("data")
    text = data.get("text", shown.get("text/plain") if isinstance(shown, dict) else None)
    parts = text if isinstance(text, list) else [text]
    whole = "".join(part for part in parts if isinstance(part, str))
    if len(whole) > MAX_TEXT:
        whole = whole[: MAX_TEXT // 2] + whole[-MAX_TEXT // 2 :]
    name = {"name": data["name"]} if isinstance(data.get("name"), str) else {}
    return {"output_type": data["output_type"], **name, "text": whole}


def _other_language(data: Mapping[str, Any], cells: Iterable[Cell]) -> list[str]:
    """A sentence where the file names another language than Python, and the cells are Python all the same.

    Raises:
        IntakeError: most of them are not.
    """
    language = _language(data)
    if language is None:
        return []
    code = [cell.source for cell in cells if cell.kind == "code" and cell.source.strip()]
    if 2 * sum(parsed(source) is not None for source in code) > len(code):
        return [f"Your file says that it is written for {language!r}; its cells are Python and were read as that."]
    raise IntakeError(
        f"The notebook is written for {language!r} and this assignment for Python; "
        "choose a Python kernel (in Jupyter: Kernel, Change Kernel), save, and hand it in again."
    )


def _language(data: Mapping[str, Any]) -> str | None:
    """The language that a file's metadata names; None for Python, and where it names none."""
    metadata = _dict(data.get("metadata"))
    for key, name in (("kernelspec", "language"), ("language_info", "name")):
        language = _dict(metadata.get(key)).get(name)
        if isinstance(language, str) and language and not language.lower().startswith(PYTHONS):
            return clean(language)[:40]
    return None


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
        attachments=_attachments(cell.get("attachments")),
        outputs=tuple(output for output in outputs if isinstance(output, dict)) if isinstance(outputs, list) else (),
    )


def _attachments(value: Any) -> dict[str, dict[str, str]]:
    """Name -> kind -> content in base 64, of what has this form."""
    return {
        clean(name): {kind: part for kind, text in kinds.items() if (part := _source(text))}
        for name, kinds in _dict(value).items()
        if isinstance(kinds, dict)
    }


def _source(value: Any) -> str:
    parts = value if isinstance(value, list) else [value]
    return clean("".join(part for part in parts if isinstance(part, str))).removeprefix("\ufeff")


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def clean(text: str) -> str:
    """Text that can be stored and sent: half surrogates, which JSON can smuggle in, are replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")
