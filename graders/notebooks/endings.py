"""What a file is, by its name and by its first bytes: a notebook, a script, a document with code, an archive."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

NOTEBOOK, SCRIPT, ARCHIVE = ".ipynb", ".py", ".zip"
DOCUMENTS = (".qmd", ".rmd", ".md")
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".svg")
SCANS = (".pdf", ".doc", ".docx", ".odt", ".pages", ".rtf", ".tex")
# What browsers, mail programs and editors hang behind a file's true ending.
HUNG_BEHIND = re.compile(r"(?:\.(?:txt|text|json|download|bin|bak|part|crdownload)|[ _-]?\(\d+\)|[ _]*copy)$")
PACKED = (b"PK\x03\x04", b"PK\x05\x06")
MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
HEAD = 1 << 16


def ending(name: str) -> str:
    """A name's true ending in small letters, whatever hangs behind it; the last ending where none is known.

    `week1.IPYNB` and `week1.ipynb.txt` end in `.ipynb`; `notes.txt` in `.txt`.
    """
    known = (NOTEBOOK, SCRIPT, ARCHIVE, *DOCUMENTS)
    lower = name.casefold().strip(" .")
    while lower:
        suffix = PurePosixPath(lower).suffix
        if suffix in known:
            return suffix
        shorter = HUNG_BEHIND.sub("", lower)
        if shorter == lower:
            break
        lower = shorter.strip(" .")
    return PurePosixPath(name.casefold().strip(" .")).suffix


def is_work(name: str) -> bool:
    """Whether a file's name says that it is a notebook, a script or an archive."""
    return ending(name) in (NOTEBOOK, SCRIPT, ARCHIVE)


def true_suffix(name: str, content: bytes) -> str:
    """As what a file should be read: what its content says, else its ending; empty where neither says anything."""
    if content.startswith(PACKED):
        return ARCHIVE
    if looks_like_notebook(content):
        return NOTEBOOK
    found = ending(name)
    return found if found in (NOTEBOOK, SCRIPT, ARCHIVE, *DOCUMENTS) else ""


def looks_like_notebook(content: bytes) -> bool:
    """Whether a content is JSON that speaks of cells, as far as its beginning and its end tell."""
    ends = (content[:HEAD] + content[-HEAD:]).replace(b"\0", b"")  # UTF-16 without its zeros
    for mark in MARKS:
        ends = ends.removeprefix(mark)
    return ends.lstrip().startswith(b"{") and any(word in ends for word in (b'"cells"', b'"worksheets"', b'"nbformat"'))


def proper_name(name: str, assignment: str, suffix: str) -> str | None:
    """What a file should have been called; None where its ending is right."""
    if PurePosixPath(name).suffix.casefold() == suffix:
        return None
    stem = name.casefold().partition(suffix)[0]
    return (stem if re.fullmatch(r"[\w -]+", stem) else assignment) + suffix
