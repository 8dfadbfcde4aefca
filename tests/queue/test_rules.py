"""[uploads] of assignment.toml: what it may say, and when students see what hidden checks say."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graders.errors import CatalogError
from graders.queue.rules import Stage, UploadRules, upload_rules

DUE = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
PROFILES = {"profiles": {"quick": {}, "full": {}}, "default_profile": "quick"}


def rules(late: dict[str, Any] | None = None, **table: Any) -> UploadRules:
    """The rules of an assignment."""
    found = upload_rules(PROFILES | {"uploads": table} | ({"late": late} if late else {}))
    assert found is not None
    return found


def test_an_assignment_without_them_takes_no_uploads() -> None:
    """Students hand in elsewhere."""
    assert upload_rules(PROFILES) is None


def test_by_default_nothing_hidden_is_shown() -> None:
    """Not even long after it was due; the mark is, once it is due."""
    found = rules({"due": DUE})
    assert not found.shows_hidden(DUE + timedelta(days=365))
    assert not found.shows_mark(DUE) and found.shows_mark(DUE + timedelta(seconds=1))
    assert not rules().shows_mark(DUE) and rules().stages == (Stage.PUBLIC, Stage.WHOLE)


def test_after_it_was_due_means_after_the_student_s_own_date_with_its_grace() -> None:
    """Anyone with an extension sees nothing before it has passed."""
    found, later = rules({"due": DUE, "grace_minutes": 15}, hidden="after_due"), DUE + timedelta(days=3)
    assert not found.shows_hidden(DUE + timedelta(minutes=15)) and found.shows_hidden(DUE + timedelta(minutes=16))
    assert not found.shows_hidden(DUE + timedelta(days=1), later) and not found.shows_mark(later, later)
    assert found.shows_hidden(later + timedelta(minutes=16), later)


def test_at_once_shows_everything() -> None:
    """Before it is due, too."""
    found = rules({"due": DUE}, hidden="at_once", later="full")
    assert found.shows_hidden(DUE - timedelta(days=9)) and found.shows_mark(DUE - timedelta(days=9))
    assert found.stages == tuple(Stage)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"hiden": "never"}, "hiden, which it does not know"),
        ({"hidden": "soon"}, "never, after_due, at_once, not 'soon'"),
        ({"hidden": "after_due"}, "needs a due date"),
        ({"an_hour": 0}, "an_hour must be a whole number from 1 to 1000, not 0"),
        ({"an_hour": True}, "not True"),
        ({"most_mb": 101}, "most_mb must be a whole number from 1 to 100"),
        ({"later": "quick"}, "later must be a profile other than the default one"),
        ({"later": "gpu"}, "not 'gpu'"),
    ],
)
def test_what_cannot_be_meant_is_refused(table: dict[str, Any], said: str) -> None:
    """In a sentence that names what is wrong."""
    with pytest.raises(CatalogError, match=said):
        upload_rules(PROFILES | {"uploads": table})
