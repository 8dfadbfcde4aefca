"""Started by a bundle's own script: `python -m graders.bundles.run SYSTEM`, in that system's container."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graders.bundles.metadata import Metadata, read_metadata
from graders.bundles.single import Container, grade_one
from graders.lms import gradescope
from graders.lms.results import coursera, prairielearn
from graders.model import Outcome, Report
from graders.writing import write

OUR_FAULT = (
    "The grader itself failed, for no fault of yours. Nothing was decided about your work: staff can see why, and "
    "grade it again."
)
TOO_MANY = "You have handed in {count} times within {hours:g} hours; {limit} are graded. This one was not graded."


@dataclass(frozen=True)
class Bundle:
    """What bundle.json says of a bundle.

    Attributes:
        limit: how many submissions within `hours` are graded; None for all.
    """

    container: Container
    limit: int | None = None
    hours: float = 24.0


def read_bundle(folder: Path) -> Bundle:
    """A bundle as it was packed."""
    told = json.loads((folder / "bundle.json").read_text("utf-8"))
    secret = bytes.fromhex(told["secret"])
    container = Container(folder / "course", told["assignment"], told["profile"], secret)
    return Bundle(container, told["limit"], told["hours"])


def run_gradescope(bundle: Bundle, base: Path) -> None:
    """Grade /autograder/submission; results.json is valid at any moment, with what was graded until then."""
    target = base / "results" / "results.json"
    metadata = read_metadata(base / "submission_metadata.json")
    if (refusal := too_many(bundle, metadata)) is not None:
        _write(target, refusal)
        return
    known: list[Report] = []

    def told(report: Report) -> None:
        known[:] = [report]
        _write(target, gradescope.results(report, finished=False))

    try:
        received = metadata.received.isoformat() if metadata.received else ""
        report = grade_one(
            bundle.container,
            base / "submission",
            student=metadata.student,
            received=received,
            extension=metadata.due,
            on_report=told,
        )
        made = gradescope.results(report)
        if faults := _faults(report):
            made["tests"].append(gradescope.for_staff(faults))
        _write(target, made)
    except Exception:  # noqa: BLE001 - whatever failed is a fault of ours: what was graded stands, staff read why
        detail = traceback.format_exc()
        print(detail, file=sys.stderr)
        failure = gradescope.failed(OUR_FAULT, detail)
        if known:
            partial = gradescope.results(known[0], finished=False)
            failure = partial | {"tests": [*partial["tests"], *failure["tests"]]}
        _write(target, failure)


def _faults(report: Report) -> str:
    """What failed for a fault of ours while a report was made, each once."""
    verdicts = [verdict for question in report.questions for verdict in question.verdicts]
    details = [v.detail.strip() for v in verdicts if v.outcome is Outcome.INTERNAL and v.detail]
    return "\n".join(dict.fromkeys(detail.splitlines()[-1] for detail in details))


def too_many(bundle: Bundle, metadata: Metadata) -> dict[str, Any] | None:
    """What a submission beyond the limit gets: the results before it, with a sentence; None within it."""
    if bundle.limit is None:
        return None
    before = metadata.within(bundle.hours)
    if len(before) < bundle.limit:
        return None
    sentence = TOO_MANY.format(count=len(before) + 1, hours=bundle.hours, limit=bundle.limit)
    last = next((one.results for one in reversed(before) if one.results), None)
    if last is None:
        return gradescope.failed(sentence)
    kept = {key: value for key, value in last.items() if key in ("score", "tests", "leaderboard", "visibility")}
    return kept | {
        "output": f"{sentence} What stands here is of the one before.",
        "output_format": "text",
        "stdout_visibility": "hidden",
    }


def run_prairielearn(bundle: Bundle, base: Path) -> None:
    """Grade /grade/student; where that fails, the results say that it is no attempt."""
    target = base / "results" / "results.json"
    _write(target, {"gradable": False, "message": OUR_FAULT})
    if (report := _graded(bundle, base / "student")) is not None:
        _write(target, prairielearn(report))


def run_coursera(bundle: Bundle, base: Path) -> None:
    """Grade /shared/submission; where that fails, there is no fraction, which would count, and the status says so."""
    if (report := _graded(bundle, base / "submission")) is None:
        sys.exit(OUR_FAULT)
    feedback, page = coursera(report)
    _write(base / "htmlFeedback.html", page)
    _write(base / "feedback.json", feedback)


def _graded(bundle: Bundle, folder: Path) -> Report | None:
    try:
        return grade_one(bundle.container, folder)
    except Exception:  # noqa: BLE001 - a fault of ours: the file that says so stands, staff read why
        print(traceback.format_exc(), file=sys.stderr)
        return None


def _write(path: Path, data: Mapping[str, Any] | str) -> None:
    """Write what the system reads, perhaps as another user than ours."""
    write(path, data if isinstance(data, str) else json.dumps(data, allow_nan=False) + "\n").chmod(0o644)


SYSTEMS = {
    "gradescope": (run_gradescope, "AUTOGRADER", "/autograder"),
    "prairielearn": (run_prairielearn, "GRADE", "/grade"),
    "coursera": (run_coursera, "SHARED", "/shared"),
}


def main(arguments: Sequence[str]) -> int:
    """Grade what a container holds."""
    system, folder = arguments
    run, name, place = SYSTEMS[system]
    run(read_bundle(Path(folder)), Path(os.environ.get(name, place)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
