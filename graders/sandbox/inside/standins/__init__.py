"""What stands in, beside a student's code, for what its author's machine had and this one has not.

Names that libraries have given up, packages and services that are not here, lines for an editor: what is harmless does
nothing, and what is truly needed raises `NotHere`, which leaves a question open for a person. Everything is put in
place once, before any cell runs, and counts from then on as the library's own.
"""

from __future__ import annotations

import sys

from graders.sandbox.inside.standins import compiling, lines, plots, removed


def install() -> None:
    """Put in place what any machine needs: not the finder of modules, which has to know what may be imported, nor the
    workers, which are for walls.
    """
    removed.install()
    plots.install()
    compiling.install()
    lines.install()
    sys.path.insert(0, "")  # as in a notebook: modules beside it can be imported
