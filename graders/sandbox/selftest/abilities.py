"""Tries what the course promises that an answer may use: packages, worker processes, threads, memory, files."""

from __future__ import annotations

from dataclasses import dataclass, replace

from graders.errors import LessThanPromised
from graders.model import Outcome
from graders.notebooks.notebook import ExecCell
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.offer import requirements, wanting


@dataclass(frozen=True)
class Ability:
    """One thing that an answer may use.

    Attributes:
        name: what it is, as a phrase.
        source: a cell that raises where it does not work.
    """

    name: str
    source: str


POOL = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
with multiprocessing.Pool(2) as pool:
    assert pool.map(abs, [-1, 2]) == [1, 2]
with ProcessPoolExecutor(2) as pool:
    assert list(pool.map(abs, [-3])) == [3]
"""
LOADER = """
import torch
data = torch.utils.data.TensorDataset(torch.arange(8.0))
loader = torch.utils.data.DataLoader(data, batch_size=3, num_workers=2)
assert sum(batch.sum().item() for batch, in loader) == 28
"""
SHARED = """
import multiprocessing
import torch
from multiprocessing import shared_memory
shared, counter, named = torch.zeros(2).share_memory_(), multiprocessing.Value("i", 0), None
def work():
    shared.fill_(3)
    with counter.get_lock():
        counter.value += 1
worker = multiprocessing.get_context("spawn").Process(target=work)
worker.start()
worker.join()
assert shared.tolist() == [3, 3] and counter.value == 1
named = shared_memory.SharedMemory(create=True, size=8)
named.close()
named.unlink()
"""
THREADS = """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(2) as pool:
    assert list(pool.map(abs, [-1])) == [1]
"""
BESIDE = """
with open("helper.py", "w") as file:
    file.write("value = 3")
import helper
assert helper.value == 3
"""
ABILITIES = (
    Ability("pools of worker processes", POOL),
    Ability("a DataLoader with workers", LOADER),
    Ability("memory that processes share", SHARED),
    Ability("threads", THREADS),
    Ability("files and modules that a cell writes", BESIDE),
)


def try_abilities(sandbox: Sandbox) -> dict[str, str | None]:
    """Use each of them, and import each package; the name of each -> None where it works, else what went wrong."""
    packages = [one.name.replace("-", "_") for one in requirements(sandbox.packages)]
    every = [*(Ability(f"the package {name}", f"import {IMPORTED.get(name, name)}") for name in packages), *ABILITIES]
    limits = replace(sandbox.limits, cell_cpu_seconds=20, sleep_seconds=60, memory_mb=1024, processes=32)
    cells = [ExecCell(number, None, ability.source) for number, ability in enumerate(every)]
    with sandbox.attempt(cells, 0, limits) as attempt:
        runs = attempt.cells
    faults = (None if run.outcome is Outcome.PASSED else str(run.message) for run in runs)
    return dict(zip((ability.name for ability in every), faults, strict=True))


IMPORTED = {"ipython": "IPython", "scikit_learn": "sklearn", "pillow": "PIL", "pyyaml": "yaml"}


def refuse_less_than_promised(sandbox: Sandbox) -> None:
    """Refuse to grade where an answer may use less than the course says.

    Raises:
        LessThanPromised: names what is missing, and what to do.
    """
    missing = wanting(sandbox.packages)
    if not missing:
        missing = [f"{name} does not work ({fault})" for name, fault in try_abilities(sandbox).items() if fault]
    if missing:
        raise LessThanPromised(
            f"Answers may use less here than the course promises: {'; '.join(missing)}. Install what constraints.txt "
            "lists, let `graders doctor` say what is missing, or promise less in assignment.toml."
        )
