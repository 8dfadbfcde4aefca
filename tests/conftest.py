"""What many tests share: the assignment, and sandboxes that stay warm as long as a test process."""

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings
from tried_sandbox import warm

from graders.catalog.assignment import Assignment
from graders.catalog.loader import load
from graders.sandbox.host.sandbox import Sandbox

ROOT = Path(__file__).parents[1]
os.environ.setdefault("OMP_NUM_THREADS", "1")  # several test processes share the cores; so do those that they start
torch.set_num_threads(1)
BUSY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on any machine
settings.register_profile("same", BUSY, derandomize=True)  # the same examples in every run: a failure is the change's
settings.register_profile("new", BUSY)  # `make search`
settings.load_profile("same")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In a test every warning is an error; one of a plugin that somebody has installed, at its start, is not."""
    for item in items:
        if item.get_closest_marker("filterwarnings") is None:
            item.add_marker(pytest.mark.filterwarnings("error"))


@pytest.fixture(scope="session")
def practical09() -> Assignment:
    """The real assignment."""
    return load("practical09", ROOT)


@pytest.fixture(scope="session")
def sandbox(practical09: Assignment) -> Iterator[Sandbox]:
    """A sandbox for the real assignment, warm for the whole run; what never ends is cut off sooner."""
    limits = replace(practical09.limits, cell_cpu_seconds=15, call_cpu_seconds=10)
    with Sandbox(beside=practical09.beside, data=practical09.data, limits=limits) as made:
        yield made


@pytest.fixture(scope="session")
def warm_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Sandbox]]:
    """A sandbox that needs no assignment, by the name of its walls: warm from when it is first asked for to the end."""
    with ExitStack() as stack:
        yield functools.cache(lambda walls: stack.enter_context(warm(tmp_path_factory.mktemp("sandbox"), walls)))
