"""Calibration runs the reference and its variants over seeds, repeats exactly, and writes what it measured."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sentiment_shared import assignment

from graders.calibrate import calibrate, merged, save
from graders.catalog import load
from graders.cli import main
from graders.errors import UsageError
from graders.practical09 import calibrated

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A measurement that takes no time, and tells by whom it was made."""

    def measure(solution: Any, rng: np.random.Generator) -> float:
        return float(rng.random())

    measures: dict[str, Callable[..., float]] = {"sentiment_lstm": measure}
    monkeypatch.setattr(calibrated, "MEASURES", {("quick", "cpu"): measures})


def test_everybody_runs_with_every_seed() -> None:
    """Reference and variants, as many accuracies each as there are seeds; the same again gives the same."""
    heard: list[tuple[str, str]] = []
    found = calibrate(assignment(), "quick", "cpu", range(3), lambda *who: heard.append(who))
    (entry,) = found["quick"]["cpu"].values()
    assert set(entry["variants"]) == set(calibrated.VARIANTS["sentiment_lstm"])
    everybody = [entry["accuracies"], *entry["variants"].values()]
    assert all(len(set(values)) == 3 for values in everybody) and len({tuple(v) for v in everybody}) == len(everybody)
    assert heard.count(("sentiment_lstm", "reference")) == 3 and len(heard) == 3 * len(everybody)
    assert found == calibrate(assignment(), "quick", "cpu", range(3))


def test_what_is_not_measured_is_refused() -> None:
    """Another device is a mistake of the caller's, told with what there is."""
    with pytest.raises(UsageError, match="nothing to calibrate for full on cuda; it has quick on cpu"):
        calibrate(assignment(), "full", "cuda", range(3))


def test_measurements_are_merged_and_saved(tmp_path: Path) -> None:
    """New numbers take the place of old ones of the same profile, device and question, and of no others."""
    path = tmp_path / "calibration.json"
    save(path, {"quick": {"cpu": {"a": {"accuracies": [0.5]}, "b": {"accuracies": [0.6]}}}})
    save(path, {"quick": {"cpu": {"b": {"accuracies": [0.7]}}, "cuda": {"a": {"accuracies": [0.8]}}}})
    found = json.loads(path.read_text("utf-8"))
    assert found["quick"]["cpu"] == {"a": {"accuracies": [0.5]}, "b": {"accuracies": [0.7]}}
    assert found["quick"]["cuda"] == {"a": {"accuracies": [0.8]}}
    assert path.read_text("utf-8").count("\n") == 17


def test_merging_leaves_the_old_as_it_was() -> None:
    """What is given is not changed."""
    old = {"quick": {"cpu": {"a": {"accuracies": [1]}}}}
    merged(old, {"quick": {"cpu": {"b": {}}}})
    assert old == {"quick": {"cpu": {"a": {"accuracies": [1]}}}}


def test_a_new_calibration_regrades_its_questions_alone(tmp_path: Path) -> None:
    """The digests of the questions that are measured depend on the file; those of the others do not."""
    for folder in ("assignments", "reference"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = load("practical09", tmp_path).digests
    with (tmp_path / "reference" / "practical09" / "calibration.json").open("a") as file:
        file.write("\n")
    after = load("practical09", tmp_path).digests
    assert {id for id in before if before[id] != after[id]} == {"sentiment_rnn", "sentiment_lstm"}


def test_the_command_merges_what_it_measures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It prints the worst of all solutions and where the numbers went."""
    assert main(["calibrate", "practical09", "--seeds", "2", "--to", str(tmp_path / "numbers.json")]) == 0
    found = json.loads((tmp_path / "numbers.json").read_text())
    assert len(found["quick"]["cpu"]["sentiment_lstm"]["accuracies"]) == 2
    assert str(tmp_path / "numbers.json") in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--profile", "full"], "neither aclImdb_v1"),
        (["--profile", "nonsense"], "has no profile"),
        (["--device", "cuda"], "no GPU|nothing to calibrate"),
    ],
)
def test_what_cannot_be_measured_gets_one_sentence(
    options: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong usage, with what to do."""
    assert main(["calibrate", "practical09", *options, "--data", str(tmp_path), "--to", str(tmp_path / "x.json")]) == 2
    assert re.search(says, capsys.readouterr().err) and not (tmp_path / "x.json").exists()
