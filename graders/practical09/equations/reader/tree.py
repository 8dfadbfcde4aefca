"""Expressions as small frozen trees: what a statement is before and after its names are understood."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any


class Unreadable(Exception):
    """This text is beyond the grammar; a person will read it. Never a finding against the student."""


@dataclass(frozen=True)
class Script:
    """One part of a subscript or superscript, as atoms: `t-1` is ("t", "-", "1"); `bracketed` when it wore brackets."""

    atoms: tuple[str, ...]
    bracketed: bool = False

    @property
    def text(self) -> str:
        """The atoms run together."""
        return "".join(self.atoms)


@dataclass(frozen=True)
class Symbol:
    """A symbol as written: its letter, what stands over it, and its scripts, not yet understood."""

    base: str
    accent: str = ""
    scripts: tuple[Script, ...] = ()


@dataclass(frozen=True)
class Var:
    """A symbol as understood.

    Attributes:
        name: letter, accent and the scripts that only name it.
        time: offset from the current step, or None where it has no time.
        step: a numbered step (`h_0`), or None.
        axes: the indices that pick entries.
        pick: whether the entry of the right class is picked (`y_{t, c_t}`).
    """

    name: str
    time: int | None = None
    step: int | None = None
    axes: tuple[str, ...] = ()
    pick: bool = False


@dataclass(frozen=True)
class Num:
    """A number."""

    value: float


@dataclass(frozen=True)
class Add:
    """A sum of terms."""

    terms: tuple[Expr, ...]


@dataclass(frozen=True)
class Neg:
    """A term with a minus."""

    body: Expr


@dataclass(frozen=True)
class Mul:
    """A product: `how` is "" (side by side), "dot" or "each" (entry by entry)."""

    left: Expr
    right: Expr
    how: str = ""


@dataclass(frozen=True)
class Div:
    """A quotient, entry by entry or by a single number."""

    top: Expr
    bottom: Expr


@dataclass(frozen=True)
class Power:
    """A power with a written exponent."""

    base: Expr
    exponent: Expr


@dataclass(frozen=True)
class Transpose:
    """A transposed matrix."""

    body: Expr


@dataclass(frozen=True)
class Apply:
    """A function of known or unknown meaning, applied; `scripts` is what its name wore (`softmax_k`)."""

    function: str
    args: tuple[Expr, ...]
    scripts: tuple[Script, ...] = ()


@dataclass(frozen=True)
class Total:
    """A sum over an index; `index` is None for a sum sign that names none."""

    index: str | None
    body: Expr
    upto: str | None = None


@dataclass(frozen=True)
class Stack:
    """Blocks in rows: `[h; x]` has two rows of one, a written matrix as many as it has."""

    rows: tuple[tuple[Expr, ...], ...]
    loose: bool = False  # written with a comma, so that the direction is the reader's to choose


@dataclass(frozen=True)
class Entry:
    """An entry of a whole expression: `softmax(z)_k`; `scripts` as written, `axis` once understood."""

    body: Expr
    scripts: tuple[Script, ...] = ()
    axis: str | None = None
    pick: bool = False


@dataclass(frozen=True)
class Collect:
    """The vector whose entries a body gives as an index runs: how a definition entry by entry becomes a vector."""

    body: Expr
    axis: str


Key = tuple[str, int | None]  # a quantity of the network: its name and its time
Expr = Symbol | Collect | Var | Num | Add | Neg | Mul | Div | Power | Transpose | Apply | Total | Stack | Entry


@dataclass(frozen=True)
class Equation:
    """`left = right`, with the text that it came from; `timed` when the right side as written names the step."""

    left: Expr
    right: Expr
    source: str
    timed: bool = True


@dataclass(frozen=True)
class Declared:
    """A declared shape: `name` lies in R^(rows x columns); a vector has one dimension."""

    name: Expr
    dims: tuple[str, ...]
    source: str


def product(left: Expr, right: Expr) -> Expr:
    """A product; a row of ones times a vector is the sum of its entries, a row of blocks times a column their sum."""
    if isinstance(left, Stack) and isinstance(right, Stack) and len(left.rows) == 1 < len(right.rows):
        column = [row[0] for row in right.rows if len(row) == 1]
        if len(column) == len(right.rows) == len(left.rows[0]):
            return Add(tuple(Mul(block, one) for block, one in zip(left.rows[0], column, strict=True)))
    return Total(None, right) if left == Transpose(Num(1.0)) else Mul(left, right)


def multiplied(index: str, body: Expr, upto: str | None) -> Expr:
    """A product over an index, of what is positive: the exponential of a sum of logarithms."""
    return Apply("exp", (Total(index, Apply("log", (body,)), upto),))


def side_by_side(node: Expr) -> tuple[Expr, ...]:
    """The matrices that stand next to each other in `[W U]`, and nothing else in it; none where there is more."""
    if isinstance(node, Symbol):
        return (node,) if node.base.isupper() else ()
    if not isinstance(node, Mul) or node.how:
        return ()
    left, right = side_by_side(node.left), side_by_side(node.right)
    return (*left, *right) if left and right else ()


def children(node: Expr) -> tuple[Expr, ...]:
    """The expressions right below a node."""
    found: list[Expr] = []
    for item in fields(node):
        value = getattr(node, item.name)
        if isinstance(value, Expr):
            found.append(value)
        elif isinstance(node, Stack) and item.name == "rows":
            found += [cell for row in node.rows for cell in row]
        elif isinstance(value, tuple):
            found += [part for part in value if isinstance(part, Expr)]
    return tuple(found)


def walk(node: Expr) -> Iterator[Expr]:
    """The node and everything below it."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(children(current))


def depth(node: Expr) -> int:
    """How many nodes stand above one another."""
    deepest, pending = 0, [(node, 1)]
    while pending:
        current, level = pending.pop()
        deepest = max(deepest, level)
        pending += [(child, level + 1) for child in children(current)]
    return deepest


def variables(node: Expr) -> Iterator[Var]:
    """Every understood symbol in a tree."""
    return (found for found in walk(node) if isinstance(found, Var))


def rebuilt(node: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The node with `change` applied to each expression right below it."""
    values: dict[str, Any] = {}
    for item in fields(node):
        value = getattr(node, item.name)
        if isinstance(value, Expr):
            values[item.name] = change(value)
        elif isinstance(node, Stack) and item.name == "rows":
            values[item.name] = tuple(tuple(change(cell) for cell in row) for row in node.rows)
        elif isinstance(value, tuple) and any(isinstance(part, Expr) for part in value):
            values[item.name] = tuple(change(part) for part in value)
    return replace(node, **values) if values else node


def replaced(node: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The tree with `change` applied to every node, from the leaves up."""
    return change(rebuilt(node, lambda below: replaced(below, change)))
