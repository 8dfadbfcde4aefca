"""The scores of the output: the quantity whose softmax the output is, found by evaluating the output's equation."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from graders.practical09.equations.reader.judging.roles import RoleParts
from graders.practical09.equations.reader.numbers.probing import simplified
from graders.practical09.equations.reader.numbers.shapes import Clash, Shapes
from graders.practical09.equations.reader.numbers.values import FUNCTIONS, Environment, evaluate
from graders.practical09.equations.reader.tree import Collect, Unreadable, variables

CLASSES = 5


def scores_of(output: str | None, parts: RoleParts, rng: Generator) -> str | None:
    """The name of the scores, of which the output's one equation is the softmax; None where that is not so."""
    definitions = parts.definitions.get(output or "", ())
    if len(definitions) != 1:
        return None
    body = definitions[0].body
    body = simplified(Collect(body, definitions[0].axis) if definitions[0].axis is not None else body)
    read = {(var.name, var.time) for var in variables(body)}
    if len(read) != 1:
        return None
    name, time = read.pop()
    if time != 0 or name not in parts.definitions:
        return None
    numbers = rng.normal(size=CLASSES)
    try:
        Shapes({(name, 0): "K"}).infer(body)
        with np.errstate(all="ignore"):
            found = evaluate(body, Environment({(name, 0): numbers}, {}, {}))
    except (Clash, Unreadable):
        return None
    expected = FUNCTIONS["softmax"](numbers[:, None])
    right = not found.axes and found.array.shape == expected.shape and np.allclose(found.array, expected)
    return name if right else None
