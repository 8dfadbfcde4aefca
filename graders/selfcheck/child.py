"""The process in which a student's notebook runs; says on a pipe what runs, so that nothing ends it in silence."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from graders.errors import UsageError
from graders.model import Outcome, QuestionReport
from graders.sandbox.limits import Limits
from graders.selfcheck.execution import execute
from graders.selfcheck.watch import Loss, Watch, bounded_memory

Tell = Callable[[Mapping[str, Any]], None]
FIELDS = ("check", "title", "points", "possible", "public", "message", "hint")


def main() -> None:
    """Check the notebook that standard input names; the messages of `Watch` and the reports go to standard output."""
    request = json.loads(sys.stdin.buffer.read())
    out = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # what goes round the shell, such as C libraries' own lines, is nobody's answer
    os.dup2(nowhere, 2)

    serve(request, partial(tell, out))
    os._exit(0)  # whatever a notebook has left for the end of its process is not waited for


def tell(pipe: int, message: Mapping[str, Any]) -> None:
    """Write a message at once, as one line: threads do so, too, and any line of Python may be interrupted."""
    line = json.dumps(message).encode() + b"\n"
    while line:
        line = line[os.write(pipe, line) :]


def serve(request: Mapping[str, Any], tell: Tell) -> None:
    """Check a notebook, and tell the reports, or why there are none.

    Args:
        request: `path`, `questions`, and `losses` as `Loss` has them.
    """
    losses = {what: Loss(Outcome(outcome), reason) for what, (outcome, reason) in request["losses"].items()}

    def watch(limits: Limits) -> Watch:
        return Watch(limits.sleep_seconds, losses, tell, bounded_memory(limits.memory_mb))

    try:
        tell({"reports": reports(Path(request["path"]), request["questions"], watch)})
    except UsageError as error:
        tell({"usage": str(error)})
    except KeyboardInterrupt:
        tell({"interrupted": True})
    except Exception:  # noqa: BLE001 - a fault of ours, which the other process tells
        tell({"fault": traceback.format_exc()})


def reports(path: Path, questions: Sequence[str], watch: Callable[[Limits], Watch]) -> list[dict[str, Any]]:
    """The reports of all questions that were asked for, as JSON data."""
    found = execute(path, questions, watch)
    return [_report(found.report(id)) for id in questions or tuple(found.release.answers)]


def _report(report: QuestionReport) -> dict[str, Any]:
    verdicts = [
        {"outcome": verdict.outcome.value} | {field: getattr(verdict, field) for field in FIELDS}
        for verdict in report.verdicts
    ]
    return {"id": report.id, "title": report.title, "possible": report.possible, "verdicts": verdicts}
