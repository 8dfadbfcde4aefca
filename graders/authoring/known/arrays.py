"""Messages of NumPy."""

from __future__ import annotations

from graders.authoring.known.pattern import Known

PRODUCT = (
    "Two arrays are multiplied as matrices though their sizes do not fit: the left one needs as many columns as the "
    "right one has rows. Print both shapes: is one to be transposed, or do the two stand in the wrong order?"
)
ELEMENTWISE = (
    "Two arrays are combined element by element though their shapes do not fit. Print both shapes in the line before; "
    "often one has a dimension too many, or a matrix product `@` is meant."
)
PROBABILITIES = (
    "What was given as probabilities is no distribution: each must be a number of 0 or more, and all must add up to 1. "
    "Print them and their sum; logarithms and scores have to be turned into probabilities first."
)
RAGGED = (
    "A list whose items have different lengths or shapes cannot become an array. Look at the lengths of the items: "
    "bring them all to the same one, or keep a list."
)
NO_ITEMS = "Something was looked for among no items at all. Find out why the list or array is empty at this point."
ONE_NUMBER = (
    "An array or tensor of several numbers is used where a single number is expected. Print its shape: is an index "
    "missing, or a sum or mean?"
)
NO_INDEX = (
    "An index is not a whole number. Look at what stands in the brackets: a float, or an array of floats, has to be "
    "turned into whole numbers first."
)
AXIS = (
    "The axis (`axis` or `dim`) does not exist in the array or tensor. Print its shape: axes are counted from 0, and "
    "what has one dimension has axis 0 alone."
)
TOO_MANY_INDICES = (
    "There are more indices in the brackets than the array or tensor has dimensions. Print its shape: it has fewer "
    "dimensions than the line expects."
)
BEYOND = (
    "An index lies beyond the end. Indices begin at 0, so the largest one is the size minus 1; compare the range of "
    "the loop, or of the symbols, with the size of what is indexed."
)
NO_DIMENSION = (
    "Something is treated as a sequence that is a single number. Print its shape where it is made: a sum or an index "
    "may have taken its dimension away."
)
AMBIGUOUS = (
    "`if`, `while`, `and`, `or` and `not` need one truth value, and got many. Compare single numbers, or join the "
    "comparisons with `.all()` or `.any()`."
)
JOINED = (
    "The pieces that are put together have different shapes. Print the shape of each piece: they must agree in all "
    "dimensions but the one along which they are joined."
)
WHOLE_IN_PLACE = (
    "The result has decimals, and is to be written into an array of whole numbers. Make that array of floats "
    "from the beginning, or write `a = a + b` in place of `a += b`."
)
RESHAPED = (
    "An array or tensor is to get a shape that holds another number of values. Print its shape before: the product of "
    "the old sizes must be the product of the new ones."
)

SCALAR = "A matrix product meets a single number. Print both shapes: a product with a number is written `*`."

MESSAGES = (
    Known(r"matmul: .* does not have enough dimensions", SCALAR),
    Known(r"matmul: Input operand \d|shapes .* not aligned|incompatible dimensions for cross", PRODUCT),
    Known(r"could not be broadcast together|non-broadcastable output|shape mismatch: objects cannot be", ELEMENTWISE),
    Known(
        r"could not broadcast input array",
        "A piece is written into an array at a place of another shape. Print the shapes of the place and of the piece.",
    ),
    Known(r"cannot reshape array", RESHAPED),
    Known(r"inhomogeneous shape", RAGGED),
    Known(
        r"setting an array element with a sequence",
        "A place of an array that holds a single number is to hold several. Print the shape of what is written there.",
    ),
    Known(r"all the input array|all input arrays must have the same shape", JOINED),
    Known(r"truth value of an (empty )?array", AMBIGUOUS),
    Known(r"[Pp]robabilities (do not sum|contain NaN|are not non-negative)|pvals < 0|sum\(pvals", PROBABILITIES),
    Known(
        r"a'? and '?p'? must have (the )?same size",
        "There are not as many probabilities as there are things to choose from. Print the lengths of both.",
    ),
    Known(r"ValueError: '?a'? must be greater than 0 unless", NO_ITEMS),
    Known(
        r"ValueError: '?a'? must be 1-dimensional",
        "A choice is made from an array of several dimensions: it must have one. Choose an index, or flatten it.",
    ),
    Known(r"only integers, slices|arrays used as indices must be of integer", NO_INDEX),
    Known(r"too many indices for array", TOO_MANY_INDICES),
    Known(r"is out of bounds for axis", BEYOND),
    Known(r"is out of bounds for array of dimension", AXIS),
    Known(r"only (length-1|0-dimensional|size-1) arrays can be converted|an array of size 1 to a", ONE_NUMBER),
    Known(r"invalid index to scalar variable|iteration over a 0-d array|len\(\) of unsized object", NO_DIMENSION),
    Known(r"Cannot cast ufunc", WHOLE_IN_PLACE),
    Known(
        r"ufunc '?\w*'? ?(not supported for the input types|did not contain a loop)|loop of ufunc does not support",
        "A function of NumPy was given something that is no number, such as text, None, or an array of objects. Print "
        "the argument and its type.",
    ),
    Known(r"zero-size array to reduction|of an empty sequence", NO_ITEMS),
    Known(r"cannot select an axis to squeeze", "`squeeze` takes away axes of size 1 alone, and this one is longer."),
    Known(r"assignment destination is read-only", "An array is written into that cannot be: work on a copy of it."),
    Known(
        r"Cannot interpret '.*' as a data type",
        "A size stands where a type is expected: the sizes of a new array belong into one pair of brackets of their "
        "own, `zeros((a, b))`.",
    ),
)
