"""Bytes as text, in whatever encoding an editor wrote them."""

from __future__ import annotations

import codecs
import re

from graders.errors import IntakeError
from graders.notebooks.endings import OTHERS, PACKED

DECLARED = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")  # as Python reads it (PEP 263)
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
UNUSED = (
    "idna",
    "punycode",
    "unicode-escape",
    "unicodeescape",
    "rawunicodeescape",
    "raw-unicode-escape",
    "undefined",
)  # no editor writes these
FALLBACK = "cp1252"  # what Windows writes in the West where it does not write UTF-8


def decode(content: bytes, *, declared: bool = False) -> tuple[str, str | None]:
    """The text, and the encoding where it is neither UTF-8 nor one that the file names.

    Args:
        declared: whether a line of comment may name the encoding, as in a Python script.

    Raises:
        IntakeError: it is no text.
    """
    for encoding in (_marked(content), _wide(content), _named(content) if declared else None, "utf-8"):
        if encoding:
            try:
                return _with_plain_ends(content.decode(encoding)), None
            except UnicodeDecodeError:
                continue
    try:
        return _with_plain_ends(content.decode(FALLBACK)), FALLBACK
    except UnicodeDecodeError:
        if content.startswith((*PACKED, *OTHERS)):
            raise IntakeError(
                "The file is an archive and not text in UTF-8; unpack it and hand in the notebook itself."
            ) from None
        raise IntakeError("The file is not text in UTF-8; save it in UTF-8 and hand it in again.") from None


def _marked(content: bytes) -> str | None:
    return next((encoding for mark, encoding in MARKS.items() if content.startswith(mark)), None)


def _wide(content: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of the beginning is zero."""
    head = content[:64]
    if len(head) > 7 and b"\0" in head:
        if not any(head[1::2]) and all(head[::2]):
            return "utf-16-le"
        if not any(head[::2]) and all(head[1::2]):
            return "utf-16-be"
    return None


def _named(content: bytes) -> str | None:
    """The encoding that one of the first two lines names, where Python knows it as one of texts."""
    for line in content[:1000].split(b"\n")[:2]:
        if found := DECLARED.match(line):
            try:
                known = codecs.lookup(found[1].decode("ascii", "replace"))
            except LookupError:
                return None
            usable = getattr(known, "_is_text_encoding", True) and known.name.replace("_", "-") not in UNUSED
            return known.name if usable else None
    return None


def _with_plain_ends(text: str) -> str:
    text = text.removeprefix("\ufeff").rstrip("\0")
    return text.replace("\r\n", "\n").replace("\r", "\n")
