"""What the equation check has to say about one part of the model."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MOST = 5  # equations of one quantity that are looked at
DIFFERS = "differs"  # the kind of what was read and is not the model, though words next to it may excuse that


class ModelPart(StrEnum):
    """A part of the model that the answer has to state, and the dimensions of all of it."""

    RECURRENCE = "recurrence"
    OUTPUT = "output"
    LOSS = "loss"
    INITIAL = "initial state"
    DIMENSIONS = "dimensions"


class PartStatus(StrEnum):
    """What was found about a part."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    DIMENSIONS = "dimensions"  # no shapes of its symbols fit
    UNREAD = "unread"  # for a person; never held against the student


@dataclass(frozen=True)
class Finding:
    """One finding.

    Attributes:
        kind: what kind of disagreement, in a word or two joined by commas; "" where there is none.
        message: a sentence for the student.
        source: the equation as it was typed.
    """

    part: ModelPart
    status: PartStatus
    kind: str = ""
    message: str = ""
    source: str = ""

    @property
    def accuses(self) -> bool:
        """Whether it says that something is wrong."""
        return self.status in (PartStatus.DISAGREES, PartStatus.DIMENSIONS)


def combined(found: list[Finding]) -> Finding:
    """One finding of several equations of one part: they must not contradict each other."""
    accusing = [item for item in found if item.accuses]
    agreeing = [item for item in found if item.status is PartStatus.AGREES]
    if len(accusing) == len(found):
        return accusing[0]
    contradicting = accusing + [item for item in found if item.kind == DIFFERS]
    if agreeing and not contradicting:
        return agreeing[0]
    unread = [item for item in found if item.status is PartStatus.UNREAD]
    if agreeing:
        message = "Two forms of this equation do not say the same."
        return Finding(agreeing[0].part, PartStatus.UNREAD, "two forms", message, contradicting[0].source)
    return unread[0]
