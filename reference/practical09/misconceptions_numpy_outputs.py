"""Wrong outputs of the forward pass in NumPy, each with its explanation."""

import numpy as np

from graders import switched

from .misconceptions_headings import EQUATIONS
from .misconceptions_numpy_builder import exponentials, forward, logistic, naive_softmax, softmax


def _shifted_above(z):
    with np.errstate(all="ignore"):
        return exponentials(z - z.max(axis=-1, keepdims=True)) / exponentials(z).sum(axis=-1, keepdims=True)


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def old_state_for_output():
    """Your outputs are made from the state before the step, so they do not know its input yet. An output is made from
    the new state of the same step."""
    return {"shown": lambda new, old, last: old}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def last_state_for_all_outputs():
    """All your outputs are made from the last state. An output is made from the state of its own step."""
    return {"shown": lambda new, old, last: last}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def output_bias_forgotten():
    """The bias of the output layer does not come into your scores."""
    return {"output_bias": 0}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def output_bias_subtracted():
    """You take the output bias off instead of adding it."""
    return {"output_bias": -1}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def scores_cut_at_zero():
    """You cut negative scores off at zero (ReLU) before the softmax. It needs the scores as they are: the most negative
    one is the least likely."""
    return {"scores": lambda z: np.maximum(z, 0)}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def largest_score_taken_off_above_alone():
    """You take the largest score off in the numerator of the softmax alone. Above and below the line the same
    exponentials are due, or the probabilities do not add up to 1."""
    return {"normalise": _shifted_above}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def tanh_on_output():
    """You squeeze the scores with tanh before the softmax. tanh is the activation of the hidden layer; the output
    layer's activation is softmax alone, and it needs the scores as they are."""
    return {"scores": np.tanh}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def sigmoid_for_softmax():
    """You put each score through the logistic function by itself. Softmax looks at all classes of a step together, so
    that their probabilities add up to 1."""
    return {"normalise": logistic}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def softmax_missing():
    """Your outputs are scores: some are negative, and they do not add up to 1. Softmax is what makes probabilities of
    them."""
    return {"normalise": lambda z: z}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def tanh_for_softmax():
    """Your outputs are tanh of the scores. The output layer's activation is softmax, which makes probabilities."""
    return {"normalise": np.tanh}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def exponentials_for_softmax():
    """Your outputs are the exponentials of the scores. Softmax divides each by the sum over the classes of its step."""
    return {"normalise": exponentials}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def scores_divided_by_their_sum():
    """You divide the scores by their sum. Softmax takes their exponentials first, which makes all of them positive."""
    return {"normalise": lambda z: z / z.sum(axis=1, keepdims=True)}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def logarithms_of_softmax():
    """Your outputs are the logarithms of the probabilities. Asked are the probabilities themselves."""
    return {"normalise": lambda z: np.log(softmax(z))}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def softmax_twice():
    """You apply softmax twice. The second takes the probabilities for scores, and as these all lie between 0 and 1, it
    makes them nearly equal."""
    return {"normalise": lambda z: softmax(softmax(z))}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def one_hot_outputs():
    """Your outputs are 1 for the likeliest class and 0 for the others. Asked are the probabilities of all of them."""
    return {"normalise": lambda z: np.eye(z.shape[1])[z.argmax(axis=1)]}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def softmax_over_time():
    """Your softmax runs down the columns, over the time steps. Each step has a distribution of its own: its
    probabilities add up to 1 over the classes."""
    return {"normalise": lambda z: softmax(z.T).T}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def softmax_over_everything():
    """Your softmax divides by the sum over all steps and classes together, so that the whole table adds up to 1. Each
    step has a distribution of its own."""
    return {"normalise": lambda z: softmax(z.reshape(1, -1)).reshape(z.shape)}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def softmax_overflows():
    """Your softmax takes exp of the scores as they are, which is infinite for large ones, and infinity divided by
    infinity is not a number. Softmax does not change when all scores of a step are made smaller by the same amount."""
    return {"normalise": naive_softmax}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def scores_clipped():
    """You cut the scores off at a limit before the softmax. Beyond it, different scores become equal, and so do their
    probabilities. Softmax does not change when all scores of a step are made smaller by the same amount."""
    return {"normalise": lambda z: softmax(np.clip(z, -500, 500))}


def _less_the_largest_of_all(z):
    weights = np.exp(z - z.max())
    with np.errstate(invalid="ignore"):
        return weights / weights.sum(axis=-1, keepdims=True)


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def largest_score_of_all_steps():
    """You take the largest score of the whole sequence off. Where the scores of another step lie far below it, all its
    exponentials are 0, and 0 divided by 0 is no number: each step has a largest score of its own."""
    return {"normalise": _less_the_largest_of_all}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def last_output_only():
    """You return the output of the last step alone. This network is many-to-many: there is an output for every step of
    the sequence."""
    return {"result": lambda h, y, h0: (h, y[-1])}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def last_state_only():
    """You return the last state alone. Asked are the states after each input, as many as there are steps."""
    return {"result": lambda h, y, h0: (h[-1], y)}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def last_step_only():
    """You return the state and the output of the last step alone. This network is many-to-many: there is a state and an
    output for every step of the sequence."""
    return {"result": lambda h, y, h0: (h[-1], y[-1])}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def results_exchanged():
    """You return the probabilities first and the states second. The order is the other way round."""
    return {"result": lambda h, y, h0: (y, h)}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def steps_in_columns():
    """Your results have a column for each time step. Asked is a row for each step, as in the input."""
    return {"result": lambda h, y, h0: (h.T, y.T)}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def states_alone():
    """You return the states alone. Asked are two things: the states and the probabilities."""
    return {"result": lambda h, y, h0: h}
