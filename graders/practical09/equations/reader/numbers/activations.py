"""The activation and the affine map inside it that an equation is, found by evaluating it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from graders.practical09.equations.reader.numbers.probing import (
    TINY,
    Affine,
    Array,
    NumericLayer,
    affine,
    fitted,
    stripped,
    with_numbers,
)
from graders.practical09.equations.reader.numbers.values import FUNCTIONS
from graders.practical09.equations.reader.tree import Apply, Expr, Key, Neg, Unreadable, walk


@dataclass(frozen=True)
class Map:
    """An activation and the affine map inside it; `activation` is "" for none."""

    activation: str
    inside: Affine


def activated_map(
    body: Expr, roles: Mapping[Key, str], dim: str, known: tuple[str, ...], rng: Generator
) -> tuple[Map | None, NumericLayer]:
    """The activation and the affine map that an equation is, found by evaluating it; None when it is none."""
    activation, inner = stripped(body)
    body = Apply(activation, (inner,)) if activation else inner
    layer = with_numbers(body, fitted(body, roles, dim), rng)
    if activation is not None and activation not in known:
        raise Unreadable(f"{activation} as an activation")
    with np.errstate(all="ignore"):
        for name, undo in UNDONE.items() if activation is None else [(activation, None)]:
            found = _inside(layer, inner, undo, rng)
            if found is not None and _agrees(name, found, layer, body, rng):
                if not _only_adds(name, body, _inside(layer.positive(), inner, undo, rng)):
                    raise Unreadable("something is subtracted in it")
                if not all(_plain(_inside(alone, inner, undo, rng)) for alone in layer.with_one_weight()):
                    raise Unreadable("a factor stands before a weight")
                return Map(name, found), layer
    return None, layer


def _inside(layer: NumericLayer, inner: Expr, undo: Callable[[Array], Array] | None, rng: Generator) -> Affine | None:
    """The affine map inside an activation, which is known, or is undone to see what is in it."""
    if undo is None:
        return affine(lambda vectors: layer(vectors, body=inner), layer, rng)
    return affine(lambda vectors: undo(layer(vectors)), layer, rng)


def _only_adds(activation: str, body: Expr, found: Affine | None) -> bool:
    """Whether no term has a minus before it: a map with nothing but positive weights is positive then."""
    if activation == "softmax":  # of which only differences can be seen
        return not any(isinstance(node, Neg) for node in walk(body))
    return found is not None and all((array > -TINY).all() for array in (found.bias, *found.matrices.values()))


def _plain(found: Affine | None) -> bool:
    """Whether one weight that is 1, where all others are 0, counts as 1: of a softmax only differences can be seen."""
    if found is None:
        return False
    spreads = [np.ptp(part, axis=0) for part in (found.bias[:, None], *found.matrices.values())]
    return all(np.allclose(spread * (spread - 1), 0, atol=TINY) for spread in spreads)


def _agrees(activation: str, inside: Affine, layer: NumericLayer, body: Expr, rng: Generator) -> bool:
    """Whether activation and map give what the equation gives, and the map is of first degree in the weights."""
    for _ in range(3):
        vectors = layer.draw(rng)
        scores = inside(vectors)
        if not np.allclose(layer(vectors), _activated(activation, scores), rtol=1e-6, atol=TINY):
            return False
        if not np.allclose(layer(vectors, 1.7), _activated(activation, 1.7 * scores), rtol=1e-6, atol=TINY):
            return False
    return True


def _activated(activation: str, scores: Array) -> Array:
    return np.asarray(FUNCTIONS[activation](scores[:, None])[:, 0]) if activation else scores


def _centred_log(value: Array) -> Array:
    logs = np.log(value)
    return np.asarray(logs - logs.mean())


UNDONE: Mapping[str, Callable[[Array], Array]] = {
    "": lambda value: value,
    "tanh": np.arctanh,
    "softmax": _centred_log,
    "sigmoid": lambda value: np.log(value / (1 - value)),
    "exp": np.log,
}
