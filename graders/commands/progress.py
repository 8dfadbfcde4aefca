"""A progress bar with an estimate of the time left, where a person is watching; silent elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from graders.report.clean import one_line


class ProgressBar:
    """A context manager; what was found already done does not count towards the estimate.

    Args:
        total: how many there are; None when nobody knows.
        verb: what is being done.
    """

    def __init__(self, total: int | None, verb: str = "Grading") -> None:
        self._progress = Progress(
            TextColumn(verb),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left:"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[last]}", markup=False),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task = self._progress.add_task(verb, total=total, last="")
        self._total = total

    def __enter__(self) -> ProgressBar:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def advance(self, student: str, fresh: bool = True) -> None:
        """One more is done."""
        if fresh:
            self._progress.update(self._task, advance=1, last=str(Text(one_line(student, 30))))
        elif self._total is not None:
            self._total -= 1
            self._progress.update(self._task, total=self._total)
