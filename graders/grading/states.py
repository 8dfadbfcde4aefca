"""Grades a question in the state that is best for it: the final one, or that at its own answer; the better counts.

A later cell must take no marks from an answer that was right when it was written. And where a later cell mends one,
that must count. So what does not pass in the final state is run at the end of its question's section, in a process
that no other question has asked anything; what lost something there again in the final state, and once more with the
settings of the process (see `sandbox.inside.switches`) as the notebook left them, where an answer may rely on them.
Most answers pass at once, and for these one process serves all questions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from graders.authoring.question import Question
from graders.authoring.solution import Solution
from graders.grading.checking import better, check_seed, memories_of, try_check, worth_another
from graders.grading.recording import Recording
from graders.model import Check, Outcome, QuestionReport, Verdict
from graders.sandbox.host.attempt import Attempt
from graders.sandbox.host.session import Session
from graders.timing import span

Records = tuple[Recording, ...]


@dataclass(frozen=True)
class NotebookState:
    """A state of the executed notebook.

    Attributes:
        executed: how many cells have been executed; None for all.
        as_left: whether the process's settings are as the cells have left them.
    """

    executed: int | None = None
    as_left: bool = False


@dataclass(frozen=True)
class StateRequest:
    """What a session is given besides its state.

    Attributes:
        parameters: the profile's parameters.
        answers: question id -> source of the answer cell.
        seed: the submission's seed.
    """

    parameters: Mapping[str, Any]
    answers: Mapping[str, str]
    seed: int


def grade_in_states(
    question: Question,
    attempt: Attempt,
    section: int | None,
    asked: StateRequest,
    reference: Solution,
    shared: Sessions,
    digest: str = "",
) -> tuple[QuestionReport, tuple[Records, ...]]:
    """Grade a question, each check in the state that is best for it.

    Args:
        section: after how many cells the question's section ends; None where that makes no difference.
        shared: a session on the final state that serves several questions: what passes there has passed, and nothing
            is lost there.

    Returns:
        The report, and for each state the records of those checks whose verdict comes from there; the others are empty.
    """
    best: dict[str, Verdict] = {}
    counted: dict[str, tuple[NotebookState, Recording]] = {}
    tried: list[NotebookState] = []
    hurried = False
    if not question.trains:
        tried.append(shared.state)
        for check, verdict, record in _passed(question, shared, reference, asked.seed):
            best[check.name], counted[check.name] = verdict, (shared.state, record)
        if len(best) < len(question.checks):
            shared.close()
    for state in _states(section, attempt):
        if not any(_is_open(check, best, counted, attempt) for check in question.checks):
            break
        tried.append(state)
        memories = memories_of(question)
        with Sessions(attempt, asked, state, hurried=hurried) as sessions:
            student_for = partial(sessions.solution, question)
            for check in question.checks:
                if not _is_open(check, best, counted, attempt):  # asked again: an earlier one may have passed by now
                    continue
                with span("checks", check.name):
                    verdict, record = try_check(
                        check, question, student_for, reference, asked.seed, best, memories[check.name]
                    )
                if check.name not in best or better(verdict, best[check.name]):
                    best[check.name], counted[check.name] = verdict, (state, record)
            hurried = sessions.hurried
    verdicts = tuple(best[check.name] for check in question.checks)
    report = QuestionReport(question.id, question.title, verdicts, question.points, digest)
    return report, tuple(
        tuple(_of(state, *counted[check.name]) for check in question.checks) for state in dict.fromkeys(tried)
    )


def _passed(
    question: Question, shared: Sessions, reference: Solution, seed: int
) -> Iterator[tuple[Check, Verdict, Recording]]:
    """The checks that pass in a shared session; of those that build on others, only where these have passed there."""
    found: dict[str, Verdict] = {}
    memories, student_for = memories_of(question), partial(shared.solution, question)
    for check in question.checks:
        if check.run is None or check.written or (check.after is not None and check.after not in found):
            continue
        with span("checks", check.name):
            verdict, record = try_check(check, question, student_for, reference, seed, found, memories[check.name])
        if verdict.outcome is Outcome.PASSED:
            found[check.name] = verdict
            yield check, verdict, record
        elif verdict.outcome in (Outcome.TIMEOUT, Outcome.MEMORY):
            return  # which costs enough, and would again


def _states(section: int | None, attempt: Attempt) -> Iterator[NotebookState]:
    """The states to try, in their order; which settings were left is known when a session on the final state was."""
    yield NotebookState(section)
    if section is not None:
        yield NotebookState()
    if attempt.moved:
        yield NotebookState(as_left=True)


def _is_open(
    check: Check, best: Mapping[str, Verdict], counted: Mapping[str, tuple[NotebookState, Recording]], attempt: Attempt
) -> bool:
    """Whether a check has still to be run, or may do better than it has."""
    if check.name not in best:
        return True
    return worth_another(check, best[check.name], counted[check.name][1], attempt.slow, best)


def _of(state: NotebookState, where: NotebookState, record: Recording) -> Recording:
    """The record of a check where its verdict comes from this state, else an empty one."""
    return record if where == state else record.blank()


class Sessions:
    """One probe session on a state; a new one after it died, so that a crash costs one check.

    Attributes:
        hurried: whether a call ran out of time, so that the question's other checks get less of it.
    """

    def __init__(
        self, attempt: Attempt, asked: StateRequest, state: NotebookState | None = None, *, hurried: bool = False
    ) -> None:
        self._attempt, self._asked, self.state = attempt, asked, state or NotebookState()
        self._open = ExitStack()
        self._session: Session | None = None
        self.hurried = hurried

    def __enter__(self) -> Sessions:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the session, for there is only one of an attempt at a time; the next check gets another one."""
        self._note_timeout()
        self._open.close()
        self._session = None

    def solution(self, question: Question, check: Check) -> Solution:
        """The session, seeded for a check of a question."""
        if self._session is None or not self._session.alive:
            self.close()
            session = self._attempt.session(
                self._asked.parameters,
                self._asked.answers,
                hurried=self.hurried,
                executed=self.state.executed,
                as_left=self.state.as_left,
            )
            self._session = self._open.enter_context(session)
        self._session.seed(check_seed(self._asked.seed, question.id, check))
        return self._session

    def _note_timeout(self) -> None:
        self.hurried = self.hurried or (self._session is not None and self._session.timed_out)
