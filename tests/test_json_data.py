"""Plain data goes into JSON and comes back, and nothing else goes in."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.errors import CallError
from graders.json_data import pack, shown, unpack, untag
from graders.model import Outcome
from graders.plain_data import Handle

plain_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=6) | st.sampled_from(["$float", "$array", "$items"]), inner, max_size=3)
        | st.dictionaries(st.integers(), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(plain_data)
def test_whatever_is_plain_can_be_shown(value: object) -> None:
    """`shown` is total on plain data."""
    json.dumps(shown(value), allow_nan=False)


@given(plain_data)
def test_packing_loses_nothing(value: object) -> None:
    """Through JSON text and back, every value and every type is as it was."""
    text = json.dumps(pack(value), allow_nan=False)
    assert repr(unpack(json.loads(text))) == repr(json.loads(text, object_hook=untag)) == repr(value)


def test_arrays_keep_their_type_and_shape() -> None:
    """Also those of no dimension, of no element, and of complex numbers."""
    for array in (np.array(1.5, np.float32), np.zeros((0, 3), np.int8), np.array([[1j, np.nan]]), np.arange(6)[::2]):
        again = unpack(json.loads(json.dumps(pack(array))))
        assert again.dtype == array.dtype and again.shape == array.shape
        np.testing.assert_array_equal(again, array)


def test_what_is_no_plain_data_is_refused() -> None:
    """A report with an object in its evidence is a fault of ours that must not pass silently."""
    with pytest.raises(TypeError, match="cannot hold a object"):
        pack({"x": object()})


def test_handles_and_errors_of_calls_come_back() -> None:
    """As a release records them, within anything else."""
    again = unpack(json.loads(json.dumps(pack({"model": [Handle(3, "RNN")], "asked": CallError(Outcome.ERROR, "no")}))))
    assert again["model"] == [Handle(3, "RNN")]
    assert (again["asked"].outcome, again["asked"].message) == (Outcome.ERROR, "no")
