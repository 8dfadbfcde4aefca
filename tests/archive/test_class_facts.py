"""Facts of a class as the database keeps them: always what the reports say, however they came to be there."""

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from hostile import ANSWERS
from sample_reports import EVIL, graded, report, submission

from graders.archive.classroom.facts import class_facts
from graders.archive.giving_out import give_out_class
from graders.archive.marks import Marks
from graders.archive.settled import settled_class
from graders.archive.store import Store
from graders.archive.tables import facts as table
from graders.archive.tables import sheets
from graders.marking.answer import slot_of
from graders.marking.decision import override
from graders.marking.late import LateRules, moment
from graders.model import Report
from graders.report.classroom.facts import facts_of, pack, pack_sheet, unpack, unpack_sheet
from graders.report.classroom.summary import summarise


def overruled(store: Store, made: Report, points: float) -> None:
    """A person decides a check of the NumPy question otherwise."""
    question = made.questions[1]
    slot = slot_of(made, question, question.verdicts[1])
    number = Marks(store.database).ledger("practical09").number(slot)
    Marks(store.database).decide([override(slot, number, points, "Looked at it.", 0.5)], "eve")


def test_facts_are_what_the_reports_say(tmp_path: Path) -> None:
    """Before and after decisions, a regrade, an extension, late rules and another report of the same student."""
    rules = LateRules(moment("2026-11-20T00:00:00+00:00") or pytest.fail(), percent_a_day=10, file_dates=True)
    with Store(tmp_path / "a.db") as store:

        def agree(late: LateRules | None = None) -> None:
            for _ in range(2):  # made, then kept
                found = class_facts(store, "practical09", late)
                assert found == [facts_of(one) for one in settled_class(store, "practical09", late)]

        for student in ("ada", "bob", "Zoë", "half\udcff"):
            store.keep(graded(student))
        agree()
        overruled(store, graded("ada"), 0.5)
        agree()
        overruled(store, graded("ada"), 0.25)
        agree()
        agree(rules)
        Marks(store.database).extend("practical09", {"bob": moment("2026-12-24T00:00:00+00:00") or pytest.fail()})
        agree(rules)
        store.keep(replace(graded("bob", digest="cd" * 32), questions=graded("bob").questions[:3]))
        agree()
        store.keep(replace(graded("ada"), seconds=99.0))
        agree()


def test_kept_facts_are_read_without_their_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only those whose stamp is another one are made again; checks are kept once for all."""
    with Store(tmp_path / "a.db") as store:
        for number in range(4):
            store.keep(graded(f"s{number}"))
        give_out_class(store, "practical09", tmp_path, None)
        read: list[int] = []
        latest = store.latest

        def noted(assignment: str, students: list[str] | None = None) -> list[Report]:
            found = latest(assignment, students)
            read.append(len(found))
            return found

        monkeypatch.setattr(store, "latest", noted)
        class_facts(store, "practical09", None)
        assert read == []
        overruled(store, graded("s2"), 0.5)
        assert class_facts(store, "practical09", None)[2].points == graded("s2").points + 0.5
        assert read == [1]
        with store.database.read() as connection:
            counts = [
                connection.execute(sa.select(sa.func.count()).select_from(one)).scalar() for one in (table, sheets)
            ]
        assert counts == [4, 1]


@pytest.mark.parametrize("text", [EVIL, *ANSWERS[:5], ANSWERS[36], ANSWERS[37]])
def test_facts_are_kept_whole(text: str) -> None:
    """Whatever a student is called, and whatever stands in a report."""
    made = report(text, submission=submission(text, fault=text))
    found = facts_of(made)
    assert unpack(pack(found), unpack_sheet(pack_sheet(found.sheet))) == found


def test_a_class_is_summed_up_from_facts() -> None:
    """Which check broke it, which mistakes with whose names, marks, what failed."""
    found = summarise([facts_of(report(name)) for name in ("ada", "bob")])
    assert found.students == 2 and found.possible == report().possible and sum(found.histogram) == 2
    (mistake,) = found.mistakes
    assert mistake.name == "recurrence_forgotten" and mistake.students == ("ada", "bob")
    rates = {check.key: check for check in found.checks}
    assert rates["numpy_forward.matches_the_worked_example"].rate == 0
    assert rates["numpy_forward.returns_documented_shapes"].rate == 1
    assert rates["sentiment_rnn.part_1"].rate is None and rates["sentiment_rnn.part_1"].skipped == 2
    assert [check.rate or 0 for check in found.checks][:3] == [0, 0, 0] and "training.advice" not in rates
    assert dict(found.failures) == {"ran too long": 2, "used too much memory": 2, "fault of ours": 2}
