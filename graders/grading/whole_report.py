"""A report made whole once all questions are graded, or where none can be: what staff and students should know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from graders.authoring.question import Question
from graders.bounded import bounded
from graders.catalog.assignment import Assignment
from graders.grading.after_marks import AfterMarks
from graders.grading.checking import LOST
from graders.grading.verdicts import UNTOUCHED, internal, missing, open_for_a_person
from graders.model import CellRun, QuestionReport, Report, ShownResult, Verdict
from graders.notebooks import notebook, reading
from graders.notebooks.pictures import Pictures
from graders.notebooks.reading import ReadNotebook, Shown
from graders.sandbox.host.attempt import Attempt

SMALL = (
    "The machine that graded this ran out of memory while it executed the notebook. Nothing is lost by that: what did "
    "not pass is left open. Staff: give the machine more memory, or grade with fewer --jobs."
)
USED_UP = (
    "This submission used up {}. What was not reached for that is marked as running too long: look for a loop or a "
    "wait that never ends, or train for fewer epochs."
)
LOOKED_AT = "{fault} A person looks at what was handed in."
SHOWN_CPU_SECONDS, SHOWN_MEGABYTES = 5.0, 512
NOT_DEFINED = re.compile(r"name '(\w+)' is not defined")
GPU_FAILED = (
    "The GPU of the machine that graded this failed while it executed the notebook. Nothing is lost by that: what did "
    "not pass is left open. Staff: `graders doctor` says what the GPU can do; the same command tries again."
)


def whole_report(
    begun: Report,
    questions: tuple[QuestionReport, ...],
    assignment: Assignment,
    handed_in: ReadNotebook,
    attempt: Attempt,
    pictures: Pictures,
    later: AfterMarks,
) -> Report:
    """The report with its questions, its cells, written answers and shown results, and with what staff should know.

    Args:
        begun: says what it is made with, and what was noticed when the file was read.
        questions: as they were graded.
        later: takes the steps that can touch no mark.
    """
    notices, restored = list(begun.notices), handed_in.restored
    if attempt.incomplete:
        why = GPU_FAILED if attempt.gpu_failed else SMALL
        pairs = zip(assignment.questions, questions, strict=True)
        questions = tuple(_without_blame(question, report, why) for question, report in pairs)
        notices.append(why)
    questions = later.step("What was put back", partial(_where_names_went, questions, handed_in.lost), questions)
    sheet = notebook.headings(assignment.release)
    questions = tuple(q if q.section else replace(q, section=sheet.get(q.id, "")) for q in questions)
    later.note_replaced(attempt.replaced)
    if attempt.account.spent:
        notices.append(USED_UP.format(attempt.account.spent))
    plain = _written(assignment, restored)
    written = later.step("The written answers", partial(pictures.in_answers, plain, restored), plain)
    loose = later.step("The pictures", pictures.rest, tuple(pictures.runs))
    return replace(
        begun,
        questions=questions,
        cells=(*notebook.with_the_others(attempt.cells, restored), *loose),
        answers=written,
        shown_results=later.step("The shown results", partial(_shown, assignment, handed_in.shown, questions), {}),
        notices=tuple(notices),
        remarks=tuple(later.remarks),
    )


def _where_names_went(questions: tuple[QuestionReport, ...], lost: Mapping[str, str]) -> tuple[QuestionReport, ...]:
    """The reports; where a name is not defined because its provided cell was put back, the hint says so."""

    def told(verdict: Verdict) -> Verdict:
        found = NOT_DEFINED.search(verdict.message) or NOT_DEFINED.search(verdict.hint or "")
        return replace(verdict, hint=lost[found[1]], misconception=None) if found and found[1] in lost else verdict

    if not lost:
        return questions
    return tuple(replace(question, verdicts=tuple(map(told, question.verdicts))) for question in questions)


def unreadable(begun: Report, assignment: Assignment, fault: str) -> Report:
    """The report of such a file.

    Args:
        begun: says what it is made with, and what was handed in.
        fault: why the file cannot be read, and what to do.
    """
    handed_in = begun.submission
    text = reading.written_in(handed_in.content, handed_in.suffix, assignment.release) if handed_in.content else ""
    undecided = bool(text) or handed_in.undecided
    message = LOOKED_AT.format(fault=fault) if undecided else fault
    verdict = open_for_a_person if undecided else missing
    questions = tuple(
        QuestionReport(
            q.id, q.title, tuple(verdict(check, message) for check in q.checks), q.points, assignment.digests[q.id]
        )
        for q in assignment.questions
    )
    return replace(
        begun,
        questions=questions,
        notices=(message, *handed_in.notices),
        answers={q.id: text for q in assignment.questions if q.id in assignment.in_words} if text else {},
        cells=(CellRun(0, None, text, kind="left"),) if text else (),
    )


def _without_blame(question: Question, report: QuestionReport, why: str) -> QuestionReport:
    """The report without what may be wrong only because a cell could not be executed."""
    verdicts = tuple(
        internal(check, why) if verdict.outcome in LOST and verdict.message != UNTOUCHED else verdict
        for check, verdict in zip(question.checks, report.verdicts, strict=True)
    )
    return replace(report, verdicts=verdicts)


def _shown(assignment: Assignment, shown: Shown, questions: tuple[QuestionReport, ...]) -> Mapping[str, ShownResult]:
    """Results that the handed-in notebook shows, next to those measured where the same was done."""
    reader = assignment.package.shown_results
    if reader is None:
        return {}
    read = partial(reader, shown, questions)
    found: Mapping[str, ShownResult] = bounded(read, cpu_seconds=SHOWN_CPU_SECONDS, megabytes=SHOWN_MEGABYTES)
    return found


def _written(assignment: Assignment, restored: notebook.Notebook) -> dict[str, str]:
    answers = notebook.answers(restored)
    return {q.id: answers.get(q.id, "") for q in assignment.questions if any(check.written for check in q.checks)}
