"""A recurrent cell made of switches, each of which is one thing that may be right or wrong."""

from contextlib import nullcontext

import torch
import torch.nn.functional as F


def cell(
    *,
    recording=nullcontext,
    old=lambda self, h: h,
    reading=lambda self, x: self.i2h(x),
    recurrence=lambda self, h: self.h2h(h),
    unit=lambda f, x, h: f(x + h),
    activation=torch.tanh,
    made=lambda self, new: new,
    shown=lambda new, old: new,
    scoring=lambda self, h: self.h2o(h),
    scores=lambda z: z,
    normalise=lambda z: F.log_softmax(z, dim=-1),
    result=lambda outputs, new, old: (outputs, new),
):
    """`RNN.forward`, right where no switch is set.

    Args:
        recording: the context in which everything is computed.
        old: the state that the step goes on from.
        reading, recurrence: what the input and the old state bring.
        unit: how activation, input's part and state's part make a new state; `made`: what becomes of it.
        shown: the state that the outputs are made from, of the new one and the old one.
        scoring: the scores of a state; `scores`: what becomes of them before `normalise` makes log-probabilities.
        result: what is returned.
    """

    def forward(self, x, h):
        with recording():
            before = old(self, h)
            new = made(self, unit(activation, reading(self, x), recurrence(self, before)))
            return result(normalise(scores(scoring(self, shown(new, h)))), new, h)

    return forward
