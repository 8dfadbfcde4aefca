"""`pip install graders` brings what a student needs and no more; each other command names the part that it lacks."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest
from fresh_environment import FreshEnvironment, wheel_in

from graders.authors.release import release
from graders.catalog.assignment import Assignment

ROOT = Path(__file__).parents[1]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    return wheel_in(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def student(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> FreshEnvironment:
    """What `pip install graders` gives."""
    return FreshEnvironment.made_in(tmp_path_factory.mktemp("student"), wheel)


@pytest.fixture(scope="module")
def desk(practical09: Assignment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release with a notebook that has one mistake."""
    folder = tmp_path_factory.mktemp("release")
    release(practical09, folder)
    shutil.copy(ROOT / "submissions/practical09/transposed_weights/practical09.ipynb", folder)
    return folder


def test_a_student_s_environment_has_nothing_of_the_graders(student: FreshEnvironment, desk: Path) -> None:
    """The next tests mean something: no database, no pages, no cluster, no pytest."""
    code = """
import importlib.util
names = "sqlalchemy alembic nh3 msgpack rich yaml litestar uvicorn sklearn argon2 latex2mathml ray pytest".split()
print([name for name in names if importlib.util.find_spec(name)])
"""
    assert student.run("-c", code, where=desk).stdout.strip() == "[]"


def test_a_student_can_check(student: FreshEnvironment, desk: Path) -> None:
    """The whole notebook, in a terminal and in a cell."""
    done = student.run("-m", "graders", "check", "practical09.ipynb", where=desk)
    assert (done.returncode, done.stderr) == (1, "")
    assert (done.stdout.count("✗"), done.stdout.count("✓")) == (1, 23)
    code = 'from graders import check\nby_hand = {"h1": [0.2, 0.2, 0.2]}\ncheck("by_hand")'
    done = student.run("-c", code, where=desk)
    assert done.returncode == 0 and "✗ `by_hand` has the five parts" in done.stdout, done.stderr


COMMANDS = {
    "grade": ("grade practical09.ipynb --assignment practical09", "grade"),
    "audit": ("audit practical09", "grade"),
    "calibrate": ("calibrate practical09", "grade"),
    "export": ("export csv --assignment practical09", "grade"),
    "status": ("status --assignment practical09", "grade"),
    "doctor": ("doctor", "grade"),
    "mark": ("mark --assignment practical09", "web"),
    "serve": ("serve --assignment practical09", "web"),
    "account": ("account list", "web"),
    "lti": ("lti platforms", "web"),
}


def test_an_assignment_is_made_and_released_without_any_part(student: FreshEnvironment, tmp_path: Path) -> None:
    """What runs no student's code needs nothing that students do not have."""
    for command in ("new practical10", "release practical10"):
        done = student.run("-m", "graders", *command.split(), where=tmp_path)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "release/practical10/practical10.ipynb").is_file()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_names_the_part_that_it_lacks(name: str, student: FreshEnvironment, desk: Path) -> None:
    """One sentence with what to type, exit status 2; its help is shown all the same."""
    command, extra = COMMANDS[name]
    done = student.run("-m", "graders", *command.split(), where=desk)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(
        rf'graders {name} needs \w+, which is not installed: pip install "graders\[{extra}\]"\n', done.stderr
    )
    assert student.run("-m", "graders", name, "--help", where=desk).returncode == 0


def test_each_part_brings_what_its_modules_import(wheel: Path, tmp_path: Path) -> None:
    """Every module of the package can be imported with the extras that name it, and with no others."""
    grade = FreshEnvironment.made_in(tmp_path / "grade", wheel, "grade")
    code = """
import importlib, pathlib, pkgutil, sys, graders
apart = ("graders.web", "graders.lti", "graders.commands.marking", "graders.marking.similar",
    "graders.archive.accounts", "graders.selfcheck.pytest", "graders.authors.template", "graders.__main__")
for module in pkgutil.walk_packages(graders.__path__, "graders."):
    if not module.name.startswith(apart):
        importlib.import_module(module.name)
"""
    done = grade.run("-c", code, where=tmp_path)
    assert done.returncode == 0, done.stderr
    web = FreshEnvironment.made_in(tmp_path / "web", wheel, "web")
    code = "import graders.commands.marking.accounts, graders.commands.marking.mark, graders.web.serving"
    done = web.run("-c", code, where=tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_plugin_needs_its_part_alone(wheel: Path, desk: Path, tmp_path: Path) -> None:
    """`pip install "graders[pytest]"` is enough for `pytest --submission`."""
    made = FreshEnvironment.made_in(tmp_path / "pytest", wheel, "pytest")
    done = made.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "--submission", "practical09.ipynb", where=desk)
    assert "1 failed, 23 passed" in done.stdout, done.stdout + done.stderr


STEP = re.compile(r"^([A-Z]+) (.*)$", re.MULTILINE)


def test_the_containerfile_names_what_there_is() -> None:
    """Every path that it copies, every extra and every pinned version exists, and nothing is kept from it."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Containerfile").read_text("utf-8"))
    steps = STEP.findall(text)
    kept = (ROOT / ".containerignore").read_text("utf-8").splitlines()
    assert steps[0][0] == "FROM"
    for kind, rest in steps:
        if kind == "COPY":
            for name in rest.split()[:-1]:
                assert (ROOT / name).exists() and f"!{name}" in kept, name
    extras = re.search(r"\.\[([\w,]+)\]", text)
    assert extras and set(extras[1].split(",")) <= set(EXTRAS)
    pins = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert all(pin in pins for pin in re.findall(r"\btorch==[\d.]+", text))
    assert steps[-2:] == [("ENTRYPOINT", '["graders"]'), ("CMD", '["--help"]')]


def test_every_extra_that_is_named_exists() -> None:
    """In README, docs, the Makefile and messages."""
    files = [ROOT / "README.md", ROOT / "Makefile", ROOT / "Containerfile", *(ROOT / "docs").glob("*.md")]
    files += (ROOT / "graders").rglob("*.py")
    for path in files:
        for named in re.findall(r"(?:graders|\.)\[([a-z,]+)\]", path.read_text("utf-8")):
            assert set(named.split(",")) <= set(EXTRAS), path
