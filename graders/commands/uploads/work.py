"""`graders work`: grades what students upload, on this machine or on a cluster, for as long as it is let."""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from graders.archive.store import Store, open_store
from graders.catalog import loader
from graders.catalog.course import find_root, settings_of
from graders.commands.datasets import prepared_data
from graders.errors import UsageError
from graders.lti.scores import outbox
from graders.queue.crew import Crew
from graders.queue.events import event, log_to
from graders.queue.examine import HandedOut
from graders.queue.jobs import ClaimedJob, Jobs
from graders.queue.rules import Stage, UploadRules, upload_rules
from graders.queue.stages import staged
from graders.runners.cluster import Elsewhere
from graders.runners.local import GradingRun, workers
from graders.runners.pool import die_with

NONE = "{assignment} takes no uploads: give its assignment.toml a table [uploads], which may be empty."
NO_LATER = "[uploads] in assignment.toml of {assignment} names no profile for later, so that nothing waits for this."


def work(
    *,
    assignment: str,
    out: Path,
    database: str | None = None,
    jobs: int | None = None,
    later: bool = False,
    once: bool = False,
    again: bool = False,
    data: Path | None = None,
    device: str | None = None,
    crew: str | None = None,
    parent: int | None = None,
    cluster: Elsewhere | None = None,
) -> int:
    """Work through the queue until a signal comes; the exit status.

    Args:
        later: whether to do what waits for a machine of its own, and nothing else.
        once: whether to end as soon as nothing waits.
        again: whether to do first what was done before, and failed for a fault of ours.
        crew: its name; one that another had before it takes over what that one was at.
        parent: the process with which this one ends.
        cluster: where it is graded; on this machine when None.

    Raises:
        GradersError: nothing can be graded here.
    """
    if parent is not None:
        die_with(parent)
    log_to()
    root = find_root()
    rules = rules_of(assignment, root)
    if later and rules.later is None:
        raise UsageError(NO_LATER.format(assignment=assignment))
    loaded = loader.load(assignment, root)
    profile = rules.later if later and rules.later else loaded.default_profile
    parameters = dict(loaded.parameters(profile)) | ({"DEVICE": device} if device else {})
    loaded = loaded.prepared(profile, parameters, prepared_data(loaded, profile, data))
    stages = (Stage.LATER,) if later else (Stage.PUBLIC, Stage.WHOLE)
    with open_store(out, database) as store:
        course = GradingRun.of(loaded, root, profile, store.secret())
        factory = partial(staged, course)
        there = cluster.pool(factory, jobs, on_gpu=course.on_gpu) if cluster else None
        with nullcontext(there) if there else workers(course, factory, jobs) as pool:
            queue = _queue(store, assignment, crew)
            if again:
                event("again", jobs=queue.again())
            release = HandedOut.of(assignment, root, rules.most_mb)
            hands = Crew(queue, store, course, release, stages, once=once, on_done=_done)
            event("started", crew=queue.crew, stages=" ".join(stages), jobs=pool.jobs)
            stopped = hands.run(pool)
    event("ended", code=0 if stopped is None else 128 + stopped.number)
    return 0


def rules_of(assignment: str, root: Path) -> UploadRules:
    """What an assignment says of uploads.

    Raises:
        UsageError: it takes none.
    """
    rules = upload_rules(settings_of(assignment, root))
    if rules is None:
        raise UsageError(NONE.format(assignment=assignment))
    return rules


def _queue(store: Store, assignment: str, crew: str | None) -> Jobs:
    name = crew or f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    queue = Jobs(store.database, assignment, name, on_marks=partial(outbox.enqueue, store.database))
    if crew is not None:
        queue.let_go()
    return queue


def _done(job: ClaimedJob, how: str, seconds: float) -> None:
    event("graded", stage=job.stage.value, how=how, seconds=round(seconds, 2), tries=job.tries)
