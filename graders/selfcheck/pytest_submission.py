"""A student's notebook as a pytest file, and each public check as a test in it; pytest-timeout is its clock."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from graders.errors import GradersError
from graders.model import Check, Outcome, Verdict
from graders.selfcheck.process import check_notebook
from graders.selfcheck.release import public_checks, release_of


class NotebookFile(pytest.File):
    """One submission; its cells are executed when the first check asks for them."""

    @cached_property
    def verdicts(self) -> dict[tuple[str, str], Verdict]:
        """By question and check, once the notebook has been executed."""
        return {
            (report.id, verdict.check): verdict for report in check_notebook(self.path) for verdict in report.verdicts
        }

    def collect(self) -> Iterator[pytest.Item]:
        """A test for each public check."""
        found = release_of(self.path)
        for id in found.answers:
            for check in public_checks(found.question(id)):
                yield CheckItem.from_parent(self, name=f"{id}::{check.name}", question=id, check=check)


class CheckItem(pytest.Item):
    """One check: passes, fails with what the student should read, or is skipped."""

    def __init__(self, *, question: str, check: Check, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.question = question
        self.check = check

    def runtest(self) -> None:
        """Run the check."""
        parent = self.parent
        assert isinstance(parent, NotebookFile)
        verdict = parent.verdicts[self.question, self.check.name]
        if verdict.outcome in (Outcome.SKIPPED, Outcome.PENDING):
            pytest.skip(verdict.message)
        if verdict.outcome is not Outcome.PASSED:
            raise CheckFailed(verdict)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was wrong, in words, in place of our traceback."""
        if isinstance(excinfo.value, (CheckFailed, GradersError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where pytest says that the test is: the notebook and the check's line."""
        return self.path, 0, f"{self.question}: {self.check.title}"


class CheckFailed(Exception):
    """A check that did not pass, as text for the student."""

    def __init__(self, verdict: Verdict) -> None:
        notes = [verdict.title, verdict.message, verdict.hint]
        super().__init__("\n".join(note for note in notes if note))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> NotebookFile | None:
    """Take the submission."""
    if file_path == parent.config.getoption("--submission").resolve():
        return NotebookFile.from_parent(parent, path=file_path)
    return None
