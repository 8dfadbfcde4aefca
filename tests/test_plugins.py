"""The tests pass whatever plugins of pytest somebody has installed, and warnings are errors in them all the same."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOUD = """
import warnings
class LoudWarning(UserWarning):
    pass
def pytest_configure(config):
    warnings.warn(LoudWarning("this does not go with other plugins"))
def pytest_sessionstart(session):
    warnings.warn("this will change one day", DeprecationWarning)
def pytest_collection_modifyitems(items):
    items.reverse()
"""


@pytest.mark.parametrize("options", [[], ["-n", "1"]], ids=["alone", "workers"])
def test_a_plugin_that_warns_at_its_start(options: list[str], tmp_path: Path) -> None:
    """As pytest-benchmark does alongside pytest-xdist; and one that changes the order of the tests."""
    (tmp_path / "loud.py").write_text(LOUD)
    env = os.environ | {"PYTHONPATH": str(tmp_path)}
    env.pop("PYTEST_XDIST_WORKER", None)
    words = ["-p", "loud", "-p", "no:cacheprovider", *options, "tests/intake/test_layouts.py"]
    done = subprocess.run([sys.executable, "-m", "pytest", *words], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout[-2000:] + done.stderr[-2000:]


def test_warnings_are_errors_here() -> None:
    """Ours, and those of what we call."""
    with pytest.raises(UserWarning):
        warnings.warn("a test must not overlook this", stacklevel=1)
