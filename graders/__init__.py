"""The authoring API: what a grader module needs; and `check`, the self-check of a student's notebook.

A name is imported when it is first asked for, so that commands that check nothing need not wait for NumPy or PyTorch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graders.authoring.alternative import misconception, switched, variant
    from graders.authoring.compare import close, equal, finite_numbers, is_close, same_shape
    from graders.authoring.package import AssignmentPackage, Dataset, Measure, Prepared
    from graders.authoring.parts import Parts
    from graders.authoring.question import Question
    from graders.authoring.replies import read
    from graders.authoring.solution import Rng, Solution
    from graders.errors import CallError, Failed, Pending, Skipped, UsageError
    from graders.model import Outcome, Passed, QuestionReport, RubricItem, ShownResult
    from graders.selfcheck.check import check

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

_HOMES = {
    "authoring.alternative": ("misconception", "switched", "variant"),
    "authoring.compare": ("close", "equal", "finite_numbers", "is_close", "same_shape"),
    "authoring.package": ("AssignmentPackage", "Dataset", "Measure", "Prepared"),
    "authoring.parts": ("Parts",),
    "authoring.question": ("Question",),
    "authoring.replies": ("read",),
    "authoring.solution": ("Rng", "Solution"),
    "errors": ("CallError", "Failed", "Pending", "Skipped", "UsageError"),
    "model": ("Outcome", "Passed", "QuestionReport", "RubricItem", "ShownResult"),
    "selfcheck.check": ("check",),
}
_HOME = {name: f"graders.{module}" for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """A name of the API, from the module that defines it."""
    if name not in _HOME:
        raise AttributeError(f"module 'graders' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_HOME[name]), name)
    return found


def __dir__() -> list[str]:
    """What the module offers, whether it has been imported yet or not."""
    return sorted({*globals(), *__all__})
