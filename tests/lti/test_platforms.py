"""Platforms that are removed: nobody comes in, who is in goes, scores wait; and all is there when they are back."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from lti_platform import TEACHER, FakePlatform, Student, tool
from score_post import Post, given

from graders.archive.migrating import STEPS
from graders.archive.store import open_store
from graders.archive.tables import settings
from graders.errors import UsageError
from graders.lti.platforms import Platforms


def test_a_removed_platform_launches_nothing_and_its_people_are_signed_out(tmp_path: Path) -> None:
    """Another platform's people stay; when it is back, students find what is theirs, and are nobody else."""
    home, other = FakePlatform(), FakePlatform("other", "client-2")
    with tool(tmp_path, home, other, students=2) as app:
        platforms = app.state.door.platforms
        tia, tom = Student(app), Student(app)
        assert tia.launch(home, **TEACHER).status_code == tom.launch(other, **TEACHER).status_code == 303
        assert tia.get("/class").status_code == tom.get("/class").status_code == 200
        before = app.state.door.courses.members(1)
        platforms.remove(platforms.find(home.issuer, home.client).id)
        assert tia.client.get("/class", follow_redirects=False).status_code == 303
        assert tom.get("/class").status_code == 200
        again = tia.client.post(
            "/lti/login", data={"iss": home.issuer, "login_hint": "u1", "client_id": home.client,
                                "target_link_uri": "https://marking.test/lti/launch"}
        )  # fmt: skip
        assert again.status_code == 400 and "is not registered here" in again.text
        assert [one.issuer for one in platforms.all()] == [other.issuer]
        platforms.register(home.platform())
        assert tia.launch(home, **TEACHER).status_code == 303 and tia.get("/class").status_code == 200
        assert app.state.door.courses.members(1) == before


def test_a_launch_that_has_begun_when_its_platform_is_removed_is_refused(tmp_path: Path) -> None:
    """Its message is as good as ever, but for nobody."""
    lms = FakePlatform()
    with tool(tmp_path, lms, students=2) as app:
        student = Student(app)
        asked = student.login(lms)
        app.state.door.platforms.remove(1)
        refused = student.present(lms.sign(lms.claims(asked["nonce"])), asked["state"], lms)
        assert refused.status_code == 400 and "not registered" in refused.text


def test_scores_of_a_removed_platform_wait(tmp_path: Path) -> None:
    """None is sent, none fails; they go out when it is registered again."""
    with open_store(tmp_path) as store:
        post = Post(store, FakePlatform())
        platforms = Platforms(store.database)
        post.grade(1.0)
        platforms.remove(1)
        assert post.sender.send_all() == 0 and not given(post)
        assert post.standing().waiting and not post.standing().failed
        platforms.register(post.lms.platform())
        assert post.sender.send_all() == 1 and given(post) == [1.0]


def test_a_deployment_of_before_comes_back_only_by_name(tmp_path: Path) -> None:
    """What is registered again has the deployments that are named then."""
    lms = FakePlatform()
    with open_store(tmp_path) as store:
        platforms = Platforms(store.database)
        platforms.register(lms.platform())
        lms.deployment = "2"
        assert platforms.register(lms.platform()).deployments == ("1", "2")
        platforms.remove(1)
        again = platforms.register(lms.platform())
        assert again.deployments == ("2",) and platforms.deployment(again, "1") is None
        with pytest.raises(UsageError, match="no platform 7"):
            platforms.remove(7)


def test_platforms_of_an_older_database_stay(tmp_path: Path) -> None:
    """Those that were registered before any could be removed."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'graders.db'}")
    names = ("name", "issuer", "client", "login", "token", "keys", "audience")
    with engine.begin() as connection:
        operations = Operations(MigrationContext.configure(connection))
        for step in STEPS[:5]:
            step(operations)
        connection.execute(settings.insert().values(name="schema", value="5"))
        connection.execute(sa.table("lti_platforms", *map(sa.column, names)).insert().values({n: n for n in names}))
        connection.exec_driver_sql("INSERT INTO lti_deployments VALUES (1, 1, 'd')")
    engine.dispose()
    with open_store(tmp_path) as store:
        (found,) = Platforms(store.database).all()
        assert found.issuer == "issuer" and found.deployments == ("d",)
