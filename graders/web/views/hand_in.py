"""Handing in: a file goes in, its receipt, the public checks and the report come out, each student's own alone."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from anyio import to_thread
from litestar import Controller, Request, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response, ServerSentEvent, Template
from litestar.status_codes import HTTP_400_BAD_REQUEST

from graders.errors import IntakeError, UsageError
from graders.queue.attempts import Receipt
from graders.web.desk import MarkingDesk
from graders.web.desks import Desks
from graders.web.given import InPath, ThePerson
from graders.web.hand_in import HandInDesk, sentence
from graders.web.identity import SignedIn
from graders.web.pages import page, see
from graders.web.safety import policy_of, students_only

MOST_BYTES = 110 << 20  # of a request; what an assignment takes is said in a sentence, and is less
EVERY, LONGEST = 1.0, 600  # seconds between two looks at the queue; looks of one connection
NOTHING = "Nothing of it was taken; what you have handed in before stands."
NO_FILE = "Choose a file first: your notebook, a script, or a zip."
TOO_LARGE = (
    "This file has {size:.0f} MB, and at most {most} MB can be taken: clear its outputs, save it, and try again."
)

NumberInPath = FromPath[int]
TheHandIn = NamedDependency[HandInDesk]


class HandInPages(Controller):
    """The pages of a student: there is no address in them at which anything of somebody else stands."""

    path = "/submit/{assignment:str}"
    guards = (students_only,)

    @get("/", sync_to_thread=True)
    def show(
        self, request: Request[Any, Any, Any], assignment: InPath, hand_in: TheHandIn, person: ThePerson
    ) -> Template:
        """The form, and the student's own attempts."""
        _known(hand_in, assignment)
        return _page(request, hand_in, person)

    @post("/", request_max_body_size=MOST_BYTES)
    async def receive(
        self, request: Request[Any, Any, Any], assignment: InPath, hand_in: TheHandIn, person: ThePerson
    ) -> Redirect | Template:
        """Take a file, or say what is wrong with it."""
        _known(hand_in, assignment)
        form = await request.form()
        file = form.get("file")
        try:
            if not isinstance(file, UploadFile) or not file.filename:
                raise UsageError(NO_FILE)
            receipt = await to_thread.run_sync(_receive, hand_in, person, file, limiter=request.app.state.reading)
        except (IntakeError, UsageError) as error:
            note = f"{error} {NOTHING}" if isinstance(error, IntakeError) else str(error)
            again = partial(_page, request, hand_in, person, note, HTTP_400_BAD_REQUEST)
            return await to_thread.run_sync(again)
        finally:
            if isinstance(file, UploadFile):
                await file.close()
        return see(f"/submit/{assignment}/{receipt.number}")

    @get("/{number:int}", sync_to_thread=True)
    def attempt(
        self,
        request: Request[Any, Any, Any],
        assignment: InPath,
        number: NumberInPath,
        hand_in: TheHandIn,
        person: ThePerson,
    ) -> Template:
        """One attempt: its receipt, and what the public checks say."""
        _known(hand_in, assignment)
        shown = next((one for one in hand_in.shown(person) if one.receipt.number == number), None)
        if shown is None:
            raise NotFoundException("You have no such attempt.")
        every = [hand_in.board.status(one.id) for one in hand_in.receipts(person)]
        seen = sum(len(status.done) for status in every)
        where = sentence(shown.status)
        return page("attempt", request, _whole(request), shown=shown, hand_in=hand_in, sentence=where, seen=seen)

    @get("/{number:int}/report", sync_to_thread=True)
    def report(self, assignment: InPath, number: NumberInPath, hand_in: TheHandIn, person: ThePerson) -> Response[str]:
        """The report of one attempt, as far as the instructor's rule shows it."""
        _known(hand_in, assignment)
        text = hand_in.page(person, number)
        if text is None:
            raise NotFoundException("There is no report of this attempt yet.")
        style = importlib.import_module("graders.report.html").style_sheet()
        headers = {"Content-Security-Policy": policy_of(style, "")}
        return Response(text, media_type="text/html", headers=headers)

    @get("/{number:int}/file", sync_to_thread=True)
    def file(self, assignment: InPath, number: NumberInPath, hand_in: TheHandIn, person: ThePerson) -> Response[bytes]:
        """The file of an attempt as it was received."""
        _known(hand_in, assignment)
        found = hand_in.file(person, number)
        if found is None:
            raise NotFoundException("You have no such attempt.")
        suffix = found[0].name.rpartition(".")[2]
        suffix = suffix if suffix.isalnum() and suffix.isascii() else "bin"
        name = f'attachment; filename="{assignment}-attempt-{number}.{suffix[:10]}"'
        return Response(found[1], media_type="application/octet-stream", headers={"Content-Disposition": name})

    @get("/{number:int}/receipt.txt", sync_to_thread=True)
    def receipt(self, assignment: InPath, number: NumberInPath, hand_in: TheHandIn, person: ThePerson) -> Response[str]:
        """The receipt as a text to keep."""
        _known(hand_in, assignment)
        one = next((one for one in hand_in.receipts(person) if one.number == number), None)
        if one is None:
            raise NotFoundException("You have no such attempt.")
        lines = {
            "assignment": assignment,
            "student": person.name,
            "attempt": one.number,
            "received": one.received,
            "file": one.name,
            "bytes": one.size,
            "sha256": one.sha256,
        }
        text = "".join(f"{name:<11} {value}\n" for name, value in lines.items())
        headers = {"Content-Disposition": f'attachment; filename="{assignment}-attempt-{number}-receipt.txt"'}
        return Response(text, media_type="text/plain; charset=utf-8", headers=headers)

    @get("/events")
    async def events(
        self, assignment: InPath, hand_in: TheHandIn, person: ThePerson, seen: FromQuery[int] = 0
    ) -> ServerSentEvent:
        """Where the student's own attempts stand, again and again while anything is still to be done.

        Args:
            seen: how many stages the page shows as done.
        """
        _known(hand_in, assignment)
        return ServerSentEvent(_told(hand_in, person, seen))


def _whole(request: Request[Any, Any, Any]) -> MarkingDesk:
    """The desk, of which these pages show the title alone."""
    desks: Desks = request.app.state.desks
    return desks.whole


def _known(hand_in: HandInDesk, assignment: str) -> None:
    if assignment != hand_in.assignment:
        raise NotFoundException("There is no such assignment here.")


def _receive(hand_in: HandInDesk, person: SignedIn, file: UploadFile) -> Receipt:
    size = file.file.seek(0, 2)
    if size > hand_in.rules.most_mb << 20:
        raise UsageError(TOO_LARGE.format(size=size / (1 << 20), most=hand_in.rules.most_mb))
    file.file.seek(0)
    return hand_in.receive(person, file.filename, file.file.read())


def _page(
    request: Request[Any, Any, Any],
    hand_in: HandInDesk,
    person: SignedIn,
    note: str = "",
    status: int = 200,
) -> Template:
    rows = [(one, sentence(one.status)) for one in hand_in.shown(person)]
    due = hand_in.due(person)
    about = {"rows": rows, "hand_in": hand_in, "due": due.isoformat() if due else "", "note": note}
    return page(
        "submit", request, _whole(request), status=status, seen=sum(len(one.status.done) for one, _ in rows), **about
    )


async def _told(hand_in: HandInDesk, person: SignedIn, seen: int) -> AsyncIterator[dict[str, Any]]:
    """`places` with where the attempts stand that wait, and `done` whenever more is done than was seen."""
    receipts = await to_thread.run_sync(hand_in.receipts, person)
    known = {one.number: await to_thread.run_sync(hand_in.board.status, one.id) for one in receipts}
    open = [one for one in receipts if known[one.number].stage is not None]
    for _ in range(LONGEST):
        done = sum(len(status.done) for status in known.values())
        if done != seen:
            yield {"event": "done", "data": str(done)}
        seen = done
        yield {"event": "places", "data": json.dumps({one.number: sentence(known[one.number]) for one in open})}
        if not open:
            return
        await asyncio.sleep(EVERY)
        if hand_in.board.fresh() is None:
            await to_thread.run_sync(hand_in.board.look)
        look = hand_in.board.fresh()
        for one in open:
            found = look.standings.get(one.id) if look else None
            if found is None:
                found = await to_thread.run_sync(hand_in.board.status, one.id)
            known[one.number] = found
        open = [one for one in open if known[one.number].stage is not None]
