"""Calibration runs the reference and its variants over seeds, keeps each run, and goes on where it stopped."""

import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sentiment_shared import assignment

from graders.authors import calibrate as calibrating
from graders.authors.calibrate import CalibrationRun, Made, add, known, read, runs, save
from graders.catalog.loader import load
from graders.cli import main
from graders.commands.authors.calibrate import numbers
from graders.errors import UsageError
from graders.practical09.sentiment.imdb import calibrated

ROOT = Path(__file__).parents[2]
MADE = Made("cpu, torch 1", {"accuracy": 0.5})


def test_everybody_runs_with_every_seed() -> None:
    """The reference and each variant of each measured question, seed by seed."""
    found = runs(assignment(), "quick", "cpu", range(3))
    for question, variants in calibrated.VARIANTS.items():
        mine = [run for run in found if run.question == question]
        assert {run.solution for run in mine} == {"reference", *variants} and len(mine) == 3 * (1 + len(variants))
    assert [run.seed for run in found] == sorted(run.seed for run in found) and len(set(found)) == len(found)
    only = runs(assignment(), "quick", "cpu", [7], ["sentiment_lstm"])
    assert {(run.question, run.seed) for run in only} == {("sentiment_lstm", 7)}


def test_what_is_not_measured_is_refused() -> None:
    """Another device or question is a mistake of the caller's, reported with what there is."""
    with pytest.raises(UsageError, match="nothing to calibrate for quick on cuda; it has quick on cpu"):
        runs(assignment(), "quick", "cuda", range(3))
    with pytest.raises(UsageError, match="measured of by_hand; it is of sentiment_rnn"):
        runs(assignment(), "quick", "cpu", range(3), ["by_hand"])


def test_variants_that_are_measured_exist() -> None:
    """Each name is a correct variant of its question."""
    names = {(item.question, item.name) for item in assignment().variants}
    assert {(q, name) for q, variants in calibrated.VARIANTS.items() for name in variants} <= names


def test_a_run_is_kept_beside_what_was_there(tmp_path: Path) -> None:
    """By question, solution and machine, each with its seeds; what was there stays; the file is read back the same."""
    found: dict[str, object] = {
        "quick": {"cpu": {"q": {"reference": {"cpu, torch 0": {"seeds": [0], "accuracy": [1]}}}}}
    }
    for seed in (3, 4):
        add(found, "quick", "cpu", CalibrationRun("q", "reference", seed), MADE)
    add(found, "full", "cuda", CalibrationRun("q", "other", 9), Made("GPU, torch 1", {"accuracy": 0.6, "auc": 0.7}))
    save(tmp_path / "calibration.json", found)
    assert read(tmp_path / "calibration.json") == found and list(tmp_path.iterdir()) == [tmp_path / "calibration.json"]
    assert known(found, "quick", "cpu") == {CalibrationRun("q", "reference", seed) for seed in (0, 3, 4)}
    assert known(found, "full", "cuda") == {CalibrationRun("q", "other", 9)} and known(found, "full", "cpu") == set()
    assert found["full"]["cuda"]["q"]["other"] == {"GPU, torch 1": {"seeds": [9], "accuracy": [0.6], "auc": [0.7]}}  # type: ignore[index]


def test_a_damaged_file_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence, and the file as it was."""
    path = tmp_path / "calibration.json"
    path.write_text("{")
    assert main(["calibrate", "practical09", "--to", str(path)]) == 2
    assert "cannot be read" in capsys.readouterr().err and path.read_text() == "{"


@pytest.mark.parametrize(("text", "seeds"), [("3", [0, 1, 2]), ("5-7", [5, 6, 7]), ("4-4", [4])])
def test_seeds_are_a_number_or_a_range(text: str, seeds: list[int]) -> None:
    """As people write them."""
    assert list(numbers(text)) == seeds


@pytest.mark.parametrize("text", ["0", "7-5", "-3", "x", "", "1-", "1-2-3", "²"])
def test_other_seeds_are_refused(text: str) -> None:
    """With what to write."""
    with pytest.raises(UsageError, match="means no seeds"):
        numbers(text)


def test_a_new_calibration_regrades_its_questions_alone(tmp_path: Path) -> None:
    """The digests of the questions that are measured depend on the file; those of the others do not."""
    for folder in ("assignments", "reference"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = load("practical09", tmp_path).digests
    with (tmp_path / "reference" / "practical09" / "calibration.json").open("a") as file:
        file.write("\n")
    after = load("practical09", tmp_path).digests
    assert {id for id in before if before[id] != after[id]} == {"sentiment_rnn", "sentiment_lstm"}


def test_a_calibration_that_is_killed_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Killed after its first run, it keeps that, makes the others when given again, and repeats to the last digit."""
    path = tmp_path / "numbers.json"
    command = ["calibrate", "practical09", "--seeds", "1", "--question", "sentiment_lstm", "--to", str(path)]
    process = subprocess.Popen([sys.executable, "-m", "graders", *command], cwd=ROOT)
    deadline = time.monotonic() + 300
    while not path.is_file():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = known(read(path), "quick", "cpu")
    wanted = set(runs(assignment(), "quick", "cpu", [0], ["sentiment_lstm"]))
    assert before and before < wanted
    assert main([*command, "--jobs", "2"]) == 0
    said = capsys.readouterr().out
    assert f"{len(wanted) - len(before)} runs made, {len(before)} were known" in said and str(path) in said
    found = read(path)
    assert known(found, "quick", "cpu") == wanted
    shipped = read(ROOT / "reference" / "practical09" / calibrating.FILE)["quick"]["cpu"]["sentiment_lstm"]
    for solution, machines in found["quick"]["cpu"]["sentiment_lstm"].items():
        (columns,) = machines.values()
        (of_old,) = shipped[solution].values()
        assert len(columns["seeds"]) == 1 and columns["accuracy"][0] >= min(of_old["accuracy"]) - 0.05


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--profile", "full"], "neither aclImdb_v1"),
        (["--profile", "nonsense"], "has no profile"),
        (["--device", "cuda"], "no GPU|nothing to calibrate"),
        (["--seeds", "none"], "means no seeds"),
    ],
)
def test_what_cannot_be_measured_gets_one_sentence(
    options: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong usage, with what to do."""
    assert main(["calibrate", "practical09", *options, "--data", str(tmp_path), "--to", str(tmp_path / "x.json")]) == 2
    assert re.search(says, capsys.readouterr().err) and not (tmp_path / "x.json").exists()
