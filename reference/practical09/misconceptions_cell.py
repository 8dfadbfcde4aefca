"""Wrong recurrent cells in PyTorch, each with what the student is told."""

import torch
import torch.nn.functional as F

from graders import misconception


@misconception("rnn_cell", replaces="RNN.forward")
def cell_without_recurrence(self, x, h):
    """Your new state depends on the input alone: the old state that you are given is not used. It must come in through
    its own layer, or the network has no memory."""
    h = torch.tanh(self.i2h(x))
    return F.log_softmax(self.h2o(h), dim=-1), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_starts_afresh(self, x, h):
    """Your cell starts from zeros at every step, whatever state it is given. Who calls it decides where a sequence
    begins; the cell goes on from the state that it receives."""
    h = torch.tanh(self.i2h(x) + self.h2h(self.init_hidden(len(x))))
    return F.log_softmax(self.h2o(h), dim=-1), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_returns_old_state(self, x, h):
    """You return the state that you were given, not the new one. The caller passes what you return to the next step, so
    your network forgets every input at once."""
    new = torch.tanh(self.i2h(x) + self.h2h(h))
    return F.log_softmax(self.h2o(new), dim=-1), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_output_from_old_state(self, x, h):
    """Your output is made from the old state, so it does not know the current input yet. It must be made from the
    new one."""
    new = torch.tanh(self.i2h(x) + self.h2h(h))
    return F.log_softmax(self.h2o(h), dim=-1), new


@misconception("rnn_cell", replaces="RNN.forward")
def cell_results_exchanged(self, x, h):
    """You return the state first and the log-probabilities second. The order is the other way round."""
    h = torch.tanh(self.i2h(x) + self.h2h(h))
    return h, F.log_softmax(self.h2o(h), dim=-1)


@misconception("rnn_cell", replaces="RNN.forward")
def cell_with_sigmoid(self, x, h):
    """Your state uses the logistic function. This cell's activation is the hyperbolic tangent, whose values may also be
    negative."""
    h = torch.sigmoid(self.i2h(x) + self.h2h(h))
    return F.log_softmax(self.h2o(h), dim=-1), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_with_relu(self, x, h):
    """Your state uses ReLU. This cell's activation is the hyperbolic tangent; it keeps the sign, and it stays below 1,
    so that a state cannot grow from step to step."""
    h = torch.relu(self.i2h(x) + self.h2h(h))
    return F.log_softmax(self.h2o(h), dim=-1), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_without_tanh(self, x, h):
    """Your state is the bare sum of the two layers. The hyperbolic tangent is still to be applied to it."""
    h = self.i2h(x) + self.h2h(h)
    return F.log_softmax(self.h2o(h), dim=-1), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_with_tanh_of_the_parts(self, x, h):
    """You apply tanh to the two layers' results one by one and add afterwards. It acts once, on their sum."""
    h = torch.tanh(self.i2h(x)) + torch.tanh(self.h2h(h))
    return F.log_softmax(self.h2o(h), dim=-1), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_with_tanh_on_scores(self, x, h):
    """You squeeze the scores with tanh before the log-softmax. No probability can then come near 0 or 1, however sure
    the network is."""
    h = torch.tanh(self.i2h(x) + self.h2h(h))
    return F.log_softmax(torch.tanh(self.h2o(h)), dim=-1), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_with_product(self, x, h):
    """You multiply what the input brings with what the old state brings. In this cell the two are added."""
    h = torch.tanh(self.i2h(x) * self.h2h(h))
    return F.log_softmax(self.h2o(h), dim=-1), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_without_recurrent_bias(self, x, h):
    """You use the weights of the old state's layer but not its bias, which then never learns. Calling the layer itself
    takes care of both."""
    h = torch.tanh(self.i2h(x) + h @ self.h2h.weight.T)
    return F.log_softmax(self.h2o(h), dim=-1), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_with_recurrent_weights_transposed(self, x, h):
    """The weights of the old state act transposed. The matrix is square, so the shapes cannot warn you; a linear layer
    multiplies with the transpose of its weight matrix."""
    h = torch.tanh(self.i2h(x) + h @ self.h2h.weight + self.h2h.bias)
    return F.log_softmax(self.h2o(h), dim=-1), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_with_softmax(self, x, h):
    """Your outputs are probabilities, where their logarithms are asked. The negative log-likelihood that comes next
    expects log-probabilities."""
    h = torch.tanh(self.i2h(x) + self.h2h(h))
    return F.softmax(self.h2o(h), dim=-1), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_with_softmax_twice(self, x, h):
    """You apply softmax and then log-softmax. The second takes the probabilities for scores, and since these all lie
    between 0 and 1, it makes them nearly equal."""
    h = torch.tanh(self.i2h(x) + self.h2h(h))
    return F.log_softmax(F.softmax(self.h2o(h), dim=-1), dim=-1), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_with_scores(self, x, h):
    """Your outputs are scores: their exponentials do not add up to 1. Log-softmax is still to be applied."""
    h = torch.tanh(self.i2h(x) + self.h2h(h))
    return self.h2o(h), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_normalised_over_the_batch(self, x, h):
    """Your log-softmax runs over the rows of the batch. Each row is a sequence of its own, and its probabilities add up
    to 1 over the symbols; with a single row, all your outputs are 0."""
    h = torch.tanh(self.i2h(x) + self.h2h(h))
    return F.log_softmax(self.h2o(h), dim=0), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_with_positive_logs(self, x, h):
    """Your outputs have the wrong sign: logarithms of probabilities are never positive. The minus sign of the negative
    log-likelihood comes later, in the loss."""
    h = torch.tanh(self.i2h(x) + self.h2h(h))
    return -F.log_softmax(self.h2o(h), dim=-1), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_with_detached_old_state(self, x, h):
    """You cut the old state off from its history. The numbers are right, but no gradient flows back to earlier steps,
    so the network cannot learn what to remember."""
    h = torch.tanh(self.i2h(x) + self.h2h(h.detach()))
    return F.log_softmax(self.h2o(h), dim=-1), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_with_detached_new_state(self, x, h):
    """You cut the new state off from how it was made. The numbers are right, but no gradient reaches the layers of the
    input and of the state: only the output layer can learn."""
    h = torch.tanh(self.i2h(x) + self.h2h(h)).detach()
    return F.log_softmax(self.h2o(h), dim=-1), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_without_gradient(self, x, h):
    """You compute where torch records nothing. The numbers are right, but there is no gradient at all, and training
    cannot change a single weight."""
    with torch.no_grad():
        h = torch.tanh(self.i2h(x) + self.h2h(h))
        return F.log_softmax(self.h2o(h), dim=-1), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_mixes_the_batch(self, x, h):
    """You average the state over the rows of the batch. The rows are different sequences, which must not hear of each
    other; with a single row you would not notice."""
    h = torch.tanh(self.i2h(x) + self.h2h(h.mean(dim=0, keepdim=True)))
    return F.log_softmax(self.h2o(h), dim=-1), h
