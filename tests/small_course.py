"""A course whose assignment has the questions of the sample reports: for tests of who grades it, and what is kept."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sample_reports import questions

from graders.model import Check
from graders.runners.local import GradingRun
from graders.sandbox.limits import Limits
from graders.sandbox.offer import PACKAGES

DIGEST = "ab" * 32


def course() -> Any:
    """A course whose assignment has the questions of the sample reports."""
    made = [
        SimpleNamespace(
            id=question.id,
            title=question.title,
            points=question.possible,
            checks=[Check(v.check, v.title, v.possible, v.public) for v in question.verdicts],
        )
        for question in questions()
    ]
    digests = {question.id: question.digest for question in questions()}
    assignment: Any = SimpleNamespace(
        id="practical09",
        title="Practical 9",
        questions=made,
        digest=DIGEST,
        digests=digests,
        parameters=lambda profile: {"DEVICE": "cpu"},
        prepared_data=None,
        beside=None,
        data=None,
        limits=Limits(),
        packages=PACKAGES,
    )
    return GradingRun.of(assignment, Path(), "quick")
