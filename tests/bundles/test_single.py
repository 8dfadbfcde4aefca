"""A bundle in a root folder with the layout and limits of Gradescope's container, see scripts/gradescope_root.sh."""

import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from lms_schemas import GRADESCOPE

from graders.bundles.pack import bundle

ROOT = Path(__file__).parents[2]
PLACE = os.environ.get("GRADESCOPE_ROOT", "")
MINUTES = 10  # that Gradescope gives by default
pytestmark = pytest.mark.skipif(
    not PLACE or os.geteuid() != 0 or shutil.which("debootstrap") is None,
    reason="needs root, debootstrap, and GRADESCOPE_ROOT: a folder in which a root of two gigabytes may be made",
)
Tried = Callable[..., str]


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """Tries students, or `doctor`, in the container; what was said."""
    packed = tmp_path_factory.mktemp("packed") / "autograder.zip"
    packed.write_bytes(bundle("gradescope", ROOT, "practical09", profile="quick", secret=b"s" * 32))

    def run(what: str, kill_after: float | None = None) -> str:
        more = {} if kill_after is None else {"KILL_AFTER": str(kill_after)}
        command = [ROOT / "scripts/gradescope_root.sh", PLACE, packed, what]
        done = subprocess.run(command, check=False, capture_output=True, text=True, env={**os.environ, **more})
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout

    return run


def results() -> dict[str, Any]:
    """What was left behind, which must be valid."""
    told: dict[str, Any] = json.loads(Path(PLACE, "autograder/results/results.json").read_text())
    jsonschema.validate(told, GRADESCOPE)
    return told


@pytest.mark.parametrize(
    ("student", "score"),
    [
        *(("correct", 18), ("correct_as_a_script", 18), ("forges_verdicts", 15)),
        *(("eats_all_memory", 15.6), ("loops_forever", 15.6)),
    ],
)
def test_students_get_what_they_have_earned(tried: Tried, student: str, score: float) -> None:
    """Within 768 MB and half a core: nothing for forged verdicts, nor for what never ends, and all to the end."""
    tried(f"submissions/practical09/{student}")
    told = results()
    assert (told["score"], told["extra_data"]["finished"]) == (score, True)
    assert told["execution_time"] < 60 * MINUTES


def test_results_are_valid_whenever_the_container_is_killed(tried: Tried) -> None:
    """At ten moments drawn by chance, most of them while questions are graded."""
    chance = random.Random(9)
    for _ in range(10):
        tried("submissions/practical09/correct", chance.uniform(1, 25))
        assert 0 <= results()["score"] <= 18


def test_every_attack_is_contained_there(tried: Tried) -> None:
    """All walls, and every hostile behaviour of the conformance suite, in each configuration of the container."""
    said = tried("doctor")
    assert "Grading is safe here." in said and "MISSING" not in said
    counts = re.findall(r"(\d+) of (\d+) hostile behaviours", said)
    assert counts and all(contained == every for contained, every in counts)
