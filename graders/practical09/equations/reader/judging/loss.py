"""The loss: evaluated on random probabilities and one-hot targets next to the cross-entropy and its usual mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from graders.practical09.equations.reader.finding import MOST, Finding, ModelPart, PartStatus, combined
from graders.practical09.equations.reader.judging.roles import LOSS_LETTERS, RoleParts, base, is_loss
from graders.practical09.equations.reader.judging.scores import scores_of
from graders.practical09.equations.reader.numbers.shapes import Clash, Shapes
from graders.practical09.equations.reader.numbers.values import Array, Environment, Value, evaluate
from graders.practical09.equations.reader.reading import Function, Reading
from graders.practical09.equations.reader.tree import (
    Apply,
    Equation,
    Expr,
    Total,
    Unreadable,
    Var,
    replaced,
    variables,
    walk,
)

STEPS = 4
OUTPUT_LETTERS = {"p", "o", "q", "pi"}
SAID = {
    "minus missing": r"maximi[sz]|negative|likelihood|minus",
    "sum over time missing": r"\bsum|total|averag|\bmean\b|\badd|each|every|\bper\b|soma|cada",
    "sum over classes missing": r"\bsum|class|categor|soma",
}


def judge_loss(reading: Reading, parts: RoleParts, output: str | None, rng: Generator) -> Finding:
    """What the equation of the loss says."""
    candidates = _candidates(reading)
    if not candidates:
        return Finding(
            ModelPart.LOSS, PartStatus.UNREAD, "absent", "No equation was recognised as the one of the loss."
        )
    scores = scores_of(output, parts, rng)
    found = [_judged(statement, candidates, reading, (output, scores), rng) for statement in _last(candidates)[:MOST]]
    finding = combined(found)
    if finding.accuses and reading.unread and "missing" in finding.kind:
        return replace(
            finding, status=PartStatus.UNREAD, message="another equation, which may complete it, was not read"
        )
    if finding.accuses and finding.kind in SAID and reading.mentions(SAID[finding.kind]):
        return replace(finding, status=PartStatus.UNREAD, message="the words may say the rest")
    return finding


def _candidates(reading: Reading) -> list[Equation]:
    found = [statement for statement in reading.equations if is_loss(statement)]
    for name, function in reading.functions.items():
        if base(name) in LOSS_LETTERS:
            found.append(Equation(Var(name), function.body, function.source, function.timed))
    return found


def _last(candidates: list[Equation]) -> list[Equation]:
    """Those statements that no other one uses."""
    used: set[tuple[str, bool]] = set()
    for statement in candidates:
        for node in walk(statement.right):
            if isinstance(node, Var):
                used.add((node.name, node.time is not None))
            elif isinstance(node, Apply):
                used.add((node.function, False))
    last = [s for s in candidates if isinstance(s.left, Var) and (s.left.name, s.left.time is not None) not in used]
    totals = [s for s in last if isinstance(s.left, Var) and s.left.time is None]
    return totals or last or candidates


def _judged(
    statement: Equation,
    candidates: list[Equation],
    reading: Reading,
    network: tuple[str | None, str | None],
    rng: Generator,
) -> Finding:
    try:
        body = _put_in(statement.right, statement, candidates, reading.functions)
        names = {var.name for var in variables(body) if var.time is not None}
        scores = network[1] if network[1] in names else None
        output, target = _output_and_target(body, names, network[0], scores)
        return _compared(body, statement, (output, scores, target), rng)
    except Clash:
        return Finding(
            ModelPart.LOSS, PartStatus.UNREAD, "", "its symbols do not fit together as read", statement.source
        )
    except Unreadable as doubt:
        return Finding(ModelPart.LOSS, PartStatus.UNREAD, "", str(doubt), statement.source)


def _put_in(body: Expr, whole: Equation, candidates: list[Equation], functions: Mapping[str, Function]) -> Expr:
    """The loss with the loss of one step put in, where it was defined on its own."""
    steps = {
        s.left.name: s.right for s in candidates if isinstance(s.left, Var) and s.left.time == 0 and not s.left.axes
    }

    def change(node: Expr) -> Expr:
        if isinstance(node, Var) and node.time == 0 and node.name in steps and steps[node.name] is not whole.right:
            return steps[node.name]
        if isinstance(node, Apply) and node.function in functions and base(node.function) in LOSS_LETTERS:
            function = functions[node.function]
            return function.body if _names(node.args) == _names(function.args) else _called(function, node.args)
        return node

    return replaced(body, change)


def _called(function: Function, args: tuple[Expr, ...]) -> Expr:
    """A function's body with other symbols in the place of its arguments."""
    given: dict[str, Var] = {}
    for formal, actual in zip(function.args, args, strict=False):
        if not isinstance(formal, Var) or not isinstance(actual, Var) or formal.axes or actual.axes:
            raise Unreadable("a loss of something unusual")
        given[formal.name] = actual
    if len(args) != len(function.args) or len(given) != len(args):
        raise Unreadable("a loss with other arguments than it was defined with")

    def change(node: Expr) -> Expr:
        actual = given.get(node.name) if isinstance(node, Var) else None
        return replace(node, name=actual.name, time=actual.time) if isinstance(node, Var) and actual else node

    return replaced(function.body, change)


def _names(args: tuple[Expr, ...]) -> list[str]:
    return sorted(var.name for arg in args for var in variables(arg))


def _output_and_target(body: Expr, timed: set[str], output: str | None, scores: str | None) -> tuple[str, str]:
    """The names of output and target: the output is the one that the network defines, or that is inside the log."""
    names = {var.name for var in variables(body)} - _limits(body)
    named = {name for name in names if name in timed or base(name) in ("y", "t", "d", "e", "p", "o", "q", "r")}
    if output and output not in named and output.lower() in named:
        output = output.lower()  # the rows of a matrix of outputs
    if output in named or scores is not None:
        others = named - {str(output), scores}
        if len(others) > 1 or (not others and not any(getattr(node, "pick", False) for node in walk(body))):
            raise Unreadable("which symbol is the target")
        return str(output), others.pop() if others else "target"
    hats = {name for name in named if name.endswith("hat") or base(name) in OUTPUT_LETTERS}
    if len(hats) != 1 or len(named) > 2 or output is not None:
        raise Unreadable("which symbols are output and target")
    others = named - hats
    return hats.pop(), others.pop() if others else "target"


def _limits(body: Expr) -> set[str]:
    return {node.upto for node in walk(body) if isinstance(node, Total) and node.upto} | {"T"}


def _compared(body: Expr, statement: Equation, names: tuple[str, str | None, str], rng: Generator) -> Finding:
    output, scores, target = names
    roles: dict[tuple[str, int | None], str] = {(str(name), 0): "K" for name in names if name is not None}
    classes = int(rng.choice((STEPS - 1, STEPS + 1)))  # so that a mean over the classes is none over the steps
    sums = [node for node in walk(body) if isinstance(node, Total)]
    scalars = {str(node.upto): float(STEPS if node.index == "time" else classes) for node in sums if node.upto}
    scalars = {"T": float(STEPS)} | scalars
    swapped = _log_of_target(body, output, target)
    value = None
    for column in (True, False):
        shapes = Shapes(roles, column, frozenset(scalars))
        try:
            shapes.infer(body)
        except (Clash, Unreadable):
            if not column:
                raise
            continue
        if shapes.parameters:
            raise Unreadable("a symbol that is neither output nor target")
        probabilities = rng.dirichlet(np.full(classes, 2.0), STEPS) * 0.9 + 0.1 / classes
        chosen = rng.permutation(np.arange(STEPS) % classes)
        targets = np.eye(classes)[chosen]
        vectors: dict[tuple[str, int | None], Array] = {(output, 0): probabilities, (target, 0): targets}
        if scores is not None:  # of which a softmax knows no more than the differences
            vectors[scores, 0] = np.log(probabilities) + rng.normal(size=(STEPS, 1))
        env = Environment(vectors, {}, scalars, chosen.astype(np.float64), output, column)
        with np.errstate(all="ignore"):
            value = evaluate(body, env)
        break
    if value is None:
        raise Unreadable("no value")
    if swapped:
        return _finding("output and target swapped", statement)
    return _named(value, probabilities, targets, statement)


def _log_of_target(body: Expr, output: str, target: str) -> bool:
    logs = [node for node in walk(body) if isinstance(node, Apply) and node.function == "log"]
    inside = {var.name for node in logs for var in variables(node)}
    return inside == {target}


def _named(value: Value, p: Array, y: Array, statement: Equation) -> Finding:
    """Which known loss the value is."""
    step = -(y * np.log(p)).sum(axis=1)
    timed = isinstance(statement.left, Var) and statement.left.time is not None
    array = value.array
    if value.axes == () and array.shape == (1, 1):
        return _of_number(float(array[0, 0]), step, p, y, statement)
    if value.axes == ("time",) and array.shape[-2:] == (1, 1):
        if np.allclose(array[:, 0, 0], step):
            kind = "sum over time missing" if statement.timed and not timed else "one step"
            return _finding(kind, statement)
        if np.allclose(array[:, 0, 0], -step):
            return _finding("minus missing", statement)
    summed = array.sum(axis=tuple(range(array.ndim)))
    if "time" not in value.axes and np.allclose(summed, step.sum()):
        return _finding("sum over classes missing", statement)
    raise Unreadable("it is none of the losses that are known here")


def _of_number(number: float, step: Array, p: Array, y: Array, statement: Equation) -> Finding:
    classes = p.shape[1]
    binary = -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum()
    known = {"": step.sum(), "mean": step.mean(), "minus missing": -step.sum(), "log missing": (y * p).sum()}
    known |= {"squared error": ((y - p) ** 2).sum(), "binary cross-entropy": binary}
    for kind, expected in known.items():
        for factor in (1.0, 1 / STEPS, 0.5, 0.5 / STEPS, 1 / classes, 1 / (classes * STEPS)):
            if kind in ("", "mean") and factor != 1:
                continue
            if np.isclose(number, expected * factor, rtol=1e-7) or (
                kind == "log missing" and np.isclose(number, -expected * factor, rtol=1e-7)
            ):
                return _finding(kind, statement)
    raise Unreadable("it is none of the losses that are known here")


NOTES = {
    "": "",
    "mean": "it averages over the steps; summing them, as in the exercise by hand, differs by a constant factor",
}
ONE_STEP = "it is the loss of one step; the loss of the sequence adds the steps up"
MESSAGES = {
    "minus missing": "the minus is missing, so that a better network would have a larger loss",
    "log missing": "the logarithm of the probability is missing",
    "squared error": "this is a squared error, not the cross-entropy",
    "binary cross-entropy": "this is the cross-entropy of independent yes-or-no outputs, not that of a softmax",
    "output and target swapped": "output and target have changed places: the logarithm belongs to the output",
    "sum over time missing": "the losses of the steps are not added up",
    "sum over classes missing": "there is no sum over the classes",
}


def _finding(kind: str, statement: Equation) -> Finding:
    if kind == "one step":
        return Finding(ModelPart.LOSS, PartStatus.UNREAD, kind, ONE_STEP, statement.source)
    if kind in NOTES:
        return Finding(ModelPart.LOSS, PartStatus.AGREES, kind, NOTES[kind], statement.source)
    return Finding(ModelPart.LOSS, PartStatus.DISAGREES, kind, MESSAGES[kind], statement.source)
