"""Keeps which submissions of a class are nearly the same; fingerprints are taken once of each, and kept by its hash."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence

from graders.archive.store import Store
from graders.marking.likeness.pairs import alike
from graders.model import Report
from graders.report.classroom.page import AlikePair

PASSAGES, PAIRS = "passages/{}", "alike/{}"  # the settings under which they are kept
GIVEN = ""  # the place of the notebook's own passages among those of submissions
SECONDS = 1500


def compare_class(store: Store, assignment: str, given: Sequence[str] = ()) -> str | None:
    """Find which submissions are nearly the same, and keep that; what went wrong, for it is a hint and nothing stops.

    Args:
        given: the code that the notebook gives, which is nobody's own.
    """
    database, reports = store.database, store.latest(assignment)
    if len(reports) < 2:
        return None
    kept: dict[str, list[int]] = json.loads(database.setting(PASSAGES.format(assignment), "{}"))
    new = {r.submission.sha256: r for r in reports if r.submission.sha256 not in kept}
    if new:
        texts = {digest: _answers(store, report) for digest, report in new.items()} | {GIVEN: list(given)}
        try:
            kept |= dict(zip(texts, _passages(list(texts.values())), strict=True))
        except (subprocess.SubprocessError, ValueError) as error:
            return f"Which submissions share code could not be found out: {type(error).__name__}."
        wanted = {GIVEN, *(r.submission.sha256 for r in reports)}
        kept = {digest: passages for digest, passages in kept.items() if digest in wanted}
        database.set(PASSAGES.format(assignment), json.dumps(kept))
    pairs = alike([kept[r.submission.sha256] for r in reports], kept[GIVEN])
    names = [r.submission.student for r in reports]
    database.set(PAIRS.format(assignment), json.dumps([(names[i], names[j], share) for i, j, share in pairs]))
    return None


def alike_in(store: Store, assignment: str) -> list[AlikePair]:
    """The pairs that were found last."""
    found = json.loads(store.database.setting(PAIRS.format(assignment), "[]"))
    return [AlikePair(one, other, share) for one, other, share in found]


def _answers(store: Store, report: Report) -> list[str]:
    """The cells of a student's answers that are code."""
    return [cell.source for cell in store.cells(report) if cell.question and cell.kind == "code"]


def _passages(texts: Sequence[Sequence[str]]) -> list[list[int]]:
    command = [sys.executable, "-m", "graders.marking.likeness.passages"]
    same = os.environ | {"PYTHONHASHSEED": "0"}  # Python's hashes, of which fingerprints are made, then never differ
    done = subprocess.run(
        command, input=json.dumps(texts), env=same, capture_output=True, text=True, timeout=SECONDS, check=True
    )
    found: list[list[int]] = json.loads(done.stdout)
    return found
