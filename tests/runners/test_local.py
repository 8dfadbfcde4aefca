"""The local runner: workers that die are replaced, work is never lost or done twice, and poison becomes a report."""

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sample_reports import report, submission
from small_course import DIGEST, course
from workers import WHOLE, obedient, stillborn, unable

from graders.archive.classroom.timings import timings_of
from graders.archive.finished import Finished
from graders.archive.store import Store, open_store
from graders.catalog.assignment import Assignment
from graders.errors import SandboxError, StoreError
from graders.model import Outcome, Report, Submission
from graders.runners.local import GradingRun, cpus, grade_class
from graders.runners.pool import Lost, Pool, Stopped

ROOT = Path(__file__).parents[2]


@dataclass
class Heard:
    """What `on_report` heard."""

    fresh: dict[str, Report]
    found: dict[str, Report]

    def __call__(self, finished: Finished, fresh: bool) -> None:
        """Note a report; nothing may come twice."""
        made = finished.report
        assert made.submission.student not in {**self.fresh, **self.found}
        (self.fresh if fresh else self.found)[made.submission.student] = made


def run(folder: Path, submissions: list[Submission], store: Store, **options: Any) -> Heard:
    """Grade with obedient workers."""
    heard = Heard({}, {})
    folder.mkdir(exist_ok=True)
    grade_class(submissions, course(), store, factory=partial(obedient, folder), on_report=heard, **options)
    return heard


def attempts(folder: Path, student: str) -> int:
    """How often a worker was given a student's submission."""
    return len(list((folder / student).iterdir()))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with open_store(tmp_path / "out") as opened:
        yield opened


def test_everyone_is_graded_once(tmp_path: Path, store: Store) -> None:
    """Two workers share the class, and every report is in the store when it is heard of."""
    names = [f"student{number}" for number in range(6)]
    heard = run(tmp_path / "w", [submission(name) for name in names], store, jobs=2)
    assert sorted(heard.fresh) == names and not heard.found
    assert [made.submission.student for made in store.latest("practical09")] == names
    assert all(attempts(tmp_path / "w", name) == 1 for name in names)
    workers = {path.name.partition("-")[2] for path in (tmp_path / "w").glob("*/*")}
    assert 1 <= len(workers) <= 2 and str(os.getpid()) not in workers


def test_where_the_time_went_is_kept_with_each_report(tmp_path: Path, store: Store) -> None:
    """What the worker measured, and after it what keeping and handing on the report took here."""
    run(tmp_path / "w", [submission("a"), submission("b", b"exit 99")], store, jobs=1)
    measured, poisoned = (timings_of(store.database, made) for made in store.latest("practical09"))
    assert [(one.phase, one.depth) for one in measured] == [("whole", 0), ("report", 1), ("store", 0)]
    assert [one.phase for one in poisoned] == ["store"]


def test_a_second_run_grades_only_what_is_new_or_changed(tmp_path: Path, store: Store) -> None:
    """What is known comes from the store, with all it holds."""
    first, changed, new = submission("a"), submission("b", b"changed"), submission("c")
    run(tmp_path / "w", [first, submission("b")], store, jobs=1)
    heard = run(tmp_path / "w", [first, changed, new], store, jobs=1)
    assert list(heard.found) == ["a"] and sorted(heard.fresh) == ["b", "c"]
    assert heard.found["a"].cells == ()
    assert (kept := store.find(first, "quick", DIGEST)) is not None and kept.cells == report().cells


def test_regrade_grades_all(tmp_path: Path, store: Store) -> None:
    """Nothing of an earlier report is taken over."""
    run(tmp_path / "w", [submission("a")], store, jobs=1)
    heard = run(tmp_path / "w", [submission("a")], store, jobs=1, regrade=True)
    assert heard.fresh["a"].notices == () and attempts(tmp_path / "w", "a") == 2


def test_a_changed_grader_gets_the_earlier_report(tmp_path: Path, store: Store) -> None:
    """So that it can keep the questions that have not changed; but none in which we failed."""
    earlier = report("a", submission=submission("a"))
    store.keep(replace(earlier, grader={**earlier.grader, "digest": "old"}))
    heard = run(tmp_path / "w", [submission("a")], store, jobs=1)
    assert heard.fresh["a"].notices == ("equations", "numpy_forward", "rnn_cell", "sampling", "sentiment_rnn")


def test_our_own_faults_are_tried_again(tmp_path: Path, store: Store) -> None:
    """A report with an internal verdict is not taken for done."""
    store.keep(report("a", submission=submission("a")))
    heard = run(tmp_path / "w", [submission("a")], store, jobs=1)
    assert list(heard.fresh) == ["a"]


@pytest.mark.parametrize("order", [b"die 2", b"exit 1", b"raise 2"])
def test_a_worker_that_dies_is_replaced(tmp_path: Path, store: Store, order: bytes) -> None:
    """Its submission is tried again, and everybody else is graded once."""
    handed_in = [submission("a"), submission("b", order), submission("c"), submission("d")]
    heard = run(tmp_path / "w", handed_in, store, jobs=2)
    assert sorted(heard.fresh) == ["a", "b", "c", "d"]
    assert all(made.questions == WHOLE or repr(made.questions) == repr(WHOLE) for made in heard.fresh.values())
    assert attempts(tmp_path / "w", "b") == int(order[-1:]) + 1


@pytest.mark.parametrize(
    ("order", "detail"), [(b"die 99", "status -9"), (b"exit 99", "status 3"), (b"raise 99", "KeyError: 'broken'")]
)
def test_poison_becomes_a_report(tmp_path: Path, store: Store, order: bytes, detail: str) -> None:
    """After three workers: every check is internal, no marks are decided, staff learn what happened, others go on."""
    heard = run(tmp_path / "w", [submission("a", order), submission("b")], store, jobs=1)
    poisoned = heard.fresh["a"]
    assert attempts(tmp_path / "w", "a") == 3
    found = [made for question in poisoned.questions for made in question.verdicts]
    assert {made.outcome for made in found} == {Outcome.INTERNAL} and all(detail in str(made.detail) for made in found)
    assert poisoned.possible == poisoned.pending == report().possible and poisoned.points == 0
    assert "costs you nothing" in poisoned.notices[0]
    assert heard.fresh["b"].questions and len(store.latest("practical09")) == 2


def test_workers_that_cannot_start_are_one_sentence(store: Store) -> None:
    """The sandbox's own words reach anyone who runs the command."""
    with pytest.raises(SandboxError, match="install bubblewrap"):
        grade_class([submission("a")], course(), store, jobs=2, factory=unable)


def test_workers_that_die_before_they_are_ready(store: Store) -> None:
    """After three there is no point in going on."""
    with pytest.raises(SandboxError, match="Workers end before they are ready"):
        grade_class([submission("a")], course(), store, jobs=1, factory=stillborn)


def test_an_error_while_keeping_ends_the_workers(tmp_path: Path, store: Store) -> None:
    """A full disk stops the run, and leaves no process behind."""

    def full(made: Finished, fresh: bool) -> None:
        raise StoreError("The disk is full.")

    (tmp_path / "w").mkdir()
    with pytest.raises(StoreError):
        grade_class(
            [submission("a")], course(), store, jobs=1, factory=partial(obedient, tmp_path / "w"), on_report=full
        )
    (left,) = [int(path.name.partition("-")[2]) for path in (tmp_path / "w").glob("a/*")]
    assert not Path("/proc", str(left)).exists()


@pytest.mark.parametrize(("order", "number"), [(b"stop int", signal.SIGINT), (b"stop term", signal.SIGTERM)])
def test_a_signal_stops_cleanly_and_the_next_run_goes_on(
    tmp_path: Path, store: Store, order: bytes, number: signal.Signals
) -> None:
    """What was graded is kept, the workers are gone, and the handlers are as they were."""
    before = signal.getsignal(number)
    with pytest.raises(Stopped) as stopped:
        run(tmp_path / "w", [submission("a"), submission("b", order), submission("c")], store, jobs=1)
    assert stopped.value.number == number and signal.getsignal(number) is before
    assert [made.submission.student for made in store.latest("practical09")] == ["a"]
    left = [int(path.name.partition("-")[2]) for path in (tmp_path / "w").glob("*/*")]
    assert not any(Path("/proc", str(worker)).exists() for worker in left)
    heard = run(tmp_path / "w", [submission("a"), submission("c")], store, jobs=1)
    assert list(heard.found) == ["a"] and list(heard.fresh) == ["c"]


PARENT = """
if __name__ == "__main__":  # workers import this file too, and need none of it
    import sys
    from functools import partial
    from pathlib import Path
    from graders.runners.local import grade_class
    from graders.archive.store import open_store
    from sample_reports import submission
    from small_course import course
    from workers import obedient

    folder = Path(sys.argv[1])
    submissions = [submission(str(number)) for number in range(40)]
    say = lambda finished, fresh: print(finished.report.submission.student, fresh, flush=True)
    with open_store(folder / "out") as store:
        grade_class(submissions, course(), store, jobs=2, factory=partial(obedient, folder), on_report=say)
"""


def test_kill_9_of_the_parent_loses_nothing(tmp_path: Path) -> None:
    """Killed at three points: what it said is in the store; the last run does the rest; no report is there twice."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    paths = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, str(script), str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": paths}
    said: list[str] = []
    for lines in (2, 7, 13):
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
            assert process.stdout is not None
            for line in (process.stdout.readline() for _ in range(len(said) + lines)):
                said += [line.split()[0]] if line.endswith("True\n") else []
            process.kill()
    rest = subprocess.run(command, stdout=subprocess.PIPE, env=environment, text=True, check=True).stdout.splitlines()
    assert len(rest) == 40 and {f"{student} False" for student in said} <= set(rest)
    with open_store(tmp_path / "out") as store:
        assert sorted(int(made.submission.student) for made in store.latest("practical09")) == list(range(40))


def test_nothing_to_do_starts_no_worker(tmp_path: Path, store: Store) -> None:
    """An empty class is no error."""
    assert run(tmp_path / "w", [], store).fresh == {}


def test_answers_come_with_their_task_s_place(tmp_path: Path) -> None:
    """The pool itself knows nothing of grading."""
    (tmp_path / "w").mkdir()
    tasks = [(submission("a"), None), (submission("b", b"exit 99"), None)]
    answers = dict(Pool(partial(obedient, tmp_path / "w"), 2).run(tasks))
    assert isinstance(answers[0], Finished) and answers[1] == Lost("The worker ended with status 3.")


def test_it_works_outside_the_main_thread(tmp_path: Path) -> None:
    """Where no signal handlers can be set."""
    (tmp_path / "w").mkdir()
    answers: dict[int, Any] = {}
    pool = Pool(partial(obedient, tmp_path / "w"), 1)
    thread = threading.Thread(target=lambda: answers.update(pool.run([(submission("a"), None)])))
    thread.start()
    thread.join()
    assert isinstance(answers[0], Finished)


def test_as_many_jobs_as_cpus() -> None:
    """Those that this process may use, not those of the machine."""
    assert cpus() == len(os.sched_getaffinity(0))


def test_a_run_is_pickled_without_what_it_has_loaded(practical09: Assignment) -> None:
    """A worker gets where the assignment is, and loads it again, as it was prepared."""
    run = GradingRun.of(practical09, ROOT, "quick", b"secret")
    again = pickle.loads(pickle.dumps(run))
    assert again == run and "assignment" not in vars(again) and again.needs == run.needs
    assert "assignment" not in vars(again)  # its sandbox can start before
    assert again.assignment.digests == practical09.digests and not again.on_gpu


@pytest.mark.parametrize(
    ("left", "seconds", "wanted"), [(1, 0.0, 1), (3, 0.0, 1), (4, 0.0, 2), (300, 0.0, 4), (2, 20.0, 2), (None, 0.0, 4)]
)
def test_few_tasks_do_not_wait_for_many_workers(left: int | None, seconds: float, wanted: int) -> None:
    """A worker takes as long to start as to grade a few; where these turn out to take long, it is worth it."""
    assert Pool(partial(obedient, Path()), 4)._wanted(left, seconds) == wanted
