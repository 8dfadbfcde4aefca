"""The authoring API: what a grader module needs; and `check`, the self-check of a student's notebook."""

from typing import Any

from graders.authoring.alternative import misconception, switched, variant
from graders.authoring.compare import close, equal, finite_numbers, is_close, same_shape
from graders.authoring.package import AssignmentPackage, Dataset, Measure, Prepared
from graders.authoring.parts import Parts
from graders.authoring.question import Question
from graders.authoring.replies import read
from graders.authoring.solution import Rng, Solution
from graders.errors import CallError, Failed, Pending, Skipped, UsageError
from graders.model import Outcome, Passed, QuestionReport, RubricItem, ShownResult

__version__ = "0.1.0"

__all__ = [
    "AssignmentPackage",
    "CallError",
    "Dataset",
    "Failed",
    "Measure",
    "Outcome",
    "Parts",
    "Passed",
    "Pending",
    "Prepared",
    "Question",
    "QuestionReport",
    "Rng",
    "RubricItem",
    "ShownResult",
    "Skipped",
    "Solution",
    "UsageError",
    "check",
    "close",
    "equal",
    "finite_numbers",
    "is_close",
    "misconception",
    "read",
    "same_shape",
    "switched",
    "variant",
]


def __getattr__(name: str) -> Any:
    """Give `check` to those who ask for it: it imports torch, which authors of checks need not pay for."""
    if name == "check":
        from graders.selfcheck.check import check

        return check
    raise AttributeError(f"module 'graders' has no attribute {name!r}")
