"""A right answer with one thing in it spoilt, in a hundred ways: a machine never gives the item that this breaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graders.practical09.equations.reader import ModelPart, PartStatus, judge, read_equations

WHOLE = r"""$h_0=0$

$h_t=\tanh(W_{xh}x_t+W_{hh}h_{t-1}+b_h)$

$\hat y_t=\mathrm{softmax}(W_{hy}h_t+b_y)$

$L=-\sum_{t=1}^{T}\sum_{k=1}^{K}y_{t,k}\log\hat y_{t,k}$

"""
# A line each: the part that is broken, what is replaced (nothing: something is added), and what by.
SPOILT = [line.split(" | ", 2) for line in Path(__file__).with_name("spoilt.txt").read_text("utf-8").splitlines()]


def statuses(answer: str) -> dict[ModelPart, PartStatus]:
    """What is found about each part."""
    return {found.part: found.status for found in judge(read_equations(answer), np.random.default_rng(0))}


def test_the_whole_answer_is_right() -> None:
    """What is spoilt below is right in every part before."""
    assert set(statuses(WHOLE).values()) == {PartStatus.AGREES} and len(SPOILT) >= 100


@pytest.mark.parametrize("line", SPOILT, ids=[str(number) for number in range(1, len(SPOILT) + 1)])
def test_what_is_spoilt_is_never_given(line: list[str]) -> None:
    """Other functions, steps, sums, shapes and beginnings; and words that take back what an equation says."""
    part, old, new = line
    assert not old or WHOLE.count(old) == 1
    answer = WHOLE.replace(old, new) if old else WHOLE + new
    assert statuses(answer)[ModelPart(part)] is not PartStatus.AGREES, answer


@pytest.mark.parametrize(
    "words",
    [
        "All weights are shared by all steps.",
        "The softmax gives a probability for each class.",
        "Os pesos são partilhados por todos os instantes.",
        "I write vectors as columns. T is the length of the sequence and K the number of classes.",
        "log is the natural logarithm, and tanh is the hyperbolic tangent.",
        "onde log é o logaritmo natural e tanh a tangente hiperbólica.",
        r"where $\hat y_t$ is the prediction and $y_t$ the one-hot target.",
        r"em que $y_t$ é o alvo e $\hat y_t$ a saída da rede.",
        "Predictions carry a hat.",
        "The sum runs over all steps and classes; the softmax turns scores into probabilities.",
        r"| $\hat y_t$ | output |",
        r"| error | $L=-\sum_{t=1}^{T}\sum_{k=1}^{K}y_{t,k}\log\hat y_{t,k}$ | scalar |",
        "The error is a scalar.",
        "The state is reset to zero before each new sequence.",
        "At the start of every sequence the state starts again from zero.",
        "Vor jeder neuen Folge wird der Zustand zurückgesetzt.",
        "No início de cada sequência o estado é reiniciado.",
        r"$\tanh(z)=\frac{e^z-e^{-z}}{e^z+e^{-z}}$, $\mathrm{softmax}(z)_k=\frac{e^{z_k}}{\sum_j e^{z_j}}$",
    ],
)
def test_words_that_take_nothing_back_cost_nothing(words: str) -> None:
    """An explanation next to right equations leaves them right."""
    assert set(statuses(WHOLE + words).values()) == {PartStatus.AGREES}
