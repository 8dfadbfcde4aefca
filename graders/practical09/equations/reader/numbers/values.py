"""Evaluates a tree on numbers: arrays with named axes for indices, and two dimensions for the matrix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graders.practical09.equations.reader.tree import (
    Add,
    Apply,
    Collect,
    Div,
    Entry,
    Expr,
    Mul,
    Neg,
    Num,
    Power,
    Stack,
    Total,
    Transpose,
    Unreadable,
    Var,
)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Value:
    """An array whose leading axes have names; the last two are the matrix."""

    axes: tuple[str, ...]
    array: Array

    def along(self, axes: tuple[str, ...]) -> Array:
        """The array with its named axes in a wider order, ready to broadcast."""
        order = [self.axes.index(axis) for axis in axes if axis in self.axes]
        array = self.array.transpose(*order, -2, -1) if self.axes else self.array
        places = [array.shape[:-2][[a for a in axes if a in self.axes].index(a)] if a in self.axes else 1 for a in axes]
        return array.reshape(*places, *array.shape[-2:])


@dataclass(frozen=True)
class Environment:
    """The numbers behind the symbols.

    Attributes:
        vectors: (name, time) -> a vector (n,), or (T, n) where it runs over the steps.
        parameters: name -> array (indices..., rows, columns).
        scalars: name -> number.
        targets: the class of each step (T,), for entries of the right class.
        roles: names of the output and of the target, for a loss by name.
        column: whether vectors stand upright.
    """

    vectors: Mapping[tuple[str, int | None], Array]
    parameters: Mapping[str, Array]
    scalars: Mapping[str, float]
    targets: Array | None = None
    output: str = ""
    column: bool = True


def evaluate(node: Expr, env: Environment) -> Value:
    """The value of a tree whose shapes fit."""
    match node:
        case Num(value):
            return Value((), np.full((1, 1), value))
        case Var():
            return _variable(node, env)
        case Add(terms):
            found = evaluate(terms[0], env)
            for term in terms[1:]:
                found = _combined(np.add, found, evaluate(term, env))
            return found
        case Neg(body):
            inner = evaluate(body, env)
            return Value(inner.axes, -inner.array)
        case Transpose(body):
            inner = evaluate(body, env)
            return Value(inner.axes, np.swapaxes(inner.array, -1, -2))
        case Mul(left, right, how):
            return _product(evaluate(left, env), evaluate(right, env), how)
        case Div(top, bottom):
            return _combined(np.divide, evaluate(top, env), evaluate(bottom, env))
        case Power(base, exponent):
            return _combined(np.power, evaluate(base, env), evaluate(exponent, env))
        case Apply(function, args):
            return _applied(function, args, env)
        case Total(index, body):
            return _total(index, evaluate(body, env))
        case Stack():
            return _stack(node, env)
        case Entry(body, _, axis, pick):
            return _entry(evaluate(body, env), axis, pick, env)
        case Collect(body, axis):
            inner = evaluate(body, env)
            rest = tuple(name for name in inner.axes if name != axis)
            array = inner.along((*rest, axis))[..., 0, 0]
            return Value(rest, array[..., :, None] if env.column else array[..., None, :])
    raise Unreadable(f"no value for {type(node).__name__}")


def _variable(var: Var, env: Environment) -> Value:
    if (var.name, var.time) in env.vectors:
        array = env.vectors[var.name, var.time]
        axes = ("time",) if array.ndim == 2 else ()
        if var.pick:
            return _entry(Value(axes, array[..., :, None]), None, True, env)
        if var.axes:
            return Value((*axes, var.axes[0]), array[..., None, None])
        return Value(axes, array[..., :, None] if env.column else array[..., None, :])
    if var.name in env.scalars:
        return Value((), np.full((1, 1), env.scalars[var.name]))
    return _diagonal(var.axes, env.parameters[var.name])


def _diagonal(axes: tuple[str, ...], array: Array) -> Value:
    if len(set(axes)) != len(axes):
        raise Unreadable("an index used twice on one symbol")
    return Value(axes, array)


def _combined(operation: Any, one: Value, other: Value) -> Value:
    axes = (*one.axes, *(axis for axis in other.axes if axis not in one.axes))
    return Value(axes, operation(one.along(axes), other.along(axes)))


def _product(one: Value, other: Value, how: str) -> Value:
    shape, second = one.array.shape[-2:], other.array.shape[-2:]
    if shape == (1, 1) or second == (1, 1) or how == "each":
        return _combined(np.multiply, one, other)
    if shape[1] != second[0]:
        product = _combined(np.multiply, one, other)
        return Value(product.axes, product.array.sum(axis=(-2, -1), keepdims=True))
    return _combined(np.matmul, one, other)


def _applied(function: str, args: tuple[Expr, ...], env: Environment) -> Value:
    if function in ("crossentropy", "nll"):
        return _cross_entropy(args, env)
    inner = evaluate(args[0], env)
    return Value(inner.axes, FUNCTIONS[function](inner.array))


def _softmax(array: Array) -> Array:
    weights = np.exp(array - array.max(axis=(-2, -1), keepdims=True))
    return np.asarray(weights / weights.sum(axis=(-2, -1), keepdims=True))


FUNCTIONS: Mapping[str, Callable[[Array], Array]] = {
    "tanh": np.tanh,
    "exp": np.exp,
    "log": np.log,
    "sigmoid": lambda array: 1 / (1 + np.exp(-array)),
    "relu": lambda array: np.maximum(array, 0),
    "softmax": _softmax,
    "logsoftmax": lambda array: np.log(_softmax(array)),
    "logsumexp": lambda array: np.log(np.exp(array).sum(axis=(-2, -1), keepdims=True)),
}


def _cross_entropy(args: tuple[Expr, ...], env: Environment) -> Value:
    """The cross-entropy by name, whichever of the two comes first."""
    output = [arg for arg in args if isinstance(arg, Var) and arg.name == env.output]
    target = [arg for arg in args if isinstance(arg, Var) and arg.name != env.output]
    if len(output) != 1 or len(target) != 1 or output[0].axes or target[0].axes:
        raise Unreadable("a cross-entropy between other things than output and target")
    one, other = evaluate(target[0], env), evaluate(output[0], env)
    product = _combined(np.multiply, one, Value(other.axes, np.log(other.array)))
    return Value(product.axes, -product.array.sum(axis=(-2, -1), keepdims=True))


def _total(index: str | None, inner: Value) -> Value:
    if index is None:
        return Value(inner.axes, inner.array.sum(axis=(-2, -1), keepdims=True))
    if index not in inner.axes:
        raise Unreadable("a sum over an index that does not occur")
    rest = tuple(axis for axis in inner.axes if axis != index)
    return Value(rest, inner.array.sum(axis=inner.axes.index(index)))


def _stack(node: Stack, env: Environment) -> Value:
    cells = [[evaluate(cell, env) for cell in row] for row in node.rows]
    if not env.column and all(len(row) == 1 and row[0].array.shape[-2:] != (1, 1) for row in cells):
        cells = [[row[0] for row in cells]]
    if any(cell.axes for row in cells for cell in row):
        raise Unreadable("a matrix of indexed entries")
    return Value((), np.block([[cell.array for cell in row] for row in cells]))


def _entry(inner: Value, axis: str | None, pick: bool, env: Environment) -> Value:
    flat = inner.array.reshape(*inner.array.shape[:-2], -1)
    if axis is not None and axis in inner.axes:
        raise Unreadable("an index used twice on one symbol")
    if axis is not None:
        return Value((*inner.axes, axis), flat[..., None, None])
    if not pick or env.targets is None or inner.axes != ("time",):
        raise Unreadable("the entry of a class outside a loss")
    chosen = flat[np.arange(len(flat)), env.targets.astype(int)]
    return Value(("time",), chosen[:, None, None])
