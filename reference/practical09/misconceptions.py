"""Wrong answers that students really write, each with its explanation: here those of the pen-and-paper exercise.

An explanation says what went wrong and points at the idea behind it; it never says what to type. The questions of the
programming part have files of their own: `misconceptions_numpy.py`, `misconceptions_cell.py` and so on.
"""

import math

from graders import misconception

from .misconceptions_headings import EQUATIONS, UNFOLDED

W = B = 0.1


def _softmax(score):
    return math.exp(score) / (2 * math.exp(score))


def _entropy(*right):
    return -sum(math.log(p) for p in right)


def _logistic(score):
    return 1 / (1 + math.exp(-score))


def _network(*, f=math.tanh, bias=B, recurrence=3 * W, output=_softmax, loss=_entropy):
    """The exercise done with some part exchanged: recurrence is what one unit takes from the (equal) units before."""
    h1 = f(W * 4 + bias)
    h2 = f(W * 10 + recurrence * h1 + bias)
    y1, y2 = output(3 * W * h1 + B), output(3 * W * h2 + B)
    return {"h1": [h1] * 3, "y1": [y1] * 2, "h2": [h2] * 3, "y2": [y2] * 2, "loss": loss(y1, y2)}


@misconception("by_hand", replaces="by_hand", read=EQUATIONS)
def second_bias_by_hand():
    """Your hidden layer has two biases, one with the inputs and one with the state before. The network of this exercise
    has a single bias vector there, added once a step; PyTorch's layers are the ones that keep two."""
    return _network(bias=2 * B)


@misconception("by_hand", replaces="by_hand", read=EQUATIONS)
def bias_forgotten_by_hand():
    """Your hidden units lack their bias. All weights and all biases are 0.1, and a bias counts even where every input
    is zero."""
    return _network(bias=0.0)


@misconception("by_hand", replaces="by_hand", read=UNFOLDED)
def recurrence_forgotten_by_hand():
    """Your second step starts from nothing, as if there had been no first one. In a recurrent network each hidden unit
    also takes in the hidden state of the step before."""
    return _network(recurrence=0.0)


@misconception("by_hand", replaces="by_hand", read=UNFOLDED)
def unit_to_itself_by_hand():
    """In your second step each hidden unit hears only itself. The recurrent weights form a full matrix: every unit
    takes in all units of the state before."""
    return _network(recurrence=W)


@misconception("by_hand", replaces="by_hand", read=EQUATIONS)
def logistic_by_hand():
    """Your hidden units use the logistic function. The hidden activation of this network is the hyperbolic tangent,
    whose values lie between -1 and 1 and which is 0 at 0."""
    return _network(f=_logistic)


@misconception("by_hand", replaces="by_hand", read=EQUATIONS)
def no_activation_by_hand():
    """Your hidden states are the sums themselves. The hyperbolic tangent is still to be applied to each; without it the
    whole network would be one linear map."""
    return _network(f=lambda net: net)


@misconception("by_hand", replaces="by_hand")
def first_input_again_by_hand():
    """Your second step reads the first input vector once more. Each step has its own input; only weights and biases are
    shared between the steps."""
    h1 = math.tanh(W * 4 + B)
    return _network() | {"h2": [math.tanh(W * 4 + 3 * W * h1 + B)] * 3}


@misconception("by_hand", replaces="by_hand", read=EQUATIONS)
def no_softmax_by_hand():
    """Your outputs are the classes' scores. Softmax turns scores into probabilities: positive numbers that add up to 1
    over the classes."""
    return _network(output=lambda score: score)


@misconception("by_hand", replaces="by_hand", read=EQUATIONS)
def logistic_output_by_hand():
    """You put each score through the logistic function by itself. Softmax looks at all classes of a step together, so
    that their probabilities add up to 1; two equal scores share it evenly."""
    return _network(output=_logistic)


@misconception("by_hand", replaces="by_hand", read=EQUATIONS)
def exponentials_by_hand():
    """Your outputs are the exponentials of the scores. Softmax divides each by the sum over the classes, which is what
    makes probabilities of them."""
    return _network(output=math.exp)


@misconception("by_hand", replaces="by_hand", read=EQUATIONS)
def averaged_loss_by_hand():
    """Your loss is the mean over the two steps, or that of one step alone. Here the error of a sequence is the sum of
    the errors of its steps.
    """
    return _network(loss=lambda *right: _entropy(*right) / 2)


@misconception("by_hand", replaces="by_hand")
def bits_by_hand():
    """Your loss uses logarithms to base 2, so it is in bits. Cross-entropy as it is used in training takes the natural
    logarithm."""
    return _network(loss=lambda *right: _entropy(*right) / math.log(2))


@misconception("by_hand", replaces="by_hand")
def base_ten_by_hand():
    """Your loss uses logarithms to base 10, as the log key of many calculators does. Cross-entropy takes the natural
    logarithm, the ln key."""
    return _network(loss=lambda *right: _entropy(*right) / math.log(10))


@misconception("by_hand", replaces="by_hand", read=EQUATIONS)
def sign_by_hand():
    """Your loss is negative. Logarithms of probabilities are, which is why cross-entropy turns their sign round: the
    smaller the right class's probability, the larger the loss."""
    return _network(loss=lambda *right: -_entropy(*right))


@misconception("by_hand", replaces="by_hand", read=EQUATIONS)
def both_classes_by_hand():
    """Your loss counts both classes of each step. The target is one-hot, so that only the probability of the right
    class remains in the sum."""
    return _network(loss=lambda *right: 2 * _entropy(*right))
