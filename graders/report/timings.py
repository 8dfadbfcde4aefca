"""Where the time of gradings went: a table for the terminal, and one submission's waterfall as a page for staff."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import floor, log10

from rich.console import Group
from rich.table import Table
from rich.text import Text

from graders.report.clean import one_line
from graders.report.html import rendered
from graders.timing import PHASES, WHOLE, Span, own_seconds

SLOWEST = 12  # pieces of work that are listed
TONES = {
    "cells": "theirs",
    "calls": "theirs",
    "checks": "judging",
    "reference": "judging",
    "diagnosis": "judging",
    "fork": "walls",
}  # whose time a phase is, by colour; all others are the grader's own
SHORT = {"checks": "judging", "reference": "reference"}  # phases whose pieces need that said
CLOSE = 0.15  # percent of the whole between two pieces of a bar that are drawn as one
TICKS = 5  # about as many as an axis has


@dataclass(frozen=True)
class PhaseTime:
    """What one phase took: seconds in all, and its share of everything."""

    phase: str
    label: str
    seconds: float
    share: float

    @property
    def tone(self) -> str:
        """The colour in which it is drawn."""
        return TONES.get(self.phase, "ours")


@dataclass
class PieceTime:
    """What one piece of work took itself, over all submissions.

    Attributes:
        path: where it belongs: the question, the check, what was called.
        count: how often it was done.
        longest: seconds of the longest time, of `student`.
    """

    phase: str
    path: tuple[str, ...]
    seconds: float = 0.0
    count: int = 0
    longest: float = 0.0
    student: str = ""

    def add(self, seconds: float, student: str) -> None:
        """Count one more."""
        self.seconds, self.count = self.seconds + seconds, self.count + 1
        if seconds >= self.longest:
            self.longest, self.student = seconds, student


@dataclass(frozen=True)
class TimeSummary:
    """What gradings took: by phase in the order of `PHASES`, and the pieces that took most, the longest first."""

    submissions: int
    seconds: float
    phases: tuple[PhaseTime, ...]
    slowest: tuple[PieceTime, ...]


@dataclass(frozen=True)
class WaterfallRow:
    """A span as it is drawn.

    Attributes:
        start, width: of its bar, in percent of the whole.
        within: the rows of the spans that lie within it.
    """

    span: Span
    start: float
    width: float
    tone: str
    within: list[WaterfallRow] = field(default_factory=list)

    @property
    def inside(self) -> list[tuple[float, float, str]]:
        """What is done within it: pieces of its bar, each with its start, width and tone, neighbours in one."""
        found: list[tuple[float, float, str]] = []
        for start, width, tone in self._innermost() if self.within else ():
            if found and found[-1][2] == tone and start - sum(found[-1][:2]) < CLOSE:
                found[-1] = (found[-1][0], start + width - found[-1][0], tone)
            else:
                found.append((start, width, tone))
        return found

    def _innermost(self) -> Iterator[tuple[float, float, str]]:
        for row in self.within:
            if row.within:
                yield from row._innermost()
            else:
                yield row.start, row.width, row.tone


def summed(records: Iterable[tuple[str, Sequence[Span]]]) -> TimeSummary:
    """What the gradings of some students took; what spans took themselves counts, so that nothing counts twice.

    Args:
        records: students, each with the spans of the grading in the order in which they began.
    """
    students = 0
    phases, pieces = dict.fromkeys(PHASES, 0.0), dict[tuple[str, ...], PieceTime]()
    for student, spans in records:
        students += 1
        for path, span, own in own_seconds(spans):
            phases[span.phase] = phases.get(span.phase, 0.0) + own
            if span.phase != WHOLE:
                key = (span.phase, *path, span.name)
                pieces.setdefault(key, PieceTime(span.phase, (*path, span.name))).add(own, student)
    total = sum(phases.values())
    return TimeSummary(
        students,
        total,
        tuple(
            PhaseTime(phase, PHASES.get(phase, phase), seconds, seconds / (total or 1.0))
            for phase, seconds in phases.items()
        ),
        tuple(sorted(pieces.values(), key=lambda piece: -piece.seconds)[:SLOWEST]),
    )


def to_time_tables(summary: TimeSummary) -> Group:
    """Two tables for the terminal: by phase, and the slowest pieces of work."""
    count = summary.submissions or 1
    by_phase = Table(title="Where the time went", title_justify="left", pad_edge=False)
    by_phase.add_column("Phase")
    for name in ("In all", "A submission", "Share"):
        by_phase.add_column(name, justify="right")
    for phase in summary.phases:
        figures = duration(phase.seconds), duration(phase.seconds / count), f"{100 * phase.share:.1f} %"
        by_phase.add_row(phase.label, *figures)
    by_phase.add_section()
    by_phase.add_row("All", duration(summary.seconds), duration(summary.seconds / count), "")
    slowest = Table(title="The slowest pieces, each without what lies within it", title_justify="left", pad_edge=False)
    for name in ("Question", "Check", "What"):
        slowest.add_column(name, overflow="fold")
    for name in ("A submission", "Times", "Longest"):
        slowest.add_column(name, justify="right")
    slowest.add_column("Whose", overflow="fold")
    for piece in summary.slowest:
        figures = duration(piece.seconds / count), str(piece.count), duration(piece.longest)
        where = (Text(one_line(part, 60)) for part in _columns(piece))
        slowest.add_row(*where, *figures, Text(one_line(piece.student, 30)))
    return Group(by_phase, slowest)


def _columns(piece: PieceTime) -> tuple[str, str, str]:
    """Question, check and what was done there; what belongs to no question or check leaves that empty."""
    *outer, last = piece.path
    kind = SHORT.get(piece.phase, "")
    if piece.phase == "checks":
        question, check, what = (*outer, last, "")[0], last if outer else "", kind
    else:
        (question, check), what = (*outer, "", "")[:2], f"{kind}: {last}" if kind else last
    return question, check.replace("_", " "), what  # so that a long name of a check breaks between words


def render_timings(
    student: str, spans: Sequence[Span], *, title: str = "", back: tuple[str, str] = ("", ""), profile: str = ""
) -> str:
    """One submission's waterfall, for staff, as the text of an HTML file without scripts.

    Args:
        spans: in the order in which they began; none where they were not kept.
        title: the assignment's title.
        back: the address of the page that this one belongs to, and its name.
        profile: the one that the submission was graded on.
    """
    summary = summed([(student, spans)])
    end, rows = _end(spans), waterfall(spans)
    return rendered(
        "timings.html.j2",
        title=title,
        student=student,
        back=back,
        profile=profile,
        summary=summary,
        end=end,
        rows=rows,
        longest=max(rows, key=lambda row: row.span.seconds, default=None),
        ticks=[(100 * at / end, duration(at) if at else "0") for at in ticks(end)],
        duration=duration,
        tones=TONES,
        names=PHASES,
    )


def waterfall(spans: Sequence[Span]) -> list[WaterfallRow]:
    """The spans as rows within rows; what lies in the whole stands outermost."""
    end = _end(spans) or 1.0
    outermost: list[WaterfallRow] = []
    open_rows: list[WaterfallRow] = []
    for span in spans:
        if span.phase == WHOLE:
            continue
        while open_rows and open_rows[-1].span.depth >= span.depth:
            open_rows.pop()
        made = WaterfallRow(span, 100 * span.start / end, 100 * span.seconds / end, TONES.get(span.phase, "ours"))
        (open_rows[-1].within if open_rows else outermost).append(made)
        open_rows.append(made)
    return outermost


def _end(spans: Sequence[Span]) -> float:
    return max((span.start + span.seconds for span in spans), default=0.0)


def ticks(end: float) -> list[float]:
    """Round times from 0 on, some five of them, up to an end in seconds."""
    if end <= 0:
        return []
    rough = end / TICKS
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return [step * number for number in range(int(end / step) + 1) if step * number <= 0.97 * end]


def duration(seconds: float) -> str:
    """Seconds with three digits at the most, in milliseconds where they are few."""
    if seconds >= 1.0:
        return f"{seconds:,.0f} s" if seconds >= 100 else f"{seconds:.3g} s"
    return f"{1000 * seconds:.0f} ms" if seconds >= 0.01 else f"{1000 * seconds:.1f} ms"
