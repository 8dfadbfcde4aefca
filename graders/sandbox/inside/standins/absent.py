"""What takes the place of something that is not on this machine: it can be imported, named and handed on, but not used.

Runs alongside student code, in the sandbox and in the self-check; nothing here is secret.
"""

from __future__ import annotations

import inspect
import re
from types import ModuleType
from typing import Any, NoReturn

# Packages that show, log, time, decorate or talk to an editor: without them an answer computes the same.
PACKAGES = """
    google kaggle kaggle_secrets kaggle_web_client colab_ssh pyngrok ngrok nest_asyncio dotenv pip
    seaborn plotly bokeh altair holoviews hvplot pygal plotnine ggplot cufflinks chart_studio mpld3 ipympl mplcyberpunk
    scienceplots adjustText celluloid imageio moviepy livelossplot torchviz torchview graphviz pydot netron hiddenlayer
    wandb tensorboard tensorboardX tensorboardx mlflow comet_ml neptune clearml aim trackio swanlab dvclive visdom
    ipywidgets widgetsnbextension ipykernel jupyterthemes jupyter_black nb_black lab_black black autopep8 yapf isort
    notebook jupyterlab jupyter_core google_colab_selenium itables qgrid jupyterlab_widgets
    torchinfo torchsummary torch_summary torchsummaryX pytorch_model_summary ptflops thop fvcore calflops
    rich fastprogress alive_progress progressbar progress enlighten halo yaspin colorama colorlog termcolor
    tabulate prettytable texttable icecream loguru coloredlogs pprintpp watermark version_information session_info
    memory_profiler line_profiler pyinstrument snakeviz viztracer scalene codecarbon GPUtil gputil pynvml nvidia_smi
    py3nvml gpustat humanize typeguard beartype jaxtyping torchtyping pydantic_settings
    numba intel_extension_for_pytorch sklearnex torch_tensorrt thunder torch_xla torch_directml
    nbgrader otter okpy ipytest testbook pytest unittest_prettify hypothesis ray_lightning
"""
HARMLESS = frozenset(PACKAGES.split())
# Harmless functions of packages that are not.
FUNCTIONS = """
    pandas.set_option pandas.reset_option pandas.options nltk.download transformers.logging datasets.logging
    sklearn.set_config
"""
SETTINGS = frozenset(FUNCTIONS.split())
WARNINGS = re.compile(r"\.(disable|filter|silence)_(\w+_)?warnings?$")


class NotHere(Exception):
    """Something that this machine lacks is truly needed; `thing` names it in few words.

    Its name on the wire is a fault of a kind of its own, which leaves a question open for a person. A student can raise
    it, too: that gives no marks, it only makes a person look.
    """

    thing = "something"


class NoModule(NotHere, ModuleNotFoundError):
    """A package that is not here: where it is used, or where its import is tried with something to fall back on."""


class AbsentUses:
    """What this process has met of things that are not here.

    Attributes:
        strict: whether using one raises at once, as when an answer is called; cells put it off until a value is needed.
        starred: packages of which every name was imported (`from fastai.text.all import *`).
        undone: commands and downloads that were left out, and may have been to bring files.
    """

    def __init__(self) -> None:
        self.strict = False
        self.starred: list[str] = []
        self.undone: list[str] = []


STATE = AbsentUses()


def harmless(path: str) -> bool:
    """Whether nothing is lost when this part of a package does nothing."""
    if path.partition(".")[0] in HARMLESS or WARNINGS.search(path):
        return True
    return any(f"{path}.".startswith(f"{name}.") for name in SETTINGS)


def lack(path: str, text: str = "{} is not on this machine") -> NoModule:
    """The exception that says which package is needed."""
    root = path.partition(".")[0]
    error = NoModule(text.format(root), name=path)
    error.thing = f"the package `{root}`"
    return error


class Absent:
    """An object of a package that is not here, such as `pandas.DataFrame` or what calling it would give.

    Naming, calling and handing it on gives more of these; what needs its value raises `NotHere`.
    """

    def __init__(self, path: str, given: Any = None) -> None:
        self._path, self._given = path, given

    def __repr__(self) -> str:
        return f"<{self._path}, which is not on this machine>"

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Absent(f"{self._path}.{name}")

    def _go_on(self, given: Any = None) -> Absent:
        if STATE.strict and not harmless(self._path):
            raise lack(self._path)
        return Absent(self._path, given)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Another one; as a decorator that is harmless, what it decorates."""
        if len(args) == 1 and not kwargs and harmless(self._path) and _defined(args[0]):
            return args[0]
        return self._go_on(args[0] if args and hasattr(args[0], "__iter__") else None)

    def __iter__(self) -> Any:
        return iter(self._wrapped())

    def __len__(self) -> int:
        return len(self._wrapped())

    def _wrapped(self) -> Any:
        """What a progress bar goes through."""
        if self._given is None or not harmless(self._path):
            raise lack(self._path)
        return self._given

    def __getitem__(self, key: Any) -> Any:
        return self._go_on()

    def __setitem__(self, key: Any, value: Any) -> None:
        self._go_on()

    def __enter__(self) -> Any:
        return self._go_on()

    def __exit__(self, *error: Any) -> None:
        pass

    def __or__(self, other: Any) -> Any:
        return self  # as in annotations

    __ror__ = __or__

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: Any) -> Any:
        return self

    def __reduce__(self) -> Any:
        return Absent, (self._path,)

    def __instancecheck__(self, instance: Any) -> bool:
        return False

    __subclasscheck__ = __instancecheck__

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        if harmless(self._path):
            return ()
        raise lack(self._path)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        self._go_on()
        return False

    __hash__ = object.__hash__


def _defined(value: Any) -> bool:
    """Whether it is what a decorator decorates."""
    return inspect.isfunction(value) or (inspect.isclass(value) and value.__module__ not in ("builtins", "numpy"))


def _needed(self: Absent, *_: Any, **__: Any) -> NoReturn:
    raise lack(self._path)


OPERATORS = "add sub mul truediv floordiv mod pow matmul and xor lshift rshift divmod"
VALUES = "bool next int float complex index contains array lt le gt ge neg pos abs invert round await aiter"
for _name in (*VALUES.split(), "del" + "item"):
    setattr(Absent, f"__{_name}__", _needed)
for _name in OPERATORS.split():
    setattr(Absent, f"__{_name}__", _needed)
    setattr(Absent, f"__r{_name}__", _needed)


class AbsentModule(ModuleType):
    """A package, or a module of one, that is not here."""

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            STATE.starred.append(self.__name__)
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Absent(f"{self.__name__}.{name}")


class SummaryWriter:
    """`torch.utils.tensorboard.SummaryWriter`, which writes to nowhere."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.log_dir = "runs"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _nothing

    def __enter__(self) -> SummaryWriter:
        return self

    def __exit__(self, *error: Any) -> None:
        pass


def _nothing(*_: Any, **__: Any) -> None:
    """Nothing."""
