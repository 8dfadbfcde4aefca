"""A self-check spares what it does not need, and anyone who needs it after all gets the real thing."""

import subprocess
import sys
from pathlib import Path

COMPILER = """
import sys
from graders.sandbox.inside.standins import compiling
compiling.install()
import torch
model = torch.nn.Linear(2, 2)
for kind in (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop):
    optimiser = kind(model.parameters(), lr=0.1)
    before = model.weight.detach().clone()
    optimiser.zero_grad()
    model(torch.ones(1, 2)).sum().backward()
    optimiser.step()
    assert not torch.equal(before, model.weight), kind
assert not any(name.startswith("torch._dynamo.") for name in sys.modules)
import torch._dynamo.config
assert type(sys.modules["torch._dynamo"]) is type(sys) and torch._dynamo is sys.modules["torch._dynamo"]
assert torch._dynamo.disable(lambda: 3)() == 3 and torch._dynamo.config.suppress_errors in (True, False)
optimiser.step()
"""
PARTS = """
import sys
from graders.sandbox.inside.standins import removed
removed.install()
assert not {"scipy.stats", "scipy.integrate", "scipy.linalg"} & set(sys.modules)
from scipy.misc import comb, derivative, factorial, logsumexp
assert comb(4, 2) == 6 and factorial(3) == 6 and logsumexp([0.0]) == 0 and derivative(lambda x: 3 * x, 1.0) == 3
import scipy
assert scipy.integrate.simps([1, 1, 1]) == 2 and scipy.integrate.trapz([1, 1]) == 1
from scipy.linalg import kron, triu
from scipy.stats import binom_test, median_absolute_deviation
assert round(binom_test(2, 4), 6) == 1 and median_absolute_deviation([1, 2, 3]) == 1
assert scipy.pi > 3
"""


def run(code: str, folder: Path) -> None:
    """Run code in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "error::ImportWarning", "-c", code], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_optimisers_work_without_the_compiler_which_is_there_on_demand(tmp_path: Path) -> None:
    """Every kind of optimiser changes the weights; any other use of the compiler loads it."""
    run(COMPILER, tmp_path)


def test_former_names_of_scipy_are_there_when_its_parts_are_loaded(tmp_path: Path) -> None:
    """None of its large parts is loaded before somebody asks for it."""
    run(PARTS, tmp_path)
