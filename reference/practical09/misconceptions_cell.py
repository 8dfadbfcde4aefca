"""Wrong recurrent cells in PyTorch, each with its explanation: switches of one cell, so that they join."""

import torch
import torch.nn.functional as F

from graders import switched

from .misconceptions_cell_builder import cell
from .misconceptions_headings import UNFOLDED


def _kept(self, h):
    return getattr(self, "memory", torch.zeros_like(h))


def _keep(self, new):
    self.memory = new.detach()
    return new


@switched("rnn_cell", replaces="RNN.forward", builder=cell, read=UNFOLDED)
def cell_without_recurrence():
    """Your new state depends on the input alone: the old state that you are given is not used. It must come in through
    its own layer, or the network has no memory."""
    return {"recurrence": lambda self, h: 0}


@switched("rnn_cell", replaces="RNN.forward", builder=cell, read=UNFOLDED)
def cell_starts_afresh():
    """Your cell starts from zeros at every step, whatever state it is given. Who calls it decides where a sequence
    begins; the cell goes on from the state that it receives."""
    return {"old": lambda self, h: torch.zeros_like(h)}


@switched("rnn_cell", replaces="RNN.forward", builder=cell, read=UNFOLDED)
def cell_keeps_its_state():
    """Your cell goes on from a state that it keeps in itself, whatever state it is given. Who calls it decides where a
    sequence begins, and several sequences may be read in turn."""
    return {"old": _kept, "made": _keep}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_returns_old_state():
    """You return the state that you were given, not the new one. The caller passes what you return to the next step, so
    your network forgets every input at once."""
    return {"result": lambda outputs, new, old: (outputs, old)}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_output_from_old_state():
    """Your output is made from the old state, so it does not know the current input yet. It must be made from the
    new one."""
    return {"shown": lambda new, old: old}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_results_exchanged():
    """You return the state first and the log-probabilities second. The order is the other way round."""
    return {"result": lambda outputs, new, old: (new, outputs)}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_returns_outputs_alone():
    """You return the log-probabilities alone. The new state must come back too, or the caller cannot pass it
    to the next step."""
    return {"result": lambda outputs, new, old: outputs}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_with_sigmoid():
    """Your state uses the logistic function. This cell's activation is the hyperbolic tangent, whose values may also be
    negative."""
    return {"activation": torch.sigmoid}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_with_relu():
    """Your state uses ReLU. This cell's activation is the hyperbolic tangent; it keeps the sign, and it stays below 1,
    so that a state cannot grow from step to step."""
    return {"activation": torch.relu}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_without_tanh():
    """Your state is the bare sum of the two layers. The hyperbolic tangent is still to be applied to it."""
    return {"activation": lambda net: net}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_with_softmax_state():
    """Your state goes through softmax, as if its units were classes. This cell's activation is the hyperbolic tangent,
    of each unit by itself."""
    return {"activation": lambda net: F.softmax(net, dim=-1)}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_with_tanh_of_the_parts():
    """You apply tanh to the two layers' results one by one and add afterwards. It acts once, on their sum."""
    return {"unit": lambda f, x, h: f(x) + f(h)}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_with_tanh_of_the_input_alone():
    """You apply tanh to what the input brings and add what the old state brings afterwards. It acts on the
    sum of both."""
    return {"unit": lambda f, x, h: f(x) + h}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_with_product():
    """You multiply what the input brings with what the old state brings. In this cell the two are added."""
    return {"unit": lambda f, x, h: f(x * h)}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_with_tanh_on_scores():
    """You squeeze the scores with tanh before the log-softmax. No probability can then come near 0 or 1, however sure
    the network is."""
    return {"scores": torch.tanh}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_with_relu_on_scores():
    """You cut negative scores off at zero before the log-softmax. It needs the scores as they are."""
    return {"scores": torch.relu}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_with_clipped_scores():
    """You cut the scores off at a limit before the log-softmax. Beyond it, different scores become equal, and so do
    their probabilities."""
    return {"scores": lambda z: z.clamp(-50, 50)}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_without_input_bias():
    """You use the weights of the input's layer but not its bias, which then never learns. Calling the layer itself
    takes care of both."""
    return {"reading": lambda self, x: x @ self.i2h.weight.T}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_without_recurrent_bias():
    """You use the weights of the old state's layer but not its bias, which then never learns. Calling the layer itself
    takes care of both."""
    return {"recurrence": lambda self, h: h @ self.h2h.weight.T}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_without_output_bias():
    """You use the weights of the output's layer but not its bias, which then never learns. Calling the layer itself
    takes care of both."""
    return {"scoring": lambda self, h: h @ self.h2o.weight.T}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_with_recurrent_weights_transposed():
    """The weights of the old state act transposed. The matrix is square, so the shapes cannot warn you; a linear layer
    multiplies with the transpose of its weight matrix."""
    return {"recurrence": lambda self, h: h @ self.h2h.weight + self.h2h.bias}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_with_bare_old_state():
    """You add the old state as it is. It must pass through its own layer first."""
    return {"recurrence": lambda self, h: h}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_with_softmax():
    """Your outputs are probabilities, where their logarithms are asked. The negative log-likelihood that comes next
    expects log-probabilities."""
    return {"normalise": lambda z: F.softmax(z, dim=-1)}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_with_softmax_twice():
    """You apply softmax and then log-softmax. The second takes the probabilities for scores, and since these all lie
    between 0 and 1, it makes them nearly equal."""
    return {"normalise": lambda z: F.log_softmax(F.softmax(z, dim=-1), dim=-1)}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_with_scores():
    """Your outputs are scores: their exponentials do not add up to 1. Log-softmax is still to be applied."""
    return {"normalise": lambda z: z}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_with_log_of_sigmoid():
    """You put each score through the logistic function by itself. Log-softmax looks at all symbols of a row together,
    so that their probabilities add up to 1."""
    return {"normalise": F.logsigmoid}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_normalised_over_the_batch():
    """Your log-softmax runs over the rows of the batch. Each row is a sequence of its own, and its probabilities add up
    to 1 over the symbols; with a single row, all your outputs are 0."""
    return {"normalise": lambda z: F.log_softmax(z, dim=0)}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_with_positive_logs():
    """Your outputs have the wrong sign: logarithms of probabilities are never positive. The minus sign of the negative
    log-likelihood comes later, in the loss."""
    return {"normalise": lambda z: -F.log_softmax(z, dim=-1)}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_with_detached_old_state():
    """You cut the old state off from its history. The numbers are right, but no gradient flows back to earlier steps,
    so the network cannot learn what to remember."""
    return {"old": lambda self, h: h.detach()}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_with_detached_new_state():
    """You cut the new state off from how it was made. The numbers are right, but no gradient reaches the layers of the
    input and of the state: only the output layer can learn."""
    return {"made": lambda self, new: new.detach()}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_without_gradient():
    """You compute where torch records nothing. The numbers are right, but there is no gradient at all, and training
    cannot change a single weight."""
    return {"recording": torch.no_grad}


@switched("rnn_cell", replaces="RNN.forward", builder=cell)
def cell_mixes_the_batch():
    """You average the state over the rows of the batch. The rows are different sequences, which must not hear of each
    other; with a single row you would not notice."""
    return {"old": lambda self, h: h.mean(dim=0, keepdim=True)}
