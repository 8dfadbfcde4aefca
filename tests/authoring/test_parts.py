"""Partial marks: the parts of an answer that hold keep their share, and the first finding says what does not."""

import pytest

from graders import Failed, Parts


def collected(*wrong: bool) -> Parts:
    """Parts of which some are wrong."""
    parts = Parts()
    for place, bad in enumerate(wrong):
        with parts.part():
            if bad:
                raise Failed(f"part {place} is wrong", keep=0.9, evidence={"place": place})
    return parts


def test_nothing_is_raised_where_all_parts_hold() -> None:
    """Nor where there are none."""
    collected(False, False).settle()
    Parts().settle()


@pytest.mark.parametrize(
    ("wrong", "keep"),
    [((True,), 0.0), ((False, True), 0.5), ((True, True), 0.0), ((False, True, False, True), 0.5)],
)
def test_the_parts_that_hold_keep_their_share(wrong: tuple[bool, ...], keep: float) -> None:
    """Whatever a single finding would have kept."""
    with pytest.raises(Failed) as failed:
        collected(*wrong).settle()
    assert failed.value.keep == keep
    assert failed.value.finding == f"part {wrong.index(True)} is wrong"


def test_another_share_and_evidence_may_be_given() -> None:
    """The evidence is added to that of the finding."""
    with pytest.raises(Failed) as failed:
        collected(False, True).settle(keep=0.8, evidence={"seen": 3})
    assert failed.value.keep == 0.8 and failed.value.evidence == {"place": 1, "seen": 3}


def test_a_part_with_a_name_may_be_looked_at_more_than_once() -> None:
    """It is one part, whose first finding counts; the others are not blamed."""
    parts = Parts()
    for step in range(3):
        with parts.part("states"):
            if step > 0:
                raise Failed(f"state {step} is wrong")
        with parts.part("outputs"):
            assert parts.wrong("states") == (step > 0)
    assert not parts.wrong("outputs") and not parts.wrong("others")
    with pytest.raises(Failed, match="state 1 is wrong") as failed:
        parts.settle()
    assert failed.value.keep == 0.5


def test_other_exceptions_are_no_findings() -> None:
    """A fault of the check's author goes through."""
    parts = Parts()
    with pytest.raises(ZeroDivisionError), parts.part():
        raise ZeroDivisionError
