"""Grades the graders: `audit` runs the reference, every variant, misconception and mutant as if each were a student.

It passes when the reference and every correct variant keep all marks, an unwritten answer earns none, nor does any
function that runs alongside student code and is handed in as an answer, every misconception loses marks and is named,
every check is failed by somebody, and at least 95 % of the mutants of the reference lose marks. Of written answers that
a machine reads, it gives no wrong one the item that it breaks, and leaves nothing of at least 95 % of the right ones to
a person.
"""

from __future__ import annotations

import functools
import multiprocessing
import signal
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import torch

from graders.authoring.question import Question
from graders.authors.candidates import Candidate, candidates, solution_of
from graders.catalog.assignment import Assignment
from graders.catalog.loader import load
from graders.errors import UsageError
from graders.grading import diagnosis
from graders.grading.checking import derive, grade_question
from graders.model import Outcome, QuestionReport

KILL_RATE = 0.95
READ_RATE = 0.95
RIGHT = ("reference", "variant")
SECONDS = 60.0  # CPU seconds after which a mutant or a misconception that never ends is cut off


@dataclass(frozen=True)
class CandidateResult:
    """How a candidate did: the verdicts of the question's automatic checks."""

    candidate: Candidate
    report: QuestionReport

    @property
    def lost(self) -> tuple[str, ...]:
        """The checks that did not pass, those that a person marks apart."""
        return tuple(v.check for v in self.report.verdicts if v.outcome not in (Outcome.PASSED, Outcome.PENDING))

    @property
    def failed(self) -> tuple[str, ...]:
        """The checks that found something, skipped ones apart."""
        good = (Outcome.PASSED, Outcome.PENDING, Outcome.SKIPPED)
        return tuple(v.check for v in self.report.verdicts if v.outcome not in good)

    @property
    def cost(self) -> float:
        """The points that were lost, those that a person decides apart."""
        return self.report.possible - self.report.points - self.report.pending

    @property
    def given(self) -> frozenset[str]:
        """The ids of the rubric's items that a machine has given."""
        return frozenset(item.id for v in self.report.verdicts for item in v.items if item.by_machine)

    @property
    def named(self) -> bool:
        """Whether some verdict names this very misconception, alone or among those that fit."""
        return any(v.misconception and self.candidate.explanation in (v.hint or "") for v in self.report.verdicts)


@dataclass(frozen=True)
class Audit:
    """Everything that an audit found; `complaints` is empty when it passed."""

    results: tuple[CandidateResult, ...]
    complaints: tuple[str, ...]
    kill_rate: float
    survivors: tuple[str, ...]

    def read(self, question: str) -> tuple[int, int]:
        """Of how many right answers to a question a machine has given all that it may, and how many there are."""
        right = [r for r in self.results if r.candidate.question == question and r.candidate.kind in RIGHT]
        return sum(not result.report.pending for result in right), len(right)

    def misconceptions(self, question: str) -> tuple[CandidateResult, ...]:
        """How the misconceptions of one question did, the costliest first."""
        found = [r for r in self.results if (r.candidate.question, r.candidate.kind) == (question, "misconception")]
        return tuple(sorted(found, key=lambda result: -result.cost))


def audit(
    id: str,
    root: Path,
    only: Collection[str] = (),
    *,
    jobs: int = 1,
    on_result: Callable[[CandidateResult], None] | None = None,
) -> Audit:
    """Audit an assignment.

    Args:
        only: the questions to audit; all when it is empty.
        jobs: worker processes.
        on_result: called with each result as it arrives.

    Raises:
        UsageError: the assignment has no question of such a name.
    """
    assignment = load(id, root)
    questions = [question for question in assignment.questions if not only or question.id in only]
    if unknown := set(only) - {question.id for question in questions}:
        raise UsageError(f"{id} has no question {', '.join(sorted(unknown))}; see `graders audit {id}` for all.")
    chosen = [c for c in candidates(assignment, root) if any(c.question == q.id for q in questions)]
    context = multiprocessing.get_context("spawn")
    results = []
    with ProcessPoolExecutor(jobs, context, initializer=_one_thread) as pool:
        for result in pool.map(_examine, [id] * len(chosen), [root] * len(chosen), chosen):
            results.append(result)
            if on_result is not None:
                on_result(result)
    return judge(questions, tuple(results))


def judge(questions: Iterable[Question], results: tuple[CandidateResult, ...]) -> Audit:
    """What is wrong with the graders, from all the results."""
    complaints = [sentence for result in results for sentence in _complaints(result)]
    failed = {
        (r.candidate.question, check)
        for r in results
        for check in r.failed
        if r.candidate.kind not in ("unwritten", "borrowed")
    }
    for question in questions:
        for check in question.checks:
            if not check.written and (question.id, check.name) not in failed:
                complaints.append(f"{question.id}: nobody fails the check {check.name}.")
    mutant_results = [r for r in results if r.candidate.kind == "mutant"]
    survivors = tuple(f"{r.candidate.question}: {r.candidate.name}" for r in mutant_results if not r.lost)
    rate = 1 - len(survivors) / len(mutant_results) if mutant_results else 1.0
    if rate < KILL_RATE:
        complaints.append(f"Only {rate:.1%} of the mutants lose marks; at least {KILL_RATE:.0%} must.")
    found = Audit(results, tuple(complaints), rate, survivors)
    return replace(found, complaints=(*complaints, *_unread(questions, found)))


def _unread(questions: Iterable[Question], found: Audit) -> Iterator[str]:
    """A complaint where a machine that is to read a question's whole rubric leaves too many right answers to people."""
    for question in questions:
        rubric = [item for check in question.checks for item in check.rubric]
        whole, right = found.read(question.id)
        if rubric and all(item.read_by for item in rubric) and whole < READ_RATE * right:
            yield f"{question.id}: of {right} right answers a machine reads {whole}; it must read {READ_RATE:.0%}."


def _complaints(result: CandidateResult) -> Iterator[str]:
    who = f"{result.candidate.question}: {result.candidate.kind} {result.candidate.name}"
    kind = result.candidate.kind
    internal = [v.check for v in result.report.verdicts if v.outcome is Outcome.INTERNAL]
    if internal:
        yield f"{who} makes the grader itself fail in {', '.join(internal)}."
    if kind in RIGHT and result.lost:
        yield f"{who} loses {', '.join(result.lost)}."
    if kind in ("unwritten", "borrowed") and result.report.points:
        yield f"{who} earns {result.report.points:g} points."
    if kind == "wrong" and result.candidate.breaks in result.given:
        yield f"{who} is given {result.candidate.breaks} by machine."
    if kind == "misconception" and not result.lost:
        yield f"{who} keeps all its marks."
    elif kind == "misconception" and not result.named:
        yield f"{who} is not named (loses {', '.join(result.lost)})."


def _examine(id: str, root: Path, candidate: Candidate) -> CandidateResult:
    assignment = _loaded(id, root)
    question = next(q for q in assignment.questions if q.id == candidate.question)
    student = solution_of(assignment, root, candidate)
    reference = assignment.solution(assignment.default_profile)
    seed = derive(b"audit", candidate.question, candidate.kind, candidate.name)
    with _quiet(), _cut_off(SECONDS):
        report, records = grade_question(question, lambda _: student, reference, seed)
        if candidate.kind == "misconception":
            report = diagnosis.explain(report, records, assignment, assignment.default_profile)
    return CandidateResult(candidate, report)


@functools.cache
def _loaded(id: str, root: Path) -> Assignment:
    return load(id, root)


def _one_thread() -> None:
    torch.set_num_threads(1)


@contextmanager
def _quiet() -> Iterator[None]:
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()), np.errstate(all="ignore"):
        yield


@contextmanager
def _cut_off(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in what runs longer than so many CPU seconds; it counts as the student's error."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"ran for more than {seconds:g} s")

    before: Any = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
