"""Finds what an exception means by the words of its message.

What is said is a sentence of ours, whole: nothing of the message gets into it, for on hidden checks a student's code
meets inputs that are to stay hidden, and a message may hold them. Which sentence it is says no more than the type and
the line of an exception do, which are reported as well.
"""

from __future__ import annotations

from graders.authoring.known.arrays import MESSAGES as ARRAYS
from graders.authoring.known.language import MESSAGES as LANGUAGE
from graders.authoring.known.pattern import Known
from graders.authoring.known.tensors import MESSAGES as TENSORS

LONGEST = 2000  # characters of a message that are read
# Libraries first: what Python itself says is the most general.
ALL: tuple[Known, ...] = (*TENSORS, *ARRAYS, *LANGUAGE)


def meaning(type: str, text: str) -> str | None:
    """What an exception means and what to look at; None where its message is not a known one.

    Args:
        type: the name of its type.
        text: its message.
    """
    headline = f"{type}: {text[:LONGEST]}"
    return next((known.meaning for known in ALL if known.fits(headline)), None)
