"""The public checks on a student's own machine: no reference, no secret, no sandbox, the official verdicts.

from graders import check
check("numpy_forward")                                  in a notebook, on what its cells have defined so far
graders check NOTEBOOK.ipynb numpy_forward              in a terminal, on the file (see `execution`)
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch

from graders.errors import UsageError
from graders.grading.checking import better, check_seed, run_check, seed_everything, worth_another
from graders.grading.recorded import Recorded
from graders.grading.recording import Recording
from graders.grading.verdicts import missing
from graders.model import Check, QuestionReport, Verdict
from graders.sandbox.host.faults import Explainer
from graders.sandbox.inside.switches import Switches
from graders.selfcheck.release import Release, public_checks, release_of
from graders.selfcheck.student import OwnWork
from graders.selfcheck.watch import Watch
from graders.selfcheck.words import text

WRITTEN = (
    "{question} is answered in text, which a running notebook does not see: save it, and run in a terminal (or in a "
    "cell, after a !): graders check {notebook} {question}"
)
LEFT_ALONE = ("sys.", "os.environ, all of it")  # a student's own streams, and what a test runner keeps there


class SelfCheck:
    """The public checks of a release, on what a notebook has defined.

    Args:
        release: see `release_of`.
        namespace: the names that the notebook's cells have defined.
        answers: question id -> source of the answer cell, for questions answered in writing.
        explainer: turns what went wrong into sentences; knows how the cells went, where they were executed here.
        watch: runs calls, and ends what goes on for too long.
        empty: the questions that are as they were handed out.
    """

    def __init__(
        self,
        release: Release,
        namespace: dict[str, Any],
        answers: Mapping[str, str] | None = None,
        explainer: Explainer | None = None,
        watch: Watch | None = None,
        empty: frozenset[str] = frozenset(),
    ) -> None:
        self.release, self._namespace, self._answers, self._empty = release, namespace, dict(answers or {}), empty
        self._explainer = explainer or Explainer({}, {})
        self._watch = watch or Watch(release.limits.sleep_seconds)
        self._hurried = set[str]()  # questions of which a call ran out of time
        self._switches = Switches(LEFT_ALONE)
        self._best: dict[str, dict[str, Verdict]] = {}
        self._records: dict[tuple[str, str], Recording] = {}

    def judge_here(self, questions: Sequence[str], position: int) -> None:
        """Run the public checks of some questions on what is defined now; names that they change are put back.

        Args:
            position: that of the cell which is to run next.
        """
        before = dict(self._namespace)
        for id in questions:
            for check in public_checks(self.release.question(id)):
                self._improve(id, check, f"before-{position}")
        if questions:
            self._namespace.clear()
            self._namespace.update(before)

    def verdict(self, question: str, check: Check) -> Verdict:
        """The verdict of one public check; checks that it builds on must have been asked for before."""
        if question in self._empty:
            return missing(check)
        self._improve(question, check)
        return self._best[question][check.name]

    def _improve(self, id: str, check: Check, state: str = "end") -> None:
        """Run a check on what is defined now, unless it has passed before; the better verdict counts."""
        best = self._best.setdefault(id, {})
        for settings in (self._switches.at_start, nullcontext):
            known = best.get(check.name)
            if known and not worth_another(check, known, self._records[id, check.name], (), best):
                return
            if settings is nullcontext and not self._switches.moved():
                return
            self._watch.begin(id, check.name, state if settings is nullcontext else f"{state}-at-start")
            limits = self.release.limits.hurried() if id in self._hurried else self.release.limits
            student = OwnWork(self.release, self._namespace, self._answers, self._explainer, limits, self._watch)
            record = Recording(student)
            reference = Recorded(self.release.answers[id], self.release.parameters)
            with settings(), _own_randomness():
                seed_everything(check_seed(0, id, check))
                verdict = run_check(check, self.release.question(id), record, reference, 0, best)
            if student.timed_out:
                self._hurried.add(id)
            if known is None or better(verdict, known):
                best[check.name], self._records[id, check.name] = verdict, record

    def report(self, id: str) -> QuestionReport:
        """The verdicts of all public checks of a question."""
        question = self.release.question(id)
        checks = public_checks(question)
        verdicts = tuple(self.verdict(id, check) for check in checks)
        return QuestionReport(id, question.title, verdicts, sum(check.points for check in checks))


def check(question: str) -> None:
    """Run the public checks of a question on what the notebook has defined so far, and print what they say."""
    try:
        release = release_of(Path.cwd())
        release.question(question)
        if question in release.written:
            print(WRITTEN.format(question=question, notebook=release.notebook.name))
            return
        print(text(SelfCheck(release, vars(sys.modules["__main__"])).report(question)))
    except UsageError as error:
        print(error)


@contextmanager
def _own_randomness() -> Iterator[None]:
    """Leave the student's generators as they were."""
    state = random.getstate(), np.random.get_state(), torch.get_rng_state()
    try:
        yield
    finally:
        random.setstate(state[0])
        np.random.set_state(state[1])
        torch.set_rng_state(state[2])
