"""Correct samplers in other styles than the reference's; each must get full marks."""

import math
import random
import secrets
import sys

import numpy as np
import torch
import torch.nn.functional as F

from graders import variant

from .provided import VOCAB, encode, one_hot
from .sampling import sample_next

# --- sample_next ------------------------------------------------------------------------------------------------------


@variant("sampling", replaces="sample_next")
def sample_with_categorical(log_probs, k=None):
    """A torch distribution over masked logits; returns a 0-d tensor's item."""
    logits = log_probs.detach().reshape(-1)
    if k is not None and k < logits.numel():
        allowed = torch.full_like(logits, -math.inf)
        top = logits.topk(k).indices
        allowed[top] = logits[top]
        logits = allowed
    return torch.distributions.Categorical(logits=logits).sample().item()


@variant("sampling", replaces="sample_next")
def sample_with_numpy(log_probs, k=None):
    """NumPy's choice over sorted symbols; returns a NumPy integer."""
    p = log_probs.detach().numpy().ravel().astype(np.float64)
    order = np.argsort(p)[::-1][: k or len(p)]
    weights = np.exp(p[order])
    return np.random.choice(order, p=weights / weights.sum())


@variant("sampling", replaces="sample_next")
def sample_with_a_generator(log_probs, k=None):
    """A NumPy generator of its own, made at every call."""
    p = np.exp(log_probs.detach().numpy().ravel().astype(np.float64))
    if k is not None:
        p[np.argsort(p)[: max(0, len(p) - k)]] = 0.0
    return int(np.random.default_rng().choice(len(p), p=p / p.sum()))


@variant("sampling", replaces="sample_next")
def sample_with_random_choices(log_probs, k=None):
    """The standard library, in plain lists."""
    weights = [math.exp(value) for value in log_probs.flatten().tolist()]
    symbols = sorted(range(len(weights)), key=weights.__getitem__, reverse=True)[:k]
    return random.choices(symbols, [weights[s] for s in symbols])[0]


@variant("sampling", replaces="sample_next")
def sample_by_walking(log_probs, k=None):
    """Walks along the cumulative sum until a uniform number is used up."""
    values, symbols = log_probs.detach().flatten().exp().sort(descending=True)
    values = values[:k] / values[:k].sum()
    left = random.random()
    for value, symbol in zip(values.tolist(), symbols.tolist(), strict=False):
        left -= value
        if left <= 0:
            return symbol
    return symbols[len(values) - 1].item()


@variant("sampling", replaces="sample_next")
def sample_by_searching(log_probs, k=None):
    """searchsorted in the cumulative sum; returns a 0-d tensor."""
    values, symbols = torch.sort(log_probs.detach().view(-1), descending=True)
    probabilities = F.softmax(values[:k], dim=0)
    place = torch.searchsorted(probabilities.cumsum(0), torch.rand(1)).clamp(max=len(probabilities) - 1)
    return symbols[place][0]


@variant("sampling", replaces="sample_next")
def sample_with_gumbel_noise(log_probs, k=None):
    """The largest of log-probabilities with Gumbel noise."""
    row = log_probs.detach().reshape(-1).double()
    noisy = row - torch.log(-torch.log(torch.rand_like(row).clamp_min(1e-300)))
    if k is not None:
        low = torch.ones_like(row, dtype=torch.bool)
        low[row.topk(min(k, row.numel())).indices] = False
        noisy = noisy.masked_fill(low, -math.inf)
    return int(noisy.argmax())


@variant("sampling", replaces="sample_next")
def sample_with_a_threshold(log_probs, k=None):
    """Everything below the k-th largest gets minus infinity, and softmax makes zero of it; chatty on stderr."""
    row = log_probs.detach().flatten()
    if k is not None:
        kth = row.sort(descending=True).values[min(k, row.numel()) - 1]
        row = torch.where(row < kth, torch.tensor(-float("inf")), row)
    print("drew one", file=sys.stderr)
    return torch.multinomial(torch.softmax(row, dim=-1), 1).squeeze()


@variant("sampling", replaces="sample_next")
def sample_with_exp_of_the_top(log_probs, k=None):
    """multinomial takes weights that do not add up to one."""
    if log_probs.dim() == 2:
        log_probs = log_probs[0]
    k = log_probs.size(0) if k is None or k > log_probs.size(0) else k
    top, symbols = torch.topk(log_probs, k)
    return symbols[torch.multinomial(torch.exp(top), num_samples=1)].item()


@variant("sampling", replaces="sample_next")
def sample_by_rejection(log_probs, k=None):
    """Draws from all symbols until one of the top k comes, as a float that holds a whole number."""
    row = log_probs.detach().flatten()
    allowed = set(row.topk(min(k or row.numel(), row.numel())).indices.tolist())
    while True:
        symbol = int(torch.multinomial(row.exp(), 1))
        if symbol in allowed:
            return np.float64(symbol)


# --- generate ---------------------------------------------------------------------------------------------------------


@variant("sampling", replaces="generate")
def name_without_sample_next(rnn, k=None, max_length=20):
    """Draws in place, without the function for it, in evaluation mode."""
    rnn.eval()
    letters, symbol, h = [], 0, torch.zeros(1, rnn.hidden_size)
    for _ in range(max_length):
        with torch.no_grad():
            log_probs, h = rnn(torch.eye(len(VOCAB))[symbol : symbol + 1], h)
        row = (
            log_probs[0]
            if k is None
            else log_probs[0].masked_fill(log_probs[0] < log_probs[0].topk(k).values[-1], -1e9)
        )
        symbol = int(torch.multinomial(row.exp(), 1))
        if symbol == 0:
            break
        letters.append(VOCAB[symbol])
    return "".join(letters)


@variant("sampling", replaces="generate")
def name_read_anew(rnn, k=None, max_length=20):
    """Reads all of the name so far again for each letter."""
    name = ""
    while len(name) < max_length:
        inputs, _ = encode(name)
        h = rnn.init_hidden()
        for x in inputs:
            log_probs, h = rnn(x.unsqueeze(0), h)
        letter = VOCAB[sample_next(log_probs, k=k)]
        if letter == ".":
            return name
        name = name + letter
    return name


@variant("sampling", replaces="generate")
def name_by_recursion(rnn, k=None, max_length=20):
    """A function that calls itself, with detached states."""

    def rest(symbol, h, left):
        if left == 0:
            return ""
        log_probs, h = rnn(one_hot(VOCAB[symbol]), h)
        symbol = int(sample_next(log_probs.detach()[0], k))
        return "" if symbol == 0 else VOCAB[symbol] + rest(symbol, h.detach(), left - 1)

    return rest(0, rnn.init_hidden(1), max_length)


@variant("sampling", replaces="generate")
def name_never_empty(rnn, k=None, max_length=20):
    """Draws an empty name again."""
    name = ""
    while not name:
        x, h = encode("")[0], rnn.init_hidden()
        while len(name) < max_length:
            log_probs, h = rnn(x, h)
            symbol = sample_next(log_probs, k)
            if symbol == VOCAB.index("."):
                break
            name += VOCAB[symbol]
            x = F.one_hot(torch.tensor([symbol]), num_classes=len(VOCAB)).float()
    return name


@variant("sampling", replaces="generate")
def name_with_inference_mode(rnn, k=None, max_length=20):
    """Samples once more than is needed, and cuts the name."""
    with torch.inference_mode():
        symbols, h = ["."], rnn.init_hidden()
        while True:
            log_probs, h = rnn(one_hot(symbols[-1]), h)
            symbols.append(VOCAB[sample_next(log_probs, k)])
            if symbols[-1] == "." or len(symbols) > max_length + 1:
                break
    return "".join(symbols).strip(".")[:max_length]


@variant("sampling", replaces="generate")
def name_with_own_zeros(rnn, k=None, max_length=20):
    """Makes its own first state and input on the model's device, and calls forward with the arguments' names."""
    device = next(rnn.parameters()).device
    was_training = rnn.training
    rnn.eval()
    x, h = torch.zeros(1, len(VOCAB), device=device), torch.zeros(1, rnn.hidden_size, device=device)
    x[0, 0] = 1
    letters = []
    with torch.no_grad():
        while len(letters) < max_length:
            log_probs, h = rnn.forward(x=x, h=h)
            index = int(sample_next(log_probs.squeeze(0), k=k))
            if VOCAB[index] == ".":
                break
            letters.append(VOCAB[index])
            x = torch.zeros_like(x)
            x[:, index] = 1.0
    rnn.train(was_training)
    return "".join(letters)


@variant("sampling", replaces="generate")
def name_of_a_batch(rnn, k=None, max_length=20):
    """Writes two names side by side and returns the first."""
    names, h = ["", ""], rnn.init_hidden(2)
    symbols, done = [0, 0], [False, False]
    with torch.no_grad():
        for _ in range(max_length):
            log_probs, h = rnn(torch.eye(len(VOCAB))[symbols], h)
            symbols = [sample_next(row, k) for row in log_probs]
            for i, symbol in enumerate(symbols):
                done[i] = done[i] or symbol == 0
                names[i] += "" if done[i] else VOCAB[symbol]
            if done[0]:
                break
    return names[0]


@variant("sampling", replaces="generate")
def name_of_flat_rows(rnn, k=None, max_length=20):
    """Reads rows of shape (V,), keeps the indices, and takes no care of gradients."""
    indices, h = [0], rnn.init_hidden().squeeze(0)
    for _ in range(max_length):
        log_probs, h = rnn(torch.eye(len(VOCAB))[indices[-1]], h.view(1, -1))
        indices.append(int(sample_next(log_probs, k)))
        if indices[-1] == 0:
            break
    return "".join(VOCAB[i] for i in indices if i)


# --- other random sources ---------------------------------------------------------------------------------------------

_OWN = np.random.default_rng(7)


@variant("sampling", replaces="sample_next")
def sample_with_one_generator(log_probs, k=None):
    """A generator made and seeded once, outside; loops over all symbols of the vocabulary."""
    row = log_probs.detach().reshape(-1)
    weights = [math.exp(float(row[i])) for i in range(len(VOCAB))]
    if k is not None:
        kept = sorted(range(len(VOCAB)), key=lambda i: -weights[i])[:k]
        weights = [weight if i in kept else 0.0 for i, weight in enumerate(weights)]
    total = sum(weights)
    return VOCAB.index(_OWN.choice(list(VOCAB), p=[weight / total for weight in weights]))


@variant("sampling", replaces="sample_next")
def sample_with_secrets(log_probs, k=None):
    """Randomness of the operating system, which no seed touches."""
    row = log_probs.detach().flatten().double()
    values, symbols = torch.sort(row, descending=True, stable=True)
    weights = (values - values.max()).exp()[: len(row) if k is None else k]
    left = secrets.SystemRandom().random() * float(weights.sum())
    place = int((weights.cumsum(0) <= left).sum())
    return int(symbols[min(place, len(weights) - 1)])


@variant("sampling", replaces="sample_next")
def sample_at_a_temperature(log_probs, k=None, temperature=1.0):
    """One parameter more than is asked for, which changes nothing by default."""
    row = log_probs.flatten() / temperature
    if k:
        row = row.masked_fill(row < torch.topk(row, min(k, row.numel()))[0][-1], float("-inf"))
    return torch.distributions.Categorical(logits=row).sample()
