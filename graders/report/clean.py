"""Text that strangers wrote, made harmless to read: no terminal commands, no control or bidi characters."""

from __future__ import annotations

import re

ANSI = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI: colours, cursor movement
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS and other strings
    r"|\x1b[ -/]*[0-~]?"  # every other escape
)
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
UNSEEN = "\u2028\u2029\ufeff\u2060\u00ad" + "".join(map(chr, range(0xE0000, 0xE0080)))
KEPT = "\n\t"


def _replacements() -> dict[int, str]:
    table = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in KEPT}
    table |= (
        {0x7F: "\u2421"} | dict.fromkeys(range(0x80, 0xA0), "\ufffd") | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
    )
    return table | {ord(mark): f"[U+{ord(mark):04X}]" for mark in BIDI + UNSEEN} | {0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}


REPLACEMENTS = _replacements()
HARMLESS = re.compile(r"[\n\t -~]*")


def clean(text: str) -> str:
    """The text without escape sequences; control, bidi and other invisible characters become visible marks."""
    return text if HARMLESS.fullmatch(text) else ANSI.sub("", text).translate(REPLACEMENTS)


def storable(text: str) -> str:
    """A name that every database takes: half a surrogate pair, as an odd file name may hold, is written out."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def one_line(text: str, limit: int = 200) -> str:
    """Clean text on one line, for names and table cells."""
    line = clean(" ".join(ANSI.sub("", text[: 20 * limit]).split()))
    return line if len(line) <= limit else line[: limit - 1] + "…"


def printed(text: str, limit: int = 20_000) -> str:
    """What a terminal would finally show of a stream: carriage returns and backspaces done, cleaned, shortened."""
    if len(text) <= limit and HARMLESS.fullmatch(text):
        return text
    lines = ANSI.sub("", _shorten(text, 50 * limit)).split("\n")
    return _shorten(clean("\n".join(_overwritten(line) for line in lines)), limit)


def _overwritten(line: str) -> str:
    if "\r" in line:  # a progress bar writes itself again and again: only the last one stays
        line = next((part for part in reversed(line.split("\r")) if part), "")
    if "\b" not in line:
        return line
    kept: list[str] = []
    for character in line:
        if character != "\b":
            kept.append(character)
        elif kept:
            kept.pop()
    return "".join(kept)


def _shorten(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    head, tail = limit * 3 // 4, limit // 4
    return f"{text[:head]}\n… {len(text) - head - tail:,} characters left out …\n{text[-tail:]}"
