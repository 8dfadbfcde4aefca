"""Whether a student's `sequence_nll` is right: its values, and the gradients that follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import numpy as np

from graders import CallError, Failed, Outcome, Parts, Rng, Solution, close, finite_numbers
from graders.practical09.training.cell import SYMBOLS, Floats, backward, gradients, losses, model, parts, symbols
from graders.practical09.training.runs import SHEET, hidden_size, weights

RTOL, ATOL = 1e-4, 1e-5  # of float32, in which torch computes

LOSS = (
    "At each step the target is the symbol that comes next; the last target is the end. Take the mean over all steps."
)
STATE = "A name begins with rnn.init_hidden(); from then on each step gets the state that the step before has returned."
GRAPH = "Keep every log-probability a tensor, and hand the state on as it is: item and detach cut the graph."

OTHER = (
    "Gradients reach every weight and bias, but they are not those of a name's mean loss, each step of which hands its "
    "state on to the next one."
)


class NllGradients(TypedDict):
    """What `sequence_nll` gave for a name, the gradients that it left, and what arrived at the model's outputs."""

    value: Any
    tensor: bool
    gradients: dict[str, np.ndarray | None]
    read: np.ndarray | None
    at_outputs: np.ndarray | None


def same_values(student: Solution, rng: Rng, names: Sequence[str], what: str, *, alone: bool = False) -> None:
    """The loss of each name is right, each for a model that has read nothing before.

    Args:
        what: what a value is, for the message; a name may be put into it.
        alone: whether the loss must come alone; else something after it does not matter here.
    """

    def given(start: Floats, hidden: int) -> list[Any]:
        return _values(student, [start] * len(names), hidden, names, range(len(names)))

    start, hidden, found = _at_some_size(rng, given)
    values = Parts()
    for name, value, right in zip(names, found, losses(start, hidden, names), strict=True):
        with values.part():
            close(_first(value), right, rtol=RTOL, atol=ATOL, what=what.format(name), hint=LOSS)
    values.settle()
    if alone and any(isinstance(value, list) for value in found):
        text = "`sequence_nll` returns more than the loss."
        hint = "Return the loss alone: a scalar tensor."
        raise Failed(text, hint=hint, keep=0.5, misconception="nll_with_something_else")


def same_again(student: Solution, rng: Rng, one: str, other: str) -> None:
    """The loss of a name is the same again after another name, and after another model; these have other losses."""

    def given(start: Floats, hidden: int) -> list[Any]:
        models, names = [start, weights(rng, hidden)], [one, other, one, one, one]
        return _values(student, models, hidden, names, [0, 0, 0, 1, 0])

    *_, found = _at_some_size(rng, given)
    first, between, again, elsewhere, last = (
        float(finite_numbers(_first(value), (), what="the loss of a name", hint=LOSS)) for value in found
    )
    for value in (again, last):
        close(value, first, rtol=RTOL, atol=ATOL, what="the loss of a name read a second time", hint=STATE)
    if abs(first - between) < 1e-6 or abs(first - elsewhere) < 1e-6:
        which = "names" if abs(first - between) < 1e-6 else "models"
        raise Failed(f"`sequence_nll` gives two different {which} the same loss.", hint=LOSS)


def right_gradients(student: Solution, rng: Rng, name: str) -> None:
    """The gradients are those of the right loss, or follow by the chain rule from those at the model's outputs.

    The second is for a loss that is another mean, or has other targets: that is charged where its value is.
    """

    def given(start: Floats, hidden: int) -> NllGradients:
        student.require("sequence_nll")
        return student.probe("training.nll_gradients", model(start, hidden), name, returns=NllGradients)

    start, hidden, found = _at_some_size(rng, given)
    right, at = parts(gradients(start, hidden, [name])[0], hidden), found["gradients"]
    stuck = [key for key in right if at.get(key) is None]
    if not found["tensor"] or np.size(_first(found["value"])) != 1:
        raise Failed("`sequence_nll` must return a scalar tensor.", hint=GRAPH)
    if stuck:
        raise Failed(f"No gradient reaches {', '.join(stuck)}.", hint=GRAPH)
    try:
        _same(at, right)
    except Failed as failed:
        if not _follows(found, start, hidden, name):
            if _is_detached(at, start, hidden, name):
                failed.misconception, failed.hint = "nll_with_detached_state", GRAPH
            raise


def _same(found: Mapping[str, Any], right: Mapping[str, Floats]) -> None:
    for key, expected in right.items():
        size = float(np.abs(expected).max())
        close(found[key], expected, rtol=1e-3, atol=3e-4 * size, what=f"the gradient at {key}", hint=OTHER)


def _agree(found: Mapping[str, Any], due: Floats, hidden: int) -> bool:
    try:
        _same(found, parts(due, hidden))
    except Failed:
        return False
    return True


def _follows(found: Mapping[str, Any], start: Floats, hidden: int, name: str) -> bool:
    """Whether the gradients follow, through all steps, from what arrived at the outputs of a whole name."""
    rows, at_outputs = found["read"], found["at_outputs"]
    if rows is None or at_outputs is None or rows.shape != at_outputs.shape or rows.ndim != 2:
        return False
    if rows.shape[1] != len(SYMBOLS) or len(rows) < len(name) or not np.isfinite(at_outputs).all():
        return False
    due = backward(start, hidden, rows.argmax(axis=1)[None], at_outputs[None].astype(np.float64))[0]
    return bool(due.any()) and _agree(found["gradients"], due, hidden)


def _is_detached(found: Mapping[str, Any], start: Floats, hidden: int, name: str) -> bool:
    """Whether the gradients are those of the right loss with a state that no gradient flows through."""
    inputs, targets = symbols([name])
    at_outputs = -np.eye(len(SYMBOLS))[targets] / targets.shape[1]
    return _agree(found, backward(start, hidden, inputs, at_outputs, carried=False)[0], hidden)


def _values(
    student: Solution, starts: Sequence[Floats], hidden: int, names: Sequence[str], order: Sequence[int]
) -> list[Any]:
    """What `sequence_nll` gives for one name after the other, each with the model of that number."""
    student.require("sequence_nll")
    models = [model(start, hidden) for start in starts]
    found = student.probe("training.nll_values", models, list(names), list(order), returns=list[Any])
    if len(found) != len(names):
        text = "What came back when your `sequence_nll` was tried cannot be read."
        raise CallError.in_our_words(Outcome.ERROR, text)
    return found


def _first(value: Any) -> Any:
    """The loss of a name: the value, or what comes first where there is more than one."""
    return value[0] if isinstance(value, list) and len(value) > 1 else value


def _at_some_size(rng: Rng, given: Any) -> tuple[Floats, int, Any]:
    """Weights, a size, and what is given for them: at a size that is drawn, or where that raises, at the notebook's.

    An answer may have that size written down.
    """
    hidden = hidden_size(rng)
    start = weights(rng, hidden)
    try:
        return start, hidden, given(start, hidden)
    except CallError as error:
        if error.outcome is not Outcome.ERROR:
            raise
        told = error
    start = weights(rng, SHEET)
    try:
        return start, SHEET, given(start, SHEET)
    except CallError:
        raise told from None
