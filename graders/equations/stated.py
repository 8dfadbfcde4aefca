"""Shapes that are stated in words, tables or after a colon: `W_{xh}: H \\times D`, `W_xh is H by D`, `é D×H`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from graders.equations.grammar import parse
from graders.equations.latex import tokens
from graders.equations.markdown import Text
from graders.equations.tree import Declared, Name, Unreadable

MOST = 80  # stated shapes of an answer
LONGEST = 20_000  # characters that are looked at

MARK = re.compile(r"⟦(\d{1,4})⟧")
FONT = re.compile(r"\\(?:mathbf|mathrm|mathit|boldsymbol|bm|text|vec|textbf|operatorname)\b\s*\{([^{}]{1,40})\}")
SIZE = r"(?:[A-Za-z](?:_\{?\w{1,8}\}?)?|\d{1,4})"
SHAPE = re.compile(
    rf"(?<![\w\\^_])(?P<rows>{SIZE})\s*(?:×|\\times\b|\bby\b|\bpor\b|(?<=\s)x(?=\s)|(?<=\d)x(?=\d))\s*(?P<columns>{SIZE})(?![\w_])"
)
NAME = re.compile(
    r"(?<![\w\\{])(?P<letter>[A-Za-z]|\\[A-Z][a-z]{3,6})(?P<script>[_^]\{[^{}]{1,12}\}|_\w{1,6})?(?![\w{(])"
)
BETWEEN = 60  # characters between a name and its shape
BREAK = re.compile(r"[.;=+]|\n\s*\n")
WORDS = {"a", "A", "e", "o", "O", "E", "is", "I", "é", "R", "x"}


@dataclass(frozen=True)
class Stated:
    """The shapes that an answer states in other ways; `unread` are those of which it is not clear what has them."""

    declared: tuple[Declared, ...] = ()
    unread: tuple[str, ...] = ()


def stated_shapes(text: Text) -> Stated:
    """Find the shapes in the words, the tables and the mathematics of an answer; total, and bounded."""
    flat = _flat(text)[:LONGEST]
    declared: list[Declared] = []
    unread: list[str] = []
    end = 0
    for found in SHAPE.finditer(flat):
        if len(declared) + len(unread) >= MOST:
            unread.append("more shapes than are read")
            break
        before = flat[max(end, found.start() - BETWEEN) : found.start()]
        end = found.end()
        if re.search(r"\\in\b|∈", before[-30:]) or before.rstrip().endswith(("^{", "^")):
            continue  # the grammar of declarations reads it
        names = list(_names(before))
        source = " ".join((before[-30:] + found[0]).split())
        if not names:
            unread.append(source)
            continue
        dims = (_size(found["rows"]), _size(found["columns"]))
        declared += [Declared(name, dims, source) for name in names]
    return Stated(tuple(declared[:MOST]), tuple(unread))


def _flat(text: Text) -> str:
    """The words with the mathematics put back in, without fonts and braces that mean nothing."""

    def put_back(mark: re.Match[str]) -> str:
        place = int(mark[1])
        return f" {text.segments[place].source} " if place < len(text.segments) else " "

    flat = MARK.sub(put_back, text.prose[:LONGEST])[: 3 * LONGEST]
    for _ in range(2):
        flat = FONT.sub(r"\1", flat)
    return flat.replace("\\,", " ").replace("`", " ").replace("*", " ").replace("&", " ")


def _names(before: str) -> Iterator[Name]:
    """The symbols right before a shape, nearest first broken off by the end of a sentence or an equation."""
    clause = BREAK.split(before)[-1]
    found = [
        match for match in NAME.finditer(clause) if match[0] not in WORDS and (match["script"] or match[0].isupper())
    ]
    for match in found[-1:]:
        script = (match["script"] or "").replace("_", "_{", 1) + "}" if (match["script"] or "").count("{") == 0 else ""
        source = match["letter"] + (
            match["script"] if "{" in (match["script"] or "") else script if match["script"] else ""
        )
        try:
            name = parse(tokens(source))
        except (Unreadable, RecursionError):
            continue
        if isinstance(name, Name):
            yield name


def _size(text: str) -> str:
    return text.replace("{", "").replace("}", "")
