"""What happens, one line of JSON each, for whatever collects logs: with numbers, and without names and answers."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any, TextIO

import structlog

FRAMES = 6  # of a traceback
ALLOWED = frozenset({"attempt", "upload", "stage", "how", "seconds", "bytes", "suffix", "error", "where", "status",
                     "method", "route", "jobs", "crew", "stages", "code", "tries"})  # fmt: skip


def log_to(stream: TextIO = sys.stderr) -> None:
    """Write events to a stream from now on, in this process."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )


def event(name: str, **about: Any) -> None:
    """Note that something has happened.

    Raises:
        ValueError: it is said with a field that nobody has looked at for whether it may hold a name or an answer.
    """
    if unknown := about.keys() - ALLOWED:
        raise ValueError(f"events have no field {', '.join(sorted(unknown))}")
    structlog.get_logger().info(name, **about)


def fault(error: BaseException, **about: Any) -> None:
    """Note a fault of ours: which, and where in our code; what the error says may hold anything, and is left out."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    where = [f"{frame.filename.rpartition('graders/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    structlog.get_logger().error("fault", error=type(error).__name__, where=where, **about)
