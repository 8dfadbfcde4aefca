"""The output: which affine map of the state and which activation it is, next to what the model asks for."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.random import Generator

from graders.practical09.equations.reader.finding import MOST, Finding, ModelPart, PartStatus, combined
from graders.practical09.equations.reader.judging.roles import Definition, RoleParts, base, whole
from graders.practical09.equations.reader.judging.verdicts import NAMES, misfit, unread, unweighted, verdict
from graders.practical09.equations.reader.numbers.activations import activated_map
from graders.practical09.equations.reader.numbers.probing import TINY
from graders.practical09.equations.reader.numbers.shapes import Clash
from graders.practical09.equations.reader.reading import Reading
from graders.practical09.equations.reader.tree import Apply, Expr, Key, Unreadable, Var, replaced, variables, walk


def judge_output(reading: Reading, parts: RoleParts, rng: Generator) -> tuple[Finding, str | None]:
    """What the equation of the output says, and the output's name."""
    candidates = _outputs(parts)
    if len(candidates) != 1:
        message = (
            "No equation was recognised as the one of the output." if not candidates else "Several may be the output."
        )
        return Finding(ModelPart.OUTPUT, PartStatus.UNREAD, "absent" if not candidates else "", message), None
    name = candidates[0]
    return combined([_output(item, reading, parts, rng) for item in parts.definitions[name][:MOST]]), name


def _outputs(parts: RoleParts) -> list[str]:
    """Names that may be the output: no other equation of the network uses them, and they look like an output."""
    used: set[str] = set()
    for items in parts.definitions.values():
        for item in items:
            used |= {var.name for var in variables(item.body) if var.time == 0 and var.name != item.name}
    ends = [name for name in parts.definitions if name != parts.hidden and name not in used]
    for likely in (_ends_in_softmax, _has_a_letter):
        found = [name for name in ends if likely(name, parts)]
        if found:
            return found
    return []


def _has_a_letter(name: str, parts: RoleParts) -> bool:
    return base(name) in ("y", "o", "p", "q")


def _ends_in_softmax(name: str, parts: RoleParts) -> bool:
    bodies = [item.body for item in parts.definitions[name]]
    return any(
        isinstance(node, Apply) and node.function in ("softmax", "exp") for body in bodies for node in walk(body)
    )


def _output(definition: Definition, reading: Reading, parts: RoleParts, rng: Generator) -> Finding:
    hidden = parts.hidden or ""
    try:
        body = _with_state(whole(definition, parts, frozenset({hidden})), parts)
        timed: set[Key] = {(var.name, var.time) for var in variables(body) if var.time is not None}
        inputs = {key for key in timed if key[0] != hidden and key[1] == 0 and key[0] not in parts.definitions}
        if timed - inputs - {(hidden, 0), (hidden, -1)} or len(timed) != 1:
            raise Unreadable("it depends on something else than the state")
        if inputs and not _is_input(next(iter(inputs)), parts):
            raise Unreadable("it depends on a quantity that is not defined")
        key = next(iter(timed))
        roles: Mapping[Key, str] = {key: "D" if inputs else "H"}
        found, _ = activated_map(body, roles, "K", ("softmax", "sigmoid", "tanh", "relu", "exp"), rng)
    except Clash as clash:
        bare = {var for node in walk(body) for var in unweighted(node)}
        if reading.unread or inputs or bare:
            return unread(ModelPart.OUTPUT, Unreadable("its symbols do not fit together as read"), definition)
        return misfit(ModelPart.OUTPUT, clash, definition)
    except Unreadable as doubt:
        return unread(ModelPart.OUTPUT, doubt, definition)
    if found is None:
        return unread(ModelPart.OUTPUT, Unreadable("it is no activation of an affine map"), definition)
    kinds = []
    if found.activation != "softmax":
        kinds.append("softmax missing" if not found.activation else f"{NAMES[found.activation]} instead of softmax")
    if inputs:
        kinds.append("input instead of state")
    elif key[1] == -1:
        kinds.append("last state instead of the new one")
    if np.abs(found.inside.bias).max() < TINY:
        kinds.append("bias missing")
    if np.linalg.matrix_rank(found.inside.matrices[key]) < min(found.inside.matrices[key].shape) - 1:
        return unread(ModelPart.OUTPUT, Unreadable("its weights are no free matrix"), definition)
    return verdict(ModelPart.OUTPUT, kinds, definition, reading)


def _with_state(body: Expr, parts: RoleParts) -> Expr:
    """The body with the state's name where the state's own right side is written out once more."""
    written = [item.body for item in parts.definitions.get(str(parts.hidden), ()) if item.axis is None]
    return replaced(body, lambda node: Var(str(parts.hidden), 0) if node in written else node)


def _is_input(key: Key, parts: RoleParts) -> bool:
    """Whether the state's own equation reads this quantity as its input."""
    if parts.hidden is None:
        return False
    for definition in parts.definitions[parts.hidden]:
        try:
            body = whole(definition, parts, frozenset({parts.hidden}))
        except Unreadable:
            continue
        if any((var.name, var.time) == key for var in variables(body)):
            return True
    return False
