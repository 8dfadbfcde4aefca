"""Whose file is it: the folder layouts of nbgrader, Moodle, Canvas and Gradescope, of sections, and of plain folders.

The layout is decided once, from the top of what the instructor gave. What lies below a student's own folder is that
student's, whatever its name: nothing in there can name a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from graders.intake.choosing import Work, own_name, put_aside
from graders.intake.gradescope import GRADESCOPE, groups
from graders.intake.names import shown
from graders.intake.nbgrader import inbound, stamped
from graders.intake.plan import Layout, NamedStudent, Plan
from graders.intake.uploads import File
from graders.notebooks.endings import ending, is_work

MOODLE = re.compile(r"^(?P<name>.*)_(?P<number>\d+)_assign(?:submission|feedback)_(?:file|onlinetext)_?(?P<file>.*)$")
CANVAS = re.compile(r"^(?P<name>[^_]+)(?:_LATE)?_(?P<user>\d+)_(?P<attempt>\d+)_(?P<file>.+)$", re.IGNORECASE)
GRADESCOPE_FOLDER = re.compile(r"^assignment_\d+_export$")
WRAPPERS = ("submitted", "submissions")
SECTION = re.compile(r"^(section|group|tutorial|lab|class|stream|late|week|gruppe|uebung|übung)[ _-]?\w{0,12}$", re.I)
RELEASED = ("checks", "data")  # folders that come with the release, and that students hand in again


def read_layout(files: Sequence[File], assignment: str, given: str) -> Layout:
    """Who handed in what.

    Args:
        files: all that was given.
        given: the name of the folder or archive that they lie in; the student's where the notebook lies in it.
    """
    plan = Plan()
    top = _Top.of(plan.without_reports(files), assignment)
    wrappers: list[str] = []
    while (inner := top.unwrapped(given)) is not None:
        wrappers.append(next(iter(top.folders)))
        plan.loose += top.files
        top = inner
    plan.loose += top.files
    if wrappers and wrappers[-1] not in (assignment, given):
        plan.lines.append(f"Everything lies in the folder {shown(wrappers[-1])}; the folders in it are the students'.")
    kind = top.kind()
    kind(top, given, plan)
    return plan.layout()


@dataclass(frozen=True)
class _Top:
    """The top of what was given: folders with what is in them, as paths below them, and files next to them."""

    assignment: str
    folders: Mapping[str, Sequence[tuple[tuple[str, ...], File]]]
    files: Sequence[File]
    depth: int = 0

    @classmethod
    def of(cls, files: Sequence[File], assignment: str, depth: int = 0) -> _Top:
        folders: dict[str, list[tuple[tuple[str, ...], File]]] = {}
        beside = []
        for file in files:
            parts = file.parts[depth:]
            if len(parts) > 1:
                folders.setdefault(parts[0], []).append((parts[1:], file))
            elif parts:
                beside.append(file)
        return cls(assignment, folders, beside, depth)

    def unwrapped(self, given: str) -> _Top | None:
        """What lies in the one folder that wraps everything; None where none does, or it may be a student's."""
        if len(self.folders) != 1 or any(is_work(file.name) or file.name == GRADESCOPE for file in self.files):
            return None
        name, inside = next(iter(self.folders.items()))
        within = _with_work(inside)
        if not within or (within.get("") and not self._holds_students(inside)):
            return None
        sure = name in (self.assignment, given, *WRAPPERS) or GRADESCOPE_FOLDER.match(name)
        nbgraders = any(path[0] == self.assignment and len(path) == 2 and is_work(file.name) for path, file in inside)
        if nbgraders or not (sure or len(within) > 1 or set(within) == {self.assignment}):
            return None
        return _Top.of([file for _, file in inside], self.assignment, self.depth + 1)

    def _holds_students(self, inside: Sequence[tuple[tuple[str, ...], File]]) -> bool:
        """Whether a folder holds several with the assignment's notebook, and none itself: others' lie between them."""
        own = [path for path, file in inside if is_work(file.name) and own_name(file.name, self.assignment)]
        own = [path for path in own if not put_aside(path)]
        return all(len(path) > 1 for path in own) and len({path[0] for path in own if len(path) == 2}) > 1

    def kind(self) -> Callable[[_Top, str, Plan], None]:
        """The layout's reader."""
        if any(file.name == GRADESCOPE for file in self.files):
            return _gradescope
        if any(MOODLE.match(name) for name in self.folders) or any(MOODLE.match(file.name) for file in self.files):
            return _moodle
        if any(CANVAS.match(file.name) and is_work(file.name) for file in self.files):
            return _canvas
        if sum(inbound(name) is not None for name in self.folders) * 2 > len(self.folders):
            return _exchange
        if self._has_sections():
            return _sections
        return _one_student if self._is_one_student() else _plain

    def _has_sections(self) -> bool:
        """Whether folders hold students' folders.

        No one student can make it seem so: no folder may hold a notebook itself, and at least half of them must hold
        several folders with work, or all be called as sections are.
        """
        within = [_with_work(inside) for inside in self.folders.values()]
        within = [found for found in within if found]
        if len(within) < 2 or any(found.get("") or self.assignment in found for found in within):
            return False
        if any(is_work(file.name) for file in self.files):
            return False
        several = sum(len(found) > 1 for found in within)
        named = all(SECTION.match(name) for name, inside in self.folders.items() if _with_work(inside))
        return named or 2 * several >= len(within)

    def _is_one_student(self) -> bool:
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


def _with_work(inside: Sequence[tuple[tuple[str, ...], File]]) -> dict[str, int]:
    """How many notebooks, scripts and archives lie in each folder of a folder; what lies in none counts under ''."""
    found: dict[str, int] = {}
    for path, file in inside:
        if is_work(file.name) and not put_aside(path):
            name = path[0] if len(path) > 1 else ""
            if name not in RELEASED:
                found[name] = found.get(name, 0) + 1
    return found


def _plain(top: _Top, given: str, plan: Plan) -> None:
    """A folder a student, or a file a student; nbgrader's folder of the assignment within."""
    times = _times(top)
    for name, inside in top.folders.items():
        _folder(name, NamedStudent(name, name), inside, top.assignment, plan, times.get(name, ""))
    alone = len(top.files) == 1 and not top.folders  # given by its path: whatever it is called, it is to be graded
    for file in top.files:
        if is_work(file.name) or ending(file.name) in (".qmd", ".rmd") or (alone and not file.link):
            name = given if own_name(file.name, top.assignment) else PurePosixPath(file.name).stem
            plan.add(f"{name} (a file)", NamedStudent(name, name), Work(file, (file.name,)))
        elif file.link:
            plan.lines.append(f"{shown(file.name)} is a link and was not followed; give what it points to.")


def _folder(
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
    folders = {name for name, _ in _with_work(inside).items()} - {"", assignment}
    if len(folders) > 1 and "" not in _with_work(inside) and not own:
        names = ", ".join(shown(name) for name in sorted(folders)[:5])
        plan.lines.append(
            f"{shown(place)} was taken for one student's folder, though its notebooks lie in {len(folders)} folders "
            f"({names}); if these are students', grade {shown(place)} by itself."
        )


def _times(top: _Top) -> dict[str, str]:
    """When each student handed in, as nbgrader's files say; only where everybody has one, so that nobody can add it."""
    own = {
        name: {path[1]: file for path, file in inside if path[0] == top.assignment and len(path) == 2}
        for name, inside in top.folders.items()
        if _with_work(inside)
    }
    times = {name: stamped(files) for name, files in own.items()}
    return times if len(times) > 1 and all(times.values()) else {}


def _exchange(top: _Top, given: str, plan: Plan) -> None:
    """`student+assignment+time+digits`, as nbgrader keeps what comes in; other assignments are passed over."""
    for name, inside in top.folders.items():
        handed = inbound(name)
        if handed is None:
            _folder(name, NamedStudent(name, name), inside, top.assignment, plan)
        elif handed.assignment == top.assignment:
            person = NamedStudent(handed.student, f"nbgrader {handed.student}", sure=True)
            for path, file in inside:
                plan.add(name, person, Work(file, path), handed.received)
    others = {one.assignment for name in top.folders if (one := inbound(name))} - {top.assignment}
    if others:
        plan.lines.append(
            f"What the exchange holds of {', '.join(map(shown, sorted(others)))} is not {top.assignment}."
        )


def _one_student(top: _Top, given: str, plan: Plan) -> None:
    """The folder is a student's own."""
    person = NamedStudent(given, given)
    others = sorted(f.name for f in top.files if is_work(f.name) and not own_name(f.name, top.assignment))
    if len(others) > 1:
        plan.lines.append(
            f"{shown(given)} was taken for one student's folder, as it holds {top.assignment}'s own file; if others "
            f"({', '.join(map(shown, others[:5]))}) are students', take that file out and grade it again."
        )
    for file in top.files:
        plan.add(given, person, Work(file, (file.name,)))
    for name, inside in top.folders.items():
        for path, file in inside:
            plan.add(given, person, Work(file, (name, *path)))


def _sections(top: _Top, given: str, plan: Plan) -> None:
    """A folder a section, and in it a folder or a file a student; in a section, an LMS's names count as well."""
    for section, inside in top.folders.items():
        if not _with_work(inside):
            plan.loose += [file for _, file in inside]
            continue
        inner = _Top.of([file for _, file in inside], top.assignment, top.depth + 1)
        kind = _moodle if any(MOODLE.match(name) for name in inner.folders) else _plain
        part = Plan()
        kind(inner, section, part)
        plan.lines += part.lines
        plan.loose += inner.files
        for source in part.layout().sources:
            people = tuple(
                p if p.sure else NamedStudent(f"{section}_{p.name}", f"{section}/{p.identity}") for p in source.people
            )
            for work in source.works:
                plan.add(f"{section}/{source.place}", people, work)


def _moodle(top: _Top, given: str, plan: Plan) -> None:
    """`Full Name_<number>_assignsubmission_file`, a folder, or the beginning of a file's name."""
    for name, inside in top.folders.items():
        if found := MOODLE.match(name):
            person = _moodles(found)
            for path, file in inside:
                plan.add(f"{person.name} (Moodle)", person, Work(file, path))
        else:
            _folder(name, NamedStudent(name, name), inside, top.assignment, plan)
            if _with_work(inside):
                plan.lines.append(f"The folder {shown(name)} is not named as Moodle does; it is graded under its name.")
    for file in top.files:
        if found := MOODLE.match(file.name):
            person = _moodles(found)
            plan.add(f"{person.name} (Moodle)", person, Work(file, (found["file"] or file.name,)))
        elif is_work(file.name):
            _stray(file, "Moodle", plan)


def _moodles(found: re.Match[str]) -> NamedStudent:
    name = f"{found['name']}_{found['number']}"
    return NamedStudent(name, f"moodle {name}", sure=True)


def _canvas(top: _Top, given: str, plan: Plan) -> None:
    """`name_<user>_<attempt>_file`; folders next to them are students' as well."""
    for file in top.files:
        if found := CANVAS.match(file.name):
            name = f"{found['name']}_{found['user']}"
            person = NamedStudent(name, f"canvas {name}", sure=True)
            plan.add(f"{name} (Canvas)", person, Work(file, (found["file"],), int(found["attempt"][:18])))
        elif is_work(file.name):
            _stray(file, "Canvas", plan)
    for name, inside in top.folders.items():
        _folder(name, NamedStudent(name, name), inside, top.assignment, plan)


def _stray(file: File, system: str, plan: Plan) -> None:
    stem = PurePosixPath(file.name).stem
    plan.add(f"{stem} (a file)", NamedStudent(stem, stem), Work(file, (file.name,)))
    plan.lines.append(f"{shown(file.name)} is not named as {system} does; it is graded under its name.")


def _gradescope(top: _Top, given: str, plan: Plan) -> None:
    """Folders, and their people in a file of metadata next to them."""
    known = groups(next(file for file in top.files if file.name == GRADESCOPE), plan)
    for name, inside in top.folders.items():
        people, received = known.get(name) or ((NamedStudent(name, name),), "")
        if name not in known and _with_work(inside):
            plan.lines.append(f"{GRADESCOPE} does not name the folder {shown(name)}; it is graded under its name.")
        for path, file in inside:
            plan.add(name, people, Work(file, path), received)
