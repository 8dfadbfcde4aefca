"""What a probe replied is read type by type; another form is the student's error, not a fault of ours."""

from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders import CallError, Outcome, read
from graders.authoring.replies import fields
from graders.plain_data import Handle

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
KINDS = [
    bool, int, float, str, bytes, list, dict, None, np.ndarray, Handle, Any, list[float], dict[str, list[int]],
    float | None, list[str | None], Literal["a", 3],
]  # fmt: skip


def test_fields_of_the_right_types_come_back() -> None:
    """Each field has its type; whole numbers count as floats, optional fields as None, others are left out."""
    reply = {"losses": [1, 2.5], "moved": {"i2h": True}, "weights": np.ones((2, 3)), "model": Handle(0, "RNN"), "x": 1}
    found = fields(reply, losses=list[float], moved=dict[str, bool], weights=np.ndarray, model=Handle, note=str | None)
    assert found["losses"] == [1.0, 2.5] and all(type(loss) is float for loss in found["losses"])
    assert found["moved"] == {"i2h": True} and found["weights"] is reply["weights"]
    assert found["model"] == Handle(0, "RNN") and found["note"] is None and set(found) == {*reply, "note"} - {"x"}


@pytest.mark.parametrize(
    ("reply", "kinds", "finding"),
    [
        (None, {"a": int}, "the reply should be a dict, and is None"),
        ({}, {"a": int}, "`a` is missing in it"),
        ({"a": True}, {"a": int}, "`a` should be a whole number, and is True or False"),
        ({"a": "1"}, {"a": float | None}, "`a` should be a number or None, and is text"),
        ({"a": [1.0, [2.0]]}, {"a": list[float]}, r"`a`\[1\] should be a number, and is a list"),
        ({"a": {"b": 1}}, {"a": dict[str, str]}, r"`a`\['b'\] should be text, and is a whole number"),
        ({"a": 3}, {"a": list[float]}, "`a` should be a list in which each value is a number, and is a whole number"),
        ({"a": np.ones(1, complex)}, {"a": np.ndarray}, "an array of numbers, and is an array of complex numbers"),
        ({"a": 10**400}, {"a": float}, "`a` should be a number, and is a whole number that is too large"),
        ({"a": 1.0}, {"a": Literal["x", 2]}, "`a` should be 'x' or 2, and is a number"),
        ({"a": Handle(0, "RNN")}, {"a": np.ndarray}, "`a` should be an array of numbers, and is an object"),
    ],
)
def test_another_form_is_the_student_s_error(reply: Any, kinds: dict[str, Any], finding: str) -> None:
    """The message says what is wrong with which field; the summary, for hidden checks, quotes nothing."""
    with pytest.raises(CallError, match=finding) as refused:
        fields(reply, **kinds)
    assert refused.value.outcome is Outcome.ERROR
    assert refused.value.summary is not None and "replaces functions" in refused.value.summary
    assert "`a`" not in refused.value.summary


def test_a_whole_reply_is_read_likewise() -> None:
    """`read` is for replies that are no dict of fields."""
    assert read([1, 2], list[float]) == [1.0, 2.0]
    with pytest.raises(CallError, match="the reply should be an array of numbers, and is None"):
        read(None, np.ndarray)


@given(VALUES, st.sampled_from(KINDS))
def test_reading_is_total(value: Any, kind: Any) -> None:
    """Whatever comes and whatever is asked for, a value comes back or a `CallError` does."""
    try:
        read(value, kind)
        fields({"a": value}, a=kind)
    except CallError as refused:
        assert refused.outcome is Outcome.ERROR
