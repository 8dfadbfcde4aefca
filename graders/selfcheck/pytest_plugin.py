"""The pytest option `--submission NOTEBOOK.ipynb`: each public check of a notebook becomes a test.

Loaded by every pytest run in an environment that has graders, so it imports nothing until the option is used.
"""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    group = parser.getgroup("graders")
    group.addoption("--submission", type=Path, metavar="NOTEBOOK", help="run the public checks on this notebook")


def pytest_configure(config: pytest.Config) -> None:
    """Collect the notebook, and only that, when the option is given."""
    path: Path | None = config.getoption("--submission")
    if path is None:
        return
    if not path.is_file():
        raise pytest.UsageError(f"There is no notebook {path}.")
    config.args[:] = [str(path)]
    config.pluginmanager.import_plugin("graders.selfcheck.pytest_submission")
