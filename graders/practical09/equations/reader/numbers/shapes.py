"""Infers the shape of every symbol by unification, and finds where no shapes can fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

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

Dim = tuple[str, ...]  # ("1",), ("D",), ("H", "D") for their sum, or ("?", number) for one yet unknown
Shape = tuple[Dim, Dim]
ONE: Dim = ("1",)


class Clash(Exception):
    """Two dimensions would have to be equal that are not; `symbols` are the names next to the place."""

    def __init__(self, one: Dim, other: Dim, symbols: tuple[str, ...]) -> None:
        super().__init__(f"{'+'.join(one)} and {'+'.join(other)}")
        self.one = one
        self.other = other
        self.symbols = symbols


@dataclass
class Shapes:
    """The shapes of one equation.

    Attributes:
        roles: (name, time) -> the dimension of a vector of the network ("D", "H" or "K").
        column: whether vectors stand upright.
        scalars: names that are single numbers.
        same: dimensions taken to be equal.
    """

    roles: Mapping[tuple[str, int | None], str]
    column: bool = True
    scalars: frozenset[str] = frozenset()
    same: frozenset[str] = frozenset()
    parameters: dict[str, tuple[tuple[Dim, ...], Shape]] = field(default_factory=dict)
    axes: dict[str, Dim] = field(default_factory=dict)
    _bound: dict[str, Dim] = field(default_factory=dict)
    _count: int = 0

    def fresh(self) -> Dim:
        """A dimension not known yet."""
        self._count += 1
        return ("?", str(self._count))

    def rigid(self, name: str) -> Dim:
        """One of the network's own dimensions."""
        return (min(self.same),) if name in self.same else (name,)

    def known(self, dim: Dim) -> Dim:
        """What a dimension has turned out to be."""
        if dim[0] == "?":
            return self.known(self._bound[dim[1]]) if dim[1] in self._bound else dim
        return dim

    def unify(self, one: Dim, other: Dim, near: Iterable[Expr] = ()) -> None:
        """Demand that two dimensions are equal."""
        one, other = self.known(one), self.known(other)
        if one == other:
            return
        if one[0] == "?":
            self._bound[one[1]] = other
        elif other[0] == "?":
            self._bound[other[1]] = one
        else:
            raise Clash(one, other, tuple(node.name for node in near if isinstance(node, Var)))

    def match(self, one: Shape, other: Shape, near: Iterable[Expr] = ()) -> None:
        """Demand that two shapes are equal."""
        self.unify(one[0], other[0], near)
        self.unify(one[1], other[1], near)

    def is_scalar(self, shape: Shape) -> bool:
        """Whether a shape is known to be that of a single number."""
        return self.known(shape[0]) == ONE and self.known(shape[1]) == ONE

    def is_vector(self, shape: Shape) -> bool:
        """Whether a shape is known to be that of a vector with entries."""
        return self.has_entries(shape) and "?" not in (self.known(shape[0])[0], self.known(shape[1])[0])

    def has_entries(self, shape: Shape) -> bool:
        """Whether one side of a shape is known to be 1, and the other one is not."""
        return (self.known(shape[0]) == ONE) != (self.known(shape[1]) == ONE)

    def vector(self, dim: Dim) -> Shape:
        """A vector as this orientation has it."""
        return (dim, ONE) if self.column else (ONE, dim)

    def axis(self, name: str) -> Dim:
        """The dimension that an index runs over."""
        return self.axes.setdefault(name, self.fresh())

    def infer(self, node: Expr) -> Shape:
        """The shape of a tree.

        Raises:
            Clash: no shapes fit.
            Unreadable: the tree holds what has no shape here.
        """
        match node:
            case Num():
                return ONE, ONE
            case Var():
                return self._variable(node)
            case Add(terms):
                return self._add(terms)
            case Neg(body):
                return self.infer(body)
            case Transpose(Num()):
                raise Unreadable("a row of ones or zeros")
            case Transpose(body):
                rows, columns = self.infer(body)
                return columns, rows
            case Mul(left, right, how):
                return self._product(left, right, how)
            case Div(top, bottom):
                return self._quotient(top, bottom)
            case Power(base, exponent):
                self.infer(exponent)
                return self.infer(base)
            case Apply(function, args):
                return self._applied(function, args)
            case Total(index, body):
                return self._total(index, body)
            case Stack():
                return self._stack(node)
            case Entry(body, _, axis, pick):
                return self._entry(self.infer(body), axis, pick)
            case Collect(body, axis):
                self.match(self.infer(body), (ONE, ONE))
                return self.vector(self.axis(axis))
        raise Unreadable(f"no shape for {type(node).__name__}")

    def _variable(self, var: Var) -> Shape:
        role = self.roles.get((var.name, var.time))
        if role is not None:
            dim = self.rigid(role)
            if len(var.axes) + var.pick > 1:
                raise Unreadable(f"too many indices on {var.name}")
            if var.axes:
                self.unify(self.axis(var.axes[0]), dim, (var,))
            return (ONE, ONE) if var.axes or var.pick else self.vector(dim)
        if var.name in self.scalars:
            return ONE, ONE
        if var.time is not None or var.step is not None or var.pick:
            raise Unreadable(f"{var.name} at this step is not defined")
        if var.name not in self.parameters:
            shape = (ONE, ONE) if len(var.axes) > 1 else (self.fresh(), self.fresh())
            self.parameters[var.name] = (tuple(self.fresh() for _ in var.axes), shape)
        dims, shape = self.parameters[var.name]
        if len(dims) != len(var.axes):
            raise Unreadable(f"{var.name} with and without indices")
        for axis, dim in zip(var.axes, dims, strict=True):
            self.unify(self.axis(axis), dim, (var,))
        return shape

    def _add(self, terms: tuple[Expr, ...]) -> Shape:
        shapes = [(term, self.infer(term)) for term in terms]
        shaped = [(term, shape) for term, shape in shapes if not isinstance(term, Num)] or shapes
        first, shape = shaped[0]
        for term, other in shaped[1:]:
            self.match(shape, other, (first, term))
        return shape

    def _product(self, left: Expr, right: Expr, how: str) -> Shape:
        one, other = self.infer(left), self.infer(right)
        if self.is_scalar(one) or self.is_scalar(other):
            return other if self.is_scalar(one) else one
        if how == "each":
            self.match(one, other, (left, right))
            return one
        if self.is_vector(one) and self.is_vector(other) and self.known(one[1]) != self.known(other[0]):
            if how == "dot" and (self.known(one[0]), self.known(one[1])) == (
                self.known(other[0]),
                self.known(other[1]),
            ):
                return ONE, ONE
            raise Unreadable("two vectors side by side")
        self.unify(one[1], other[0], (left, right))
        return one[0], other[1]

    def _quotient(self, top: Expr, bottom: Expr) -> Shape:
        one, other = self.infer(top), self.infer(bottom)
        if not self.is_scalar(other):
            self.match(one, other, (top, bottom))
        return one

    def _applied(self, function: str, args: tuple[Expr, ...]) -> Shape:
        if function in ("crossentropy", "nll") and len(args) == 2:
            for arg in args:
                self.infer(arg)
            return ONE, ONE
        if function == "logsumexp" and len(args) == 1:
            return self._total(None, args[0])
        if function not in ("tanh", "sigmoid", "relu", "exp", "log", "softmax", "logsoftmax") or len(args) != 1:
            raise Unreadable(f"what {function} means is not said")
        shape = self.infer(args[0])
        if function in ("softmax", "logsoftmax") and self.is_scalar(shape):
            raise Unreadable("the softmax of a single number")
        return shape

    def _total(self, index: str | None, body: Expr) -> Shape:
        shape = self.infer(body)
        if index is None:
            if not self.has_entries(shape):
                raise Unreadable("a sum over nothing that is named")
            return ONE, ONE
        if index != "time" and index not in self.axes:
            raise Unreadable("a sum over an index that does not occur")
        return shape

    def _stack(self, node: Stack) -> Shape:
        shapes = [[self.infer(cell) for cell in row] for row in node.rows]
        if (node.loose and not self.column) or (
            not self.column and all(len(row) == 1 and not self.is_scalar(row[0]) for row in shapes)
        ):
            shapes = [[row[0] for row in shapes]]
        for row in shapes:
            for shape in row[1:]:
                self.unify(row[0][0], shape[0])
        for column in zip(*shapes, strict=True):
            for shape in column[1:]:
                self.unify(column[0][1], shape[1])
        return self._sum(row[0][0] for row in shapes), self._sum(shape[1] for shape in shapes[0])

    def _sum(self, dims: Iterable[Dim]) -> Dim:
        parts = [self.known(dim) for dim in dims]
        if len(parts) == 1:
            return parts[0]
        if any(part[0] == "?" for part in parts):
            raise Unreadable("blocks of unknown size")
        return tuple(sorted(name for part in parts for name in part))

    def _entry(self, shape: Shape, axis: str | None, pick: bool) -> Shape:
        if not self.has_entries(shape):
            raise Unreadable("an entry of what is no vector")
        if axis is not None:
            self.unify(self.axis(axis), shape[0] if self.known(shape[1]) == ONE else shape[1])
        elif not pick:
            raise Unreadable("an entry that is not named")
        return ONE, ONE
