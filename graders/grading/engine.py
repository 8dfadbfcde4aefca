"""Grades one submission: executes it once, then runs every check of every question on it."""

from __future__ import annotations

import platform
import time
import traceback
from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import graders
from graders.authoring.question import Question
from graders.catalog.assignment import Assignment
from graders.errors import IntakeError, TakesLong
from graders.grading.after_marks import AfterMarks
from graders.grading.checking import derive, word
from graders.grading.states import Sessions, StateRequest, grade_in_states
from graders.grading.verdicts import by_person, internal, missing, open_for_a_person
from graders.grading.whole_report import unreadable, whole_report
from graders.model import Check, QuestionReport, Report, Submission, Verdict
from graders.notebooks import notebook, reading
from graders.notebooks.pictures import Pictures, without_pictures
from graders.notebooks.reading import ReadNotebook
from graders.notebooks.sections import section_ends
from graders.sandbox.host.attempt import Attempt
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.limits import Limits
from graders.timing import span

ELSEWHERE = (
    "The answer's cell is as it was handed out; a person looks whether text elsewhere in your notebook answers it."
)
CUT_OFF = "Your file is cut off before this answer, so a person decides; hand it in again whole, if you still can."
TWO_VERSIONS = (
    "A Git merge that was never finished left this answer, or a cell whose names it uses, in two versions, so a person "
    "decides; hand it in again with one of them, if you still can."
)
IN_ANOTHER_FILE = "This answer is as it was handed out; `{file}`, next to this file, has one, and a person looks at it."
BESIDE = "The answer's cell is as it was handed out; a person looks whether {names}, next to your notebook, answers it."


def grade(
    submission: Submission,
    assignment: Assignment,
    sandbox: Sandbox,
    *,
    profile: str = "quick",
    secret: bytes = b"",
    previous: Report | None = None,
    on_questions: Callable[[tuple[QuestionReport, ...]], None] = lambda questions: None,
    limits: Limits | None = None,
) -> Report:
    """Grade one submission.

    Args:
        secret: the course's secret; with the submission's hash it decides every random draw, so a regrade repeats.
        previous: an earlier report of the same submission; questions whose digest is unchanged are taken from it.
        on_questions: called after each question with all graded so far, for callers that may be stopped before the end.
        limits: narrower ones than the sandbox's, for a first try.

    Raises:
        TakesLong: these narrower limits do not do.
    """
    started = time.perf_counter()
    seed = derive(secret, submission.sha256)
    begun = _begun(submission, assignment, profile, seed)
    try:
        handed_in = _read(submission, assignment)
    except IntakeError as fault:
        return replace(unreadable(begun, assignment, str(fault)), seconds=time.perf_counter() - started)
    begun = replace(begun, notices=(*submission.notices, *handed_in.notices))
    parameters = dict(assignment.parameters(profile)) | {"DATA": sandbox.data_path}
    kept = {q.id: q for q in previous.questions if q.digest == assignment.digests[q.id]} if previous else {}
    later, cells = AfterMarks(), notebook.executable(handed_in.restored, parameters)
    nowhere: Mapping[str, int] = {}
    sections = later.step("Where sections end", lambda: _sections(assignment, handed_in, cells, kept), nowhere)
    pictures, answers = Pictures(dict(submission.beside)), notebook.answers(handed_in.restored)
    told = {**parameters, "GPU_MEMORY_MB": assignment.limits.gpu_memory_mb}
    asked = StateRequest(told, without_pictures(answers), seed)
    with sandbox.attempt(cells, word(seed, "cells"), limits, sections.values()) as attempt, ExitStack() as stack:
        shared = stack.enter_context(Sessions(attempt, asked, hurried=True))
        loose = pictures.loose(answers.values())
        left = _open(submission, handed_in)
        work = _Work(assignment, handed_in, attempt, profile, asked, sections, later, loose, shared, left)
        graded: list[QuestionReport] = []
        for question in assignment.questions:
            graded.append(kept.get(question.id) or work.report(question))
            on_questions(tuple(graded))
            if limits is not None and attempt.account.spent:
                raise TakesLong(f"A first try ended: {attempt.account.spent} were used up.")
        whole = whole_report(begun, tuple(graded), assignment, handed_in, attempt, pictures, later)
        return replace(
            whole,
            environment=dict(attempt.environment) | {"device": str(parameters.get("DEVICE", "cpu"))},
            seconds=time.perf_counter() - started,
        )


def _begun(submission: Submission, assignment: Assignment, profile: str, seed: int) -> Report:
    """A report without questions, which says what it is made with."""
    grader = {"version": graders.__version__, "digest": assignment.digest, "profile": profile, "seed": f"{seed:032x}"}
    return Report(assignment.id, submission, (), grader, {"python": platform.python_version(), "device": "cpu"})


def _read(submission: Submission, assignment: Assignment) -> ReadNotebook:
    if submission.fault is not None:
        raise IntakeError(submission.fault)
    with span("file", "reading the file"):
        return reading.read(submission.content, submission.suffix, assignment.release)


def _sections(
    assignment: Assignment, handed_in: ReadNotebook, cells: Sequence[notebook.ExecCell], kept: Container[str]
) -> Mapping[str, int]:
    """After how many cells the questions that are to be graded in a state before the final one have their sections."""
    ends = section_ends(handed_in.restored, assignment.release, cells)
    asked = [q for q in assignment.questions if q.id not in kept and not all(check.written for check in q.checks)]
    answered = [q.id for q in asked if q.id not in handed_in.untouched]
    return {id: ends[id] for id in answered if id in ends and ends[id] < len(cells)}


def _open(submission: Submission, handed_in: ReadNotebook) -> dict[str, str]:
    """The questions of which this file leaves open what the answer is: question -> why."""
    read_in_part = dict.fromkeys(handed_in.cut_off, CUT_OFF) | dict.fromkeys(handed_in.two_versions, TWO_VERSIONS)
    return read_in_part | {question: IN_ANOTHER_FILE.format(file=file) for question, file in submission.elsewhere}


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
    shared: Sessions
    open: Mapping[str, str]  # questions that a person has to look at, for it is open what their answer is -> why

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
        if (why := self.open.get(question.id)) is not None:
            verdicts = tuple(open_for_a_person(check, why) for check in question.checks)
            return QuestionReport(question.id, question.title, verdicts, question.points, digest)
        if question.id in self.handed_in.untouched:
            in_words = self.handed_in.text_elsewhere and question.id in self.assignment.in_words
            verdicts = tuple(_unanswered(check, self.beside, in_words) for check in question.checks)
            return QuestionReport(question.id, question.title, verdicts, question.points, digest)
        reference = self.assignment.solution(self.profile)
        section = self.sections.get(question.id)
        report, by_state = grade_in_states(question, self.attempt, section, self.asked, reference, self.shared, digest)
        for records in by_state:
            report = self.later.explained(report, records, self.assignment, self.profile)
        return report


def _unanswered(check: Check, beside: Sequence[str], elsewhere: bool) -> Verdict:
    if elsewhere:
        return by_person(check, ELSEWHERE)
    if check.written and beside:
        return by_person(check, BESIDE.format(names=", ".join(f"`{name}`" for name in beside[:5])))
    return missing(check)
