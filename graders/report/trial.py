"""A report page that is made before the first student is graded, so that what it lacks costs nothing."""

from __future__ import annotations

from jinja2 import TemplateError

from graders.errors import UsageError
from graders.model import CellRun, Outcome, QuestionReport, Report, Submission, Verdict
from graders.report.html import render_report

TEXT = "A formula: $h_t = \\tanh(W x_t)$"
BROKEN = (ImportError, OSError, ValueError, LookupError, TemplateError)  # what an installation raises that lacks parts
FIGURES = {"losses": [2.0, 1.5, 1.2], "expected": [[1.0, 2.0]], "got": [[1.0, 3.0]]}


def refuse_without_pages() -> None:
    """Render a report that needs all parts of a page: text, formulas, figures, a picture of a loss, an executed cell.

    Raises:
        ModuleNotFoundError: a package is not installed; its name is the error's.
        UsageError: what is installed is not whole.
    """
    failed = Verdict("check", "A check.", Outcome.FAILED, 0.0, 1.0, public=True, hint="A hint.", evidence=FIGURES)
    output = {"output_type": "stream", "name": "stdout", "text": "1\n"}
    cells = (CellRun(0, "question", TEXT, kind="markdown"), CellRun(1, "question", "print(1)", (output,)))
    question = QuestionReport("question", "Question", (failed,), 1.0)
    made = Report("trial", Submission("trial", "trial", b"", ".ipynb", ""), (question,), cells=cells)
    try:
        page = render_report(made, title="Trial")
    except ModuleNotFoundError:
        raise
    except BROKEN as error:
        reason = f"{type(error).__name__}: {error}".rstrip(".")
        raise UsageError(
            f"Report pages cannot be made here ({reason}), so nothing was graded; "
            'pip install --force-reinstall "graders[grade]" brings what they need.'
        ) from error
    if "<math" not in page or "print" not in page:
        raise UsageError("Report pages lack formulas or the executed notebook here, so nothing was graded.")
