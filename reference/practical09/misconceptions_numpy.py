"""Wrong hidden states in NumPy, each with its explanation; switches of one forward pass, so that they join."""

import numpy as np

from graders import misconception, switched

from .misconceptions_headings import EQUATIONS, UNFOLDED
from .misconceptions_numpy_builder import forward, logistic, softmax


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=UNFOLDED)
def recurrence_forgotten():
    """Your hidden state depends on the current input alone. What makes the network recurrent is that the state of the
    step before comes in too, through its own weights."""
    return {"recurrence": lambda W, h: 0}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=UNFOLDED)
def state_not_carried():
    """Each of your steps starts from the initial state. The initial state serves the first step only; every later one
    goes on from the state that the step before it computed."""
    return {"before": lambda h, h0: h0}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=UNFOLDED)
def initial_state_ignored():
    """Your first step starts from zeros, whatever initial state it is given. Zeros are only one possible start: a
    sequence may go on from where another one ended."""
    return {"start": np.zeros_like}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=UNFOLDED)
def initial_state_included():
    """Your states begin with the initial one, so there is one too many. Asked are the states after each input, as many
    as there are steps."""
    return {"result": lambda h, y, h0: (np.vstack([h0, h]), y)}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def states_before_the_input():
    """Your states are one step late: the first is the initial state, and the last one computed is missing. The state of
    a step is the one after its input was read."""
    return {"result": lambda h, y, h0: (np.vstack([h0, h[:-1]]), y)}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def sigmoid_for_tanh():
    """Your hidden units use the logistic function. This network's hidden activation is the hyperbolic tangent, whose
    values may also be negative."""
    return {"activation": logistic}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def relu_for_tanh():
    """Your hidden units cut negative sums off at zero (ReLU). This network's hidden activation is the hyperbolic
    tangent; it keeps the sign and stays below 1, so that a state cannot grow from step to step."""
    return {"activation": lambda net: np.maximum(net, 0)}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def softmax_for_tanh():
    """Your hidden units go through softmax, as if they were classes that exclude each other. This network's hidden
    activation is the hyperbolic tangent, of each unit by itself."""
    return {"activation": softmax}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def tanh_missing():
    """Your hidden states are bare sums. The hyperbolic tangent is still to be applied to them; without it the network
    is linear, and its states may grow without bound."""
    return {"activation": lambda net: net}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def tanh_of_the_parts():
    """You apply tanh to the input's part and to the state's part by themselves, and add afterwards. A unit first adds
    up all that it receives, and its activation acts once, on the sum."""
    return {"unit": lambda f, x, h, b: f(x + b) + f(h)}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def tanh_of_the_input_alone():
    """You apply tanh to the input's part and add the state's part and the bias afterwards. Everything that a unit
    receives belongs to the sum inside, so that the new state stays between -1 and 1."""
    return {"unit": lambda f, x, h, b: f(x) + h + b}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def bias_after_tanh():
    """You add the hidden bias after the activation. It belongs to the sum inside: it moves the point at which the unit
    switches, and the state stays between -1 and 1."""
    return {"unit": lambda f, x, h, b: f(x + h) + b}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def state_added_after_tanh():
    """You add the state's part after the activation. Everything that a unit receives belongs to the sum inside, so that
    the new state stays between -1 and 1."""
    return {"unit": lambda f, x, h, b: f(x + b) + h}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def parts_multiplied():
    """You multiply what the input brings with what the state before brings. A unit adds up all that it receives."""
    return {"unit": lambda f, x, h, b: f(x * h + b)}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def hidden_bias_forgotten():
    """The bias of the hidden layer does not come into your states."""
    return {"bias": 0}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def hidden_bias_twice():
    """You add the hidden bias twice, once with the input and once with the state before. Here a hidden unit has one
    bias, added once a step."""
    return {"bias": 2}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def hidden_bias_subtracted():
    """You take the hidden bias off instead of adding it."""
    return {"bias": -1}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=EQUATIONS)
def input_forgotten():
    """Your hidden state does not depend on the input. Each step reads its own input, through the input weights."""
    return {"reading": lambda W, x: 0}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def first_input_only():
    """Your network reads the first input at every step. Each step has an input of its own: the next row of x."""
    return {"inputs": lambda x: np.repeat(x[:1], len(x), axis=0)}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def last_input_left_out():
    """Your loop ends one step early: the last input is never read, and one state is missing. There are as many steps as
    x has rows; range(n) ends at n - 1 by itself."""
    return {"inputs": lambda x: x[:-1]}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def first_input_left_out():
    """Your loop begins one step late: the first input is never read, and one state is missing. The first step goes from
    h0 through x[0] to the state h[0]."""
    return {"inputs": lambda x: x[1:]}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def recurrent_weights_transposed():
    """Your recurrent weights act transposed. The matrix is square, so the shapes cannot warn you: the row of a unit
    holds the weights of what this unit receives."""
    return {"recurrence": lambda W, h: h @ W}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=UNFOLDED)
def recurrent_weights_one_by_one():
    """Each of your units hears only itself, through the diagonal of the recurrent weights. Every unit takes in all of
    the state before: that is a product of the matrix and the state."""
    return {"recurrence": lambda W, h: np.diag(W) * h}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=UNFOLDED)
def state_fed_back_without_weights():
    """The state before comes in as it is. It must pass through the recurrent weights first."""
    return {"recurrence": lambda W, h: h}


@switched("numpy_forward", replaces="rnn_forward", builder=forward, read=UNFOLDED)
def read_backwards():
    """Your network reads the sequence from its end. The state of a step knows the inputs up to that step, and none of
    the later ones."""
    return {"inputs": lambda x: x[::-1]}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def inputs_modified():
    """Your function overwrites the initial state that it is given. Results are right the first time, but the caller's
    array has changed, and a second call starts from somewhere else."""
    return {"kept_in": "h0"}


@switched("numpy_forward", replaces="rnn_forward", builder=forward)
def one_state_remembered():
    """All rows of your states are the last one. You keep the same array at every step and go on writing into it: what
    is stored must be a copy, or a new array each time."""
    return {"kept_in": "one array"}


@misconception("numpy_forward", replaces="rnn_forward")
def units_one_after_another(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    """Your units write their new values into the state while others still read it: later units get a mixture of the new
    state and the old one. All units of a step read the old state; keep it until they are through."""
    h, states = np.array(h0, float), []
    for x_t in x:
        for j in range(len(h)):
            h[j] = np.tanh(W_xh[j] @ x_t + W_hh[j] @ h + b_h[j])
        states.append(h.copy())
    return np.array(states), softmax(np.array(states) @ W_hy.T + b_y)
