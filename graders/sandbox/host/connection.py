"""The trusted end of a line into the sandbox: frames in and out without ever blocking on what student code does."""

from __future__ import annotations

import math
import select
import socket
import time
from collections.abc import Callable
from typing import Any

from graders.sandbox.inside import wire

LOOK_EVERY = 0.05
CHUNK = 1 << 18


class LineLost(Exception):
    """The other end hung up, or its process ended."""


class Connection:
    """One end of a stream socket; the other end may be in the hands of student code.

    Ancillary data is never received: only bytes, decoded as hostile.

    Args:
        end: our end of the socket.
        limit: the largest frame in bytes, either way.
    """

    def __init__(self, end: socket.socket, limit: int) -> None:
        self._socket = end
        self._socket.setblocking(False)
        self._limit = limit
        self._received = bytearray()

    def ask(
        self,
        request: Any,
        look: Callable[[], None],
        *,
        passing: socket.socket | None = None,
        ended: int | None = None,
        limit: int | None = None,
        answer: Callable[[Any, int, int], Any] | None = None,
        looked: float = math.inf,
    ) -> Any:
        """Send a request, answer what the other end asks in its turn, and wait for its reply.

        Args:
            request: plain data.
            look: called about twenty times a second; may raise to stop waiting.
            passing: a socket to hand over together with the request.
            ended: a descriptor that becomes readable when the process at the other end has ended.
            limit: the largest reply in bytes, where it is not the line's own.
            answer: the answer to a question (a frame `{"ask": ...}` before the reply, answered by one
                `{"answer": ...}`), from what is asked and its size in bytes and in values. It may raise.
            looked: when `look` was last called, as `time.monotonic` says it, where that was before this request: many
                short ones are looked at as often as a long one.

        Raises:
            LineLost: nobody is there (any more).
            wire.WireError: the reply is not one of our frames.
            ValueError: the request cannot be sent, which is a fault of ours.
        """
        unsent = self._sendable(request)
        if passing is not None:
            unsent = unsent[self._pass(unsent, passing) :]
        return self._converse(unsent, look, ended, limit or self._limit, answer, min(looked, time.monotonic()))

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _pass(self, data: memoryview, passing: socket.socket) -> int:
        try:
            return socket.send_fds(self._socket, [data[: wire.HEADER.size]], [passing.fileno()])
        except OSError as error:
            raise LineLost from error

    def _send(self, data: memoryview) -> int:
        try:
            return self._socket.send(data[:CHUNK])
        except BlockingIOError:
            return 0
        except OSError as error:
            raise LineLost from error

    def _converse(
        self,
        unsent: memoryview,
        look: Callable[[], None],
        ended: int | None,
        limit: int,
        answer: Callable[[Any, int, int], Any] | None,
        looked: float,
    ) -> Any:
        poll = select.poll()
        if ended is not None:
            poll.register(ended, select.POLLIN)
        while True:
            poll.register(self._socket, select.POLLIN | (select.POLLOUT if unsent else 0))
            ready = dict(poll.poll(max(0.0, looked + LOOK_EVERY - time.monotonic()) * 1000))
            events = ready.get(self._socket.fileno(), 0)
            if events & select.POLLOUT and unsent:
                unsent = unsent[self._send(unsent) :]
            if events & (select.POLLIN | select.POLLHUP | select.POLLERR):
                self._take()
            if (payload := self._frame(limit)) is not None:
                value, items = wire.read(payload)
                if not is_question(value):
                    return value
                if answer is None or unsent:
                    raise wire.WireError("something was asked although it was not its turn")
                unsent = self._sendable({"answer": answer(value["ask"], len(payload), items)})
                continue
            if ended in ready and not self._take():
                raise LineLost
            if time.monotonic() - looked >= LOOK_EVERY:
                look()
                looked = time.monotonic()
                if self._socket.fileno() < 0:  # the look has ended the process that would have replied
                    raise LineLost

    def _sendable(self, value: dict[str, Any]) -> memoryview:
        try:
            return memoryview(wire.frame(value, self._limit))
        except wire.WireError as error:  # a fault of ours
            raise ValueError(f"what goes in from outside cannot be sent: {error}") from error

    def _take(self) -> bool:
        """Take what has arrived; whether anything had."""
        try:
            part = self._socket.recv(CHUNK)
        except BlockingIOError:
            return False
        except OSError as error:
            raise LineLost from error
        if not part:
            raise LineLost
        self._received += part
        return True

    def _frame(self, limit: int) -> bytes | None:
        """The payload of the next whole frame, taken out of what was received; None while it is not there yet."""
        head = wire.HEADER.size
        if len(self._received) < head:
            return None
        end = head + wire.length(bytes(self._received[:head]), limit)
        if len(self._received) < end:
            return None
        payload = bytes(self._received[head:end])
        del self._received[:end]
        return payload


def is_question(value: Any) -> bool:
    """Whether a frame asks something, rather than replies."""
    return isinstance(value, dict) and set(value) == {"ask"}
