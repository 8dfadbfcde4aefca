"""Names a mistake: replays a failing check's calls on every known misconception, and believes only exact agreement.

A misconception explains a failing check when it gives the student's answers to *all* the calls that the question made
of the same functions, and differs from the reference in at least one of them. Calls that are random even for the
reference are compared as samples, by a chi-squared test of homogeneity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
from scipy import stats

from graders.catalog import Assignment
from graders.errors import CallError
from graders.model import Outcome, QuestionReport, Verdict
from graders.plain import Handle
from graders.recording import Called, Recording
from graders.solution import Alternative, ModuleSolution

BLAMABLE = (Outcome.FAILED, Outcome.ERROR)
SAMPLE = 200  # an array of at least so many whole numbers is compared as a sample
UNKNOWN = object()  # the answer to a call that is too slow to replay, or that needs the result of one
SAME_SAMPLE = 1e-3  # smallest p-value at which two samples still count as the same


def explain(
    report: QuestionReport, records: Sequence[Recording], assignment: Assignment, profile: str
) -> QuestionReport:
    """The report, with the misconception named in each failing verdict that exactly fits one."""
    known = [item for item in assignment.misconceptions if item.question == report.id]
    failing = [i for i, verdict in enumerate(report.verdicts) if verdict.outcome in BLAMABLE and records[i].calls]
    if not known or not failing:
        return report
    calls = [call for record in records for call in record.calls]
    replays = _Replays(calls, assignment, profile)
    verdicts = list(report.verdicts)
    for i in failing:
        names = {call.name for call in records[i].calls}
        fitting = [item for item in known if replays.fits([item], records[i].calls, names)]
        if fitting:
            verdicts[i] = _named(verdicts[i], fitting)
            continue
        pairs = (pair for pair in combinations(known, 2) if pair[0].replaces != pair[1].replaces)
        pair = next((pair for pair in pairs if replays.fits(pair, records[i].calls, names)), None)
        if pair:
            verdicts[i] = _named(verdicts[i], pair, together=True)
    return replace(report, verdicts=tuple(verdicts))


def _named(verdict: Verdict, found: Sequence[Alternative], *, together: bool = False) -> Verdict:
    texts = [item.explanation for item in found]
    if len(texts) == 1:
        text = texts[0]
    elif together:
        text = "Two things together explain this. " + " Also: ".join(texts)
    else:
        text = "More than one mistake would give exactly your answers; it is one of these. " + " Or: ".join(texts)
    return replace(verdict, misconception=found[0].name, hint=text)


class _Replays:
    """Answers of the reference and of misconceptions to the calls that the student answered."""

    def __init__(self, calls: Sequence[Called], assignment: Assignment, profile: str) -> None:
        self._calls = calls
        self._assignment = assignment
        self._profile = profile
        self._slow: frozenset[str] = getattr(assignment.probes, "SLOW", frozenset())
        self._cache: dict[tuple[str, ...], list[Any]] = {}

    def fits(self, found: Sequence[Alternative], blamed: Sequence[Called], names: Iterable[str]) -> bool:
        """Whether these misconceptions give the student's answers wherever one of `names` was called."""
        answers, right = self._answers(found), self._answers(())
        again = self._answers((), run=1)
        judged = [i for i, call in enumerate(self._calls) if call.name in names]
        blamed_ids = {id(call) for call in blamed}
        tells_apart = False
        for i in judged:
            student = self._calls[i].result
            if any(answer is UNKNOWN for answer in (answers[i], right[i], again[i])):
                continue
            noisy = not agree(right[i], again[i])
            if not (same_sample(student, answers[i]) if noisy else agree(student, answers[i])):
                return False
            if id(self._calls[i]) in blamed_ids and not _same(answers[i], right[i], noisy):
                tells_apart = True
        return tells_apart

    def _answers(self, found: Sequence[Alternative], run: int = 0) -> list[Any]:
        key = (str(run), *(item.name for item in found))
        if key not in self._cache:
            self._cache[key] = self._replay(found)
        return self._cache[key]

    def _replay(self, found: Sequence[Alternative]) -> list[Any]:
        solution = self._assignment.solution(self._profile, found[0] if found else None)
        for item in found[1:]:
            solution = ModuleSolution(item.applied_to(solution.namespace), self._assignment.probes, solution.parameters)
        handles: dict[int, Handle] = {}
        answers = []
        for call in self._calls:
            if call.name in self._slow or not _known(call.arguments, handles):
                answers.append(UNKNOWN)
                continue
            answer = call.replay(solution, tuple(_translated(value, handles) for value in call.arguments))
            _match_handles(call.result, answer, handles)
            answers.append(answer)
        return answers


def _known(value: Any, handles: Mapping[int, Handle]) -> bool:
    if isinstance(value, Handle):
        return value.id in handles
    return not isinstance(value, (list, tuple)) or all(_known(item, handles) for item in value)


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


def agree(one: Any, other: Any) -> bool:
    """Whether two plain values are the same answer, up to the noise of float32."""
    if isinstance(one, CallError) or isinstance(other, CallError):
        return isinstance(one, CallError) and isinstance(other, CallError) and one.outcome is other.outcome
    if isinstance(one, Handle) or isinstance(other, Handle):
        return isinstance(one, Handle) and isinstance(other, Handle)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(agree(one[key], other[key]) for key in one)
    left, right = _numbers(one), _numbers(other)
    if left is not None and right is not None:
        return left.shape == right.shape and bool(np.allclose(left, right, rtol=1e-4, atol=1e-6, equal_nan=True))
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(agree, one, other))
    return type(one) is type(other) and bool(one == other)


def same_sample(one: Any, other: Any) -> bool:
    """Whether two random answers may come from one distribution; what is no large sample may always."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_sample(one[key], other[key]) for key in one)
    if isinstance(one, CallError) or isinstance(other, CallError):
        return agree(one, other)
    left, right = _sample(one), _sample(other)
    if left is None or right is None:
        return True
    values = np.union1d(left, right)
    if len(values) == 1:
        return True
    table = np.array([[np.count_nonzero(sample == value) for value in values] for sample in (left, right)])
    return bool(stats.chi2_contingency(table).pvalue >= SAME_SAMPLE)


def _same(one: Any, other: Any, noisy: bool) -> bool:
    return same_sample(one, other) if noisy else agree(one, other)


def _sample(value: Any) -> np.ndarray[Any, Any] | None:
    if isinstance(value, list) and len(value) >= SAMPLE and all(isinstance(item, str) for item in value):
        return np.array([item[:1] for item in value])
    numbers = _numbers(value)
    if numbers is None or numbers.size < SAMPLE or not np.array_equal(numbers, np.round(numbers)):
        return None
    return np.asarray(numbers).ravel()


def _numbers(value: Any) -> np.ndarray[Any, Any] | None:
    """The value as an array of floats, or None where it is not numbers throughout."""
    if value is None or isinstance(value, (str, bytes, dict, Handle)):
        return None
    try:
        array = np.asarray(value)
    except ValueError:
        return None
    if array.dtype.kind not in "biuf":
        return None
    return array.astype(np.float64)
