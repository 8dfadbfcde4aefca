"""What free function letters mean: `\\sigma` said to be the softmax, `f` said to be the hyperbolic tangent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np

from graders.practical09.equations.reader.grammar.scripts import pieces
from graders.practical09.equations.reader.numbers.shapes import Clash, Shapes
from graders.practical09.equations.reader.numbers.values import FUNCTIONS as COMPUTED
from graders.practical09.equations.reader.numbers.values import Environment, evaluate
from graders.practical09.equations.reader.text.latex import Token, tokens
from graders.practical09.equations.reader.text.markdown import Text
from graders.practical09.equations.reader.text.symbols import FREE_FUNCTIONS, FUNCTIONS
from graders.practical09.equations.reader.tree import (
    Apply,
    Collect,
    Entry,
    Equation,
    Expr,
    Unreadable,
    Var,
    replaced,
    variables,
)

IN_WORDS = {
    "tanh": re.compile(r"\btanh\b|hyperbolic tangent|tangent hyperbolic|tangente hiperb", re.I),
    "softmax": re.compile(r"soft-?max", re.I),
    "sigmoid": re.compile(r"sigmoid|logistic", re.I),
    "relu": re.compile(r"\brelu\b|rectified", re.I),
}
PLACE = re.compile(r"⟦(\d+)⟧")
CLAUSE = re.compile(r"[^.;\n]*")


def meanings_in_statements(text: Text) -> Iterator[tuple[str, str]]:
    """Functions equated to a known one without an argument: `f = \\tanh`, `\\phi(\\cdot) = \\tanh(\\cdot)`."""
    for segment in text.segments[:200]:
        try:
            found = tokens(segment.source)
        except Unreadable:
            continue
        for place, token in enumerate(found):
            if token.kind == "op" and token.text in ("=", "~"):
                left, right = _head(found[:place]), found[place + 1 : place + 2]
                if left and right and right[0].kind == "word" and right[0].text in FUNCTIONS:
                    yield left, right[0].text


def _head(before: tuple[Token, ...]) -> str | None:
    """The function letter that stands right before an equals sign, with or without `(\\cdot)`."""
    rest = list(before)
    if rest and rest[-1].kind == "close":
        while rest and rest.pop().kind != "open":
            pass
    scripts: list[str] = []
    while rest and rest[-1].kind == "script":
        try:
            scripts = ["_" + piece.text for piece in pieces(rest.pop().parts[0])] + scripts
        except Unreadable:
            return None
    if not rest or rest[-1].text not in FREE_FUNCTIONS or rest[-1].kind not in ("name", "word"):
        return None
    if len(rest) > 1 and rest[-2].kind not in ("gap", "row", "text", "cell") and rest[-2].text not in (",", ";"):
        return None
    return rest[-1].text + "".join(scripts)


def meanings_in_prose(text: Text) -> Mapping[str, str]:
    """Functions that the words explain ("where $\\sigma$ is the softmax"); those explained in two ways are left out."""
    said: dict[str, set[str]] = {}
    for found in PLACE.finditer(text.prose):
        symbol = _symbol(text.segments[int(found[1])].source)
        if symbol is None:
            continue
        said.setdefault(symbol, set()).update(_words_after(text.prose, found.end()))
    return {symbol: words.pop() for symbol, words in said.items() if len(words) == 1}


def _words_after(prose: str, end: int) -> set[str]:
    """Known functions named between this symbol and the next."""
    clause = CLAUSE.match(prose, end)
    after = PLACE.split(clause[0] if clause else "")[0]
    if re.search(r"\b(?:not|no|n[aã]o|instead|or|ou)\b|n't\b", after, re.IGNORECASE):
        return set(IN_WORDS)  # it could be any of them
    return {word for word, pattern in IN_WORDS.items() if pattern.search(after)}


def _symbol(source: str) -> str | None:
    """The function letter that a short stretch of mathematics consists of, as `sigma` or `f_1`."""
    if len(source) > 40:
        return None
    try:
        found = list(tokens(source))
    except Unreadable:
        return None
    return _head(tuple(found))


def defined_function(statement: Equation) -> str | None:
    """The known function that `f(z) = ...` or `\\sigma(z)_k = ...` defines, found by evaluating it; None otherwise."""
    head = statement.left
    axis = head.axis if isinstance(head, Entry) else None
    head = head.body if isinstance(head, Entry) else head
    if not isinstance(head, Apply) or len(head.args) != 1 or not isinstance(head.args[0], Var):
        return None
    name = head.args[0].name
    axis = axis or (head.args[0].axes[0] if head.args[0].axes else None)
    body = replaced(statement.right, lambda node: _timed(node, name))
    if any(var.name != name for var in variables(body)):
        return None
    if axis is not None:
        body = Collect(body, axis)
    numbers = np.array([-1.3, 0.2, 0.9, 2.1])
    try:
        shapes = Shapes({(name, 0): "K"})
        shapes.match(shapes.infer(body), (("K",), ("1",)))
        with np.errstate(all="ignore"):
            found = evaluate(body, Environment({(name, 0): numbers}, {}, {})).array[..., 0]
    except (Clash, Unreadable):
        return None
    if found.shape != numbers.shape:
        return None
    for function in ("tanh", "softmax", "sigmoid", "relu"):
        if np.allclose(found, COMPUTED[function](numbers[:, None])[:, 0]):
            return function
    return None


def _timed(node: Expr, name: str) -> Expr:
    return Var(name, 0, axes=node.axes) if isinstance(node, Var) and node.name == name else node
