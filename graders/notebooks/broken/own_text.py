"""What a student has written in a file that cannot be read as a notebook: for a person to look at."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress

from graders.errors import IntakeError
from graders.notebooks.broken.json_text import STRING
from graders.notebooks.decoding import decode
from graders.notebooks.endings import SCRIPT, looks_like_notebook
from graders.notebooks.notebook import Notebook

MOST = 50_000  # characters
MOST_SEEN = 20_000_000  # bytes of several files
LINES, WORDS = 3, 25  # fewer of both say nothing that could be an answer
SOURCE = re.compile(rf'"source"\s*:\s*(?:\[(?P<list>(?:[^"\]]*{STRING})*)|(?P<text>{STRING}))', re.DOTALL)
STRINGS = re.compile(STRING, re.DOTALL)
UNSEEN = re.compile(r"<(style|script|head)\b.*?</\1\s*>|<[^<>]*>", re.DOTALL | re.IGNORECASE)


def own_text(content: bytes, suffix: str, release: Notebook) -> str:
    """The lines that were not handed out, as far as they can be made out; empty where they answer nothing.

    Args:
        suffix: as what the file was to be read.
    """
    try:
        text, _ = decode(content, declared=suffix == SCRIPT)
    except IntakeError:
        return ""
    given = {_bare(line) for cell in release.cells for line in cell.source.splitlines()}
    lines = [line for line in _lines(text, content) if line.strip() and _bare(line) not in given]
    own = "\n".join(lines)
    return own[:MOST] if len(lines) >= LINES or len(own.split()) >= WORDS else ""


def _bare(line: str) -> str:
    return "".join(line.split())


def _lines(text: str, content: bytes) -> Iterator[str]:
    if looks_like_notebook(content):
        for found in SOURCE.finditer(text):
            for string in STRINGS.findall(found["list"] or found["text"] or ""):
                yield from _read(string).splitlines()
    elif text.lstrip()[:200].lower().startswith(("<!doctype", "<html")):
        yield from html.unescape(UNSEEN.sub(" ", text)).splitlines()
    else:
        yield from text.splitlines()


def _read(string: str) -> str:
    """A string of JSON, whose end may be missing."""
    for whole in (string, string + '"'):
        try:
            return str(json.loads(whole, strict=False))
        except ValueError:
            continue
    return string


def one_after_another(files: Mapping[str, bytes]) -> bytes:
    """Files for a person to look at, each behind its name; what is no text is left out, and all where that is much."""
    parts: list[str] = []
    for name, content in files.items():
        with suppress(IntakeError):
            head = f"=== {name} ==="
            head = json.dumps({"source": head, "cells": ""}) if looks_like_notebook(content) else head
            parts += [head, decode(content)[0]]
    whole = "\n".join(parts).encode("utf-8", "replace")
    return whole if len(whole) <= MOST_SEEN else b""
