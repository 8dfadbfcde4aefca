"""How the cost of what is not grading grows with the class: synthetic submissions with reports of a real one."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import torch
from classmates import ROOT, classmates

from graders.archive.classroom.facts import class_facts
from graders.archive.finished import finish
from graders.archive.store import Store
from graders.catalog.loader import load
from graders.grading.engine import grade
from graders.model import Report
from graders.report.classroom.page import render_class
from graders.runners.local import GradingRun, grade_class
from graders.sandbox.host.sandbox import Sandbox

TRAINING = ("training", "sentiment_rnn", "sentiment_lstm")


def growth(sizes: Sequence[int]) -> list[dict[str, float]]:
    """For each size of a class: the resume scan of a second run, the class page, the database."""
    torch.set_num_threads(1)
    report = _report() if sizes else None
    return [_of(report, size) for size in sizes if report is not None]


def _report() -> Report:
    assignment = load("practical09", ROOT)
    (submission,) = classmates(assignment, 1, TRAINING, busy=False)
    with Sandbox(assignment.beside, assignment.data, assignment.limits, packages=assignment.packages) as sandbox:
        return grade(submission, assignment, sandbox, secret=b"bench")


def _of(report: Report, students: int) -> dict[str, float]:
    run = GradingRun.of(load("practical09", ROOT), ROOT, "quick", b"bench")
    cells = finish(report).cells
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "graders.db") as store:
        submissions = []
        for number in range(students):
            name = f"student {number:05}"
            mine = replace(report.submission, student=name, sha256=sha256(name.encode()).hexdigest())
            store.keep(replace(report, submission=mine), cells)
            submissions.append(mine)
        started = time.perf_counter()
        grade_class(submissions, run, store)
        scanned = time.perf_counter()
        class_facts(store, report.assignment, None)
        kept = time.perf_counter()
        page = render_class(class_facts(store, report.assignment, None), title="The class")
        done = time.perf_counter()
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    return {
        "students": students,
        "scan_ms": 1000 * (scanned - started) / students,
        "facts_s": kept - scanned,
        "page_s": done - kept,
        "page_mb": len(page) / 1e6,
        "kilobytes": size / students / 1000,
    }
