"""This machine's GPUs, as NVIDIA's own tool tells, and how many submissions train on each at a time."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

STUDENT = 1600  # megabytes: the most of a GPU's memory that a correct training was seen to take
SLICED, SERVED = 3, 8  # trainings at a time that still help: sharing its time by turns, and by a server of MPS
VISIBLE = "CUDA_VISIBLE_DEVICES"
COLUMNS = "index,uuid,name,memory.total,memory.free,utilization.gpu"


@dataclass(frozen=True)
class Gpu:
    """One GPU now: memory in megabytes, and how busy it is in percent; 0 where the tool does not know."""

    index: str
    uuid: str
    name: str
    total: int
    free: int
    busy: int

    def room(self, served: bool = False) -> int:
        """How many submissions train on it at a time: as fit into its memory, and as still help; one at the least."""
        return max(1, min(SERVED if served else SLICED, self.free // STUDENT))


def gpus() -> tuple[Gpu, ...]:
    """Those that are ours, in the order of the tool; none where there is no tool, or it says nothing."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ()
    command = [tool, "--format=csv,noheader,nounits", f"--query-gpu={COLUMNS}"]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    rows = [[word.strip() for word in line.split(",")] for line in told]
    found = [_read(*row) for row in rows if len(row) == len(COLUMNS.split(","))]
    return tuple(one for one in found if _is_ours(one))


def places(served: bool = False) -> list[Mapping[str, str]]:
    """Where each job of a run trains: one on each GPU, then a second one on each, as there is room.

    Returns:
        For each job the variables that show it its GPU; of one job that is shown what we are, where no tool tells.
    """
    found = gpus()
    turns = range(max((one.room(served) for one in found), default=0))
    return [{VISIBLE: one.uuid} for turn in turns for one in found if turn < one.room(served)] or [{}]


def _read(index: str, uuid: str, name: str, *numbers: str) -> Gpu:
    total, free, busy = (int(text) if text.isdigit() else 0 for text in numbers)
    return Gpu(index, uuid, name, total, free, busy)


def _is_ours(one: Gpu) -> bool:
    visible = os.environ.get(VISIBLE)
    if visible is None:
        return True
    names = [name.strip() for name in visible.split(",")]
    return any(name == one.index or (name and one.uuid.startswith(name)) for name in names)
