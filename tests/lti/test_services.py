"""Tokens of platforms: asked for once, each for whom it was given, and every request with an end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lti_platform import FakePlatform, Net
from score_post import START, Post, given

from graders.archive.store import open_store
from graders.lti.scores.sender import Sender
from graders.lti.services import SECONDS, with_ends


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    """A course, its platform and a sender."""
    with open_store(tmp_path) as store:
        yield Post(store, FakePlatform())


def test_two_schools_on_one_issuer_do_not_share_tokens(tmp_path: Path) -> None:
    """Each is asked with a token of its own; a score that came with another one's would be refused."""
    one = FakePlatform("one", "client-1", "https://shared.test")
    two = FakePlatform("two", "client-2", "https://shared.test")
    with open_store(tmp_path) as store:
        posts = [Post(store, one), Post(store, two)]
        sender = Sender(store, lambda _: None, net=Net(one, two).on(with_ends), clock=lambda: START)
        for post in posts:
            post.grade(1.5)
        sender.send_all()
    assert len(one.scores) == len(two.scores) == 1
    assert set(one.tokens.values()) == {"client-1"} and set(two.tokens.values()) == {"client-2"}


def test_a_token_is_asked_for_once(post: Post) -> None:
    """While it is good; one that a platform refuses is asked for once more."""
    for points in (1.0, 1.5):
        post.grade(points)
        post.sender.send_all()
    assert len(post.lms.tokens) == 1
    post.lms.tokens.clear()
    post.grade(2.0)
    post.sender.send_all()
    post.now += 60
    post.sender.send_all()
    assert given(post) == [1.0, 1.5, 2.0] and all(limit == SECONDS for limit in post.lms.timeouts)
