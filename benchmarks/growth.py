"""How the cost of what is not grading grows with the class: synthetic submissions with reports of a real one."""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path

import torch
from classmates import ROOT, classmates, write_class

from graders.archive.classroom.facts import class_facts
from graders.archive.finished import finish
from graders.archive.store import open_store
from graders.catalog.loader import load
from graders.commands.grade import grade
from graders.grading import engine
from graders.intake.submissions import find_submissions
from graders.model import Report
from graders.report.classroom.page import render_class
from graders.sandbox.host.sandbox import Sandbox

TRAINING = ("training", "sentiment_rnn", "sentiment_lstm")


def growth(sizes: Sequence[int]) -> list[dict[str, float]]:
    """For each size of a class: a second run, with nothing to grade; the class page, the database."""
    torch.set_num_threads(1)
    report = _report() if sizes else None
    return [_of(report, size) for size in sizes if report is not None]


def _report() -> Report:
    assignment = load("practical09", ROOT)
    (submission,) = classmates(assignment, 1, TRAINING, busy=False)
    with Sandbox(assignment.beside, assignment.data, assignment.limits, packages=assignment.packages) as sandbox:
        return engine.grade(submission, assignment, sandbox, secret=b"bench")


def _of(report: Report, students: int) -> dict[str, float]:
    """A run finds every report and writes the files; the runs after it have nothing to do."""
    cells = finish(report).cells
    with tempfile.TemporaryDirectory() as name:
        folder, out = Path(name) / "class", Path(name) / "out"
        write_class(classmates(load("practical09", ROOT), students, TRAINING, busy=False), folder)
        with open_store(out, None) as store:
            for submission in find_submissions(folder, report.assignment):
                store.keep(replace(report, submission=submission), cells)
        _run(folder, out)
        again = min(_run(folder, out) for _ in range(2))
        with open_store(out, None) as store:
            started = time.perf_counter()
            page = render_class(class_facts(store, report.assignment, None), title="The class")
            done = time.perf_counter()
        size = sum(path.stat().st_size for path in out.iterdir() if path.is_file())
    return {
        "students": students,
        "again_s": again,
        "page_s": done - started,
        "page_mb": len(page) / 1e6,
        "kilobytes": size / students / 1000,
    }


def _run(folder: Path, out: Path) -> float:
    """The seconds of `graders grade` on a class, without those in which Python and PyTorch load."""
    started = time.perf_counter()
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        grade([folder], assignment="practical09", out=out)
    return time.perf_counter() - started
