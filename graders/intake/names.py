"""Names of students and files: safe as folders, and as text that cannot hide what it says."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence

from graders.intake.choosing import likeness

RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d|graders\.db|index\.html|grades\.csv)$", re.IGNORECASE)
LONGEST = 80


def twins(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Names that differ in capitals, spaces, dots or the spelling of accents only."""
    alike: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        alike.setdefault(likeness(name), []).append(name)
    return [tuple(same) for same in alike.values() if len(same) > 1]


def safe_name(name: str) -> str:
    """A student's name as a folder's name on every system, and as text that cannot hide what it says.

    Control characters, marks that turn the direction of writing, and separators are replaced; a name that had to be
    changed gets a few digits of its hash.
    """
    text = unicodedata.normalize("NFC", name)
    shown = "".join("_" if _bad(letter) else letter for letter in text).strip(" .")
    whole = shown == text and shown and len(shown.encode()) <= LONGEST and not RESERVED.match(shown)
    return shown if whole else marked(shown, name)


def shown(name: str) -> str:
    """A name in a sentence for staff."""
    return "".join("_" if _bad(letter) and letter != "/" else letter for letter in name[:LONGEST])


def marked(shown: str, name: str) -> str:
    """A shown name with six digits of the true name's hash."""
    digits = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{shown.encode('utf-8', 'replace')[:LONGEST].decode('utf-8', 'ignore') or 'student'}-{digits}"


def _bad(letter: str) -> bool:
    return letter in '/\\:*?"<>|\ufffd' or unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
