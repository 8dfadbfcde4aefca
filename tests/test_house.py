"""The tests that hold the house together: imports point down, rooms stay small, public names are documented."""

import ast
import graphlib
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

import graders
from graders.sandbox.host.walls import CARRIED

PACKAGE = Path(graders.__file__).parent

# From the ground up: a room may import from its own line and from the lines above it.
ROOMS = [
    ["model"],
    ["errors"],
    ["plain_data", "json_data", "bounded", "installed", "timing", "writing"],
    ["authoring"],
    ["__init__"],
    ["notebooks"],
    ["intake"],
    ["sandbox.inside"],
    ["sandbox.limits", "sandbox.offer"],
    ["sandbox.host"],
    ["sandbox.__init__"],
    ["sandbox.selftest"],
    ["catalog"],
    ["grading"],
    ["report"],
    ["marking"],
    ["lms"],
    ["archive"],
    ["lti"],
    ["runners", "bundles"],
    ["authors", "selfcheck"],
    ["queue"],
    ["web"],
    ["commands"],
    ["cli"],
    ["__main__"],
]
HEIGHT = {room: height for height, rooms in enumerate(ROOMS) for room in rooms}
GRADER_PACKAGES = sorted(path.parent.name for path in PACKAGE.glob("*/probes"))
ROOT = Path(__file__).parents[1]
ARCHAIC = """
afresh, albeit, amiss, anew, anon, beside, betwixt, ere, forthwith, hence, henceforth, hereby, hereto, hitherto, in
vain, lest, let loose, naught, nigh, nought, thence, thereof, thereto, told, unto, whence, whereby, whereof, whereto,
whilst, whoever, whomever, whoso, whosoever, whatsoever, yonder
"""  # what a good engineer would not say today
WORDS = re.compile(rf"\b({'|'.join(re.split(', *', ' '.join(ARCHAIC.split())))})\b", re.IGNORECASE)
NAMES = re.compile(r"`[^`\n]*`|^ *\w+: |\{[{%].*?[%}]\}", re.MULTILINE)  # in text: code, and names that it explains
CODE = ("graders", "reference", "tests", "scripts", "benchmarks")  # folders of ours
HANDED_OUT = {
    PACKAGE / "sandbox/offer.py",
    ROOT / "reference/practical09/provided.py",
}  # as students' notebooks have them
LONGEST = 300  # lines of a file
MOST = 12  # modules of a package


def modules() -> dict[str, Path]:
    """Every module below the package by its dotted name."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts)] = path
    return found


MODULES = modules()


def imported(name: str) -> Iterator[str]:
    """The modules of ours that a module imports at its top, by their dotted names."""
    for node in ast.parse(MODULES[name].read_text("utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            above = name.split(".")[: -node.level] if node.level else []
            module = [*above, *(node.module or "").split(".")] if node.level else (node.module or "").split(".")[1:]
            if not node.level and (node.module or "").partition(".")[0] != "graders":
                continue
            for alias in node.names:
                yield known([part for part in [*module, alias.name] if part])


def known(parts: list[str]) -> str:
    """The longest beginning of a dotted name that is a module of ours."""
    for end in range(len(parts), 0, -1):
        for name in (".".join(parts[:end]), ".".join([*parts[:end], "__init__"])):
            if name in MODULES:
                return name
    return "__init__"


def room_of(name: str) -> str:
    """The room in which a module stands."""
    first, *others = name.split(".")
    return f"{first}.{others[0]}" if first == "sandbox" else first


def engine() -> list[str]:
    """The modules that belong to no assignment."""
    return [name for name in MODULES if name.partition(".")[0] not in GRADER_PACKAGES]


def test_imports_point_down_between_rooms() -> None:
    """No module of the engine imports one of a room above its own, nor any of an assignment."""
    for name in engine():
        assert room_of(name) in HEIGHT, f"{name} stands in no room: say in ROOMS where it belongs"
        for other in imported(name):
            assert room_of(other) in HEIGHT, f"{name} imports {other}, which belongs to an assignment"
            assert HEIGHT[room_of(other)] <= HEIGHT[room_of(name)], f"{name} imports {other}"


def test_there_are_no_cycles() -> None:
    """Between modules of one room neither; a package's `__init__` may gather what its modules define."""
    graph = {name: {other for other in imported(name) if other != name} for name in MODULES}
    tuple(graphlib.TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("package", GRADER_PACKAGES)
def test_grader_packages_know_only_the_authoring_api(package: str) -> None:
    """A reader of a grader module needs no knowledge of the engine; what runs inside sees only what lies there."""
    own = [name for name in MODULES if name.partition(".")[0] == package]
    for name in own:
        beside = name.split(".")[1] in ("probes", "shims") if "." in name else False
        for other in imported(name):
            allowed = room_of(other) == "sandbox.inside" if beside else room_of(other) in ("__init__", "authoring")
            assert allowed or other.partition(".")[0] == package, f"{name} imports {other}"


def test_rooms_and_files_stay_small() -> None:
    """A file can be read at one sitting, and a package's contents be seen at a glance."""
    for path in (path for folder in CODE for path in (ROOT / folder).rglob("*.py")):
        assert len(path.read_text("utf-8").splitlines()) <= LONGEST, path
    for folder in {path.parent for path in MODULES.values()}:
        assert len([path for path in folder.glob("*.py") if path.stem != "__init__"]) <= MOST, folder


def test_no_two_classes_share_a_name() -> None:
    """A class is found by its name alone; source text of attacks is not ours to name."""
    owners: dict[str, set[str]] = {}
    for name, path in MODULES.items():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                owners.setdefault(node.name, set()).add(name)
    assert not {name: found for name, found in owners.items() if len(found) > 1}


def test_the_authoring_api_is_exactly_what_it_lists() -> None:
    """`__all__` is sorted, and every name in it exists and has a docstring."""
    assert graders.__all__ == sorted(graders.__all__)
    for name in graders.__all__:
        assert getattr(graders, name).__doc__


def test_each_name_of_the_authoring_api_comes_from_where_type_checkers_see_it() -> None:
    """What is imported when it is asked for is the very name that the file imports for type checkers."""
    tree = ast.parse(MODULES["__init__"].read_text("utf-8"))
    seen = {a.name: node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for a in node.names}
    assert {name: seen[name] for name in graders.__all__} == graders._HOME


def test_the_marking_pages_load_no_numpy() -> None:
    """Nor what learning platforms ask for: the first page comes within a second of the command."""
    unwanted = {"numpy", "requests", "jwt"}
    code = f"import sys, graders.web.app, graders.commands.marking.mark; sys.exit(bool({unwanted} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_imports_stand_at_the_top() -> None:
    """Only the authoring API and the command line import what they need when it is asked for."""
    for name, path in MODULES.items():
        tree = ast.parse(path.read_text("utf-8"))
        inner = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom) and n not in tree.body]
        assert not inner or room_of(name) in ("__init__", "cli"), f"{name}, line {inner[0].lineno}"


def test_every_module_says_what_it_is() -> None:
    """Each file of the package begins with a docstring."""
    for path in MODULES.values():
        assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), path.name


def test_what_runs_inside_imports_nothing_that_stays_outside() -> None:
    """What is copied into the sandbox needs no other file of ours."""
    carried = {name.removesuffix(".py").replace("/", ".") for name in CARRIED}
    there = [name for name in MODULES if any(name == one or name.startswith(f"{one}.") for one in carried)]
    assert "sandbox.inside.zygote" in there and "plain_data" in there
    for name in there:
        assert set(imported(name)) <= set(there), name


def prose(path: Path) -> Iterator[str]:
    """What people read in a file: its text, or of a program its comments, docstrings and (of no test) its messages."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        yield re.sub(r"<[^<>]*>", " ", NAMES.sub(" ", text))
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield NAMES.sub(" ", token.string)
    nodes = ast.walk(ast.parse(text))
    for node in (n.value for n in nodes if isinstance(n, ast.Expr)) if ROOT / "tests" in path.parents else nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield NAMES.sub(" ", node.value)


def test_the_words_are_those_of_today() -> None:
    """Docstrings, comments, messages, pages and templates say it as a good engineer would today."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *PACKAGE.rglob("*.j2")]
    programs = [path for folder in CODE for path in (ROOT / folder).rglob("*.py")]
    for path in {*pages, *programs} - {Path(__file__)} - HANDED_OUT:
        for text in prose(path):
            assert not (found := WORDS.search(text)), (
                f"{path}: {found[0]!r} in {text[max(0, found.start() - 60) :][:120]!r}"
            )
