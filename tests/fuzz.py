"""Coverage-guided fuzzing of everything that reads hostile bytes, with atheris: run by `test_fuzz`, or by hand.

    python tests/fuzz.py wire -max_total_time=600 -rss_limit_mb=1024

The first argument names the reader; the others are libFuzzer's. What is no refusal of ours ends the run with a trace.
"""

import io
import json
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["graders"]):
    from graders.errors import IntakeError, UsageError
    from graders.intake.submissions import find_submissions
    from graders.notebooks.notebook_file import read_notebook
    from graders.practical09.equations.reader import read_equations
    from graders.sandbox.inside import wire


def _wire(data: bytes) -> None:
    with suppress(wire.WireError):
        wire.decode(data)


def _notebook(data: bytes) -> None:
    with suppress(IntakeError):
        read_notebook(data, ".ipynb")


def _script(data: bytes) -> None:
    with suppress(IntakeError):
        read_notebook(data, ".py")


def _zip(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "class.zip"
        path.write_bytes(data)
        with suppress(UsageError):
            for submission in find_submissions(path, "practical09"):
                if submission.fault is None:
                    with suppress(IntakeError):
                        read_notebook(submission.content, submission.suffix)


def _equations(data: bytes) -> None:
    read_equations(data.decode("utf-8", "replace"))


def _packed() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("ada/practical09.ipynb", json.dumps({"cells": [], "metadata": {}, "nbformat": 4}))
    return stream.getvalue()


CELL = {"cell_type": "code", "source": ["a = 1"], "metadata": {"nbgrader": {"grade_id": "by_hand"}}, "outputs": []}
READERS: dict[str, tuple[Callable[[bytes], None], list[bytes]]] = {
    "wire": (_wire, [wire.encode({"ok": [1, 2.5, "a", b"b", None, {"x": [True]}]})]),
    "notebook": (
        _notebook,
        [json.dumps({"cells": [CELL], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()],
    ),
    "script": (_script, [b"# %% [markdown]\n# text\n# %%\na = 1\n"]),
    "zip": (_zip, [_packed()]),
    "equations": (_equations, [rb"$$h_t = \tanh(W x_t + U h_{t-1} + b)$$"]),
}


def main() -> None:
    """Fuzz one reader, beginning with something that it can read."""
    read, seeds = READERS[sys.argv[1]]
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds):
            (Path(corpus) / str(number)).write_bytes(seed)
        atheris.Setup([sys.argv[0], *sys.argv[2:], corpus], read)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
