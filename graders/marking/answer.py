"""What one student wrote for one part of a question: the thing that people judge."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graders.model import PICTURE, CellRun, ItemMark, QuestionReport, Report, Verdict
from graders.report.clean import storable

POINTED = re.compile(r"\]\((picture-\d+)\)")
BLANKS = re.compile(r"(?<=\S)[^\S\n]+")  # not those at a line's beginning, which mean something in Markdown
BESIDE = "next to your notebook"  # what the verdict says where the answer may be in a file of its own


@dataclass(frozen=True)
class Slot:
    """Where decisions about one thing are kept.

    A decision belongs to what was judged, not to a report of it: it holds for every report of the same student in which
    the same part has the same answer, whatever graded it, and for no other answer.

    Attributes:
        part: the check's name.
        answer: digest of what the student wrote for it; of the whole submission where no single text was judged.
    """

    assignment: str
    student: str
    question: str
    part: str
    answer: str

    @property
    def id(self) -> str:
        """A short name for addresses of pages, which tells nothing of the student."""
        fields = (self.assignment, self.student, self.question, self.part, self.answer)
        return hashlib.sha256("\0".join(fields).encode("utf-8", "backslashreplace")).hexdigest()[:20]


@dataclass(frozen=True)
class Answer:
    """One written answer that a person marks against a rubric.

    Attributes:
        items: where each item of the rubric stands before any person has looked.
        readings: what machine checks of the same question say of it: title and sentence.
        apart: whether what is judged is no text of its own, as in a file that cannot be read: no other one is equal.
    """

    slot: Slot
    title: str
    text: str
    possible: float
    items: tuple[ItemMark, ...]
    readings: tuple[tuple[str, str], ...] = ()
    apart: bool = False

    @property
    def sign(self) -> str:
        """The same for all answers of which the machine has read the same, item by item; empty where it read none."""
        return repr([(item.id, item.points) for item in self.items]) if any(i.by_machine for i in self.items) else ""


def answers_of(report: Report, pictures: Mapping[str, str] | None = None) -> Iterator[Answer]:
    """The written answers of a report that a person marks, or has marked; not those that were never written.

    Args:
        pictures: name -> digest of the pictures to which answers point.
    """
    for question in report.questions:
        for verdict in question.verdicts:
            if verdict.items and verdict.pending + (verdict.points or 0.0) > 0:
                text = report.answers.get(question.id, "")
                slot = slot_of(report, question, verdict, pictures)
                readings = tuple(_readings(question, verdict))
                apart = bool(verdict.message) or not text.strip()
                yield Answer(slot, verdict.title, text, verdict.possible, verdict.items, readings, apart)


def slot_of(
    report: Report, question: QuestionReport, verdict: Verdict, pictures: Mapping[str, str] | None = None
) -> Slot:
    """Where decisions about a verdict are kept: with the text where a person marks that, else with the whole file."""
    if verdict.items and BESIDE not in verdict.message:
        judged = answer_digest(report.answers.get(question.id, ""), pictures or {})
    else:
        judged = report.submission.sha256
    return Slot(report.assignment, storable(report.submission.student), question.id, verdict.check, judged)


def answer_digest(text: str, pictures: Mapping[str, str]) -> str:
    """Digest of an answer, in hexadecimal; the same where nothing changed that a reader could see."""
    with_pictures = POINTED.sub(lambda found: f"]({pictures.get(found[1], found[1])})", text)
    return hashlib.sha256(normalised(with_pictures).encode("utf-8", "backslashreplace")).hexdigest()


def normalised(text: str) -> str:
    """The text without what editors change on their own: line ends, trailing and doubled blanks, composed letters."""
    lines = (BLANKS.sub(" ", line.rstrip()) for line in unicodedata.normalize("NFC", text).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def picture_digests(cells: tuple[CellRun, ...]) -> dict[str, str]:
    """Name -> digest of each picture of a report's cells."""
    pictures = (cell for cell in cells if cell.index == PICTURE)
    return {cell.source: hashlib.sha256(_data(cell.outputs).encode()).hexdigest() for cell in pictures}


def points_to_pictures(report: Report) -> bool:
    """Whether an answer of this report points to a picture, so that its cells are needed to know it."""
    return any(POINTED.search(text) for text in report.answers.values())


def _data(outputs: tuple[Mapping[str, Any], ...]) -> str:
    return "".join(str(data) for output in outputs for _, data in sorted(output.get("data", {}).items()))


def _readings(question: QuestionReport, written: Verdict) -> Iterator[tuple[str, str]]:
    """What the machine's advisory checks of a question found, for the person who marks it."""
    told = {item.reading for item in written.items} - {""}
    for verdict in question.verdicts:
        if verdict is not written and not verdict.items and verdict.possible == 0 and verdict.message not in told:
            yield verdict.title, verdict.message
            told.add(verdict.message)
