"""The inside end of a line to the trusted side: whole frames, read and written without hurry; nothing secret."""

from __future__ import annotations

import os
import socket
from typing import Any

from graders.sandbox.inside import wire


class Channel:
    """Frames over one stream socket, for the zygote, an attempt or a session.

    Args:
        descriptor: the socket's file descriptor, which this object closes.
        limit: the largest frame in bytes, either way.
    """

    def __init__(self, descriptor: int, limit: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._owner = os.getpid()
        self.limit = limit

    def receive(self) -> tuple[Any, list[int]]:
        """The next request and the descriptors that came with it; `EOFError` when the other end is closed."""
        header, descriptors = b"", list[int]()
        while len(header) < wire.HEADER.size:
            part, passed, _, _ = socket.recv_fds(self._socket, wire.HEADER.size - len(header), 1)
            descriptors += passed
            if not part:
                raise EOFError
            header += part
        size, payload = wire.length(header, self.limit), bytearray()
        while len(payload) < size:
            part = self._socket.recv(min(size - len(payload), 1 << 20))
            if not part:
                raise EOFError
            payload += part
        return wire.decode(bytes(payload)), descriptors

    def send(self, value: Any) -> None:
        """Send one reply; a process that is only a copy of the one that was asked ends here, without a word."""
        if os.getpid() != self._owner:
            os._exit(0)
        self._socket.sendall(wire.frame(value, self.limit))

    def adopt(self) -> None:
        """Speak from now on as this process, after a fork."""
        self._owner = os.getpid()

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
