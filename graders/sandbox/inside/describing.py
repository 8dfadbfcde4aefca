"""Exceptions of student code as plain data; in the sandbox, and in the student's own self-check."""

from __future__ import annotations

import errno
import os
import traceback
from typing import Any

import torch

from graders.plain_data import NO_KERNEL
from graders.sandbox.inside.standins.lacking import lacking

TEXT_LIMIT = 2000
MAX_FRAMES = 20


class Undefined(Exception):
    """The notebook does not define this name."""


def describe(error: BaseException) -> dict[str, Any]:
    """An exception as plain data: its type and text, and the places in the student's cells that it passed through."""
    if isinstance(error, Undefined):
        return {"kind": "undefined", "text": error.args[0]}
    thing = lacking(error)
    frames = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    places = [[*_place(code.co_filename, line), code.co_name] for code, line in frames if _cell(code.co_filename)]
    innermost = frames[-1][0].co_filename if frames else ""
    if isinstance(error, SyntaxError) and not places:
        places = [[*_place(error.filename or "", error.lineno or 0), "<module>"]] if _cell(error.filename) else []
    return {
        "kind": "absent" if thing else _kind(error, innermost),
        "type": type(error).__name__[:100],
        "text": thing or _message(error),
        "places": places[:MAX_FRAMES] if len(places) <= MAX_FRAMES else places[:2] + places[2 - MAX_FRAMES :],
    }


def _kind(error: BaseException, innermost: str) -> str:
    if isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)) or (
        isinstance(error, OSError) and error.errno == errno.ENOMEM
    ):
        return "memory"
    if isinstance(error, RuntimeError) and "allocate memory" in _message(error):
        return "memory"
    stub = isinstance(error, NotImplementedError) and NO_KERNEL not in _message(error)
    if stub and (_cell(innermost) or _message(error).startswith("Module [")):
        return "unwritten"
    if isinstance(error, KeyError) and f"{os.sep}probes{os.sep}" in innermost:
        return "undefined"
    return "syntax" if isinstance(error, SyntaxError) and not _cell(innermost) else "raised"


def _message(error: BaseException) -> str:
    try:
        text = error.args[0] if isinstance(error, KeyError) and error.args else error
        text = error.msg if isinstance(error, SyntaxError) else text
        return str(text)[:TEXT_LIMIT]
    except BaseException:  # noqa: BLE001 - the text is made by the student's own class
        return ""


def _cell(filename: str | None) -> bool:
    return (filename or "").startswith("<cell ")


def _place(filename: str, line: int | None) -> list[int]:
    digits = filename.removeprefix("<cell ").removesuffix(">")
    return [int(digits) if digits.isdecimal() else -1, line or 0]
