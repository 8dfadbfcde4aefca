"""What went wrong inside, in sentences for the student; made on the trusted side from data that may be forged."""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graders.authoring.known import meaning
from graders.errors import CallError
from graders.model import CellRun, Outcome
from graders.notebooks.notebook import ExecCell
from graders.sandbox.host.account import Spent

TEXT_LIMIT = 2000
THIS_CELL = "This cell "  # how every message about a cell begins
THINGS = frozenset(
    {
        "the network",
        "an answer to input()",
        "an older NumPy",
        "an older SciPy",
        "a program of another machine",
        "a file of another machine",
        "a manager of shared objects",
    }
)
NOT_HERE = "which is not available where this is marked"
OPEN = "This is left open for staff, and costs nothing."
KINDS = {"memory": Outcome.MEMORY, "unwritten": Outcome.MISSING, "undefined": Outcome.MISSING}
CELLS = {"memory": Outcome.MEMORY, "absent": Outcome.SKIPPED}  # of cells; all others are errors
SIGNALS = {4: "an illegal instruction", 6: "an abort", 7: "a bus error", 8: "an arithmetic fault"}
SIGNALS |= {11: "a segmentation fault", 15: "a signal to end", 31: "a system call that is not allowed here"}
EXCEPTIONS = frozenset(n for n, v in vars(builtins).items() if isinstance(v, type) and issubclass(v, BaseException))


@dataclass(frozen=True)
class CellLine:
    """A line of a student's cell: the cell's index in the notebook, the line from 1, and the function around it."""

    cell: int
    line: int
    function: str


@dataclass(frozen=True)
class Fault:
    """An exception, as the inside described it.

    `kind` is raised, syntax, unwritten, undefined, memory, unsendable or absent (what this machine lacks; a student's
    code can forge that, which gives no marks and makes a person look).
    """

    kind: str
    type: str
    text: str
    places: tuple[CellLine, ...]


def read_fault(value: Any) -> Fault:
    """The fault in a reply, whatever the reply is."""
    fields = value if isinstance(value, dict) else {}
    kind, name, text = (_text(fields.get(key)) for key in ("kind", "type", "text"))
    places = [place for place in map(_place, _list(fields.get("places"))[:30]) if place]
    name = name if re.fullmatch(r"[^\W\d]\w{0,99}", name) else "an exception"
    return Fault(kind, name, text, tuple(places))


def _text(value: Any) -> str:
    return value[:TEXT_LIMIT] if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _place(value: Any) -> CellLine | None:
    if isinstance(value, list) and [type(item) for item in value] == [int, int, str]:
        return CellLine(value[0], value[1], value[2][:100])
    return None


@dataclass(frozen=True)
class Explainer:
    """Turns faults into messages.

    Attributes:
        sources: the source of each cell, by its index in the notebook.
        runs: how each cell went, by index.
        things: in words of ours, what a machine may lack.
    """

    sources: Mapping[int, str]
    runs: Mapping[int, CellRun]
    things: frozenset[str] = THINGS

    def code(self, place: CellLine) -> str:
        """The text of a line of a cell, empty where there is no such line."""
        lines = self.sources.get(place.cell, "").splitlines()
        return lines[place.line - 1].strip()[:200] if 0 < place.line <= len(lines) else ""

    def where(self, fault: Fault, of: str = " of your cell") -> str:
        """` (line 3 of your cell: ...)`: the innermost line of the student's own, or nothing."""
        for place in reversed(fault.places):
            if code := self.code(place):
                return f" (line {place.line}{of}: `{code}`)"
        return ""

    def cell_run(
        self, cell: ExecCell, fault: Fault, outputs: tuple[Mapping[str, Any], ...] = (), seconds: float = 0.0
    ) -> CellRun:
        """How a cell went that a fault stopped."""
        outcome, message = CELLS.get(fault.kind, Outcome.ERROR), self.cell_message(fault)
        return CellRun(cell.index, cell.question, cell.source, outputs, outcome, message, seconds)

    def cell_message(self, fault: Fault) -> str:
        """What stopped a cell."""
        if fault.kind == "syntax":
            return f"{THIS_CELL}cannot be read as Python: {_end(fault.text)}{self.where(fault, '')}"
        if fault.kind == "memory":
            return f"{THIS_CELL}needed more memory{_of_gpu(fault)} than it may use{self.where(fault, '')}"
        if fault.kind == "absent":
            return f"{THIS_CELL}needs {self.thing(fault)}, {NOT_HERE}{self.where(fault, '')}"
        return f"{THIS_CELL}raised {_named(fault)}{self.where(fault, '')}"

    def thing(self, fault: Fault) -> str:
        """What the machine lacks: in words of ours, or a name that the notebook has, so that it carries no secret."""
        package = re.fullmatch(r"the package `(\w{1,60})`", fault.text)
        if package and any(re.search(rf"\b{package[1]}\b", source) for source in self.sources.values()):
            return fault.text
        return fault.text if fault.text in self.things else "something"

    def absent(self, what: str, fault: Fault) -> CallError:
        """The error for what needs something that the machine lacks: a person decides."""
        text = (
            f"{what} needs {self.thing(fault)}, which is not available where this is marked{self.where(fault)}. {OPEN}"
        )
        return CallError.in_our_words(Outcome.SKIPPED, text)

    def traceback(self, fault: Fault) -> list[str]:
        """The lines of a traceback that names nothing but the student's own cells."""
        lines = ["Traceback (most recent call last):"]
        for place in fault.places:
            inside = "" if place.function == "<module>" else f", in {place.function}"
            lines += [f"  line {place.line} of cell {place.cell + 1}{inside}", f"    {self.code(place)}"]
        return [*lines, _named(fault)]

    def call_error(self, what: str, fault: Fault) -> CallError:
        """The error for a call of `what` (such as `` `rnn_forward` ``) that raised."""
        where = self.where(fault)
        if fault.kind == "unsendable":
            return CallError(Outcome.ERROR, f"The result of {what} cannot be read: {fault.text}.", _unreadable(what))
        if fault.kind == "unwritten":
            return CallError(Outcome.MISSING, f"{what} has not been written yet.")
        if fault.kind == "memory":
            return CallError(Outcome.MEMORY, f"{what} needed more memory{_of_gpu(fault)} than it may use{where}.")
        if fault.kind == "absent":
            return self.absent(what, fault)
        if (name := unknown_name(fault)) and self._stopped(name, Outcome.SKIPPED):
            return self.undefined(name)
        known = fault.type if fault.type in EXCEPTIONS else "an exception of its own"
        summary = f"{what} raised {known}{where}."
        hint = meaning(fault.type, fault.text)
        return CallError(Outcome.ERROR, f"{what} raised {_named(fault)}{where}", summary, hint)

    def undefined(self, name: str) -> CallError:
        """The error for a name that the notebook does not define, with what stopped the cell that should have."""
        run = self._stopped(name)
        if run is None:
            return CallError.in_our_words(Outcome.MISSING, f"`{name}` is not defined.")
        why = (run.message or "did not finish").removeprefix(THIS_CELL)
        reason = f"`{name}` is not defined, because its cell {why}"
        if run.outcome is Outcome.SKIPPED:
            return CallError.in_our_words(Outcome.SKIPPED, f"{reason}. {OPEN}")
        return CallError(Outcome.MISSING, reason, f"`{name}` is not defined, because its cell stopped.")

    def _stopped(self, name: str, outcome: Outcome | None = None) -> CellRun | None:
        """How the cell went that would have defined a name, had it not stopped."""
        pattern = re.compile(
            rf"^\s*(?:async\s+def|def|class)\s+{name}\b|^[\w, ]*\b{name}\s*(?:,[\w, ]*|:[^=]+)?=(?!=)", re.MULTILINE
        )
        for index, source in self.sources.items():
            run = self.runs.get(index)
            stopped = run is not None and run.outcome is not Outcome.PASSED and outcome in (None, run.outcome)
            if stopped and pattern.search(source):
                return run
        return None


def unknown_name(fault: Fault) -> str | None:
    """The name in the text of a NameError."""
    found = re.match(r"name '(\w{1,100})' is not defined", fault.text) if fault.type == "NameError" else None
    return found[1] if found else None


def _named(fault: Fault) -> str:
    return f"{fault.type}: {fault.text}" if fault.text else fault.type


def _of_gpu(fault: Fault) -> str:
    return " of the GPU" if fault.text.startswith("CUDA out of memory") else ""


def _end(text: str) -> str:
    return text.rstrip(".") or "it is not valid"


def _unreadable(what: str) -> str:
    return f"The result of {what} cannot be read."


def unreadable(what: str, reason: object) -> CallError:
    """The error for a reply that is not one of our frames."""
    return CallError(Outcome.ERROR, f"The result of {what} cannot be read: {reason}.", _unreadable(what))


def death(status: int | None) -> tuple[Outcome, str]:
    """The outcome of something that ended its process, and how the sentence about it goes on."""
    if status is None:
        return Outcome.ERROR, "ended the process it ran in"
    if status == 128 + 24:
        return Outcome.TIMEOUT, "used more processor time than it may"
    if status > 128:
        name = SIGNALS.get(status - 128, f"signal {status - 128}")
        return Outcome.ERROR, f"ended the process it ran in, by {name}"
    return Outcome.ERROR, f"ended the process it ran in, with exit status {status}"


STREAMS = ("stdout", "stderr")


def read_outputs(value: Any) -> tuple[Mapping[str, Any], ...]:
    """The outputs in a reply as valid nbformat outputs; whatever is none is left out."""
    return tuple(output for output in map(_output, _list(value)) if output)


def _output(value: Any) -> Mapping[str, Any] | None:
    kind = value.get("output_type") if isinstance(value, dict) else None
    if kind == "stream" and value.get("name") in STREAMS and isinstance(value.get("text"), str):
        return {"output_type": kind, "name": value["name"], "text": value["text"]}
    if kind not in ("display_data", "execute_result") or not isinstance(value.get("data"), dict):
        return None
    output = {"output_type": kind, "data": _json(value["data"]), "metadata": _json(value.get("metadata") or {})}
    if kind == "execute_result":
        count = value.get("execution_count")
        output["execution_count"] = count if type(count) is int else None
    return output if isinstance(output["metadata"], dict) else None


def _json(value: Any) -> Any:
    """Plain data with nothing in it that JSON has no word for."""
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if value - value == 0 else None
    if isinstance(value, list):
        return [_json(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _json(item) for key, item in value.items()}
    return None


def error_output(fault: Fault, explainer: Explainer) -> Mapping[str, Any]:
    """The nbformat output of an exception."""
    lines: Sequence[str] = explainer.traceback(fault)
    return {"output_type": "error", "ename": fault.type, "evalue": fault.text, "traceback": list(lines)}


def things_in(shims: Path) -> frozenset[str]:
    """What an assignment's shims say may be lacking: the `thing` of their exceptions."""
    source = "\n".join(path.read_text("utf-8") for path in sorted(shims.glob("*.py")))
    return frozenset(re.findall(r"""^    thing = ["'](.{1,60}?)["']$""", source, re.MULTILINE))


def stopped(cell: ExecCell, outcome: Outcome, message: str) -> CellRun:
    """How a cell went whose process did not come back, with the reason as its output."""
    output = {"output_type": "stream", "name": "stderr", "text": f"[{message}]\n"}
    return CellRun(cell.index, cell.question, cell.source, (output,), outcome, message)


def nothing_left(spent: Spent) -> CallError:
    """The error for a call that is not made any more."""
    return CallError(spent.outcome, text := f"This was not tried: your code {spent.reason}.", text)


def names_in(probes: Path) -> frozenset[str]:
    """The names that probes mention as strings: what they may look up in a student's namespace."""
    source = "\n".join(path.read_text("utf-8") for path in sorted(probes.glob("*.py")))
    return frozenset(re.findall(r"""["']([^\W\d]\w*)["']""", source))
