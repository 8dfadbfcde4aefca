"""Asks for answers as HTML of a process alongside the server: hostile text can make that slow, and no page."""

from __future__ import annotations

import base64
import functools
import json
import subprocess
import sys
import threading

from markupsafe import Markup

from graders.report.clean import clean

KEPT = 500  # answers whose HTML is remembered
LONGEST = 20_000  # characters of what is shown as it was typed
PLAIN = Markup('<pre class="source">{}</pre>')


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
            return PLAIN.format(clean(text[:LONGEST])), Markup("")
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
