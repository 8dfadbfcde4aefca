"""Deep linking: an instructor picks an assignment, and the platform learns of an activity, signed by us."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from lti_platform import DL, LTI, TEACHER, TOOL, FakePlatform, Student, tool
from web_clients import field

from graders.lti.linking import Offer


@pytest.fixture
def home() -> FakePlatform:
    """The platform that launches."""
    return FakePlatform()


@pytest.fixture
def app(tmp_path: Path, home: FakePlatform) -> Iterator[Any]:
    """Our pages, which a platform may launch."""
    with tool(tmp_path, home, students=2) as made:
        yield made


PICKING = {
    LTI + "message_type": "LtiDeepLinkingRequest", LTI + "resource_link": None,
    DL + "deep_linking_settings": {
        "deep_link_return_url": "https://lms.test/picked", "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe"], "data": "opaque",
    },
}  # fmt: skip


def picked(page: Any) -> dict[str, Any]:
    """What the platform gets, signed by us."""
    token = field(page.text, "JWT")
    assert token
    return dict(jwt.decode(token, options={"verify_signature": False}))


def test_an_instructor_picks_an_assignment(app: Any, home: FakePlatform) -> None:
    """The answer is signed by our key, names course and data, and makes an activity with a column for its marks."""
    tia = Student(app)
    assert tia.launch(home, **TEACHER, **PICKING).headers["location"] == "/pick"
    assert "A course of essays" in tia.get("/pick").text
    assert tia.post("/pick", assignment="nothing").status_code == 400
    assert tia.post("/pick", assignment="course", due="when it rains").status_code == 400
    tia.get("/pick")
    page = tia.post("/pick", assignment="course", due="2026-12-24T18:00", marks="held")
    assert 'action="https://lms.test/picked"' in page.text
    assert "form-action https://lms.test" in page.headers["content-security-policy"]
    token = field(page.text, "JWT") or ""
    keys = tia.client.get("/lti/keys").json()["keys"]
    key = next(jwt.PyJWK(k) for k in keys if k["kid"] == jwt.get_unverified_header(token)["kid"])
    said = jwt.decode(token, key, ["RS256"], audience=home.issuer, issuer=home.client)
    assert said[LTI + "deployment_id"] == "1" and said[DL + "data"] == "opaque"
    (item,) = said[DL + "content_items"]
    assert item["lineItem"] == {"scoreMaximum": 3.0, "label": "A course of essays", "resourceId": "course",
                                "tag": "course"}  # fmt: skip
    assert item["url"] == f"{TOOL}/lti/launch" and item["custom"] == {"assignment": "course", "marks": "held"}
    assert item["submission"] == {"endDateTime": "2026-12-24T18:00:00+00:00"}
    assert "d" not in keys[0] and json.dumps(keys).count("kty") == 1


def test_a_due_date_of_the_assignment_s_own_comes_first(app: Any, home: FakePlatform) -> None:
    """It is what takes points; what the calendar shows is the same."""
    due = datetime(2026, 12, 1, tzinfo=UTC)
    object.__setattr__(app.state.lti, "offers", (Offer("course", "Essays", 3.0, due),))
    tia = Student(app)
    tia.launch(home, **TEACHER, **PICKING)
    assert 'type="datetime-local"' not in tia.get("/pick").text
    (item,) = picked(tia.post("/pick", assignment="course", due="2027-01-01T00:00"))[DL + "content_items"]
    assert item["submission"] == {"endDateTime": "2026-12-01T00:00:00+00:00"}


def test_only_who_teaches_may_pick(app: Any, home: FakePlatform) -> None:
    """And only in a launch for it; the good one is tried above."""
    assert Student(app).launch(home, **PICKING).status_code == 400
    spoilt = PICKING | {DL + "deep_linking_settings": None}
    assert Student(app).launch(home, **TEACHER, **spoilt).status_code == 400
    tia = Student(app)
    assert tia.launch(home, **TEACHER).status_code == 303
    assert tia.get("/pick").status_code == 404
