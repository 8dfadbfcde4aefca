"""Equal and nearly equal answers, so that one judgement serves them all, with exceptions one by one."""

from __future__ import annotations

import difflib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from graders.marking.answer import Answer, normalised

Grouping = Callable[[Sequence[str]], list[list[int]]]
WORDS = re.compile(r"\s+|\w+|[^\w\s]")
BEHIND = 10  # how nice the process is that compares texts, its loading included: people who wait for a page come first
MOST_WORDS = 3000  # of a text that are compared word by word


@dataclass(frozen=True)
class TextPiece:
    """A piece of a text next to another one: `kept`, `new`, or `gone`."""

    kind: str
    text: str


def alone(texts: Sequence[str]) -> list[list[int]]:
    """Each text by itself: what is known before anybody has compared them."""
    return [[place] for place in range(len(texts))]


def nearly_equal(texts: Sequence[str]) -> list[list[int]]:
    """Nearly equal texts together, found by a process whose time and memory have an end; each alone where it ends."""
    if len(texts) < 2:
        return alone(texts)
    command = [sys.executable, "-m", "graders.marking.similar"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as process:  # type: ignore[call-overload]
        os.setpriority(os.PRIO_PROCESS, process.pid, BEHIND)
        found, _ = process.communicate(json.dumps(list(texts)))
    if process.returncode:
        return alone(texts)
    groups: list[list[int]] = json.loads(found)
    return groups


def grouped(answers: Iterable[Answer], grouping: Grouping = alone) -> list[tuple[Answer, ...]]:
    """Groups of answers to one part, those with most answers first; the first answer of each stands for it.

    Equal texts are always together. Texts are nearly equal by the grouping, and only where a machine has read the same
    in them, item by item; where it has read everything, nothing else counts.
    """
    by_sign: dict[str, list[Answer]] = {}
    for answer in answers:
        by_sign.setdefault(answer.sign, []).append(answer)
    found = [group for sign, same in by_sign.items() for group in _within(same, bool(sign), grouping)]
    return sorted(found, key=lambda group: (-len(group), group[0].slot.id))


def _within(answers: Sequence[Answer], read: bool, grouping: Grouping) -> list[tuple[Answer, ...]]:
    equal: dict[str, list[Answer]] = {}
    for answer in sorted(answers, key=lambda one: one.slot.id):
        equal.setdefault(answer.slot.id if answer.apart else answer.slot.answer, []).append(answer)
    if read and all(item.points is not None for item in answers[0].items):
        return [tuple(answers)]
    apart = [tuple(same) for same in equal.values() if same[0].apart]
    texts = [same for same in equal.values() if not same[0].apart]
    kinds = sorted(texts, key=lambda same: (-len(same), same[0].slot.id))
    groups = grouping([normalised(same[0].text) for same in kinds])
    return [tuple(answer for place in group for answer in kinds[place]) for group in groups] + apart


def differences(text: str, other: str) -> list[TextPiece]:
    """Another text word by word next to the first: what both have, what only the other has, what it lacks."""
    first, second = (WORDS.findall(normalised(one))[:MOST_WORDS] for one in (text, other))
    found: list[TextPiece] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(TextPiece("kept", "".join(second[c:d])))
        if a < b and kind != "equal":
            found.append(TextPiece("gone", "".join(first[a:b])))
        if c < d and kind != "equal":
            found.append(TextPiece("new", "".join(second[c:d])))
    return found
