"""The top of what was given: folders and files, what wraps them, and what one student's folder is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graders.intake.choosing import Work, own_name, put_aside
from graders.intake.names import shown
from graders.intake.plan import NamedStudent, Plan
from graders.intake.uploads import File
from graders.notebooks.endings import is_work, stem

METADATA = "submission_metadata.yml"  # what Gradescope's export holds
EXPORT = re.compile(r"^assignment_\d+_export$")  # the folder around it
WRAPPERS = ("submitted", "submissions")
DAY = (
    r"mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|"
    r"montag|dienstag|mittwoch|donnerstag|freitag|samstag|segunda|ter[cç]a|quarta|quinta|sexta|s[aá]bado"
)
HALF = r"am|pm|mornings?|afternoons?|evenings?|manh[aã]|tarde|noite|vormittag|nachmittag"
SECTION = re.compile(
    r"^(?:(?:section|group|tutorial|lab|class|stream|late|week|gruppe|uebung|übung|turma|turno|grupo)[ _-]?\w{0,12}"
    rf"|(?:{DAY})(?:[ _-]?(?:{HALF}|\d{{1,4}}))?|(?:{HALF})(?:[ _-]?\d{{1,4}})?)$",
    re.I,
)
RELEASED = ("checks", "data")  # folders that come with the release, and that students hand in again


@dataclass(frozen=True)
class Top:
    """The top of what was given: folders with what is in them, as paths below them, and files next to them."""

    assignment: str
    folders: Mapping[str, Sequence[tuple[tuple[str, ...], File]]]
    files: Sequence[File]
    depth: int = 0

    @classmethod
    def of(cls, files: Sequence[File], assignment: str, depth: int = 0) -> Top:
        """The top of some files, below so many folders."""
        folders: dict[str, list[tuple[tuple[str, ...], File]]] = {}
        beside = []
        for file in files:
            parts = file.parts[depth:]
            if len(parts) > 1:
                folders.setdefault(parts[0], []).append((parts[1:], file))
            elif parts:
                beside.append(file)
        return cls(assignment, folders, beside, depth)

    def unwrapped(self, given: str) -> Top | None:
        """What lies in the one folder that wraps everything; None where none does, or it may be a student's."""
        if len(self.folders) != 1 or any(is_work(file.name) or file.name == METADATA for file in self.files):
            return None
        name, inside = next(iter(self.folders.items()))
        within = with_work(inside)
        if not within or (within.get("") and not self._holds_students(inside)):
            return None
        sure = name in (self.assignment, given, *WRAPPERS) or EXPORT.match(name)
        nbgraders = any(path[0] == self.assignment and len(path) == 2 and is_work(file.name) for path, file in inside)
        if nbgraders or not (sure or len(within) > 1 or set(within) == {self.assignment}):
            return None
        return Top.of([file for _, file in inside], self.assignment, self.depth + 1)

    def _holds_students(self, inside: Sequence[tuple[tuple[str, ...], File]]) -> bool:
        """Whether a folder holds several with the assignment's notebook, and none itself: others' lie between them."""
        own = [path for path, file in inside if is_work(file.name) and own_name(file.name, self.assignment)]
        own = [path for path in own if not put_aside(path)]
        return all(len(path) > 1 for path in own) and len({path[0] for path in own if len(path) == 2}) > 1

    def has_sections(self) -> bool:
        """Whether folders hold students' folders.

        No one student can make it seem so: no folder may hold a notebook itself, and at least half of them must hold
        several folders with work, or all be called as sections are. One folder alone holds a section only within one.
        """
        within = [with_work(inside) for inside in self.folders.values()]
        within = [found for found in within if found]
        named = all(SECTION.match(name) for name, inside in self.folders.items() if with_work(inside))
        if len(within) < (1 if self.depth and named else 2) or any(
            found.get("") or self.assignment in found for found in within
        ):
            return False
        if any(is_work(file.name) for file in self.files):
            return False
        several = sum(len(found) > 1 for found in within)
        return named or 2 * several >= len(within)

    def is_one_student(self) -> bool:
        """Whether this is a student's own folder: the notebook lies in it, and no other one's with it."""
        own = [file for file in self.files if is_work(file.name) and own_name(file.name, self.assignment)]
        if not own:
            return False
        others = [
            name
            for name, inside in self.folders.items()
            if any(is_work(f.name) and not put_aside((name, *path)) and len(path) < 3 for path, f in inside)
        ]
        return not others or (len(others) == 1 and not self._answers(others[0]))

    def _answers(self, folder: str) -> bool:
        return any(own_name(file.name, self.assignment) for path, file in self.folders[folder] if len(path) == 1)


def with_work(inside: Sequence[tuple[tuple[str, ...], File]]) -> dict[str, int]:
    """How many notebooks, scripts and archives lie in each folder of a folder; what lies in none counts under ''."""
    found: dict[str, int] = {}
    for path, file in inside:
        if is_work(file.name) and not put_aside(path):
            name = path[0] if len(path) > 1 else ""
            if name not in RELEASED:
                found[name] = found.get(name, 0) + 1
    return found


def add_folder(
    place: str,
    person: NamedStudent,
    inside: Sequence[tuple[tuple[str, ...], File]],
    assignment: str,
    plan: Plan,
    received: str = "",
) -> None:
    """All that is in a student's folder; in nbgrader's layout, what is in the assignment's."""
    own = [(path[1:], file) for path, file in inside if path[0] == assignment and len(path) > 1]
    for path, file in own or inside:
        plan.add(place, person, Work(file, path), received)
    folders = {name for name, _ in with_work(inside).items()} - {"", assignment}
    if len(folders) > 1 and "" not in with_work(inside) and not own:
        names = ", ".join(shown(name) for name in sorted(folders)[:5])
        plan.lines.append(
            f"{shown(place)} was taken for one student's folder, though its notebooks lie in {len(folders)} folders "
            f"({names}); if these are students', grade {shown(place)} by itself."
        )


def add_stray(file: File, system: str, plan: Plan) -> None:
    """A file between others that a platform has named: it is graded under its own name, and staff read so."""
    name = stem(file.name)
    plan.add(f"{name} (a file)", NamedStudent(name, name), Work(file, (file.name,)))
    plan.lines.append(f"{shown(file.name)} is not named as {system} does; it is graded under its name.")
