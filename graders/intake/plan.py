"""Who handed in what: people, what came from each place, and how that is put together."""

from __future__ import annotations

from dataclasses import dataclass, field

from graders.intake.choosing import Work


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
    """

    place: str
    people: tuple[NamedStudent, ...]
    works: tuple[Work, ...]
    received: str = ""


@dataclass(frozen=True)
class Layout:
    """Who handed in what, and sentences for staff."""

    sources: tuple[Source, ...]
    lines: tuple[str, ...] = ()


@dataclass
class Plan:
    """Sources and lines as they are found."""

    works: dict[str, list[Work]] = field(default_factory=dict)
    people: dict[str, tuple[NamedStudent, ...]] = field(default_factory=dict)
    received: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def add(self, place: str, people: NamedStudent | tuple[NamedStudent, ...], work: Work, received: str = "") -> None:
        """Add a file to what came from a place."""
        self.works.setdefault(place, []).append(work)
        self.people[place] = people if isinstance(people, tuple) else (people,)
        self.received[place] = received

    def layout(self) -> Layout:
        """What has been found."""
        sources = (Source(p, self.people[p], tuple(works), self.received[p]) for p, works in self.works.items())
        return Layout(tuple(sources), tuple(self.lines))
