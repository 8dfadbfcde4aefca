"""Finds the parts of the network in the equations: the state, input, output, loss; by structure, not by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from graders.practical09.equations.reader.reading import Reading
from graders.practical09.equations.reader.tree import (
    Apply,
    Collect,
    Entry,
    Equation,
    Expr,
    Total,
    Unreadable,
    Var,
    replaced,
    variables,
    walk,
)

DEEPEST = 6  # definitions within definitions
LARGEST = 1_500  # nodes of one equation with its intermediate quantities put in
LOSS_LETTERS = {"L", "E", "J", "C", "ell", "loss", "mathca L", "mathca E", "mathca J", "mathca C", "H", "l", "nll"}
LOSS_LETTERS |= {"crossentropy", "Error", "error", "Err", "Cost", "cost", "total"}
STATE_LETTERS = {"h", "s", "H", "S", "a"}


@dataclass(frozen=True)
class Definition:
    """What a quantity of the current step is: its right side, and the index when it is given entry by entry."""

    name: str
    body: Expr
    axis: str | None
    source: str
    written: Equation


@dataclass(frozen=True)
class RoleParts:
    """The definitions of one answer, and the name of its state, if that is clear."""

    definitions: Mapping[str, tuple[Definition, ...]]
    hidden: str | None


def base(name: str) -> str:
    """A name's letter."""
    return name.partition("_")[0].partition(" hat")[0]


def find_parts(reading: Reading) -> RoleParts:
    """Sort the equations into definitions, and find the state."""
    found: dict[str, list[Definition]] = {}
    for statement in reading.equations:
        definition = _definition(statement)
        if definition is not None and not is_loss(statement):
            same = found.setdefault(definition.name, [])
            if all((other.body, other.axis) != (definition.body, definition.axis) for other in same):
                same.append(definition)
    definitions = {name: tuple(items) for name, items in found.items()}
    return RoleParts(definitions, _hidden(definitions))


def is_loss(statement: Equation) -> bool:
    """Whether a statement is about the loss: by its letter, or by its sums over time."""
    left = statement.left
    name = left.name if isinstance(left, Var) else left.function if isinstance(left, Apply) else ""
    if (
        isinstance(left, Var)
        and left.time is not None
        and any(v.time == left.time - 1 for v in variables(statement.right))
    ):
        return False
    named = base(name) in LOSS_LETTERS - {"H", "C", "E", "l"} or base(name).lower() in LOSS_LETTERS
    logs = any(
        isinstance(node, Apply) and node.function in ("log", "crossentropy", "nll") for node in walk(statement.right)
    )
    sums = any(isinstance(node, Total) and node.index == "time" for node in walk(statement.right))
    return named or logs or sums or (base(name) in LOSS_LETTERS and isinstance(left, Var) and left.time is None)


def _definition(statement: Equation) -> Definition | None:
    left, shift = statement.left, 0
    if not isinstance(left, Var) or len(left.axes) > 1 or left.pick:
        return None
    if left.time is None:
        if left.step is not None or not (left.axes and any(v.time is not None for v in variables(statement.right))):
            return None
        left = replace(left, time=0)
    shift = left.time or 0
    body = statement.right
    if shift:
        body = replaced(body, lambda node: _shifted(node, shift))
    return Definition(left.name, body, left.axes[0] if left.axes else None, statement.source, statement)


def _shifted(node: Expr, shift: int) -> Expr:
    if isinstance(node, Var) and node.time is not None:
        return replace(node, time=node.time - shift)
    return node


def expand(node: Expr, parts: RoleParts, stop: frozenset[str]) -> Expr:
    """The tree with defined quantities of the current step put in, except for those in `stop`.

    Raises:
        Unreadable: a quantity is defined twice or by itself, or the tree grows beyond all need.
    """
    budget = [LARGEST]

    def put_in(tree: Expr, busy: frozenset[str]) -> Expr:
        def change(found: Expr) -> Expr:
            budget[0] -= 1
            if budget[0] < 0:
                raise Unreadable("the definitions unfold without end")
            if (
                not isinstance(found, Var)
                or found.time != 0
                or found.name in stop
                or found.name not in parts.definitions
            ):
                return found
            if len(busy) >= DEEPEST:
                raise Unreadable("definitions within definitions without end")
            if found.name in busy:
                raise Unreadable(f"{found.name} is defined by itself")
            same = parts.definitions[found.name]
            if len(same) != 1:
                raise Unreadable(f"{found.name} is defined more than once")
            return _used(found, same[0], put_in(same[0].body, busy | {found.name}))

        return replaced(tree, change)

    return put_in(node, frozenset())


def _used(var: Var, definition: Definition, body: Expr) -> Expr:
    """A definition's body where its name stood: as a vector, or as the entry that was asked for."""
    if definition.axis is not None and var.axes:
        body = _with_axis(body, definition.axis, var.axes[0])
    elif definition.axis is not None:
        body = Collect(body, definition.axis)
    elif var.axes:
        body = Entry(body, axis=var.axes[0])
    return Entry(body, pick=True) if var.pick else body


def _with_axis(body: Expr, old: str, new: str) -> Expr:
    def change(node: Expr) -> Expr:
        if isinstance(node, Var) and old in node.axes:
            return replace(node, axes=tuple(new if axis == old else axis for axis in node.axes))
        if isinstance(node, Entry) and node.axis == old:
            return replace(node, axis=new)
        return node

    return replaced(body, change)


def whole(definition: Definition, parts: RoleParts, stop: frozenset[str]) -> Expr:
    """A definition as a vector, with intermediate quantities put in."""
    body = expand(definition.body, parts, stop)
    return Collect(body, definition.axis) if definition.axis is not None else body


def _hidden(definitions: Mapping[str, tuple[Definition, ...]]) -> str | None:
    """The quantity that depends on its own last value; failing that, what has a state's letter or activation."""
    parts = RoleParts(definitions, None)
    recurrent = [name for name in definitions if any(_recurs(item, parts) for item in definitions[name])]
    if len(recurrent) == 1:
        fed = [name for name, items in definitions.items() if any(_reads_last(item, recurrent[0]) for item in items)]
        return fed[0] if len(fed) == 1 and any(_activated(item) for item in definitions[fed[0]]) else recurrent[0]
    if recurrent:
        return None
    lettered = [name for name in definitions if base(name) in STATE_LETTERS - {"a"}]
    if len(lettered) == 1:
        return lettered[0]
    activated = [name for name, items in definitions.items() if any(_activated(item) for item in items)]
    return activated[0] if len(activated) == 1 else None


def _recurs(definition: Definition, parts: RoleParts) -> bool:
    try:
        body = expand(definition.body, parts, frozenset({definition.name}))
    except Unreadable:
        body = definition.body
    return any(var.name == definition.name and var.time == -1 for var in variables(body))


def _reads_last(definition: Definition, name: str) -> bool:
    return any(var.name == name and var.time == -1 for var in variables(definition.body))


def _activated(definition: Definition) -> bool:
    return isinstance(definition.body, Apply) and definition.body.function in ("tanh", "sigmoid", "relu")
