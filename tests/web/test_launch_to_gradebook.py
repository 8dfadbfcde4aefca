"""From a click in the course to its gradebook: with a real server, a real browser, and HTTPS between all of them."""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browsing import chromium
from live_course import Served, free_port, made, serving
from lti_platform import TEACHER, FakePlatform
from lti_sites import NO_FOREIGN_COOKIES, certificate, platform_site
from playwright.sync_api import Frame, Page

from graders.archive.store import Store, open_store
from graders.archive.tables import jobs, uploads

PEOPLE = {"ana": {}, "ben": {"sub": "ben", "name": "Ben Okoro"}, "tia": TEACHER}


@contextmanager
def school(folder: Path) -> Iterator[tuple[Served, FakePlatform, Page]]:
    """Our server, a platform on another site, and a browser that lets no foreign cookie in."""
    lms, context = FakePlatform(), certificate(folder)
    port, at = free_port(), free_port()
    lms.host = lms.issuer = f"https://localhost:{at}"
    tool = f"https://127.0.0.1:{port}"
    made(folder, lms.platform())
    tls = ["--certificate", str(folder / "cert.pem"), "--key", str(folder / "key.pem"), "--url", tool, "--jobs", "1"]
    known = {"REQUESTS_CA_BUNDLE": str(folder / "cert.pem")}
    people = {name: {"https://purl.imsglobal.org/spec/lti/claim/custom": {"assignment": "demo"}, **said}
              for name, said in PEOPLE.items()}  # fmt: skip
    with (
        platform_site(lms, tool, context, people, at),
        serving(folder, port, *tls, **known) as served,
        chromium(NO_FOREIGN_COOKIES) as browser,
    ):
        opened = browser.new_context(ignore_https_errors=True, viewport={"width": 1200, "height": 900})
        opened.set_default_timeout(60_000)
        yield served, lms, opened.new_page()


def launched(page: Page, lms: FakePlatform, name: str) -> Frame:
    """The frame in which the course shows our page to somebody."""
    page.context.clear_cookies()
    page.goto(f"{lms.host}/?as={name}")
    (frame,) = page.main_frame.child_frames
    frame.wait_for_selector("h1")
    return frame


def hand_in(frame: Frame, notebook: Path) -> None:
    """Choose a file, and hand it in."""
    frame.set_input_files("#file", notebook)
    frame.click("form.card button")
    frame.wait_for_selector("text=Attempt 1")


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_from_launch_to_gradebook_and_a_stop_in_between(tmp_path: Path) -> None:
    """A student hands in, sees public checks, then the report; the score stands in the gradebook; the teacher sees the
    class. The server is stopped while another one waits: it ends at once with all its processes, and nothing is lost.
    """
    with school(tmp_path) as (served, lms, page):
        work = tmp_path / "course/submissions/demo"
        frame = launched(page, lms, "ana")
        assert frame.text_content("h1") == "Hand in"
        hand_in(frame, work / "correct/demo.ipynb")
        frame.wait_for_selector("text=1 of 1 public checks pass")
        frame.wait_for_selector("text=The report of attempt 1")
        frame.click("text=The report of attempt 1")
        frame.wait_for_selector("text=Scores in the thousands", state="attached")
        frame = launched(page, lms, "tia")
        assert frame.url.endswith("/class") and "Ana Silva" in (frame.text_content("main") or "")
        assert lms.scored.wait(60)
        (score,) = lms.scores
        assert (score["userId"], score["scoreGiven"], score["scoreMaximum"]) == ("ana", 3.0, 4.0)
        frame = launched(page, lms, "ben")
        hand_in(frame, work / "one_sum_for_all/demo.ipynb")
        family = [os.pidfd_open(pid) for pid in served.tree()]
        assert len(family) >= 4
        served.process.send_signal(signal.SIGTERM)
        assert served.ended() == 0
        for process in family:
            assert select.select([process], [], [], 30)[0], "a process has outlived the server"
            os.close(process)
        assert {"event": "ended", "code": 128 + signal.SIGTERM}.items() <= served.lines[-1].items()
    with open_store(tmp_path / "out") as store:
        found = kept(store)
        assert found["Ana"] == ["done", "done"] and len(found["Ben"]) == 2 and set(found["Ben"]) <= {"waiting", "done"}


def kept(store: Store) -> dict[str, list[str]]:
    """The states of each student's jobs."""
    found: dict[str, list[str]] = {}
    query = uploads.select().join(jobs, jobs.c.upload == uploads.c.id)
    with store.database.read() as connection:
        for student, state in connection.execute(query.with_only_columns(uploads.c.student, jobs.c.state)):
            found.setdefault(student.split()[0], []).append(state)
    return found
