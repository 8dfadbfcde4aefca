"""Serves the marking pages again and again on one socket: lines on standard input start a server, and kill it.

A copy of this process is the server, so that a new one needs no second to load what the old one had loaded.
"""

import os
import signal
import socket
import sys
from pathlib import Path

import uvicorn
from web_clients import desk_of

from graders.archive.store import open_store
from graders.web.app import Setting, create_app
from graders.web.people import OneTimeLinks


def main() -> None:
    """Start a server, and the next one whenever asked."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listener.getsockname()[1], flush=True)
    with open_store(Path(sys.argv[1])) as store, desk_of(store, Path(sys.argv[1])) as desk:
        people = OneTimeLinks("eve")
        app = create_app(desk, people, Setting(b"secret"))
        store.close()  # no connection crosses into a copy
        for number, _ in enumerate(sys.stdin):
            people.token = f"token{number}"
            child = os.fork()
            if child == 0:
                uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])
                os._exit(0)
            print(child, flush=True)
            sys.stdin.readline()
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            print("killed", flush=True)


if __name__ == "__main__":
    main()
