"""Canvas's download: files called `name_<user>_<attempt>_file`."""

from __future__ import annotations

import re

from graders.intake.choosing import Work
from graders.intake.plan import NamedStudent, Plan
from graders.intake.top import Top, add_folder, add_stray
from graders.notebooks.endings import is_work

CANVAS = re.compile(r"^(?P<name>[^_]+)(?:_LATE)?_(?P<user>\d+)_(?P<attempt>\d+)_(?P<file>.+)$", re.IGNORECASE)


def named(top: Top) -> int:
    """How many files with work are called as Canvas does."""
    return sum(CANVAS.match(file.name) is not None and is_work(file.name) for file in top.files)


def read(top: Top, plan: Plan) -> None:
    """Who handed in what; folders next to the files are students' as well."""
    for file in top.files:
        if found := CANVAS.match(file.name):
            name = f"{found['name']}_{found['user']}"
            person = NamedStudent(name, f"canvas {name}", sure=True)
            plan.add(f"{name} (Canvas)", person, Work(file, (found["file"],), int(found["attempt"][:18])))
        elif is_work(file.name):
            add_stray(file, "Canvas", plan)
    for name, inside in top.folders.items():
        add_folder(name, NamedStudent(name, name), inside, top.assignment, plan)
