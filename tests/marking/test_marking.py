"""Decisions, rubrics and the marks that follow: pure functions, tried one by one."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_reports import report as full_report
from written_answers import ITEMS, TEXTS, essay, graded

from graders.errors import UsageError
from graders.grading import engine
from graders.marking.answer import BESIDE, Slot, answers_of, slot_of
from graders.marking.bank import comments, with_chosen
from graders.marking.decision import Decision, Judgement, MarkerTurn, override
from graders.marking.late import LateRules
from graders.marking.ledger import Ledger, newest
from graders.marking.rubric import Item, Rubric, changed, own_rubric, rubric_from
from graders.marking.second import differences, is_chosen, to_read
from graders.marking.settling import settle, touched
from graders.marking.status import status
from graders.model import ItemMark, Outcome, Report

NOW = "2026-11-27T20:00:00.000+00:00"


def slot(report: Report, question: int = 0, verdict: int = 0) -> Slot:
    """The slot of a verdict."""
    return slot_of(report, report.questions[question], report.questions[question].verdicts[verdict])


def ledger(*decisions: Decision, **more: object) -> Ledger:
    """A ledger of these decisions."""
    first, second = newest(decisions)
    return Ledger(first, second, **more)  # type: ignore[arg-type]


def given_by(report: Report, *items: str, by: str = "ada", **more: object) -> Decision:
    """A decision on a report's written answer."""
    made = Decision(slot(report), frozenset(items), number=1, judgement="j", by=by, at=NOW)
    return replace(made, **more)  # type: ignore[arg-type]


def test_a_slot_is_the_same_after_a_regrade_and_another_after_a_new_answer() -> None:
    """Grader, profile and other answers do not matter; the text does, and whose it is; an override is for one file."""
    report = graded("ada")
    again = replace(
        report, grader={"profile": "full", "digest": "b"}, submission=replace(report.submission, sha256="f" * 64)
    )
    assert slot(report) == slot(again) and slot(report).id == slot(again).id
    assert slot(report, 1) != slot(again, 1)
    assert len({slot(r) for r in (report, graded("bob"), graded("ada", TEXTS[1]))}) == 3
    assert "ada" not in slot(report).id


def test_what_may_lie_in_a_file_beside_is_looked_at_again_with_each_submission() -> None:
    """The text alone does not say what was judged then."""
    assert BESIDE in engine.BESIDE
    written = replace(essay("").verdicts[0], message=engine.BESIDE.format(names="`scan.pdf`"))
    report = graded("ada", "", questions=(replace(essay(""), verdicts=(written,)),))
    again = replace(report, submission=replace(report.submission, sha256="f" * 64))
    assert slot(report) != slot(again)


def test_a_decision_gives_what_its_items_are_worth() -> None:
    """And the adjustment, within what is possible."""
    report = graded("ada")
    rubric = own_rubric(ITEMS)
    assert rubric.worth(given_by(report, "effect", "why"), 1.0) == 0.8
    assert rubric.worth(given_by(report, "effect", adjustment=-0.2), 1.0) == 0.3
    assert rubric.worth(given_by(report, adjustment=-0.2), 1.0) == 0
    assert rubric.worth(given_by(report, "effect", "why", "evidence", adjustment=0.4), 1.0) == 1.0


def test_a_settled_report_has_the_person_s_marks() -> None:
    """Items, comment and reason are in it, nothing is pending, and the report as graded is untouched."""
    report = graded("ada")
    assert settle(report, ledger()) is report and report.final is None
    decision = given_by(report, "effect", adjustment=0.1, reason="a fine example", comment="Say why.")
    settled = settle(report, ledger(decision))
    verdict = settled.questions[0].verdicts[0]
    assert (verdict.outcome, verdict.points, verdict.pending) == (Outcome.FAILED, 0.6, 0)
    assert [(i.id, i.points) for i in verdict.items] == [
        ("effect", 0.5),
        ("why", 0),
        ("evidence", 0),
        ("adjustment", 0.1),
    ]
    assert verdict.judged is not None and (verdict.judged.by, verdict.judged.comment) == ("ada", "Say why.")
    assert (settled.points, settled.pending, settled.final) == (2.1, 0, 2.1)
    full = settle(report, ledger(given_by(report, "effect", "why", "evidence")))
    assert full.questions[0].verdicts[0].outcome is Outcome.PASSED


@given(
    st.sets(st.sampled_from(["effect", "why", "evidence"])),
    st.floats(-3, 3).map(lambda number: round(number, 2)),
    st.floats(-1, 1).map(lambda number: round(number, 2)),
)
def test_marks_always_add_up(items: set[str], adjustment: float, worth: float) -> None:
    """Whatever is given, adjusted or changed in the rubric, items add up to points within 0 and what is possible."""
    report = graded("ada")
    rubric = Rubric((Item("effect", worth, "x"), Item("why", 0.3, "y"), Item("evidence", 0.9, "z")), 2)
    decision = given_by(report, *items, adjustment=adjustment, reason="r")
    for found in ledger(decision), ledger(decision, rubrics={("essay", "argument"): rubric}):
        verdict = settle(report, found).questions[0].verdicts[0]
        assert verdict.points is not None and 0 <= verdict.points <= 1
        assert round(sum(item.points or 0 for item in verdict.items), 6) == verdict.points


def test_what_a_machine_gave_stands_until_a_person_decides() -> None:
    """A person may overrule it; a changed rubric changes what it is worth, and what waits still waits."""
    items = (replace(ITEMS[0], points=0.5, by_machine=True, reading="It agrees."), *ITEMS[1:])
    report = graded("ada", questions=(essay("", items),))
    assert (report.points, report.pending) == (0.5, 0.5)
    overruled = settle(report, ledger(given_by(report, "why")))
    assert (overruled.points, overruled.pending) == (0.3, 0)
    kept = settle(report, ledger(given_by(report, "effect", "why")))
    assert [item.by_machine for item in kept.questions[0].verdicts[0].items] == [True, False, False]
    dearer = Rubric((Item("effect", 0.6, "x"), Item("why", 0.2, "y"), Item("evidence", 0.2, "z")), 2)
    changed_ = settle(report, ledger(rubrics={("essay", "argument"): dearer}))
    assert (changed_.points, changed_.pending) == (0.6, 0.4)


def test_a_rubric_in_force_gives_nothing_to_what_was_never_written() -> None:
    """A missing answer stays missing until somebody decides it."""
    blank = replace(essay("").verdicts[0], outcome=Outcome.MISSING, message="As it was handed out.")
    report = graded("ada", "", questions=(replace(essay(""), verdicts=(blank,)),))
    found = ledger(rubrics={("essay", "argument"): Rubric((Item("effect", 1.0, "x"),), 2)})
    assert settle(report, found) is report
    assert settle(report, ledger(given_by(report, "effect"))).points == 0.5


def test_an_override_takes_a_reason_and_says_what_was() -> None:
    """The points are the person's, and report and reason show it; without a reason there is none."""
    report = graded("ada")
    failed = slot(report, 1, 1)
    made = override(failed, 0, 1.0, "The cell was right; its name was misspelt.", 1.0)
    settled = settle(report, ledger(replace(made, by="ada", at=NOW)))
    verdict = settled.questions[1].verdicts[1]
    assert (verdict.outcome, verdict.points) == (Outcome.PASSED, 1.0)
    assert verdict.judged is not None and verdict.judged.was == "failed, 0.5 of 1"
    assert "misspelt" in verdict.message and "misspelt" in verdict.judged.reason
    for points, reason in ((1.0, " "), (1.5, "r"), (-0.1, "r"), (float("nan"), "r")):
        with pytest.raises(UsageError):
            override(failed, 0, points, reason, 1.0)


def test_a_fault_of_ours_is_decided_by_a_person() -> None:
    """What the machine could not decide has points once a person says so."""
    report = full_report()
    place = next((q, v) for q in report.questions for v in q.verdicts if v.outcome is Outcome.INTERNAL)
    made = override(slot_of(report, *place), 0, 0.25, "Read by hand.", 0.5)
    settled = settle(report, ledger(made))
    assert settled.pending == report.pending - 0.5 and settled.points == report.points + 0.25


def test_taking_back_leaves_an_answer_open() -> None:
    """The newest decision counts, also where it decides nothing."""
    report = graded("ada")
    first = given_by(report, "effect")
    back = Decision(slot(report), None, number=2)
    found = ledger(back, first)
    assert settle(report, found) is report and found.decision(slot(report)) is None and found.number(slot(report)) == 2


def test_a_judgement_serves_a_group() -> None:
    """One decision in each slot, each after the one that was seen; an adjustment needs a reason."""
    slots = {slot(graded(name)): number for name, number in (("ada", 0), ("bob", 3))}
    made = Judgement(slots, frozenset({"why"}), comment=" Good. ").decisions()
    assert [(d.number, d.given, d.comment) for d in made] == [(1, {"why"}, "Good."), (4, {"why"}, "Good.")]
    for judgement in (
        Judgement(slots, adjustment=0.1),
        Judgement(slots, adjustment=float("nan"), reason="r"),
        Judgement(slots, comment="x" * 5000),
    ):
        with pytest.raises(UsageError):
            judgement.decisions()


def test_a_changed_rubric_tells_whom_it_touches() -> None:
    """Whose points change and by how much, the largest first; those whose points stay are not named."""
    class_ = [graded(name) for name in ("ada", "bob", "cyd", "dan")]
    read = (replace(ITEMS[0], points=0.5, by_machine=True), *ITEMS[1:])
    class_.append(graded("eve", questions=(essay("", read),)))
    decisions = [given_by(class_[0], "effect", "why"), given_by(class_[1], "why"), given_by(class_[2], "evidence")]
    before = own_rubric(ITEMS)
    after = changed(before, [Item("effect", 0.2, "x"), Item("why", 0.4, "y"), before.items[2]], before.base)
    assert after.number == 1
    now, then = (
        [settle(report, ledger(*decisions, rubrics={("essay", "argument"): rubric})) for report in class_]
        for rubric in (before, after)
    )
    found = touched(now, then)
    assert [(t.student, t.before, t.after) for t in found] == [("eve", 0.5, 0.2), ("ada", 2.3, 2.1), ("bob", 1.8, 1.9)]
    assert rubric_from(after.as_record(), number=1) == after


def test_a_rubric_that_cannot_be_is_refused() -> None:
    """Nothing new, a text or a number that is missing, an item twice, or one taken away on which marks rest."""
    rubric = own_rubric(ITEMS)
    first, second, third = rubric.items
    for items in (
        rubric.items,
        (first, second),
        (first, first, second, third),
        (replace(first, text=" "), second, third),
        (replace(first, points=float("nan")), second, third),
    ):
        with pytest.raises(UsageError):
            changed(rubric, items, rubric.base)


def test_second_opinions_are_blind_and_of_a_share() -> None:
    """About a tenth, always the same ones; not for anyone who marked first, and each once."""
    reports = [graded(f"s{i}") for i in range(400)]
    answers = [answer for report in reports for answer in answers_of(report)]
    share = [answer for answer in answers if is_chosen(answer.slot)]
    assert 20 < len(share) < 65 and share == [a for a in answers if is_chosen(a.slot)]
    assert all(is_chosen(a.slot, 1.0) for a in answers) and not any(is_chosen(a.slot, 0.0) for a in answers)
    first = [given_by(report, "why") for report in reports]
    assert {a.slot.id for a in to_read(answers, ledger(*first), "bob")} == {a.slot.id for a in share}
    assert to_read(answers, ledger(*first), "ada") == [] == to_read(answers, ledger(), "bob")
    again = replace(first[0], slot=share[0].slot, turn=MarkerTurn.SECOND, by="bob")
    assert share[0] not in to_read(answers, ledger(*first, again), "cyd")


def test_disagreements_are_listed_by_size() -> None:
    """Also where the points are the same for other items; what was decided after both were read is settled."""
    reports = [graded(name) for name in ("ada", "bob", "cyd", "dan")]
    answers = [answer for report in reports for answer in answers_of(report)]
    later = NOW.replace("20:00", "21:00")
    second = [
        given_by(report, *items, by="eve", turn=MarkerTurn.SECOND, at=later)
        for report, items in zip(reports, (["why"], ["effect", "why"], ["effect"], ["why", "evidence"]), strict=True)
    ]
    first = [given_by(report, "effect") for report in reports]
    found = differences(answers, ledger(*first, *second))
    assert [(d.answer.slot.student, d.size) for d in found[:1]] == [("bob", 0.3)]
    assert {d.answer.slot.student: d.size for d in found} == {"bob": 0.3, "ada": 0.2, "dan": 0.0}
    settled = given_by(reports[1], "effect", "why", number=2, at=NOW.replace("20:00", "22:00"))
    assert len(differences(answers, ledger(*first, *second, settled))) == 2


def test_the_bank_grows_as_one_writes() -> None:
    """Paragraphs by how often they were used; each is added once, and long ones are nobody else's."""
    made = [
        replace(given_by(graded("ada"), comment=comment), at=f"2026-11-27T20:0{i}:00+00:00")
        for i, comment in enumerate(["Say why.", "Well argued.\nSay why.", "x" * 500, ""])
    ]
    assert comments(made, "essay") == ["Say why.", "Well argued."] and comments(made, "other") == []
    assert with_chosen("Say why.\n", ["Say why.", "Well argued."]) == "Say why.\nWell argued."
    assert with_chosen("", []) == ""


def test_status_says_what_is_open_and_with_whom() -> None:
    """Written answers, and checks that no machine could decide; a class without open ones is final."""
    reports = [graded("ada"), graded("bob"), full_report("cyd")]
    found = status(reports)
    assert (found.students, found.final, found.points) == (3, 0, 3.25)
    parts = {part: [one.student for one in open] for part, open in found.by_part().items()}
    assert parts == {
        ("essay", "argument"): ["ada", "bob"],
        ("equations", "rubric"): ["cyd"],
        ("training", "parameters_move"): ["cyd"],
    }
    settled = [settle(r, ledger(given_by(r, "why"))) for r in reports[:2]]
    assert status(settled).final == 2 and status(settled).open == ()


def test_lateness_is_taken_of_what_was_earned() -> None:
    """From the settled points, as a line of its own; nothing below zero, and no final mark while something is open."""
    due = datetime.fromisoformat("2026-11-21T10:00:00+00:00")
    rules = LateRules(due, timedelta(minutes=10), 10.0, 50.0)
    report = graded("ada")
    settled = settle(report, ledger(given_by(report, "effect"), late=rules))
    assert settled.late is not None and (settled.late.days, settled.late.percent, settled.late.points) == (2, 20, 0.4)
    assert (settled.points, settled.final) == (2.0, 1.6)
    open_ = settle(report, ledger(late=rules))
    assert open_.late is not None and open_.final is None
    extended = settle(report, ledger(late=rules, extensions={"ada": due + timedelta(days=3)}))
    assert extended.late is None


def test_item_marks_of_a_report_are_as_a_rubric() -> None:
    """What a report holds is the assignment's own rubric."""
    assert own_rubric((ItemMark("a", "text", 0.5),)).items == (Item("a", 0.5, "text"),)
