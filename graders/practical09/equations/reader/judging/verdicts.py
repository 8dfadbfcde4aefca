"""What is said of a layer's equation: agreement, the kinds of disagreement in words, or doubt."""

from __future__ import annotations

from graders.practical09.equations.reader.finding import DIFFERS, Finding, ModelPart, PartStatus
from graders.practical09.equations.reader.judging.roles import Definition
from graders.practical09.equations.reader.numbers.shapes import Clash
from graders.practical09.equations.reader.reading import Reading
from graders.practical09.equations.reader.tree import Add, Apply, Expr, Unreadable, Var, walk

NAMES = {
    "tanh": "tanh",
    "softmax": "softmax",
    "sigmoid": "a sigmoid",
    "relu": "a ReLU",
    "exp": "an exponential",
    "log": "a log",
}


def unweighted(node: Expr) -> list[Var]:
    """Vectors of the network right below a sum or a function, with no matrix before them: something is left unsaid."""
    below = node.terms if isinstance(node, Add) else node.args if isinstance(node, Apply) else ()
    return [item for item in below if isinstance(item, Var) and item.time is not None]


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


def verdict(part: ModelPart, kinds: list[str], definition: Definition, reading: Reading) -> Finding:
    """Agreement, or the kinds of disagreement where no words of the answer may excuse them."""
    if not kinds:
        return Finding(part, PartStatus.AGREES, "", "", definition.source)
    for word, pattern in SAID.items():
        if any(word in kind for kind in kinds) and reading.writes(pattern) and not _holds(definition, word):
            return unread(part, Unreadable(f"{word} is mentioned elsewhere"), definition, DIFFERS)
    lacking = [kind for kind in kinds if kind.endswith("missing")]
    if lacking and reading.unread:
        return unread(
            part, Unreadable("another equation, which may complete it, could not be read"), definition, DIFFERS
        )
    if "bias missing" in kinds and reading.mentions_bias:
        return unread(part, Unreadable("the words say something about the bias"), definition, DIFFERS)
    return wrong(part, kinds, definition)


def wrong(part: ModelPart, kinds: list[str], definition: Definition) -> Finding:
    """That the equation disagrees in these ways."""
    texts = [MESSAGES.get(kind, f"there is {kind}") for kind in kinds]
    return Finding(part, PartStatus.DISAGREES, ", ".join(kinds), "; ".join(texts), definition.source)


def unread(part: ModelPart, doubt: Unreadable, definition: Definition, kind: str = "") -> Finding:
    """That a person has to read the equation, and why."""
    return Finding(part, PartStatus.UNREAD, kind, str(doubt), definition.source)


def misfit(part: ModelPart, clash: Clash, definition: Definition) -> Finding:
    """That no shapes fit the equation, and near which symbols they clash."""
    near = " and ".join(dict.fromkeys(name.replace(" hat", "") for name in clash.symbols))
    what = f" (look at {near})" if near else ""
    return Finding(
        part, PartStatus.DIMENSIONS, "dimensions", f"no choice of shapes makes it fit{what}", definition.source
    )
