"""Tries whether a GPU can be used here: a small CUDA program, in the sandbox or outside, before the first student."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from graders.errors import GpuMissing
from graders.notebooks.notebook import ExecCell
from graders.sandbox.host.gpu.cards import STUDENT
from graders.sandbox.host.sandbox import Sandbox

PROGRAM = """
import json, os, torch
facts = {"torch": str(torch.__version__), "cuda": torch.version.cuda}
facts["nodes"] = [node for node in NODES if os.path.exists(node)]
facts["closed"] = [node for node in facts["nodes"] if not os.access(node, os.R_OK | os.W_OK)]
try:
    weights = torch.ones(2, device="cuda", requires_grad=True)
    layer = torch.nn.LSTM(2, 2).cuda()
    (layer(weights.reshape(1, 1, 2))[0].sum() + (weights * weights).sum()).backward()
    facts["slope"] = weights.grad.cpu().shape[0]
    facts["free"], facts["total"] = (size >> 20 for size in torch.cuda.mem_get_info())
    facts["name"] = torch.cuda.get_device_name()
except Exception as error:
    facts["error"] = " ".join(f"{type(error).__name__}: {error}".split())[:300]
print(json.dumps(facts))
"""
NEEDED = ("/dev/nvidiactl", "/dev/nvidia-uvm")
REMEDY = "or grade with --device cpu"


def try_inside(sandbox: Sandbox) -> dict[str, Any]:
    """What the program finds in the sandbox, as a student's cell would."""
    driver = sandbox.walls.driver
    nodes = sorted({*NEEDED, *(driver.devices if driver else ())})
    with sandbox.attempt([ExecCell(0, None, program(nodes))], 0) as attempt:
        run = attempt.cells[0]
    printed = "".join(str(output.get("text", "")) for output in run.outputs)
    return _facts(printed, run.message or "it said nothing")


def try_here() -> dict[str, Any]:
    """What the program finds without a sandbox."""
    command = [sys.executable, "-c", program(NEEDED)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return _facts(done.stdout, done.stderr.strip()[-300:] or f"it ended with status {done.returncode}")


def program(nodes: Any) -> str:
    """The program, which also tries to open these device nodes."""
    return PROGRAM.replace("NODES", repr(list(nodes)))


def _facts(printed: str, otherwise: str) -> dict[str, Any]:
    try:
        found = json.loads(printed.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return {"error": otherwise}
    return found if isinstance(found, dict) else {"error": otherwise}


def why_not(facts: Mapping[str, Any]) -> str | None:
    """What is missing, in one sentence that says what to do; None where a student can train on the GPU."""
    error, build = str(facts.get("error", "")), facts.get("torch")
    if build is not None and facts.get("cuda") is None:
        return f"PyTorch {build} is built without CUDA: install a build of PyTorch with CUDA for this driver, {REMEDY}."
    if not error:
        return _too_little(facts)
    if build is not None and "/dev/nvidiactl" not in facts.get("nodes", ()):
        return f"no NVIDIA driver is loaded (there is no /dev/nvidiactl): load it (nvidia-smi shows it), {REMEDY}."
    if closed := ", ".join(facts.get("closed", ())):
        return f"the user that student code runs as may not open {closed}: let everybody (mode 0666), {REMEDY}."
    if "out of memory" in error.lower():
        return f"other jobs hold all of its memory ({error}): end them (nvidia-smi lists them), {REMEDY}."
    if "driver" in error.lower() and ("too old" in error.lower() or "insufficient" in error.lower()):
        return f"its driver is too old for PyTorch {build} ({error}): update the driver, {REMEDY}."
    return f"its driver fails ({error}): see what `graders doctor` and nvidia-smi say, {REMEDY}."


def _too_little(facts: Mapping[str, Any]) -> str | None:
    free, total = int(facts.get("free", 0)), int(facts.get("total", 0))
    if free >= STUDENT:
        return None
    return f"{free} of its {total} MB are free, and a training takes up to {STUDENT}: end other jobs, {REMEDY}."


def refuse_without_gpu(facts: Mapping[str, Any]) -> None:
    """Refuse to go on where a GPU cannot be used: it would look like the students' fault.

    Raises:
        GpuMissing: says what is missing, and what to do.
    """
    if why := why_not(facts):
        raise GpuMissing(f"Student code cannot use a GPU here: {why}")
