"""Pages out of templates, and what all pages share: the course, who is signed in, how far the marking is."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from litestar import Request
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_200_OK, HTTP_303_SEE_OTHER
from litestar.template.base import csrf_token
from markupsafe import Markup

from graders.marking.answer import Answer
from graders.marking.ledger import Ledger
from graders.marking.second import differences, to_read
from graders.report.clean import one_line
from graders.report.environment import templates
from graders.report.words import points, prose, when
from graders.web.desk import MarkingDesk, Part, is_open
from graders.web.identity import SignedIn


@dataclass(frozen=True)
class Progress:
    """How far the marking of one part is.

    Attributes:
        by_machine: answers of which a machine has given every item and nobody has looked at.
        groups: how many judgements are still needed, as answers are grouped now.
    """

    part: Part
    title: str
    possible: float
    total: int
    open: int
    by_machine: int
    groups: int

    @property
    def done(self) -> int:
        """How many answers are decided."""
        return self.total - self.open

    @property
    def share(self) -> float:
        """The decided ones as a share of all."""
        return self.done / self.total if self.total else 1.0


@functools.cache
def engine() -> JinjaTemplateEngine:
    """The templates, in which whatever is printed is cleaned and escaped."""
    environment = templates("graders.web")
    environment.filters |= {
        "points": points,
        "prose": prose,
        "one_line": one_line,
        "when": when,
        "moment": moment,
        "signed": signed,
    }
    environment.globals["token"] = token
    return JinjaTemplateEngine.from_environment(environment)


@pass_context
def token(context: Context) -> Markup:
    """The field of a form without which nothing is taken from it."""
    return Markup('<input type="hidden" name="_csrf_token" value="{}">').format(csrf_token(context.get_all()))


def page(
    template: str, request: Request[Any, Any, Any], desk: MarkingDesk, *, status: int = HTTP_200_OK, **context: Any
) -> Template:
    """A page with what all pages show."""
    person: SignedIn | None = request.scope.get("user")
    shared: dict[str, Any] = {
        "course": desk.course,
        "person": person,
        "here": request.url.path,
        "flash": None,
        "note": "",
    }
    shared["lti"] = request.app.state.lti is not None
    return Template(f"{template}.html.j2", context=shared | context, status_code=status, media_type="text/html")


def see(path: str) -> Redirect:
    """Go on to another page, by GET."""
    return Redirect(path, status_code=HTTP_303_SEE_OTHER)


def progress(desk: MarkingDesk, ledger: Ledger, part: Part) -> Progress:
    """How far the marking of a part is."""
    answers = desk.shelf().parts[part]
    left = [one for one in answers if is_open(one, ledger)]
    machine = sum(ledger.decision(one.slot) is None and not is_open(one, ledger) for one in answers)
    groups = sum(any(is_open(one, ledger) for one in group) for group in desk.groups(part))
    title, possible = (answers[0].title, answers[0].possible) if answers else ("", 0.0)
    return Progress(part, title, possible, len(answers), len(left), machine, groups)


def all_progress(desk: MarkingDesk, ledger: Ledger) -> list[Progress]:
    """How far the marking of each part is."""
    return [progress(desk, ledger, part) for part in desk.shelf().parts]


def second_work(desk: MarkingDesk, ledger: Ledger, person: SignedIn) -> tuple[int, int]:
    """How many answers somebody may read as the second, and how many second opinions differ."""
    answers: Sequence[Answer] = list(desk.shelf().answers.values())
    return len(to_read(answers, ledger, person.name, desk.course.share)), len(differences(answers, ledger))


def moment(text: str) -> str:
    """An ISO 8601 time in UTC as people write it, to the second."""
    return text[:19].replace("T", " ") + " UTC"


def signed(value: float) -> str:
    """A number with its sign."""
    return f"{round(value, 4):+g}"
