"""Who somebody is on the pages, and what they may do: by an account, a one-time link, or the launch from an LMS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

LAUNCHED = "launched"  # the key of a session that a launch has opened


class Role(StrEnum):
    """What somebody may do."""

    INSTRUCTOR = "instructor"  # everything; from an LMS, everything about the students of their course
    MARKER = "marker"  # mark answers, and read them a second time
    STUDENT = "student"  # hand in, and see what is their own


@dataclass(frozen=True)
class SignedIn:
    """Somebody who is signed in.

    Attributes:
        name: of a student, the one under which their work is kept and reported; else the one under which they decide.
        course: the LMS's course from which they came; empty for account holders, who may see every course.
    """

    name: str
    role: Role
    course: str = ""

    @property
    def instructs(self) -> bool:
        """Whether they may see names, change rubrics, overrule and give out marks."""
        return self.role is Role.INSTRUCTOR

    @property
    def studies(self) -> bool:
        """Whether they may see their own work, and nothing else."""
        return self.role is Role.STUDENT


def launch_session(person: SignedIn, frames: Sequence[str] = (), *, framed: bool = False) -> dict[str, Any]:
    """The session that a launch opens for somebody; it is kept on the server.

    Args:
        frames: the origins whose pages may show ours in a frame.
        framed: whether it was opened in such a frame, where cookies have to be kept by what is around it.
    """
    who = {"name": person.name, "role": person.role.value, "course": person.course}
    return {LAUNCHED: who, "frames": list(frames), "framed": framed}


def launched(session: Mapping[str, Any]) -> SignedIn | None:
    """Whose session this is, if a launch has opened it."""
    kept = session.get(LAUNCHED)
    return None if kept is None else SignedIn(kept["name"], Role(kept["role"]), kept["course"])
