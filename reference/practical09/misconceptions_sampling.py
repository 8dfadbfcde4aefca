"""What students get wrong about drawing a symbol; each docstring is what the student reads."""

import numpy as np
import torch

from graders import misconception

from .provided import VOCAB
from .sampling import sample_next


def _rows(log_probs, k):
    """The k most likely symbols and their log-probabilities."""
    log_probs = log_probs.detach().flatten()
    return torch.topk(log_probs, len(log_probs) if k is None else min(k, len(log_probs)))


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
def sample_of_the_top_where_nobody_asks(log_probs, k=5):
    """Where k is left out, you draw among the top few: its default is a number. It is None, which means all symbols."""
    return sample_next(log_probs, k)


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
def sample_of_the_first(log_probs, k=None):
    """You draw among the first k symbols of the list, not among the k most likely ones."""
    return sample_next(log_probs.detach().flatten()[:k])


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
def sample_the_logarithms_of_the_top(log_probs, k=None):
    """Among the top k you draw with the sizes of the log-probabilities as weights. They are logarithms: exp makes
    probabilities of them, and the most negative one is the least likely.
    """
    if k is None:
        return sample_next(log_probs)
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
    """Your draws are about as sharp as those of the squared probabilities, or of a temperature of one half. The
    distribution is to be used as it is.
    """
    top = _rows(log_probs, k)
    return int(top.indices[torch.multinomial(torch.softmax(2 * top.values, 0), 1)])


@misconception("sampling", replaces="sample_next")
def sample_too_hot(log_probs, k=None):
    """Your draws are about as flat as those of a temperature of two. The distribution is to be used as it is."""
    top = _rows(log_probs, k)
    return int(top.indices[torch.multinomial(torch.softmax(top.values / 2, 0), 1)])


@misconception("sampling", replaces="sample_next")
def sample_a_little_cold(log_probs, k=None):
    """Your draws are sharper than the distribution, as by a temperature below one. It is to be used as it is."""
    top = _rows(log_probs, k)
    return int(top.indices[torch.multinomial(torch.softmax(top.values / 0.8, 0), 1)])


@misconception("sampling", replaces="sample_next")
def sample_a_little_hot(log_probs, k=None):
    """Your draws are flatter than the distribution, as by a temperature above one, or by a least probability that every
    symbol gets. It is to be used as it is.
    """
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
def sample_of_rounded_probabilities(log_probs, k=None):
    """You round the probabilities to two decimals. Symbols of 0.006 and of 0.014 then come equally often, and those
    below 0.005 never. Use them as they are.
    """
    top = _rows(log_probs, k)
    return int(top.indices[torch.multinomial(top.values.exp().round(decimals=2), 1)])


@misconception("sampling", replaces="sample_next")
def sample_of_probabilities_rounded_first(log_probs, k=None):
    """You round the probabilities to two decimals, and look for the k largest then. Symbols of 0.006 and of 0.014 come
    equally often, and which of those that have become alike are in is up to chance. Use them as they are.
    """
    return sample_next(log_probs.exp().round(decimals=2).log(), k)


@misconception("sampling", replaces="sample_next")
def sample_of_probabilities_rounded_to_tenths(log_probs, k=None):
    """You round the probabilities to one decimal. All that are below 0.05 become 0, and their symbols never come. Use
    them as they are.
    """
    return sample_next(log_probs.exp().round(decimals=1).log(), k)


@misconception("sampling", replaces="sample_next")
def sample_of_rounded_logarithms(log_probs, k=None):
    """You round the log-probabilities to whole numbers. A difference of one half there is a factor of 1.6 between
    probabilities. Use them as they are.
    """
    return sample_next(log_probs.round(), k)


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
def sample_as_a_list(log_probs, k=None):
    """You return a list with one number in it, as `random.choices` does. `sample_next` returns the number: [0] takes it
    out.
    """
    return [sample_next(log_probs, k)]


@misconception("sampling", replaces="sample_next")
def sample_first_row_only(log_probs, k=None):
    """You take log_probs[0], which is one row for shape (1, V), but a single number for shape (V,)."""
    row = log_probs[0]
    return sample_next(row, k)


@misconception("sampling", replaces="sample_next")
def sample_k_lost_for_a_row(log_probs, k=None):
    """You compare k with len(log_probs). For shape (1, V) that is 1, so that k is never taken into account there: the
    number of symbols is log_probs.numel(), or log_probs.size(-1).
    """
    return sample_next(log_probs, None if k is None or k >= len(log_probs) else k)
