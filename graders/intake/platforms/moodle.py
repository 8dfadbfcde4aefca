"""Moodle's download: `Full Name_<number>_assignsubmission_file`, a folder, or the beginning of a file's name."""

from __future__ import annotations

import re

from graders.intake.choosing import Work
from graders.intake.names import shown
from graders.intake.plan import NamedStudent, Plan
from graders.intake.top import Top, add_folder, add_stray, with_work
from graders.notebooks.endings import is_work

MOODLE = re.compile(r"^(?P<name>.*)_(?P<number>\d+)_assign(?:submission|feedback)_(?:file|onlinetext)_?(?P<file>.*)$")


def named(top: Top) -> int:
    """How many folders and files are called as Moodle does."""
    return sum(MOODLE.match(name) is not None for name in (*top.folders, *(file.name for file in top.files)))


def read(top: Top, plan: Plan) -> None:
    """Who handed in what."""
    for name, inside in top.folders.items():
        if found := MOODLE.match(name):
            person = _person(found)
            for path, file in inside:
                plan.add(f"{person.name} (Moodle)", person, Work(file, path))
        else:
            add_folder(name, NamedStudent(name, name), inside, top.assignment, plan)
            if with_work(inside):
                plan.lines.append(f"The folder {shown(name)} is not named as Moodle does; it is graded under its name.")
    for file in top.files:
        if found := MOODLE.match(file.name):
            person = _person(found)
            plan.add(f"{person.name} (Moodle)", person, Work(file, (found["file"] or file.name,)))
        elif is_work(file.name):
            add_stray(file, "Moodle", plan)


def _person(found: re.Match[str]) -> NamedStudent:
    name = f"{found['name']}_{found['number']}"
    return NamedStudent(name, f"moodle {name}", sure=True)
