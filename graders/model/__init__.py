"""The nouns of grading, as frozen dataclasses: Question, Check, Submission, Verdict, Outcome, Report."""

from graders.model.question import Check, Passed, RubricItem
from graders.model.report import PICTURE, CellRun, Late, Remark, Report, ShownResult
from graders.model.submission import Submission
from graders.model.verdict import ItemMark, Judged, Outcome, QuestionReport, Verdict, total

__all__ = [
    "PICTURE",
    "CellRun",
    "Check",
    "ItemMark",
    "Judged",
    "Late",
    "Outcome",
    "Passed",
    "QuestionReport",
    "Remark",
    "Report",
    "RubricItem",
    "ShownResult",
    "Submission",
    "Verdict",
    "total",
]
