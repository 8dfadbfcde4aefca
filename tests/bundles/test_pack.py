"""What an image takes when it is built: which Python, on which system."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from graders.bundles.pack import FILES

NAMES = ("python3.13", "python3.12", "python3.11", "python3")
PYTHON = """#!/bin/bash
if [ "$1" = -c ]; then exec {real} -c "import sys; sys.version_info = {version}
$2"; fi
echo "$(basename "$0") $*" >> {log}
exit 7
"""


def program(place: Path, text: str) -> None:
    """A script that may be executed."""
    place.write_text(text)
    place.chmod(0o755)


def built(folder: Path, has: dict[str, tuple[object, ...]]) -> list[str]:
    """What `setup.sh` asks for on a system with these Pythons, until it makes an environment."""
    tools, log = folder / "bin", folder / "log"
    tools.mkdir()
    for name in NAMES:
        text = (
            PYTHON.format(real=sys.executable, version=has[name], log=log) if name in has else "#!/bin/sh\nexit 127\n"
        )
        program(tools / name, text)
    program(folder / "new", PYTHON.format(real=sys.executable, version=(3, 12, 11, "final", 0), log=log))
    program(tools / "apt-get", f'#!/bin/sh\necho "apt-get $*" >> {log}\n')
    program(tools / "add-apt-repository", f'#!/bin/sh\necho "$*" >> {log}\ncp {folder}/new {tools}/python3.12\n')
    program(folder / "setup.sh", (FILES / "setup.sh").read_text())
    path = f"{tools}:{os.environ['PATH']}"
    assert subprocess.run([folder / "setup.sh"], env={"PATH": path}, capture_output=True, check=False).returncode == 7
    return log.read_text().splitlines()


RELEASED, CANDIDATE, OLD = (3, 11, 2, "final", 0), (3, 11, 0, "candidate", 1), (3, 10, 12, "final", 0)


@pytest.mark.parametrize(
    ("has", "taken"),
    [
        ({"python3.11": RELEASED, "python3": RELEASED}, "python3.11"),
        ({"python3.12": (3, 12, 3, "final", 0), "python3": (3, 12, 3, "final", 0)}, "python3.12"),
        ({"python3": (3, 13, 5, "final", 0)}, "python3"),
    ],
)
def test_a_python_that_is_there_is_taken(tmp_path: Path, has: dict[str, tuple[object, ...]], taken: str) -> None:
    """Debian 12 and 13, Ubuntu 24.04: nothing is fetched for it."""
    assert built(tmp_path, has) == [f"{taken} -m venv /opt/graders"]


@pytest.mark.parametrize("has", [{"python3": OLD}, {"python3": OLD, "python3.11": CANDIDATE}, {"python3": (3, 14, 0)}])
def test_else_it_comes_from_deadsnakes(tmp_path: Path, has: dict[str, tuple[object, ...]]) -> None:
    """Ubuntu 22.04, whose own 3.11 is a release candidate with which PyTorch does not load, and whatever is too new."""
    said = built(tmp_path, has)
    assert "-y ppa:deadsnakes/ppa" in said and said[-2].endswith("python3.12 python3.12-venv")
    assert said[-1] == "python3.12 -m venv /opt/graders"
