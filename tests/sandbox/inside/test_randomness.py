"""Seeds: the generators are where `torch.manual_seed` would have put them, and nobody waits for PyTorch."""

import subprocess
import sys

import pytest
import torch

from graders.sandbox.inside.randomness import seed_torch

WITHOUT = """
import sys
from graders.sandbox.inside.randomness import seed_torch
seed_torch(3)
assert "torch" not in sys.modules
"""


@pytest.mark.parametrize("number", [0, 5, 2**63 - 1, 2**63 + 5])
def test_the_same_numbers_follow_as_after_pytorch_s_own_seeding(number: int) -> None:
    """Whatever kind of device it is built for."""
    seed_torch(number)
    ours = torch.rand(5)
    torch.manual_seed(number % 2**63)
    assert torch.equal(ours, torch.rand(5))


def test_pytorch_is_not_imported_for_it() -> None:
    """Where nothing has used it, there is nothing to seed."""
    subprocess.run([sys.executable, "-c", WITHOUT], check=True)
