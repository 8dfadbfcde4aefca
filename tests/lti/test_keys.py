"""Our own keys: shown before they sign, shown a while afterwards, and void at once where somebody has seen one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from uploading import Clock

from graders.archive.database import Database
from graders.lti.keys import AGED, KNOWN, OwnKeys
from graders.lti.platforms import Platform, Platforms

LMS = Platform("lms", "https://lms.test", "c1", "https://lms.test/a", "https://lms.test/t", "https://lms.test/k")


@pytest.fixture
def clock() -> Clock:
    """A clock that moves when the test says so."""
    return Clock()


@pytest.fixture
def keys(tmp_path: Path, clock: Clock) -> Iterator[OwnKeys]:
    """The keys of a new database."""
    database = Database(tmp_path / "graders.db")
    yield OwnKeys(database, clock)
    database.close()


def shown(keys: OwnKeys) -> list[str]:
    """The names of the keys that platforms see."""
    return [key["kid"] for key in keys.key_set()["keys"]]


def signed(keys: OwnKeys) -> str:
    """The name of the key in what we send to a platform, whose signature the key that is shown under it proves."""
    message = LMS.registration(keys.signing())
    token = jwt.encode({"iss": "c1"}, str(message.get_tool_private_key()), "RS256", {"kid": str(message.get_kid())})
    kid = jwt.get_unverified_header(token)["kid"]
    (key,) = [key for key in keys.key_set()["keys"] if key["kid"] == kid]
    assert jwt.decode(token, jwt.PyJWK(key), algorithms=["RS256"]) == {"iss": "c1"}
    return str(kid)


def test_a_new_key_is_shown_before_it_signs_and_the_last_one_afterwards(keys: OwnKeys, clock: Clock) -> None:
    """At every moment what signs is shown, and has been for a day; what has aged is neither shown nor kept."""
    first = signed(keys)
    second = keys.rotate().public["kid"]
    assert shown(keys) == [first, second] and signed(keys) == first
    clock.now += KNOWN - 1
    assert signed(keys) == first
    clock.now += 1
    assert signed(keys) == second and shown(keys) == [first, second]
    clock.now += AGED - 1
    assert shown(keys) == [first, second]
    clock.now += 1
    assert shown(keys) == [second] == [signed(keys)]
    third = keys.rotate().public["kid"]
    assert shown(keys) == [second, third] and len(keys._all()) == 2


def test_keys_that_are_made_in_a_row_sign_in_turn(keys: OwnKeys, clock: Clock) -> None:
    """However often somebody asks for one."""
    names = [signed(keys), *(keys.rotate().public["kid"] for _ in range(2))]
    for name in names:
        assert signed(keys) == name
        clock.now += KNOWN
    clock.now += 100 * AGED
    assert shown(keys) == names[-1:] == [signed(keys)]


def test_a_key_that_somebody_has_seen_is_void_at_once(keys: OwnKeys, clock: Clock) -> None:
    """And so is one that was to follow it; even where another process's clock is behind."""
    old = {signed(keys), keys.rotate().public["kid"]}
    new = keys.rotate(at_once=True).public["kid"]
    clock.now -= 60
    assert shown(keys) == [new] == [signed(keys)] and new not in old


def test_every_open_database_signs_by_the_same_key(tmp_path: Path) -> None:
    """The first one that asks makes it; the platforms of another process have it."""
    with_keys: list[Any] = []
    for _ in range(2):
        database = Database(tmp_path / "graders.db")
        with_keys.append(Platforms(database).keys.signing())
        database.close()
    assert with_keys[0] == with_keys[1]
