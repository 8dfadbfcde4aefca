"""What students get wrong about sampling; each docstring is what the student reads."""

import numpy as np
import torch
import torch.nn.functional as F

from graders import misconception

from .provided import VOCAB, one_hot
from .rnn_cell import RNN
from .sampling import sample_next


def _rows(log_probs, k):
    """The k most likely symbols and their log-probabilities."""
    log_probs = log_probs.detach().flatten()
    return torch.topk(log_probs, len(log_probs) if k is None else min(k, len(log_probs)))


def _write(rnn, k, max_length, *, draw=None, keep_state=True, feed_back=True, stop=True, end="", start=""):
    """A name, with one thing or another done differently."""
    name, symbol, h = start, ".", rnn.init_hidden()
    with torch.no_grad():
        for _ in range(max_length):
            log_probs, new = rnn(one_hot(symbol if feed_back else "."), h)
            h = new if keep_state else h
            drawn = VOCAB[(draw or sample_next)(log_probs, k)]
            if drawn == "." and stop:
                return name + end
            symbol, name = drawn, name + drawn
    return name


# --- sample_next ------------------------------------------------------------------------------------------------------


@misconception("sampling", replaces="sample_next")
def sample_takes_the_likeliest(log_probs, k=None):
    """You always take the most likely symbol. Sampling draws at random: a symbol of probability 0.2 comes in one of
    five draws, and every call may give another one.
    """
    return int(log_probs.flatten().argmax())


@misconception("sampling", replaces="sample_next")
def sample_likeliest_without_k(log_probs, k=None):
    """When no k is given, or all symbols are in, you take the most likely symbol. Then, too, a symbol is drawn at
    random, from all of them.
    """
    if k is None or k >= log_probs.numel():
        return int(log_probs.flatten().argmax())
    return sample_next(log_probs, k)


@misconception("sampling", replaces="sample_next")
def sample_evenly(log_probs, k=None):
    """You draw all symbols equally often, whatever their probabilities."""
    return int(torch.randint(log_probs.numel() if k is None else min(k, log_probs.numel()), (1,)))


@misconception("sampling", replaces="sample_next")
def sample_evenly_of_the_top(log_probs, k=None):
    """Among the top k you draw all symbols equally often. Their probabilities still count, divided by their sum."""
    top = _rows(log_probs, k)
    if k is None:
        return sample_next(log_probs)
    return int(top.indices[torch.randint(len(top.indices), (1,))])


@misconception("sampling", replaces="sample_next")
def sample_ignores_k(log_probs, k=None):
    """You draw from all symbols although k was given."""
    return sample_next(log_probs)


@misconception("sampling", replaces="sample_next")
def sample_of_the_least_likely(log_probs, k=None):
    """Your k symbols are the least likely ones: the order of sorting is turned round."""
    if k is None:
        return sample_next(log_probs)
    log_probs = log_probs.detach().flatten()
    low = torch.topk(log_probs, min(k, len(log_probs)), largest=False)
    return int(low.indices[torch.multinomial(torch.softmax(low.values, 0), 1)])


@misconception("sampling", replaces="sample_next")
def sample_one_too_many(log_probs, k=None):
    """You let k + 1 symbols in, not k."""
    return sample_next(log_probs, None if k is None else k + 1)


@misconception("sampling", replaces="sample_next")
def sample_one_too_few(log_probs, k=None):
    """You let k - 1 symbols in, not k."""
    return sample_next(log_probs, None if k is None else max(1, k - 1))


@misconception("sampling", replaces="sample_next")
def sample_place_for_symbol(log_probs, k=None):
    """You return the place in the list of the top k, not the symbol that stands there: topk also gives indices."""
    if k is None:
        return sample_next(log_probs)
    return int(torch.multinomial(torch.softmax(_rows(log_probs, k).values, 0), 1))


@misconception("sampling", replaces="sample_next")
def sample_without_renormalising(log_probs, k=None):
    """What the symbols outside the top k had of probability goes to the most likely symbol. Divide by the sum of the k
    instead.
    """
    top = _rows(log_probs, k)
    probabilities = top.values.exp().double()
    probabilities[0] += 1 - probabilities.sum()
    return int(top.indices[torch.multinomial(probabilities.clamp(min=0), 1)])


@misconception("sampling", replaces="sample_next")
def sample_rest_falls_on_the_last(log_probs, k=None):
    """You walk along the cumulative sum of the top k without dividing by their sum: whatever lies beyond falls on the
    last of the k.
    """
    top = _rows(log_probs, k)
    place = int(np.searchsorted(np.cumsum(top.values.exp().double().numpy()), np.random.random()))
    return int(top.indices[min(place, len(top.indices) - 1)])


@misconception("sampling", replaces="sample_next")
def sample_the_logarithms(log_probs, k=None):
    """You draw with the sizes of the log-probabilities as weights. They are logarithms: exp makes probabilities of
    them, and the most negative one is the least likely.
    """
    top = _rows(log_probs, k)
    return int(top.indices[torch.multinomial(-top.values + 1e-9, 1)])


@misconception("sampling", replaces="sample_next")
def sample_softmax_of_probabilities(log_probs, k=None):
    """You apply softmax to the probabilities. That makes all symbols nearly equally likely; either exp or softmax of
    the log-probabilities is enough.
    """
    top = _rows(log_probs, k)
    return int(top.indices[torch.multinomial(torch.softmax(top.values.exp(), 0), 1)])


@misconception("sampling", replaces="sample_next")
def sample_too_cold(log_probs, k=None):
    """You sharpen the distribution: the probabilities are squared, as by a temperature of one half. It is to be used as
    it is.
    """
    top = _rows(log_probs, k)
    return int(top.indices[torch.multinomial(torch.softmax(2 * top.values, 0), 1)])


@misconception("sampling", replaces="sample_next")
def sample_too_hot(log_probs, k=None):
    """You flatten the distribution, as by a temperature of two. It is to be used as it is."""
    top = _rows(log_probs, k)
    return int(top.indices[torch.multinomial(torch.softmax(top.values / 2, 0), 1)])


@misconception("sampling", replaces="sample_next")
def sample_a_little_cold(log_probs, k=None):
    """You sharpen the distribution, as by a temperature below one. It is to be used as it is."""
    top = _rows(log_probs, k)
    return int(top.indices[torch.multinomial(torch.softmax(top.values / 0.8, 0), 1)])


@misconception("sampling", replaces="sample_next")
def sample_a_little_hot(log_probs, k=None):
    """You flatten the distribution, as by a temperature above one. It is to be used as it is."""
    top = _rows(log_probs, k)
    return int(top.indices[torch.multinomial(torch.softmax(top.values / 1.25, 0), 1)])


@misconception("sampling", replaces="sample_next")
def sample_softmax_of_the_top_probabilities(log_probs, k=None):
    """Of the top k you take softmax of the probabilities, which makes them nearly equally likely. Divide them by their
    sum; softmax is for their logarithms.
    """
    if k is None:
        return sample_next(log_probs)
    top = _rows(log_probs, k)
    return int(top.indices[torch.multinomial(torch.softmax(top.values.exp(), 0), 1)])


@misconception("sampling", replaces="sample_next")
def sample_with_one_seed(log_probs, k=None):
    """You set the seed in every call, so every call draws the same. Set it once, outside."""
    torch.manual_seed(0)
    return sample_next(log_probs, k)


@misconception("sampling", replaces="sample_next")
def sample_as_text(log_probs, k=None):
    """You return the letter. `sample_next` returns its index; `generate` looks the letter up."""
    return VOCAB[sample_next(log_probs, k)] if log_probs.numel() <= len(VOCAB) else "?"


@misconception("sampling", replaces="sample_next")
def sample_as_tensor(log_probs, k=None):
    """You return an array with one number in it. `sample_next` returns the number: int(...) or .item() takes it out."""
    return torch.tensor([sample_next(log_probs, k)])


@misconception("sampling", replaces="sample_next")
def sample_first_row_only(log_probs, k=None):
    """You take log_probs[0], which is one row for shape (1, V), but a single number for shape (V,)."""
    row = log_probs[0]
    return sample_next(row, k)


# --- generate ---------------------------------------------------------------------------------------------------------


@misconception("sampling", replaces="generate")
def name_without_state(rnn, k=None, max_length=20):
    """Every step starts from the first state. Pass the state that a step returned on to the next one: it is the memory
    of the letters so far.
    """
    return _write(rnn, k, max_length, keep_state=False)


@misconception("sampling", replaces="generate")
def name_without_feedback(rnn, k=None, max_length=20):
    """Every step reads "." again. The input of a step is the letter that the step before drew."""
    return _write(rnn, k, max_length, feed_back=False)


_kept = {}


@misconception("sampling", replaces="generate")
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


@misconception("sampling", replaces="generate")
def name_from_a_random_state(rnn, k=None, max_length=20):
    """The first state is random. A name starts from the state that `init_hidden` gives."""
    name, symbol, h = "", ".", torch.randn(1, rnn.hidden_size)
    with torch.no_grad():
        while len(name) < max_length:
            log_probs, h = rnn(one_hot(symbol), h)
            symbol = VOCAB[sample_next(log_probs, k)]
            if symbol == ".":
                break
            name += symbol
    return name


@misconception("sampling", replaces="generate")
def name_of_another_model(rnn, k=None, max_length=20):
    """You do not use the model that `generate` is given, but one of your own."""
    return _write(RNN(len(VOCAB), 128, len(VOCAB)), k, max_length)


@misconception("sampling", replaces="generate")
def name_read_as_likeliest(rnn, k=None, max_length=20):
    """The input of a step is the likeliest letter, not the one that was drawn and stands in the name."""
    name, symbol, h = "", 0, rnn.init_hidden()
    with torch.no_grad():
        while len(name) < max_length:
            log_probs, h = rnn(one_hot(VOCAB[symbol]), h)
            drawn, symbol = sample_next(log_probs, k), int(log_probs.argmax())
            if drawn == 0:
                break
            name += VOCAB[drawn]
    return name


@misconception("sampling", replaces="generate")
def name_too_cold(rnn, k=None, max_length=20):
    """You sharpen the model's distribution before `sample_next` draws from it, as by a temperature below one."""
    return _write(rnn, k, max_length, draw=lambda log_probs, k: sample_next(log_probs / 0.5, k))


@misconception("sampling", replaces="generate")
def name_too_hot(rnn, k=None, max_length=20):
    """You flatten the model's distribution before `sample_next` draws from it, as by a temperature above one."""
    return _write(rnn, k, max_length, draw=lambda log_probs, k: sample_next(log_probs / 2.0, k))


@misconception("sampling", replaces="generate")
def name_with_one_seed(rnn, k=None, max_length=20):
    """You set the seed in every call of `generate`, so every name is the same. Set it once, outside."""
    torch.manual_seed(0)
    return _write(rnn, k, max_length)


@misconception("sampling", replaces="generate")
def name_with_its_end(rnn, k=None, max_length=20):
    """The "." that ends a name is part of what you return. It is a sign to stop, not a letter."""
    return _write(rnn, k, max_length, end=".")


@misconception("sampling", replaces="generate")
def name_with_its_start(rnn, k=None, max_length=20):
    """The "." that starts a name is part of what you return. It is the first input, not a letter."""
    return _write(rnn, k, max_length, start=".")


@misconception("sampling", replaces="generate")
def name_that_does_not_stop(rnn, k=None, max_length=20):
    """You go on after "." was drawn. It ends the name."""
    return _write(rnn, k, max_length, stop=False)


@misconception("sampling", replaces="generate")
def name_too_long(rnn, k=None, max_length=20):
    """A name may have one letter more than max_length: the comparison comes too late."""
    return _write(rnn, k, max_length + 1)


@misconception("sampling", replaces="generate")
def name_too_short(rnn, k=None, max_length=20):
    """A name ends one letter before max_length: the first "." does not count as a letter."""
    return _write(rnn, k, max_length - 1)


@misconception("sampling", replaces="generate")
def name_of_any_length(rnn, k=None, max_length=20):
    """max_length is ignored: your names stop at 20 letters whatever it says."""
    return _write(rnn, k, 20)


@misconception("sampling", replaces="generate")
def name_of_the_likeliest(rnn, k=None, max_length=20):
    """Each letter is the most likely one, so every name is the same. Draw it with `sample_next`."""
    return _write(rnn, k, max_length, draw=lambda log_probs, k: int(log_probs.argmax()))


@misconception("sampling", replaces="generate")
def name_without_k(rnn, k=None, max_length=20):
    """`generate` takes k and does not use it. Pass it on to `sample_next`."""
    return _write(rnn, k, max_length, draw=lambda log_probs, k: sample_next(log_probs))


@misconception("sampling", replaces="generate")
def name_as_a_list(rnn, k=None, max_length=20):
    """You return a list of letters. "".join(letters) makes a string of them."""
    return list(_write(rnn, k, max_length))


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


@misconception("sampling", replaces="generate")
def name_that_freezes(rnn, k=None, max_length=20):
    """After your `generate`, the model's parameters no longer ask for gradients, so it cannot be trained on. Use
    torch.no_grad() for the time of generating.
    """
    rnn.requires_grad_(False)
    return _write(rnn, k, max_length)
