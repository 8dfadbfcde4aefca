"""Every exception of the package.

    GradersError                one sentence for a person: what was wrong, where, what to do
    ├── UsageError              the command cannot mean anything here (exit status 2)
    │   ├── CatalogError        an assignment's own files disagree with each other
    │   └── LessThanPromised    answers may use less here than the course says
    ├── IntakeError             one submission cannot be read; it becomes a report that says so
    │   └── NeedsAPerson        it may hold work all the same, so that a person has to look
    ├── StoreError              the database cannot be read or written
    ├── ConflictError           somebody else has decided the same since; nothing was changed
    ├── TakesLong               a submission needs more time than a first try gives; nothing of it is kept
    └── SandboxError            the sandbox failed for a fault of ours
        ├── SandboxLost         its warm process has ended; what ran in it has to be run again
        │   ├── OutOfMemory     the machine has less memory than a submission may use
        │   └── GpuFault        the GPU, its driver, or others that share it failed what ran
        ├── GpuMissing          student code cannot use a GPU here
        └── WallsMissing        this machine cannot isolate student code well enough
    Failed                      raised by a check: what the student's answer gets wrong
    Pending                     raised by a check: it cannot decide yet, and says what is missing
    Skipped                     raised by a check: what it needs is not on this machine
    CallError                   a call into a solution did not come back with a value

The last four are findings about a student's work, never faults of ours, so they stand apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graders.model import Outcome


class GradersError(Exception):
    """A fault that a person can act on; its text is one sentence."""


class UsageError(GradersError):
    """The command cannot mean anything here (exit status 2)."""


class CatalogError(UsageError):
    """An assignment's notebook, reference and grader modules disagree."""


class IntakeError(GradersError):
    """One submission cannot be read; the class goes on."""


class NeedsAPerson(IntakeError):
    """One submission cannot be read, but may hold work; a person has to look.

    Attributes:
        files: what the person is to see: name -> content.
    """

    def __init__(self, message: str, files: Mapping[str, bytes] | None = None) -> None:
        super().__init__(message)
        self.files = dict(files or {})


class StoreError(GradersError):
    """The database cannot be read or written."""


class ConflictError(GradersError):
    """Somebody else has decided the same thing since it was looked at; nothing was changed."""


class TakesLong(GradersError):
    """A submission needs more time than a first try gives it; nothing of this try is kept."""


class SandboxError(GradersError):
    """The sandbox failed for a fault of ours."""


class SandboxLost(SandboxError):
    """The sandbox's warm process has ended, and with it what it had started; a new one can do the same again."""


class OutOfMemory(SandboxLost):
    """The kernel has killed what held less than it may, for the machine, or the container, had no more."""


class GpuFault(SandboxLost):
    """The GPU, its driver, or others that share it failed what ran; the same may work the next time."""


class GpuMissing(SandboxError):
    """Student code cannot use a GPU on this machine, though it is to be graded on one."""


class WallsMissing(SandboxError):
    """This machine cannot isolate student code well enough to grade it."""


class LessThanPromised(UsageError):
    """Answers may use less on this machine than the course says that they may."""


class Failed(Exception):
    """What the student's answer gets wrong.

    Args:
        finding: what is wrong, without inputs or expected values; always shown.
        values: the same with what was given, expected and got; public checks show it in place of the bare finding.
        hint: one sentence that helps without giving the answer away; always shown.
        keep: the share of the check's points that is earned all the same, in [0, 1].
        evidence: plain data for a plot or a table that a student may see, whether the check is public or hidden.
        compared: expected and got as a table (`authoring.side_by_side`); values too, so shown by public checks only.
        misconception: the name of the known mistake that the hint is about, where the check itself has recognised it.
    """

    def __init__(
        self,
        finding: str,
        *,
        values: str | None = None,
        hint: str | None = None,
        keep: float = 0.0,
        evidence: Mapping[str, Any] | None = None,
        compared: Mapping[str, Any] | None = None,
        misconception: str | None = None,
    ) -> None:
        super().__init__(values or finding)
        self.finding = finding
        self.values = values
        self.hint = hint
        self.keep = keep
        self.evidence = evidence
        self.compared = compared
        self.misconception = misconception

    @property
    def in_full(self) -> str:
        """The finding with its values, where it has any."""
        return self.values or self.finding


class Pending(Exception):
    """A check cannot decide: its text is one sentence for the student. The points are left to a person.

    Args:
        evidence: plain data for a plot or a table that a student may see.
    """

    def __init__(self, message: str, *, evidence: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.evidence = evidence


class Skipped(Exception):
    """A check cannot be made here: its text is one sentence for the student. The points stay undecided."""


class CallError(Exception):
    """A call into a solution did not come back with a value.

    Args:
        outcome: `error`, `timeout`, `memory` or `missing`; `skipped` where this machine lacks what the call needs.
        message: what happened, in words for the student; may quote the text of the student's own exception.
        summary: the same without that text, which a student's code could fill with hidden inputs: for hidden checks.
        hint: what such an exception means and what to look at, in words of ours alone; shown on hidden checks too.
    """

    def __init__(self, outcome: Outcome, message: str, summary: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.message = message
        self.summary = summary
        self.hint = hint

    @classmethod
    def in_our_words(cls, outcome: Outcome, message: str) -> CallError:
        """One whose message quotes nothing of the student's, so that hidden checks say it as well."""
        return cls(outcome, message, message)
