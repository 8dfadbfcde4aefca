"""The marking pages: what each shows and does, for whom, and what it refuses."""

import csv
from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from web_clients import PASSWORD, Visitor, field, fields, team
from written_answers import ITEMS, TEXTS, graded

from graders.archive.classroom.timings import keep_timings
from graders.marking.answer import answers_of
from graders.marking.groups import alone
from graders.marking.late import LateRules
from graders.timing import Span
from graders.web.desk import student_id
from graders.web.people import OneTimeLinks


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A team that marks a class of twelve; tests share it, so each uses answers of its own."""
    with team(tmp_path_factory.mktemp("team"), students=12, kinds=4) as made:
        yield made


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Any]:
    """A team of its own for one test."""
    rules = LateRules(datetime.fromisoformat("2026-11-22T10:00:00+00:00"), percent_a_day=10.0)
    with team(tmp_path, students=6, kinds=2, late=rules) as made:
        yield made


def visitor(app: Any, name: str = "") -> Visitor:
    """Somebody who is signed in, or a stranger."""
    made = Visitor(app)
    if name:
        assert made.sign_in(name).status_code == 200
    return made


def answer_id(student: str, text: str = TEXTS[0]) -> str:
    """The name of an answer in addresses."""
    (answer,) = answers_of(graded(student, text))
    return answer.slot.id


def judge(person: Visitor, path: str, *items: str, **more: Any) -> Any:
    """Open an answer, tick items, save."""
    page = person.get(path)
    data = {"seen": fields(page.text, "seen"), "member": fields(page.text, "member"), "item": list(items), **more}
    return person.post(path, follow=False, **data)


def test_an_answer_is_shown_with_its_rubric_and_nothing_of_its_student(app: Any) -> None:
    """Text, items with keys, equal answers; no name, in no link either."""
    page = visitor(app, "bob").get("/mark/essay/argument")
    assert page.status_code == 200 and "/answer/" in str(page.url)
    assert any(text[:30] in page.text for text in TEXTS) and all(item.text in page.text for item in ITEMS)
    assert 'data-key="1"' in page.text and "student0" not in page.text


def test_a_judgement_serves_the_group_and_goes_on(fresh: Any) -> None:
    """Saved with who and when, for all that are ticked; the next page offers to undo it."""
    bob = visitor(fresh, "bob")
    first = bob.get("/mark/essay/argument")
    members = fields(first.text, "member")
    path = str(first.url).removeprefix("http://marking.test")
    answer = judge(bob, path, "effect", comment="Say why.")
    assert answer.status_code == 303 and "did=" in answer.headers["location"]
    ledger = fresh.state.desk.ledger()
    assert len(ledger.first) == len(members) + 1 >= 2
    assert {(d.by, d.given, d.comment) for d in ledger.first.values()} == {("bob", frozenset({"effect"}), "Say why.")}
    following = bob.get(answer.headers["location"])
    assert "Undo" in following.text and "Say why." in following.text and str(following.url) != str(first.url)
    undone = bob.post("/undo", act=field(following.text, "act"))
    assert "Undone" in undone.text and fresh.state.desk.ledger().decision(next(iter(ledger.first))) is None
    assert bob.post("/undo").status_code == 409


def test_what_is_unticked_is_left_open(fresh: Any) -> None:
    """A single exception is judged for itself afterwards."""
    bob = visitor(fresh, "bob")
    first = bob.get("/mark/essay/argument")
    kept, *left = fields(first.text, "member")
    path = str(first.url).removeprefix("http://marking.test")
    bob.post(path, seen=fields(first.text, "seen"), member=[kept], item=["why"])
    ids = {slot.id for slot in fresh.state.desk.ledger().first}
    assert kept in ids and not ids & set(left) and len(ids) == 2


def test_the_second_of_two_markers_is_told(fresh: Any) -> None:
    """Nothing is overwritten: the page shows both, keeps what was filled in, and saves it only when asked again."""
    bob, cyd = visitor(fresh, "bob"), visitor(fresh, "cyd")
    path = f"/answer/{answer_id('student000', fresh.state.desk.shelf().reports.reports[0].answers['essay'])}"
    seen = {person: fields(person.get(path).text, "seen") for person in (bob, cyd)}
    assert bob.post(path, follow=False, seen=seen[bob], item=["effect"], comment="Bob was here.").status_code == 303
    told = cyd.post(path, seen=seen[cyd], item=["why"], comment="Mine.")
    assert told.status_code == 409 and "by bob" in told.text and "Bob was here." in told.text and "Mine." in told.text
    assert fields(told.text, "item") == ["why"]
    (decision,) = fresh.state.desk.ledger().first.values()
    assert decision.by == "bob"
    again = cyd.post(path, follow=False, seen=fields(told.text, "seen"), item=["why"], comment="Mine.")
    assert again.status_code == 303
    (decision,) = fresh.state.desk.ledger().first.values()
    assert (decision.by, decision.number) == ("cyd", 2)
    assert cyd.get(path).text.count("<li>2026-") == 2


def test_somebody_who_is_there_already_is_named(fresh: Any) -> None:
    """And the other marker's next answer is another one."""
    bob, cyd = visitor(fresh, "bob"), visitor(fresh, "cyd")
    first, second = bob.get("/mark/essay/argument"), cyd.get("/mark/essay/argument")
    assert str(first.url) != str(second.url)
    assert "bob has just opened this answer" in cyd.get(str(first.url)).text


@pytest.mark.parametrize(
    ("filled", "said"),
    [
        ({"adjustment": "much"}, "is no number"),
        ({"adjustment": "nan", "reason": "r"}, "is no number"),
        ({"adjustment": "0.1"}, "need a reason"),
        ({"adjustment": "1e9", "reason": "r"}, "must be a number between"),
        ({"comment": "x" * 5000}, "at most 4,000 characters"),
        ({"item": ["nonsense"]}, "rubric has changed"),
        ({"member": ["nonsense"]}, "not there any more"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_lost(app: Any, filled: dict[str, Any], said: str) -> None:
    """One sentence, status 400, the form as it was filled in; nothing is kept."""
    bob = visitor(app, "bob")
    before = len(app.state.desk.marks.all("course"))
    path = str(bob.get("/mark/essay/argument").url).removeprefix("http://marking.test")
    page = bob.post(path, **{"seen": [], "comment": "Mine.", **filled})
    assert page.status_code == 400 and said in page.text
    assert ("Mine." in page.text or "comment" in filled) and len(app.state.desk.marks.all("course")) == before


def test_adjustments_as_people_type_them(fresh: Any) -> None:
    """With a comma, with a real minus; the worth is within bounds."""
    bob = visitor(fresh, "bob")
    path = str(bob.get("/mark/essay/argument").url).removeprefix("http://marking.test")
    judge(bob, path, "effect", adjustment="−0,25", reason="Copied from the sheet.")
    decision = next(iter(fresh.state.desk.ledger().first.values()))
    assert (decision.adjustment, decision.reason) == (-0.25, "Copied from the sheet.")
    assert "-0.25 (Copied from the sheet.)" in bob.get(path).text


def test_a_second_opinion_is_blind_and_settled_by_an_instructor(fresh: Any) -> None:
    """The second page tells nothing of the first; the difference is listed; deciding again ends it."""
    ada, bob, cyd = (visitor(fresh, name) for name in ("ada", "bob", "cyd"))
    path = str(bob.get("/mark/essay/argument").url).removeprefix("http://marking.test")
    judge(bob, path, "effect", comment="The first one's secret words.", member=[])
    assert "/?done=second" in str(bob.get("/second").url)
    page = cyd.get("/second")
    assert "secret words" not in page.text.replace("Written before", "") or 'name="bank"' in page.text
    assert not fields(page.text, "item") and "bob" not in page.text
    second = str(page.url).removeprefix("http://marking.test")
    assert (
        cyd.post(second, follow=False, seen=fields(page.text, "seen"), item=["why"]).headers["location"]
        == "/?done=second"
    )
    assert cyd.post(second, seen=[], item=["why"]).status_code == 409
    listed = ada.get("/differences")
    assert "<strong>0.2</strong>" in listed.text and "bob" in listed.text and "cyd" in listed.text
    judge(ada, path, "effect", "why")
    assert "on 0 the two differ" in ada.get("/differences").text


def test_a_rubric_changes_after_a_preview(fresh: Any) -> None:
    """Whose marks and by how much, with nothing done yet; then all of them."""
    ada, bob = visitor(fresh, "ada"), visitor(fresh, "bob")
    path = str(bob.get("/mark/essay/argument").url).removeprefix("http://marking.test")
    judge(bob, path, "effect")
    page = ada.get("/rubric/essay/argument")
    form = {name: fields(page.text, name) for name in ("id", "points")} | {"number": field(page.text, "number")}
    form |= {"text": [item.text for item in ITEMS] + ["It names a remedy"], "points": ["0,4", "0.3", "0.2", "0.1"]}
    preview = ada.post("/rubric/essay/argument", **form, step="preview")
    assert "This changes the marks of" in preview.text and "-0.1" in preview.text and "student0" in preview.text
    worth = {slot.id: d for slot, d in fresh.state.desk.ledger().first.items()}
    before = [r.points for r in fresh.state.desk.shelf().reports.settled(fresh.state.desk.ledger())]
    assert "The rubric is changed" in ada.post("/rubric/essay/argument", **form, step="apply").text
    after = [r.points for r in fresh.state.desk.shelf().reports.settled(fresh.state.desk.ledger())]
    assert sorted({round(b - a, 2) for a, b in zip(before, after, strict=True)}) == [-0.1, 0.0] and worth
    assert "It names a remedy" in bob.get(path).text
    late = ada.post("/rubric/essay/argument", **form, step="apply")
    assert late.status_code == 400 and "Somebody else has changed this rubric" in late.text


def test_overruling_a_machine_takes_a_reason(fresh: Any) -> None:
    """It shows who, what was before, and can be given back to the machine; a marker may not."""
    ada = visitor(fresh, "ada")
    students = ada.get("/students")
    link = students.text.partition('href="/students/')[2].partition('"')[0]
    page = ada.get(f"/students/{link}")
    slot = fields(page.text, "slot")[1]
    path = f"/students/{link}"
    assert "needs a reason" in ada.post(path, slot=slot, seen="0", points="1", reason=" ", step="decide").text
    assert "must be between" in ada.post(path, slot=slot, seen="0", points="9", reason="r", step="decide").text
    done = ada.post(path, slot=slot, seen="0", points="1", reason="A typing error in a name.", step="decide")
    assert "A typing error in a name." in done.text and "before: failed, 0.5 of 1" in done.text
    assert ada.post(path, slot=slot, seen="0", points="0", reason="r", step="decide").status_code == 409
    back = ada.post(path, slot=slot, seen="1", reason="It was right after all.", step="restore")
    assert "A typing error" not in back.text and "Partly right" in back.text
    assert visitor(fresh, "bob").post(path, slot=slot, seen="2", points="1", reason="r").status_code == 403


def test_final_marks_come_out_once_nothing_is_open(fresh: Any) -> None:
    """Empty cells and names of what is open before; lateness as a line of its own after."""
    ada = visitor(fresh, "ada")
    rows = list(csv.DictReader(StringIO(ada.get("/final/grades.csv").text)))
    assert len(rows) == 6 and {row["final"] for row in rows} == {""} and {row["pending"] for row in rows} == {"1"}
    assert "0 of 6 students have a final mark" in ada.get("/final").text
    for _ in range(6):
        page = ada.get("/mark/essay/argument")
        if "/answer/" not in str(page.url):
            break
        judge(ada, str(page.url).removeprefix("http://marking.test"), "effect")
    rows = list(csv.DictReader(StringIO(ada.get("/final/grades.csv").text)))
    assert {(row["total"], row["late"], row["final"]) for row in rows} == {("2", "0.2", "1.8")}
    page = ada.get("/final")
    assert "Everything is decided." in page.text and "Nothing." in page.text and "2026-11-22 10:00 UTC" in page.text


def test_progress_is_told_to_open_pages(app: Any) -> None:
    """As JSON, for anyone who is signed in."""
    assert visitor(app, "bob").get("/progress").json()["essay/argument"]["total"] == 12


def test_what_is_graded_anew_is_on_the_pages(fresh: Any) -> None:
    """A new submission's answer is open; the old one's page says that it is gone."""
    bob = visitor(fresh, "bob")
    old = str(bob.get("/mark/essay/argument").url).removeprefix("http://marking.test")
    student = fresh.state.desk.shelf().answers[old.rpartition("/")[2]].slot.student
    fresh.state.desk.store.keep(graded(student, "Something else altogether."))
    gone = bob.get(old)
    assert gone.status_code == 404 and "handed in again" in gone.text
    assert bob.get(f"/answer/{answer_id(student, 'Something else altogether.')}").status_code == 200


def test_a_link_works_once(tmp_path: Path) -> None:
    """The second visit by it is refused, and the next link is reported; an old session is nobody's after a restart."""
    told: list[str] = []
    people = OneTimeLinks("eve", told.append)
    with team(tmp_path, people, students=2) as app:
        first = people.token
        visitor_, other = Visitor(app), Visitor(app)
        assert visitor_.get("/").url.path == "/login"
        assert visitor_.get(f"/open?token={first}").status_code == 200 and told == [people.token] != [first]
        assert other.get(f"/open?token={first}").status_code == 403 and other.get("/").url.path == "/login"
        assert other.get("/open?token=").status_code == 403 and other.get("/open").status_code == 403
        assert other.post("/login", name="ada", password=PASSWORD).status_code in (403, 404)
        assert "eve" in visitor_.get("/").text and other.get(f"/open?token={people.token}").status_code == 200
    assert OneTimeLinks("eve").recognise({"run": "x"}) is None and alone([]) == []


def test_a_students_page_leads_to_where_the_time_went(fresh: Any) -> None:
    """For instructors; with what was kept of the grading, or a sentence that nothing was."""
    desk, eve = fresh.state.desk, visitor(fresh, "ada")
    first, second = desk.store.latest("course")[:2]
    keep_timings(desk.store.database, first, [Span("calls", "rnn_forward", 0.0, 0.25, 0)])
    path = f"/students/{student_id(first.submission.student)}"
    assert f'href="{path}/timings"' in eve.get(path).text and f'href="{path}/timings"' in eve.get("/class").text
    page = eve.get(f"{path}/timings")
    assert "rnn_forward" in page.text and "250 ms" in page.text and f'href="{path}"' in page.text
    assert "script-src" in page.headers["content-security-policy"] and "<script" not in page.text
    assert "no times were kept" in eve.get(f"/students/{student_id(second.submission.student)}/timings").text
    assert eve.get("/students/nobody/timings").status_code == 404
    assert visitor(fresh, "bob").get(f"{path}/timings").status_code == 403
