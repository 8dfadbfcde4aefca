"""A class's reports with all that people have decided about them, as the database holds both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graders.archive.marks import Marks
from graders.archive.store import Store
from graders.marking.answer import picture_digests, points_to_pictures
from graders.marking.late import LateRules
from graders.marking.ledger import Ledger
from graders.marking.settling import settle
from graders.model import Report

Pictures = Mapping[str, str]  # name -> digest


@dataclass(frozen=True)
class Class:
    """The report that counts for each student, and what is needed to know their answers.

    Attributes:
        reports: as they were graded.
        pictures: student -> the pictures to which their answers point.
    """

    reports: tuple[Report, ...]
    pictures: Mapping[str, Pictures]

    def settled(self, ledger: Ledger) -> list[Report]:
        """The reports with what was decided."""
        return [settle(report, ledger, self.pictures.get(report.submission.student)) for report in self.reports]


def class_of(store: Store, assignment: str) -> Class:
    """A class as it was graded."""
    reports = tuple(store.latest(assignment))
    return Class(reports, {r.submission.student: pictures_of(store, r) for r in reports if points_to_pictures(r)})


def settled_class(store: Store, assignment: str, late: LateRules | None) -> list[Report]:
    """The report that counts for each student, with what was decided; without what weighs much."""
    return class_of(store, assignment).settled(Marks(store.database).ledger(assignment, late))


def settled_report(store: Store, report: Report, ledger: Ledger) -> Report:
    """One report with what was decided."""
    return settle(report, ledger, pictures_of(store, report) if points_to_pictures(report) else None)


def pictures_of(store: Store, report: Report) -> Pictures:
    """The pictures of a report, which need not be with it."""
    return picture_digests(report.cells or store.cells(report))
