"""What a file is, by its name and by its first bytes: a notebook, a script, a document with code, an archive."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

NOTEBOOK, SCRIPT, ARCHIVE = ".ipynb", ".py", ".zip"  # the last one stands for archives of all kinds
DOCUMENTS = (".qmd", ".rmd", ".md")
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".svg")
SCANS = (".pdf", ".doc", ".docx", ".odt", ".pages", ".rtf", ".tex")
PAPERS = (*PICTURES, *SCANS, ".html", ".htm", ".mhtml", ".txt", ".pptx", ".odp")  # what people may read answers in
# What browsers, mail programs and editors hang behind a file's true ending.
HUNG_BEHIND = re.compile(r"(?:\.(?:txt|text|json|download|bin|bak|part|crdownload)|[ _-]?\(\d+\)|[ _]*copy)$")
TAR = re.compile(r"\.(?:tar(?:\.(?:gz|bz2|xz))?|tgz|tbz2?|txz|(?:ipynb|py)\.(?:gz|bz2|xz))$", re.IGNORECASE)
ZIPPED = (b"PK\x03\x04", b"PK\x05\x06")
PACKED = (b"\x1f\x8b", b"\xfd7zXZ\0", b"BZh")  # by gzip, xz, bzip2
OTHERS = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "rar",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"]\x00\x00": "lzma",
    b"LZIP": "lzip",
    b"\x04\x22\x4d\x18": "lz4",
    b"MSCF\x00": "cab",
    b"\x1f\x9d": "compress",
}
FENCED = re.compile(rb"^(?:```+|~~~+) *\{? *\.?(?:i?python3?|py|code-cell)\b", re.MULTILINE | re.IGNORECASE)
TAR_MARK, TAR_AT = b"ustar", 257
MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
HEAD = 1 << 16


def ending(name: str) -> str:
    """A name's true ending in small letters, whatever hangs behind it; the last ending where none is known.

    `week1.IPYNB` and `week1.ipynb.txt` end in `.ipynb`; `notes.txt` in `.txt`.
    """
    known = (NOTEBOOK, SCRIPT, ARCHIVE, *DOCUMENTS)
    lower = name.casefold().strip(" .")
    while lower:
        if TAR.search(lower):
            return ARCHIVE
        suffix = PurePosixPath(lower).suffix
        if suffix in known:
            return suffix
        shorter = HUNG_BEHIND.sub("", lower)
        if shorter == lower:
            break
        lower = shorter.strip(" .")
    return PurePosixPath(name.casefold().strip(" .")).suffix


def stem(name: str) -> str:
    """A name without its ending, of an archive of an archive without both."""
    return TAR.sub("", name) if TAR.search(name) else PurePosixPath(name).stem


def is_tar(head: bytes) -> bool:
    """Whether a file's first 512 bytes are those of a tar archive, or of what gzip, bzip2 or xz has packed."""
    return head.startswith(PACKED) or head[TAR_AT : TAR_AT + len(TAR_MARK)] == TAR_MARK


def other_archive(head: bytes) -> str:
    """The kind of an archive that cannot be read here; empty for any other file."""
    return next((kind for mark, kind in OTHERS.items() if head.startswith(mark)), "")


def holds_python(content: bytes) -> bool:
    """Whether a document has cells of Python, as MyST, Pandoc, Quarto and nbconvert fence them."""
    return FENCED.search(content) is not None


def is_work(name: str) -> bool:
    """Whether a file's name says that it is a notebook, a script or an archive."""
    return ending(name) in (NOTEBOOK, SCRIPT, ARCHIVE)


def true_suffix(name: str, content: bytes) -> str:
    """As what a file should be read: what its content says, else its ending; empty where neither says anything."""
    if content.startswith((*ZIPPED, *OTHERS)) or is_tar(content):
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
