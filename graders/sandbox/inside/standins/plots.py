"""Plots look as they can and never break a cell: no windows, no backend but one, old names of styles and settings."""

from __future__ import annotations

import re
from typing import Any

import matplotlib
import matplotlib.cm
import matplotlib.figure
import matplotlib.pyplot as plt
import matplotlib.style
import tqdm.auto
import tqdm.autonotebook
import tqdm.notebook
import tqdm.std

from graders.sandbox.inside.standins.putting import put


def install() -> None:
    """Make backends, styles, settings and progress bars what any machine can show."""
    put(matplotlib, use=_nothing)
    put(plt, switch_backend=_nothing)
    for name in ("get_cmap", "register_cmap"):
        if not hasattr(matplotlib.cm, name):
            put(matplotlib.cm, **{name: getattr(plt, name, _nothing)})
    if not hasattr(plt, "plot_date"):
        put(plt, plot_date=_plot_date)
    _forgive_styles()
    _forgive_settings()
    put(matplotlib.figure.Figure, show=_nothing)
    put(tqdm.std.tqdm, monitor_interval=0)  # no thread of its own
    for module in (tqdm.notebook, tqdm.auto, tqdm.autonotebook):
        put(module, tqdm=tqdm.std.tqdm, trange=tqdm.std.trange)
    for module in (tqdm, tqdm.notebook):
        put(module, tqdm_notebook=tqdm.std.tqdm, tnrange=tqdm.std.trange)


def _nothing(*_: Any, **__: Any) -> None:
    """Nothing."""


def _plot_date(x: Any, y: Any, fmt: str = "o", **settings: Any) -> Any:
    return plt.plot(x, y, fmt, **{k: v for k, v in settings.items() if k not in ("tz", "xdate", "ydate")})


def _forgive_styles() -> None:
    """Styles by their former names, and none where there is none of that name."""
    library, use, context = matplotlib.style.library, matplotlib.style.use, matplotlib.style.context

    def known(style: Any) -> Any:
        if not isinstance(style, (str, list, tuple)):
            return style
        names = [style] if isinstance(style, str) else list(style)
        names = [re.sub(r"^seaborn(?!-v0_8)", "seaborn-v0_8", n) if isinstance(n, str) else n for n in names]
        return [n for n in names if not isinstance(n, str) or n in library or n == "default"]

    def use_known(style: Any) -> None:
        """As `matplotlib.style.use`."""
        use(known(style))

    def context_known(style: Any, after_reset: bool = False) -> Any:
        """As `matplotlib.style.context`."""
        return context(known(style), after_reset)

    put(matplotlib.style, use=use_known, context=context_known)


def _forgive_settings() -> None:
    """Leave out settings that this version does not have, or no longer takes."""
    original: Any = matplotlib.RcParams.__setitem__

    def put_known(self: Any, key: str, value: Any) -> None:
        try:
            original(self, key, value)
        except (KeyError, ValueError):
            return

    put(matplotlib.RcParams, __setitem__=put_known)
