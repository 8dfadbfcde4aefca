"""Everything that reads hostile bytes is fuzzed for a while; `fuzz.py` says how to do it for longer."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

SECONDS = 8


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris has no build for this machine or this Python")
@pytest.mark.parametrize("reader", ["wire", "notebook", "script", "zip", "equations"])
def test_no_bytes_break_a_reader(reader: str, tmp_path: Path) -> None:
    """Guided by coverage, no bytes are found that raise anything but a refusal, or that take a gigabyte."""
    # A process begins with the peak of what it was forked from, here of all tests before: the shell has none.
    options = [f"-max_total_time={SECONDS}", "-rss_limit_mb=2048", "-max_len=4096", "-timeout=20"]
    shell = ["sh", "-c", '"$@"; exit $?', "sh"]
    command = [*shell, sys.executable, Path(__file__).parents[1] / "fuzz.py", reader, *options]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:] + run.stdout[-3000:]
    assert "Done" in run.stderr
