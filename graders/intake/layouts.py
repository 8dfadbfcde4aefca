"""Whose file is it: the layouts of learning platforms, of sections, and of plain folders.

The layout is decided once, from the top of what the instructor gave. What lies below a student's own folder is that
student's, whatever its name: nothing in there can name a person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from graders.errors import IntakeError
from graders.intake.choosing import Work, own_name
from graders.intake.names import shown
from graders.intake.plan import NO_WORK, Layout, NamedStudent, Plan
from graders.intake.platforms import blackboard, brightspace, canvas, gradescope, moodle, nbgrader
from graders.intake.top import Top, add_folder, with_work
from graders.intake.uploads import File
from graders.notebooks.endings import DOCUMENTS, ending, holds_python, is_work, stem

PLATFORMS = (gradescope, moodle, blackboard, brightspace, canvas, nbgrader)  # the earlier, where two fit alike


def read_layout(files: Sequence[File], assignment: str, given: str) -> Layout:
    """Who handed in what.

    Args:
        files: all that was given.
        given: the name of the folder or archive that they lie in; the student's where the notebook lies in it.
    """
    plan = Plan()
    top = Top.of(plan.without_reports(files), assignment)
    wrappers: list[str] = []
    while (inner := top.unwrapped(given)) is not None:
        wrappers.append(next(iter(top.folders)))
        plan.loose += top.files
        top = inner
    plan.loose += top.files
    if wrappers and wrappers[-1] not in (assignment, given):
        plan.lines.append(f"Everything lies in the folder {shown(wrappers[-1])}; the folders in it are the students'.")
    _reader(top, given)(top, plan)
    return plan.layout()


def _reader(top: Top, given: str) -> Callable[[Top, Plan], None]:
    """Who reads this layout: the platform as which most is called, so that no one student's file decides it."""
    if platform := _platform(top):
        return platform
    if top.has_sections():
        return _sections
    return partial(_one_student if top.is_one_student() else _plain, given=given)


def _platform(top: Top) -> Callable[[Top, Plan], None] | None:
    best = max(PLATFORMS, key=lambda platform: platform.named(top))
    return best.read if best.named(top) else None


def _plain(top: Top, plan: Plan, given: str) -> None:
    """A folder a student, or a file a student; nbgrader's folder of the assignment within."""
    times = _times(top)
    for name, inside in top.folders.items():
        add_folder(name, NamedStudent(name, name), inside, top.assignment, plan, times.get(name, ""))
        if why := _like_a_class(top, inside):
            plan.lines.append(
                f"{shown(name)} was taken for one student's folder, though {why}; if it is a class, grade "
                f"{shown(name)} by itself."
            )
    alone = len(top.files) == 1 and not top.folders  # given by its path: whatever it is called, it is to be graded
    for file in top.files:
        if is_work(file.name) or _is_document(file) or (alone and not file.link):
            name = given if own_name(file.name, top.assignment) else stem(file.name)
            plan.add(f"{name} (a file)", NamedStudent(name, name), Work(file, (file.name,)))
        elif file.link:
            plan.lines.append(f"{shown(file.name)} is a link and was not followed; give what it points to.")


def _like_a_class(top: Top, inside: Sequence[tuple[tuple[str, ...], File]]) -> str:
    """Why a folder may hold a class rather than one student's files; empty where nothing says so."""
    inner = Top.of([file for _, file in inside], top.assignment, top.depth + 1)
    if _platform(inner):
        return "what is in it is called as a learning platform does"
    files = [file.name for file in inner.files if is_work(file.name)]
    alone = len(top.folders) == 1 and not any(is_work(file.name) for file in top.files)
    several = len(files) > 1 and not any(own_name(name, top.assignment) for name in files)
    return f"{len(files)} files lie in it and nothing else was given" if alone and several else ""


def _is_document(file: File) -> bool:
    """Whether a file between students' is a document with answers in Python, and not a note of staff's."""
    if ending(file.name) not in DOCUMENTS or NO_WORK.search(file.name):
        return False
    with suppress(IntakeError):
        return ending(file.name) != ".md" or holds_python(file.read())
    return False


def _times(top: Top) -> dict[str, str]:
    """When each student handed in, as nbgrader's files say; only where everybody has one, so that nobody can add it."""
    own = {
        name: {path[1]: file for path, file in inside if path[0] == top.assignment and len(path) == 2}
        for name, inside in top.folders.items()
        if with_work(inside)
    }
    times = {name: nbgrader.stamped(files) for name, files in own.items()}
    return times if len(times) > 1 and all(times.values()) else {}


def _one_student(top: Top, plan: Plan, given: str) -> None:
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


def _sections(top: Top, plan: Plan) -> None:
    """A folder a section, and in it a folder or a file a student; in a section, an LMS's names count as well."""
    for section, inside in top.folders.items():
        if not with_work(inside):
            plan.loose += [file for _, file in inside]
            continue
        inner = Top.of([file for _, file in inside], top.assignment, top.depth + 1)
        part = Plan()
        deeper = _sections if inner.has_sections() else partial(_plain, given=section)
        (_platform(inner) or deeper)(inner, part)
        plan.lines += part.lines
        plan.loose += inner.files
        for source in part.layout().sources:
            people = tuple(
                p if p.sure else NamedStudent(f"{section}_{p.name}", f"{section}/{p.identity}") for p in source.people
            )
            for work in source.works:
                plan.add(f"{section}/{source.place}", people, work, source.received, source.order)
