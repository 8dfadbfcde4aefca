"""The tests that hold the house together: imports point down, and the public names are the documented ones."""

import ast
from pathlib import Path

import graders
from graders.sandbox.host.walls import CARRIED

PACKAGE = Path(graders.__file__).parent

# From the ground up: a module may import from its own line and from the lines above it.
LAYERS = [
    ["model"],
    ["known"],
    ["errors", "course", "plain", "switches", "bounded", "standins", "torchtext_adapter"],
    ["asking", "offer"],
    ["solution", "authoring", "notations"],
    ["agreement", "recording", "compare", "replies", "stochastic", "equations"],
    ["sequential"],
    ["__init__"],
    ["statements"],
    ["notebook"],
    ["endings"],
    ["decoding", "scripts"],
    ["notebook_file", "unfolding"],
    ["restoring", "sections"],
    ["reading"],
    ["files_in", "imdb", "sandbox"],
    ["choosing"],
    ["layouts"],
    ["intake"],
    ["practical09"],
    ["rubric"],
    ["checking", "recorded"],
    ["mutation", "reference"],
    ["catalog"],
    ["replays"],
    ["diagnose", "pictures"],
    ["after_marks", "states"],
    ["engine"],
    ["report"],
    ["marking"],
    ["archive", "store", "spool"],
    ["runners"],
    ["audit", "calibrate", "release", "selfcheck"],
    ["pytest_plugin", "pytest_submission"],
    ["web"],
    ["commands"],
    ["cli"],
    ["__main__"],
]


def layer_of(module: str) -> int:
    """Where a module of ours stands, counted from the ground."""
    for height, names in enumerate(LAYERS):
        if module in names:
            return height
    raise AssertionError(f"graders.{module} stands on no layer: say in LAYERS where it belongs")


def imported(path: Path) -> set[str]:
    """Top-level modules of ours that a file imports."""
    found = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == "graders":
            below = node.module.split(".")[1:]
            modules = {path.stem for path in PACKAGE.iterdir()}
            found |= {below[0]} if below else {a.name if a.name in modules else "__init__" for a in node.names}
        elif isinstance(node, ast.Import):
            found |= {[*a.name.split("."), "__init__"][1] for a in node.names if a.name.split(".")[0] == "graders"}
    return found


def test_imports_point_down() -> None:
    """No module imports one that stands above it, so there are no cycles either."""
    for path in PACKAGE.rglob("*.py"):
        module = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        above = {name for name in imported(path) if layer_of(name) > layer_of(module)}
        assert not above, f"{path.relative_to(PACKAGE)} imports {above}"


def test_the_authoring_api_is_exactly_what_it_lists() -> None:
    """`__all__` is sorted, and every name in it exists and has a docstring."""
    assert graders.__all__ == sorted(graders.__all__)
    for name in graders.__all__:
        assert getattr(graders, name).__doc__


def test_grader_modules_know_only_the_authoring_api() -> None:
    """A reader of a grader module needs no knowledge of the engine."""
    for path in (PACKAGE / "practical09").glob("*.py"):
        assert imported(path) <= {"__init__", "practical09", "stochastic", "sequential", "equations"}, path.name


def test_imports_stand_at_the_top() -> None:
    """Only `graders.check` and the command line import what they need when it is asked for."""
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        inner = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom) and n not in tree.body]
        assert not inner or path in (PACKAGE / "__init__.py", PACKAGE / "cli.py"), (
            f"{path.name}, line {inner[0].lineno}"
        )


def test_every_module_says_what_it_is() -> None:
    """Each file of the package begins with a docstring."""
    for path in PACKAGE.rglob("*.py"):
        assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), path.name


def test_what_runs_inside_imports_nothing_that_stays_outside() -> None:
    """The files that are copied into the sandbox need no other file of ours."""
    there = {PACKAGE / name for name in CARRIED}
    for path in there:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("graders."):
                place = PACKAGE.joinpath(*node.module.split(".")[1:])
                files = [place.with_suffix(".py"), *(place / f"{alias.name}.py" for alias in node.names)]
                assert there & set(files), f"{path.name} imports {node.module}"
