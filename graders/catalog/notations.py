"""Right and wrong written answers kept as text files: the right ones whole, a wrong one by the lines that it changes.

=== name                                    a right answer, up to the next such line
=== name breaks ITEM in RIGHT               a wrong one: RIGHT with each `- line` replaced by the `+ lines` after it;
                                            ITEM is the rubric's item that no machine may give it
"""

from __future__ import annotations

import re
from pathlib import Path

from graders.authoring.alternative import Alternative

HEAD = re.compile(r"^=== (.+)\n", re.MULTILINE)
WRONG = re.compile(r"(?P<name>\w+) breaks (?P<item>\w+) in (?P<base>\w+)")


def right_answers(path: Path, question: str, module: str) -> dict[str, Alternative]:
    """The right answers of a file, as variants that the module of this name defines."""
    return {name: _alternative(name, question, module, text) for name, text in _entries(path)}


def wrong_answers(path: Path, question: str, module: str) -> dict[str, Alternative]:
    """The wrong answers of a file, made of the right ones in the file `..._right.md` next to it."""
    right = dict(_entries(path.with_name(path.name.replace("_wrong", "_right"))))
    found = {}
    for head, change in _entries(path):
        told = WRONG.fullmatch(head)
        if told is None or told["base"] not in right:
            raise ValueError(f"{path.name}: {head!r} does not say which right answer it changes")
        text = _changed(right[told["base"]], change, told["name"])
        found[told["name"]] = _alternative(told["name"], question, module, text, told["item"])
    return found


def _entries(path: Path) -> list[tuple[str, str]]:
    parts = HEAD.split(path.read_text("utf-8"))[1:]
    found = [(head.strip(), text.strip("\n") + "\n") for head, text in zip(parts[::2], parts[1::2], strict=True)]
    if len({head.split()[0] for head, _ in found}) < len(found):
        raise ValueError(f"{path.name} has two answers of one name")
    return found


def _changed(text: str, change: str, name: str) -> str:
    """The text with the lines after `- ` replaced, in one place, by those after `+ `."""
    old = "".join(line[2:] for line in change.splitlines(keepends=True) if line.startswith("- "))
    new = "".join(line[2:] for line in change.splitlines(keepends=True) if line.startswith("+ "))
    if not old or ("\n" + text).count("\n" + old) != 1:
        raise ValueError(f"{name} changes lines that the right answer does not have, or has twice")
    return ("\n" + text).replace("\n" + old, "\n" + new)[1:]


def _alternative(name: str, question: str, module: str, text: str, breaks: str = "") -> Alternative:
    def answer() -> str:
        return text

    answer.__module__ = module
    return Alternative(name, question, question, name.replace("_", " "), answer, breaks=breaks)
