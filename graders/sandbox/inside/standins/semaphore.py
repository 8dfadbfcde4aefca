"""A semaphore for processes that descend from each other, in anonymous shared memory: it needs no file anywhere.

Python's own lies in /dev/shm, which an attempt without namespaces of its own may not write to.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import threading
import time
from typing import Any

MUTEX = 0  # as `multiprocessing.synchronize` numbers them: a mutex that its owner may take again
MOST = (1 << 31) - 1
LIBC = ctypes.CDLL(None, use_errno=True)


class _Time(ctypes.Structure):
    """`struct timespec`."""

    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class SemLock:
    """What `_multiprocessing.SemLock` is, by an unnamed semaphore of POSIX (sem_init(3)).

    Args:
        kind: `MUTEX`, or any other number for a semaphore.
        value: how often it can be taken at the start.
        maxvalue: the largest value that it may come to have.
    """

    SEM_VALUE_MAX = MOST

    def __init__(self, kind: int, value: int, maxvalue: int, name: Any = None, unlink: bool = True) -> None:
        self.kind, self.maxvalue, self.name = kind, maxvalue, None
        self._memory = mmap.mmap(-1, mmap.PAGESIZE)
        self._place = ctypes.c_char.from_buffer(self._memory)
        self.handle = ctypes.addressof(self._place)
        self._held, self._owner = 0, 0
        _checked(LIBC.sem_init(ctypes.byref(self._place), 1, ctypes.c_uint(value)))

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Take it; whether it was to be had, at once or within the seconds given."""
        if self.kind == MUTEX and self._is_mine():
            self._held += 1
            return True
        if not self._taken(block, timeout):
            return False
        self._held += 1
        self._owner = threading.get_ident()
        return True

    def _taken(self, block: bool, timeout: float | None) -> bool:
        place = ctypes.byref(self._place)
        until = None if timeout is None else time.time() + max(0.0, timeout)
        while True:
            if not block:
                failed = LIBC.sem_trywait(place)
            elif until is None:
                failed = LIBC.sem_wait(place)
            else:
                moment = _Time(int(until), int(until % 1 * 1e9))
                failed = LIBC.sem_timedwait(place, ctypes.byref(moment))
            if not failed:
                return True
            if (number := ctypes.get_errno()) in (errno.EAGAIN, errno.ETIMEDOUT):
                return False
            if number != errno.EINTR:
                raise OSError(number, os.strerror(number))

    def release(self) -> None:
        """Give it back."""
        if self.kind == MUTEX:
            if not self._is_mine():
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self._held > 1:
                self._held -= 1
                return
        elif self._get_value() >= self.maxvalue:
            raise ValueError("semaphore or lock released too many times")
        self._held -= 1
        _checked(LIBC.sem_post(ctypes.byref(self._place)))

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *error: Any) -> None:
        self.release()

    def _count(self) -> int:
        return self._held

    def _is_mine(self) -> bool:
        return self._held > 0 and self._owner == threading.get_ident()

    def _get_value(self) -> int:
        value = ctypes.c_int()
        _checked(LIBC.sem_getvalue(ctypes.byref(self._place), ctypes.byref(value)))
        return value.value

    def _is_zero(self) -> bool:
        return self._get_value() == 0

    def _after_fork(self) -> None:
        self._held = 0


def _checked(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
