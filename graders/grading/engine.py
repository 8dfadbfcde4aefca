"""Grades one submission: executes it once, then runs every check of every question on it."""

from __future__ import annotations

import platform
import re
import time
import traceback
from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial

import graders
from graders.authoring.question import Question
from graders.bounded import bounded
from graders.catalog.assignment import Assignment
from graders.errors import IntakeError, TakesLong
from graders.grading.after_marks import AfterMarks
from graders.grading.checking import LOST, derive, word
from graders.grading.states import Sessions, StateRequest, grade_in_states
from graders.grading.verdicts import UNTOUCHED, by_person, internal, missing
from graders.model import Check, QuestionReport, Report, ShownResult, Submission, Verdict
from graders.notebooks import notebook, reading
from graders.notebooks.pictures import Pictures, without_pictures
from graders.notebooks.reading import ReadNotebook, Shown
from graders.notebooks.sections import section_ends
from graders.sandbox.host.attempt import Attempt
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.limits import Limits
from graders.timing import span

BESIDE = "The answer's cell is as it was handed out; a person looks whether {names}, next to your notebook, answers it."
SMALL = (
    "The machine that graded this ran out of memory while it executed the notebook. Nothing is lost by that: what did "
    "not pass is left open. Staff: give the machine more memory, or grade with fewer --jobs."
)
USED_UP = (
    "This submission used up {}. What was not reached for that is marked as running too long: look for a loop or a "
    "wait that never ends, or train for fewer epochs."
)
SHOWN_CPU_SECONDS, SHOWN_MEGABYTES = 5.0, 512
NOT_DEFINED = re.compile(r"name '(\w+)' is not defined")
GPU_FAILED = (
    "The GPU of the machine that graded this failed while it executed the notebook. Nothing is lost by that: what did "
    "not pass is left open. Staff: `graders doctor` says what the GPU can do; the same command tries again."
)


def grade(
    submission: Submission,
    assignment: Assignment,
    sandbox: Sandbox,
    *,
    profile: str = "quick",
    secret: bytes = b"",
    previous: Report | None = None,
    on_questions: Callable[[tuple[QuestionReport, ...]], None] = lambda questions: None,
    quickly: bool = False,
    limits: Limits | None = None,
) -> Report:
    """Grade one submission.

    Args:
        secret: the course's secret; with the submission's hash it decides every random draw, so a regrade repeats.
        previous: an earlier report of the same submission; questions whose digest is unchanged are taken from it.
        on_questions: called after each question with all graded so far, for callers that may be stopped before the end.
        quickly: whether one session may serve several questions, see `grade_in_states`; not where marks are decided.
        limits: narrower ones than the sandbox's, for a first try.

    Raises:
        TakesLong: these narrower limits do not do.
    """
    started = time.perf_counter()
    seed = derive(secret, submission.sha256)
    grader = {"version": graders.__version__, "digest": assignment.digest, "profile": profile, "seed": f"{seed:032x}"}
    empty = Report(assignment.id, submission, (), grader, {"python": platform.python_version(), "device": "cpu"})
    try:
        if submission.fault is not None:
            raise IntakeError(submission.fault)
        with span("file", "reading the file"):
            handed_in = reading.read(submission.content, submission.suffix, assignment.release)
    except IntakeError as fault:
        questions = tuple(_unreadable(question, assignment, str(fault)) for question in assignment.questions)
        notices = (str(fault), *submission.notices)
        return replace(empty, questions=questions, notices=notices, seconds=time.perf_counter() - started)
    restored, notices = handed_in.restored, (*submission.notices, *handed_in.notices)
    parameters = dict(assignment.parameters(profile)) | {"DATA": sandbox.data_path}
    kept = {q.id: q for q in previous.questions if q.digest == assignment.digests[q.id]} if previous else {}
    later, cells = AfterMarks(), notebook.executable(restored, parameters)
    nowhere: Mapping[str, int] = {}
    sections = later.step("Where sections end", lambda: _sections(assignment, handed_in, cells, kept), nowhere)
    sheet, pictures = notebook.headings(assignment.release), Pictures(dict(submission.beside))
    loose = pictures.loose(notebook.answers(restored).values())
    told = {**parameters, "GPU_MEMORY_MB": assignment.limits.gpu_memory_mb}
    asked = StateRequest(told, without_pictures(notebook.answers(restored)), seed)
    with sandbox.attempt(cells, word(seed, "cells"), limits, sections.values()) as attempt, ExitStack() as stack:
        shared = stack.enter_context(Sessions(attempt, asked)) if quickly else None
        work = _Work(assignment, handed_in, attempt, profile, asked, sections, later, loose, shared)
        graded: list[QuestionReport] = []
        for question in assignment.questions:
            graded.append(kept.get(question.id) or work.report(question))
            if limits is not None and attempt.account.spent:
                raise TakesLong(USED_UP.format(attempt.account.spent))
            on_questions(tuple(graded))
        questions = tuple(graded)
        if attempt.incomplete:
            why = GPU_FAILED if attempt.gpu_failed else SMALL
            pairs = zip(assignment.questions, questions, strict=True)
            questions = tuple(_without_blame(question, report, why) for question, report in pairs)
            notices = (*notices, why)
        questions = later.step("What was put back", partial(_where_names_went, questions, handed_in.lost), questions)
        questions = tuple(q if q.section else replace(q, section=sheet.get(q.id, "")) for q in questions)
        later.note_replaced(attempt.replaced)
        if attempt.account.spent:
            notices = (*notices, USED_UP.format(attempt.account.spent))
        plain = _written(assignment, restored)
        written = later.step("The written answers", partial(pictures.in_answers, plain, restored), plain)
        return replace(
            empty,
            questions=questions,
            environment=dict(attempt.environment) | {"device": str(parameters.get("DEVICE", "cpu"))},
            cells=(
                *notebook.with_the_others(attempt.cells, restored),
                *later.step("The pictures", pictures.rest, tuple(pictures.runs)),
            ),
            answers=written,
            shown_results=later.step("The shown results", partial(_shown, assignment, handed_in.shown, questions), {}),
            notices=tuple(notices),
            seconds=time.perf_counter() - started,
            remarks=tuple(later.remarks),
        )


def _sections(
    assignment: Assignment, handed_in: ReadNotebook, cells: Sequence[notebook.ExecCell], kept: Container[str]
) -> Mapping[str, int]:
    """After how many cells the questions that are to be graded in a state before the final one have their sections."""
    ends = section_ends(handed_in.restored, assignment.release, cells)
    asked = [q for q in assignment.questions if q.id not in kept and not all(check.written for check in q.checks)]
    answered = [q.id for q in asked if q.id not in handed_in.untouched]
    return {id: ends[id] for id in answered if id in ends and ends[id] < len(cells)}


@dataclass(frozen=True)
class _Work:
    """What stays the same for all questions of a submission."""

    assignment: Assignment
    handed_in: ReadNotebook
    attempt: Attempt
    profile: str
    asked: StateRequest
    sections: Mapping[str, int]
    later: AfterMarks
    beside: Sequence[str]
    shared: Sessions | None

    def report(self, question: Question) -> QuestionReport:
        """Grade one question; a fault of ours costs the others nothing."""
        digest = self.assignment.digests[question.id]
        try:
            with span("checks", question.id):
                return self._graded(question, digest)
        except Exception:  # noqa: BLE001 - a fault of ours around one question; staff are notified, the others are graded
            verdicts = tuple(internal(check, traceback.format_exc()) for check in question.checks)
            return QuestionReport(question.id, question.title, verdicts, question.points, digest)

    def _graded(self, question: Question, digest: str) -> QuestionReport:
        if question.id in self.handed_in.untouched:
            verdicts = tuple(_unanswered(check, self.beside) for check in question.checks)
            return QuestionReport(question.id, question.title, verdicts, question.points, digest)
        reference = self.assignment.solution(self.profile)
        section = self.sections.get(question.id)
        report, by_state = grade_in_states(question, self.attempt, section, self.asked, reference, digest, self.shared)
        for records in by_state:
            report = self.later.explained(report, records, self.assignment, self.profile)
        return report


def _where_names_went(questions: tuple[QuestionReport, ...], lost: Mapping[str, str]) -> tuple[QuestionReport, ...]:
    """The reports; where a name is not defined because its provided cell was put back, the hint says so."""

    def told(verdict: Verdict) -> Verdict:
        found = NOT_DEFINED.search(verdict.message) or NOT_DEFINED.search(verdict.hint or "")
        return replace(verdict, hint=lost[found[1]], misconception=None) if found and found[1] in lost else verdict

    if not lost:
        return questions
    return tuple(replace(question, verdicts=tuple(map(told, question.verdicts))) for question in questions)


def _without_blame(question: Question, report: QuestionReport, why: str) -> QuestionReport:
    """The report without what may be wrong only because a cell could not be executed."""
    verdicts = tuple(
        internal(check, why) if verdict.outcome in LOST and verdict.message != UNTOUCHED else verdict
        for check, verdict in zip(question.checks, report.verdicts, strict=True)
    )
    return replace(report, verdicts=verdicts)


def _unanswered(check: Check, beside: Sequence[str]) -> Verdict:
    if check.written and beside:
        return by_person(check, BESIDE.format(names=", ".join(f"`{name}`" for name in beside[:5])))
    return missing(check)


def _unreadable(question: Question, assignment: Assignment, fault: str) -> QuestionReport:
    verdicts = tuple(missing(check, fault) for check in question.checks)
    return QuestionReport(question.id, question.title, verdicts, question.points, assignment.digests[question.id])


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
