"""What comes after the marks: diagnosis, evidence, results that were shown. None of it can touch a mark."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from graders.catalog.assignment import Assignment
from graders.grading.diagnosis import explain
from graders.grading.recording import Recording
from graders.model import QuestionReport, Remark, Verdict
from graders.timing import span

T = TypeVar("T")


class AfterMarks:
    """Takes the steps that come after the marks, each so that its fault costs that step alone.

    Attributes:
        remarks: what went wrong in them, for staff.
    """

    def __init__(self) -> None:
        self.remarks: list[Remark] = []

    def step(self, name: str, take: Callable[[], T], otherwise: T) -> T:
        """What a step gives; where it fails, a remark for staff is made and `otherwise` stands in."""
        try:
            return take()
        except Exception:  # noqa: BLE001 - the marks stand whatever happens here; staff are notified
            self.remarks.append(
                Remark(f"{name}: the grader failed here, and went on without it.", traceback.format_exc())
            )
            return otherwise

    def explained(
        self, report: QuestionReport, records: Sequence[Recording], assignment: Assignment, profile: str
    ) -> QuestionReport:
        """The report with mistakes named, and without evidence that nobody could show."""
        verdicts = tuple(self._shown(report.id, verdict) for verdict in report.verdicts)
        report = replace(report, verdicts=verdicts)
        name = f"Diagnosis of {report.id}"
        with span("diagnosis", "diagnosis"):
            told = self.step(name, lambda: explain(report, records, assignment, profile), report)
        if _marks(told) != _marks(report):
            self.remarks.append(Remark(f"{name}: it would have changed marks, and was left out."))
            return report
        return told

    def note_replaced(self, names: Collection[str]) -> None:
        """A remark that the notebook had replaced functions of libraries, which says nothing about its marks."""
        if names:
            listed = ", ".join(sorted(names))
            text = "Cells replaced functions that are not theirs, which were put back before anything was judged"
            self.remarks.append(Remark(f"{text}: {listed}."))

    def _shown(self, question: str, verdict: Verdict) -> Verdict:
        if plain_evidence(verdict.evidence):
            return verdict
        self.remarks.append(Remark(f"{question}, {verdict.check}: its evidence is no plain data, and was left out."))
        return replace(verdict, evidence=None)


def plain_evidence(value: Any) -> bool:
    """Whether a value can be kept and shown: numbers, text, lists, arrays of numbers, and dicts of these."""
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes, np.bool_, np.integer, np.floating)):
        return True
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biufc"
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and plain_evidence(item) for key, item in value.items())
    return isinstance(value, (list, tuple)) and all(map(plain_evidence, value))


def _marks(report: QuestionReport) -> list[Any]:
    return [(v.check, v.outcome, v.points, v.possible) for v in report.verdicts]
