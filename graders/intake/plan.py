"""Who handed in what: people, what came from each place, and how that is put together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from graders.intake.choosing import Work
from graders.intake.names import shown
from graders.intake.uploads import File
from graders.notebooks.endings import is_work

REPORTS = "graders.db"  # what only a folder of our own reports holds
SHOWN = 10
# Files next to students' work that are not theirs: lists, settings, what systems leave.
NO_WORK = re.compile(
    r"^[.~]|^(?:readme|licen[cs]e|makefile|index|thumbs|desktop|timestamp|requirements)\b|"
    r"\.(?:csv|tsv|xlsx?|ods|toml|ya?ml|xml|db|sqlite|ini|cfg|log|lock|css|js|sh|bat|ps1|tmp)$",
    re.I,
)


@dataclass(frozen=True)
class NamedStudent:
    """A student as a layout names them.

    Attributes:
        name: to be shown.
        identity: what tells them from everybody else; two sources with the same one that is `sure` are one person's.
        sure: whether an LMS gave the identity, rather than a folder's name.
    """

    name: str
    identity: str
    sure: bool = False


@dataclass(frozen=True)
class Source:
    """What was handed in at one place.

    Attributes:
        place: the folder or the beginning of the files' names, as staff know it.
        people: whose it is: one person, or several for a group.
        works: the files, each with its path below the place.
        received: when it was handed in, where the layout tells it.
        order: a time without its zone, or another text, by which a platform tells one person's attempts apart.
    """

    place: str
    people: tuple[NamedStudent, ...]
    works: tuple[Work, ...]
    received: str = ""
    order: str = ""


@dataclass(frozen=True)
class Layout:
    """Who handed in what, and sentences for staff."""

    sources: tuple[Source, ...]
    lines: tuple[str, ...] = ()


@dataclass
class Plan:
    """Sources and lines as they are found.

    Attributes:
        loose: files that lie in no student's folder; those that turn out to be nobody's work are named to staff.
    """

    works: dict[str, list[Work]] = field(default_factory=dict)
    people: dict[str, tuple[NamedStudent, ...]] = field(default_factory=dict)
    received: dict[str, str] = field(default_factory=dict)
    order: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    loose: list[File] = field(default_factory=list)

    def add(
        self,
        place: str,
        people: NamedStudent | tuple[NamedStudent, ...],
        work: Work,
        received: str = "",
        order: str = "",
    ) -> None:
        """Add a file to what came from a place."""
        self.works.setdefault(place, []).append(work)
        self.people[place] = people if isinstance(people, tuple) else (people,)
        self.received[place], self.order[place] = received, order

    def without_reports(self, files: Sequence[File]) -> list[File]:
        """The files without folders of our own reports, of which staff read."""
        reports = {file.parts[0] for file in files if len(file.parts) == 2 and file.name == REPORTS}
        reports -= {file.parts[0] for file in files if file.parts[0] in reports and is_work(file.name)}
        self.lines += [
            f"The folder {shown(name)} holds reports of graders and no submissions." for name in sorted(reports)
        ]
        return [file for file in files if file.parts[0] not in reports]

    def layout(self) -> Layout:
        """What has been found."""
        sources = (
            Source(place, self.people[place], tuple(works), self.received[place], self.order[place])
            for place, works in self.works.items()
        )
        return Layout(tuple(sources), (*self.lines, *self._passed_over()))

    def _passed_over(self) -> list[str]:
        """A sentence on the loose files that may be somebody's work, and that cannot be graded as they are."""
        counted = {id(work.file) for works in self.works.values() for work in works}
        left = [file.name for file in self.loose if id(file) not in counted and not file.link]
        names = sorted({name for name in left if not NO_WORK.search(name)})
        if not names:
            return []
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        return [
            f"Not graded, as no notebook, script or zip: {', '.join(map(shown, names[:SHOWN]))}{more}; if it is "
            "somebody's work, ask for the notebook itself."
        ]
