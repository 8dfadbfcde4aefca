"""Wrong losses of a name, each with what the student is told."""

import torch
import torch.nn.functional as F

from graders import misconception

from .provided import VOCAB, encode, one_hot


def _read(rnn, inputs, h=None):
    """The log-probabilities (T, V) of every step, the state carried along."""
    h = rnn.init_hidden() if h is None else h
    outputs = []
    for x in inputs:
        log_probs, h = rnn(x.unsqueeze(0), h)
        outputs.append(log_probs[0])
    return torch.stack(outputs)


def _of_targets(rnn, name):
    """The log-probability (T,) of each target."""
    inputs, targets = encode(name)
    return _read(rnn, inputs)[range(len(targets)), targets]


@misconception("training", replaces="sequence_nll")
def nll_summed(rnn, name):
    """Your loss of a name is the sum over its symbols. The mean is asked for; with a sum, long names count for more and
    take larger steps than short ones."""
    return -_of_targets(rnn, name).sum()


@misconception("training", replaces="sequence_nll")
def nll_per_letter(rnn, name):
    """You divide the sum by the number of letters. A name has one symbol more than letters: its end is predicted as
    well."""
    return -_of_targets(rnn, name).sum() / len(name)


@misconception("training", replaces="sequence_nll")
def nll_per_letter_of_the_alphabet(rnn, name):
    """You take the mean over all entries of the outputs, the 26 zeros of every step's one-hot target included. Only the
    steps are averaged over, so your loss is 27 times too small."""
    inputs, targets = encode(name)
    return -(_read(rnn, inputs) * one_hot([VOCAB[t] for t in targets])).mean()


@misconception("training", replaces="sequence_nll")
def nll_of_the_same_symbol(rnn, name):
    """Your targets are the inputs themselves, so the network is praised for repeating what it has just read. The target
    of a step is the symbol that comes next."""
    inputs, _ = encode(name)
    return -_read(rnn, inputs)[range(len(inputs)), inputs.argmax(dim=1)].mean()


@misconception("training", replaces="sequence_nll")
def nll_two_symbols_ahead(rnn, name):
    """Your targets are shifted once more than they should be. `encode` has shifted them already: its target at each
    step is the symbol after the input."""
    inputs, targets = encode(name)
    return -_read(rnn, inputs)[range(len(targets)), torch.cat([targets[1:], targets[-1:]])].mean()


@misconception("training", replaces="sequence_nll")
def nll_without_the_end(rnn, name):
    """Your loss leaves out the end of the name. A network that is never asked where names end learns to write names
    that never end."""
    return -_of_targets(rnn, name)[:-1].mean()


@misconception("training", replaces="sequence_nll")
def nll_without_the_first_letter(rnn, name):
    """Your network starts by reading the first letter and is never asked to predict it. A name begins with the symbol
    ".", whose target is that letter."""
    inputs, targets = encode(name)
    return -_read(rnn, inputs[1:])[range(len(name)), targets[1:]].mean()


@misconception("training", replaces="sequence_nll")
def nll_of_the_last_symbol(rnn, name):
    """Your loss is that of the last step alone. Every step makes a prediction, and all of them count."""
    return -_of_targets(rnn, name)[-1]


@misconception("training", replaces="sequence_nll")
def nll_last_over_length(rnn, name):
    """Each step overwrites the loss of the step before instead of adding to it, so that only the last one is left when
    you divide by the length."""
    return -_of_targets(rnn, name)[-1] / (len(name) + 1)


@misconception("training", replaces="sequence_nll")
def nll_with_a_fresh_state(rnn, name):
    """You begin with an empty state at every step, so the network knows nothing but the symbol in front of it. Hand the
    state that a step returns to the next one."""
    inputs, targets = encode(name)
    return -torch.stack([rnn(x[None], rnn.init_hidden())[0][0, t] for x, t in zip(inputs, targets, strict=True)]).mean()


@misconception("training", replaces="sequence_nll")
def nll_with_the_last_names_state(rnn, name):
    """You carry the state over from one name to the next, so a name's loss depends on what was read before it. Each
    name begins with an empty state."""
    inputs, targets = encode(name)
    h, total = rnn.__dict__.get("kept", rnn.init_hidden()).detach(), 0
    for x, target in zip(inputs, targets, strict=True):
        log_probs, h = rnn(x.unsqueeze(0), h)
        total = total - log_probs[0, target]
    rnn.__dict__["kept"] = h
    return total / len(targets)


@misconception("training", replaces="sequence_nll")
def nll_with_something_else(rnn, name):
    """You return more than the loss. Your own `train` may know what to do with that, but whoever else calls
    `sequence_nll` expects one number to call `backward` on."""
    return -_of_targets(rnn, name).mean(), len(name)


@misconception("training", replaces="sequence_nll")
def nll_with_detached_state(rnn, name):
    """You detach the state at every step. The value of the loss is right, but no step can tell the ones before it what
    it would have needed to remember: the gradient through time is cut off."""
    inputs, targets = encode(name)
    h, total = rnn.init_hidden(), 0
    for x, target in zip(inputs, targets, strict=True):
        log_probs, h = rnn(x.unsqueeze(0), h.detach())
        total = total - log_probs[0, target]
    return total / len(targets)


@misconception("training", replaces="sequence_nll")
def nll_as_a_float(rnn, name):
    """You add up plain numbers. The value is right, but numbers know nothing of the weights that they came from, so
    there is no gradient to train with."""
    return -sum(log_prob.item() for log_prob in _of_targets(rnn, name)) / (len(name) + 1)


@misconception("training", replaces="sequence_nll")
def nll_as_a_new_tensor(rnn, name):
    """You make a new tensor out of the numbers at the end. It has the right value, but it is the beginning of a graph
    of its own: no gradient gets back to the weights."""
    return torch.tensor(-_of_targets(rnn, name).mean().item(), requires_grad=True)


@misconception("training", replaces="sequence_nll")
def nll_without_the_minus(rnn, name):
    """Your loss is the mean log-likelihood itself, which is negative. Making it smaller makes names less likely; the
    *negative* log-likelihood has its sign turned round."""
    return _of_targets(rnn, name).mean()


@misconception("training", replaces="sequence_nll")
def nll_of_probabilities(rnn, name):
    """You average probabilities, not their logarithms. The network's outputs are log-probabilities already, and the
    negative log-likelihood needs them as they are."""
    return -_of_targets(rnn, name).exp().mean()


@misconception("training", replaces="sequence_nll")
def nll_of_softmax_as_scores(rnn, name):
    """You turn the log-probabilities into probabilities and give those to the cross-entropy, which takes them for
    scores and applies softmax again. All symbols then look almost alike."""
    inputs, targets = encode(name)
    return F.cross_entropy(_read(rnn, inputs).exp(), targets)


@misconception("training", replaces="sequence_nll")
def nll_of_softmax(rnn, name):
    """You give probabilities to `nll_loss`, which wants log-probabilities and takes no logarithm itself. The network's
    outputs were right as they came."""
    inputs, targets = encode(name)
    return F.nll_loss(torch.softmax(_read(rnn, inputs), dim=1), targets)


@misconception("training", replaces="sequence_nll")
def nll_in_bits(rnn, name):
    """Your loss uses logarithms to base 2. The network's outputs are natural logarithms, and so are the baselines that
    you compare it with."""
    return -_of_targets(rnn, name).mean() / torch.log(torch.tensor(2.0))


@misconception("training", replaces="sequence_nll")
def nll_of_the_likeliest(rnn, name):
    """You take the log-probability of the symbol that the network finds likeliest. What counts is how likely it finds
    the symbol that really comes."""
    inputs, _ = encode(name)
    return -_read(rnn, inputs).max(dim=1).values.mean()


@misconception("training", replaces="sequence_nll")
def nll_reading_its_own_output(rnn, name):
    """Your network reads its own best guess as the next input. While it learns, each step reads the true symbol, or one
    early mistake spoils the rest of the name."""
    inputs, targets = encode(name)
    x, h, total = inputs[0], rnn.init_hidden(), 0
    for target in targets:
        log_probs, h = rnn(x.unsqueeze(0), h)
        total = total - log_probs[0, target]
        x = one_hot([VOCAB[log_probs.argmax()]])[0]
    return total / len(targets)


@misconception("training", replaces="sequence_nll")
def nll_product_of_probabilities(rnn, name):
    """You take the logarithm of the mean probability. The logarithm comes first and the mean second: a name is as
    likely as the *product* of its symbols' probabilities."""
    return -_of_targets(rnn, name).exp().mean().log()
