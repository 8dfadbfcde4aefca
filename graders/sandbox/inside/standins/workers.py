"""Worker processes that need nothing of the machine but fork, pipes and memory, so that they work behind any walls.

Pools, executors, DataLoader workers and torch's own processes are forked, whatever start method is asked for; their
semaphores lie in anonymous memory, tensors go through pipes by value, and shared memory with a name is a file in the
attempt's own folder. Nothing is opened in /dev/shm, and no socket has a name.
"""

from __future__ import annotations

import _multiprocessing
import _posixshmem
import mmap
import os
import tempfile
from multiprocessing import context, heap, managers, reduction, resource_tracker
from pathlib import Path
from typing import Any

import torch
import torch.multiprocessing.reductions

from graders.sandbox.inside.standins.absent import NotHere
from graders.sandbox.inside.standins.putting import put
from graders.sandbox.inside.standins.semaphore import SemLock

REDUCTIONS: Any = torch.multiprocessing.reductions
EMPTY: Any = torch.UntypedStorage


def install() -> None:
    """Put it in place."""
    put(_multiprocessing, SemLock=SemLock)
    put(_posixshmem, shm_open=shm_open, shm_unlink=shm_unlink)
    put(heap.Arena, _dir_candidates=[])  # of `Value` and `Array`, which then are in the temporary folder
    put(resource_tracker, register=_nothing, unregister=_nothing, ensure_running=_nothing)
    put(managers.BaseManager, start=_no_server, connect=_no_server, get_server=_no_server)
    forking = vars(context)["_concrete_contexts"]
    forking["spawn"] = forking["forkserver"] = forking["fork"]
    reduction.register(torch.UntypedStorage, reduce_storage)
    for kind in (torch.Tensor, torch.nn.Parameter, *vars(torch)["_tensor_classes"]):
        reduction.register(kind, reduce_tensor)
    put(torch.UntypedStorage, _new_shared=classmethod(new_storage))
    put(torch.Tensor, share_memory_=share_memory, is_shared=is_shared(torch.Tensor.is_shared))


class NoServer(NotHere):
    """A process that others would reach by the name of a socket, which only some walls allow."""

    thing = "a manager of shared objects"


def _no_server(*_: Any, **__: Any) -> None:
    raise NoServer("multiprocessing.Manager is not offered here; use a Queue, a Pipe, a Value or a Pool")


def _nothing(*_: Any, **__: Any) -> None:
    """Nothing: what is left behind goes with the attempt's folder."""


def _path(name: str) -> str:
    return f"{tempfile.gettempdir()}/shm{name.replace('/', '_')}"


def shm_open(path: str, flags: int, mode: int = 0o777) -> int:
    """Open shared memory by its name."""
    return os.open(_path(path), flags | os.O_CLOEXEC, mode)


def shm_unlink(path: str) -> None:
    """Remove its name."""
    Path(_path(path)).unlink()


def reduce_storage(storage: Any) -> Any:
    """How a storage goes through a pipe: as its bytes; on a GPU as torch does it."""
    if storage.device.type != "cpu":
        return REDUCTIONS.reduce_storage(storage)
    return rebuild_storage, (torch.empty(0, dtype=torch.uint8).set_(storage).numpy().tobytes(),)


def rebuild_storage(content: bytes) -> Any:
    """The storage at the other end."""
    if not content:
        return EMPTY(0)
    return torch.frombuffer(bytearray(content), dtype=torch.uint8).untyped_storage()


def reduce_tensor(tensor: Any) -> Any:
    """How a tensor goes through a pipe: one that shows a part of a storage takes no more of it along."""
    alone = tensor.device.type == "cpu" and tensor.layout is torch.strided and not tensor.requires_grad
    if alone and not tensor.is_quantized and tensor.untyped_storage().nbytes() > tensor.nbytes:
        tensor = tensor.clone()
    return REDUCTIONS.reduce_tensor(tensor)


def new_storage(cls: Any, size: int, *, device: Any = "cpu") -> Any:
    """A storage in which a worker puts a batch together."""
    return cls(size, device=device)


def share_memory(self: Any) -> Any:
    """Let processes that are forked from now on see what each writes into this tensor."""
    if self.device.type == "cpu" and self.numel() and vars(self).get("_shared_at") != self.data_ptr():
        memory = mmap.mmap(-1, self.numel() * self.element_size())
        shared = torch.frombuffer(memory, dtype=self.dtype, count=self.numel()).view(self.shape)
        shared.copy_(self.detach())
        self.data = shared
        self._shared_at = self.data_ptr()
    return self


def is_shared(original: Any) -> Any:
    """Whether a tensor is in shared memory, as torch says or as `share_memory` has put it there."""

    def found(self: Any) -> bool:
        return vars(self).get("_shared_at") == self.data_ptr() or bool(original(self))

    return found
