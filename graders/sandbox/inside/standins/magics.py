"""Lines that begin with `%` or `!`: what is for an editor, a plot window, an installer or a profiler breaks no cell."""

from __future__ import annotations

import ast
import re
from typing import Any

from IPython.core import inputtransformer2, interactiveshell
from IPython.utils.text import SList
from traitlets import Instance

from graders.sandbox.inside.standins.lines import leave_out

# Line magics that run a student's code, whose exceptions are the student's.
RUNNING = frozenset({"time", "timeit", "prun", "run"})
# Cell magics whose cell is no Python of this notebook.
LANGUAGES = """
    bash sh shell cmd script sx system ! !! perl ruby python python2 python3 pypy R julia sql bigquery cu cpp octave
    spark scala sparksql kql stan dot mermaid writetemplate
"""
OTHER_LANGUAGES = frozenset(LANGUAGES.split())
INSTALLING = frozenset(
    {"pip", "conda", "mamba", "micromamba", "uv", "sx", "sc", "system", "bash", "sh", "script", "!", "!!"}
)
# Cell magics of IPython that are right as they are; all others, such as `%%time`, only run their cell.
OWN = frozenset({"capture", "html", "HTML", "javascript", "js", "latex", "svg", "SVG", "markdown", "writefile", "file"})
InteractiveShell: Any = interactiveshell.InteractiveShell
TransformerManager: Any = inputtransformer2.TransformerManager
# Where one of these is, a line may be for IPython: %magic, !command, help?, a request for brackets or quotes.
FOR_IPYTHON = re.compile(r"[%?]|!(?!=)|^\s*[,;/]", re.MULTILINE)


class Transformers(TransformerManager):  # type: ignore[misc]
    """Looks for what is for IPython, token by token, only where there can be any."""

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        """The lines as Python."""
        found: list[str] = super().do_token_transforms(lines) if FOR_IPYTHON.search("".join(lines)) else lines
        return found


class Lines(InteractiveShell):  # type: ignore[misc]
    """A shell in which no line for something else than Python costs a cell."""

    input_transformer_manager = Instance(Transformers, ())

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        """`%magic line`: what cannot be done here is left out, with a sentence."""
        if magic_name in INSTALLING:
            return leave_out(f"`%{magic_name} {line}`")
        if magic_name in RUNNING:
            return super().run_line_magic(magic_name, line, _stack_depth + 1)
        try:
            return super().run_line_magic(magic_name, line, _stack_depth + 1)
        except Exception as error:  # noqa: BLE001 - whatever a line for an editor does wrong, the cell goes on
            print(f"%{magic_name} is left out: {error}")

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
        """`%%magic`: what times, formats or reports only runs its cell; other languages are left out."""
        if magic_name in OTHER_LANGUAGES:
            return leave_out(f"`%%{magic_name}`")
        if magic_name in OWN:
            return super().run_cell_magic(magic_name, line, cell)
        return self.run_body(cell)

    def run_body(self, cell: str) -> Any:
        """Run what follows a cell magic as the cell that it would be without; its last value is shown."""
        source = "\n" + self.transform_cell(numbered(cell))
        name = self.compile.cache(source, self.execution_count, raw_code=cell)
        tree = ast.parse(source, name)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(self.compile(tree, name, "exec"), self.user_ns)
        if isinstance(last, ast.Expr):
            return eval(self.compile(ast.Expression(last.value), name, "eval"), self.user_ns)
        return None

    def system(self, cmd: str) -> None:
        """`!command`: a sentence instead."""
        self.user_ns["_exit_code"] = 0
        leave_out(f"`!{cmd}`")

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        """`x = !command`: a sentence and nothing."""
        leave_out(f"`!{cmd}`")
        return SList([]) if split else ""

    def enable_gui(self, gui: Any = None) -> None:
        """There are no windows here."""

    def enable_matplotlib(self, gui: Any = None) -> Any:
        """`%matplotlib widget`, `notebook`, `qt`: figures are shown inline, whatever is asked for."""
        return super().enable_matplotlib("inline")


def numbered(source: str) -> str:
    """The source with comments for the empty lines before it, which IPython would leave out of the count of lines."""
    lines = source.splitlines(keepends=True)
    empty = next((number for number, line in enumerate(lines) if line.strip()), 0)
    return (
        source if lines[empty : empty + 1] and lines[empty].startswith("%%") else "#\n" * empty + "".join(lines[empty:])
    )
