"""The recurrence and the output: which affine map and which activation they are, beside what the model asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from graders.practical09.equations.reader.finding import DIFFERS, Finding, Part, Status, combined
from graders.practical09.equations.reader.probing import (
    TINY,
    Affine,
    Layer,
    affine,
    fitted,
    free,
    stripped,
    with_numbers,
)
from graders.practical09.equations.reader.reading import Reading
from graders.practical09.equations.reader.roles import Definition, Parts, base, whole
from graders.practical09.equations.reader.shapes import Clash
from graders.practical09.equations.reader.tree import Add, Apply, Expr, Neg, Unreadable, Var, replaced, variables, walk
from graders.practical09.equations.reader.values import FUNCTIONS

Array = NDArray[np.float64]
Key = tuple[str, int | None]
MOST = 5  # equations of one quantity that are looked at
NAMES = {
    "tanh": "tanh",
    "softmax": "softmax",
    "sigmoid": "a sigmoid",
    "relu": "a ReLU",
    "exp": "an exponential",
    "log": "a log",
}


@dataclass(frozen=True)
class Map:
    """An activation and the affine map inside it; `activation` is "" for none."""

    activation: str
    inside: Affine


def judge_recurrence(reading: Reading, parts: Parts, rng: Generator) -> Finding:
    """What the equation of the state says."""
    if parts.hidden is None:
        return Finding(
            Part.RECURRENCE, Status.UNREAD, "absent", "No equation was recognised as the one of the hidden state."
        )
    found = [_recurrence(item, reading, parts, rng) for item in parts.definitions[parts.hidden][:MOST]]
    return combined(found)


def judge_output(reading: Reading, parts: Parts, rng: Generator) -> tuple[Finding, str | None]:
    """What the equation of the output says, and the output's name."""
    candidates = _outputs(parts)
    if len(candidates) != 1:
        message = (
            "No equation was recognised as the one of the output." if not candidates else "Several may be the output."
        )
        return Finding(Part.OUTPUT, Status.UNREAD, "absent" if not candidates else "", message), None
    name = candidates[0]
    return combined([_output(item, reading, parts, rng) for item in parts.definitions[name][:MOST]]), name


def _recurrence(definition: Definition, reading: Reading, parts: Parts, rng: Generator) -> Finding:
    hidden = str(parts.hidden)
    try:
        body = whole(definition, parts, frozenset({hidden}))
        timed: set[Key] = {(var.name, var.time) for var in variables(body) if var.time is not None}
        inputs = {key for key in timed if key[0] != hidden and key[1] == 0}
        others = timed - inputs - {(hidden, -1)}
        looped = _through_output(others, parts, hidden)
        if looped:
            return _wrong(Part.RECURRENCE, ["recurrence through the output"], definition)
        if others or len(inputs) > 1:
            raise Unreadable("it depends on more than the input and the last state")
        roles: dict[Key, str] = dict.fromkeys(inputs, "D") | {(hidden, -1): "H"}
        found, layer = _map(body, roles, "H", ("tanh", "sigmoid", "relu", "softmax"), rng)
    except Clash as clash:
        bare = {var for node in walk(body) for var in _unweighted(node)}
        if reading.unread or len(roles) != 2 or bare:
            return _unread(Part.RECURRENCE, Unreadable("its symbols do not fit together as read"), definition)
        return _misfit(Part.RECURRENCE, clash, definition)
    except Unreadable as doubt:
        return _unread(Part.RECURRENCE, doubt, definition)
    if found is None:
        return _outside(body, layer, definition, rng)
    x = found.inside.matrices.get(next(iter(inputs))) if inputs else None
    h = found.inside.matrices[hidden, -1]
    kinds = []
    if not found.activation and _activated_later(parts, hidden):
        return _unread(Part.RECURRENCE, Unreadable("its tanh stands in another equation"), definition)
    if found.activation != "tanh":
        kinds.append("tanh missing" if not found.activation else f"{NAMES[found.activation]} instead of tanh")
    if np.abs(h).max() < TINY:
        kinds.append("recurrence missing")
        if any(re.search(r"-\s*1|t_\{?0", segment) for segment in reading.segments):
            return _unread(Part.RECURRENCE, Unreadable("a previous step is mentioned elsewhere"), definition, DIFFERS)
    if x is None or np.abs(x).max() < TINY:
        kinds.append("input missing")
    if np.abs(found.inside.bias).max() < TINY:
        kinds.append("bias missing")
    if any(matrix is not None and np.abs(matrix).max() > TINY and not free(matrix) for matrix in (x, h)):
        return _unread(Part.RECURRENCE, Unreadable("its weights are no free matrices"), definition)
    return _verdict(Part.RECURRENCE, kinds, definition, reading)


def _activated_later(parts: Parts, hidden: str) -> bool:
    """Whether another quantity is an activation of the state itself, which then may be a pre-activation."""
    bodies = [item.body for items in parts.definitions.values() for item in items]
    applied = [node for body in bodies for node in walk(body) if isinstance(node, Apply) and node.function == "tanh"]
    return any(isinstance(arg, Var) and arg.name == hidden for node in applied for arg in node.args)


def _unweighted(node: Expr) -> list[Var]:
    """Vectors of the network right below a sum or a function, with no matrix before them: something is left unsaid."""
    below = node.terms if isinstance(node, Add) else node.args if isinstance(node, Apply) else ()
    return [item for item in below if isinstance(item, Var) and item.time is not None]


def _through_output(others: set[Key], parts: Parts, hidden: str) -> bool:
    """Whether the last output stands where the last state should."""
    if len(others) != 1:
        return False
    name, time = next(iter(others))
    if time != -1 or len(parts.definitions.get(name, ())) != 1:
        return False
    body = whole(parts.definitions[name][0], parts, frozenset({hidden}))
    return stripped(body)[0] == "softmax" and any(var.name == hidden and var.time == 0 for var in variables(body))


def _outputs(parts: Parts) -> list[str]:
    """Names that may be the output: no other equation of the network uses them, and they look like an output."""
    used: set[str] = set()
    for items in parts.definitions.values():
        for item in items:
            used |= {var.name for var in variables(item.body) if var.time == 0 and var.name != item.name}
    ends = [name for name in parts.definitions if name != parts.hidden and name not in used]
    for likely in (_ends_in_softmax, _wears_a_hat, _has_a_letter):
        found = [name for name in ends if likely(name, parts)]
        if found:
            return found
    return []


def _wears_a_hat(name: str, parts: Parts) -> bool:
    return name.endswith("hat")


def _has_a_letter(name: str, parts: Parts) -> bool:
    return base(name) in ("y", "o", "p", "q")


def _ends_in_softmax(name: str, parts: Parts) -> bool:
    bodies = [item.body for item in parts.definitions[name]]
    return any(
        isinstance(node, Apply) and node.function in ("softmax", "exp") for body in bodies for node in walk(body)
    )


def _output(definition: Definition, reading: Reading, parts: Parts, rng: Generator) -> Finding:
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
        found, _ = _map(body, roles, "K", ("softmax", "sigmoid", "tanh", "relu", "exp"), rng)
    except Clash as clash:
        bare = {var for node in walk(body) for var in _unweighted(node)}
        if reading.unread or inputs or bare:
            return _unread(Part.OUTPUT, Unreadable("its symbols do not fit together as read"), definition)
        return _misfit(Part.OUTPUT, clash, definition)
    except Unreadable as doubt:
        return _unread(Part.OUTPUT, doubt, definition)
    if found is None:
        return _unread(Part.OUTPUT, Unreadable("it is no activation of an affine map"), definition)
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
        return _unread(Part.OUTPUT, Unreadable("its weights are no free matrix"), definition)
    return _verdict(Part.OUTPUT, kinds, definition, reading)


def _with_state(body: Expr, parts: Parts) -> Expr:
    """The body with the state's name where the state's own right side is written out once more."""
    written = [item.body for item in parts.definitions.get(str(parts.hidden), ()) if item.axis is None]
    return replaced(body, lambda node: Var(str(parts.hidden), 0) if node in written else node)


def _is_input(key: Key, parts: Parts) -> bool:
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


def _map(
    body: Expr, roles: Mapping[Key, str], dim: str, known: tuple[str, ...], rng: Generator
) -> tuple[Map | None, Layer]:
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
                return Map(name, found), layer
    return None, layer


def _inside(layer: Layer, inner: Expr, undo: Callable[[Array], Array] | None, rng: Generator) -> Affine | None:
    """The affine map inside an activation, which is known, or is undone to see what is in it."""
    if undo is None:
        return affine(lambda vectors: layer(vectors, body=inner), layer, rng)
    return affine(lambda vectors: undo(layer(vectors)), layer, rng)


def _only_adds(activation: str, body: Expr, found: Affine | None) -> bool:
    """Whether no term has a minus before it: a map with nothing but positive weights is positive then."""
    if activation == "softmax":  # of which only differences can be seen
        return not any(isinstance(node, Neg) for node in walk(body))
    return found is not None and all((array > -TINY).all() for array in (found.bias, *found.matrices.values()))


def _agrees(activation: str, inside: Affine, layer: Layer, body: Expr, rng: Generator) -> bool:
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


def _outside(body: Expr, layer: Layer, definition: Definition, rng: Generator) -> Finding:
    """A sum of a tanh and affine terms: something was left outside the tanh."""
    part = Part.RECURRENCE
    terms = body.terms if isinstance(body, Add) else ()
    tanh = [term for term in terms if isinstance(term, Apply) and term.function == "tanh"]
    rest = tuple(term for term in terms if term not in tanh)
    if len(tanh) == 1 and rest:
        with np.errstate(all="ignore"):
            inner = affine(lambda vectors: layer(vectors, body=tanh[0].args[0]), layer, rng)
            outer = affine(lambda vectors: layer(vectors, body=Add(rest)), layer, rng)
        if inner is not None and outer is not None:
            return _wrong(part, ["terms outside the tanh"], definition)
    return _unread(part, Unreadable("it is no activation of an affine map"), definition)


MESSAGES = {
    "tanh missing": "the new state is not put through the hyperbolic tangent",
    "recurrence missing": "the new state does not depend on the previous state",
    "input missing": "the new state does not depend on the input",
    "bias missing": "there is no bias",
    "softmax missing": "the scores are not turned into probabilities by a softmax",
    "input instead of state": "the output is computed from the input instead of the hidden state",
    "last state instead of the new one": "the output is computed from the previous state instead of the new one",
    "recurrence through the output": "what is fed back is the previous output instead of the previous hidden state",
    "terms outside the tanh": "some of the terms stand outside the tanh",
}


SAID = {"tanh": r"tanh|hyperbolic|hiperb|tgh", "softmax": r"soft\W{0,3}max|exp|\be\^"}


def _holds(definition: Definition, word: str) -> bool:
    """Whether the equation itself holds the function, in another place than where it belongs."""
    return any(isinstance(node, Apply) and node.function == word for node in walk(definition.body))


def _verdict(part: Part, kinds: list[str], definition: Definition, reading: Reading) -> Finding:
    if not kinds:
        return Finding(part, Status.AGREES, "", "", definition.source)
    for word, pattern in SAID.items():
        if any(word in kind for kind in kinds) and reading.writes(pattern) and not _holds(definition, word):
            return _unread(part, Unreadable(f"{word} is mentioned elsewhere"), definition, DIFFERS)
    lacking = [kind for kind in kinds if kind.endswith("missing")]
    if lacking and reading.unread:
        return _unread(
            part, Unreadable("another equation, which may complete it, could not be read"), definition, DIFFERS
        )
    if "bias missing" in kinds and reading.mentions_bias:
        return _unread(part, Unreadable("the words say something about the bias"), definition, DIFFERS)
    return _wrong(part, kinds, definition)


def _wrong(part: Part, kinds: list[str], definition: Definition) -> Finding:
    texts = [MESSAGES.get(kind, f"there is {kind}") for kind in kinds]
    return Finding(part, Status.DISAGREES, ", ".join(kinds), "; ".join(texts), definition.source)


def _unread(part: Part, doubt: Unreadable, definition: Definition, kind: str = "") -> Finding:
    return Finding(part, Status.UNREAD, kind, str(doubt), definition.source)


def _misfit(part: Part, clash: Clash, definition: Definition) -> Finding:
    near = " and ".join(dict.fromkeys(name.replace(" hat", "") for name in clash.symbols))
    what = f" (look at {near})" if near else ""
    return Finding(part, Status.DIMENSIONS, "dimensions", f"no choice of shapes makes it fit{what}", definition.source)
