"""Numeric comparison that is total: whatever a student returns, the answer is agreement or a `Failed` that says why.

Reports go from the coarse to the fine, as those of `pytest.approx` do: not numbers at all, then the shape, then how
many values differ, the largest difference, the first place, expected and got. `values` says all that; `finding`, which
is what a hidden check shows, names neither inputs nor expected values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graders.authoring.side_by_side import side_by_side
from graders.errors import Failed
from graders.plain_data import Handle

Floats = NDArray[np.float64]

FORM = "Print the type and the shape of what comes back, and compare them with what the exercise asks for."
NOTHING = "Nothing comes back: does every way through the function end in a `return`, with the result behind it?"
SHOWN = 60  # characters of a text or a list that a message quotes


def close(
    got: Any,
    expected: ArrayLike,
    *,
    rtol: float = 1e-5,
    atol: float = 1e-6,
    what: str = "the result",
    hint: str | None = None,
) -> None:
    """Return when every number of `got` is within `atol + rtol * |expected|` of its counterpart; else raise `Failed`.

    The default tolerances are those of float32 work. NaN never passes, and an infinity only where the same infinity is
    expected. Where one number is expected, an array that holds a single number will do.

    Args:
        hint: what to think of where the values are wrong; a wrong shape has another cause, and a hint of its own.

    Raises:
        Failed: the values differ, or `got` is not an array of numbers of that shape.
        ValueError: `expected` is not an array of numbers: a fault of ours, never the student's.
    """
    right = _expected(expected)
    numbers = _of_shape(_numbers(got, what, FORM), right.shape, what, FORM)
    with np.errstate(all="ignore"):
        agrees = (np.abs(numbers - right) <= atol + rtol * np.abs(right)) & np.isfinite(right)
        agrees |= np.isinf(right) & (numbers == right)
    if not agrees.all():
        _differ(numbers, right, ~agrees, what, hint)


def is_close(got: Any, expected: ArrayLike, *, rtol: float = 1e-5, atol: float = 1e-6) -> bool:
    """Whether `close` finds nothing wrong."""
    try:
        close(got, expected, rtol=rtol, atol=atol)
    except Failed:
        return False
    return True


def same_shape(got: Any, expected_shape: Sequence[int], *, what: str = "the result", hint: str | None = None) -> None:
    """Return when `got` is an array (or nested list) of numbers of this shape; else raise `Failed`."""
    _of_shape(_numbers(got, what, hint), tuple(expected_shape), what, hint)


def finite_numbers(
    value: Any, shape: Sequence[int] | None = None, *, what: str = "the result", hint: str | None = None
) -> Floats:
    """The value as an array of finite floats, of this shape where one is given; else raise `Failed`."""
    numbers = _numbers(value, what, FORM)
    if shape is not None:
        numbers = _of_shape(numbers, tuple(shape), what, FORM)
    bad = ~np.isfinite(numbers)
    if bad.any():
        place = _place(bad)
        raise Failed(
            f"{_title(what)}: not every value is a finite number.",
            values=f"{_title(what)}: {_count(bad)} not finite; the first is {_show(numbers[place])}{_at(place)}.",
            hint=hint or "Look for a division by zero, the logarithm of zero, or exp of a large number.",
        )
    return numbers


def equal(got: Any, expected: Any, *, what: str = "the result", hint: str | None = None) -> None:
    """Return when `got` is exactly `expected`, both plain data; else raise `Failed`.

    Numbers are compared as numbers (1, 1.0 and True are equal, NaN equals nothing), arrays as the lists that they
    hold, lists place by place and dicts key by key.
    """
    unequal = _first_difference(got, expected, "")
    if unequal is not None:
        place, wanted, found = unequal
        where = f" at {place}" if place else ""
        raise Failed(
            f"{_title(what)}: not what is expected.",
            values=f"{_title(what)}: expected {wanted}, got {found}{where}.",
            hint=hint,
        )


def _expected(value: ArrayLike) -> Floats:
    array = np.asarray(value)
    if array.dtype.kind not in "biuf" or np.isnan(array.astype(np.float64)).any():
        raise ValueError("the expected value must be an array of numbers without NaN")
    return array.astype(np.float64)


def _numbers(value: Any, what: str, hint: str | None) -> Floats:
    found = _stranger(value)
    if found is None:
        try:
            with np.errstate(all="ignore"):
                array = np.asarray(value)
                if array.dtype.kind in "biufO":
                    return array.astype(np.float64)
            found = "complex numbers"
        except OverflowError:
            found = "a number too large for a float"
        except (ValueError, TypeError):
            found = "rows of different lengths"
    raise Failed(
        f"{_title(what)}: not an array of numbers.",
        values=f"{_title(what)}: expected numbers, got {found}.",
        hint=NOTHING if value is None else hint,
    )


def _stranger(value: Any) -> str | None:
    """What in the value is no number, in words; None where there is nothing but numbers."""
    if isinstance(value, (list, tuple)):
        return next((found for found in map(_stranger, value) if found is not None), None)
    if isinstance(value, (bool, int, float)):
        return None
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "biufc":
        return None
    return _describe(value)


def _of_shape(numbers: Floats, shape: tuple[int, ...], what: str, hint: str | None) -> Floats:
    if numbers.shape == shape:
        return numbers
    if shape == () and numbers.size == 1:
        return numbers.reshape(())
    if numbers.ndim != len(shape):
        finding = f"{_title(what)}: an array of {len(shape)} dimensions is expected, yours has {numbers.ndim}."
    else:
        finding = f"{_title(what)}: the shape is not the documented one."
    raise Failed(finding, values=f"{_title(what)}: expected shape {shape}, got {numbers.shape}.", hint=hint)


def _differ(numbers: Floats, right: Floats, wrong: NDArray[np.bool_], what: str, hint: str | None) -> NoReturn:
    place = _place(wrong)
    with np.errstate(all="ignore"):
        sizes = np.abs(numbers - right)[wrong]
    largest = _show(np.max(sizes, where=~np.isnan(sizes), initial=0.0)) if (~np.isnan(sizes)).any() else "not a number"
    pair = f"expected {_show(right[place])}, got {_show(numbers[place])}"
    if right.size == 1:
        values = f"{_title(what)}: {pair}."
    else:
        values = (
            f"{_title(what)}: {_count(wrong)} not as expected, the largest difference is {largest}; "
            f"the first{_at(place)}: {pair}."
        )
    share = "the value is" if right.size == 1 else "every value is" if wrong.all() else "some values are"
    finding = f"{_title(what)}: {share} wrong."
    if not np.isfinite(numbers).all() and np.isfinite(right).all():
        finding = f"{_title(what)}: not every value is a finite number."
    evidence = {"values": int(right.size), "wrong": int(wrong.sum())}
    compared = side_by_side(numbers, right, wrong)
    raise Failed(finding, values=values, hint=hint, evidence=evidence, compared=compared)


def _first_difference(got: Any, expected: Any, place: str) -> tuple[str, str, str] | None:
    """(place, expected, got) of the first difference, in words; None where there is none."""
    got, expected = _listed(got), _listed(expected)
    if isinstance(got, list) and isinstance(expected, list):
        if len(got) != len(expected):
            return place, _items(expected), _items(got)
        pairs = ((f"{place}[{i}]", *pair) for i, pair in enumerate(zip(got, expected, strict=True)))
    elif isinstance(got, dict) and isinstance(expected, dict):
        if got.keys() != expected.keys():
            return place, f"the keys {_quote(sorted(expected))}", f"the keys {_quote(sorted(got))}"
        pairs = ((f"{place}[{key!r}]", got[key], expected[key]) for key in expected)
    else:
        return None if _same_scalar(got, expected) else (place, _describe(expected), _describe(got))
    return next((found for at, one, other in pairs if (found := _first_difference(one, other, at))), None)


def _items(value: list[Any]) -> str:
    return f"{len(value)} item{'' if len(value) == 1 else 's'}"


def _listed(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value.tolist() if isinstance(value, np.ndarray) else value


def _same_scalar(got: Any, expected: Any) -> bool:
    number = (bool, int, float)
    if isinstance(got, number) and isinstance(expected, number):
        return bool(got == expected)
    return type(got) is type(expected) and not isinstance(got, Handle) and bool(got == expected)


def _describe(value: Any) -> str:
    """A value in words, for a message."""
    if isinstance(value, float):
        return _show(value)
    if value is None or isinstance(value, (bool, int, str)):
        return _quote(value)
    if isinstance(value, Handle):
        return f"an object of type {value.type}"
    if isinstance(value, list):
        return f"a list of {_items(value)}"
    return "a dict" if isinstance(value, dict) else f"a value of type {type(value).__name__}"


def _quote(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:  # Python refuses to print whole numbers of thousands of digits
        text = "a huge number"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _title(what: str) -> str:
    """The start of a sentence; a name such as `y_hat` keeps its small letter."""
    return what[:1].upper() + what[1:] if what.startswith(("the ", "a ", "an ")) else what


def _show(number: Any) -> str:
    """A number to six significant digits."""
    return f"{float(number):.6g}"


def _count(wrong: NDArray[np.bool_]) -> str:
    if wrong.size == 1:
        return "the value is"
    return f"{int(wrong.sum())} of {wrong.size} values {'is' if wrong.sum() == 1 else 'are'}"


def _place(wrong: NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(wrong)[0])


def _at(place: tuple[int, ...]) -> str:
    return f" at {list(place)}" if place else ""
