"""Wrong forward passes in NumPy, each with what the student is told."""

import numpy as np

from graders import misconception


def _softmax(scores):
    weights = np.exp(scores - scores.max())
    return weights / weights.sum()


def _logistic(scores):
    return 1 / (1 + np.exp(-scores))


def _unrolled(x, h0, step, output):
    """States and outputs, with step(x_t, h) -> h and output(h, old h) -> y."""
    states, outputs, h = [], [], h0
    for x_t in x:
        old, h = h, step(x_t, h)
        states.append(h)
        outputs.append(output(h, old))
    return np.array(states), np.array(outputs)


# --- the states -------------------------------------------------------------------------------------------------------


@misconception("numpy_forward", replaces="rnn_forward")
def recurrence_forgotten(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Your hidden state depends on the current input alone. What makes the network recurrent is that the state of the
    step before comes in too, through its own weights."""
    return _unrolled(x, h0, lambda x_t, h: np.tanh(W_xh @ x_t + b_h), lambda h, old: _softmax(W_hy @ h + b_y))


@misconception("numpy_forward", replaces="rnn_forward")
def state_not_carried(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Each of your steps starts from the initial state. The initial state serves the first step only; every later one
    goes on from the state that the step before it computed."""
    return _unrolled(
        x, h0, lambda x_t, h: np.tanh(W_xh @ x_t + W_hh @ h0 + b_h), lambda h, old: _softmax(W_hy @ h + b_y)
    )


@misconception("numpy_forward", replaces="rnn_forward")
def initial_state_ignored(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Your first step starts from zeros, whatever initial state it is given. Zeros are only one possible start: a
    sequence may go on from where another one ended."""
    zeros = np.zeros_like(h0)
    return _unrolled(
        x, zeros, lambda x_t, h: np.tanh(W_xh @ x_t + W_hh @ h + b_h), lambda h, old: _softmax(W_hy @ h + b_y)
    )


@misconception("numpy_forward", replaces="rnn_forward")
def initial_state_included(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Your states begin with the initial one, so there is one too many. Asked are the states after each input, as many
    as there are steps."""
    h, y_hat = _unrolled(
        x, h0, lambda x_t, h: np.tanh(W_xh @ x_t + W_hh @ h + b_h), lambda h, old: _softmax(W_hy @ h + b_y)
    )
    return np.vstack([h0, h]), y_hat


@misconception("numpy_forward", replaces="rnn_forward")
def states_before_the_input(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Your states are one step late: the first is the initial state, and the last one computed is missing. The state of
    a step is the one after its input was read."""
    h, y_hat = _unrolled(
        x, h0, lambda x_t, h: np.tanh(W_xh @ x_t + W_hh @ h + b_h), lambda h, old: _softmax(W_hy @ h + b_y)
    )
    return np.vstack([h0, h[:-1]]), y_hat


@misconception("numpy_forward", replaces="rnn_forward")
def sigmoid_for_tanh(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Your hidden units use the logistic function. This network's hidden activation is the hyperbolic tangent, whose
    values may also be negative."""
    return _unrolled(
        x, h0, lambda x_t, h: _logistic(W_xh @ x_t + W_hh @ h + b_h), lambda h, old: _softmax(W_hy @ h + b_y)
    )


@misconception("numpy_forward", replaces="rnn_forward")
def relu_for_tanh(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Your hidden units cut negative sums off at zero (ReLU). This network's hidden activation is the hyperbolic
    tangent; it keeps the sign and stays below 1, so that a state cannot grow from step to step."""
    return _unrolled(
        x, h0, lambda x_t, h: np.maximum(W_xh @ x_t + W_hh @ h + b_h, 0), lambda h, old: _softmax(W_hy @ h + b_y)
    )


@misconception("numpy_forward", replaces="rnn_forward")
def tanh_missing(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Your hidden states are bare sums. The hyperbolic tangent is still to be applied to them; without it the network
    is linear, and its states may grow without bound."""
    return _unrolled(x, h0, lambda x_t, h: W_xh @ x_t + W_hh @ h + b_h, lambda h, old: _softmax(W_hy @ h + b_y))


@misconception("numpy_forward", replaces="rnn_forward")
def tanh_of_the_parts(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """You apply tanh to the input's part and to the state's part by themselves, and add afterwards. A unit first adds
    up all that it receives, and its activation acts once, on the sum."""
    return _unrolled(
        x, h0, lambda x_t, h: np.tanh(W_xh @ x_t + b_h) + np.tanh(W_hh @ h), lambda h, old: _softmax(W_hy @ h + b_y)
    )


@misconception("numpy_forward", replaces="rnn_forward")
def bias_after_tanh(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """You add the hidden bias after the activation. It belongs to the sum inside: it moves the point at which the unit
    switches, and the state stays between -1 and 1."""
    return _unrolled(
        x, h0, lambda x_t, h: np.tanh(W_xh @ x_t + W_hh @ h) + b_h, lambda h, old: _softmax(W_hy @ h + b_y)
    )


@misconception("numpy_forward", replaces="rnn_forward")
def hidden_bias_forgotten(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """The bias of the hidden layer does not come into your states."""
    return _unrolled(x, h0, lambda x_t, h: np.tanh(W_xh @ x_t + W_hh @ h), lambda h, old: _softmax(W_hy @ h + b_y))


@misconception("numpy_forward", replaces="rnn_forward")
def hidden_bias_twice(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """You add the hidden bias twice, once with the input and once with the state before. Here a hidden unit has one
    bias, added once a step."""
    return _unrolled(
        x, h0, lambda x_t, h: np.tanh(W_xh @ x_t + b_h + W_hh @ h + b_h), lambda h, old: _softmax(W_hy @ h + b_y)
    )


@misconception("numpy_forward", replaces="rnn_forward")
def recurrent_weights_transposed(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Your recurrent weights act transposed. The matrix is square, so the shapes cannot warn you: the row of a unit
    holds the weights of what this unit receives."""
    return _unrolled(
        x, h0, lambda x_t, h: np.tanh(W_xh @ x_t + h @ W_hh + b_h), lambda h, old: _softmax(W_hy @ h + b_y)
    )


@misconception("numpy_forward", replaces="rnn_forward")
def read_backwards(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Your network reads the sequence from its end. The state of a step knows the inputs up to that step, and none of
    the later ones."""
    return _unrolled(
        x[::-1], h0, lambda x_t, h: np.tanh(W_xh @ x_t + W_hh @ h + b_h), lambda h, old: _softmax(W_hy @ h + b_y)
    )


@misconception("numpy_forward", replaces="rnn_forward")
def inputs_modified(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Your function overwrites the initial state that it is given. Results are right the first time, but the caller's
    array has changed, and a second call starts from somewhere else."""
    states, outputs = [], []
    for x_t in x:
        h0[:] = np.tanh(W_xh @ x_t + W_hh @ h0 + b_h)
        states.append(h0.copy())
        outputs.append(_softmax(W_hy @ h0 + b_y))
    return np.array(states), np.array(outputs)


@misconception("numpy_forward", replaces="rnn_forward")
def one_state_remembered(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """All rows of your states are the last one. You keep the same array at every step and go on writing into it: what
    is stored must be a copy, or a new array each time."""
    h, states, outputs = np.array(h0), [], []
    for x_t in x:
        h[:] = np.tanh(W_xh @ x_t + W_hh @ h + b_h)
        states.append(h)
        outputs.append(_softmax(W_hy @ h + b_y))
    return np.array(states), np.array(outputs)


# --- the outputs ------------------------------------------------------------------------------------------------------


@misconception("numpy_forward", replaces="rnn_forward")
def old_state_for_output(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Your outputs are made from the state before the step, so they do not know its input yet. An output is made from
    the new state of the same step."""
    return _unrolled(
        x, h0, lambda x_t, h: np.tanh(W_xh @ x_t + W_hh @ h + b_h), lambda h, old: _softmax(W_hy @ old + b_y)
    )


@misconception("numpy_forward", replaces="rnn_forward")
def output_bias_forgotten(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """The bias of the output layer does not come into your scores."""
    return _unrolled(x, h0, lambda x_t, h: np.tanh(W_xh @ x_t + W_hh @ h + b_h), lambda h, old: _softmax(W_hy @ h))


@misconception("numpy_forward", replaces="rnn_forward")
def tanh_on_output(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """You squeeze the scores with tanh before the softmax. tanh is the activation of the hidden layer; the output
    layer's activation is softmax alone, and it needs the scores as they are."""
    return _unrolled(
        x, h0, lambda x_t, h: np.tanh(W_xh @ x_t + W_hh @ h + b_h), lambda h, old: _softmax(np.tanh(W_hy @ h + b_y))
    )


@misconception("numpy_forward", replaces="rnn_forward")
def sigmoid_for_softmax(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """You put each score through the logistic function by itself. Softmax looks at all classes of a step together, so
    that their probabilities add up to 1."""
    return _unrolled(
        x, h0, lambda x_t, h: np.tanh(W_xh @ x_t + W_hh @ h + b_h), lambda h, old: _logistic(W_hy @ h + b_y)
    )


@misconception("numpy_forward", replaces="rnn_forward")
def softmax_missing(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Your outputs are scores: some are negative, and they do not add up to 1. Softmax is what makes probabilities of
    them."""
    return _unrolled(x, h0, lambda x_t, h: np.tanh(W_xh @ x_t + W_hh @ h + b_h), lambda h, old: W_hy @ h + b_y)


@misconception("numpy_forward", replaces="rnn_forward")
def softmax_over_time(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Your softmax runs down the columns, over the time steps. Each step has a distribution of its own: its
    probabilities add up to 1 over the classes."""
    h, scores = _unrolled(x, h0, lambda x_t, h: np.tanh(W_xh @ x_t + W_hh @ h + b_h), lambda h, old: W_hy @ h + b_y)
    weights = np.exp(scores - scores.max(axis=0))
    return h, weights / weights.sum(axis=0)


@misconception("numpy_forward", replaces="rnn_forward")
def softmax_over_everything(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Your softmax divides by the sum over all steps and classes together, so that the whole table adds up to 1. Each
    step has a distribution of its own."""
    h, scores = _unrolled(x, h0, lambda x_t, h: np.tanh(W_xh @ x_t + W_hh @ h + b_h), lambda h, old: W_hy @ h + b_y)
    weights = np.exp(scores - scores.max())
    return h, weights / weights.sum()


@misconception("numpy_forward", replaces="rnn_forward")
def softmax_overflows(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Your softmax takes exp of the scores as they are, which is infinite for large ones, and infinity divided by
    infinity is not a number. Softmax does not change when all scores of a step are made smaller by the same amount."""

    def output(h, old):
        with np.errstate(all="ignore"):
            weights = np.exp(W_hy @ h + b_y)
            return weights / weights.sum()

    return _unrolled(x, h0, lambda x_t, h: np.tanh(W_xh @ x_t + W_hh @ h + b_h), output)


@misconception("numpy_forward", replaces="rnn_forward")
def last_output_only(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """You return the output of the last step alone. This network is many-to-many: there is an output for every step of
    the sequence."""
    h, y_hat = _unrolled(
        x, h0, lambda x_t, h: np.tanh(W_xh @ x_t + W_hh @ h + b_h), lambda h, old: _softmax(W_hy @ h + b_y)
    )
    return h, y_hat[-1]
