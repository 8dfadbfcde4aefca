"""The database of decisions: nothing is overwritten, nothing is lost; on SQLite, and on a PostgreSQL of our own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import postgres
import pytest
import sqlalchemy as sa
from written_answers import ITEMS, TEXTS, class_in, decide, graded, slot

from graders.archive.marks import Marks
from graders.archive.settled import class_of, settled_class
from graders.archive.store import Store, open_store
from graders.archive.tables import metadata
from graders.errors import ConflictError
from graders.marking.answer import Slot
from graders.marking.decision import Decision, MarkerTurn
from graders.marking.rubric import Item, own_rubric


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The URL of a PostgreSQL server that lives as long as this module's tests."""
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store on each kind of database."""
    url = None if request.param == "sqlite" else request.getfixturevalue("cluster")
    if url is not None:
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            metadata.drop_all(connection)
        engine.dispose()
    with open_store(tmp_path, url) as opened:
        yield opened


def test_what_is_decided_is_kept_with_who_and_when(store: Store) -> None:
    """All of it, in its order, and what counts is the newest."""
    marks = Marks(store.database)
    before = datetime.now(UTC).isoformat(timespec="milliseconds")
    decide(marks, slot(), comment="Say “why”, نور.", adjustment=-0.1, reason="too long")
    decide(marks, slot(), seen=1, by="bob", items=("why", "effect"))
    first, second = marks.history(slot())
    assert (first.by, first.number, first.given, first.comment, first.adjustment, first.reason) == (
        "eve", 1, {"why"}, "Say “why”, نور.", -0.1, "too long",
    )  # fmt: skip
    assert before <= first.at <= second.at and first.judgement != second.judgement
    assert marks.ledger("course").decision(slot()) == second
    assert marks.all("course") == [first, second] and marks.all("other") == []


def test_a_judgement_of_what_somebody_else_has_decided_is_refused(store: Store) -> None:
    """Nothing of it is kept, in none of its slots, and the marker reads who."""
    marks = Marks(store.database)
    decide(marks, slot("bob"), by="bob")
    with pytest.raises(ConflictError, match="decided by bob since you opened it; nothing was changed"):
        decide(marks, slot("ada"), slot("bob"))
    assert marks.history(slot("ada")) == [] and len(marks.history(slot("bob"))) == 1
    decide(marks, slot("ada"), slot("cyd"))
    assert {d.by for d in marks.ledger("course").first.values()} == {"eve", "bob"}


def test_undo_brings_back_what_was_before(store: Store) -> None:
    """Decision by decision, back to nothing; each undoing is one more decision, and only one's own acts are undone."""
    marks = Marks(store.database)
    first = decide(marks, slot("ada"), slot("bob"))
    second = decide(marks, slot("ada"), seen=1, items=("effect",))
    assert marks.last_act("course", "eve") == second and marks.last_act("course", "bob") is None
    marks.take_back(second, "eve")
    assert marks.ledger("course").decision(slot("ada")).given == {"why"}  # type: ignore[union-attr]
    assert marks.last_act("course", "eve") == first
    with pytest.raises(ConflictError):
        marks.take_back(first, "bob")
    with pytest.raises(ConflictError):  # what was decided since stands: ada's answer has newer decisions
        marks.take_back(first, "eve")
    third = decide(marks, slot("cyd"))
    marks.take_back(third, "eve")
    assert marks.ledger("course").decision(slot("cyd")) is None and len(marks.history(slot("cyd"))) == 2


def test_a_second_opinion_is_kept_apart(store: Store) -> None:
    """It conflicts with no first one and does not count."""
    marks = Marks(store.database)
    decide(marks, slot())
    decide(marks, slot(), by="bob", items=("effect",), turn=MarkerTurn.SECOND)
    ledger = marks.ledger("course")
    assert ledger.decision(slot()).by == "eve" and ledger.second[slot()].by == "bob"  # type: ignore[union-attr]
    with pytest.raises(ConflictError):
        decide(marks, slot(), by="cyd", turn=MarkerTurn.SECOND)


def test_rubrics_have_versions(store: Store) -> None:
    """The first is kept with the first decision; a change of one that was changed since is refused."""
    marks = Marks(store.database)
    assert marks.ledger("course").rubrics == {}
    decide(marks, slot())
    decide(marks, slot("bob"))
    kept = marks.ledger("course").rubrics["essay", "argument"]
    assert (kept.number, kept.items) == (1, own_rubric(ITEMS).items)
    dearer = replace(kept, items=(replace(kept.items[0], points=0.9), *kept.items[1:]), number=2)
    marks.keep_rubric("course", "essay", "argument", dearer, "eve")
    with pytest.raises(ConflictError, match="Somebody else has changed this rubric"):
        marks.keep_rubric("course", "essay", "argument", dearer, "bob")
    assert marks.ledger("course").rubrics["essay", "argument"].items[0] == Item("effect", 0.9, ITEMS[0].text)


def test_extensions_replace_those_before(store: Store) -> None:
    """Each assignment has its own."""
    marks = Marks(store.database)
    due = datetime.fromisoformat("2026-12-03T23:59:00+01:00")
    marks.extend("course", {"ada": due, "bob": due})
    marks.extend("other", {"ada": due})
    marks.extend("course", {"cyd": due})
    assert marks.ledger("course").extensions == {"cyd": due} and marks.ledger("other").extensions == {"ada": due}


def test_odd_names_have_marks_as_well(store: Store) -> None:
    """Half a surrogate pair, a NUL, quotes: their reports and their decisions find each other."""
    marks = Marks(store.database)
    for name in ("half\ud800", "null\0byte", "o'brien; DROP TABLE decisions", "نور"):
        store.keep(graded(name))
        decide(marks, slot(name))
    assert [report.final for report in settled_class(store, "course", None)] == [1.8] * 4


def test_marks_survive_a_regrade_another_profile_and_a_resubmission_that_leaves_the_answer_alone(store: Store) -> None:
    """Only a new answer is open again; going back to the old one brings its mark back."""
    marks = Marks(store.database)
    store.keep(graded("ada"))
    decide(marks, slot("ada"), items=("why", "effect"))

    def points() -> tuple[float, float]:
        (report,) = settled_class(store, "course", None)
        return report.questions[0].points, report.pending

    assert points() == (0.8, 0)
    store.keep(graded("ada", grader={"version": "0", "digest": "b" * 64, "profile": "full"}))
    assert points() == (0.8, 0)
    again = graded("ada", TEXTS[0] + "  \r\n")
    store.keep(again)
    assert again.submission.sha256 != graded("ada").submission.sha256 and points() == (0.8, 0)
    store.keep(graded("ada", TEXTS[1]))
    assert points() == (0.0, 1.0)
    store.keep(graded("ada", TEXTS[0] + "\n"))
    assert points() == (0.8, 0)


def test_many_markers_at_once_lose_nothing(store: Store) -> None:
    """Each either keeps a decision or hears of another's: what was said to be kept is there."""
    marks = Marks(store.database)
    slots = [slot(f"s{number}") for number in range(12)]

    def work(name: str) -> list[Slot]:
        kept = []
        for one in slots:
            try:
                decide(marks, one, by=name)
            except ConflictError:
                continue
            kept.append(one)
        return kept

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, ("a", "b", "c", "d")))
    assert sorted(one.id for result in results for one in result) == sorted(one.id for one in slots)
    assert len(marks.all("course")) == len(slots)


MARKER = """
import sys
from pathlib import Path
from graders.archive.marks import Marks
from graders.archive.store import open_store
from written_answers import decide, slot
with open_store(Path(sys.argv[1])) as store:
    for number in range(int(sys.argv[2]), 100_000):
        decide(Marks(store.database), slot(f"s{number}"))
        print(number, flush=True)
"""


def test_a_killed_process_loses_no_decision_that_was_kept(tmp_path: Path) -> None:
    """All that was said to be kept is there, and the next one goes on."""
    paths = os.pathsep.join(path for path in sys.path if path)
    done = 0
    for _ in range(3):
        command = [sys.executable, "-c", MARKER, str(tmp_path), str(done)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": paths}) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(5)]
            process.send_signal(signal.SIGKILL)
        with open_store(tmp_path) as store:
            kept = Marks(store.database).ledger("course").first
            assert {slot(f"s{number}") for number in range(int(lines[-1]) + 1)} <= set(kept)
            done = len(kept)


def test_a_class_is_settled_as_a_whole(tmp_path: Path) -> None:
    """Every report by name, those with a decision with it."""
    with class_in(tmp_path, 4) as store:
        decide(Marks(store.database), slot("student001", TEXTS[1]))
        assert [r.final for r in settled_class(store, "course", None)] == [None, 1.8, None, None]
        assert [r.submission.student for r in class_of(store, "course").reports][1] == "student001"
        assert Decision(slot()).decided is False
