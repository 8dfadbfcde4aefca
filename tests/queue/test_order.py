"""The order of the queue: first feedback first, newest first, fair by student."""

from graders.queue.order import FIRST_TRY, SLOW, Waiting, first_try, in_order, next_of
from graders.queue.rules import Stage

PUBLIC, WHOLE, LATER = Stage


def names(*waiting: Waiting, **more: object) -> list[tuple[str, int, Stage]]:
    """Students, attempts and stages in their order."""
    found = in_order(waiting, more.get("running", ()), more.get("had", {}))  # type: ignore[arg-type]
    return [(one.student, one.number, one.stage) for one in found]


def test_first_feedback_goes_before_whole_reports() -> None:
    """Also before those of students who have waited longer."""
    old, new = Waiting(1, "ada", 1, WHOLE, 0.0), Waiting(2, "bob", 1, PUBLIC, 9.0)
    assert names(old, new) == [("bob", 1, PUBLIC), ("ada", 1, WHOLE)]


def test_a_student_s_newest_attempt_is_first() -> None:
    """The older ones are done, too, after it."""
    made = [Waiting(n, "ada", n, PUBLIC, float(n)) for n in (1, 2, 3)]
    assert [number for _, number, _ in names(*made)] == [3, 2, 1]


def test_many_attempts_of_one_student_delay_the_others_by_one() -> None:
    """Ten attempts of ada, then one of bob: bob is second, though they came before."""
    made = [Waiting(n, "ada", n, PUBLIC, float(n)) for n in range(1, 11)]
    assert [name for name, _, _ in names(*made, Waiting(11, "bob", 1, PUBLIC, 99.0))].index("bob") == 1


def test_anyone_who_has_had_less_comes_first() -> None:
    """Within the hour; between equals anyone who has waited longer."""
    ada, bob, cyd = (Waiting(n, name, 1, PUBLIC, float(n)) for n, name in enumerate(("ada", "bob", "cyd")))
    assert [name for name, _, _ in names(cyd, bob, ada, had={"ada": 3})] == ["bob", "cyd", "ada"]


def test_waiting_with_a_newer_attempt_costs_no_place() -> None:
    """A student who hands in again waits since the first of the attempts that wait."""
    ada = [Waiting(1, "ada", 1, PUBLIC, 0.0), Waiting(3, "ada", 2, PUBLIC, 2.0)]
    assert names(*ada, Waiting(2, "bob", 1, PUBLIC, 1.0))[0] == ("ada", 2, PUBLIC)


def test_one_running_job_a_student() -> None:
    """While a job of ada's runs, hers wait; work on a GPU is counted apart."""
    ada, later = Waiting(1, "ada", 2, PUBLIC, 0.0), Waiting(2, "ada", 1, LATER, 0.0)
    assert next_of([ada], [("ada", WHOLE)], {}, Stage) is None
    assert next_of([ada], [("ada", LATER)], {}, Stage) == ada
    assert next_of([later], [("ada", WHOLE)], {}, Stage) == later
    assert next_of([ada], [("bob", PUBLIC)], {}, Stage) == ada
    assert next_of([ada], [], {}, [LATER]) is None


def test_what_takes_long_comes_after_all_that_does_not() -> None:
    """Whatever the stage, and however long it has waited; among themselves the slow ones keep the usual order."""
    slow = [Waiting(n, "ada" if n < 2 else "eve", 1, stage, 0.0, slow=True) for n, stage in ((1, WHOLE), (2, PUBLIC))]
    quick = Waiting(3, "bob", 1, WHOLE, 9.0)
    assert [name for name, _, _ in names(*slow, quick)] == ["bob", "eve", "ada"]
    assert next_of([*slow, quick], [], {}, Stage) == quick


def test_a_first_try_is_as_long_as_a_class_needs() -> None:
    """At least some seconds, else a few times what others take; training on a machine of its own has no end."""
    assert first_try(PUBLIC, []) == FIRST_TRY[PUBLIC] == first_try(PUBLIC, [0.2] * 9 + [500.0])
    assert first_try(WHOLE, [60.0, 50.0, 70.0]) == SLOW * 60
    assert first_try(LATER, [5.0]) is None
