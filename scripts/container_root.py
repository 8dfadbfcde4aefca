"""Carries the Containerfile out in a root folder where no container engine is. As root, on a machine with debootstrap:

    python scripts/container_root.py ROOT                              # all steps; then what the container does alone
    python scripts/container_root.py ROOT --course DIR serve --check   # the same with a course at /course

What `FROM` names is stood in for by Debian of the same release with its own Python, in a virtual environment at
/usr/local. Steps have the network and this machine's own settings of pip; what is run after them has no network, and
the capabilities that Docker gives.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parents[1]
STEP = re.compile(r"^([A-Z]+) (.*)$", re.MULTILINE)
KNOWN = {"FROM", "RUN", "COPY", "ARG", "WORKDIR", "ENTRYPOINT", "CMD"}
DONE = "opt/containerfile"  # in the root: the steps that it was made by
CAPABILITIES = "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service"
CAPABILITIES += ",+sys_chroot,+mknod,+audit_write,+setfcap"
PACKAGES = "python3,python3-venv,ca-certificates"
SHOWN = 2000  # characters of what a step that failed has said


def steps(text: str) -> list[tuple[str, str]]:
    """The steps of a Containerfile.

    Raises:
        SystemExit: it has one that is not known here.
    """
    found = STEP.findall(re.sub(r"\\\n\s*", "", text))
    if unknown := {kind for kind, _ in found} - KNOWN:
        raise SystemExit(f"container_root.py does not know {', '.join(sorted(unknown))}; teach it to.")
    return found


def pip_settings() -> tuple[dict[str, str], list[Path]]:
    """This machine's own settings of pip as variables, and the files and folders that they name."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    pairs = [line.partition("=") for line in lines]
    found = {name.rpartition(".")[2]: value.strip("'") for name, _, value in pairs}
    words = [Path(word.removeprefix("file://")) for value in found.values() for word in value.split()]
    words = [path.parent if path.name == "simple" else path for path in words]  # an index, with its files next to it
    places = [path for path in words if path.is_absolute() and path.exists()]
    return {f"PIP_{name.upper().replace('-', '_')}": value for name, value in found.items()}, places


class Root:
    """A root folder and what is said in it.

    Attributes:
        variables: of the environment of its steps.
        shared: files and folders of this machine that its steps find at the same place.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        pip, self.shared = pip_settings()
        self.variables = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/root", "LANG": "C.UTF-8"}
        self.variables |= pip
        self.folder = "/"

    def run(self, words: list[str], *, walls: str = "unshare -m", before: str = "", drop: str = "") -> int:
        """Run something inside; its exit status."""
        root = shlex.quote(str(self.path))
        mounts = f"mount -t proc proc {root}/proc; mount --rbind /dev {root}/dev; {before}"
        clean = ["env", "-i", *(f"{name}={value}" for name, value in self.variables.items())]
        inside = shlex.join([*clean, "sh", "-c", f"cd {self.folder} && exec {shlex.join(words)}"])
        return subprocess.call([*walls.split(), "bash", "-ec", f"{mounts} exec {drop} chroot {root} {inside}"])

    def step(self, words: list[str]) -> None:
        """Run a step; `SystemExit` where it fails."""
        binds = []
        for place in self.shared:
            there = self.path / place.relative_to("/")
            there.parent.mkdir(parents=True, exist_ok=True)
            there.mkdir(exist_ok=True) if place.is_dir() else there.touch()
            binds.append(f"mount --bind {shlex.quote(str(place))} {shlex.quote(str(there))};")
        if status := self.run(words, before=" ".join(binds)):
            raise SystemExit(f"This step ended with {status}: {shlex.join(words)[:SHOWN]}")

    def base(self, name: str) -> None:
        """Make what stands in for an image of Python."""
        release = name.rpartition("-")[2]
        command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", release, str(self.path)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        shutil.copy("/etc/resolv.conf", self.path / "etc/resolv.conf")
        self.step(["python3", "-m", "venv", "/usr/local"])

    def copy(self, names: list[str], target: str) -> None:
        """Copy what stands next to the Containerfile."""
        there = self.path / target.lstrip("/")
        for name in names:
            source = HERE / name
            if source.is_dir():
                kept_out = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, there, dirs_exist_ok=True, ignore=kept_out)
            else:
                there.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, there / source.name)


def build(root: Root, todo: list[tuple[str, str]]) -> list[str]:
    """Carry out all steps that were not carried out here before; what the container then runs, and with which words."""
    mark, command = root.path / DONE, {"ENTRYPOINT": [], "CMD": []}
    new = not mark.is_file() or mark.read_text() != repr(todo)
    for kind, rest in todo:
        if kind in command:
            command[kind] = json.loads(rest)
        elif kind == "WORKDIR":
            root.folder = rest
            (root.path / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif kind == "ARG":
            name = rest.partition("=")[0]
            root.variables |= {name: os.environ[name]} if name in os.environ else {}
        elif new:
            print(f"{kind} {rest[:100]}", file=sys.stderr, flush=True)
            if kind == "FROM" and not (root.path / "usr/local/bin/pip").exists():
                root.base(rest)
            elif kind == "COPY":
                *names, target = rest.split()
                root.copy(names, target)
            elif kind == "RUN":
                root.step(["sh", "-c", rest])
    mark.write_text(repr(todo))
    return [*command["ENTRYPOINT"], "\0", *command["CMD"]]


def main() -> int:
    """Build the root folder where it is not built yet, and run the container's command in it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--course", type=Path, help="stands at /course")
    parser.add_argument("words", nargs=argparse.REMAINDER, help="in place of what CMD says")
    given = parser.parse_args()
    root = Root(given.root.resolve())
    command = build(root, steps((HERE / "Containerfile").read_text("utf-8")))
    place = command.index("\0")
    words = [*command[:place], *(given.words or command[place + 1 :])]
    before = f"ip link set lo up || true; mount -t tmpfs none {shlex.quote(str(root.path))}/sys;"
    if given.course:
        course, there = shlex.quote(str(given.course.resolve())), shlex.quote(f"{root.path}{root.folder}")
        before += f"mount --bind {course} {there};"
    drop = f"setpriv --bounding-set {CAPABILITIES} --inh-caps {CAPABILITIES}"
    return root.run(words, walls="unshare -n -m -p --kill-child --fork", before=before, drop=drop)


if __name__ == "__main__":
    sys.exit(main())
