"""The recurrence: which affine map and which activation it is, next to what the model asks for."""

from __future__ import annotations

import re

import numpy as np
from numpy.random import Generator

from graders.practical09.equations.reader.finding import DIFFERS, MOST, Finding, ModelPart, PartStatus, combined
from graders.practical09.equations.reader.judging.roles import Definition, RoleParts, whole
from graders.practical09.equations.reader.judging.verdicts import NAMES, misfit, unread, unweighted, verdict, wrong
from graders.practical09.equations.reader.numbers.activations import activated_map
from graders.practical09.equations.reader.numbers.probing import TINY, NumericLayer, affine, free, stripped
from graders.practical09.equations.reader.numbers.shapes import Clash
from graders.practical09.equations.reader.reading import Reading
from graders.practical09.equations.reader.tree import Add, Apply, Expr, Key, Unreadable, variables, walk


def judge_recurrence(reading: Reading, parts: RoleParts, rng: Generator) -> Finding:
    """What the equation of the state says."""
    if parts.hidden is None:
        return Finding(
            ModelPart.RECURRENCE,
            PartStatus.UNREAD,
            "absent",
            "No equation was recognised as the one of the hidden state.",
        )
    found = [_recurrence(item, reading, parts, rng) for item in parts.definitions[parts.hidden][:MOST]]
    return combined(found)


def _recurrence(definition: Definition, reading: Reading, parts: RoleParts, rng: Generator) -> Finding:
    hidden = str(parts.hidden)
    try:
        body = whole(definition, parts, frozenset({hidden}))
        timed: set[Key] = {(var.name, var.time) for var in variables(body) if var.time is not None}
        inputs = {key for key in timed if key[0] != hidden and key[1] == 0}
        others = timed - inputs - {(hidden, -1)}
        looped = _through_output(others, parts, hidden)
        if looped:
            return wrong(ModelPart.RECURRENCE, ["recurrence through the output"], definition)
        if others or len(inputs) > 1:
            raise Unreadable("it depends on more than the input and the last state")
        roles: dict[Key, str] = dict.fromkeys(inputs, "D") | {(hidden, -1): "H"}
        found, layer = activated_map(body, roles, "H", ("tanh", "sigmoid", "relu", "softmax"), rng)
    except Clash as clash:
        bare = {var for node in walk(body) for var in unweighted(node)}
        if reading.unread or len(roles) != 2 or bare:
            return unread(ModelPart.RECURRENCE, Unreadable("its symbols do not fit together as read"), definition)
        return misfit(ModelPart.RECURRENCE, clash, definition)
    except Unreadable as doubt:
        return unread(ModelPart.RECURRENCE, doubt, definition)
    if found is None:
        return _outside(body, layer, definition, rng)
    x = found.inside.matrices.get(next(iter(inputs))) if inputs else None
    h = found.inside.matrices[hidden, -1]
    kinds = []
    if found.activation != "tanh":
        kinds.append("tanh missing" if not found.activation else f"{NAMES[found.activation]} instead of tanh")
    if np.abs(h).max() < TINY:
        kinds.append("recurrence missing")
        if any(re.search(r"-\s*1|t_\{?0", segment) for segment in reading.segments):
            return unread(
                ModelPart.RECURRENCE, Unreadable("a previous step is mentioned elsewhere"), definition, DIFFERS
            )
    if x is None or np.abs(x).max() < TINY:
        kinds.append("input missing")
    if np.abs(found.inside.bias).max() < TINY:
        kinds.append("bias missing")
    if any(matrix is not None and np.abs(matrix).max() > TINY and not free(matrix) for matrix in (x, h)):
        return unread(ModelPart.RECURRENCE, Unreadable("its weights are no free matrices"), definition)
    return verdict(ModelPart.RECURRENCE, kinds, definition, reading)


def _through_output(others: set[Key], parts: RoleParts, hidden: str) -> bool:
    """Whether the last output stands where the last state should."""
    if len(others) != 1:
        return False
    name, time = next(iter(others))
    if time != -1 or len(parts.definitions.get(name, ())) != 1:
        return False
    body = whole(parts.definitions[name][0], parts, frozenset({hidden}))
    return stripped(body)[0] == "softmax" and any(var.name == hidden and var.time == 0 for var in variables(body))


def _outside(body: Expr, layer: NumericLayer, definition: Definition, rng: Generator) -> Finding:
    """A sum of a tanh and affine terms: something was left outside the tanh."""
    part = ModelPart.RECURRENCE
    terms = body.terms if isinstance(body, Add) else ()
    tanh = [term for term in terms if isinstance(term, Apply) and term.function == "tanh"]
    rest = tuple(term for term in terms if term not in tanh)
    if len(tanh) == 1 and rest:
        with np.errstate(all="ignore"):
            inner = affine(lambda vectors: layer(vectors, body=tanh[0].args[0]), layer, rng)
            outer = affine(lambda vectors: layer(vectors, body=Add(rest)), layer, rng)
        if inner is not None and outer is not None:
            return wrong(part, ["terms outside the tanh"], definition)
    return unread(part, Unreadable("it is no activation of an affine map"), definition)
