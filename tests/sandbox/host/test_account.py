"""What a submission uses in all is bounded over its passes, restarts and sessions, and what did not fit is reported."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from graders.errors import CallError
from graders.model import Outcome
from graders.notebooks.notebook import ExecCell
from graders.sandbox.host.account import Spent, SubmissionBudget, minutes, weight
from graders.sandbox.host.attempt import Attempt
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.limits import Limits

LIMITS = Limits(cell_cpu_seconds=20, call_cpu_seconds=20, sleep_seconds=20)
BURN = "import time\nend = time.process_time() + {}\nwhile time.process_time() < end:\n    pass\n"


@contextlib.contextmanager
def attempt(sandbox: Sandbox, *sources: str, **limits: Any) -> Iterator[Attempt]:
    """The sources executed as cells, under limits of which some are tight."""
    cells = [ExecCell(n, None, source) for n, source in enumerate(sources)]
    with sandbox.attempt(cells, 0, replace(LIMITS, **limits)) as made:
        yield made


def test_each_account_has_its_end() -> None:
    """Processor time, sleep and the clock, each with its own number; what is slow by nature is charged apart."""
    limits = Limits(
        submission_cpu_seconds=10, submission_sleep_seconds=5, submission_wall_seconds=60, submission_slow_seconds=100
    )
    for used, words in (
        ({"cpu": 11.0}, "the 10 seconds of processor time that a submission may use in all"),
        ({"asleep": 6.0}, "the 5 seconds of time to sleep"),
        ({"waited": 61.0}, "the 60 seconds of time on the clock"),
    ):
        account = SubmissionBudget(limits)
        account.charge(**used)
        with pytest.raises(Spent, match=f"was not finished, since {words}"):
            account.judge()
        assert account.spent is not None and words in account.spent
    account = SubmissionBudget(limits)
    account.begin(slowly=True)
    account.charge(cpu=90.0, waited=500.0)
    account.begin(slowly=False)
    account.charge(cpu=9.0)
    account.judge()
    with pytest.raises(Spent, match="long trainings"):
        account.begin(slowly=True)
        account.charge(cpu=20.0)
        account.judge()


def test_cells_may_use_half() -> None:
    """So that something is left for judging what they defined."""
    account = SubmissionBudget(Limits(submission_cpu_seconds=10))
    account.charge(cpu=6.0)
    account.judge()
    reason = account.used_up(0.5)
    assert reason is not None
    assert "since the 5 seconds of processor time that the cells of a submission may use in all were used up" in reason


def test_cells_that_use_too_much_in_all_cost_themselves(sandbox: Sandbox) -> None:
    """Those that were not reached say so; what the earlier ones defined is still judged."""
    cells = ("def f():\n    return 1", *[BURN.format(0.9)] * 6, "def g():\n    return 2")
    with attempt(sandbox, *cells, submission_cpu_seconds=6) as made:
        outcomes = [cell.outcome for cell in made.cells]
        cut = outcomes.index(Outcome.TIMEOUT)
        assert 3 <= cut <= 5
        assert set(outcomes[:cut]) == {Outcome.PASSED} and set(outcomes[cut:]) == {Outcome.TIMEOUT}
        assert "since the 3 seconds of processor time that the cells of a submission" in str(made.cells[-1].message)
        assert made.account.spent is not None
        with made.session() as session:
            assert session.call("f") == 1
            with pytest.raises(CallError, match="`g` is not defined, because its cell was not finished"):
                session.call("g")


def test_two_hundred_sleeping_cells(sandbox: Sandbox) -> None:
    """They are not slept through one after the other, with or without restarts."""
    sleeping = "import time\ntime.sleep(0.4)"
    with attempt(sandbox, "def f():\n    return 1", *[sleeping] * 200, submission_sleep_seconds=2) as made:
        assert made.cells[-1].outcome is Outcome.TIMEOUT and "of time to sleep" in str(made.cells[-1].message)
        assert made.account.asleep < 4


def test_restarts_are_charged_too(sandbox: Sandbox) -> None:
    """A notebook whose cells end their process again and again does not begin from nothing each time."""
    dying = ["import os\nos._exit(0)"] * 10
    with attempt(sandbox, BURN.format(0.6), *dying, submission_cpu_seconds=6) as made:
        assert "processor time that the cells" in str(made.cells[-1].message)
        assert made.account.cpu < 8


def test_once_all_is_spent_nothing_is_tried_any_more(sandbox: Sandbox) -> None:
    """The call says so, and so does every later one, in every session, at once."""
    source = (
        "def f():\n" + "\n".join("    " + line for line in BURN.format(5).splitlines()) + "\ndef g():\n    return 2"
    )
    with attempt(sandbox, source, submission_cpu_seconds=2) as made:
        with made.session() as session, pytest.raises(CallError, match="`f` was not finished, since the 2 seconds"):
            session.call("f")
        for _ in range(3):
            with pytest.raises(CallError, match="This was not tried: your code") as refused, made.session() as session:
                session.call("g")
            assert refused.value.outcome is Outcome.TIMEOUT
        assert made.account.cpu < 4


def test_a_cell_that_takes_all_there_is(sandbox: Sandbox) -> None:
    """Where one cell takes all that there is, every cell and every session says so."""
    with attempt(sandbox, "n = 1", BURN.format(9), submission_cpu_seconds=1.5) as made:
        assert made.cells[-1].outcome is Outcome.TIMEOUT
        with (
            pytest.raises(CallError, match="This was not tried: your code was not finished"),
            made.session() as session,
        ):
            session.value("n")


def test_outputs_of_all_cells_are_bounded(sandbox: Sandbox) -> None:
    """What there is no room for is left out, with a sentence; every cell still runs, and small ones still show."""
    loud = "print('x' * 300_000)"
    cells = [loud] * 60 + ["print('the end')"]
    with attempt(sandbox, *cells, output_kb=400, submission_output_kb=1000) as made:
        assert all(cell.outcome is Outcome.PASSED for cell in made.cells)
        assert weight([cell.outputs for cell in made.cells]) < 1200 * 1024
        assert "is left out" in str(made.cells[10].outputs) or "are kept" in str(made.cells[10].outputs)
        assert "the end" in str(made.cells[-1].outputs)


@pytest.mark.parametrize(("seconds", "words"), [(1, "1 second"), (90, "90 seconds"), (1800, "30 minutes")])
def test_time_is_told_in_words(seconds: float, words: str) -> None:
    """As a person would say it."""
    assert minutes(seconds) == words
