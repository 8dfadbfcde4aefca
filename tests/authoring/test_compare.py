"""Comparison is total: agreement, or a Failed in words; NaN never passes; the noise of float32 does."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from graders import Failed, close, equal, finite_numbers, same_shape
from graders.authoring.compare import FORM
from graders.plain_data import Handle

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**300, max_value=10**330)
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.builds(Handle, st.integers(0, 9), st.text(max_size=5))
)
DTYPES = st.sampled_from([np.bool_, np.int8, np.int64, np.uint8, np.float16, np.float32, np.float64, np.complex64])
ARRAYS = DTYPES.flatmap(lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=0, min_side=0, max_side=3)))
PLAIN = st.recursive(
    SCALARS | ARRAYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
FINITE = st.floats(-1e6, 1e6)
EXPECTED = npst.arrays(np.float64, npst.array_shapes(min_dims=0, min_side=0, max_side=3), elements=FINITE)


def refusal(function: Any, *args: Any, **kwargs: Any) -> Failed:
    """The Failed that a call raises."""
    with pytest.raises(Failed) as caught:
        function(*args, **kwargs)
    return caught.value


@given(PLAIN, EXPECTED)
def test_close_either_agrees_or_fails_in_words(got: Any, expected: np.ndarray) -> None:
    """Whatever plain data comes in, nothing but Failed is raised, and it speaks in sentences."""
    try:
        close(got, expected)
    except Failed as failed:
        assert failed.in_full.startswith("The result: ")
        assert failed.in_full.endswith(".")
        assert failed.finding
        return
    assert np.allclose(np.asarray(got, dtype=float).ravel(), expected.ravel(), rtol=1e-4, atol=1e-5)


@given(PLAIN, st.lists(st.integers(0, 3), max_size=3))
def test_shape_and_finiteness_are_total(got: Any, shape: list[int]) -> None:
    """The other numeric functions too return or raise Failed, and what they return is what they promise."""
    try:
        numbers = finite_numbers(got, shape)
        same_shape(got, shape)
    except Failed:
        return
    assert numbers.dtype == np.float64
    assert numbers.shape == tuple(shape)
    assert np.isfinite(numbers).all()


@given(PLAIN, PLAIN)
def test_equal_is_total(got: Any, expected: Any) -> None:
    """Any two pieces of plain data are equal or not, in words."""
    try:
        equal(got, expected)
    except Failed as failed:
        assert "expected" in failed.in_full


@given(EXPECTED)
def test_a_value_agrees_with_itself_in_every_dress(expected: np.ndarray) -> None:
    """Arrays, nested lists and float32 copies all count as the numbers they hold."""
    close(expected, expected)
    close(expected.astype(np.float32), expected)
    if expected.size:
        close(expected.tolist(), expected)
    equal(expected.tolist(), expected)


@given(EXPECTED.filter(lambda array: array.size > 0), st.data())
def test_nan_never_passes(expected: np.ndarray, data: st.DataObject) -> None:
    """One NaN anywhere is enough to fail, whatever the tolerance."""
    got = expected.copy()
    got.flat[data.draw(st.integers(0, got.size - 1))] = math.nan
    for function in (close, equal):
        refusal(function, got, expected)
    refusal(close, got, expected, rtol=math.inf, atol=math.inf)
    refusal(finite_numbers, got)


@given(EXPECTED.filter(lambda array: array.size > 0), st.floats(1e-3, 1e3), st.data())
def test_a_real_difference_fails(expected: np.ndarray, size: float, data: st.DataObject) -> None:
    """A difference of a thousandth and more of the value's size is no noise."""
    got = expected.copy()
    place = data.draw(st.integers(0, got.size - 1))
    got.flat[place] += size * max(1.0, abs(got.flat[place]))
    assert refusal(close, got, expected).evidence == {"values": got.size, "wrong": 1}


@pytest.mark.parametrize(
    ("got", "expected", "message"),
    [
        ([1, 2, 3], [1, 2, 4], "1 of 3 values is not as expected, the largest difference is 1; the first at [2]: "),
        ([[1, 2], [3, 4]], [[1, 0], [0, 4]], "2 of 4 values are not as expected, the largest difference is 3; "),
        ([0.5, 1 / 3], [0.5, 0.25], "the first at [1]: expected 0.25, got 0.333333."),
        (0.5, 1.5, "The result: expected 1.5, got 0.5."),
        ([0.5], [1.5], "The result: expected 1.5, got 0.5."),
        ([[1, 2]], [1, 2], "expected shape (2,), got (1, 2)."),
        ([1, math.nan], [1, 2], "the largest difference is not a number; the first at [1]: expected 2, got nan."),
        ([5, math.nan], [1, 2], "2 of 2 values are not as expected, the largest difference is 4;"),
        ([1, math.inf], [1, 2], "the largest difference is inf"),
        (None, 1, "expected numbers, got None."),
        ("1.5", 1.5, "expected numbers, got '1.5'."),
        ([1, Handle(0, "Foo")], [1, 2], "expected numbers, got an object of type Foo."),
        ({"h": 1}, 1, "expected numbers, got a dict."),
        ([[1, 2], [3]], [[1, 2], [3, 4]], "expected numbers, got rows of different lengths."),
        ([1, 10**400], [1, 2], "expected numbers, got a number too large for a float."),
        (np.array([1j]), [1], "expected numbers, got complex numbers."),
        ("x" * 100, 1, "expected numbers, got '" + "x" * 59 + "…."),
    ],
)
def test_reports_go_from_coarse_to_fine(got: Any, expected: Any, message: str) -> None:
    """First what is no number, then the shape, then how many differ, by how much, and where first."""
    assert message in refusal(close, got, expected).in_full


@pytest.mark.parametrize(
    ("got", "expected", "summary"),
    [
        ([1.25, 2], [1.25, 9.75], "The loss: some values are wrong."),
        ([1.25, 2], [3.5, 9.75], "The loss: every value is wrong."),
        (1.25, 9.75, "The loss: the value is wrong."),
        ([1.25, math.nan], [1.25, 9.75], "The loss: not every value is a finite number."),
        ([1.25], [[9.75, 1.25]], "The loss: an array of 2 dimensions is expected, yours has 1."),
        ([[1.25]], [[9.75, 1.25]], "The loss: the shape is not the documented one."),
        ("?", 9.75, "The loss: not an array of numbers."),
    ],
)
def test_a_summary_holds_no_values(got: Any, expected: Any, summary: str) -> None:
    """What a hidden check shows tells the kind of fault and neither inputs nor expected values."""
    failed = refusal(close, got, expected, what="the loss", hint="Think of the sum.")
    assert failed.finding == summary
    of_values = "wrong" in summary or "finite" in summary
    assert failed.hint == ("Think of the sum." if of_values else FORM)


def test_one_number_in_brackets_is_a_number() -> None:
    """Where a number is expected, an array that holds one will do; two will not."""
    close([[1.5]], 1.5)
    close(np.float32(1.5), 1.5)
    assert finite_numbers([2], ()) == 2
    refusal(close, [1.5, 1.5], 1.5)


def test_tolerances_are_used() -> None:
    """`rtol` scales with the expected value, `atol` does not."""
    close(1000.009, 1000)
    refusal(close, 1000.02, 1000)
    close([0.0, 100.5], [0.01, 100], atol=0.011, rtol=0.005)
    refusal(close, 0.02, 0, atol=0.011, rtol=0.005)


def test_infinities_agree_with_themselves_only() -> None:
    """An expected infinity is matched by the same infinity and by nothing else."""
    close([-math.inf, 1], [-math.inf, 1])
    refusal(close, [math.inf, 1], [-math.inf, 1])
    refusal(close, [-1e300, 1], [-math.inf, 1])


def test_a_bad_expectation_is_a_fault_of_ours() -> None:
    """NaN or text as the expected value raises ValueError, which becomes `internal`, never a student's failure."""
    for expected in (math.nan, [1, math.nan], "one", None):
        with pytest.raises(ValueError, match="expected value"):
            close(1, expected)


def test_what_is_not_finite_is_named() -> None:
    """The report of finite_numbers says how many values are not finite and which is the first."""
    failed = refusal(finite_numbers, [[1, math.inf], [math.nan, 2]], what="the states")
    assert failed.in_full == "The states: 2 of 4 values are not finite; the first is inf at [0, 1]."
    assert refusal(finite_numbers, math.nan).in_full == "The result: the value is not finite; the first is nan."


@pytest.mark.parametrize(
    ("got", "expected", "message"),
    [
        ("a", "b", "The result: expected 'b', got 'a'."),
        (3, "3", "The result: expected '3', got 3."),
        ([1, 2], [1, 3], "The result: expected 3, got 2 at [1]."),
        ([1], [1, 3], "The result: expected 2 items, got 1 item."),
        ({"a": [0, 1]}, {"a": [0, 2]}, "The result: expected 2, got 1 at ['a'][1]."),
        ({"a": 1}, {"b": 1}, "The result: expected the keys ['b'], got the keys ['a']."),
        ([1], 1, "The result: expected 1, got a list of 1 item."),
        ({}, None, "The result: expected None, got a dict."),
        (Handle(1, "Foo"), Handle(1, "Foo"), "expected an object of type Foo, got an object of type Foo."),
    ],
)
def test_inequality_is_reported_at_its_first_place(got: Any, expected: Any, message: str) -> None:
    """`equal` names the place, what was expected and what came."""
    failed = refusal(equal, got, expected)
    assert message in failed.in_full
    assert failed.finding == "The result: not what is expected."


def test_a_number_too_long_to_print_is_called_huge() -> None:
    """Python refuses to print whole numbers of thousands of digits; the report does without."""
    assert refusal(equal, 10**5000, 1).in_full == "The result: expected 1, got a huge number."


def test_numbers_are_equal_as_numbers() -> None:
    """1, 1.0, True and arrays of them are equal; so are empty containers and None with itself."""
    equal([1, 2.0, True], np.array([1, 2, 1]))
    equal({"a": None, "b": "x"}, {"b": "x", "a": None})
    equal((1, 2), [1, 2])
    equal([], np.zeros(0))
