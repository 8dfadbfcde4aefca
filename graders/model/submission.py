"""What one student handed in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Submission:
    """What one student handed in for one assignment.

    Attributes:
        student: the student's folder name or LMS name; safe as a folder name.
        assignment: the assignment's id.
        content: the notebook or script as bytes; empty when it could not be read.
        suffix: `.ipynb` or `.py`.
        sha256: hex digest of `content` (of the fault's text where there is none).
        attempt: counts from 1.
        received: ISO 8601 time with offset, UTC.
        dated: whether a learning platform tells that time; else it is the file's own, which any copy may change.
        fault: why it cannot be graded, as one sentence for the student; None when it can be.
        source: where it came from, for staff only.
        notices: sentences for the student on how it was handed in.
        undecided: whether the fault leaves open what the work is worth, so that a person has to look.
        elsewhere: questions that this file leaves open and another of the student's answers: question -> that file.
        beside: pictures that were handed in next to the notebook, and the names of scans: name -> bytes, perhaps none.
    """

    student: str
    assignment: str
    content: bytes
    suffix: str
    sha256: str
    attempt: int = 1
    received: str = ""
    fault: str | None = None
    source: str = ""
    notices: tuple[str, ...] = ()
    beside: tuple[tuple[str, bytes], ...] = ()
    dated: bool = False
    undecided: bool = False
    elsewhere: tuple[tuple[str, str], ...] = ()
