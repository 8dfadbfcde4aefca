"""Grades one submission: executes it once, then runs every check of every question on it."""

from __future__ import annotations

import hashlib
import hmac
import platform
import random
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import numpy as np
import torch

import graders
from graders import diagnose, notebook
from graders.authoring import Question
from graders.catalog import Assignment
from graders.errors import CallError, Failed, IntakeError, SandboxError
from graders.model import Check, Outcome, Passed, QuestionReport, Report, Submission, Verdict
from graders.recording import Recording
from graders.sandbox import Attempt, Sandbox, Session
from graders.solution import Solution

HIDDEN = {
    Outcome.FAILED: "This does not hold for your answer; its inputs stay hidden.",
    Outcome.ERROR: "Your code raised an error here.",
    Outcome.TIMEOUT: "Your code ran longer than its time limit here.",
    Outcome.MEMORY: "Your code used more memory than its limit here.",
    Outcome.MISSING: "There is no answer here yet.",
}


def grade(
    submission: Submission,
    assignment: Assignment,
    sandbox: Sandbox,
    *,
    profile: str = "quick",
    secret: bytes = b"",
    previous: Report | None = None,
) -> Report:
    """Grade one submission.

    Args:
        secret: the course's secret; with the submission's hash it decides every random draw, so a regrade repeats.
        previous: an earlier report of the same submission; questions whose digest is unchanged are taken from it.
    """
    started = time.perf_counter()
    seed = derive(secret, submission.sha256)
    grader = {"version": graders.__version__, "digest": assignment.digest, "profile": profile, "seed": f"{seed:032x}"}
    blank = Report(assignment.id, submission, (), grader, {"python": platform.python_version(), "device": "cpu"})
    try:
        if submission.fault is not None:
            raise IntakeError(submission.fault)
        handed_in = notebook.read_notebook(submission.content, submission.suffix)
    except IntakeError as fault:
        questions = tuple(_unreadable(question, assignment, str(fault)) for question in assignment.questions)
        return replace(blank, questions=questions, notices=(str(fault),), seconds=time.perf_counter() - started)
    restored, notices = notebook.restore(handed_in, assignment.release)
    parameters = dict(assignment.parameters(profile)) | {"DATA": sandbox.data_path}
    kept = {q.id: q for q in previous.questions if q.digest == assignment.digests[q.id]} if previous else {}
    with sandbox.attempt(notebook.executable(restored, parameters), _word(seed, "cells")) as attempt:
        questions = tuple(
            kept.get(question.id) or _grade_question(question, assignment, restored, attempt, profile, seed)
            for question in assignment.questions
        )
        return replace(
            blank,
            questions=questions,
            environment=dict(attempt.environment),
            cells=tuple(attempt.cells),
            answers=_written(assignment, restored),
            notices=tuple(notices),
            seconds=time.perf_counter() - started,
        )


def grade_question(
    question: Question, student_for: Callable[[Check], Solution], reference: Solution, seed: int, digest: str = ""
) -> tuple[QuestionReport, tuple[Recording, ...]]:
    """Run every check of a question; with the record of the calls that each check made.

    Args:
        student_for: gives the solution that a check is to be run on; may raise `SandboxError`.
    """
    verdicts: dict[str, Verdict] = {}
    records: list[Recording] = []
    for check in question.checks:
        try:
            record = Recording(student_for(check))
            verdicts[check.name] = run_check(check, question, record, reference, seed, verdicts)
        except SandboxError:
            record = Recording(reference)
            verdicts[check.name] = _internal(_blank(check), traceback.format_exc())
        records.append(record)
    report = QuestionReport(question.id, question.title, tuple(verdicts.values()), question.points, digest)
    return report, tuple(records)


def run_check(
    check: Check,
    question: Question,
    student: Solution,
    reference: Solution,
    seed: int,
    earlier: Mapping[str, Verdict],
) -> Verdict:
    """Run one check on a solution; whatever happens becomes a verdict."""
    verdict = _blank(check)
    if check.run is None:
        return replace(verdict, outcome=Outcome.PENDING, points=0.0, message="A person will read and mark this answer.")
    if check.after is not None and earlier[check.after].outcome is not Outcome.PASSED:
        needed = earlier[check.after].title.rstrip(".")
        return replace(
            verdict, outcome=Outcome.SKIPPED, points=0.0, message=f"Not tried, because it builds on: “{needed}”."
        )
    word = check_seed(seed, question.id, check)
    seed_everything(word)
    started = time.perf_counter()
    try:
        found = check.run(student, reference, np.random.default_rng(word))
        verdict = _passed(verdict, found)
    except Failed as failed:
        verdict = _failed(verdict, failed)
    except CallError as error:
        verdict = _broken_off(verdict, error)
    except Exception:  # noqa: BLE001 - a fault of ours: staff must see it, the student must not pay for it
        verdict = _internal(verdict, traceback.format_exc())
    return replace(verdict, seconds=time.perf_counter() - started)


def derive(secret: bytes, *parts: str) -> int:
    """A 128-bit number that nobody can guess without the secret (HMAC-SHA-256 of the parts)."""
    digest = hmac.new(secret, "\0".join(parts).encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:16], "big")


def check_seed(seed: int, question: str, check: Check) -> int:
    """The seed of one check: a public check draws the same for everybody, so that students can run it themselves."""
    return _word(0 if check.public else seed, question, check.name)


def seed_everything(word: int) -> None:
    """Seed the generators that reference code may use in this process."""
    random.seed(word)
    np.random.seed(word % 2**32)
    torch.manual_seed(word % 2**63)


def _word(seed: int, *parts: str) -> int:
    return derive(seed.to_bytes(16, "big"), *parts) >> 65


def _grade_question(
    question: Question, assignment: Assignment, restored: notebook.Notebook, attempt: Attempt, profile: str, seed: int
) -> QuestionReport:
    digest = assignment.digests[question.id]
    if notebook.untouched(question.id, restored, assignment.release):
        verdicts = tuple(_unanswered(check) for check in question.checks)
        return QuestionReport(question.id, question.title, verdicts, question.points, digest)
    reference = assignment.solution(profile)
    with _Sessions(attempt, question, reference.parameters, notebook.answers(restored), seed) as sessions:
        report, records = grade_question(question, sessions.solution, reference, seed, digest)
    return diagnose.explain(report, records, assignment, profile)


class _Sessions:
    """One probe session a question; a new one after it died, so that a crash costs one check."""

    def __init__(
        self, attempt: Attempt, question: Question, parameters: Mapping[str, Any], written: Mapping[str, str], seed: int
    ) -> None:
        self._attempt, self._question, self._seed = attempt, question, seed
        self._parameters, self._written = parameters, written
        self._open = ExitStack()
        self._session: Session | None = None

    def __enter__(self) -> _Sessions:
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def solution(self, check: Check) -> Solution:
        """The session, seeded for a check."""
        if self._session is None or not self._session.alive:
            self._open.close()
            session = self._attempt.session(parameters=self._parameters, answers=self._written)
            self._session = self._open.enter_context(session)
        self._session.seed(check_seed(self._seed, self._question.id, check))
        return self._session


def _blank(check: Check) -> Verdict:
    return Verdict(check.name, check.title, Outcome.PASSED, check.points, check.points, check.public)


def _passed(verdict: Verdict, found: Passed | None) -> Verdict:
    if found is None:
        return verdict
    return replace(verdict, message=found.message or "", evidence=found.evidence)


def _failed(verdict: Verdict, failed: Failed) -> Verdict:
    message = failed.message if verdict.public else failed.summary or HIDDEN[Outcome.FAILED]
    return replace(
        verdict,
        outcome=Outcome.FAILED,
        points=round(min(1.0, max(0.0, failed.fraction)) * verdict.possible, 6),
        message=message,
        hint=failed.hint,
        evidence=failed.evidence,
        detail=None if verdict.public else failed.message,
    )


def _broken_off(verdict: Verdict, error: CallError) -> Verdict:
    message = error.message if verdict.public else error.summary or HIDDEN.get(error.outcome, HIDDEN[Outcome.ERROR])
    detail = None if verdict.public else error.message
    return replace(verdict, outcome=error.outcome, points=0.0, message=message, detail=detail)


def _internal(verdict: Verdict, detail: str) -> Verdict:
    message = "The grader itself failed here. This costs you nothing: staff have been told and will look at it."
    return replace(verdict, outcome=Outcome.INTERNAL, points=None, message=message, detail=detail)


def _unanswered(check: Check) -> Verdict:
    message = "This answer is still as it was handed out."
    return replace(_blank(check), outcome=Outcome.MISSING, points=0.0, message=message)


def _unreadable(question: Question, assignment: Assignment, fault: str) -> QuestionReport:
    verdicts = tuple(
        replace(_blank(check), outcome=Outcome.MISSING, points=0.0, message=fault) for check in question.checks
    )
    return QuestionReport(question.id, question.title, verdicts, question.points, assignment.digests[question.id])


def _written(assignment: Assignment, restored: notebook.Notebook) -> dict[str, str]:
    answers = notebook.answers(restored)
    return {q.id: answers.get(q.id, "") for q in assignment.questions if any(check.written for check in q.checks)}
