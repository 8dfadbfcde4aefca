"""Reports as web pages: self-contained files without scripts, in which nothing that a student wrote can run."""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment
from markupsafe import Markup

from graders.model import PICTURE, Outcome, QuestionReport, Report, Verdict
from graders.report.clean import one_line
from graders.report.environment import templates
from graders.report.figures.evidence import figures
from graders.report.formulas import with_formulas
from graders.report.rich_output import as_text, markdown, picture, shown_cells
from graders.report.words import points, prose, when, word

LOST = (Outcome.FAILED, Outcome.ERROR, Outcome.TIMEOUT, Outcome.MEMORY)


def render_report(
    report: Report, *, title: str = "", plain: bool = False, stamp: str = "", notebook: bool = True
) -> str:
    """One student's report as the text of an HTML file; holds nothing that only staff may see.

    Args:
        title: the assignment's title.
        stamp: tells this page from others (`stamp`).
        plain: whether what the student wrote and showed is given as plain text, shortened, which takes no time.
        notebook: whether the executed notebook stands below.
    """
    pictures = {cell.source: cell for cell in report.cells if cell.index == PICTURE}
    addresses = {name: found for name, cell in pictures.items() if (found := picture(cell))}
    ran = [cell for cell in report.cells if cell.index != PICTURE and cell.kind == "code"]
    whole = Markup("") if plain or not notebook else notebook_pages().as_html(report, addresses)
    return rendered(
        "report.html.j2",
        report=report,
        stamp=stamp,
        title=title or report.assignment,
        written=as_text if plain else functools.partial(_written, pictures=addresses),
        beside=[(cell.message, addresses.get(name)) for name, cell in pictures.items() if cell.question is None],
        first=_what_to_try(report),
        lost=any(_is_open(verdict) for question in report.questions for verdict in question.verdicts),
        broken={cell.question: cell.message for cell in ran if cell.outcome is not Outcome.PASSED},
        notebook=whole,
        cells=shown_cells(ran, plain=True) if plain else (),
    )


@functools.cache
def notebook_pages() -> Any:
    """What lays out executed notebooks; nbconvert takes most of a second to load, so only who needs it should."""
    pages = importlib.import_module("graders.report.executed.page")
    pages.warm_up()
    return pages


def stamp(data: str) -> str:
    """What tells the page of a report, given as the text of its report.json, from one that must be rendered again."""
    return hashlib.sha256((data + _renderer()).encode()).hexdigest()[:32]


@functools.cache
def _renderer() -> str:
    """A digest of all that a page depends on besides its report."""
    folder = Path(__file__).parent
    files = sorted([*folder.rglob("*.py"), *(folder / "templates").iterdir()])
    return hashlib.sha256(b"".join(path.read_bytes() for path in files if path.is_file())).hexdigest()


def shared_message(question: QuestionReport) -> str | None:
    """The message of a question whose checks all say the same, such as one that was never answered."""
    said = {(verdict.outcome, verdict.message) for verdict in question.verdicts}
    outcome, message = next(iter(said)) if len(said) == 1 else (Outcome.PASSED, "")
    return message if outcome in (Outcome.MISSING, Outcome.INTERNAL) and len(question.verdicts) > 1 else None


def section(heading: str) -> str:
    """Where to read in the notebook, by the heading under which something is explained there."""
    number, _, name = heading.partition(" ")
    if number.rstrip(".").isdecimal() and name:
        return f"section {number.rstrip('.')} of the notebook, “{name}”"
    return f"the notebook, “{heading}”"


def folded(question: QuestionReport, lost: bool) -> tuple[list[Verdict], list[Verdict]]:
    """The verdicts that a reader has to see, and those that passed and may be folded away.

    Args:
        lost: whether anything in the report is not right; else nothing is folded.
    """
    seen = [verdict for verdict in question.verdicts if not lost or _is_open(verdict) or _is_commented(verdict)]
    return seen, [verdict for verdict in question.verdicts if verdict not in seen]


def _is_open(verdict: Verdict) -> bool:
    return verdict.outcome is not Outcome.PASSED


def _is_commented(verdict: Verdict) -> bool:
    return verdict.judged is not None and bool(verdict.judged.comment or verdict.judged.reason)


def _written(text: str, pictures: Mapping[str, str]) -> Markup:
    """A written answer with its formulas laid out."""
    return with_formulas(markdown(text, pictures=pictures))


def _what_to_try(report: Report) -> list[tuple[QuestionReport, Verdict]]:
    """The costliest check of each question, the worst question first, three at the most; absent answers come last."""
    broken = {cell.question for cell in report.cells if cell.outcome is not Outcome.PASSED}
    costly = [
        max(found, key=lambda pair: _lost(pair[1]))
        for question in report.questions
        if (found := [(question, v) for v in question.verdicts if _lost(v) and v.outcome in (*LOST, Outcome.MISSING)])
    ]
    absent = [pair for pair in costly if pair[1].outcome is Outcome.MISSING and pair[0].id not in broken]
    there = [pair for pair in costly if pair not in absent]
    return [pair for some in (there, absent) for pair in sorted(some, key=lambda pair: -lost_of(pair[0]))][:3]


def lost_of(question: QuestionReport) -> float:
    """Points of a question that are neither earned nor to be decided."""
    return question.possible - question.points - question.pending


def _lost(verdict: Verdict) -> float:
    return verdict.possible - (verdict.points or 0.0)


def rendered(name: str, **values: Any) -> str:
    """A page out of a template, with our style sheet and the policy that allows it."""
    template = _environment().get_template(name)
    return template.render(style=Markup(style_sheet()), style_hash=hash_of(style_sheet()), **values)


def hash_of(text: str) -> str:
    """What a content security policy allows a script or a style sheet by."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@functools.cache
def style_sheet() -> str:
    """The style sheet of both pages."""
    return (Path(__file__).parent / "templates" / "style.css").read_text("utf-8")


@functools.cache
def _environment() -> Environment:
    environment = templates("graders.report")
    environment.filters |= {
        "points": points,
        "prose": prose,
        "figures": figures,
        "one_line": one_line,
        "word": word,
        "shared_message": shared_message,
        "address": address,
        "when": when,
        "section": section,
        "folded": folded,
        "lost_of": lost_of,
    }
    environment.globals["Outcome"] = Outcome
    return environment


def address(student: str, file: str = "report.html") -> str:
    """The address of a student's page, from the class's page; or of another file of theirs."""
    return f"./{quote(os.fsencode(student), safe='')}/{file}"
