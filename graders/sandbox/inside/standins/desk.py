"""Lines that begin with `%` or `!` where cells run without an IPython shell, as in a student's own self-check."""

from __future__ import annotations

import contextlib
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

from graders.sandbox.inside.standins.absent import AbsentModule
from graders.sandbox.inside.standins.importing import Finder
from graders.sandbox.inside.standins.magics import OTHER_LANGUAGES, OWN


class NotebookShell:
    """What `get_ipython()` gives there.

    Args:
        names: the names that the cells have defined.
    """

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names
        self._transform = TransformerManager().transform_cell

    def run(self, source: str, name: str) -> None:
        """Run a cell."""
        exec(compile(self._transform(source), name, "exec"), self._names)

    def run_line_magic(self, name: str, line: str, *_: Any) -> None:
        """`%time` and `%run` run what they name; all others are for an editor."""
        if name == "time":
            self.run(line, "<line>")
        elif name == "run" and line.split():
            self._names.update(runpy.run_path(line.split()[-1], self._names))

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        """`%%writefile` writes; what only times, formats or captures runs its cell."""
        if name in ("writefile", "file"):
            words = line.split()
            with Path(words[-1]).open("a" if "-a" in words else "w", encoding="utf-8") as file:
                file.write(cell)
        elif name == "capture" or name not in OTHER_LANGUAGES | OWN:
            self.run(cell, "<cell>")

    def system(self, command: str) -> None:
        """`!command` is left out, as in the marking."""

    def getoutput(self, command: str) -> list[str]:
        """`x = !command` gives nothing, as in the marking."""
        return []


@contextlib.contextmanager
def laid() -> Iterator[None]:
    """While cells run: packages that are not here give stand-ins, and modules beside the notebook can be imported."""
    finder = Finder(None)
    sys.meta_path.insert(0, finder)
    sys.path.insert(0, "")
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        sys.path.remove("")
        for name in [name for name, module in sys.modules.items() if isinstance(module, AbsentModule)]:
            del sys.modules[name]
