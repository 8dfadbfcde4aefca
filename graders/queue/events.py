"""What happens, one line of JSON each, for whatever collects logs: with numbers, and without names and answers."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

FRAMES = 6  # of a traceback
ALLOWED = frozenset(
    {"attempt", "bytes", "code", "crew", "error", "how", "jobs", "method", "route", "seconds", "stage", "tries"}
    | {"stages", "upload", "where"}
)  # fields that can hold no name and no answer
LOG = logging.getLogger("graders.events")


class EventLines(logging.Formatter):
    """Each event as JSON on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The time, how grave it is, what has happened, and its fields."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        about = {"at": at, "level": record.levelname.lower(), "event": record.getMessage()}
        return json.dumps(about | getattr(record, "about", {}))


def log_to(stream: TextIO = sys.stderr) -> None:
    """Write events to a stream from now on, in this process."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(EventLines())
    LOG.handlers, LOG.propagate = [handler], False
    LOG.setLevel(logging.INFO)


def event(name: str, **about: Any) -> None:
    """Note that something has happened.

    Raises:
        ValueError: it is said with a field that may hold a name or an answer.
    """
    if unknown := about.keys() - ALLOWED:
        raise ValueError(f"events have no field {', '.join(sorted(unknown))}")
    LOG.info(name, extra={"about": about})


def fault(error: BaseException, **about: Any) -> None:
    """Note a fault of ours: which, and where in the code; what the error says may hold anything, and is left out."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    where = [f"{frame.filename.rpartition('graders/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    LOG.error("fault", extra={"about": {"error": type(error).__name__, "where": where, **about}})
