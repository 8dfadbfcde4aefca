"""Where the time of a submission goes: spans within spans, recorded where somebody asks for them, else next to free.

Whatever does a piece of work says so by `with span(phase, name):`. Inside `with recording() as record:` these pieces
are put down; anywhere else `span` gives back a context that does nothing. Spans are plain data: what a worker recorded
goes to the process that handed out the work, which goes on with it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import NamedTuple

WHOLE = "whole"  # the phase of the span that holds all others
PHASES = {
    "cells": "The notebook's cells",
    "calls": "Calls into the student's code",
    "fork": "Fork and walls",
    "checks": "Judging",
    "reference": "The reference",
    "diagnosis": "Diagnosis",
    "file": "Reading the file",
    "report": "Laying out the report",
    "store": "Keeping it in the database",
    "files": "Writing its files",
    WHOLE: "In between",
}
MOST = 5000  # spans of one record; what lies deep within others is left out of longer ones
KEPT_DEPTH = 2  # spans within fewer others than this are never left out


class Span(NamedTuple):
    """A stretch of time.

    Attributes:
        phase: the kind of work, one of `PHASES`.
        name: which piece of it.
        start: seconds since the record began.
        seconds: how long it took.
        depth: how many other spans it lies within.
    """

    phase: str
    name: str
    start: float
    seconds: float
    depth: int


class TimeRecord:
    """Spans as they end.

    Args:
        before: what another process has recorded of the same submission; this record goes on where that one ended.
    """

    def __init__(self, before: Sequence[Span] = ()) -> None:
        self._spans = list(before)
        self._origin = time.perf_counter() - max((span.start + span.seconds for span in before), default=0.0)
        self.depth = 0

    @property
    def spans(self) -> tuple[Span, ...]:
        """What has ended so far, in the order in which it began."""
        return tuple(sorted(self._spans, key=lambda span: (span.start, span.depth)))

    def add(self, phase: str, name: str, began: float, ended: float) -> None:
        """Put a span down, on the clock of `time.perf_counter`."""
        if len(self._spans) < MOST or self.depth < KEPT_DEPTH:
            self._spans.append(Span(phase, name, began - self._origin, ended - began, self.depth))


_RECORD: ContextVar[TimeRecord | None] = ContextVar("record", default=None)
_NOTHING = contextlib.nullcontext()


class _OpenSpan:
    """A piece of work that is being done."""

    __slots__ = ("_began", "_name", "_phase", "_record")

    def __init__(self, record: TimeRecord, phase: str, name: str) -> None:
        self._record, self._phase, self._name = record, phase, name

    def __enter__(self) -> None:
        self._record.depth += 1
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        ended = time.perf_counter()
        self._record.depth -= 1
        self._record.add(self._phase, self._name, self._began, ended)


def span(phase: str, name: str = "") -> AbstractContextManager[None]:
    """A context for a piece of work: a span, where a record is kept.

    Args:
        phase: the kind of work, one of `PHASES`.
        name: which piece of it.
    """
    record = _RECORD.get()
    return _NOTHING if record is None else _OpenSpan(record, phase, name)


@contextlib.contextmanager
def recording(before: Sequence[Span] = ()) -> Iterator[TimeRecord]:
    """Put down the spans of this thread until the context ends.

    Args:
        before: what another process has recorded of the same submission.
    """
    record = TimeRecord(before)
    token = _RECORD.set(record)
    try:
        yield record
    finally:
        _RECORD.reset(token)


def own_seconds(spans: Sequence[Span]) -> list[tuple[tuple[str, ...], Span, float]]:
    """What each span took itself, without those within it.

    Args:
        spans: of one record, in the order in which they began.

    Returns:
        For each span the names of those that it lies within, outermost first and without the whole; the span; seconds.
    """
    own = [span.seconds for span in spans]
    within: list[int] = []  # the places of the spans that are open at this point
    paths: list[tuple[str, ...]] = []
    for place, span_ in enumerate(spans):
        while within and spans[within[-1]].depth >= span_.depth:
            within.pop()
        paths.append(tuple(spans[outer].name for outer in within if spans[outer].phase != WHOLE))
        if within:
            own[within[-1]] -= span_.seconds
        within.append(place)
    return [(path, span_, max(0.0, seconds)) for path, span_, seconds in zip(paths, spans, own, strict=True)]
