"""What students get wrong about writing a name; switches of one `generate`, so that two of them join."""

import random

import torch
import torch.nn.functional as F

from graders import misconception, switched

from .misconceptions_headings import NAMES_MODEL, UNFOLDED
from .provided import VOCAB, one_hot
from .rnn_cell import RNN
from .sampling import sample_next


def writer(
    *,
    seeded=lambda: None,
    model=lambda rnn: rnn,
    first=lambda rnn: rnn.init_hidden(),
    before=lambda: "",
    begin=lambda: "",
    most=lambda max_length: max_length,
    carried=lambda new, old: new,
    tempered=lambda log_probs: log_probs,
    draw=None,
    fed=lambda drawn, likeliest: drawn,
    stops=True,
    end="",
    left=lambda rnn: None,
    result=lambda name: name,
):
    """`generate`, right where no switch is set.

    Args:
        seeded, left: what is done before and after.
        model, first: the model that is used, and its first state.
        before: what stands before the name; `begin`: letters that it begins with, undrawn; `end`: what ends it.
        most: how many letters it has at the most.
        carried: the state that the next step goes on from; `fed`: what it reads, of the drawn and the likeliest letter.
        tempered, draw: how a letter is drawn; by this module's `sample_next`, whatever stands for it, where it is None.
        stops: whether "." ends the name.
    """

    def generate(rnn, k=None, max_length=20):
        seeded()
        used = model(rnn)
        name, h = begin(), first(used)
        symbol = name or "."
        with torch.no_grad():
            while len(name) < most(max_length):
                log_probs, new = used(one_hot(symbol), h)
                h = carried(new, h)
                drawn = VOCAB[(draw or sample_next)(tempered(log_probs), k)]
                if drawn == "." and stops:
                    name += end
                    break
                symbol = fed(drawn, VOCAB[int(log_probs.argmax())])
                name += drawn
        left(rnn)
        return result(before() + name)

    return generate


@misconception("sampling", replaces="generate", read=NAMES_MODEL)
def name_with_a_k_of_its_own(rnn, k=5, max_length=20):
    """When nobody says k you take a number of your own; then it is None, and every letter can come."""
    return writer()(rnn, k, max_length)


@switched("sampling", replaces="generate", builder=writer, read=UNFOLDED)
def name_without_state():
    """Every step starts from the first state. Pass the state that a step returned on to the next one: it is the memory
    of the letters so far.
    """
    return {"carried": lambda new, old: old}


@switched("sampling", replaces="generate", builder=writer, read=NAMES_MODEL)
def name_without_feedback():
    """Every step reads "." again. The input of a step is the letter that the step before drew."""
    return {"fed": lambda drawn, likeliest: "."}


_kept = {}


@misconception("sampling", replaces="generate", read=UNFOLDED)
def name_with_the_last_name_s_state(rnn, k=None, max_length=20):
    """The state is kept from one name to the next. Every name starts from the state that `init_hidden` gives."""
    name, symbol = "", "."
    h = _kept.get(rnn.hidden_size, rnn.init_hidden())
    with torch.no_grad():
        while len(name) < max_length:
            log_probs, h = rnn(one_hot(symbol), h)
            _kept[rnn.hidden_size] = h
            symbol = VOCAB[sample_next(log_probs, k)]
            if symbol == ".":
                break
            name += symbol
    return name


@switched("sampling", replaces="generate", builder=writer, read=UNFOLDED)
def name_from_a_random_state():
    """The first state is random, or made of ones. A name starts from the state that `init_hidden` gives."""
    return {"first": lambda rnn: torch.randn(1, rnn.hidden_size)}


@switched("sampling", replaces="generate", builder=writer)
def name_of_another_model():
    """You do not use the model that `generate` is given, but one of your own."""
    return {"model": lambda rnn: RNN(len(VOCAB), 128, len(VOCAB))}


@switched("sampling", replaces="generate", builder=writer)
def name_read_as_likeliest():
    """The input of a step is the likeliest letter, not the one that was drawn and stands in the name."""
    return {"fed": lambda drawn, likeliest: likeliest}


@switched("sampling", replaces="generate", builder=writer)
def name_too_cold():
    """You sharpen the model's distribution before `sample_next` draws from it, as by a temperature below one."""
    return {"tempered": lambda log_probs: log_probs / 0.5}


@switched("sampling", replaces="generate", builder=writer)
def name_too_hot():
    """You flatten the model's distribution before `sample_next` draws from it, as by a temperature above one."""
    return {"tempered": lambda log_probs: log_probs / 2.0}


@switched("sampling", replaces="generate", builder=writer)
def name_with_one_seed():
    """You set the seed in every call of `generate`, so every name is the same. Set it once, outside."""
    return {"seeded": lambda: torch.manual_seed(0)}


@switched("sampling", replaces="generate", builder=writer, read=NAMES_MODEL)
def name_with_its_end():
    """The "." that ends a name is part of what you return. It is a sign to stop, not a letter."""
    return {"end": "."}


@switched("sampling", replaces="generate", builder=writer, read=NAMES_MODEL)
def name_with_its_start():
    """The "." that starts a name is part of what you return. It is the first input, not a letter."""
    return {"before": lambda: "."}


@switched("sampling", replaces="generate", builder=writer, read=NAMES_MODEL)
def name_that_does_not_stop():
    """You go on after "." was drawn. It ends the name."""
    return {"stops": False}


@switched("sampling", replaces="generate", builder=writer)
def name_too_long():
    """A name may have one letter more than max_length: the comparison comes too late."""
    return {"most": lambda max_length: max_length + 1}


@switched("sampling", replaces="generate", builder=writer)
def name_too_short():
    """A name ends one letter before max_length: the first "." does not count as a letter."""
    return {"most": lambda max_length: max_length - 1}


@switched("sampling", replaces="generate", builder=writer)
def name_of_any_length():
    """max_length is ignored: your names stop at 20 letters whatever it says."""
    return {"most": lambda max_length: 20}


@switched("sampling", replaces="generate", builder=writer)
def name_of_the_likeliest():
    """Each letter is the most likely one, so every name is the same. Draw it with `sample_next`."""
    return {"draw": lambda log_probs, k: int(log_probs.argmax())}


@switched("sampling", replaces="generate", builder=writer)
def name_without_k():
    """`generate` takes k and does not use it. Pass it on to `sample_next`."""
    return {"draw": lambda log_probs, k: sample_next(log_probs)}


@switched("sampling", replaces="generate", builder=writer)
def name_as_a_list():
    """You return a list of letters. "".join(letters) makes a string of them."""
    return {"result": list}


@misconception("sampling", replaces="generate")
def name_that_trains(rnn, k=None, max_length=20):
    """Your `generate` computes gradients and changes the model. Generating only uses it."""
    name, symbol, h = "", ".", rnn.init_hidden()
    optimizer = torch.optim.SGD(rnn.parameters(), lr=0.1)
    while len(name) < max_length:
        log_probs, h = rnn(one_hot(symbol), h)
        F.nll_loss(log_probs, torch.tensor([0])).backward(retain_graph=True)
        symbol = VOCAB[sample_next(log_probs, k)]
        if symbol == ".":
            break
        name += symbol
    optimizer.step()
    return name


@switched("sampling", replaces="generate", builder=writer)
def name_that_freezes():
    """After your `generate`, the model's parameters no longer ask for gradients, so it cannot be trained on. Use
    torch.no_grad() for the time of generating.
    """
    return {"left": lambda rnn: rnn.requires_grad_(False)}


@switched("sampling", replaces="generate", builder=writer, read=NAMES_MODEL)
def name_from_a_letter_of_its_own():
    """Your name begins with a letter that you choose. The model chooses it: what it reads first is ".", and the first
    letter is drawn from what it says then."""
    return {"begin": lambda: random.choice(VOCAB[1:])}
