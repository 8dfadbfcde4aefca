"""The authoring API: what a grader module needs, and nothing else."""

from graders.authoring import Question
from graders.compare import close, equal, finite_numbers, same_shape
from graders.errors import CallError, Failed
from graders.model import Outcome, Passed, RubricItem
from graders.solution import Solution, misconception, variant

__version__ = "0.1.0"

__all__ = [
    "CallError",
    "Failed",
    "Outcome",
    "Passed",
    "Question",
    "RubricItem",
    "Solution",
    "close",
    "equal",
    "finite_numbers",
    "misconception",
    "same_shape",
    "variant",
]
