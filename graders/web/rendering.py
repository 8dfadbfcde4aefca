"""Renders what a student wrote and showed, in a process of its own: hostile text can make it slow, and no page."""

from __future__ import annotations

import base64
import functools
import json
import subprocess
import sys
import threading
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from graders.bounded import Exceeded, bounded
from graders.pictures import PICTURE
from graders.report.formulas import with_formulas
from graders.report.html import prose
from graders.report.record import unpack_cells
from graders.report.rich_output import as_text, markdown, picture, shown_cells

CPU_SECONDS, MEGABYTES = 3.0, 1024
MOST_CELLS = 12
KEPT = 500  # answers whose HTML is remembered


class Renderer:
    """Renders answers in a process that it starts, and starts again should that end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._rendered = functools.lru_cache(maxsize=KEPT)(self._ask)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._process is not None:
                self._process.kill()
                self._process.communicate()
                self._process = None

    def warm_up(self) -> None:
        """Start the process before anything is asked of it."""
        with self._lock:
            self._running()

    def answer(self, text: str, cells: bytes, question: str) -> tuple[Markup, Markup]:
        """An answer as HTML, and what the cells of its question showed.

        Args:
            cells: as `record.pack_cells` packed them.
        """
        return self._rendered(text, cells, question)

    def _ask(self, text: str, cells: bytes, question: str) -> tuple[Markup, Markup]:
        request = json.dumps({"text": text, "cells": base64.b64encode(cells).decode(), "question": question})
        with self._lock:
            reply = self._answered(request) or self._answered(request)
        if reply is None:
            return as_text(text), Markup("")
        return Markup(reply["answer"]), Markup(reply["shown"])

    def _answered(self, request: str) -> dict[str, str] | None:
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(request + "\n")
            process.stdin.flush()
            reply: dict[str, str] = json.loads(process.stdout.readline())
        except (OSError, ValueError):
            process.kill()
            process.communicate()
            self._process = None
            return None
        return reply

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            command = [sys.executable, "-m", "graders.web.rendering"]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self._process


def rendered(text: str, packed: bytes, question: str) -> dict[str, str]:
    """An answer and its question's cells as HTML; plain text where hostile text takes too long."""
    work = functools.partial(_rendered, text, packed, question)
    try:
        return bounded(work, cpu_seconds=CPU_SECONDS, megabytes=MEGABYTES)
    except Exceeded:
        return {"answer": str(as_text(text)), "shown": ""}
    except Exception:  # noqa: BLE001 - a fault of ours in rendering: the marker reads plain text and goes on
        return {"answer": str(as_text(text)), "shown": ""}


def _rendered(text: str, packed: bytes, question: str) -> dict[str, str]:
    cells = unpack_cells(packed) if packed else ()
    pictures = {cell.source: address for cell in cells if cell.index == PICTURE and (address := picture(cell))}
    beside = [cell for cell in cells if cell.index == PICTURE and cell.question is None]
    own = [cell for cell in cells if cell.question == question and cell.index != PICTURE][:MOST_CELLS]
    loose = [(cell.message, pictures.get(cell.source)) for cell in beside]
    shown = _environment().get_template("shown.html.j2").render(cells=shown_cells(own), beside=loose)
    return {"answer": str(with_formulas(markdown(text, pictures))), "shown": shown if own or loose else ""}


@functools.cache
def _environment() -> Environment:
    environment = Environment(loader=PackageLoader("graders.web"), autoescape=True, undefined=StrictUndefined)
    environment.filters["prose"] = prose
    return environment


def main() -> None:
    """Render what is asked for, a line of JSON each, until standard input ends."""
    for line in sys.stdin:
        request: dict[str, Any] = json.loads(line)
        reply = rendered(request["text"], base64.b64decode(request["cells"]), request["question"])
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
