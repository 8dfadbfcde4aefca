"""`graders lti`: platforms are let in by hand or by invitation, listed, and tried."""

from pathlib import Path
from typing import NoReturn

import pytest
import requests
from lti_platform import FakePlatform, Net

from graders.archive.store import open_store
from graders.cli import main
from graders.commands.marking import lti
from graders.lti.courses import Courses
from graders.lti.launching import Door
from graders.lti.platforms import Platforms
from graders.lti.registering import introduce
from graders.lti.services import with_ends


def ran(capsys: pytest.CaptureFixture[str], out: Path, *arguments: str) -> tuple[int, str]:
    """Exit status and output of a command."""
    status = main(["lti", *arguments, "--out", str(out)])
    said = capsys.readouterr()
    return status, said.out + said.err


def test_a_platform_is_let_in_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Moodle by its site, Canvas by its name, any other by its addresses; a deployment is added to those there were."""
    assert ran(capsys, tmp_path, "platforms")[1].startswith("No platform is registered")
    status, said = ran(
        capsys, tmp_path, "register", "--moodle", "https://m.test/", "--client", "abc", "--deployment", "1",
        "--url", "https://marks.test/",
    )  # fmt: skip
    assert status == 0 and "https://marks.test/lti/login" in said and "https://marks.test/lti/keys" in said
    assert "every launch is refused" in ran(capsys, tmp_path, "register", "--canvas", "--client", "7")[1]
    canvas = ("--issuer", "https://canvas.instructure.com", "--client", "7")
    assert ran(capsys, tmp_path, "register", *canvas, "--deployment", "d1")[0] == 0
    assert ran(capsys, tmp_path, "register", *canvas, "--deployment", "d2")[0] == 0
    addresses = [f"--{name}=https://o.test/{name}" for name in ("login", "token", "keys")]
    assert ran(capsys, tmp_path, "register", "--client", "o", "--issuer", "https://o.test", *addresses)[0] == 0
    listed = ran(capsys, tmp_path, "platforms")[1]
    assert "deployments: d1, d2" in listed and "Moodle: https://m.test, client abc" in listed
    with open_store(tmp_path) as store:
        moodle, cloud, _ = Platforms(store.database).all()
    assert moodle.keys == "https://m.test/mod/lti/certs.php" and cloud.login.startswith("https://sso.canvaslms.com/")


def test_what_is_missing_or_unsafe_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In one sentence, status 2, and nothing is kept."""
    for arguments, words in (
        (["register"], "--url"),
        (["register", "--url", "http://marks.test"], "https://"),
        (["register", "--client", "x", "--issuer", "https://a.test"], "--login, --token, --keys"),
        (["register", "--moodle", "http://m.test", "--client", "x"], "https://"),
        (["register", "--moodle", "file:///etc", "--client", "x"], "https://"),
        (["test"], "No platform is registered"),
    ):
        status, said = ran(capsys, tmp_path, *arguments)
        assert status == 2 and words in said and said.count("\n") == 1, arguments
    assert "No platform" in ran(capsys, tmp_path, "platforms")[1]


def test_an_invitation_is_one_address(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By which one platform registers itself."""
    said = ran(capsys, tmp_path, "register", "--url", "https://marks.test/")[1]
    token = said.partition("https://marks.test/lti/register?invitation=")[2].strip()
    lms = FakePlatform()
    with open_store(tmp_path) as store:
        asked = {"openid_configuration": f"{lms.host}/openid"}
        made = introduce(store.database, token, asked, "https://marks.test", Net(lms).on(with_ends))
    assert made.deployments == ("1",) and made.client == "client-1"


def test_platforms_are_tried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys, a token, rosters: what works has a tick, what does not its reason, and the status is 1."""
    lms = FakePlatform()
    net = Net(lms).on(with_ends)
    monkeypatch.setattr(lti, "Door", lambda database, offered: Door(database, offered, net))
    with open_store(tmp_path) as store:
        known = Platforms(store.database).register(lms.platform())
        deployment = Platforms(store.database).deployment(known, "1")
        assert deployment is not None
        Courses(store.database).arrive(deployment, "c1", "Deep learning", f"{lms.host}/members")
    lms.members = [{"user_id": "ana", "name": "Ana", "roles": ["Learner"]}]
    status, said = ran(capsys, tmp_path, "test")
    assert status == 0 and said.count("✓") == 3 and "the roster of Deep learning" in said
    assert "course 1: Deep learning, 1 students" in ran(capsys, tmp_path, "platforms")[1]
    lms.members[0]["roles"] = 7
    lms.down = unreachable
    status, said = ran(capsys, tmp_path, "test")
    assert status == 1 and said.count("✗") == 3 and "cannot be reached" in said


def unreachable() -> NoReturn:
    """What a platform says that is down."""
    raise requests.ConnectionError("nobody is there")


def test_a_platform_is_removed_by_its_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The list has it no more; a number that is none is one sentence."""
    for site in ("https://m.test", "https://n.test"):
        assert ran(capsys, tmp_path, "register", "--moodle", site, "--client", "abc", "--deployment", "1")[0] == 0
    status, said = ran(capsys, tmp_path, "platforms", "remove", "1")
    assert status == 0 and "Moodle (https://m.test, client abc) is removed" in said
    listed = ran(capsys, tmp_path, "platforms")[1]
    assert "n.test" in listed and "m.test" not in listed
    assert ran(capsys, tmp_path, "platforms", "remove", "1") == (
        2,
        "There is no platform 1; graders lti platforms lists them.\n",
    )


def test_keys_are_rotated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The list says which signs and which will; where somebody has seen one, a single one is left."""
    assert ran(capsys, tmp_path, "keys")[1].endswith("  signs\n")
    assert "signs from 20" in ran(capsys, tmp_path, "keys", "rotate")[1]
    first, second = ran(capsys, tmp_path, "keys")[1].splitlines()
    assert first.endswith("  signs") and "  signs from 20" in second
    assert "no other one is good any more" in ran(capsys, tmp_path, "keys", "rotate", "--at-once")[1]
    (only,) = ran(capsys, tmp_path, "keys")[1].splitlines()
    assert only.endswith("  signs") and only.split()[0] not in first + second
