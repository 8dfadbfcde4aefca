"""Renders what a student wrote and showed: a program of its own, which `Renderer` starts and asks."""

from __future__ import annotations

import base64
import contextlib
import functools
import json
import sys
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from graders.archive.record import unpack_cells
from graders.bounded import Exceeded, bounded
from graders.model import PICTURE
from graders.report.formulas import with_formulas
from graders.report.rich_output import as_text, markdown, picture, shown_cells
from graders.report.words import prose

CPU_SECONDS, MEGABYTES = 3.0, 1024
MOST_CELLS = 12


def rendered(text: str, packed: bytes, question: str) -> dict[str, str]:
    """An answer and its question's cells as HTML; plain text where hostile text takes too long."""
    work = functools.partial(_rendered, text, packed, question)
    try:
        return bounded(work, cpu_seconds=CPU_SECONDS, megabytes=MEGABYTES)
    except Exceeded:
        return {"answer": str(as_text(text)), "shown": ""}
    except Exception:  # noqa: BLE001 - a fault of ours in rendering: the marker reads plain text and goes on
        return {"answer": str(as_text(text)), "shown": ""}


def _rendered(text: str, packed: bytes, question: str) -> dict[str, str]:
    cells = unpack_cells(packed) if packed else ()
    pictures = {cell.source: address for cell in cells if cell.index == PICTURE and (address := picture(cell))}
    beside = [cell for cell in cells if cell.index == PICTURE and cell.question is None]
    ran = [cell for cell in cells if cell.index != PICTURE and cell.kind == "code"]
    own = [cell for cell in ran if cell.question == question][:MOST_CELLS]
    loose = [(cell.message, pictures.get(cell.source)) for cell in beside]
    shown = _environment().get_template("shown.html.j2").render(cells=shown_cells(own), beside=loose)
    return {"answer": str(with_formulas(markdown(text, pictures))), "shown": shown if own or loose else ""}


@functools.cache
def _environment() -> Environment:
    environment = Environment(loader=PackageLoader("graders.web"), autoescape=True, undefined=StrictUndefined)
    environment.filters["prose"] = prose
    return environment


def main() -> None:
    """Render what is asked for, a line of JSON each, until standard input ends."""
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):  # the process that asked has gone
        for line in sys.stdin:
            request: dict[str, Any] = json.loads(line)
            reply = rendered(request["text"], base64.b64decode(request["cells"]), request["question"])
            print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
