"""Dimensions of the whole model: all equations together, and the shapes that the answer declares."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations

from graders.practical09.equations.reader.finding import Finding, ModelPart, PartStatus
from graders.practical09.equations.reader.grammar.size_words import size_of
from graders.practical09.equations.reader.judging.roles import RoleParts, whole
from graders.practical09.equations.reader.numbers.probing import simplified
from graders.practical09.equations.reader.numbers.shapes import ONE, Clash, Dim, Shapes
from graders.practical09.equations.reader.reading import Reading
from graders.practical09.equations.reader.tree import Declared, Expr, Key, Unreadable, Var, variables

MERGES = [frozenset(pair) for pair in combinations("DHK", 2)] + [frozenset("DHK")]


@dataclass(frozen=True)
class ModelShapes:
    """The equations of state and output, each with the dimension of what it gives, and the roles of their vectors."""

    bodies: tuple[tuple[Expr, str], ...]
    roles: dict[Key, str]
    declared: tuple[Declared, ...]


@dataclass
class _Together:
    """One try at shapes for everything at once."""

    shapes: Shapes
    sizes: dict[str, Dim] = field(default_factory=dict)

    def fit(self, model: ModelShapes, *, with_declared: bool) -> None:
        for body, dim in model.bodies:
            shape = self.shapes.infer(body)
            upright = self.shapes.vector(self.shapes.rigid(dim))
            if tuple(map(self.shapes.known, shape)) != upright[::-1]:
                self.shapes.match(shape, upright)
        for item in model.declared if with_declared else ():
            self._declare(item)

    def _declare(self, item: Declared) -> None:
        name = item.name
        if not isinstance(name, Var) or name.axes:
            return
        if name.time is not None and item.dims[1:] in (("T",), ("t",)):
            raise Unreadable(f"{name.name} of one step is given the shape of all steps")
        role = self.shapes.roles.get((name.name, name.time))
        if role is not None:
            shape = self.shapes.vector(self.shapes.rigid(role))
        elif name.name in self.shapes.parameters and not self.shapes.parameters[name.name][0]:
            shape = self.shapes.parameters[name.name][1]
        else:
            return
        dims = [self._size(text) for text in item.dims]
        if len(dims) == 1:
            rows, columns = map(self.shapes.known, shape)
            self.shapes.unify(dims[0], columns if rows == ONE else rows, (name,))
        elif len(dims) == 2:
            flat = role is not None and self.shapes.known(dims[0]) != ONE and self.shapes.known(dims[1]) == ONE
            self.shapes.match(shape if not flat or self.shapes.column else shape[::-1], (dims[0], dims[1]), (name,))

    def _size(self, text: str) -> Dim:
        if text == "1":
            return ONE
        return self.sizes.setdefault(text, self.shapes.fresh())


def judge_dimensions(reading: Reading, parts: RoleParts, found: tuple[Finding, ...], output: str | None) -> Finding:
    """Whether one choice of shapes fits all equations and all declarations.

    Args:
        found: the findings on recurrence and output, whose misfits are repeated here.
    """
    for finding in found:
        if finding.status is PartStatus.DIMENSIONS:
            return Finding(ModelPart.DIMENSIONS, finding.status, finding.kind, finding.message, finding.source)
    try:
        judged = _judged(_model(reading, parts, output), reading)
    except Unreadable as doubt:
        return Finding(ModelPart.DIMENSIONS, PartStatus.UNREAD, "", str(doubt))
    if judged.status is PartStatus.DIMENSIONS and any(finding.status is PartStatus.UNREAD for finding in found):
        message = "the shapes do not fit the equations as far as these were read"
        return Finding(ModelPart.DIMENSIONS, PartStatus.UNREAD, "partly read", message)
    return judged


def _judged(model: ModelShapes, reading: Reading) -> Finding:
    if _fits(model, frozenset(), with_declared=True) is None:
        if reading.unread_shapes:
            message = f"it is not clear what has the shape in “{reading.unread_shapes[0]}”"
            return Finding(ModelPart.DIMENSIONS, PartStatus.UNREAD, "stated shapes", message)
        if any(map(size_of, _sizes(model))) and _fits(model, frozenset(), with_declared=True, named=True) is not None:
            message = "the stated shapes use names of sizes in another sense than the exercise, or are exchanged"
            return Finding(ModelPart.DIMENSIONS, PartStatus.UNREAD, "letters of sizes", message)
        return Finding(ModelPart.DIMENSIONS, PartStatus.AGREES, "declared" if model.declared else "")
    clash = _fits(model, frozenset(), with_declared=False)
    if clash is not None:
        names = " and ".join(dict.fromkeys(clash.symbols)) or "a symbol"
        message = f"{names} would need different shapes in different equations"
        return Finding(ModelPart.DIMENSIONS, PartStatus.UNREAD, "shared symbol", message)
    if reading.unread or any(
        _fits(model, same, with_declared=True) is None for same in MERGES if not _told_apart(model, same)
    ):
        message = "the declared shapes fit only if some of the sizes are equal"
        return Finding(ModelPart.DIMENSIONS, PartStatus.UNREAD, "equal sizes", message)
    return _misdeclared(model)


def _model(reading: Reading, parts: RoleParts, output: str | None) -> ModelShapes:
    hidden = parts.hidden
    if hidden is None or output is None:
        raise Unreadable("the equations of state and output were not both recognised")
    states, outputs = (_with_weights(parts, name, hidden) for name in (hidden, output))
    if not states or not outputs:
        raise Unreadable("the equations of state and output were not both recognised")
    inputs = {var.name for body in states + outputs for var in variables(body) if var.time == 0 and var.name != hidden}
    if len(inputs) != 1:
        raise Unreadable("the input was not recognised")
    roles: dict[Key, str] = {(inputs.pop(), 0): "D", (hidden, 0): "H", (hidden, -1): "H", (output, 0): "K"}
    return ModelShapes((*((body, "H") for body in states), *((body, "K") for body in outputs)), roles, reading.declared)


def _with_weights(parts: RoleParts, name: str, hidden: str) -> list[Expr]:
    """A quantity's equations that hold weights, with intermediate quantities put in; general forms are left out."""
    found = [simplified(whole(item, parts, frozenset({hidden}))) for item in parts.definitions[name]]
    return [body for body in found if any(var.time is None and var.step is None for var in variables(body))]


def _fits(model: ModelShapes, same: frozenset[str], *, with_declared: bool, named: bool = False) -> Clash | None:
    """None when shapes fit upright or lying; otherwise where they clash.

    Args:
        named: whether D and `input size`, H and `hidden size`, K and `output size` are what the exercise calls so.

    Raises:
        Unreadable: in neither way the equations can be given shapes at all.
    """
    clashes: list[Clash] = []
    for column in (True, False):
        try:
            together = _Together(Shapes(model.roles, column, same=same))
            if named:
                roles = {text: role for text in _sizes(model) if (role := size_of(text)) is not None}
                together.sizes.update({text: together.shapes.rigid(role) for text, role in roles.items()})
            together.fit(model, with_declared=with_declared)
        except Clash as clash:
            clashes.append(clash)
        except Unreadable:
            continue
        else:
            return None
    if not clashes:
        raise Unreadable("the equations hold what has no shape here")
    return clashes[0]


def _sizes(model: ModelShapes) -> set[str]:
    return {text for item in model.declared for text in item.dims}


def _told_apart(model: ModelShapes, same: frozenset[str]) -> bool:
    """Whether the answer itself gives different names to the sizes that are taken to be equal."""
    names: dict[str, set[str]] = {}
    for item in model.declared:
        if isinstance(item.name, Var) and (item.name.name, item.name.time) in model.roles:
            role = model.roles[item.name.name, item.name.time]
            names.setdefault(role, set()).update(item.dims)
    return any(
        names.get(one) and names.get(other) and not names[one] & names[other] for one, other in combinations(same, 2)
    )


def _misdeclared(model: ModelShapes) -> Finding:
    """Name the declaration without which all would fit, when there is exactly one."""
    guilty = []
    for item in model.declared:
        rest = tuple(other for other in model.declared if other is not item)
        if _fits(ModelShapes(model.bodies, model.roles, rest), frozenset(), with_declared=True) is None:
            guilty.append(item)
    name = f" of {guilty[0].name.name}" if len(guilty) == 1 and isinstance(guilty[0].name, Var) else "s"
    message = f"the declared shape{name} cannot be right, given how the equations use it"
    message = message if len(guilty) == 1 else "the declared shapes do not fit the equations"
    return Finding(
        ModelPart.DIMENSIONS, PartStatus.DIMENSIONS, "declared shapes", message, guilty[0].source if guilty else ""
    )
