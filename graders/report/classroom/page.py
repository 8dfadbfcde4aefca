"""The class's page: one static file that opens from disk, and the same page in the marking server."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from markupsafe import Markup

from graders.model import Report
from graders.report.classroom.facts import AssignmentSheet, StudentFacts, facts_of, sheet_of
from graders.report.classroom.summary import LOST, check_keys, summarise
from graders.report.clean import clean, one_line
from graders.report.html import address, hash_of, rendered, style_sheet

__all__ = ["AlikePair", "PageLinks", "class_script", "render_class", "render_index", "style_sheet"]
CELL, HEIGHT = 6, 18  # pixels of a check in the heat map
LOOKS = {"p": "p", "l": "l", "f": "f", "e": "f", "t": "f", "m": "f", "x": "x", "s": "x", "w": "w", "i": "i"}
TOPS = {
    "p": 13,
    "l": 7,
    "f": 0,
    "x": 15,
    "w": 10,
    "i": 0,
}  # where a check's bar begins: tall is bad, without colours too


@dataclass(frozen=True)
class AlikePair:
    """Two submissions whose code is nearly the same: a hint for a person, and never a mark."""

    one: str
    other: str
    share: float


@dataclass(frozen=True)
class PageLinks:
    """Where the class's page leads.

    Attributes:
        student: the address of a student's page.
        table: the address of grades.csv.
        back: the address of the pages that this one belongs to, and their name; empty for a file.
        timings: the address of the page of where the time of a student's grading went; empty where there is none.
    """

    student: Callable[[str], str] = address
    table: str = "grades.csv"
    back: tuple[str, str] = ("", "")
    timings: Callable[[str], str] = lambda student: ""


def render_index(
    reports: Sequence[Report], *, title: str = "", lines: Sequence[str] = (), alike: Sequence[AlikePair] = ()
) -> str:
    """The class's page of reports; see `render_class`."""
    sheets: dict[AssignmentSheet, AssignmentSheet] = {}
    facts = [facts_of(one, sheets.setdefault(sheet := sheet_of(one), sheet)) for one in reports]
    return render_class(facts, title=title, lines=lines, alike=alike)


def render_class(
    facts: Sequence[StudentFacts],
    *,
    title: str = "",
    lines: Sequence[str] = (),
    alike: Sequence[AlikePair] = (),
    links: PageLinks | None = None,
) -> str:
    """The class's page for staff as the text of an HTML file.

    Args:
        lines: what staff should know about what was handed in.
        alike: submissions whose code is nearly the same.
        links: where it leads; to files next to it by default.
    """
    summary, links = summarise(facts), links or PageLinks()
    questions = [question.id for question in summary.questions]
    rows = Markup("").join(_row(one, questions, links) for one in facts)
    script = class_script()
    return rendered(
        "index.html.j2",
        title=title,
        summary=summary,
        lines=lines,
        alike=alike,
        links=links,
        rows=rows,
        width=CELL * max((len(one.outcomes) for one in facts), default=0),
        script=Markup(script),
        script_hash=hash_of(script),
    )


@functools.cache
def class_script() -> str:
    """The one script of the page: it sorts, searches and filters; the page works without."""
    return (Path(__file__).parents[1] / "templates" / "class.js").read_text("utf-8")


def _row(one: StudentFacts, questions: Sequence[str], links: PageLinks) -> Markup:
    """A student's row: built without a template, as there may be thousands."""
    place = {question.id: i for i, question in enumerate(one.sheet.questions)}
    cells = Markup("").join(_cell(one, place.get(id)) for id in questions)
    keys = check_keys(one.sheet)
    lost = [key for key, code in zip(keys, one.outcomes, strict=True) if code in LOST]
    named = [f"{one.sheet.questions[q].id}:{name}" for q, name, _ in one.named]
    name = one_line(one.student, 60)
    final = "" if one.final is None else f"{one.final:g}"
    late = Markup('<span class="quiet" title="{} taken off for lateness"> late</span>').format(f"{one.late:g}")
    return ROW.format(
        keys=clean(" ".join([*lost, *named])),
        href=links.student(one.student),
        name=name,
        cells=cells,
        points=f"{round(one.points, 2):g}",
        pending=f"{round(one.pending, 2):g}",
        final=final,
        late=late if one.late and final else "",
        width=CELL * len(one.outcomes),
        height=HEIGHT,
        label=f"{len(lost)} of {len(keys)} checks lost points",
        tip=clean(", ".join(lost[:12])) or "nothing lost",
        took=_took(one, links.timings(one.student)),
        map=_heat(one.outcomes),
    )


ROW = Markup(
    '<tr data-keys="{keys}"><th scope="row"><a href="{href}"><bdi>{name}</bdi></a></th>'
    '<td class="number"><strong>{points}</strong></td><td class="number quiet">{pending}</td>'
    '<td class="number"><strong>{final}</strong>{late}</td>'
    '<td class="heat"><svg width="{width}" height="{height}" role="img" aria-label="{label}"><title>{tip}</title>{map}'
    '</svg></td>{cells}<td class="number">{took}</td></tr>\n'
)
TOOK = Markup('<a href="{}" title="where the time went">{}</a>')
NOTHING = Markup("<td></td>")
TO_MARK = Markup('<td class="number h-pending" title="to be marked by a person">·</td>')
CELL_OF = Markup('<td class="number h-{}">{}{}{}</td>')
MORE = Markup('<span class="quiet">+</span>')
MACHINE = Markup('<span class="quiet" title="some of it given by machine"> m</span>')


def _took(one: StudentFacts, address: str) -> str:
    """Seconds of grading, and the way to where they went."""
    seconds = f"{one.seconds:.1f}"
    return TOOK.format(address, seconds) if address else seconds


def _cell(one: StudentFacts, place: int | None) -> Markup:
    if place is None:
        return NOTHING
    possible, standing = one.sheet.questions[place].possible, one.standings[place]
    if standing.pending == possible and possible:
        return TO_MARK
    level = int(4 * standing.points / possible) if possible else 4
    shown = f"{round(standing.points, 2):g}"
    return CELL_OF.format(level, shown, MORE if standing.pending else "", MACHINE if standing.by_machine else "")


@functools.lru_cache(maxsize=4096)
def _heat(outcomes: str) -> Markup:
    """The checks of one student as bars, neighbours of one look in one piece."""
    paths: dict[str, list[str]] = {}
    x = 0
    for look, run in groupby(outcomes, key=lambda code: LOOKS[code]):
        width = CELL * sum(1 for _ in run)
        paths.setdefault(look, []).append(f"M{x} {TOPS[look]}h{width}V{HEIGHT}h-{width}z")
        x += width
    return Markup("").join(Markup('<path class="k-{}" d="{}"/>').format(look, "".join(d)) for look, d in paths.items())
