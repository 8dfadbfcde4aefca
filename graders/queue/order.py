"""Who is next: quick before slow, first feedback before whole reports, newest attempt first, fair by student."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from graders.queue.rules import Stage

RANK = {Stage.PUBLIC: 0, Stage.WHOLE: 1, Stage.LATER: 2}
FIRST_TRY = {Stage.PUBLIC: 3.0, Stage.WHOLE: 20.0}  # seconds, at least, before a job counts as slow
SLOW = 4.0  # times as long as others: so a job counts as slow


@dataclass(frozen=True)
class Waiting:
    """A job that nobody is at.

    Attributes:
        number: of the student's attempt.
        since: when it began to wait, in seconds.
        slow: whether a first try was broken off since it took long.
    """

    job: int
    student: str
    number: int
    stage: Stage
    since: float
    slow: bool = False


def first_try(stage: Stage, seconds: Sequence[float]) -> float | None:
    """After how many seconds of processor time a job is put behind all others; None where it never is.

    A notebook that loops must not keep others from their first feedback; where most of a class take long, none is slow.

    Args:
        seconds: how long the last ones of this stage took.
    """
    least = FIRST_TRY.get(stage)
    return None if least is None else max([least, *([SLOW * median(seconds)] if seconds else [])])


def lane(stage: Stage) -> str:
    """What a student has one running job of: quick work, and what waits for a machine of its own."""
    return "later" if stage is Stage.LATER else "quick"


def in_order(waiting: Iterable[Waiting], running: Iterable[tuple[str, Stage]], had: Mapping[str, int]) -> list[Waiting]:
    """The jobs in the order in which they will be done, as far as anybody knows now.

    A student's own jobs come one after the other: a stage before the next, the newest attempt first. Between students,
    anyone who has had less of late comes first, then anyone who has waited longer; and each stage of everybody comes
    before the next stage of anybody. What is known to be slow comes after all that is not.

    Args:
        running: students who have a job running, and of which stage.
        had: student -> how many of their jobs were done within the last hour.
    """
    own: dict[str, list[Waiting]] = {}
    for one in waiting:
        own.setdefault(one.student, []).append(one)
    busy = {(student, lane(stage)) for student, stage in running}
    ranked: list[tuple[tuple[bool, bool, int, int, float, int], Waiting]] = []
    for student, mine in own.items():
        first = {stage: min((one.since for one in mine if one.stage is stage), default=0.0) for stage in RANK}
        turns = dict.fromkeys(RANK, 0)
        for one in sorted(mine, key=lambda one: (one.slow, RANK[one.stage], -one.number)):
            behind = (student, lane(one.stage)) in busy
            turn = had.get(student, 0) + turns[one.stage]
            turns[one.stage] += 1
            ranked.append(((behind, one.slow, RANK[one.stage], turn, first[one.stage], one.job), one))
    return [one for _, one in sorted(ranked, key=lambda pair: pair[0])]


def next_of(
    waiting: Sequence[Waiting], running: Sequence[tuple[str, Stage]], had: Mapping[str, int], stages: Iterable[Stage]
) -> Waiting | None:
    """The job to do next of some stages; None where there is none, or only of students who have one running."""
    wanted, busy = set(stages), {(student, lane(stage)) for student, stage in running}
    free = [one for one in waiting if one.stage in wanted and (one.student, lane(one.stage)) not in busy]
    return next(iter(in_order(free, (), had)), None)
