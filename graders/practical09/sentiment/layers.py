"""Which layers of a student's model have a say in its logits, and whether they are those that are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graders import Failed, Rng, Solution
from graders.practical09.sentiment.formula import Formula, formula_of
from graders.practical09.sentiment.models import (
    RECURRENT,
    Batch,
    OwnLayer,
    StudentModel,
    Weights,
    built,
    of_some_size,
    outputs,
    reviews_for,
)
from graders.practical09.sentiment.recurrent import Array
from graders.practical09.sentiment.watched import do_what_they_should

DRAWS = 6  # before it is said that something has no say: in one model of a thousand a small head of ReLUs is dead
SAME_SLOPE = 0.02  # by how much, in proportion, gradients may differ from slopes that are worked out
TINY = 1e-5  # of the steps that slopes are measured by
STUCK = "Look at what reaches the last layer, at where gradients stop, and at which layers __init__ makes."
NO_GRADIENT = "`detach()`, `.data` and `torch.no_grad()` stop gradients; so does a new tensor made from numbers."
DEFAULTS = (
    "With sizes that are given it is right, but without them embedding_dim is 128 and hidden_dim 256: keep the "
    "defaults that the answer cell came with."
)
WRITTEN = "Somewhere in it a size is written as a number: use embedding_dim and hidden_dim, which may be others."
UPPER = "Of the layers that are stacked, not all have a say in the logit."

Gradients = Mapping[str, Mapping[str, NDArray[Any] | None]]


@dataclass(frozen=True)
class RequiredLayer:
    """What a question asks of its recurrent layer.

    Attributes:
        kind: `RNN` or `LSTM`.
        hidden: the hidden sizes that are right for the default sizes, and for those of `ODD_SIZES`.
        both: whether there must be two directions.
    """

    kind: str
    hidden: tuple[Sequence[int], Sequence[int]]
    both: bool = False

    @property
    def words(self) -> str:
        """In words."""
        return f"{'a bidirectional ' if self.both else ''}nn.{self.kind}"


DEFAULT_SIZES = (50,)
ODD_SIZES = (40, 16, 32, 5)  # powers of two, as 128 and 256 are: heads and halves divide them, too


def has_layers(student: Solution, name: str, rng: Rng, asked: RequiredLayer) -> None:
    """An embedding and one logit of the sizes asked for, and as recurrent layers only the kind that is asked for.

    Only layers that have a say in the logits count; that they do is worked out from weights that are drawn here.
    """
    model = of_some_size(student, name, ODD_SIZES)
    if model.sizes != ODD_SIZES:
        text = f"`{name}` works with embedding_dim=128 and hidden_dim=256, and raises an error with other sizes."
        raise Failed(text, hint=WRITTEN, misconception=f"{asked.kind.lower()}_with_a_written_size")
    used, wrong = _in_use(student, model, rng, asked), list[Failed | None]()
    for sizes, hidden in zip((DEFAULT_SIZES, ODD_SIZES), asked.hidden, strict=True):
        layers = built(student, name, sizes).layers if sizes != ODD_SIZES else model.layers
        wrong.append(_wrong_sizes([layers[one] for one in used if one in layers], sizes, asked, hidden))
    by_default, otherwise = wrong
    if by_default and not otherwise:
        by_default.hint = DEFAULTS
    if found := by_default or otherwise:
        raise found


def _wrong_sizes(
    layers: Sequence[OwnLayer], sizes: Sequence[int], asked: RequiredLayer, hidden: Sequence[int]
) -> Failed | None:
    """What is wrong with the layers that have a say in a model of these sizes."""
    vocabulary, dimension, _, pad_idx = (*sizes, *(128, 256, 0)[len(sizes) - 1 :])
    wanted = [
        layer.size("num_embeddings") in range(vocabulary, vocabulary + 3)
        and layer.size("embedding_dim") == dimension
        and layer.settings.get("padding_idx") in (None, pad_idx)
        for layer in layers
        if layer.kind == "Embedding"
    ]
    if not any(wanted):
        return Failed(
            "No embedding of the sizes that were asked for is in use.",
            values=f"For vocab_size={vocabulary}, embedding_dim={dimension}, pad_idx={pad_idx} no embedding of those "
            "sizes is in use.",
            hint="nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx).",
        )
    readers = [layer for layer in layers if layer.kind in RECURRENT]
    used = [layer for layer in readers if layer.kind == asked.kind]
    if not used or (asked.both and not any(layer.settings.get("bidirectional") for layer in used)):
        both = ("a bidirectional " if layer.settings.get("bidirectional") else "" for layer in readers)
        kinds = ", ".join(f"{two}nn.{layer.kind}" for two, layer in zip(both, readers, strict=True))
        return Failed(f"The recurrent layer in use should be {asked.words}; there is {kinds or 'none'}.")
    if not any(layer.size("hidden_size") in hidden for layer in used):
        text = f"Asked for {hidden[0]} hidden units, nn.{asked.kind} has {used[0].size('hidden_size')}."
        return Failed("The recurrent layer does not have hidden_dim hidden units.", values=text)
    frozen = [layer.kind for layer in layers if layer.frozen]
    if frozen:
        return Failed(f"The weights of nn.{frozen[0]} are frozen, so training leaves them as they are.", hint=STUCK)
    return None


def _in_use(student: Solution, model: StudentModel, rng: Rng, asked: RequiredLayer) -> list[str]:
    """The layers that have a say in the logits; each is known to do what its weights make of what it is given."""
    batch = reviews_for(model, rng, (5, 4, 3, 1))
    weights, slopes = model.draw(rng), rng.choice([-1.0, 1.0], 4) * rng.uniform(0.5, 1.5, 4)
    answered = outputs(student, model, weights, [batch])[0]  # first, for it says what is wrong with their shape
    gradients = _gradients(student, model, weights, batch, slopes)
    formula = formula_of(model, weights, batch, answered)
    reached = _reached(student, model, rng, batch, gradients)
    if formula is None:
        used = [name for name, parts in reached.items() if any(parts.values())]
        if any(model.layers[name].kind == asked.kind for name in used):
            do_what_they_should(student, model, weights, batch, [asked.kind])
    else:
        used = formula.layers
        cut = [model.layers[name].kind for name in used if not any(reached[name].values())]
        if cut:
            text = f"No gradient of the logits reaches nn.{' and nn.'.join(cut)}, so it cannot learn."
            raise Failed(text, hint=NO_GRADIENT)
        if not _are_slopes(gradients, formula, weights, batch, slopes, rng):
            raise Failed("The gradients that arrive at the layers are not those of the logits.", hint=NO_GRADIENT)
    for name in used:
        if model.layers[name].kind in RECURRENT and not all(reached[name].values()):
            mistake = None if formula is None else formula.mistake
            raise Failed(UPPER, hint="h_n holds the upper layers last.", misconception=mistake)
    return used


def _reached(
    student: Solution, model: StudentModel, rng: Rng, batch: Batch, gradients: Gradients
) -> dict[str, dict[str, bool]]:
    """For each layer and each of its stacked parts, whether the gradient of the logits arrives in some model."""
    found = {name: {_part(value): False for value in layer.shapes} for name, layer in model.layers.items()}
    for draw in range(DRAWS):
        if draw > 0:
            gradients = _gradients(student, model, model.draw(rng), batch, rng.uniform(0.5, 1.5, len(batch[0])))
        for name, parts in gradients.items():
            for value, slope in parts.items():
                if name in found and slope is not None and np.any(slope != 0):
                    found[name][_part(value)] = True
        if all(all(parts.values()) for parts in found.values()):
            break
    return found


def _gradients(student: Solution, model: StudentModel, weights: Weights, batch: Batch, slopes: Array) -> Gradients:
    asked = (model.name, list(model.sizes), weights, batch, slopes)
    return student.probe("sentiment.review_gradients", *asked, returns=dict[str, dict[str, np.ndarray | None]])


def _are_slopes(
    gradients: Gradients, formula: Formula, weights: Weights, batch: Batch, slopes: Array, rng: Rng
) -> bool:
    """Whether the logits change as the gradients of the recurrent layer and the head say, by a central difference."""
    told, size, moved = 0.0, 0.0, [dict(weights), dict(weights)]
    for name in formula.layers[1:]:
        along = {part: rng.choice([-1.0, 1.0], value.shape) for part, value in weights[name].items()}
        for part, direction in along.items():
            slope = gradients[name].get(part)
            if slope is None or slope.shape != direction.shape:
                return False
            told, size = told + float((slope * direction).sum()), size + float(np.abs(slope).sum())
        for sign, step in enumerate((TINY, -TINY)):
            moved[sign][name] = {part: value + step * along[part] for part, value in weights[name].items()}
    up, down = (float((slopes[:, None] * formula.logits(where, batch)).sum()) for where in moved)
    return abs((up - down) / (2 * TINY) - told) <= SAME_SLOPE * size + TINY


def _part(parameter: str) -> str:
    """Which of the layers that are stacked in one a parameter belongs to: `l0`, `l1`, or none."""
    end = parameter.removesuffix("_reverse").rpartition("_")[2]
    return end if end[:1] == "l" and end[1:].isdecimal() else ""
