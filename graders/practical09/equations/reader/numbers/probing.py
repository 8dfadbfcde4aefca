"""Evaluates one layer's equation on random shapes and values, and reads off the affine map inside its activation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from graders.practical09.equations.reader.numbers.shapes import ONE, Clash, Dim, Shapes
from graders.practical09.equations.reader.numbers.values import Environment, evaluate
from graders.practical09.equations.reader.tree import Apply, Collect, Entry, Expr, Key, Unreadable, Var, walk

Array = NDArray[np.float64]
Roles = Mapping[Key, str]
TINY = 1e-7


@dataclass(frozen=True)
class Affine:
    """A map `sum of matrix @ vector + bias`, one matrix for each vector that it reads."""

    matrices: Mapping[Key, Array]
    bias: Array

    def __call__(self, vectors: Mapping[Key, Array]) -> Array:
        """The map's value."""
        total = self.bias
        for key, matrix in self.matrices.items():
            total = total + matrix @ vectors[key]
        return total


@dataclass(frozen=True)
class NumericLayer:
    """One layer's equation with numbers behind its symbols, ready to be evaluated."""

    body: Expr
    env: Environment
    sizes: Mapping[Key, int]

    def __call__(self, vectors: Mapping[Key, Array], scale: float = 1.0, body: Expr | None = None) -> Array:
        """The equation's value (n,), with all weights multiplied by `scale`."""
        weights = {name: scale * array for name, array in self.env.parameters.items()}
        value = evaluate(self.body if body is None else body, replace(self.env, vectors=vectors, parameters=weights))
        if value.axes:
            raise Unreadable("an index is left over")
        return np.asarray(value.array, dtype=np.float64).ravel()

    def positive(self) -> NumericLayer:
        """The same with small weights, all of them positive."""
        weights = {name: 0.1 * np.abs(array) for name, array in self.env.parameters.items()}
        return replace(self, env=replace(self.env, parameters=weights))

    def with_one_weight(self) -> Iterator[NumericLayer]:
        """The same with all weights 0 but one that is 1: for each array of them the first, and the last."""
        nothing = {name: np.zeros_like(array) for name, array in self.env.parameters.items()}
        for name, array in nothing.items():
            for place in (0, -1):
                one = array.copy()
                one.flat[place] = 1.0
                yield replace(self, env=replace(self.env, parameters={**nothing, name: one}))

    def draw(self, rng: Generator) -> dict[Key, Array]:
        """Random vectors of the right sizes."""
        return {key: rng.uniform(-1, 1, size) for key, size in self.sizes.items()}


def fitted(body: Expr, roles: Roles, dim: str, scalars: frozenset[str] = frozenset()) -> Shapes:
    """Shapes with which the equation gives a vector of dimension `dim`, upright or lying.

    Raises:
        Clash: there are none.
        Unreadable: the equation holds what has no shape.
    """
    problems: list[Clash] = []
    doubts: list[Unreadable] = []
    for column in (True, False):
        shapes = Shapes(roles, column, scalars)
        try:
            shape = shapes.infer(body)
            lying = shapes.vector((dim,))[::-1]
            if tuple(shapes.known(part) for part in shape) != lying:
                shapes.match(shape, shapes.vector((dim,)))
            single = [name for name in shapes.parameters if _is_single(name, shapes)]
            if not single:
                return shapes
            problems.append(Clash(ONE, (dim,), tuple(single)))
        except Clash as clash:
            problems.append(clash)
        except Unreadable as doubt:
            doubts.append(doubt)
    if doubts:
        raise doubts[0]
    raise problems[0]


def _is_single(name: str, shapes: Shapes) -> bool:
    axes, shape = shapes.parameters[name]
    return not axes and shapes.is_scalar(shape)


def with_numbers(body: Expr, shapes: Shapes, rng: Generator) -> NumericLayer:
    """Put random numbers behind all symbols."""
    drawn = [int(size) for size in rng.permutation([3, 4, 5])]
    sizes = dict(zip("DHK", drawn, strict=True))

    def size(dim: Dim, unknown: int) -> int:
        known = shapes.known(dim)
        if known[0] == "?":
            return unknown
        return sum(1 if name == "1" else sizes[name] for name in known)

    parameters = {}
    for name, (axes, shape) in shapes.parameters.items():
        inner = 1 if axes else 6
        full = (*(size(axis, 6) for axis in axes), *(size(part, inner) for part in shape))
        parameters[name] = rng.normal(0, 0.4, full)
    vectors = {key: sizes[role] for key, role in shapes.roles.items()}
    scalars = dict.fromkeys(shapes.scalars, 1.0)
    return NumericLayer(body, Environment({}, parameters, scalars, column=shapes.column), vectors)


def affine(function: Callable[[Mapping[Key, Array]], Array], layer: NumericLayer, rng: Generator) -> Affine | None:
    """The affine map that a function of the layer's vectors is, or None when it is not affine."""
    zero = {key: np.zeros(size) for key, size in layer.sizes.items()}
    bias = function(zero)
    matrices = {}
    for key, size in layer.sizes.items():
        columns = [function({**zero, key: unit}) - bias for unit in np.eye(size)]
        matrices[key] = np.stack(columns, axis=1)
    found = Affine(matrices, bias)
    if not all(np.isfinite(array).all() for array in (bias, *matrices.values())):
        return None
    for _ in range(3):
        vectors = layer.draw(rng)
        value = function(vectors)
        if value.shape != bias.shape or not np.allclose(value, found(vectors), rtol=1e-6, atol=TINY):
            return None
    return found


def free(matrix: Array) -> bool:
    """Whether a matrix looks like a weight matrix whose entries are all free: of full rank and not diagonal."""
    if np.linalg.matrix_rank(matrix) < min(matrix.shape):
        return False
    return bool(np.count_nonzero(np.abs(matrix) > TINY) == matrix.size)


def stripped(body: Expr) -> tuple[str | None, Expr]:
    """The outermost function of known meaning, and what it is applied to."""
    body = simplified(body)
    if isinstance(body, Apply) and len(body.args) == 1:
        return body.function, body.args[0]
    if isinstance(body, Collect) and isinstance(body.body, Apply) and len(body.body.args) == 1:
        inner = body.body
        if inner.function != "softmax":
            return inner.function, Collect(inner.args[0], body.axis)
    return None, body


def simplified(body: Expr) -> Expr:
    """A vector made of all entries of a vector is that vector."""
    if isinstance(body, Collect) and isinstance(body.body, Entry) and body.body.axis == body.axis:
        inner = body.body.body
        uses = any(isinstance(node, Var) and body.axis in node.axes for node in walk(inner))
        return body if uses else simplified(inner)
    if isinstance(body, Collect) and isinstance(body.body, Apply) and body.body.function == "softmax":
        arg = Collect(body.body.args[0], body.axis)  # softmax(z_k) for each k means the softmax over k
        return Apply("softmax", (simplified(arg),))
    return body
