"""Runs one check, or one question's checks, on any solution; whatever happens becomes a verdict."""

from __future__ import annotations

import hashlib
import hmac
import random
import sys
import time
import traceback
from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from graders.authoring.question import Question
from graders.authoring.solution import Solution
from graders.errors import CallError, Failed, GradersError, Pending, SandboxLost, Skipped
from graders.grading.recording import Memory, Recording
from graders.grading.rubric import by_machine
from graders.grading.verdicts import blank, broken_off, builds_on, internal, passed, refused
from graders.model import Check, Outcome, Passed, QuestionReport, Verdict
from graders.sandbox.inside.randomness import seed_torch
from graders.timing import span

LOST = (Outcome.FAILED, Outcome.ERROR, Outcome.TIMEOUT, Outcome.MEMORY, Outcome.MISSING, Outcome.SKIPPED)
PATIENCE = 3  # how often a check is tried when the sandbox is lost
Best = Mapping[str, Verdict]  # by the names of checks


def grade_question(
    question: Question, student_for: Callable[[Check], Solution], reference: Solution, seed: int, digest: str = ""
) -> tuple[QuestionReport, tuple[Recording, ...]]:
    """Run every check of a question; with the record of the calls that each check made.

    Args:
        student_for: gives the solution that a check is to be run on; may raise `SandboxError` and `CallError`.
    """
    verdicts: dict[str, Verdict] = {}
    records: list[Recording] = []
    memories = memories_of(question)
    for check in question.checks:
        verdict, record = try_check(check, question, student_for, reference, seed, verdicts, memories[check.name])
        verdicts[check.name] = verdict
        records.append(record)
    report = QuestionReport(question.id, question.title, tuple(verdicts.values()), question.points, digest)
    return report, tuple(records)


def memories_of(question: Question) -> dict[str, Memory | None]:
    """By the name of each check, what it shares with those of the same draws in one state of a student's work."""
    shared: dict[str, Memory] = {check.draws: {} for check in question.checks if check.draws}
    return {check.name: shared.get(check.draws or check.name) for check in question.checks}


def try_check(
    check: Check,
    question: Question,
    student_for: Callable[[Check], Solution],
    reference: Solution,
    seed: int,
    earlier: Best,
    memory: Memory | None = None,
) -> tuple[Verdict, Recording]:
    """Run one check on the student's solution, again where the sandbox was lost; with the calls that it made.

    Args:
        memory: what checks with the same draws have run already, see `memories_of`.
    """
    record = Recording(reference)
    for turn in range(PATIENCE):
        try:
            record = Recording(reference if check.written else student_for(check), memory)
            return run_check(check, question, record, reference, seed, earlier), record
        except CallError as error:
            return broken_off(check, error), record
        except SandboxLost:
            if turn + 1 == PATIENCE:
                return internal(check, traceback.format_exc()), record
        except Exception:  # noqa: BLE001 - a fault of ours around a check costs this check alone, and no marks
            return internal(check, traceback.format_exc()), record
    raise AssertionError("the last turn returns")


def run_check(
    check: Check,
    question: Question,
    student: Solution,
    reference: Solution,
    seed: int,
    earlier: Best,
) -> Verdict:
    """Run one check on a solution; whatever happens becomes a verdict, but for `SandboxLost`."""
    if check.run is None:
        return by_machine(check, blank(check), earlier)
    if check.after is not None and earlier[check.after].outcome is not Outcome.PASSED:
        return builds_on(check, earlier[check.after])
    number = check_seed(seed, question.id, check)
    seed_everything(number)
    started = time.perf_counter()
    try:
        verdict = _found(check, check.run, student, _Reliable(reference), np.random.default_rng(number))
    except SandboxLost:
        raise
    except Exception:  # noqa: BLE001 - a fault of ours: staff must see it, the student must not pay for it
        verdict = internal(check, traceback.format_exc())
    return replace(verdict, seconds=time.perf_counter() - started)


def _found(
    check: Check, run: Callable[..., Passed | None], student: Solution, reference: Solution, rng: np.random.Generator
) -> Verdict:
    try:
        return passed(check, run(student, reference, rng))
    except (Failed, Pending, Skipped, CallError) as finding:
        return refused(check, finding)


class _Reliable(Recording):
    """The reference, which has an answer to everything: where it has none the fault is ours, not the student's."""

    def _record(
        self, kind: str, target: Callable[..., Any], arguments: tuple[Any, ...], options: Mapping[str, Any], *more: Any
    ) -> Any:
        try:
            with span("reference", str(arguments[0])):
                return super()._record(kind, target, arguments, options, *more)
        except CallError as error:
            raise GradersError(f"The reference does not answer {kind} {arguments[0]}: {error.message}") from error

    def probe(self, function: str, *args: Any, **options: Any) -> Any:
        """See `Solution.probe`."""
        try:
            return super().probe(function, *args, **options)
        except CallError as error:
            raise GradersError(f"The reference's reply to probe {function}: {error.message}") from error


def worth_another(check: Check, verdict: Verdict, record: Recording, slow: Container[str], best: Best) -> bool:
    """Whether a check that lost something may do better in another state of the notebook.

    Not where it was skipped and still would be, where it read a written answer alone, nor where a slow function came
    back with a value: what it trained there for so long was there, and right or wrong.

    Args:
        slow: the functions and probes that may take so long that nothing makes them worth running twice.
        best: the best verdicts so far.
    """
    if verdict.outcome not in LOST:
        return False
    if verdict.outcome is Outcome.SKIPPED and check.after is not None and not record.calls:
        return best[check.after].outcome is Outcome.PASSED
    trained = any(call.name in slow and not isinstance(call.result, CallError) for call in record.calls)
    return not trained and any(call.kind != "answer" for call in record.calls)


def better(verdict: Verdict, other: Verdict) -> bool:
    """Whether a verdict leaves a student better off than another one does; a fault of ours never does."""
    if verdict.outcome is Outcome.INTERNAL:
        return False
    return (verdict.points or 0.0) + verdict.pending > (other.points or 0.0) + other.pending or (
        verdict.outcome is Outcome.PASSED and other.outcome in LOST
    )


def derive(secret: bytes, *parts: str) -> int:
    """A 128-bit number that nobody can guess without the secret (HMAC-SHA-256 of the parts)."""
    digest = hmac.new(secret, "\0".join(parts).encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:16], "big")


def check_seed(seed: int, question: str, check: Check) -> int:
    """The seed of one check: a public check draws the same for everybody, so that students can run it themselves."""
    return word(0 if check.public else seed, question, check.draws or check.name)


def seed_everything(number: int) -> None:
    """Seed the generators that reference code may use in this process."""
    random.seed(number)
    np.random.seed(number % 2**32)
    seed_torch(number)


def use_one_thread() -> None:
    """Let reference code run in one thread, as student code does: on small arrays more are slower."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)


def word(seed: int, *parts: str) -> int:
    """A 63-bit seed for one purpose, from a submission's seed."""
    return derive(seed.to_bytes(16, "big"), *parts) >> 65
