"""A class is spread over a real Ray cluster on this machine; actors and drivers die, and nothing is lost."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from real_ray import cluster
from sample_reports import submission
from workers import obedient, stillborn, unable

from graders.archive.finished import Finished
from graders.archive.store import open_store
from graders.catalog.assignment import Assignment
from graders.errors import SandboxError, UsageError
from graders.intake.submissions import find_submissions
from graders.model import Outcome
from graders.runners.cluster import Cluster
from graders.runners.local import GradingRun, grade_class
from graders.runners.pool import Lost

pytestmark = pytest.mark.filterwarnings("ignore")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def address() -> Iterator[str]:
    """The address of a cluster with room for three actors."""
    with cluster(3, 1) as found:
        yield found


def answers(tmp_path: Path, *orders: bytes, **options: Any) -> dict[int, Any]:
    """What a cluster makes of submissions that tell its actors what to do."""
    tasks = [(submission(f"s{number}", order), None) for number, order in enumerate(orders)]
    return dict(Cluster(partial(obedient, tmp_path), **options).run(tasks))


def test_everyone_is_graded_once_by_several_actors(tmp_path: Path) -> None:
    """As many actors as there is room for."""
    found = answers(tmp_path, *[b"fine"] * 8)
    assert {number: type(found[number]) for number in range(8)} == dict.fromkeys(range(8), Finished)
    workers = {path.name.partition("-")[2] for path in tmp_path.glob("*/*")}
    assert 2 <= len(workers) <= 3 and len(list(tmp_path.glob("*/*"))) == 8


@pytest.mark.parametrize("order", [b"die 2", b"exit 1", b"raise 2"])
def test_an_actor_that_dies_is_replaced(order: bytes, tmp_path: Path) -> None:
    """Its submission is tried again, and the others are graded once."""
    found = answers(tmp_path, b"fine", order, b"fine", jobs=2)
    assert all(isinstance(report, Finished) for report in found.values()) and len(found) == 3
    assert len(list((tmp_path / "s1").iterdir())) == int(order[-1:]) + 1


def test_poison_is_given_up_after_three_actors(tmp_path: Path) -> None:
    """Staff learn how the last one ended."""
    found = answers(tmp_path, b"die 99", b"raise 99", b"fine", jobs=1)
    assert isinstance(found[0], Lost) and isinstance(found[1], Lost) and "broken" in found[1].detail
    assert isinstance(found[2], Finished) and len(list((tmp_path / "s0").iterdir())) == 3


def test_past_the_deadline_an_actor_is_killed(tmp_path: Path) -> None:
    """However deeply it sleeps."""
    (found,) = answers(tmp_path, b"sleep", deadline=1.5).values()
    assert found == Lost("It was not graded within 1.5 seconds.")


def test_a_share_of_a_gpu_decides_how_many_fit(tmp_path: Path) -> None:
    """Two halves of one GPU, whatever the number of CPUs; and none where there are too few."""
    answers(tmp_path, *[b"fine"] * 6, gpus=0.5)
    assert len({path.name.partition("-")[2] for path in tmp_path.glob("*/*")}) <= 2
    with pytest.raises(UsageError, match="no GPU"):
        answers(tmp_path, b"fine", gpus=5.0)


def test_actors_that_end_before_they_are_ready_are_one_sentence() -> None:
    """Not one after the other for ever."""
    with pytest.raises(SandboxError, match="end before they are ready, one after the other"):
        list(Cluster(stillborn, 1).run([(submission("a"), None)]))


def test_actors_that_cannot_start_are_one_sentence() -> None:
    """The sandbox's own words."""
    with pytest.raises(SandboxError, match="install bubblewrap"):
        list(Cluster(unable, 1).run([(submission("a"), None)]))


def test_no_cluster_at_the_address() -> None:
    """Wrong usage."""
    with pytest.raises(UsageError, match=r"no Ray cluster at 127\.0\.0\.1:1 .*refused"):
        list(Cluster(unable, 1, "127.0.0.1:1").run([(submission("a"), None)]))


ALONE = """
import sys
from functools import partial
from pathlib import Path
from graders.runners.cluster import Cluster
from sample_reports import submission
from workers import obedient

if __name__ == "__main__":
    print(len(list(Cluster(partial(obedient, Path(sys.argv[1])), 1).run([(submission("a", b"fine"), None)]))))
"""


def test_without_an_address_no_cluster_is_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray starts on this machine alone, whatever cluster somebody else speaks of."""
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    command = [sys.executable, "-c", ALONE, str(tmp_path)]
    assert subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip() == "1"


DRIVER = """
import sys
from functools import partial
from pathlib import Path
from graders.runners.cluster import Cluster
from graders.runners.local import grade_class
from graders.archive.store import open_store
from sample_reports import submission
from small_course import course
from workers import obedient

folder, address = Path(sys.argv[1]), sys.argv[2]
submissions = [submission(str(number)) for number in range(30)]
say = lambda finished, fresh: print(finished.report.submission.student, fresh, flush=True)
with open_store(folder / "out") as store:
    cluster = Cluster(partial(obedient, folder), 2, address)
    grade_class(submissions, course(), store, pool=cluster, on_report=say)
"""


def test_a_killed_driver_loses_nothing(address: str, tmp_path: Path) -> None:
    """What it said is in the database, and the next driver does the rest; no report is there twice."""
    command = [sys.executable, "-c", DRIVER, str(tmp_path), address]
    said: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline().split()[0] for _ in range(5)]
        process.send_signal(signal.SIGKILL)
    lines = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    assert {f"{student} False" for student in said} <= set(lines) and len(lines) == 30
    with open_store(tmp_path / "out") as store:
        assert sorted(int(made.submission.student) for made in store.latest("practical09")) == list(range(30))


def test_real_work_gets_the_marks_of_a_local_run(practical09: Assignment, tmp_path: Path) -> None:
    """The engine and its sandbox run in an actor as they do in a worker."""
    submissions = find_submissions(ROOT / "submissions" / "practical09" / "half_empty", practical09.id)
    real = GradingRun.of(practical09, ROOT, "quick", b"ray")
    marks = []
    for pool in (Cluster(real.factory(), 1), None):
        with open_store(tmp_path / str(len(marks))) as store:
            grade_class(submissions, real, store, jobs=1, pool=pool)
            (report,) = store.latest("practical09")
        marks.append([(v.check, v.outcome, v.points, v.message) for q in report.questions for v in q.verdicts])
    assert marks[0] == marks[1] and (Outcome.PASSED in {outcome for _, outcome, _, _ in marks[0]})


def test_the_command_grades_on_a_cluster(address: str, tmp_path: Path) -> None:
    """`graders grade --runner ray --address` from start to end."""
    path = ROOT / "submissions" / "practical09" / "untouched"
    command = [
        sys.executable,
        "-m",
        "graders",
        "grade",
        path,
        "--out",
        tmp_path,
        "--runner",
        "ray",
        "--address",
        address,
    ]
    run = subprocess.run([*command, "--format", "json"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)[0]["points"] == 0
