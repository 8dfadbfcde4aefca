"""A real Ray cluster on this machine, whose actors find what tests give them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@contextmanager
def cluster(cpus: int, gpus: int = 0) -> Iterator[str]:
    """The address of one with room for so many actors; where Ray is not installed, the tests are skipped."""
    ray = pytest.importorskip("ray", reason="Ray is not installed: it is in the extra `cluster`")
    paths, before = [str(ROOT / "tests"), str(ROOT)], os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = os.pathsep.join([*paths, before])
    ray.init(num_cpus=cpus, num_gpus=gpus, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    try:
        yield str(ray.get_runtime_context().gcs_address)
    finally:
        ray.shutdown()
        os.environ["PYTHONPATH"] = before
