"""The first page: how far the marking is, and where to go on."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, get
from litestar.response import Template

from graders.web.given import TheDesk, ThePerson
from graders.web.pages import Progress, all_progress, page, second_work

DONE = {"second": "Nothing waits for you as the second reader just now. Thank you."}


class OverviewPages(Controller):
    """Where the marking stands."""

    @get("/", sync_to_thread=True)
    def show(self, request: Request[Any, Any, Any], desk: TheDesk, person: ThePerson) -> Template:
        """Every question that people mark, and what else waits."""
        ledger = desk.ledger()
        parts = all_progress(desk, ledger)
        second, differing = second_work(desk, ledger, person)
        reports = desk.shelf().reports.settled(ledger) if person.instructs else []
        undecided = sum(bool(v.pending and not v.items) for r in reports for q in r.questions for v in q.verdicts)
        done = request.query_params.get("done", "")
        named = next((p for p in parts if p.part[0] == done), None)
        return page(
            "overview",
            request,
            desk,
            parts_=parts,
            second=second,
            differing=differing,
            undecided=undecided,
            students=len(desk.shelf().reports.reports),
            final=sum(report.final is not None for report in reports),
            note=DONE.get(done) or (_told(named) if named else ""),
            flash=request.query_params.get("did"),
        )

    @get("/progress", sync_to_thread=True)
    def numbers(self, desk: TheDesk) -> dict[str, dict[str, int]]:
        """How far each question is, for pages that are open."""
        found = all_progress(desk, desk.ledger())
        return {f"{p.part[0]}/{p.part[1]}": {"done": p.done, "total": p.total, "groups": p.groups} for p in found}


def _told(part: Progress) -> str:
    """What is said to somebody for whom there is no next answer."""
    if part.open:
        return f"Somebody else has just opened what is still open of “{part.title}”. Look again in some minutes."
    return f"Every answer to “{part.title}” is decided."
