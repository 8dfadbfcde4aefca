"""Wrong answers to `equations` that students really write; each docstring tells the student what went wrong."""

from graders import misconception

_INITIAL = r"""
$$\mathbf{h}_0 = \mathbf{0}$$
"""
_STATE = r"""
$$\mathbf{h}_t = \tanh(\mathbf{W}_{xh} \mathbf{x}_t + \mathbf{W}_{hh} \mathbf{h}_{t-1} + \mathbf{b}_h)$$
"""
_OUTPUT = r"""
$$\hat{\mathbf{y}}_t = \mathrm{softmax}(\mathbf{W}_{hy} \mathbf{h}_t + \mathbf{b}_y)$$
"""
_LOSS = r"""
$$L = -\sum_{t=1}^{T} \sum_{k=1}^{K} y_{t,k} \log \hat{y}_{t,k}$$
"""


@misconception("equations", replaces="equations", read="Part A. Pen and paper")
def recurrence_not_written() -> str:
    """The new state depends on the input alone. What makes the network recurrent is the term with the previous state,
    which carries what was read before."""
    return _INITIAL + r"$$h_t = \tanh(W_{xh} x_t + b_h)$$" + _OUTPUT + _LOSS


@misconception("equations", replaces="equations")
def state_without_tanh() -> str:
    """The hidden activation is left out. Without the tanh the whole network would be linear up to the softmax, and the
    state could grow without bound."""
    return _INITIAL + r"$$h_t = W_{xh} x_t + W_{hh} h_{t-1} + b_h$$" + _OUTPUT + _LOSS


@misconception("equations", replaces="equations")
def state_without_bias() -> str:
    """The recurrence has no bias; the network of this exercise has one in each layer."""
    return _INITIAL + r"$$h_t = \tanh(W_{xh} x_t + W_{hh} h_{t-1})$$" + _OUTPUT + _LOSS


@misconception("equations", replaces="equations")
def bias_outside_tanh() -> str:
    """The bias is added after the tanh. It belongs inside: it shifts where a unit switches, and the state stays between
    -1 and 1."""
    return _INITIAL + r"$$h_t = \tanh(W_{xh} x_t + W_{hh} h_{t-1}) + b_h$$" + _OUTPUT + _LOSS


@misconception("equations", replaces="equations")
def sigmoid_state() -> str:
    """The state goes through a sigmoid; this network's hidden activation is the hyperbolic tangent."""
    return _INITIAL + r"$$h_t = \mathrm{sigmoid}(W_{xh} x_t + W_{hh} h_{t-1} + b_h)$$" + _OUTPUT + _LOSS


@misconception("equations", replaces="equations")
def output_fed_back() -> str:
    """The previous output is fed back instead of the previous hidden state. Here the recurrent connections run between
    the hidden layers."""
    state = r"$$\mathbf{h}_t = \tanh(\mathbf{W}_{xh} \mathbf{x}_t + \mathbf{W}_{yh} \hat{y}_{t-1} + \mathbf{b}_h)$$"
    return _INITIAL + state + _OUTPUT + _LOSS


@misconception("equations", replaces="equations", read="Part A. Pen and paper")
def one_matrix_for_both() -> str:
    """One matrix multiplies both the input and the previous state. These have different lengths, so each needs a matrix
    of its own."""
    return _INITIAL + r"$$h_t = \tanh(W_{hh} x_t + W_{hh} h_{t-1} + b_h)$$" + _OUTPUT + _LOSS


@misconception("equations", replaces="equations")
def mixed_orientation() -> str:
    """The input is multiplied as a row and the state as a column, in one sum. Choose one of the two for all vectors."""
    return _INITIAL + r"$$h_t = \tanh(x_t W_{xh} + W_{hh} h_{t-1} + b_h)$$" + _OUTPUT + _LOSS


@misconception("equations", replaces="equations")
def output_without_softmax() -> str:
    """The output is left as scores. Only after the softmax are they probabilities, which the cross-entropy needs."""
    return _INITIAL + _STATE + r"$$\hat{\mathbf{y}}_t = \mathbf{W}_{hy} \mathbf{h}_t + \mathbf{b}_y$$" + _LOSS


@misconception("equations", replaces="equations")
def sigmoid_output() -> str:
    """The output goes through a sigmoid. Each class would get a probability of its own and they would not add up to
    one; for one of K classes it is the softmax."""
    return _INITIAL + _STATE + r"$$\hat{y}_t = \mathrm{sigmoid}(W_{hy} h_t + b_y)$$" + _LOSS


@misconception("equations", replaces="equations")
def output_without_bias() -> str:
    """The output layer has no bias; the network of this exercise has one in each layer."""
    return _INITIAL + _STATE + r"$$\hat{\mathbf{y}}_t = \mathrm{softmax}(\mathbf{W}_{hy} \mathbf{h}_t)$$" + _LOSS


@misconception("equations", replaces="equations")
def output_from_input() -> str:
    """The output is computed from the input and skips the hidden state, so what was read before could not matter."""
    return (
        _INITIAL
        + _STATE
        + r"$$\hat{\mathbf{y}}_t = \mathrm{softmax}(\mathbf{W}_{xy} \mathbf{x}_t + \mathbf{b}_y)$$"
        + _LOSS
    )


@misconception("equations", replaces="equations")
def output_from_last_state() -> str:
    """The output is computed from the previous state, so it does not see the current input. It reads the new state."""
    output = r"$$\hat{\mathbf{y}}_t = \mathrm{softmax}(\mathbf{W}_{hy} \mathbf{h}_{t-1} + \mathbf{b}_y)$$"
    return _INITIAL + _STATE + output + _LOSS


@misconception("equations", replaces="equations")
def loss_without_minus() -> str:
    """The loss has the wrong sign: logarithms of probabilities are negative, so minimising this would make the right
    classes less likely."""
    return _INITIAL + _STATE + _OUTPUT + r"$$L = \sum_{t} \sum_{k} y_{t,k} \log \hat{y}_{t,k}$$"


@misconception("equations", replaces="equations")
def loss_of_one_step() -> str:
    """The loss sums over the classes but not over the steps. A many-to-many network is judged at every step."""
    return _INITIAL + _STATE + _OUTPUT + r"$$L = -\sum_{k=1}^{K} y_{t,k} \log \hat{y}_{t,k}$$"


@misconception("equations", replaces="equations")
def loss_not_over_classes() -> str:
    """The loss sums over the steps but not over the classes, so it is a vector rather than a number."""
    return _INITIAL + _STATE + _OUTPUT + r"$$L = -\sum_{t=1}^{T} y_{t,k} \log \hat{y}_{t,k}$$"


@misconception("equations", replaces="equations")
def loss_swapped() -> str:
    """Target and output have changed places. The logarithm belongs to the output; the logarithm of a one-hot target is
    infinite."""
    return _INITIAL + _STATE + _OUTPUT + r"$$L = -\sum_{t} \sum_{k} \hat{y}_{t,k} \log y_{t,k}$$"


@misconception("equations", replaces="equations")
def squared_loss() -> str:
    """This is the squared error. The error function of this network is the cross-entropy between output and target."""
    return _INITIAL + _STATE + _OUTPUT + r"$$L = \frac{1}{2} \sum_{t} \sum_{k} (y_{t,k} - \hat{y}_{t,k})^2$$"


@misconception("equations", replaces="equations")
def binary_loss() -> str:
    """This is the cross-entropy of independent yes-or-no outputs. With a softmax over K classes only the right class's
    log-probability counts."""
    loss = r"$$L = -\sum_t \sum_k \left[ y_{t,k} \log \hat{y}_{t,k} + (1 - y_{t,k}) \log(1 - \hat{y}_{t,k}) \right]$$"
    return _INITIAL + _STATE + _OUTPUT + loss


@misconception("equations", replaces="equations", read="Part A. Pen and paper")
def initial_state_of_ones() -> str:
    """The state before the first step is not zero. Nothing has been read yet, and the exercise starts from zeros."""
    return r"$$\mathbf{h}_0 = \mathbf{1}$$" + _STATE + _OUTPUT + _LOSS


@misconception("equations", replaces="equations")
def shapes_declared_wrongly() -> str:
    """A matrix is declared with rows and columns exchanged. A matrix that multiplies a column from the left has as many
    columns as that vector has entries."""
    shapes = r"""
with $\mathbf{x}_t \in \mathbb{R}^{D}$, $\mathbf{h}_t \in \mathbb{R}^{H}$ and
$\mathbf{W}_{xh} \in \mathbb{R}^{D \times H}$.
"""
    return _INITIAL + _STATE + shapes + _OUTPUT + _LOSS
