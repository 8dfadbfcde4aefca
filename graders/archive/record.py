"""A Report as plain JSON data and back again, with nothing lost: what the store keeps."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from graders.json_data import pack, unpack, untag
from graders.model import CellRun, ItemMark, Outcome, QuestionReport, Remark, Report, ShownResult, Submission, Verdict

OUTCOMES = {outcome.value: outcome for outcome in Outcome}
NESTED = ("submission", "questions", "verdicts", "items", "cells", "remarks", "shown_results")


def to_record(report: Report) -> dict[str, Any]:
    """The whole report, staff's details and the submission's bytes included, as JSON data."""
    return {
        **_pack_fields(report),
        "submission": submission_to_record(report.submission),
        "questions": [
            _pack_fields(question) | {"verdicts": [_pack_verdict(verdict) for verdict in question.verdicts]}
            for question in report.questions
        ],
        "cells": [_pack_fields(cell) for cell in report.cells],
        "remarks": [_pack_fields(remark) for remark in report.remarks],
        "shown_results": {id: _pack_fields(result) for id, result in report.shown_results.items()},
    }


def from_record(record: Mapping[str, Any]) -> Report:
    """The report that `to_record` was given."""
    data = {name: unpack(value) for name, value in record.items()}
    data["submission"] = Submission(**data["submission"])
    data["cells"] = tuple(map(_cell, data["cells"]))
    return _report(data)


def from_text(record: str, submission: Submission, cells: bytes = b"") -> Report:
    """The report whose record, without submission and cells, is given as JSON text.

    Args:
        cells: as `pack_cells` packed them; none when empty.
    """
    data: dict[str, Any] = json.loads(record, object_hook=untag)
    data["submission"] = submission
    data["cells"] = unpack_cells(cells) if cells else ()
    return _report(data)


def pack_cells(cells: Sequence[CellRun]) -> bytes:
    """What cells showed, as the store keeps it."""
    return zlib.compress(json.dumps([_pack_fields(cell) for cell in cells]).encode(), 1)


def unpack_cells(packed: bytes) -> tuple[CellRun, ...]:
    """The cells that `pack_cells` was given."""
    return tuple(_cell(unpack(cell)) for cell in json.loads(zlib.decompress(packed)))


def submission_to_record(submission: Submission, *, content: bool = True) -> dict[str, Any]:
    """A submission as JSON data, with or without its bytes."""
    return _pack_fields(submission if content else replace(submission, content=b"", beside=()))


def submission_from_record(record: Mapping[str, Any]) -> Submission:
    """The submission that `submission_to_record` was given."""
    return Submission(**{name: unpack(value) for name, value in record.items()})


def _pack_fields(thing: Any) -> dict[str, Any]:
    """The fields of a dataclass, packed, but for those that are dataclasses themselves."""
    values = {field.name: getattr(thing, field.name) for field in fields(thing)}
    return {name: pack(value) for name, value in values.items() if name not in NESTED}


def _pack_verdict(verdict: Verdict) -> dict[str, Any]:
    return _pack_fields(verdict) | {"items": [_pack_fields(item) for item in verdict.items]}


def _report(data: dict[str, Any]) -> Report:
    """The report of fields of which submission and cells are whole."""
    data["questions"] = tuple(_question(question) for question in data["questions"])
    data["remarks"] = tuple(Remark(**remark) for remark in data.get("remarks", ()))
    data.pop("claims", None)  # an older form of what follows, which the next grading finds again
    data["shown_results"] = {id: ShownResult(**result) for id, result in data.get("shown_results", {}).items()}
    return Report(**data)


def _cell(data: dict[str, Any]) -> CellRun:
    return CellRun(**data | {"outcome": OUTCOMES[data["outcome"]]})


def _question(data: dict[str, Any]) -> QuestionReport:
    return QuestionReport(**data | {"verdicts": tuple(_verdict(verdict) for verdict in data["verdicts"])})


def _verdict(data: dict[str, Any]) -> Verdict:
    data["outcome"] = OUTCOMES[data["outcome"]]
    data["items"] = tuple(ItemMark(**item) for item in data.get("items", ()))
    return Verdict(**data)
