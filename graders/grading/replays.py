"""The answers of the reference and of misconceptions to the calls that a student answered, and whether they are alike.

Each call is made when it is first asked for. What is random is run several times, and compared as samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graders.authoring.alternative import Alternative
from graders.authoring.solution import ModuleSolution
from graders.catalog.assignment import Assignment
from graders.errors import CallError
from graders.grading.agreement import agree, lengths, pooled, same_sample
from graders.grading.checking import seed_everything
from graders.grading.recording import Called
from graders.model import Outcome
from graders.plain_data import Handle

UNKNOWN = object()  # the answer to a call that is too slow to replay, or that needs the result of one
RUNS = 5  # of what is random, where one sample is too small to tell mistakes apart


class Replays:
    """Answers of the reference and of misconceptions to the calls that the student answered."""

    def __init__(self, calls: Sequence[Called], assignment: Assignment, profile: str) -> None:
        self._calls = calls
        self._assignment = assignment
        self._profile = profile
        self._slow: frozenset[str] = getattr(assignment.reference.probes, "SLOW", frozenset())
        self._replays: dict[tuple[str, ...], _Replay] = {}

    def fits(self, found: Sequence[Alternative], blamed: Sequence[Called]) -> bool:
        """Whether these misconceptions give the student's answers to all calls of the functions that are blamed.

        What has been replayed already comes first and the blamed calls next, so that most are out after one replay.
        """
        names, blamed_ids = {call.name for call in blamed}, {id(call) for call in blamed}
        judged = [i for i, call in enumerate(self._calls) if call.name in names]
        replay = self._replay(found)
        judged.sort(key=lambda i: (not replay.has(i), id(self._calls[i]) not in blamed_ids))
        tells_apart = False
        for i in judged:
            told = self._calls[i].told
            answer, right, noisy = self._beside_the_reference(found, i)
            if answer is UNKNOWN or right is UNKNOWN or _is_missing(told):
                continue
            if not noisy and self._is_noisy(found, i):
                if agree(told, right):
                    return False  # it would have to be right by chance
                noisy = True
            ends = noisy and not _same(told, answer, noisy) and self._ends_by_chance(found, i, told)
            if not ends and not _same(told, answer, noisy):
                return False
            if id(self._calls[i]) in blamed_ids:
                if noisy and not ends and not same_sample(told, self._sample(found, i)):
                    return False
                tells_apart = tells_apart or self._apart(answer, right, noisy, found, i)
        return tells_apart

    def concerns(self, item: Alternative, blamed: Sequence[Called]) -> bool:
        """Whether some blamed call looks up what a misconception replaces; else it cannot change the answer."""
        name, blamed_ids = item.replaces.partition(".")[0], {id(call) for call in blamed}
        right = self._replay(())
        return any(name in right.looked_up(i) for i, call in enumerate(self._calls) if id(call) in blamed_ids)

    def differs(self, item: Alternative, blamed: Sequence[Called]) -> bool:
        """Whether a misconception answers some blamed call otherwise than the reference does."""
        blamed_ids = {id(call) for call in blamed}
        for i in (i for i, call in enumerate(self._calls) if id(call) in blamed_ids):
            answer, right, noisy = self._beside_the_reference([item], i)
            if answer is not UNKNOWN and right is not UNKNOWN and not _same(answer, right, noisy):
                return True
        return False

    def _beside_the_reference(self, found: Sequence[Alternative], i: int) -> tuple[Any, Any, bool]:
        """The answer to call i, the reference's, and whether that is random."""
        right, again = self._replay(()).answer(i), self._replay((), run=1).answer(i)
        return self._replay(found).answer(i), right, right is not UNKNOWN and not agree(right, again)

    def _is_noisy(self, found: Sequence[Alternative], i: int) -> bool:
        """Whether these misconceptions answer call i at random where the reference does not."""
        answer = self._replay(found).answer(i)
        return not agree(self._calls[i].told, answer) and not agree(answer, self._replay(found, run=1).answer(i))

    def _ends_by_chance(self, found: Sequence[Alternative], i: int, told: Any) -> bool:
        """Whether an answer differs in nothing but a length that is random for these misconceptions, too."""
        answers = [self._replay(found, run).answer(i) for run in range(RUNS)]
        varies = any(lengths(one) != lengths(answers[0]) for one in answers)
        return varies and same_sample(told, answers[0], of_any_length=True)

    def _apart(self, answer: Any, right: Any, noisy: bool, found: Sequence[Alternative], i: int) -> bool:
        """Whether these misconceptions answer call i otherwise than the reference does."""
        if not _same(answer, right, noisy):
            return True
        return noisy and not same_sample(self._sample(found, i), self._sample((), i))

    def _sample(self, found: Sequence[Alternative], i: int) -> Any:
        """The answers to call i of several runs, as one sample."""
        return pooled([self._replay(found, run).answer(i) for run in range(RUNS)])

    def _replay(self, found: Sequence[Alternative], run: int = 0) -> _Replay:
        key = (str(run), *(item.name for item in found))
        if key not in self._replays:
            solution = self._assignment.solution(self._profile, found[0] if found else None)
            for item in found[1:]:
                names = item.applied_to(solution.namespace)
                solution = ModuleSolution(names, self._assignment.reference.probes, solution.parameters)
            self._replays[key] = _Replay(self._calls, solution, self._slow, seed=run)
        return self._replays[key]


class _Replay:
    """One solution's answers to the student's calls, each made when it is first asked for.

    Generators are seeded for each call, so that a random answer depends on nothing but its place.
    """

    def __init__(self, calls: Sequence[Called], solution: ModuleSolution, slow: frozenset[str], seed: int) -> None:
        self._calls, self._solution, self._slow, self._seed = calls, solution, slow, seed
        self._handles: dict[int, Handle] = {}
        self._answers: dict[int, Any] = {}
        self._looked_up: dict[int, frozenset[str]] = {}
        self._names = _Noting(solution.namespace)
        solution.namespace = self._names

    def has(self, i: int) -> bool:
        """Whether call i has been made already."""
        return i in self._answers

    def looked_up(self, i: int) -> frozenset[str]:
        """The names that call i and the earlier calls on the same objects look up in the solution's namespace."""
        self.answer(i)
        return self._looked_up[i]

    def answer(self, i: int) -> Any:
        """The answer to call i, or `UNKNOWN`; earlier calls on the same objects are made before."""
        if i not in self._answers:
            call, mine = self._calls[i], _handles_in(self._calls[i].arguments)
            noted: set[str] = set()
            for j in range(i if mine else 0):
                if mine & (_handles_in(self._calls[j].arguments) | _handles_in(self._calls[j].told)):
                    noted |= self.looked_up(j)
            self._names.noted.clear()
            self._answers[i] = UNKNOWN
            if call.name not in self._slow and mine <= self._handles.keys():
                seed_everything(self._seed * len(self._calls) + i)
                given = tuple(_translated(value, self._handles) for value in call.arguments)
                with np.errstate(all="ignore"):
                    self._answers[i] = call.replay(self._solution, given)
                _match_handles(call.told, self._answers[i], self._handles)
            self._looked_up[i] = frozenset(noted | self._names.noted)
        return self._answers[i]


class _Noting(dict[str, Any]):
    """A namespace that notes which names are asked for."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        super().__init__(names)
        self.noted: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.noted.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """As a dictionary's."""
        self.noted.add(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self.noted.add(str(name))
        return super().__contains__(name)


def _handles_in(value: Any) -> set[int]:
    if isinstance(value, Handle):
        return {value.id}
    items = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return {id for item in items for id in _handles_in(item)}


def _translated(value: Any, handles: Mapping[int, Handle]) -> Any:
    if isinstance(value, Handle):
        return handles.get(value.id, value)
    if isinstance(value, (list, tuple)):
        return type(value)(_translated(item, handles) for item in value)
    return value


def _match_handles(student: Any, replayed: Any, handles: dict[int, Handle]) -> None:
    if isinstance(student, Handle) and isinstance(replayed, Handle):
        handles[student.id] = replayed
    elif isinstance(student, list) and isinstance(replayed, list):
        for one, other in zip(student, replayed, strict=False):
            _match_handles(one, other, handles)
    elif isinstance(student, dict) and isinstance(replayed, dict):
        for key in student.keys() & replayed.keys():
            _match_handles(student[key], replayed[key], handles)


def _is_missing(told: Any) -> bool:
    """Whether nothing was there to answer a call, such as another question's function: that speaks for nobody."""
    return isinstance(told, CallError) and told.outcome is Outcome.MISSING


def _same(one: Any, other: Any, noisy: bool) -> bool:
    return same_sample(one, other) if noisy else agree(one, other)
