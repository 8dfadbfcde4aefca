"""Wrong losses of a name, each with its explanation; switches of one loss, so that two of them join."""

import math

import torch
import torch.nn.functional as F

from graders import misconception, switched

from .misconceptions_headings import NAMES_MODEL, UNFOLDED
from .provided import VOCAB, encode, one_hot


def nll(
    *,
    inputs=lambda x: x,
    targets=lambda t, x: t,
    first=lambda h: h,
    state=lambda h, rnn: h,
    outputs=lambda log_probs: log_probs,
    chosen=lambda log_probs, t: log_probs[range(len(t)), t],
    used=lambda terms: terms,
    total=lambda terms, name: terms.mean(),
    sign=-1,
    result=lambda loss, name: loss,
):
    """`sequence_nll`, right where no switch is set.

    Args:
        inputs, targets: of a name, as `encode` gives them: x (T, V) and t (T,).
        first: what the first step starts from; `state`: what a step goes on from, of the state of the step before.
        outputs: what becomes of the log-probabilities (T, V); `chosen`: those of them that count, (T,).
        used: the steps that come in; `total`: what is made of them; `sign`: of that.
        result: what is returned.
    """

    def sequence_nll(rnn, name):
        x, t = encode(name)
        x, t = inputs(x), targets(t, x)
        h, found = first(rnn.init_hidden()), []
        for row in x:
            log_probs, h = rnn(row.unsqueeze(0), state(h, rnn))
            found.append(log_probs[0])
        return result(sign * total(used(chosen(outputs(torch.stack(found)), t)), name), name)

    return sequence_nll


@switched("training", replaces="sequence_nll", builder=nll)
def nll_summed():
    """Your loss of a name is the sum over its symbols. The mean is asked for; with a sum, long names count for more and
    take larger steps than short ones."""
    return {"total": lambda terms, name: terms.sum()}


@switched("training", replaces="sequence_nll", builder=nll)
def nll_from_a_random_state():
    """Your first state is drawn at random, so the same name gets another loss each time. A name starts from
    rnn.init_hidden(), which is zero."""
    return {"first": torch.randn_like}


@switched("training", replaces="sequence_nll", builder=nll)
def nll_from_an_evenly_random_state():
    """Your first state is drawn with torch.rand, so the same name gets another loss each time. A name starts from
    rnn.init_hidden(), which is zero."""
    return {"first": torch.rand_like}


@switched("training", replaces="sequence_nll", builder=nll)
def nll_from_a_state_of_ones():
    """Your first state is made of ones. A name starts from rnn.init_hidden(), which is zero: nothing has been read."""
    return {"first": torch.ones_like}


@switched("training", replaces="sequence_nll", builder=nll)
def nll_per_letter():
    """You divide the sum by the number of letters. A name has one symbol more than letters: its end is predicted as
    well."""
    return {"total": lambda terms, name: terms.sum() / len(name)}


@switched("training", replaces="sequence_nll", builder=nll)
def nll_per_letter_of_the_alphabet():
    """You take the mean over all entries of the outputs, the 26 zeros of every step's one-hot target included. Only the
    steps are averaged over, so your loss is 27 times too small."""
    return {"total": lambda terms, name: terms.mean() / len(VOCAB)}


@switched("training", replaces="sequence_nll", builder=nll, read=NAMES_MODEL)
def nll_of_the_same_symbol():
    """Your targets are the inputs themselves, so the network is praised for repeating what it has just read. The target
    of a step is the symbol that comes next."""
    return {"targets": lambda t, x: x.argmax(dim=1)}


@switched("training", replaces="sequence_nll", builder=nll, read=NAMES_MODEL)
def nll_two_symbols_ahead():
    """Your targets are shifted once more than they should be. `encode` has shifted them already: its target at each
    step is the symbol after the input."""
    return {"targets": lambda t, x: torch.cat([t[1:], t[-1:]])}


@switched("training", replaces="sequence_nll", builder=nll, read=NAMES_MODEL)
def nll_without_the_end():
    """Your loss leaves out the end of the name. A network that is never asked where names end learns to write names
    that never end."""
    return {"used": lambda terms: terms[:-1]}


@switched("training", replaces="sequence_nll", builder=nll, read=NAMES_MODEL)
def nll_without_the_first_letter():
    """Your network starts by reading the first letter and is never asked to predict it. A name begins with the symbol
    ".", whose target is that letter."""
    return {"inputs": lambda x: x[1:], "targets": lambda t, x: t[1:]}


@switched("training", replaces="sequence_nll", builder=nll, read=NAMES_MODEL)
def nll_of_the_last_symbol():
    """Your loss is that of the last step alone. Every step makes a prediction, and all of them count."""
    return {"used": lambda terms: terms[-1:]}


@switched("training", replaces="sequence_nll", builder=nll)
def nll_last_over_length():
    """Each step overwrites the loss of the step before instead of adding to it, so that only the last one is left when
    you divide by the length."""
    return {"used": lambda terms: terms[-1:], "total": lambda terms, name: terms.sum() / (len(name) + 1)}


@switched("training", replaces="sequence_nll", builder=nll, read=UNFOLDED)
def nll_with_a_fresh_state():
    """You begin with an empty state at every step, so the network knows nothing but the symbol in front of it. Hand the
    state that a step returns to the next one."""
    return {"state": lambda h, rnn: rnn.init_hidden()}


@misconception("training", replaces="sequence_nll", read=UNFOLDED)
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


@switched("training", replaces="sequence_nll", builder=nll)
def nll_with_something_else():
    """You return more than the loss. Your own `train` may know what to do with that, but anyone else who calls
    `sequence_nll` expects one number to call `backward` on."""
    return {"result": lambda loss, name: (loss, len(name))}


@switched("training", replaces="sequence_nll", builder=nll, read=UNFOLDED)
def nll_with_detached_state():
    """You detach the state at every step. The value of the loss is right, but no step can tell the ones before it what
    it would have needed to remember: the gradient through time is cut off."""
    return {"state": lambda h, rnn: h.detach()}


@switched("training", replaces="sequence_nll", builder=nll)
def nll_as_a_float():
    """You add up plain numbers. The value is right, but numbers know nothing of the weights that they came from, so
    there is no gradient to train with."""
    return {"result": lambda loss, name: loss.item()}


@switched("training", replaces="sequence_nll", builder=nll)
def nll_as_a_new_tensor():
    """You make a new tensor out of the numbers at the end. It has the right value, but it is the beginning of a graph
    of its own: no gradient gets back to the weights."""
    return {"result": lambda loss, name: torch.tensor(loss.item(), requires_grad=True)}


@switched("training", replaces="sequence_nll", builder=nll)
def nll_without_the_minus():
    """Your loss is the mean log-likelihood itself, which is negative. Making it smaller makes names less likely; the
    *negative* log-likelihood has its sign turned round."""
    return {"sign": 1}


@switched("training", replaces="sequence_nll", builder=nll)
def nll_of_probabilities():
    """You average probabilities, not their logarithms. The network's outputs are log-probabilities already, and the
    negative log-likelihood needs them as they are."""
    return {"outputs": torch.exp}


@switched("training", replaces="sequence_nll", builder=nll)
def nll_of_softmax_as_scores():
    """You turn the log-probabilities into probabilities and give those to the cross-entropy, which takes them for
    scores and applies softmax again. All symbols then look almost alike."""
    return {"outputs": lambda log_probs: F.log_softmax(log_probs.exp(), dim=1)}


@switched("training", replaces="sequence_nll", builder=nll)
def nll_of_softmax():
    """You give probabilities to `nll_loss`, which wants log-probabilities and takes no logarithm itself. The network's
    outputs were right as they came."""
    return {"outputs": lambda log_probs: torch.softmax(log_probs, dim=1)}


@switched("training", replaces="sequence_nll", builder=nll)
def nll_in_bits():
    """Your loss uses logarithms to base 2. The network's outputs are natural logarithms, and so are the baselines that
    you compare it with."""
    return {"outputs": lambda log_probs: log_probs / math.log(2)}


@switched("training", replaces="sequence_nll", builder=nll)
def nll_of_the_likeliest():
    """You take the log-probability of the symbol that the network finds likeliest. What counts is how likely it finds
    the symbol that really comes."""
    return {"chosen": lambda log_probs, t: log_probs.max(dim=1).values}


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


@switched("training", replaces="sequence_nll", builder=nll)
def nll_product_of_probabilities():
    """You take the logarithm of the mean probability. The logarithm comes first and the mean second: a name is as
    likely as the *product* of its symbols' probabilities."""
    return {"total": lambda terms, name: terms.exp().mean().log()}
