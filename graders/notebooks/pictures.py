"""Pictures in written answers: found wherever an answer points to them, and made small and harmless to show.

A picture is decoded and encoded again in a process that has an end (`bounded`): what comes out has no metadata, such as
the place where a photo was taken, and nothing that could run. Where it cannot be shown, words say where it is.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote, unquote

from PIL import Image, ImageOps

from graders.bounded import bounded
from graders.errors import GradersError
from graders.model import PICTURE, CellRun
from graders.notebooks.notebook import Notebook
from graders.notebooks.notebook_file import PICTURE as PICTURE_DATA

IMAGE = re.compile(
    r"!\[(?P<alt>[^\]\n]{0,500})\]\([ \t]*(?:<(?P<angled>[^<>\n]*)>|(?P<src>data:[\w/+.;,=%\s-]*|[^()<>!\"\n]*))"
    r"(?:\"[^\"\n]*\"|'[^'\n]*')?[ \t]*\)|<img\b(?P<html>[^<>]*)>",
    re.IGNORECASE,
)
SOURCE = re.compile(r"\bsrc\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "MPO")
LONGEST_SIDE = 1600
MOST_PIXELS = 80_000_000
MOST_BYTES = 25_000_000
MOST = 12  # pictures of one submission
CPU_SECONDS, MEGABYTES = 5.0, 1024


@dataclass
class Pictures:
    """The pictures of one submission, as they are found.

    Attributes:
        beside: name -> bytes of the files that were handed in with the notebook; empty for what is no picture.
        runs: what is shown; the source of each is the name by which answers point to it.
        used: the names of files next to the notebook that an answer points to.
    """

    beside: Mapping[str, bytes] = field(default_factory=dict)
    runs: list[CellRun] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def in_answers(self, answers: Mapping[str, str], notebook: Notebook) -> dict[str, str]:
        """The answers, each picture in them shown as `![...](picture-1)`, or words in its place."""
        found = {}
        for question, text in answers.items():
            attached = {k: v for c in notebook.cells if question in c.questions for k, v in c.attachments.items()}
            found[question] = IMAGE.sub(partial(self._replaced, question, attached), text)
        return found

    def loose(self, texts: Iterable[str]) -> tuple[str, ...]:
        """The names of files next to the notebook of which no answer speaks."""
        spoken = "\n".join(texts)
        return tuple(_plain(n) for n in self.beside if n not in spoken and quote(n) not in spoken)

    def rest(self) -> tuple[CellRun, ...]:
        """All pictures, and all that lies next to the notebook and to which no answer points."""
        for name, content in self.beside.items():
            if name not in self.used:
                self._shown("", name, content)
        return tuple(self.runs)

    def _replaced(self, question: str, attached: Mapping[str, Mapping[str, str]], found: re.Match[str]) -> str:
        inner = SOURCE.search(found["html"] or "")
        source = found["src"] or found["angled"] or next((g for g in (inner.groups() if inner else ()) if g), "")
        alt = re.sub(r"[\[\]`]", "", found["alt"] or "")
        name, content, where = self._looked_up(source.strip(), attached)
        if content is None:
            return f"*(`{_plain(name)}`, a picture, is not shown here: {where})*"
        shown = self._shown(question, name, content)
        if shown is None:
            return f"*(`{_plain(name)}`, a picture, cannot be shown; it is {where})*"
        return f"![{alt or _plain(name)}]({shown})"

    def _looked_up(self, source: str, attached: Mapping[str, Mapping[str, str]]) -> tuple[str, bytes | None, str]:
        """A picture's name, its bytes where there are any, and where it is."""
        kind, _, name = source.partition(":")
        if kind.casefold() == "attachment":
            data = attached.get(unquote(name)) or attached.get(name) or {}
            content = next((_decoded(text) for text in data.values()), None)
            return name, content, "attached to its cell" if content else "nothing of that name is attached to its cell"
        if kind.casefold() == "data":
            _, _, text = source.partition(",")
            return "picture", _decoded(text), "in the text of its cell"
        if kind.casefold() in ("http", "https"):
            return source[:200], None, "it is on the web, and no page of another site is loaded"
        short = unquote(source.split("?")[0]).replace("\\", "/").rpartition("/")[2]
        content = self.beside.get(short) or None
        self.used.add(short)
        where = "next to the notebook"
        return short or "picture", content, where if content else "no such file was handed in next to the notebook"

    def _shown(self, question: str, name: str, content: bytes) -> str | None:
        """The name by which a page shows a picture; None where it cannot."""
        small = shrunk(content) if len(self.runs) < MOST else None
        if small is None and question:
            return None
        label = f"picture-{len(self.runs) + 1}"
        kind = "image/png" if (small or b"").startswith(b"\x89") else "image/jpeg"
        output = {"output_type": "display_data", "data": {kind: base64.b64encode(small).decode()} if small else {}}
        self.runs.append(CellRun(PICTURE, question or None, label, (output,), message=_plain(name)))
        return label


def without_pictures(answers: Mapping[str, str]) -> dict[str, str]:
    """The answers without the bytes of pictures in them, which are no text."""
    return {question: PICTURE_DATA.sub("", text) for question, text in answers.items()}


def shrunk(content: bytes) -> bytes | None:
    """A picture of bounded size as PNG or JPEG, without metadata; None where it is none, or a hostile one."""
    if not 0 < len(content) <= MOST_BYTES:
        return None
    try:
        return bounded(partial(_encoded, content), cpu_seconds=CPU_SECONDS, megabytes=MEGABYTES)
    except (
        GradersError,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        KeyError,
        IndexError,
        Image.DecompressionBombError,
    ):
        return None


def _encoded(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        sharp = picture.format in ("PNG", "GIF") and len(content) < 500_000
        made = io.BytesIO()
        if sharp:
            upright.convert("RGBA").save(made, "PNG")
        else:
            upright.convert("RGBA").convert("RGB").save(made, "JPEG", quality=80)
        return made.getvalue()


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(unquote(text).split()), validate=True) or None
    except (binascii.Error, ValueError):
        return None


def _plain(name: str) -> str:
    return "".join(c if c.isprintable() and c not in "`*[]()<>" else "_" for c in name)[:80]
