"""A report's notebook as it was executed, as nbformat data, with a cell of verdicts after each answer.

Outputs are those that a page shows: streams as a terminal would end up with them, PNG pictures of reasonable size,
sanitised HTML. Nothing in it runs, and nothing is loaded from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from graders.model import PICTURE, CellRun, Outcome, QuestionReport, Report, Verdict
from graders.report.clean import clean, printed
from graders.report.rich_output import MARKUP, PAGE_BYTES, Shown, shown_outputs
from graders.report.words import points, word

POINTED = re.compile(r"\]\((picture-\d+)\)")
SPECIAL = re.compile(r"([\\*_\[\]<>$#|~])")
LEFT = "Not executed when this was graded: it belongs to a longer experiment of the notebook."
SIGNS = {Outcome.PASSED: "✓", Outcome.PENDING: "…", Outcome.SKIPPED: "–", Outcome.MISSING: "–", Outcome.INTERNAL: "!"}


def executed_notebook(report: Report) -> dict[str, Any]:
    """The notebook as nbformat 4.5 data; without cells where there is nothing to show."""
    pictures = {cell.source: _picture(cell) for cell in report.cells if cell.index == PICTURE}
    runs = [cell for cell in report.cells if cell.index != PICTURE]
    last = {cell.question: place for place, cell in enumerate(runs) if cell.question}
    questions = {question.id: question for question in report.questions}
    cells: list[dict[str, Any]] = []
    room = PAGE_BYTES
    for place, run in enumerate(runs):
        outputs, room = shown_outputs(run.outputs, room)
        cells.append(_cell(run, outputs, report.answers, pictures, len(cells)))
        if run.question in questions and last[run.question] == place:
            cells.append(verdict_cell(questions[run.question], len(cells)))
    for question in report.questions:
        if question.id not in last and (cells or report.answers):  # of a cell that is not here, such as in a script
            run = CellRun(len(runs), question.id, report.answers.get(question.id, ""), kind="markdown")
            cells += [_cell(run, (), report.answers, pictures, len(cells))] if run.source else []
            cells.append(verdict_cell(question, len(cells)))
    language = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": language}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}


def verdict_cell(question: QuestionReport, number: int = 0) -> dict[str, Any]:
    """A text cell that says what stands in the report of a question."""
    earned = f"{points(question.points)} of {points(question.possible)} points"
    if question.pending:
        earned += f", {points(question.pending)} still to be marked"
    passed = [verdict for verdict in question.verdicts if verdict.outcome is Outcome.PASSED]
    lines = [f"**{_plain(question.title)}: {earned}**", ""]
    said = question.said_before
    lines += [_line(verdict, verdict.check in said) for verdict in question.verdicts if verdict not in passed]
    if passed:
        lines.append(f"- ✓ {len(passed)} check{'' if len(passed) == 1 else 's'} passed")
    for verdict in question.verdicts:
        if verdict.judged and verdict.judged.comment:
            lines += ["", f"From the person who marked this: {_plain(verdict.judged.comment)}"]
    return _text_cell("markdown", "\n".join(lines), number, {"graders": "verdict", "question": question.id})


def _line(verdict: Verdict, hint_said: bool) -> str:
    sign = SIGNS.get(verdict.outcome, "✗")
    hint = "" if hint_said else verdict.hint or ""
    told = " ".join(part for part in (verdict.title, verdict.message, hint) if part)
    return f"- {sign} **{word(verdict)}**: {_plain(' '.join(told.split()))}"


def _plain(text: str) -> str:
    """Words in which no Markdown works but code between backticks."""
    parts = re.split(r"(`[^`\n]+`)", clean(text))
    return "".join(part if part.startswith("`") else SPECIAL.sub(r"\\\1", part) for part in parts)


def _cell(
    run: CellRun,
    outputs: Sequence[Shown],
    answers: Mapping[str, str],
    pictures: Mapping[str, Mapping[str, str]],
    number: int,
) -> dict[str, Any]:
    if run.kind in ("markdown", "raw"):
        text = answers.get(run.question or "", run.source) if run.kind == "markdown" else run.source
        cell = _text_cell(run.kind, printed(text, MARKUP), number, {})
        attached = {name: dict(pictures[name]) for name in POINTED.findall(text) if pictures.get(name)}
        if attached:
            cell["source"] = POINTED.sub(r"](attachment:\1)", cell["source"])
            cell["attachments"] = attached
        return cell
    shown = [_output(output) for output in outputs]
    if told := run.message or (LEFT if run.kind == "left" else ""):
        shown.append(_stream("stderr", printed(told) + "\n"))
    code = {"execution_count": None, "outputs": shown, "source": printed(run.source)}
    return {"cell_type": "code", "id": f"cell-{number}", "metadata": {}, **code}


def _text_cell(kind: str, source: str, number: int, metadata: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": kind, "id": f"cell-{number}", "metadata": metadata, "source": source}


def _output(shown: Shown) -> dict[str, Any]:
    if shown.kind in ("text", "stderr"):
        return _stream("stdout" if shown.kind == "text" else "stderr", shown.text)
    if shown.kind == "error":
        last = shown.text.strip().rpartition("\n")[2]
        name, _, value = last.partition(":")
        lines = shown.text.split("\n")
        return {"output_type": "error", "ename": name.strip(), "evalue": value.strip(), "traceback": lines}
    data = {"text/html": str(shown.markup)} if shown.kind == "html" else {"image/png": shown.text.partition(",")[2]}
    return {"output_type": "display_data", "metadata": {}, "data": data}


def _stream(name: str, text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def _picture(cell: CellRun) -> dict[str, str]:
    found = {kind: data for output in cell.outputs for kind, data in output.get("data", {}).items()}
    return {kind: data for kind, data in found.items() if kind in ("image/png", "image/jpeg")}
