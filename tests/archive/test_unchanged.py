"""What has not changed is neither read nor written again; whatever a file follows from is noticed when it changes."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from written_answers import decide, graded, slot

from graders.archive.classroom import unchanged
from graders.archive.classroom.unchanged import Unchanged
from graders.archive.finished import finish
from graders.archive.giving_out import give_out, give_out_class
from graders.archive.marks import Marks
from graders.archive.store import Store, open_store
from graders.marking.late import LateRules, moment
from graders.model import Submission
from graders.report.text import MarksRow, row_of

GRADER = ("quick", "a" * 64)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The store of an output folder."""
    with open_store(tmp_path) as opened:
        yield opened


def known(store: Store, out: Path, *, late: LateRules | None = None, digest: str = GRADER[1]) -> Unchanged:
    """What a run would know that begins now."""
    return Unchanged(store, "course", (GRADER[0], digest), late, out)


def given_out(store: Store, out: Path, *students: str) -> list[Submission]:
    """Students whose reports have just been graded, written and noted."""
    before, ledger = known(store, out), Marks(store.database).ledger("course")
    for student in students:
        store.keep(graded(student))
        before.note(graded(student).submission, give_out(store, finish(graded(student)), ledger, out, "A course"))
    before.save()
    return [graded(student).submission for student in students]


def test_nothing_has_changed(store: Store, tmp_path: Path) -> None:
    """The row is what the report gives; bytes need not be with the submission."""
    (ada,) = given_out(store, tmp_path, "ada")
    assert known(store, tmp_path).row(replace(ada, content=b"")) == row_of(graded("ada"))
    assert isinstance(known(store, tmp_path).row(ada), MarksRow)


CHANGES: dict[str, Callable[[Store, Path], object]] = {
    "a decision": lambda store, out: decide(Marks(store.database), slot("ada")),
    "more time": lambda store, out: Marks(store.database).extend(
        "course", {"ada": moment("2027-01-01T00:00:00+00:00")}
    ),  # type: ignore[dict-item]
    "another grading": lambda store, out: store.keep(replace(graded("ada"), seconds=9.0)),
    "another submission": lambda store, out: store.keep(graded("ada", "Something else.")),
    "another profile": lambda store, out: store.keep(graded("ada", grader={"profile": "full", "digest": "a" * 64})),
    "a page that is gone": lambda store, out: (out / "course/ada/report.html").unlink(),
    "an edited page": lambda store, out: (out / "course/ada/report.html").write_text("<p>Full marks!"),
    "an edited file": lambda store, out: (out / "course/ada/report.json").write_text("{}"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_seen(store: Store, tmp_path: Path, change: str) -> None:
    """Of what files follow from, and of the files; nobody else's row is in doubt for that."""
    ada, bob = given_out(store, tmp_path, "ada", "bob")
    CHANGES[change](store, tmp_path)
    assert known(store, tmp_path).row(ada) is None
    if change != "a decision":  # the first one keeps the rubric, on which the reports of all rest
        assert known(store, tmp_path).row(bob) is not None


def test_other_rules_other_graders_and_other_code_change_all(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So does another file of the student, or another time at which it came."""
    (ada,) = given_out(store, tmp_path, "ada")
    assert known(store, tmp_path, digest="b" * 64).row(ada) is None
    assert known(store, tmp_path, late=LateRules(moment("2026-11-20T00:00:00+00:00"), percent_a_day=5)).row(ada) is None  # type: ignore[arg-type]
    assert known(store, tmp_path).row(replace(ada, sha256="0" * 64)) is None
    assert known(store, tmp_path).row(replace(ada, received="2026-12-24T00:00:00+00:00")) is None
    assert known(store, tmp_path).row(ada) is not None
    monkeypatch.setattr(unchanged, "our_code", lambda: "another version")
    assert known(store, tmp_path).row(ada) is None


def test_a_decision_during_the_run_is_seen_by_the_next(store: Store, tmp_path: Path) -> None:
    """What was written did not show it."""
    before, ledger = known(store, tmp_path), Marks(store.database).ledger("course")
    store.keep(graded("ada"))
    decide(Marks(store.database), slot("ada"))
    before.note(graded("ada").submission, give_out(store, finish(graded("ada")), ledger, tmp_path, "A course"))
    before.save()
    assert known(store, tmp_path).row(graded("ada").submission) is None


@pytest.mark.parametrize("count", [2, 7])
def test_a_class_costs_as_many_queries_as_a_student(
    store: Store, tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no report is read, no file written, the class's table and page included."""
    handed_in = given_out(store, tmp_path, *(f"s{number}" for number in range(count)))
    give_out_class(store, "course", tmp_path, None)
    asked: list[str] = []
    engine = store.database._engine
    event.listen(engine, "before_cursor_execute", lambda *said: asked.append(said[2]))

    def never(*_: object) -> None:
        raise AssertionError("nothing has changed")

    monkeypatch.setattr("graders.archive.store.from_text", never)
    monkeypatch.setattr("graders.writing._replace", never)
    again = known(store, tmp_path)
    assert all(again.row(one) is not None for one in handed_in)
    again.save()
    give_out_class(store, "course", tmp_path, None)
    assert sum(not query.startswith(("BEGIN", "PRAGMA")) for query in asked) == 17
    assert isinstance(engine, sa.Engine)


def test_the_table_of_marks_follows_what_is_decided(store: Store, tmp_path: Path) -> None:
    """It is written again after a decision, another report, or where somebody has edited it."""
    table = tmp_path / "course/grades.csv"
    given_out(store, tmp_path, "ada")
    give_out_class(store, "course", tmp_path, None)
    first = table.read_text("utf-8")
    decide(Marks(store.database), slot("ada"))
    give_out_class(store, "course", tmp_path, None)
    second = table.read_text("utf-8")
    given_out(store, tmp_path, "bob")
    give_out_class(store, "course", tmp_path, None)
    third = table.read_text("utf-8")
    assert len({first, second, third}) == 3 and "bob" in third
    table.write_text("edited")
    give_out_class(store, "course", tmp_path, None)
    assert table.read_text("utf-8") == third
