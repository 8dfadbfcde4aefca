"""Values of every kind that the wire can carry, as hypothesis draws them."""

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from graders.plain_data import Handle

DTYPES = st.sampled_from(["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"])
ARRAYS = DTYPES.flatmap(lambda name: hnp.arrays(np.dtype(name), hnp.array_shapes(min_dims=0, min_side=0, max_side=4)))
HANDLES = st.builds(Handle, st.integers(0, 1 << 31), st.text("abcdefgh_é", max_size=20))
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.binary(max_size=50) | ARRAYS | HANDLES
LEAVES |= st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=5), inner, max_size=4),
    max_leaves=12,
)


def same(left: Any, right: Any) -> bool:
    """Equal in type and content; NaN equals NaN."""
    if isinstance(left, np.ndarray):
        return bool(
            isinstance(right, np.ndarray)
            and left.dtype == right.dtype
            and left.shape == right.shape
            and np.array_equal(left, right, equal_nan=left.dtype.kind in "fc")
        )
    if isinstance(left, list):
        return type(right) is list and len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return type(right) is dict and left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, float) and math.isnan(left):
        return isinstance(right, float) and math.isnan(right)
    return type(left) is type(right) and left == right
