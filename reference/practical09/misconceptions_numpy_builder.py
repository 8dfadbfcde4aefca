"""A forward pass made of switches, each of which is one thing that may be right or wrong."""

import numpy as np


def softmax(z):
    """Scores (..., K) -> probabilities (..., K)."""
    weights = np.exp(z - z.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def exponentials(z):
    """exp, without a warning where it is infinite."""
    with np.errstate(all="ignore"):
        return np.exp(z)


def naive_softmax(z):
    """The softmax that overflows for large scores, and says nothing about it."""
    with np.errstate(all="ignore"):
        return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


def logistic(z):
    """1 / (1 + exp(-z))."""
    return 1 / (1 + exponentials(-z))


def forward(
    *,
    inputs=lambda x: x,
    start=lambda h0: h0,
    before=lambda h, h0: h,
    reading=lambda W, x: W @ x,
    recurrence=lambda W, h: W @ h,
    bias=1,
    unit=lambda f, x, h, b: f(x + h + b),
    activation=np.tanh,
    kept_in="new arrays",
    shown=lambda new, old, last: new,
    output_bias=1,
    scores=lambda z: z,
    normalise=softmax,
    result=lambda h, y, h0: (h, y),
):
    """`rnn_forward`, right where no switch is set.

    Args:
        inputs: x (T, D) as it is read.
        start: the state that the first step goes on from.
        before: the state that a later step goes on from.
        reading, recurrence: what the input and the state before bring to the hidden units.
        bias, output_bias: how often each bias is added.
        unit: how activation, input's part, state's part and bias make a new state.
        kept_in: where states are kept: `new arrays`, `one array`, or the caller's `h0`.
        shown: the states (T, H) that the outputs are made from, of the new, the old and the last ones.
        scores: what becomes of the scores (T, K) before `normalise` makes probabilities of them.
        result: what is returned.
    """

    def rnn_forward(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
        h = start(h0)
        old, new = [], []
        for t, x_t in enumerate(inputs(x)):
            old.append(np.array(h))
            base = before(h, h0) if t else h
            fresh = unit(activation, reading(W_xh, x_t), recurrence(W_hh, base), bias * b_h)
            if kept_in == "h0":
                h0[:] = fresh
                h = h0
            else:
                h = fresh
            new.append(np.array(h))
        if not new:
            return result(np.array([]), np.array([]), np.array(h0))
        states = np.array(new)
        last = np.repeat(states[-1:], len(states), axis=0)
        sources = shown(states, np.array(old), last)
        z = scores(sources @ W_hy.T + output_bias * b_y)
        return result(last if kept_in == "one array" else states, normalise(z), np.array(h0))

    return rnn_forward
