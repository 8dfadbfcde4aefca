"""A class list: who is in the course, and by which keys they are known."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graders.errors import UsageError
from graders.intake.names import safe_name
from graders.lms.marks import listed
from graders.report.clean import one_line

NUMBERED = re.compile(r"^(?P<name>.*)_(?P<number>\d+)$")  # a name of signs alone is empty in file names


@dataclass(frozen=True)
class Person:
    """One person of a class list.

    Attributes:
        student: how graders names them.
        name: as people write it; empty where the list is blind.
        numbers: what a platform calls them within a file's or a folder's name, after an underscore.
        keys: mail address, student number, login: each identifies one person by itself.
        group: their group's name, where the list has groups.
        line: of the list.
    """

    student: str
    name: str
    numbers: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    group: str = ""
    line: int = 0

    @property
    def shown(self) -> str:
        """Who this is, in a sentence."""
        return f"{one_line(self.name or self.student, 80)} (line {self.line})"


@dataclass(frozen=True)
class Matching:
    """Who of a class list is whom.

    Attributes:
        people: student as graders names them -> the person.
        unmatched: students of whom the list says nothing.
        doubtful: a sentence on each student for whom several people might do, and on each person who might be several
            students.
    """

    people: dict[str, Person]
    unmatched: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()

    def doubts(self, person: Person) -> bool:
        """Whether a person is one of those that may be meant where it is not clear."""
        return any(person.shown in doubt for doubt in self.doubtful)


def same(text: str) -> str:
    """A key or a name without what platforms change in it: capitals, spellings of accents, spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.replace("_", " ").split())


def squeezed(text: str) -> str:
    """A name as file names have it: letters and digits alone."""
    return re.sub(r"[\W_]", "", same(text))


def name_forms(name: str) -> set[str]:
    """The ways in which platforms write one name: `Ada Stu`, `Stu, Ada`, `stuada`."""
    last, comma, first = name.partition(",")
    swapped = f"{first.strip()} {last.strip()}" if comma else name
    backwards = " ".join([*swapped.split()[-1:], *swapped.split()[:-1]])
    return {same(name), same(swapped), squeezed(name), squeezed(swapped), squeezed(backwards)} - {""}


def match(students: Sequence[str], people: Sequence[Person]) -> Matching:
    """Find each student's person by the strongest key: the whole name, then number with name, then keys, then the name.

    Nothing is guessed: where a number says one person and the name next to it another, neither is taken.
    """
    index = _Index(people)
    found: dict[str, Person] = {}
    unmatched, doubtful = [], []
    for student in students:
        candidates = index.candidates(student)
        if len(candidates) == 1:
            found[student] = candidates[0]
        elif candidates:
            doubtful.append(f"{one_line(student, 80)} may be {' or '.join(one.shown for one in candidates[:5])}")
        else:
            unmatched.append(student)
    claimed: dict[Person, list[str]] = {}
    for student, person in found.items():
        claimed.setdefault(person, []).append(student)
    for person, several in claimed.items():
        if len(several) > 1:
            doubtful.append(f"{listed(several)} are all {person.shown}")
            for student in several:
                del found[student]
    return Matching(found, tuple(unmatched), tuple(doubtful))


def through(students: Sequence[str], roster: Sequence[Person], people: Sequence[Person]) -> Matching:
    """Whom a platform's file means, found by way of a class list where the file alone does not tell."""
    direct = match(students, people)
    open = [student for student in students if student not in direct.people]
    if not open or not roster:
        return direct
    known = match(open, roster)
    found, unmatched, doubtful = dict(direct.people), [], list(known.doubtful)
    for student in open:
        if student not in known.people:
            if student in known.unmatched:
                unmatched.append(student)
            continue
        person = known.people[student]
        aliases = [*person.keys, person.student]
        by_key = {one for alias in aliases for one in match([alias], people).people.values()}
        by_number = {one for one in people if set(one.numbers) & set(person.numbers)}
        by_name = set(match([person.name], people).people.values()) if person.name else set()
        candidates = by_key or by_number or by_name
        if len(candidates) == 1:
            found[student] = candidates.pop()
        else:
            unmatched.append(student)
    claimed: dict[Person, str] = {}
    for student, person in list(found.items()):
        other = claimed.setdefault(person, student)
        if other != student:
            doubtful.append(f"{listed([other, student])} are both {person.shown}")
    return Matching(found, tuple(unmatched), tuple(doubtful))


def refuse_mismatch(unmatched: Sequence[str], doubtful: Sequence[str], name: str, advice: str) -> None:
    """Refuse a file in which somebody's mark has no row, or more than one.

    Raises:
        UsageError: there is one.
    """
    if doubtful:
        raise UsageError(
            f"{name}: {'; '.join(doubtful[:5])}; nothing was written. Name one with --roster or --without."
        )
    if unmatched:
        raise UsageError(
            f"{name} has no row for {listed(unmatched)}; nothing was written. {advice} "
            "Leave somebody out by --without NAME."
        )


class _Index:
    """People by all that may name them."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._whole: dict[str, list[Person]] = {}
        self._numbers: dict[str, list[Person]] = {}
        self._keys: dict[str, list[Person]] = {}
        self._names: dict[str, list[Person]] = {}
        for person in people:
            _enter(self._whole, {same(person.student), same(safe_name(person.student))}, person)
            _enter(self._numbers, person.numbers, person)
            _enter(self._keys, {form for key in person.keys for form in (same(key), same(safe_name(key)))}, person)
            _enter(self._names, _safe_forms(person.name), person)

    def candidates(self, student: str) -> list[Person]:
        """Who a student may be: one where it is clear, none where nothing fits."""
        plain = same(student)
        sure = self._whole.get(plain, [])
        if len(sure) == 1:
            return sure
        sure = list(dict.fromkeys([*sure, *self._keys.get(plain, [])]))
        if sure:
            return sure
        numbered = NUMBERED.match(student)
        if not numbered:
            return self._named(student) or self._behind_login(student)
        by_number, by_name = self._numbers.get(numbered["number"], []), self._named(numbered["name"])
        both = [person for person in by_number if person in by_name or not person.name]
        if both or by_number:
            return both
        # the number is another platform's: the name alone has to do, where this list has no numbers of that kind
        return [] if any(_numbered_like(numbered["name"], person) for person in by_name) else by_name

    def _behind_login(self, student: str) -> list[Person]:
        """Who is named by a login and their own name behind it, as Brightspace may do."""
        login, _, name = student.partition(" ")
        known = [*self._keys.get(same(login), []), *self._whole.get(same(login), [])]
        return list(dict.fromkeys(person for person in known if name and person in self._named(name)))

    def _named(self, name: str) -> list[Person]:
        found = [person for form in _safe_forms(name) for person in self._names.get(form, [])]
        return list(dict.fromkeys(found))


def _safe_forms(name: str) -> set[str]:
    return {form for one in (name, safe_name(name)) for form in name_forms(one)} if name else set()


def _numbered_like(name: str, person: Person) -> bool:
    """Whether a person's own list would have given this name its number: then another number is another person."""
    head = NUMBERED.match(person.student)
    return bool(head) and same(head["name"] if head else "") == same(name)


def _enter(index: dict[str, list[Person]], names: Iterable[str], person: Person) -> None:
    for name in names:
        if name:
            index.setdefault(name, []).append(person)
