"""Builds what students get: the notebook, its data, and the reference's recorded answers to the public checks.

Nothing else of the reference goes in: no code of it, no hidden input, no expected value of a hidden check. The public
checks draw from a public seed (`checking.check_seed`), so that a student's own run and the official one agree.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

from graders.catalog.assignment import Assignment
from graders.catalog.grader_package import PACKAGE
from graders.errors import UsageError
from graders.grading.checking import run_check, use_one_thread
from graders.grading.recorded import ANSWERS, CHECKS, GRADERS, recorded
from graders.grading.recording import Recording
from graders.model import Outcome, Verdict
from graders.sandbox.offer import page
from graders.writing import write_folder

PAGE_CELL = "what-you-may-use"
HOW_TO_CHECK = """# Check your work yourself

On Windows, macOS or Linux, with Python 3.11 to 3.13, in this folder:

    pip install graders
    graders check {notebook}
    graders check {notebook} {question}

The first check runs your notebook from top to bottom and says of each public check whether it holds, and what was
expected where it does not; the second one does so for a single question. Save the notebook first. In the notebook
itself, or in Colab after `!pip install graders`, with this whole folder next to it:

    from graders import check
    check("{question}")

The public checks are part of the marking; it has others besides. Keep the folder `checks` as it is.
"""


def release(assignment: Assignment, out: Path, more: Mapping[str, bytes] = MappingProxyType({})) -> list[Path]:
    """Write a release into a folder, whole or not at all; returns its files.

    Args:
        more: other files that go with it, by their paths.

    Raises:
        UsageError: the folder already holds something that is no release.
        StoreError: it cannot be written.
    """
    if out.exists() and any(out.iterdir()) and not (out / CHECKS / ANSWERS).is_file():
        raise UsageError(f"{out} holds other files; name an empty folder with --out.")
    notebook = f"{assignment.id}.ipynb"
    shown = with_page((assignment.folder / notebook).read_text("utf-8"), assignment).encode()
    files = {notebook: shown, f"{CHECKS}/{notebook}": shown, "HOW_TO_CHECK.md": how_to_check(assignment).encode()}
    if assignment.own_data:
        files |= _below(assignment.own_data, "data")
    if not assignment.beside.is_relative_to(PACKAGE):  # a course's own, which no student has installed
        files |= _below(assignment.beside, f"{CHECKS}/{GRADERS}/{assignment.id}")
    use_one_thread()  # so that no machine's number of cores changes the last digit
    files[f"{CHECKS}/{ANSWERS}"] = json.dumps(public_answers(assignment)).encode()
    write_folder(out, files | dict(more))
    return sorted(path for path in out.rglob("*") if path.is_file())


def _below(folder: Path, place: str) -> dict[str, bytes]:
    """The files of a folder, by their paths in a release."""
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {f"{place}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in found}


def how_to_check(assignment: Assignment) -> str:
    """What a student reads about checks, with a question that is answered in code as the example."""
    coded = {id for cell in assignment.release.cells if cell.kind == "code" for id in cell.questions}
    ids = [question.id for question in assignment.questions]
    question = next((id for id in ids if id in coded), ids[0])
    return HOW_TO_CHECK.format(notebook=f"{assignment.id}.ipynb", question=question)


def with_page(notebook: str, assignment: Assignment) -> str:
    """The notebook with what code may use on its first page, as `assignment.toml` says it."""
    content = json.loads(notebook)
    text = page(assignment.packages, assignment.limits)
    cell = {"cell_type": "markdown", "id": PAGE_CELL, "metadata": {}, "source": text.splitlines(keepends=True)}
    others = [other for other in content["cells"] if other.get("id") != PAGE_CELL]
    ids = [other.get("id") for other in content["cells"]]
    content["cells"] = others
    content["cells"].insert(ids.index(PAGE_CELL) if PAGE_CELL in ids else 1, cell)
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def public_answers(assignment: Assignment) -> dict[str, Any]:
    """What a self-check needs: what an answer may use, and the reference's answers to what the public checks call."""
    profile = assignment.default_profile
    questions = {}
    for question in assignment.questions:
        recordings: list[Recording] = []
        for check in question.checks:
            if check.public and not check.written:
                recordings.append(recording := Recording(assignment.solution(profile)))
                verdict = run_check(check, question, assignment.solution(profile), recording, 0, _passed(check.after))
                if verdict.outcome is not Outcome.PASSED:
                    raise UsageError(f"The reference does not pass {question.id}.{check.name}: {verdict.message}")
        questions[question.id] = recorded(*recordings)
    return {
        "assignment": assignment.id,
        "title": assignment.title,
        "parameters": dict(assignment.parameters(profile)),
        "limits": asdict(assignment.limits),
        "packages": list(assignment.packages),
        "questions": questions,
    }


def _passed(name: str | None) -> dict[str, Verdict]:
    return {} if name is None else {name: Verdict(name, name, Outcome.PASSED, 0.0, 0.0)}
