"""Correct forward passes and losses in other styles than the reference's; each must get full marks."""

import math
import sys
from itertools import accumulate

import numpy as np
import torch
import torch.nn.functional as F
from scipy.special import log_softmax, softmax

from graders import variant

# --- rnn_forward ------------------------------------------------------------------------------------------------------


@variant("numpy_forward", replaces="rnn_forward")
def into_prepared_arrays(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Fills arrays made beforehand, step by step."""
    T = len(x)
    h, y_hat = np.zeros((T, len(h0))), np.zeros((T, len(b_y)))
    for t in range(T):
        before = h0 if t == 0 else h[t - 1]
        h[t] = np.tanh(W_xh.dot(x[t]) + W_hh.dot(before) + b_h)
        z = W_hy.dot(h[t]) + b_y
        e = np.exp(z - np.max(z))
        y_hat[t] = e / np.sum(e)
    return h, y_hat


@variant("numpy_forward", replaces="rnn_forward")
def states_first_outputs_after(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """All inputs at once, then the recurrence, then all outputs at once."""
    from_inputs = x @ W_xh.T + b_h
    h = np.empty_like(from_inputs)
    for t, row in enumerate(from_inputs):
        h[t] = np.tanh(row + W_hh @ (h[t - 1] if t else h0))
    return h, softmax(h @ W_hy.T + b_y, axis=1)


@variant("numpy_forward", replaces="rnn_forward")
def with_einsum(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Every product spelled out with einsum; the softmax through logarithms."""
    h, state = [], h0
    for x_t in x:
        state = np.tanh(np.einsum("hd,d->h", W_xh, x_t) + np.einsum("hg,g->h", W_hh, state) + b_h)
        h.append(state)
    h = np.stack(h)
    scores = np.einsum("kh,th->tk", W_hy, h) + b_y
    return h, np.exp(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True))


@variant("numpy_forward", replaces="rnn_forward")
def with_loops_over_numbers(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Nothing but loops and the math module; lists come back."""

    def dot(row, column):
        return sum(a * b for a, b in zip(row, column, strict=True))

    h, y_hat, state = [], [], list(h0)
    for x_t in x:
        state = [math.tanh(dot(W_xh[i], x_t) + dot(W_hh[i], state) + b_h[i]) for i in range(len(b_h))]
        scores = [dot(W_hy[k], state) + b_y[k] for k in range(len(b_y))]
        weights = [math.exp(score - max(scores)) for score in scores]
        h.append(state)
        y_hat.append([weight / sum(weights) for weight in weights])
    return [h, y_hat]


@variant("numpy_forward", replaces="rnn_forward")
def in_float32(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Works in float32 from the first step to the last."""
    x, h, W_xh, W_hh, b_h, W_hy, b_y = (a.astype(np.float32) for a in (x, h0, W_xh, W_hh, b_h, W_hy, b_y))
    states, outputs = [], []
    for x_t in x:
        h = np.tanh(W_xh @ x_t + W_hh @ h + b_h)
        z = W_hy @ h + b_y
        e = np.exp(z - z.max())
        states.append(h)
        outputs.append(e / e.sum())
    return np.array(states), np.array(outputs)


@variant("numpy_forward", replaces="rnn_forward")
def with_torch_inside(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Borrows torch's operations and returns tensors."""
    x, h, W_xh, W_hh, b_h, W_hy, b_y = map(torch.from_numpy, (x, h0, W_xh, W_hh, b_h, W_hy, b_y))
    states = []
    for x_t in x:
        h = torch.tanh(F.linear(x_t, W_xh, b_h) + F.linear(h, W_hh))
        states.append(h)
    h = torch.stack(states)
    return h, F.softmax(F.linear(h, W_hy, b_y), dim=-1)


@variant("numpy_forward", replaces="rnn_forward")
def with_one_weight_matrix(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """One matrix for inputs, state and bias, as some books write it."""
    W = np.hstack([W_xh, W_hh, b_h[:, None]])
    h = np.vstack([h0, np.zeros((len(x), len(h0)))])
    for t, x_t in enumerate(x, start=1):
        h[t] = np.tanh(W @ np.concatenate([x_t, h[t - 1], [1.0]]))
    return h[1:], np.exp(log_softmax(h[1:] @ W_hy.T + b_y, axis=-1))


@variant("numpy_forward", replaces="rnn_forward")
def with_column_vectors(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Column vectors inside, rows outside."""
    h, states, outputs = h0.reshape(-1, 1), [], []
    for t in range(x.shape[0]):
        h = np.tanh(np.matmul(W_xh, x[t].reshape(-1, 1)) + np.matmul(W_hh, h) + b_h.reshape(-1, 1))
        z = np.matmul(W_hy, h) + b_y.reshape(-1, 1)
        e = np.exp(z - z.max(axis=0))
        states.append(h)
        outputs.append(e / e.sum(axis=0))
    return np.concatenate(states, axis=1).T, np.concatenate(outputs, axis=1).T


@variant("numpy_forward", replaces="rnn_forward")
def with_accumulate(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """The recurrence as a fold; tuples of rows come back."""
    states = list(accumulate(x, lambda h, x_t: np.tanh(W_xh @ x_t + W_hh @ h + b_h), initial=h0))[1:]
    return tuple(states), tuple(softmax(W_hy @ h + b_y) for h in states)


@variant("numpy_forward", replaces="rnn_forward")
def with_recursion(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Calls itself for the rest of the sequence."""

    def run(x, h):
        if len(x) == 0:
            return [], []
        h = np.tanh(W_xh @ x[0] + W_hh @ h + b_h)
        states, outputs = run(x[1:], h)
        return [h, *states], [softmax(W_hy @ h + b_y), *outputs]

    return run(x, h0)


@variant("numpy_forward", replaces="rnn_forward")
def with_exponentials_for_tanh(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """tanh through the logistic function, and words on stderr."""
    states, outputs, h = [], [], h0.copy()
    for t, x_t in enumerate(x):
        print("step", t, file=sys.stderr)
        h = 2 / (1 + np.exp(-2 * (W_xh @ x_t + W_hh @ h + b_h))) - 1
        states += [h]
        z = W_hy @ h + b_y
        outputs += [1 / np.exp(z[None, :] - z[:, None]).sum(axis=1)]
    return np.vstack(states), np.vstack(outputs)


# --- cross_entropy ----------------------------------------------------------------------------------------------------


@variant("numpy_forward", replaces="cross_entropy")
def loss_over_the_whole_table(y_hat, y):
    """Multiplies all logarithms with the targets and adds up everything; a NumPy number comes back."""
    return -np.sum(y * np.log(y_hat))


@variant("numpy_forward", replaces="cross_entropy")
def loss_with_loops(y_hat, y):
    """Two loops and a condition."""
    loss = 0
    for t in range(len(y)):
        for k in range(len(y[t])):
            if y[t][k] == 1:
                loss -= math.log(y_hat[t][k])
    return loss


@variant("numpy_forward", replaces="cross_entropy")
def loss_by_index(y_hat, y):
    """Looks the right class up by its index; an array that holds one number comes back."""
    return -np.log(y_hat[np.arange(len(y)), y.argmax(axis=1)]).sum(keepdims=True)


@variant("numpy_forward", replaces="cross_entropy")
def loss_with_a_guard(y_hat, y):
    """Adds a tiny number against the logarithm of zero."""
    return float(-np.einsum("tk,tk->", y, np.log(y_hat + 1e-12)))


@variant("numpy_forward", replaces="cross_entropy")
def loss_with_clipping(y_hat, y):
    """Clips the probabilities, and works in float32."""
    y_hat = np.clip(y_hat.astype(np.float32), 1e-7, 1.0)
    return np.float32(-(np.log(y_hat) * y.astype(np.float32)).sum())


@variant("numpy_forward", replaces="cross_entropy")
def loss_of_the_product(y_hat, y):
    """The logarithm of the product of the right classes' probabilities."""
    return -math.log(math.prod(y_hat[y.astype(bool)].tolist()))


@variant("numpy_forward", replaces="cross_entropy")
def loss_by_torch(y_hat, y):
    """torch's negative log-likelihood, summed; a tensor comes back."""
    return F.nll_loss(torch.from_numpy(y_hat).log(), torch.from_numpy(y).argmax(dim=1), reduction="sum")
