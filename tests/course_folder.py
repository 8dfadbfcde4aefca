"""Runs the command line as it runs for those who installed a wheel: far from any checkout, in a course's folder."""

import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class CourseFolder:
    """An empty folder to make a course in, and the engine, unpacked from a wheel next to it."""

    path: Path
    engine: Path

    @classmethod
    def made_in(cls, folder: Path) -> "CourseFolder":
        """Build the wheel from this tree and unpack it."""
        command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder)]
        subprocess.run([*command, str(ROOT)], check=True, capture_output=True)
        (wheel,) = folder.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder / "engine")
        (folder / "course").mkdir()
        return cls(folder / "course", folder / "engine")

    def run(self, *arguments: str, where: str = ".", status: int = 0) -> str:
        """What `graders ...` prints, on both streams."""
        settings = os.environ | {"PYTHONPATH": str(self.engine), "XDG_CACHE_HOME": str(self.path.parent / "cache")}
        settings.pop("GRADERS_ROOT", None)
        done = subprocess.run(
            [sys.executable, "-m", "graders", *arguments],
            cwd=self.path / where,
            env=settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == status, done.stdout
        return done.stdout

    def write(self, name: str, text: str) -> None:
        """Write a file of the course."""
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_text(text, "utf-8")

    def change(self, name: str, *changes: tuple[str, str]) -> None:
        """Replace passages of a file of the course, which must be there."""
        text = (self.path / name).read_text("utf-8")
        for old, new in changes:
            assert old in text, (name, old)
            text = text.replace(old, new)
        (self.path / name).write_text(text, "utf-8")
