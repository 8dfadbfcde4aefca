"""Delivers scores to gradebooks: again and again where it must, in order, each exactly once in effect."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from pylti1p3.assignments_grades import AssignmentsGradesService, TAssignmentsGradersData
from pylti1p3.exception import LtiException, LtiServiceException
from pylti1p3.grade import Grade
from pylti1p3.lineitem import LineItem

from graders.archive.marks import Marks
from graders.archive.settled import settled_class, settled_report
from graders.archive.store import Store
from graders.errors import GradersError
from graders.lti.platforms import Platforms
from graders.lti.scores import outbox
from graders.lti.scores.outbox import Outgoing, Score
from graders.lti.services import Connector, Tokens, with_ends
from graders.marking.late import LateRules
from graders.model import Report
from graders.report.clean import one_line, storable

FIRST, LONGEST = 15.0, 3600.0  # seconds until the second attempt, twice as many until each one after it, up to an hour
FOR_GOOD = frozenset({400, 403, 404, 405, 410, 413, 415, 422})  # answers that stay the same when one asks again
TRIES = 3  # such answers in a row until it is given up: some platforms say 403 or 404 while they are being mended
CONFLICTS = 3  # attempts with a later and later time
PAUSE = 5.0  # seconds between two looks at the outbox
GRACE = 5.0  # seconds that what is being sent has to arrive when the sender ends; else it is sent once more, later
ATTEMPT = {"https://canvas.instructure.com/lti/submission": {"new_submission": False}}  # to Canvas; ignored elsewhere
BROKEN = (requests.RequestException, KeyError, TypeError, ValueError, AttributeError)


class Sender:
    """Sends what waits in the outbox of a database.

    Args:
        rules: the late rules of an assignment.
        net: makes the session by which platforms are asked.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        store: Store,
        rules: Callable[[str], LateRules | None],
        *,
        net: Callable[[], requests.Session] = with_ends,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._rules, self._net, self._clock = store, rules, net, clock
        self._marks, self._platforms, self._tokens = Marks(store.database), Platforms(store.database), Tokens()
        self._seen: dict[str, tuple[int, ...]] = {}
        self._ends = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, assignments: Sequence[str], complain: Callable[[str], None] = print) -> None:
        """Look after the outbox in a thread, until `close`.

        Args:
            complain: what takes a sentence about what keeps it from its work.
        """

        def work() -> None:
            while not self._ends.wait(PAUSE):
                try:
                    self.look_around(assignments)
                    self.send_all()
                except GradersError as error:
                    complain(str(error))
                except Exception:  # noqa: BLE001 - a fault of ours around one score: those behind it go all the same
                    complain(
                        f"Scores were not sent for a fault of ours; they are tried again.\n{traceback.format_exc()}"
                    )

        self._thread = threading.Thread(target=work, name="scores", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End after what is being sent, or a little later where no answer comes."""
        self._ends.set()
        if self._thread is not None:
            self._thread.join(GRACE)

    def look_around(self, assignments: Sequence[str]) -> None:
        """Enqueue every score that is another one than has arrived, changed by anything: people, gradings, rules."""
        for assignment in assignments:
            version = (self._store.newest_turn(), *self._marks.version())
            if self._seen.get(assignment) == version:
                continue
            known = outbox.arrived(self._store.database, assignment)
            if known:
                settled = settled_class(self._store, assignment, self._rules(assignment))
                now = {storable(r.submission.student): score_of(r).as_text() for r in settled}
                changed = [s for s, texts in known.items() if s in now and any(text != now[s] for text in texts)]
                outbox.enqueue_all(self._store.database, assignment, changed)
            self._seen[assignment] = version

    def send_all(self) -> int:
        """Send what is due; how many scores were tried."""
        count = 0
        while not self._ends.is_set() and (one := outbox.claim(self._store.database, self._clock())):
            self._send(one)
            count += 1
        return count

    def _send(self, one: Outgoing) -> None:
        database = self._store.database
        score = self._score(one.assignment, one.student)
        if score is None or score.as_text() == one.arrived:
            outbox.arrive(database, one, one.arrived, one.stamp)
            return
        try:
            stamp = self._deliver(one, score)
        except LtiServiceException as error:
            self._refused(one, error.response)
        except LtiException as error:
            self._failed(one, f"It cannot be sent: {one_line(str(error), 200).rstrip('.')}.", for_good=True)
        except BROKEN as error:
            self._failed(one, _trouble(error))
        else:
            outbox.arrive(database, one, score.as_text(), stamp)

    def _deliver(self, one: Outgoing, score: Score) -> float:
        """Send a score with the time at which it is sent, or a later one where the platform knows one; that time."""
        platform = self._platforms.by_id(one.platform)
        if platform is None or not platform.deployments:
            raise LtiException("the platform is not registered here any more")
        stamp = max(self._clock(), one.stamp + 0.001)
        with self._net() as net:
            connector = Connector(platform.registration(self._platforms.keys.signing()), net, self._tokens)
            endpoint: TAssignmentsGradersData = {**one.endpoint}  # type: ignore[typeddict-item]
            service = AssignmentsGradesService(connector, endpoint)
            line = None if one.endpoint.get("lineitem") else _line(one.assignment, score)
            for attempt in range(1, CONFLICTS + 1):
                try:
                    service.put_grade(_grade(one, score, stamp), line)
                    break
                except LtiServiceException as error:
                    if error.response.status_code != 409 or attempt == CONFLICTS:
                        raise
                    stamp = max(self._clock(), stamp, _their_time(error.response) + 1.0) + 0.001
        return stamp

    def _refused(self, one: Outgoing, response: requests.Response) -> None:
        status = response.status_code
        if status == 401:
            self._tokens.forget()
        said = f"The platform answered {status} {one_line(response.reason or '', 60)}".rstrip() + "."
        asked = response.headers.get("Retry-After", "")
        wait = min(float(asked), LONGEST) if asked.isdecimal() else 0.0
        self._failed(one, said, for_good=status in FOR_GOOD, wait=wait)

    def _failed(self, one: Outgoing, said: str, *, for_good: bool = False, wait: float = 0.0) -> None:
        if for_good and one.tries + 1 >= TRIES:
            outbox.give_up(self._store.database, one, said)
            return
        wait = max(wait, min(FIRST * 2.0 ** min(one.tries, 20), LONGEST))
        outbox.postpone(self._store.database, one, said, self._clock() + wait)

    def _score(self, assignment: str, student: str) -> Score | None:
        """The score as it stands; None where nothing is graded."""
        found = self._store.latest(assignment, [student])
        if not found:
            return None
        ledger = self._marks.ledger(assignment, self._rules(assignment))
        return score_of(settled_report(self._store, found[0], ledger))


def score_of(report: Report) -> Score:
    """What a gradebook gets of a report: what was earned, with what lateness costs, within what there is to earn."""
    late = report.late.points if report.late else 0.0
    return Score(round(min(max(report.points - late, 0.0), report.possible), 4), report.possible, not report.pending)


def _grade(one: Outgoing, score: Score, stamp: float) -> Grade:
    made = Grade().set_score_given(score.given).set_score_maximum(score.possible).set_user_id(one.subject)
    made.set_timestamp(datetime.fromtimestamp(stamp, UTC).isoformat(timespec="milliseconds"))
    made.set_activity_progress("Completed").set_grading_progress("FullyGraded" if score.whole else "PendingManual")
    return made.set_extra_claims(ATTEMPT)


def _line(assignment: str, score: Score) -> LineItem:
    """A column of the gradebook, where the platform has made none for the activity."""
    return LineItem().set_tag(assignment).set_label(assignment).set_score_maximum(score.possible)


def _their_time(response: requests.Response) -> float:
    """What the platform's own clock says; nothing where it does not say."""
    try:
        return parsedate_to_datetime(response.headers.get("Date", "")).timestamp()
    except (TypeError, ValueError):
        return 0.0


def _trouble(error: Exception) -> str:
    """What is wrong, without what may be secret in it."""
    if isinstance(error, requests.Timeout):
        return "The platform does not answer in time."
    if isinstance(error, requests.RequestException):
        return "The platform cannot be reached."
    return "The platform's answer cannot be read."
