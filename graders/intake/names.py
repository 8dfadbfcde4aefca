"""Names of students and files: safe as folders, and as text that cannot hide what it says."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Sequence

from graders.intake.choosing import likeness

RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d|graders\.db|index\.html|grades\.csv)$", re.IGNORECASE)
LONGEST = 80


# What people and systems hang on a name when the same student comes twice: `anna (1)`, `anna - Copy`, `anna_LATE`.
COPIED = r"\(\d{1,3}\)|(?:copy|kopie|copie|copia)[ _-]*\(?\d{0,3}\)?"
AGAIN = (
    r"late|new(?:est)?|old|final|latest|again|re[ _-]?(?:submi\w*|upload\w*|try)|correct(?:ed|ion)|fixed|updated?|retry"
)
COUNTED = r"(?:v|version|attempt|try|versuch|submission)[ _-]?\d{1,3}|(?:1st|2nd|3rd|second|third|last)(?:[ _-]try)?"
HUNG_ON = re.compile(rf"(?:[ _.-]*\(\d{{1,3}}\)|[ _.-]+[(\[]?(?:{COPIED}|{AGAIN}|{COUNTED})[)\]]?)$", re.IGNORECASE)
COPY_OF = re.compile(r"^(?:copy|kopie|copie|copia)[ _]+(?:of|von|de|di)[ _]+", re.IGNORECASE)
BARE_NUMBER = re.compile(r"[ _-]\d{1,2}$")


def unmarked(name: str, assignment: str = "") -> str:
    """A name without what is hung on it where somebody comes twice; the name itself where nothing else is left.

    Args:
        assignment: whose id stands before or behind some names, as in `practical09_anna`, and is no part of them.
    """
    own = re.escape(assignment) or "(?!)"
    around = re.compile(rf"^{own}[ _.-]+|[ _.-]+(?:copy of )?{own}$", re.IGNORECASE)
    while shorter := COPY_OF.sub("", around.sub("", HUNG_ON.sub("", name))).strip(" ._-"):
        if shorter == name:
            break
        name = shorter
    return name


def twins(names: Sequence[str], sure: Collection[str] = (), assignment: str = "") -> list[tuple[str, ...]]:
    """Names that hardly differ, and may be one student's.

    They differ in capitals, spaces, dots or the spelling of accents; or in a mark such as `(1)`, `- Copy` or `_LATE`,
    or a number behind a name that is there without one too.

    Args:
        sure: names that a learning platform gave, which have no such marks.
    """
    plain = {likeness(name) for name in names}
    alike: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        key = likeness(name if name in sure else unmarked(name, assignment))
        if name not in sure and (shorter := likeness(BARE_NUMBER.sub("", name))) in plain:
            key = likeness(unmarked(shorter, assignment))
        alike.setdefault(key, []).append(name)
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
