"""The IPython shell in which cells run, and what they print and show, as nbformat outputs; inside the sandbox."""

from __future__ import annotations

import base64
import io
import json
import sys
from typing import Any

from IPython.core import compilerop, displayhook, displaypub
from traitlets import Type
from traitlets.config import Config

from graders.sandbox.inside.standins.magics import Lines, numbered

CELL_NAME = "<cell {}>"
CachingCompiler: Any = compilerop.CachingCompiler  # partly annotated, which would need a cast at every use
DisplayHook: Any = displayhook.DisplayHook
DisplayPublisher: Any = displaypub.DisplayPublisher


class Recorder:
    """What the running cell has printed and shown, up to a size."""

    def __init__(self) -> None:
        self.begin(0)

    def begin(self, budget: int) -> None:
        """Forget the last cell; keep at most `budget` characters of the next."""
        self.outputs: list[dict[str, Any]] = []
        self.error: BaseException | None = None
        self._budget, self._left, self._clear = budget, budget, False

    def _fits(self, size: int) -> bool:
        self._clear_now()
        if self._left < 0:
            return False
        self._left -= size
        if self._left < 0:
            note = f"\n[Only {self._budget // 1024} KB of output are kept for a cell; the rest is left out.]\n"
            self.outputs.append({"output_type": "stream", "name": "stderr", "text": note})
        return self._left >= 0

    def write(self, stream: str, text: str) -> None:
        """Text printed to a stream."""
        self._clear_now()
        kept = text[: max(self._left, 0)]
        last = self.outputs[-1] if self.outputs else {}
        if kept and last.get("name") == stream:
            last["text"].append(kept)
        elif kept:
            self.outputs.append({"output_type": "stream", "name": stream, "text": [kept]})
        self._fits(len(text))

    def show(self, kind: str, data: Any, metadata: Any, display: Any = None, **more: Any) -> None:
        """A rich output; one that updates an earlier display takes its place."""
        data, metadata = _json(data), _json(metadata or {})
        if not self._fits(len(json.dumps([data, metadata]))):
            return
        if more.pop("update", False):
            for output in self.outputs:
                if display is not None and output.get("display") == display:
                    output |= {"data": data, "metadata": metadata}
            return
        self.outputs.append({"output_type": kind, "data": data, "metadata": metadata, "display": display, **more})

    def clear(self, wait: bool) -> None:
        """`clear_output`: now, or when the next output comes."""
        self._clear = True
        if not wait:
            self._clear_now()

    def _clear_now(self) -> None:
        if self._clear:
            self._clear = False
            self.outputs.clear()

    def finished(self) -> list[dict[str, Any]]:
        """The outputs of the cell, as nbformat has them."""
        outputs = []
        for output in self.outputs:
            output.pop("display", None)
            if isinstance(output.get("text"), list):
                output["text"] = "".join(output["text"])
            outputs.append(output)
        return outputs


def _json(bundle: Any) -> Any:
    """A MIME bundle as plain JSON: bytes in base 64, strange objects as their text."""
    return json.loads(json.dumps(bundle, default=_text))


def _text(value: Any) -> str:
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else repr(value)[:1000]


class Stream(io.TextIOBase):
    """A standard stream of a notebook."""

    encoding, errors = "utf-8", "replace"

    def __init__(self, recorder: Recorder, name: str) -> None:
        self._recorder, self.name = recorder, name
        self.buffer = _Bytes(self)

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, text: str) -> int:
        """Record the text."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._recorder.write(self.name, text)
        return len(text)


class _Bytes(io.RawIOBase):
    """What `sys.stdout.buffer` is."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._stream.write(bytes(data).decode("utf-8", "replace"))


class Publisher(DisplayPublisher):  # type: ignore[misc]
    """Where `display` and figures go."""

    def publish(self, data: Any, metadata: Any = None, **more: Any) -> None:
        """Record a rich output."""
        display = (more.get("transient") or {}).get("display_id")
        self.shell.recorder.show("display_data", data, metadata, display, update=bool(more.get("update")))

    def clear_output(self, wait: bool = False) -> None:
        """See `Recorder.clear`."""
        self.shell.recorder.clear(wait)


class LastExpression(DisplayHook):  # type: ignore[misc]
    """Where the value of a cell's last expression goes."""

    def write_output_prompt(self) -> None:
        """No prompt: the number is part of the output."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Record the result."""
        self.shell.recorder.show("execute_result", format_dict, md_dict, execution_count=self.prompt_count)


class Compiler(CachingCompiler):  # type: ignore[misc]
    """Names each cell by its index in the notebook, which places in tracebacks are read from."""

    cell = 0

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        """The name under which a cell's code is compiled."""
        return CELL_NAME.format(self.cell)


class Shell(Lines):
    """An IPython shell that records instead of printing, and runs no commands."""

    compiler_class = Type(Compiler)
    display_pub_class = Type(Publisher)
    displayhook_class = Type(LastExpression)

    def __init__(self, **settings: Any) -> None:
        self.recorder = Recorder()
        super().__init__(**settings)

    def run(self, index: int, source: str, budget: int) -> BaseException | None:
        """Execute one cell; the exception that ended it, or None."""
        self.recorder.begin(budget)
        self.compile.cell = index
        streams = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = Stream(self.recorder, "stdout"), Stream(self.recorder, "stderr")
        try:
            result = self.run_cell(numbered(source), store_history=True)
        finally:
            sys.stdout, sys.stderr = streams
        error: BaseException | None = result.error_before_exec or result.error_in_exec
        return error

    def fresh(self) -> None:
        """Forget everything that ran."""
        self.reset()
        self.compile.cell = 0

    def ask_exit(self) -> None:
        """`exit()` ends nothing."""

    def showtraceback(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the trusted side describes errors."""
        self.recorder.error = sys.exc_info()[1]

    def _format_exception_for_storage(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Nothing likewise: there is no history, and a deep recursion takes seconds to format."""
        return {}

    def showsyntaxerror(self, *args: Any, **kwargs: Any) -> None:
        """Likewise."""
        self.recorder.error = sys.exc_info()[1]


def new_shell() -> Shell:
    """A shell with no history, no colours, inline figures and no commands."""
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    shell: Shell = Shell.instance(config=config, colors="NoColor")
    shell.builtin_trap.activate()  # `display` and `get_ipython` also in calls that come after the cells
    shell.enable_matplotlib("inline")
    return shell
