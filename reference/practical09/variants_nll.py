"""Correct ways to write the loss of a name in other styles than the reference's; each must get full marks."""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

from graders import variant

from .provided import HIDDEN, VOCAB, encode, one_hot


@variant("training", replaces="sequence_nll")
def nll_by_gather(rnn, name):
    """All outputs in one tensor, and gather for the targets."""
    inputs, targets = encode(name)
    h, outputs = rnn.init_hidden(1), []
    for t in range(inputs.size(0)):
        output, h = rnn(inputs[t : t + 1], h)
        outputs.append(output)
    return -torch.cat(outputs).gather(1, targets.view(-1, 1)).mean()


@variant("training", replaces="sequence_nll")
def nll_by_nll_loss(rnn, name):
    """torch's own loss, over all steps at once."""
    inputs, targets = encode(name)
    h, outputs = rnn.init_hidden(), []
    for x in inputs:
        output, h = rnn(x.view(1, -1), h)
        outputs.append(output.squeeze(0))
    return F.nll_loss(torch.stack(outputs), targets)


@variant("training", replaces="sequence_nll")
def nll_by_module_step_by_step(rnn, name):
    """The loss as a module, added up step by step and divided in place at the end."""
    criterion = nn.NLLLoss()
    inputs, targets = encode(name)
    h, loss = rnn.init_hidden(), 0
    for t in range(len(targets)):
        log_probs, h = rnn(inputs[t].unsqueeze(0), h)
        loss += criterion(log_probs, targets[t].unsqueeze(0))
    loss /= len(targets)
    return loss


@variant("training", replaces="sequence_nll")
def nll_by_cross_entropy(rnn, name):
    """Cross-entropy of log-probabilities: log-softmax applied twice changes nothing."""
    inputs, targets = encode(name)
    h, outputs = torch.zeros(1, rnn.hidden_size), []
    for x in inputs:
        output, h = rnn(x[None], h)
        outputs.append(output)
    return F.cross_entropy(torch.cat(outputs), targets, reduction="sum") / (len(name) + 1)


@variant("training", replaces="sequence_nll")
def nll_with_one_hot_targets(rnn, name):
    """One-hot targets times log-probabilities, in an array of one number."""
    h, losses = rnn.init_hidden(), []
    for now, after in zip(one_hot("." + name), one_hot(name + "."), strict=True):
        log_probs, h = rnn(now.reshape(1, 27), h)
        losses.append(-(after * log_probs).sum(dim=1))
    return torch.stack(losses).mean(dim=0)


@variant("training", replaces="sequence_nll")
def nll_in_double_precision(rnn, name):
    """The logarithms are added up as float64; the size of the state is the notebook's."""
    symbols = [VOCAB.index(s) for s in f".{name}."]
    h, total = torch.zeros(1, HIDDEN), torch.zeros((), dtype=torch.float64)
    for now, after in pairwise(symbols):
        log_probs, h = rnn(F.one_hot(torch.tensor([now]), 27).float(), h)
        total = total - log_probs.double()[0][after]
    return total / (len(symbols) - 1)


@variant("training", replaces="sequence_nll")
def nll_through_the_layers(rnn, name):
    """Goes through the model's layers by hand, the inputs of all steps at once."""
    inputs, targets = encode(name)
    h, states = rnn.init_hidden(), []
    for net in rnn.i2h(inputs):
        h = torch.tanh(net + rnn.h2h(h))
        states.append(h)
    scores = rnn.h2o(torch.cat(states))
    return (scores.logsumexp(dim=1) - scores[range(len(targets)), targets]).mean()


@variant("training", replaces="sequence_nll")
def nll_with_the_size_written_down(rnn, name):
    """The size of the state is the notebook's, as a number."""
    inputs, targets = encode(name)
    h, total = torch.zeros(1, 128), 0.0
    for x, target in zip(inputs, targets, strict=True):
        log_probs, h = rnn(x.unsqueeze(0), h)
        total += F.nll_loss(log_probs, target.unsqueeze(0))
    return total / len(targets)
