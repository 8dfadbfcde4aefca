"""Whether two answers are the same: total over everything that the wire can carry, so that no answer can raise here."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy

from graders.errors import CallError
from graders.plain_data import Handle

RAISED = re.compile(r"\A.{0,200}?\braised ", re.DOTALL)
PLACE = re.compile(r" \(line \d+ of your cell: .*\)\.?\Z", re.DOTALL)
SAMPLE = 200  # so many whole numbers, or letters, are a large sample
SAME_SAMPLE = 1e-6  # smallest p-value at which two samples still count as the same: a submission has dozens of pairs


def agree(one: Any, other: Any) -> bool:
    """Whether two plain values are the same answer, up to the noise of float32; NaN agrees with NaN."""
    if isinstance(one, CallError) or isinstance(other, CallError):
        return isinstance(one, CallError) and isinstance(other, CallError) and same_error(one, other)
    if isinstance(one, Handle) or isinstance(other, Handle):
        return isinstance(one, Handle) and isinstance(other, Handle)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(agree(one[key], other[key]) for key in one)
    left, right = _numbers(one), _numbers(other)
    if left is not None and right is not None:
        return left.shape == right.shape and _close(left, right)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(agree, one, other))
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return False  # `==` would compare each element with something that is no array of numbers
    return type(one) is type(other) and bool(one == other)


def same_error(one: CallError, other: CallError) -> bool:
    """Whether two calls failed alike: with the same exception and the same words, wherever in whose code that was.

    Anybody's code can raise a TypeError; only the words say that it was for the same reason. Sizes in them count: both
    met the same arguments.
    """
    return one.outcome is other.outcome and _cause(one.message) == _cause(other.message)


def _cause(message: str) -> str:
    """A message without who raised it and at which line: `ValueError: shapes (3,) and (4,) ...`."""
    return PLACE.sub("", RAISED.sub("", message)).rstrip(". ")


RARE = 10  # values that come less often in two samples are compared together


def same_sample(one: Any, other: Any, *, of_any_length: bool = False) -> bool:
    """Whether two random answers may come from one distribution; texts that are too short, and real numbers, may.

    Large samples are compared by a chi-squared test of homogeneity; small ones value by value, by Fisher's exact test
    with Bonferroni's correction.

    Args:
        of_any_length: lists of parts may end anywhere, by chance: they are compared as far as both go.
    """
    alike = functools.partial(same_sample, of_any_length=of_any_length)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, CallError) or isinstance(other, CallError):
        return agree(one, other)
    if _is_of_parts(one) and _is_of_parts(other):
        return (of_any_length or len(one) == len(other)) and all(map(alike, one, other))
    left, right = _sample(one), _sample(other)
    if left is None or right is None:
        return _is_whole(one) is _is_whole(other)
    if left.dtype.kind != right.dtype.kind:
        return False  # letters next to numbers
    values, places = np.unique(np.concatenate([left, right]), return_inverse=True)
    if len(values) == 1:
        return True
    parts = places[: len(left)], places[len(left) :]
    table = np.array([np.bincount(part, minlength=len(values)) for part in parts])
    if min(len(left), len(right)) < SAMPLE:
        return _least_of_exact_tests(table) >= SAME_SAMPLE
    table = _without_rare(table)
    return table.shape[1] == 1 or bool(scipy.stats.chi2_contingency(table).pvalue >= SAME_SAMPLE)


def _least_of_exact_tests(table: np.ndarray[Any, Any]) -> float:
    """The smallest p-value, corrected, of the tests that one value is as frequent in both rows (2, K)."""
    sizes = table.sum(axis=1)
    count = table.sum(axis=0)
    drawn = scipy.stats.hypergeom(sizes.sum(), count, sizes[0])
    below, above = drawn.cdf(table[0]), drawn.sf(table[0] - 1)
    return float(np.min(2 * np.minimum(below, above)) * table.shape[1])


def lengths(value: Any) -> Any:
    """How long the lists of parts in an answer are."""
    if isinstance(value, dict):
        return {key: lengths(item) for key, item in value.items()}
    return len(value) if _is_of_parts(value) else None


def pooled(answers: Sequence[Any]) -> Any:
    """Random answers to one call as one sample: lists of numbers or of texts are joined, place by place.

    What is no list of those, or not of one form, is the first answer.
    """
    first = answers[0]
    if isinstance(first, dict) and all(isinstance(one, dict) and one.keys() == first.keys() for one in answers):
        return {key: pooled([one[key] for one in answers]) for key in first}
    if not all(isinstance(one, list) for one in answers):
        return first
    if all(map(_is_of_parts, answers)) and len({len(one) for one in answers}) == 1:
        return [pooled(parts) for parts in zip(*answers, strict=True)]
    kinds = {type(item) for one in answers for item in one}
    return [item for one in answers for item in one] if kinds in ({int}, {str}) else first


def _is_whole(value: Any) -> bool:
    """Whether a value is no numbers or only whole ones: what is drawn from the reals hardly ever is."""
    numbers = _numbers(value)
    return numbers is None or bool(np.array_equal(numbers, np.round(numbers)))


def _close(left: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> bool:
    with np.errstate(all="ignore"):
        return bool(np.allclose(left, right, rtol=1e-4, atol=1e-6, equal_nan=True))


def _without_rare(table: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The columns, those of few counts as one, so that many rare values do not hide a difference of frequent ones."""
    rare = table.sum(axis=0) < RARE
    return np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)]) if rare.sum() > 1 else table


def _is_of_parts(value: Any) -> bool:
    """Whether it is a list of samples."""
    return isinstance(value, list) and bool(value) and all(isinstance(item, (list, dict)) for item in value)


def _sample(value: Any) -> np.ndarray[Any, Any] | None:
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        letters = "".join(value)
        return np.array(list(letters)) if len(letters) >= SAMPLE else None
    numbers = _numbers(value)
    if numbers is None or numbers.dtype.kind == "c" or not numbers.size:
        return None
    if not np.array_equal(numbers, np.round(numbers)):
        return None
    return np.asarray(numbers).ravel()


def _numbers(value: Any) -> np.ndarray[Any, Any] | None:
    """The value as an array of floats or of complex numbers, or None where it is not numbers throughout."""
    if value is None or isinstance(value, (str, bytes, dict, Handle)):
        return None
    try:
        with np.errstate(all="ignore"):
            array = np.asarray(value)
            if array.dtype.kind not in "biufc":
                return None
            return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)
    except (ValueError, TypeError, OverflowError):  # rows of different lengths, or of nothing that is a number
        return None
