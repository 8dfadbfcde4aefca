"""Checks a student's notebook in a process of its own, as often as it takes to find what ends that process."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

import graders
from graders.errors import GradersError, UsageError
from graders.model import Outcome, QuestionReport, Verdict
from graders.sandbox.host.account import unfinished
from graders.sandbox.host.faults import death
from graders.selfcheck.watch import Loss

START = "import sys; sys.path.append(sys.argv[1]); from graders.selfcheck.child import main; main()"
STARTING = 300.0  # seconds for what is ours to do, such as importing PyTorch from a slow disk
SLACK = 30.0  # seconds without a sign of life from what holds Python's lock, besides what it may use
MOST_LOSSES = 40
STRANGE = 1 << 16  # exit statuses of Windows from here on are no signals


class Checker(Protocol):
    """A process that checks a notebook and tells so on a pipe, as far as it is needed here."""

    @property
    def stdout(self) -> IO[bytes] | None:
        """The pipe."""
        ...

    def kill(self) -> None:
        """End it, if it has not ended."""
        ...

    def wait(self) -> int:
        """Its exit status once it has ended; of a signal the negative number."""
        ...


def start(request: Mapping[str, Any]) -> Checker:
    """A process of its own, with a fresh Python, that has been asked what to check."""
    command = [sys.executable, "-P", "-c", START, str(Path(graders.__file__).parents[1])]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    with contextlib.suppress(OSError), process.stdin as line:  # one that has ended already is reported later
        line.write(json.dumps(request).encode())
    return process


def check_notebook(
    path: Path, questions: Sequence[str] = (), start: Callable[[Mapping[str, Any]], Checker] = start
) -> tuple[QuestionReport, ...]:
    """Execute a notebook and run the public checks of some questions, or of all.

    What ends its process is left out of the next one, which executes the other cells again, as officially.

    Raises:
        UsageError: there is no such file or question, it is no notebook, or there is no release next to it.
        GradersError: the process does not start, or fails for a fault of ours.
    """
    if not path.is_file():
        raise UsageError(f"There is no notebook {path}.")
    losses: dict[str, Loss] = {}
    while len(losses) < MOST_LOSSES:
        lost = {what: [loss.outcome.value, loss.reason] for what, loss in losses.items()}
        told = _Told(start({"path": str(path), "questions": list(questions), "losses": lost}))
        if told.reports is not None:
            return tuple(map(_report, told.reports))
        losses[told.running] = told.loss()
    raise UsageError(f"{path.name} has ended its process {MOST_LOSSES} times; check one question at a time.")


class _Told:
    """What a process has reported, until it ended or was ended.

    Attributes:
        running: what ran last, as `Losses` names it; empty while nothing of the student's ran.
        reports: all reports; None where there are none.
    """

    def __init__(self, process: Checker) -> None:
        self.running = ""
        self.reports: list[dict[str, Any]] | None = None
        self._seconds, self._timeout, self._process = 0.0, "", process
        try:
            for message in _messages(process, lambda: self._seconds + SLACK if self.running else STARTING):
                self._hear(message)
        finally:
            process.kill()
            self._status = process.wait()
        if self.reports is None and not self.running:
            raise GradersError(f"The process that was to run the notebook ended with status {self._status}.")

    def _hear(self, message: Mapping[str, Any] | None) -> None:
        if message is None:  # it gives no sign of life any more
            self._timeout = unfinished(self._seconds)
        elif "runs" in message:
            self.running, self._seconds = message["runs"] or "", message.get("seconds", 0.0)
        elif "timeout" in message:
            self._timeout = message["timeout"]
        elif "usage" in message:
            raise UsageError(message["usage"])
        elif "interrupted" in message:
            raise KeyboardInterrupt
        elif "fault" in message:
            raise GradersError(f"The check failed for a fault of its own: {message['fault']}")
        elif "reports" in message:
            self.reports = message["reports"]

    def loss(self) -> Loss:
        """How what ran last has ended the process."""
        if self._timeout:
            return Loss(Outcome.TIMEOUT, self._timeout)
        if self.running.startswith("call") or self._status >= STRANGE:
            return Loss(*death(None))
        return Loss(*death(128 - self._status if self._status < 0 else self._status))


def _messages(process: Checker, patience: Callable[[], float]) -> Iterator[Mapping[str, Any] | None]:
    """The messages of a process until it ends; a None, the last, where none has come for too long."""
    lines: queue.Queue[bytes] = queue.Queue()
    assert process.stdout is not None
    threading.Thread(target=_read, args=(process.stdout, lines), daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=patience())
        except queue.Empty:
            yield None
            return
        if not line:
            return
        message: Any = None
        with contextlib.suppress(ValueError):  # no line of ours: cells may write to whatever is open
            message = json.loads(line)
        if isinstance(message, dict):
            yield message


def _read(pipe: IO[bytes], lines: queue.Queue[bytes]) -> None:
    """Put the lines of a pipe into a queue, and an empty one at its end."""
    with pipe:
        for line in pipe:
            lines.put(line)
    lines.put(b"")


def _report(data: Mapping[str, Any]) -> QuestionReport:
    verdicts = tuple(Verdict(**verdict | {"outcome": Outcome(verdict["outcome"])}) for verdict in data["verdicts"])
    return QuestionReport(data["id"], data["title"], verdicts, data["possible"])
