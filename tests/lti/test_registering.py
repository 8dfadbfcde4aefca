"""Dynamic registration: a platform that was invited introduces itself, once, as itself, over https."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lti_platform import AGS, TOOL, FakePlatform, Student, tool

from graders.lti.registering import invite


@pytest.fixture
def home() -> FakePlatform:
    """The platform that launches."""
    return FakePlatform()


@pytest.fixture
def app(tmp_path: Path, home: FakePlatform) -> Iterator[Any]:
    """Our pages, which a platform may launch."""
    with tool(tmp_path, home, students=2) as made:
        yield made


def test_a_platform_introduces_itself_once(app: Any, home: FakePlatform) -> None:
    """By an invitation, over https, and as itself alone; then it may launch."""
    new = FakePlatform("new", "client-new")
    app.state.net.platforms["new.test"] = new
    database = app.state.store.database
    token = invite(database)
    visitor = Student(app)
    asked = {"invitation": token, "openid_configuration": "https://new.test/openid", "registration_token": "t1"}
    page = visitor.get("/lti/register", params=asked)
    assert page.status_code == 200 and "may launch these pages now" in page.text
    assert new.registered["initiate_login_uri"] == f"{TOOL}/lti/login"
    assert AGS + "scope/score" in new.registered["scope"].split()
    assert [one.headers["Authorization"] for one in new.asked if one.method == "POST"] == ["Bearer t1"]
    assert Student(app).launch(new).status_code == 303
    for changes in ({}, {"invitation": "x"}, {"invitation": invite(database), "openid_configuration": "http://a.test"}):
        assert visitor.get("/lti/register", params=asked | changes).status_code == 400
    liar = FakePlatform("liar", "client-1", issuer=home.issuer)
    app.state.net.platforms["liar.test"] = liar
    lie = {"invitation": invite(database), "openid_configuration": "https://liar.test/openid"}
    assert visitor.get("/lti/register", params=lie).status_code == 400
    assert [p.keys for p in app.state.door.platforms.of_issuer(home.issuer)] == ["https://lms.test/keys"]
