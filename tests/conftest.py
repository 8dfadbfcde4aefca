"""What many tests share: the assignment, and one warm sandbox a test process."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings

from graders.catalog.assignment import Assignment
from graders.catalog.loader import load
from graders.sandbox.host.sandbox import Sandbox

ROOT = Path(__file__).parents[1]
os.environ.setdefault("OMP_NUM_THREADS", "1")  # several test processes share the cores; so do those that they start
torch.set_num_threads(1)
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on any machine
settings.load_profile("busy")


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
    with Sandbox(beside=practical09.beside, data=practical09.data, limits=limits) as warm:
        yield warm
