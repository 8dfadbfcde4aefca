"""What an answer may use: one table, read the same by the notebook, the release and the sandbox."""

import json
from pathlib import Path

import pytest

from graders.authors.release import PAGE_CELL, with_page
from graders.catalog.assignment import Assignment
from graders.errors import CatalogError
from graders.sandbox.limits import Limits
from graders.sandbox.offer import PACKAGES, importable, page, requirements, wanting, words

ROOT = Path(__file__).parents[2]


def test_packages_and_all_that_they_need_may_be_imported() -> None:
    """By the names under which they are imported; nothing that merely happens to be installed."""
    names = importable()
    needed = {"numpy", "torch", "scipy", "matplotlib", "mpl_toolkits", "PIL", "IPython", "traitlets", "tqdm", "sympy"}
    assert needed <= set(names)
    assert not {"pytest", "hypothesis", "ipykernel", "ray", "sqlalchemy", "graders", "pip"} & set(names)
    assert importable(("tqdm",)) == ("tqdm",)


def test_this_machine_has_what_is_promised() -> None:
    """And says what is missing, or in another version."""
    assert wanting() == []
    assert wanting(("numpy>=1", "torch>=99", "no-such-package")) == [
        f"torch is {__import__('importlib.metadata').metadata.version('torch')} and not >=99",
        "no-such-package is not installed",
    ]
    assert wanting(("no-such-package; python_version < '3'",)) == []


def test_packages_are_written_as_pip_has_them() -> None:
    """Anything else is the assignment's mistake."""
    assert [one.name for one in requirements(("numpy>=1.26", "tqdm"))] == ["numpy", "tqdm"]
    with pytest.raises(CatalogError, match="not written as pip has them"):
        requirements(("numpy >> 1",))


def test_the_page_says_what_the_table_says() -> None:
    """Packages with their versions, and the limits."""
    assert words(("numpy>=1.26", "tqdm", "pandas>=2")) == "NumPy (1.26 or newer), tqdm and pandas (2 or newer)"
    text = page(PACKAGES, Limits(processes=7, memory_mb=123, file_mb=45, cell_cpu_seconds=6, call_cpu_seconds=8))
    for part in (
        "PyTorch (2.3 or newer)",
        "up to 7 processes",
        "123 MB of memory",
        "45 MB a file",
        "6 seconds",
        "`DEVICE`",
    ):
        assert part in text


def test_the_notebook_states_the_table(practical09: Assignment) -> None:
    """Its page on what code may use is the table's own; a release states whatever the table says then."""
    notebook = (practical09.folder / "practical09.ipynb").read_text("utf-8")
    assert with_page(notebook, practical09) == notebook
    changed = json.loads(with_page(notebook.replace("NumPy (1.26", "NumPy (0.1"), practical09))
    cells = ["".join(cell["source"]) for cell in changed["cells"] if cell["id"] == PAGE_CELL]
    assert cells == [page(practical09.packages, practical09.limits)]
    bare = json.loads(notebook)
    bare["cells"] = [cell for cell in bare["cells"] if cell["id"] != PAGE_CELL]
    assert json.loads(with_page(json.dumps(bare), practical09))["cells"][1]["id"] == PAGE_CELL
