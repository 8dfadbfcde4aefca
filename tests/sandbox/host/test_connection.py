"""The trusted end of a line: it looks at what is asked as often as it should, however short the requests are."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from graders.sandbox.host.connection import LOOK_EVERY, Connection
from graders.sandbox.inside.wire import HEADER, frame, length, read

LIMIT = 1 << 20


@pytest.fixture
def connection() -> Iterator[Connection]:
    """A line to somebody who answers every request at once with what was asked."""
    ours, theirs = socket.socketpair()

    def answer() -> None:
        with theirs, contextlib.suppress(OSError):  # until the test hangs up
            while head := theirs.recv(HEADER.size, socket.MSG_WAITALL):
                value, _ = read(theirs.recv(length(head, LIMIT), socket.MSG_WAITALL))
                theirs.sendall(frame(value, LIMIT))

    other = threading.Thread(target=answer)
    other.start()
    line = Connection(ours, LIMIT)
    yield line
    line.close()
    other.join()


def test_a_look_that_is_due_is_taken_however_short_the_request(connection: Connection) -> None:
    """What never takes as long as the time between two looks is looked at all the same, before it is waited for."""
    looks: list[float] = []
    asked = connection.ask({"n": 1}, lambda: looks.append(time.monotonic()), looked=time.monotonic() - LOOK_EVERY)
    assert asked == {"n": 1}
    for n in range(200):
        looked = looks[-1] if looks else time.monotonic() - LOOK_EVERY
        assert connection.ask({"n": n}, lambda: looks.append(time.monotonic()), looked=looked) == {"n": n}
        time.sleep(0.001)
    assert looks


def test_a_request_that_cannot_be_sent_is_a_fault_of_ours(connection: Connection) -> None:
    """What no frame can carry is never said to be what somebody else replied; the line goes on."""
    with pytest.raises(ValueError, match="cannot be sent: an object of type float32"):
        connection.ask({"n": np.float32(1)}, lambda: None)
    assert connection.ask({"n": 1}, lambda: None) == {"n": 1}


def test_a_look_that_raises_ends_the_wait(connection: Connection) -> None:
    """What looks may stop a request, also one that began long after the last look."""

    def stop() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        for n in range(100):
            connection.ask({"n": n}, stop, looked=time.monotonic() - LOOK_EVERY)
            time.sleep(0.001)
