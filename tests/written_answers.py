"""A class that has written answers, made by hand: reports whose rubric items wait for a person, or not."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from graders.archive.marks import Marks
from graders.archive.store import Store, open_store
from graders.marking.answer import Slot, answers_of
from graders.marking.decision import Judgement
from graders.marking.rubric import own_rubric
from graders.model import ItemMark, Outcome, QuestionReport, Report, Submission, Verdict

ITEMS = (
    ItemMark("effect", "It describes what the size does", 0.5),
    ItemMark("why", "It says why", 0.3),
    ItemMark("evidence", "It shows results of its own", 0.2),
)
WHY = ("why",)
TEXTS = (
    "A small size gives the same pattern again and again, because the tail of the distribution is cut off.",
    "A large size gives more variety, and more names that nobody could pronounce.",
    "I tried sizes 1, 3 and 27: with 1 all names are the same, with 27 they are wild.",
    "It does not matter at all, the loss is the same.",
)


def essay(text: str, items: tuple[ItemMark, ...] = ITEMS, id: str = "essay") -> QuestionReport:
    """A question that a person marks; what a machine has given is earned already."""
    given = round(sum(item.points or 0.0 for item in items), 6)
    left = any(item.points is None for item in items)
    outcome = Outcome.PENDING if left else Outcome.PASSED
    written = Verdict("argument", "What the size does, argued", outcome, given, 1.0, items=items)
    return QuestionReport(id, "Discussion of sizes", (written,), 1.0, "d1")


def programme(points: float = 1.5) -> QuestionReport:
    """A question that a machine has decided."""
    worked = Verdict("works", "It works.", Outcome.PASSED, 1.0, 1.0)
    outcome = Outcome.PASSED if points == 2 else Outcome.FAILED
    general = Verdict("in_general", "It works in general.", outcome, points - 1.0, 1.0, message="Not for all sizes.")
    return QuestionReport("programme", "A programme", (worked, general), 2.0, "d2")


def graded(
    student: str, text: str = TEXTS[0], *, received: str = "2026-11-23T10:00:00+00:00", **more: object
) -> Report:
    """A report of one student, who wrote this."""
    content = f"{student}: {text}".encode("utf-8", "backslashreplace")
    handed_in = Submission(
        student, "course", content, ".ipynb", hashlib.sha256(content).hexdigest(), received=received, dated=True
    )
    made = Report(
        "course",
        handed_in,
        (essay(text), programme()),
        {"version": "0", "digest": "a" * 64, "profile": "quick"},
        answers={"essay": text},
    )
    return replace(made, **more)  # type: ignore[arg-type]


def class_in(out: Path, students: int = 12, kinds: int = 4) -> Store:
    """A store with a class in which answers repeat; close it."""
    store = open_store(out)
    for number in range(students):
        store.keep(graded(f"student{number:03}", variant(number, kinds)))
    return store


def class_of_answers(out: Path, answers: Sequence[str]) -> Store:
    """A store with a class in which each student wrote one of these; close it."""
    store = open_store(out)
    for number, text in enumerate(answers):
        store.keep(graded(f"student{number:03}", text))
    return store


def variant(number: int, kinds: int) -> str:
    """What a student wrote: one of a few answers, as it was or with a small change."""
    kind = number % kinds
    text = (
        TEXTS[kind % len(TEXTS)]
        if kind < len(TEXTS)
        else f"{TEXTS[kind % len(TEXTS)]} Case {kind}: {'xyzw'[kind % 4] * 9}."
    )
    return text if (number // kinds) % 3 else text.replace("same", "very same")


COURSE = """
title = "A course of essays"
[questions]
essay = 1
programme = 2
[profiles.quick.parameters]
"""


def course(root: Path, late: str = "") -> Path:
    """A folder of a course with this assignment, as far as marks need one."""
    folder = root / "assignments" / "course"
    folder.mkdir(parents=True)
    (root / "reference").mkdir()
    (folder / "assignment.toml").write_text(COURSE + late, "utf-8")
    return root


def slot(student: str = "ada", text: str = TEXTS[0]) -> Slot:
    """Where a student's written answer is judged."""
    (answer,) = answers_of(graded(student, text))
    return answer.slot


def decide(
    marks: Marks, *slots: Slot, seen: int = 0, by: str = "eve", items: Sequence[str] = WHY, **more: object
) -> str:
    """Keep a judgement of some slots."""
    judgement = Judgement(dict.fromkeys(slots, seen), frozenset(items), **more)
    return marks.decide(judgement.decisions(), by, own_rubric(ITEMS))
