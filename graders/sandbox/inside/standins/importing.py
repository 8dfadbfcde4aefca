"""Imports of packages that are not here: a student's own give a stand-in, those of libraries fail as ever.

Which packages are here is settled by a list, not by what happens to be installed. An import that has something to
fall back on (`try: import google.colab ... except ImportError`) fails, too, so that it falls back.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import linecache
import os
import site
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import tqdm.std

from graders.sandbox.inside.standins.absent import AbsentModule, SummaryWriter, lack
from graders.sandbox.inside.standins.putting import put

ALWAYS = frozenset({*sys.stdlib_module_names, "graders", "probes", "shims", "__main__", "__mp_main__"})
# Parts of packages that are here that need one that is not, or that older versions had.
OLD = """
    torch.utils.tensorboard google.colab IPython.html IPython.kernel IPython.parallel IPython.nbformat IPython.nbconvert
    IPython.utils.traitlets matplotlib.finance
    tqdm.rich tqdm.keras tqdm.dask tqdm.tk tqdm.gui
"""
PALETTES = ("color_palette", "husl_palette", "hls_palette", "light_palette", "dark_palette", "cubehelix_palette")
PARTS = set(OLD.split())
CATCHING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


class Finder(MetaPathFinder):
    """Stands before the finders of Python, and asks them no more for what is not to be had.

    Args:
        shown: names of the packages that an answer may import; None for all that are installed.
        everybody: whether that holds for libraries too, or, on a student's own machine, for the student's code alone.
    """

    def __init__(self, shown: Iterable[str] | None, everybody: bool = True) -> None:
        self._everybody = everybody
        self._shown = None if shown is None else frozenset(shown)
        self._libraries = tuple(f"{folder}{os.sep}" for folder in _libraries())
        self._ours = f"{Path(__file__).parents[3]}{os.sep}"

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A stand-in for a student's code, an exception for a library's; None for what is here."""
        if path is not None:
            parent = sys.modules.get(fullname.rpartition(".")[0])
            here = not isinstance(parent, AbsentModule) and fullname not in PARTS
        else:
            here = self._is_here(fullname)
        if here or not (self._everybody or self._asked_by_student()):
            return None
        if self._has_alternative():
            raise lack(fullname, f"No module named {fullname!r}")
        return ModuleSpec(fullname, StandIn(), is_package=True)

    def has(self, name: str) -> bool:
        """Whether a module, or at least its package, is here."""
        return name not in PARTS and self._is_here(name.partition(".")[0])

    def _is_here(self, name: str) -> bool:
        if name in ALWAYS or (self._shown is not None and name in self._shown):
            return True
        found = PathFinder.find_spec(name) or _found_anew(name)
        if self._shown is None or found is None:
            return found is not None
        places = [found.origin, *(found.submodule_search_locations or ())]
        return bool(places) and not any(place and place.startswith(self._libraries) for place in places)

    def _asked_by_student(self) -> bool:
        frame = next(_callers(), None)
        return frame is not None and self._is_student_s(frame.f_code.co_filename)

    def _has_alternative(self) -> bool:
        """Whether the import is a library's own, or one of a student's that has something to fall back on."""
        frames = list(_callers())
        if not frames or not self._is_student_s(frames[0].f_code.co_filename):
            return True
        own = (frame for frame in frames if self._is_student_s(frame.f_code.co_filename))
        return any(guarded(frame.f_code.co_filename, frame.f_lineno, frame.f_globals) for frame in own)

    def _is_student_s(self, file: str) -> bool:
        return not file.startswith((*self._libraries, self._ours, "<frozen"))


def _found_anew(name: str) -> ModuleSpec | None:
    """A module that a cell has just written, which is not in what Python remembers of the folder."""
    importlib.invalidate_caches()
    return PathFinder.find_spec(name)


def also_gone(*names: str) -> None:
    """Parts that older versions of a package had, besides those known here: an assignment's shims know of more."""
    PARTS.update(names)


class StandIn(Loader):
    """Makes modules that stand for what is not here."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """An empty one."""
        return AbsentModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Give it what every caller of it needs."""
        module.__path__ = []
        if module.__name__.endswith("tensorboard") or module.__name__.startswith("tensorboardX"):
            put(module, SummaryWriter=SummaryWriter)
        if module.__name__ == "google.colab":
            put(module, files=Files())
        if module.__name__ == "seaborn":
            put(module, **dict.fromkeys(PALETTES, palette))
        if module.__name__.startswith("tqdm."):
            put(module, tqdm=tqdm.std.tqdm, trange=tqdm.std.trange)


def palette(palette: Any = None, n_colors: int | None = None, *_: Any, **__: Any) -> list[str]:
    """So many colours for the lines of a plot, as Matplotlib numbers them."""
    count = palette if isinstance(palette, int) else n_colors or 10
    return [f"C{number % 10}" for number in range(count)]


class Files:
    """`google.colab.files`: nothing comes from, or goes to, a browser."""

    def upload(self, *_: Any, **__: Any) -> dict[str, bytes]:
        """Nothing."""
        return {}

    upload_file = upload

    def download(self, *_: Any, **__: Any) -> None:
        """Nothing."""

    view = download


def install(shown: Iterable[str] | None, everybody: bool = True) -> None:
    """Put the finder in place; what is loaded already stays. See `Finder`."""
    if any(isinstance(finder, Finder) for finder in sys.meta_path):
        return
    finder = Finder(shown, everybody)
    sys.meta_path.insert(0, finder)
    put(importlib.util, find_spec=_none_for_what_is_not_here(finder, importlib.util.find_spec))


def _none_for_what_is_not_here(finder: Finder, original: Callable[..., Any]) -> Callable[..., Any]:
    def find_spec(name: str, package: str | None = None) -> Any:
        """As Python's own, which finds no stand-in."""
        return original(name, package) if name.startswith(".") or finder.has(name) else None

    return find_spec


def _libraries() -> set[str]:
    """The folders of the standard library and of installed packages."""
    paths = sysconfig.get_paths()
    found = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return found | {*site.getsitepackages(), site.getusersitepackages()}


def _callers() -> Iterator[FrameType]:
    """The frames that led to an import, from the one that asked for it, without Python's machinery for imports."""
    frame = sys._getframe(2)
    machinery = f"importlib{os.sep}"
    while frame is not None:
        name = frame.f_code.co_filename
        if not (name.startswith("<frozen importlib") or f"{os.sep}{machinery}" in name or name == __file__):
            yield frame
        frame = frame.f_back  # type: ignore[assignment]


def guarded(file: str, line: int, names: dict[str, Any]) -> bool:
    """Whether a line of a student's code is in a `try` (or `suppress`) that goes on when an import fails."""
    try:
        tree = ast.parse("".join(linecache.getlines(file, names)))
    except (SyntaxError, ValueError):
        return False
    return any(
        _goes_on(node) and node.body[0].lineno <= line <= (node.body[-1].end_lineno or 0)
        for node in ast.walk(tree)
        if isinstance(node, ast.Try | ast.With)
    )


def _goes_on(node: ast.Try | ast.With) -> bool:
    if isinstance(node, ast.With):
        return any("suppress" in ast.unparse(item.context_expr) for item in node.items)
    kinds = [ast.unparse(handler.type) if handler.type else "Exception" for handler in node.handlers]
    return any(CATCHING & {word.strip("() ") for word in kind.split(",")} for kind in kinds)
