"""Holds what a class has handed in on disk until it is graded, so that no process holds it all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any

from graders.model import Report, Submission


class Spool:
    """A context manager; `put` takes a submission's bytes, and `get` gives them back."""

    def __init__(self) -> None:
        self._file: Any = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the context ends
        self._places: dict[str, list[tuple[int, int]]] = {}
        self._end = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def put(self, submission: Submission) -> Submission:
        """The submission without its bytes, which are kept here."""
        parts = [submission.content, *(content for _, content in submission.beside)]
        if submission.sha256 not in self._places and any(parts):
            self._places[submission.sha256] = [self._written(part) for part in parts]
        return replace(submission, content=b"", beside=tuple((name, b"") for name, _ in submission.beside))

    def get(self, submission: Submission) -> Submission:
        """The submission with its bytes, if any were put here."""
        places = self._places.get(submission.sha256)
        if submission.content or places is None:
            return submission
        content, *beside = (self._read(*place) for place in places)
        names = (name for name, _ in submission.beside)
        return replace(submission, content=content, beside=tuple(zip(names, beside, strict=True)))

    def _written(self, content: bytes) -> tuple[int, int]:
        start = self._end
        self._file.seek(start)
        self._file.write(content)
        self._end += len(content)
        return start, len(content)

    def _read(self, start: int, size: int) -> bytes:
        self._file.seek(start)
        content: bytes = self._file.read(size)
        return content


class Tasks(Sequence[tuple[Submission, Report | None]]):
    """Submissions, each with an earlier report of it; their bytes are read when a task is asked for."""

    def __init__(self, todo: Sequence[tuple[Submission, Report | None]], spool: Spool | None) -> None:
        self._todo, self._spool = todo, spool

    def __len__(self) -> int:
        return len(self._todo)

    def __iter__(self) -> Iterator[tuple[Submission, Report | None]]:
        return (self[number] for number in range(len(self)))

    def __getitem__(self, number: Any) -> Any:
        submission, previous = self._todo[number]
        return (self._spool.get(submission) if self._spool else submission), previous
