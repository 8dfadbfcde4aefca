"""What a request may use is counted from the last look, and nobody pays for what came before it."""

import os
from types import SimpleNamespace

import pytest

from graders.sandbox.host import monitor, procfs
from graders.sandbox.host.account import LimitExceeded
from graders.sandbox.host.monitor import Budget
from graders.sandbox.limits import Limits


@pytest.fixture
def tree(monkeypatch: pytest.MonkeyPatch) -> procfs.Tree:
    """A tree whose processor time the test sets, on a machine of one processor, and that counts its measurements."""
    made = procfs.Tree(os.getpid())
    made.looks, made.now = 0, 0.0  # type: ignore[attr-defined]

    def usage(self: procfs.Tree) -> procfs.Usage:
        self.looks += 1  # type: ignore[attr-defined]
        self.measured, self.cpu = monitor.time.monotonic(), self.now  # type: ignore[attr-defined]
        return procfs.Usage(self.cpu, 0, 1)

    monkeypatch.setattr(procfs.Tree, "usage", usage)
    monkeypatch.setattr(monitor, "PROCESSORS", 1)
    return made


def test_requests_that_follow_at_once_share_a_measurement(tree: procfs.Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred short requests walk through /proc once; after a while, or before a long one, it is walked again."""
    monkeypatch.setattr(monitor, "LOOK_EVERY", 1000.0)
    for _ in range(100):
        Budget(tree, Limits(), 1.0, 0)
    assert tree.looks == 1  # type: ignore[attr-defined]
    Budget(tree, Limits(), 1.0, 0, slowly=True)
    monkeypatch.setattr(monitor, "LOOK_EVERY", -1.0)
    Budget(tree, Limits(), 1.0, 0)
    assert tree.looks == 3  # type: ignore[attr-defined]


def test_what_was_used_before_a_request_never_cuts_it(tree: procfs.Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds between the last look and the request may have been another's; more than these is the request's own."""
    monkeypatch.setattr(monitor, "LOOK_EVERY", 1000.0)
    Budget(tree, Limits(), 1.0, 0)
    tree.measured -= 0.5
    later = Budget(tree, Limits(), 1.0, 0)
    tree.now = 1.4  # type: ignore[attr-defined]
    later.look()
    tree.now = 1.7  # type: ignore[attr-defined]
    with pytest.raises(LimitExceeded):
        later.look()


def test_sleep_counts_from_when_it_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has replied by the time of a late look, and sleeps, is not taken for stuck; what sleeps on is."""
    clock = [100.0]
    monkeypatch.setattr(monitor, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(procfs.Tree, "usage", lambda self: procfs.Usage(0.0, 0, 1, asleep=True))
    budget = Budget(procfs.Tree(os.getpid()), Limits(sleep_seconds=0.5, wall_factor=100), 1.0, 0)
    clock[0] += 0.9
    budget.look()
    clock[0] += 0.4
    budget.look()
    clock[0] += 0.4
    with pytest.raises(LimitExceeded, match="waited for something"):
        budget.look()
