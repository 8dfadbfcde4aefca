"""Known mistakes of the pen-and-paper exercise, and the numbers to which each leads."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial

from graders.practical09.by_hand.rounding import Range, mapped, point, total

Ranges = set[Range]

W = 0.1  # every weight and every bias
INPUTS = (W * 4, W * (8 + 2))  # what the inputs of a step bring to each hidden unit


@dataclass(frozen=True)
class Mistake:
    """A wrong way to a part of the answer.

    Attributes:
        name: the misconception's name in the reference.
        text: what the student reads.
        ranges: the values that it gives.
    """

    name: str
    text: str
    ranges: Collection[Range]


@dataclass(frozen=True)
class Unit:
    """How a hidden unit works: the function of its sum, and how much bias it adds."""

    activation: Callable[[float], float] = math.tanh
    bias: float = W


def logistic(score: float) -> float:
    """1 / (1 + exp(-score)), which does not overflow."""
    return 1 / (1 + exp(-score))


def exp(score: float) -> float:
    """exp, but for scores at which it would overflow."""
    return math.exp(min(score, 700.0))


UNITS: Mapping[str, tuple[str, Unit]] = {
    "no_activation_by_hand": (
        "These are the sums that go into the activation: tanh is still to be applied.",
        Unit(activation=lambda net: net),
    ),
    "logistic_by_hand": (
        "This is the logistic function of the sum; the hidden activation here is tanh.",
        Unit(activation=logistic),
    ),
    "bias_forgotten_by_hand": ("The bias of the hidden layer is missing from the sum.", Unit(bias=0.0)),
    "second_bias_by_hand": (
        "The bias is counted twice: the hidden layer has one bias, not one for the inputs and another for the state "
        "before.",
        Unit(bias=2 * W),
    ),
}
OUTPUTS: Mapping[str, tuple[str, Callable[[float], float]]] = {
    "no_softmax_by_hand": (
        "These are the scores of the classes: softmax is still to be applied.",
        lambda score: score,
    ),
    "logistic_output_by_hand": (
        "This is the logistic function of each score; softmax adds up to 1 over the classes.",
        logistic,
    ),
    "exponentials_by_hand": ("These are the exponentials of the scores; softmax divides them by their sum.", exp),
}
LOSSES: Mapping[str, tuple[str, float]] = {
    "averaged_loss_by_hand": ("This is the loss of one step, or the mean of both; asked is the sum.", 1 / 2),
    "bits_by_hand": (
        "This is the loss with logarithms to base 2; cross-entropy takes the natural one.",
        1 / math.log(2),
    ),
    "base_ten_by_hand": (
        "This is the loss with logarithms to base 10; cross-entropy takes the natural one.",
        1 / math.log(10),
    ),
    "sign_by_hand": ("The sign is turned round: the logarithm of a probability is negative, the loss is not.", -1),
    "both_classes_by_hand": (
        "This counts both classes of each step; only the probability of the right class counts.",
        2,
    ),
}


def in_state(inputs: float, before: Range) -> list[Mistake]:
    """Wrong ways to a state; `before` is the sum over the state before it."""

    def net(bias: float) -> Range:
        return total([point(inputs + bias), (W * before[0], W * before[1])])

    found = [Mistake(name, text, mapped(unit.activation, [net(unit.bias)])) for name, (text, unit) in UNITS.items()]
    if inputs == INPUTS[0]:
        return found
    alone = total([point(inputs + W), (W * before[0] / 3, W * before[1] / 3)])
    again = total([net(W), point(INPUTS[0] - INPUTS[1])])
    forgotten = "The state of step 1 is left out: it is what makes the network recurrent."
    itself = "Each unit takes in all three units of the state before, not only itself."
    first_input = "This uses the inputs of step 1 once more."
    return [
        *found,
        Mistake("recurrence_forgotten_by_hand", forgotten, {point(math.tanh(inputs + W))}),
        Mistake("unit_to_itself_by_hand", itself, mapped(math.tanh, [alone])),
        Mistake("first_input_again_by_hand", first_input, mapped(math.tanh, [again])),
    ]


def in_output(state: Range) -> list[Mistake]:
    """Wrong ways to an output; `state` is the sum over the hidden units."""
    score = total([point(W), (W * state[0], W * state[1])])
    return [Mistake(name, text, mapped(function, [score])) for name, (text, function) in OUTPUTS.items()]


def in_loss(right: Ranges) -> list[Mistake]:
    """Wrong ways from the right probabilities to the loss."""
    return [Mistake(name, text, mapped(partial(_times, k), right)) for name, (text, k) in LOSSES.items()]


def _times(factor: float, value: float) -> float:
    return factor * value
