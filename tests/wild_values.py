"""Whatever a student's code may return: numbers of every kind, arrays, texts, nested, ragged, huge and empty."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.extra import numpy as of_numpy

NUMBERS = (
    st.floats()
    | st.integers()
    | st.integers(10**300, 10**400)
    | st.booleans()
    | st.complex_numbers()
    | st.fractions()
    | st.sampled_from([Decimal("NaN"), Decimal("sNaN"), Decimal("1e999"), Fraction(1, 3), np.float16(0.5), np.int8(1)])
)
DTYPES = st.sampled_from(["f2", "f4", "f8", "i1", "i8", "u8", "?", "c8", "c16", "U3", "S3", "M8[s]", "m8[s]", "O"])
SHAPES = of_numpy.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
PLAIN = st.none() | NUMBERS | st.text(max_size=6) | st.binary(max_size=4)


def _array(dtype: str, shape: tuple[int, ...], value: Any) -> Any:
    """An array of this kind, filled with what fits into it, or with zeros."""
    try:
        with np.errstate(all="ignore"):
            return np.full(shape, value, dtype)
    except (ValueError, TypeError, OverflowError, Warning):
        return np.zeros(shape, dtype)


ARRAYS = st.builds(_array, DTYPES, SHAPES, PLAIN)
TENSORS = st.builds(
    torch.zeros, SHAPES, dtype=st.sampled_from([torch.float16, torch.bfloat16, torch.int64, torch.bool, torch.cfloat])
)
STRANGE = st.sampled_from(
    [object(), int, len, range(3), {1, 2}, frozenset(), np.ones((1, 2)).view(np.matrix), slice(None), ...]
)
WILD = st.recursive(
    PLAIN | ARRAYS | TENSORS | STRANGE,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3) | st.integers(0, 3), inner, max_size=3)
    ),
    max_leaves=6,
)
