"""Final marks: what is still open, what lateness takes, grades.csv, and the reports that students get."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import Any

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Response, Template

from graders.marking.status import status
from graders.report.csv import to_csv
from graders.web.desk import Marking, student_id
from graders.web.given import TheDesk
from graders.web.pages import all_progress, page, see
from graders.web.safety import instructors_only


class Writer:
    """Writes the reports by the command for it, one run at a time, alongside the server.

    Args:
        database: the URL that the command needs, if it is not the one in the output folder.
    """

    def __init__(self, database: str | None = None) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, course: Marking) -> None:
        """Begin, unless it is being done just now."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return
            out = ["--assignment", course.assignment, "--out", str(course.out)]
            own = {"GRADERS_DATABASE": self._database} if self._database else {}
            self._process = subprocess.Popen(
                [sys.executable, "-m", "graders", "export", "reports", *out],
                env=os.environ | own,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    @property
    def state(self) -> str:
        """`never`, `running`, `done` or `failed`."""
        with self._lock:
            if self._process is None:
                return "never"
            code = self._process.poll()
        return "running" if code is None else "failed" if code else "done"

    def close(self) -> None:
        """End what runs; the files that are written are whole."""
        with self._lock:
            if self._process is not None:
                self._process.terminate()
                self._process.wait()


class FinalPages(Controller):
    """Giving out marks."""

    guards = (instructors_only,)

    @get("/final", sync_to_thread=True)
    def show(self, request: Request[Any, Any, Any], desk: TheDesk, writer: NamedDependency[Writer]) -> Template:
        """What is open, and what can be given out."""
        ledger = desk.ledger()
        reports = desk.shelf().reports.settled(ledger)
        found = status(reports, late=desk.course.late)
        late = [(student_id(r.submission.student), r) for r in reports if r.late]
        return page(
            "final",
            request,
            desk,
            status_=found,
            parts_=[(part, [(student_id(one.student), one) for one in open]) for part, open in found.by_part().items()],
            late=late,
            progress=all_progress(desk, ledger),
            written=writer.state,
        )

    @get("/final/grades.csv", sync_to_thread=True)
    def table(self, desk: TheDesk) -> Response[str]:
        """grades.csv with the marks as they stand; final ones where nothing is open."""
        name = f'attachment; filename="{desk.course.assignment}-grades.csv"'
        text = to_csv(desk.shelf().reports.settled(desk.ledger()))
        return Response(text, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": name})

    @post("/final/reports", sync_to_thread=True)
    def write(self, desk: TheDesk, writer: NamedDependency[Writer]) -> Redirect:
        """Write every report again whose marks have changed, the class's page and grades.csv."""
        writer.start(desk.course)
        return see("/final#reports")
