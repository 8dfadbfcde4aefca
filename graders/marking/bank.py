"""Comments that were written before, for the person who marks the next answer of the same question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from graders.marking.decision import Decision

MOST = 12
LONGEST = 400  # characters; what is longer was meant for one student


def comments(decisions: Iterable[Decision], question: str) -> list[str]:
    """The comments of a question, one paragraph each: those used most often first, then those used last."""
    lines = [
        line
        for decision in sorted(decisions, key=lambda one: one.at, reverse=True)
        if decision.slot.question == question
        for line in paragraphs(decision.comment)
    ]
    return [line for line, _ in Counter(lines).most_common(MOST)]


def paragraphs(comment: str) -> list[str]:
    """The paragraphs of a comment that may serve others too."""
    lines = (" ".join(line.split()) for line in comment.splitlines())
    return [line for line in lines if line and len(line) <= LONGEST]


def with_chosen(comment: str, chosen: Iterable[str]) -> str:
    """A comment with those chosen from the bank, each once."""
    there = set(paragraphs(comment))
    added = [line for line in dict.fromkeys(chosen) if line not in there]
    return "\n".join([*([comment.strip()] if comment.strip() else []), *added])
