"""Puts all stand-ins in place that need to know nothing of the machine; it loads the libraries that they are for."""

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
    sys.path.insert(0, "")  # as in a notebook: modules next to it can be imported
