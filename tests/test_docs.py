"""The pages in docs/ are true: what they name exists, and what they say to type works."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from course_folder import CourseFolder

import graders

ROOT = Path(__file__).parents[1]
PACKAGE = Path(graders.__file__).parent
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "CONTRIBUTING.md", ROOT / "README.md"]
NAMED = re.compile(r"`((?:graders/|[a-z_]+/)[\w/]*?(?:\.py|/))`")
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def rooms() -> set[str]:
    """The packages and modules at the top of `graders`."""
    found = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    return found | {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}


def test_every_room_is_on_the_map() -> None:
    """The table of docs/architecture.md has each of them, and no other."""
    table = (ROOT / "docs/architecture.md").read_text("utf-8").partition("## Rooms")[2].partition("## The contract")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = {name.rstrip("/").split("/")[0] for cell in cells for name in re.findall(r"`([^`]+)`", cell)}
    assert named == rooms()
    inner = {name.rstrip("/") for cell in cells for name in re.findall(r"`(sandbox/\w+)/?`", cell)}
    assert inner == {f"sandbox/{path.parent.name}" for path in (PACKAGE / "sandbox").glob("*/__init__.py")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_exists(page: Path) -> None:
    """Every file and folder of ours that stands in code marks, but for what `graders new` makes."""
    for name in NAMED.findall(page.read_text("utf-8")):
        if "practical10" in name or name.split("/")[0] in ("reports", "release"):
            continue
        places = [ROOT / name, PACKAGE / name, PACKAGE / "practical09" / name, ROOT / "reference/practical09" / name]
        assert any(place.exists() for place in places), f"{page.name} names {name}"


def test_the_way_to_an_own_assignment_works(tmp_path: Path) -> None:
    """docs/authoring.md, command by command and file by file, with the engine from a wheel."""
    course = CourseFolder.made_in(tmp_path)
    ran = []
    for kind, name, text in BLOCK.findall((ROOT / "docs/authoring.md").read_text("utf-8")):
        if kind != "console":
            course.write(name, text)
            continue
        for line in text.splitlines():
            program, *arguments = line.removeprefix("$ ").split()
            ran.append(" ".join([program, *arguments]))
            if program == "python":
                subprocess.run([sys.executable, *arguments], cwd=course.path, check=True)
            else:
                course.run(*arguments)
    assert len(ran) == 6 and (course.path / "release/practical10/practical10.ipynb").is_file()
