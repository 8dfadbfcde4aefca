"""A report made ready to be kept and shown, by the process that graded it: its page rendered, its outputs packed.

Rendering comes after the marks and can never touch them. What a student wrote may make it slow, large or too deep; so
it happens alongside the grading, in a process that has an end (`bounded`), and where that end is reached the page shows
what was written as plain text.
"""

from __future__ import annotations

import traceback
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from graders.archive.record import pack_cells
from graders.bounded import Exceeded, bounded
from graders.model import CellRun, Remark, Report, Submission
from graders.notebooks.notebook import Notebook
from graders.report.html import notebook_pages, render_report, stamp
from graders.report.json import dumps
from graders.timing import WHOLE, Span, recording, span

CPU_SECONDS, MEGABYTES = 4.0, 1024
PLAIN = "What you wrote is shown here as plain text, because {}."


@dataclass(frozen=True)
class Finished:
    """A report without what weighs much, and that in the form in which it is kept.

    Attributes:
        report: without the submission's bytes and without the cells.
        cells: the cells, as the store keeps them.
        page: report.html, compressed; None where it has not been rendered.
        data: report.json, as the student gets it.
        spans: where the time went, as far as it is known where this comes from.
    """

    report: Report
    cells: bytes
    page: bytes | None
    data: str
    spans: tuple[Span, ...] = ()

    @property
    def html(self) -> str:
        """The text of report.html."""
        return zlib.decompress(self.page or b"").decode("utf-8", "replace")


def warm_up(release: Notebook) -> None:
    """Lay out the notebook as it was handed out, our own text: what most of each page is made of.

    Copies of this process, in which the pages are rendered, then lay out what a student wrote, and load nothing.
    """
    notebook_pages()
    cells = tuple(CellRun(number, None, cell.source, kind=cell.kind) for number, cell in enumerate(release.cells))
    render_report(Report("release", Submission("release", "release", b"", ".ipynb", ""), (), cells=cells))


def finish(report: Report, *, title: str = "", cpu_seconds: float = CPU_SECONDS) -> Finished:
    """Render a report and pack its cells.

    Args:
        title: the assignment's title.
        cpu_seconds: what its page may take.
    """
    with span("report", "laying out the report"):
        return _laid_out(report, title, cpu_seconds)


def _laid_out(report: Report, title: str, cpu_seconds: float) -> Finished:
    light = unburdened(report)
    data = dumps(light, staff=False)
    notebook_pages()  # loaded here once, not in each copy of this process
    render = partial(render_report, title=title, stamp=stamp(data))
    shown = replace(light, cells=report.cells)
    try:
        page = _rendered(partial(render, shown), cpu_seconds)
    except Exceeded as excess:
        told = replace(shown, notices=(*report.notices, PLAIN.format(excess)))
        page = _rendered(partial(render, told, plain=True), cpu_seconds)
    except Exception:  # noqa: BLE001 - a fault of ours after the marks: they stand, and staff are notified
        remark = Remark("The grader failed to render this report; its page shows plain text.", traceback.format_exc())
        light = replace(light, remarks=(*light.remarks, remark))
        page = _rendered(partial(render, shown, plain=True), cpu_seconds)
    return Finished(light, pack_cells(report.cells), page, data)


def timed(grade: Callable[[], Report], *, title: str = "") -> Finished:
    """What `finish` makes of a report that is graded now, with where the time went.

    Args:
        title: the assignment's title.
    """
    with recording() as record, span(WHOLE):
        done = finish(grade(), title=title)
    return replace(done, spans=record.spans)


def unfinished(report: Report) -> Finished:
    """A report that was found in the store, whose page is most likely there."""
    light = unburdened(report)
    return Finished(light, b"", None, dumps(light, staff=False))


def unburdened(report: Report) -> Report:
    """The report without the submission's bytes and without what its cells showed."""
    return replace(report, cells=(), submission=replace(report.submission, content=b"", beside=()))


def _rendered(render: Callable[[], str], cpu_seconds: float) -> bytes:
    return bounded(partial(_compressed, render), cpu_seconds=cpu_seconds, megabytes=MEGABYTES)


def _compressed(render: Callable[[], str]) -> bytes:
    return zlib.compress(render().encode("utf-8", "replace"), 1)
