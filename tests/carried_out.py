"""The whole Containerfile, carried out in a root folder: `make test-container`, as root on a machine with debootstrap.

It takes minutes and downloads packages, so that it is none of what `make test` runs. ROOT names a folder to keep.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1]
SCRIPT = HERE / "scripts/container_root.py"
ABLE = os.geteuid() == 0 and shutil.which("debootstrap") is not None
pytestmark = pytest.mark.skipif(not ABLE, reason="It takes root, and apt-get install debootstrap.")


def test_a_course_is_served_and_graded_by_what_the_recipe_makes(tmp_path: Path) -> None:
    """Each step succeeds; what the container runs then says that it is ready, and gives a right answer its marks."""
    course, root = tmp_path / "course", os.environ.get("ROOT") or str(tmp_path / "root")
    for name in ("assignments", "reference", "submissions"):
        shutil.copytree(HERE / name, course / name)
    with (course / "assignments/practical09/assignment.toml").open("a") as settings:
        settings.write("\n[uploads]\n")

    def said(*words: str, given: str = "") -> str:
        command = [sys.executable, str(SCRIPT), "--course", str(course), root, *words]
        done = subprocess.run(command, input=given, stdout=subprocess.PIPE, text=True)
        assert done.returncode == 0, done.stdout
        return done.stdout

    assert "Usage: graders" in said()
    said("account", "add", "ada", "--role", "instructor", given="a long enough sentence\n")
    assert "Ready to serve." in said("serve", "--check", "--host", "0.0.0.0", "--proxy", "127.0.0.1")
    said("grade", "submissions/practical09/correct", "--jobs", "1")
    report = json.loads((course / "reports/practical09/correct/report.json").read_text("utf-8"))
    assert report["points"] == 18.0
