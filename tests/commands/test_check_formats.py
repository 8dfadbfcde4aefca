"""`graders check --format`: what CI systems and GitHub Classroom's reporter get of a student's public checks."""

import base64
import json
from pathlib import Path
from xml.etree import ElementTree as xml

import jsonschema
import pytest
from lms_schemas import GITHUB
from sample_reports import verdict

from graders.commands import check as command
from graders.model import Outcome, QuestionReport


@pytest.fixture(autouse=True)
def two_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook of one question, worth 3 in all, of whose two public checks one passes."""
    checks = (verdict("a", Outcome.PASSED, 0.5, 0.5, public=True), verdict("b", Outcome.FAILED, 0.0, 0.25, public=True))
    found = [QuestionReport("q", "Q", checks, 3.0)]
    monkeypatch.setattr(command, "check_notebook", lambda notebook, questions: found)


def test_the_reporter_gets_points_of_the_public_checks(capsys: pytest.CaptureFixture[str]) -> None:
    """One line in base 64; the most is what public checks are worth, and the exit status still says that one failed."""
    assert command.check(Path("practical09.ipynb"), (), "github") == 1
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(base64.b64decode(line))
    jsonschema.validate(told, GITHUB)
    assert (told["status"], told["max_score"], sum(test["score"] for test in told["tests"])) == ("fail", 0.75, 0.5)


def test_any_ci_gets_junit(capsys: pytest.CaptureFixture[str]) -> None:
    """A suite of two cases, of which one failed."""
    command.check(Path("practical09.ipynb"), (), "junit")
    (suite,) = xml.fromstring(capsys.readouterr().out).findall("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")


def test_right_and_wrong_differ_where_there_are_no_ticks() -> None:
    """In a file that Windows writes in its own encoding, and in ASCII; elsewhere lines stay as they are."""
    lines = "✓ one\n✗ two\n– “three”"
    for encoding in ("cp1252", "cp437", "ascii"):
        assert command.in_signs_of(encoding, lines) == '+ one\nx two\n- "three"'
    assert command.in_signs_of("utf-8", lines) == command.in_signs_of(None, lines) == lines
