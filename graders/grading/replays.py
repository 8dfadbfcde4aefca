"""The answers of the reference and of misconceptions to the calls that a student answered, and whether they are alike.

Each call is made when it is first asked for. What is random is run several times, and compared as samples.
"""

from __future__ import annotations

import time
from collections import Counter
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
        self._slow = assignment.reference.slow_probes
        self._replays: dict[tuple[str, ...], _Replay] = {}
        self._rejections = Counter[str]()  # function -> how many mistakes its answers have ruled out

    def fits(self, found: Sequence[Alternative], blamed: Sequence[Called]) -> bool:
        """Whether these misconceptions give the student's answers to all calls of the functions that are blamed.

        What has been replayed already comes first, then the functions whose answers have ruled out most mistakes, the
        blamed calls and the cheap ones before others, so that most are out after one replay that costs little.
        """
        names, blamed_ids = {call.name for call in blamed}, {id(call) for call in blamed}
        judged = [i for i, call in enumerate(self._calls) if call.name in names]
        judged.sort(key=lambda i: self._rank(found, i, id(self._calls[i]) in blamed_ids))
        ends = dict[int, bool]()
        for i in judged:
            if (ended := self._alike(found, i)) is None:
                self._rejections[self._calls[i].name] += 1
                return False
            ends[i] = ended
        mine = [i for i in judged if id(self._calls[i]) in blamed_ids and self._known(found, i)]
        for i in mine:
            if self._noisy(found, i) and not ends[i] and not same_sample(self._calls[i].told, self._sample(found, i)):
                return False
        return any(self._apart(found, i) for i in mine)

    def _rank(self, found: Sequence[Alternative], i: int, blamed: bool) -> tuple[bool, int, bool, float]:
        """The place of call i among those that are judged."""
        new, cost = not self._replay(found).has(i), self._replay(()).cost(i)
        return new, -self._rejections[self._calls[i].name], not blamed, cost

    def _known(self, found: Sequence[Alternative], i: int) -> bool:
        """Whether there is something to compare at call i."""
        replayed = self._replay(()).answer(i) is not UNKNOWN and self._replay(found).answer(i) is not UNKNOWN
        return replayed and not _is_missing(self._calls[i].told)

    def _alike(self, found: Sequence[Alternative], i: int) -> bool | None:
        """None where these misconceptions cannot have given the answer to call i, as far as one run says.

        Else whether it differs in a length that is random.
        """
        if not self._known(found, i):
            return False
        told, answer = self._calls[i].told, self._replay(found).answer(i)
        noisy = self._noisy(found, i)
        if noisy and not self._random(i) and agree(told, self._replay(()).answer(i)):
            return None  # it would have to be right by chance
        if _same(told, answer, noisy):
            return False
        return True if noisy and self._ends_by_chance(found, i, told) else None

    def concerns(self, item: Alternative, blamed: Sequence[Called]) -> bool:
        """Whether some blamed call looks up what a misconception replaces; else it cannot change the answer."""
        name, blamed_ids = item.replaces.partition(".")[0], {id(call) for call in blamed}
        right = self._replay(())
        return any(name in right.looked_up(i) for i, call in enumerate(self._calls) if id(call) in blamed_ids)

    def differs(self, item: Alternative, blamed: Sequence[Called]) -> bool:
        """Whether a misconception answers some blamed call otherwise than the reference does."""
        blamed_ids = {id(call) for call in blamed}
        for i in (i for i, call in enumerate(self._calls) if id(call) in blamed_ids):
            answer, right = self._replay([item]).answer(i), self._replay(()).answer(i)
            known = answer is not UNKNOWN and right is not UNKNOWN
            if known and not _same(answer, right, self._random(i)):
                return True
        return False

    def _random(self, i: int) -> bool:
        """Whether the reference answers call i at random."""
        right = self._replay(()).answer(i)
        return right is not UNKNOWN and not agree(right, self._replay((), run=1).answer(i))

    def _noisy(self, found: Sequence[Alternative], i: int) -> bool:
        """Whether call i is answered at random: by the reference, or by these misconceptions where it is not."""
        if self._random(i):
            return True
        answer = self._replay(found).answer(i)
        return not agree(self._calls[i].told, answer) and not agree(answer, self._replay(found, run=1).answer(i))

    def _ends_by_chance(self, found: Sequence[Alternative], i: int, told: Any) -> bool:
        """Whether an answer differs in nothing but a length that is random for these misconceptions, too."""
        if lengths(told) == lengths(self._replay(found).answer(i)):
            return False
        answers = [self._replay(found, run).answer(i) for run in range(RUNS)]
        varies = any(lengths(one) != lengths(answers[0]) for one in answers)
        return varies and same_sample(told, answers[0], of_any_length=True)

    def _apart(self, found: Sequence[Alternative], i: int) -> bool:
        """Whether these misconceptions answer call i otherwise than the reference does."""
        noisy = self._noisy(found, i)
        if not _same(self._replay(found).answer(i), self._replay(()).answer(i), noisy):
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
            self._replays[key] = _Replay(
                self._calls, solution, self._slow, run, found, self._replay((), run) if found else None
            )
        return self._replays[key]


class _Replay:
    """One solution's answers to the student's calls, each made when it is first asked for.

    Generators are seeded for each call, so that a random answer depends on nothing but its place. A call that looks up
    nothing of what misconceptions replace is answered as by the reference, which has answered it already.
    """

    def __init__(
        self,
        calls: Sequence[Called],
        solution: ModuleSolution,
        slow: frozenset[str],
        seed: int,
        found: Sequence[Alternative] = (),
        right: _Replay | None = None,
    ) -> None:
        self._calls, self._solution, self._slow, self._seed = calls, solution, slow, seed
        self._right, self._replaced = right, {item.replaces.partition(".")[0] for item in found}
        self._handles: dict[int, Handle] = {}
        self._answers: dict[int, Any] = {}
        self._looked_up: dict[int, frozenset[str]] = {}
        self._costs: dict[int, float] = {}
        self._names = _Noting(solution.namespace)
        solution.namespace = self._names

    def has(self, i: int) -> bool:
        """Whether call i has been made already."""
        return i in self._answers

    def cost(self, i: int) -> float:
        """CPU seconds that call i took, which is made for that."""
        self.answer(i)
        return self._costs[i]

    def looked_up(self, i: int) -> frozenset[str]:
        """The names that call i and the earlier calls on the same objects look up in the solution's namespace."""
        self.answer(i)
        return self._looked_up[i]

    def answer(self, i: int) -> Any:
        """The answer to call i, or `UNKNOWN`; earlier calls on the same objects are made before."""
        if i not in self._answers:
            call, mine = self._calls[i], _handles_in(self._calls[i].arguments)
            if self._right and not (mine or _handles_in(call.told) or self._replaced & self._right.looked_up(i)):
                self._answers[i], self._costs[i] = self._right.answer(i), self._right.cost(i)
                self._looked_up[i] = self._right.looked_up(i)
                return self._answers[i]
            noted: set[str] = set()
            for j in range(i if mine else 0):
                if mine & (_handles_in(self._calls[j].arguments) | _handles_in(self._calls[j].told)):
                    noted |= self.looked_up(j)
            self._names.noted.clear()
            self._answers[i], began = UNKNOWN, time.process_time()
            if call.name not in self._slow and mine <= self._handles.keys():
                seed_everything(self._seed * len(self._calls) + i)
                given = tuple(_translated(value, self._handles) for value in call.arguments)
                with np.errstate(all="ignore"):
                    self._answers[i] = call.replay(self._solution, given)
                _match_handles(call.told, self._answers[i], self._handles)
            self._costs[i] = time.process_time() - began
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
