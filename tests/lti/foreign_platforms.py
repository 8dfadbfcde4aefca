"""Launches, scores, rosters and deep links with platforms that others wrote: `make test-lti`.

They run in an environment of their own, whose Python is named in LTI_PYTHON, and are asked over loopback.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from lti_platform import TOOL, Student, tool
from web_clients import field
from written_answers import graded

from graders.lti.platforms import Platform, public_of
from graders.lti.scores.sender import Sender
from graders.lti.services import with_ends

PROGRAMS = Path(__file__).parents[1] / "foreign"
PYTHON = os.environ["LTI_PYTHON"]


class Foreign:
    """A platform that others wrote, and the browser of somebody there."""

    def __init__(self, app: Any, said: dict[str, str]) -> None:
        self.app, self.base = app, said["issuer"]
        self.platform = app.state.door.platforms.register(
            Platform(
                "foreign",
                *(said[name] for name in ("issuer", "client", "login", "token", "keys")),
                deployments=(said["deployment"],),
            )
        )

    def get(self, path: str, **asked: str) -> Any:
        """What the platform says."""
        answer = requests.get(self.base + path, asked, timeout=60)
        assert answer.ok, answer.text[-2000:]
        return answer.json()

    def launch(self, user: str, role: str, name: str, **more: str) -> tuple[Student, str]:
        """A click in the course; the browser, and the page that opens."""
        browser = Student(self.app)
        url = urlsplit(self.get("/start", user=user, role=role, name=name, **more)["url"])
        first = browser.client.get(f"{url.path}?{url.query}", follow_redirects=False)
        assert first.status_code == 302, first.text
        message = requests.get(first.headers["location"], timeout=60).json()
        form = {"id_token": message["id_token"], "state": message["state"]}
        second = browser.client.post("/lti/launch", data=form, follow_redirects=False, headers={"Origin": self.base})
        assert second.status_code == 303, second.text
        return browser, second.headers["location"]


@contextmanager
def running(folder: Path, program: str) -> Iterator[Foreign]:
    """A platform at work, and our pages next to it."""
    with tool(folder, students=1) as app:
        key = app.state.door.platforms.keys.signing()
        (folder / "key.pem").write_text(public_of(key), "utf-8")
        (folder / "keys.json").write_text(json.dumps(Student(app).client.get("/lti/keys").json()), "utf-8")
        keys = folder / ("key.pem" if program == "open_edx" else "keys.json")
        command = [PYTHON, PROGRAMS / f"{program}.py", TOOL, keys]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                app.state.door.net = with_ends
                yield Foreign(app, json.loads(process.stdout.readline()))
            finally:
                process.terminate()
                process.wait(timeout=20)


@pytest.fixture(scope="module", params=["open_edx", "lti1p3_platform"])
def foreign(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Foreign]:
    """Each platform in turn."""
    with running(tmp_path_factory.mktemp("foreign"), request.param) as made:
        yield made


def test_launches_and_scores(foreign: Foreign) -> None:
    """A student's mark stands in the gradebook, and the changed one after it; the instructor is on the class page."""
    _, opened = foreign.launch("ana", "student", "Ana Silva")
    assert opened == "/submit/course"
    tia, opened = foreign.launch("tia", "instructor", "Tia Reis")
    assert opened == "/class"
    store = foreign.app.state.store
    (ana,) = foreign.app.state.door.courses.members(1, "student")
    store.keep(graded(ana, questions=graded(ana).questions[1:]))
    sender = Sender(store, lambda _: None)
    sender.look_around(["course"])
    sender.send_all()
    assert foreign.get("/scores")[-1] == ["ana", 1.5, 2.0, "FullyGraded"]
    store.keep(graded(ana))
    sender.look_around(["course"])
    sender.send_all()
    assert foreign.get("/scores")[-1] == ["ana", 1.5, 3.0, "PendingManual"]
    assert ana in tia.get("/students").text and "1 scores have arrived" in tia.get("/scores").text


def test_deep_linking(foreign: Foreign) -> None:
    """The platform takes the activity that an instructor has picked."""
    tia, opened = foreign.launch("tia", "instructor", "Tia Reis", message="LtiDeepLinkingRequest")
    assert opened == "/pick"
    tia.get("/pick")
    token = field(tia.post("/pick", assignment="course", due="2026-12-24T18:00").text, "JWT")
    (item,) = foreign.get("/picked", JWT=token or "")
    assert (item["type"], item["url"], item["lineItem"]["scoreMaximum"]) == (
        "ltiResourceLink",
        f"{TOOL}/lti/launch",
        3.0,
    )
    assert item["submission"] == {"endDateTime": "2026-12-24T18:00:00+00:00"}


def test_rosters(tmp_path: Path) -> None:
    """Everybody who is in the course, and a student who comes afterwards is one of them."""
    with running(tmp_path, "lti1p3_platform") as foreign:
        tia, _ = foreign.launch("tia", "instructor", "Tia Reis")
        tia.get("/scores")
        assert "2 students are known" in tia.post("/scores/roster", activity="1").text
        before = foreign.app.state.door.courses.members(1, "student")
        foreign.launch("ana", "student", "Ana Silva")
        assert foreign.app.state.door.courses.members(1, "student") == before
