"""Wrong ways to train on names, each with its explanation. Those of the loss stand in another file."""

import copy
import random

import numpy as np
import torch

from graders import misconception

from .provided import NAMES, encode
from .training import sequence_nll


def _adam(rnn, lr):
    return torch.optim.Adam(rnn.parameters(), lr=lr)


def _step(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@misconception("training", replaces="train")
def train_without_zero_grad(rnn, names, n_epochs=1000, lr=0.0005):
    """You never set the gradients back. `backward` adds to what is there, so every step also repeats the gradients of
    all names before it."""
    optimizer, losses = _adam(rnn, lr), []
    for _ in range(n_epochs):
        loss = sequence_nll(rnn, random.choice(names))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@misconception("training", replaces="train")
def train_without_step(rnn, names, n_epochs=1000, lr=0.0005):
    """You compute losses and gradients, but no step is ever taken: the weights after training are those from before."""
    optimizer, losses = _adam(rnn, lr), []
    for _ in range(n_epochs):
        loss = sequence_nll(rnn, random.choice(names))
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
    return losses


@misconception("training", replaces="train")
def train_without_backward(rnn, names, n_epochs=1000, lr=0.0005):
    """You call the optimiser, but no gradients are ever computed, so it has nothing to go by and leaves the weights as
    they are."""
    optimizer, losses = _adam(rnn, lr), []
    for _ in range(n_epochs):
        loss = sequence_nll(rnn, random.choice(names))
        optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    return losses


@misconception("training", replaces="train")
def train_zeroes_before_the_step(rnn, names, n_epochs=1000, lr=0.0005):
    """When your optimiser steps, there are no gradients: you throw them away between `backward` and the step, or step
    before `backward`. The order is: set gradients back, `backward`, step."""
    optimizer, losses = _adam(rnn, lr), []
    for _ in range(n_epochs):
        loss = sequence_nll(rnn, random.choice(names))
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    return losses


@misconception("training", replaces="train")
def train_output_layer_only(rnn, names, n_epochs=1000, lr=0.0005):
    """Your optimiser has only the output layer's parameters. The other two layers stay as they were drawn, so the
    network never learns what to remember."""
    optimizer = torch.optim.Adam(rnn.h2o.parameters(), lr=lr)
    return [_step(optimizer, sequence_nll(rnn, random.choice(names))) for _ in range(n_epochs)]


@misconception("training", replaces="train")
def train_weights_only(rnn, names, n_epochs=1000, lr=0.0005):
    """Your optimiser has the weights but not the biases. All parameters of the network are to be trained."""
    optimizer = torch.optim.Adam([layer.weight for layer in (rnn.i2h, rnn.h2h, rnn.h2o)], lr=lr)
    return [_step(optimizer, sequence_nll(rnn, random.choice(names))) for _ in range(n_epochs)]


@misconception("training", replaces="train")
def train_a_copy(rnn, names, n_epochs=1000, lr=0.0005):
    """You train another network than the one that you are given. Its losses fall, but anyone who called `train` has
    nothing of it: the weights to be changed are those of the argument."""
    other = copy.deepcopy(rnn)
    optimizer = _adam(other, lr)
    return [_step(optimizer, sequence_nll(other, random.choice(names))) for _ in range(n_epochs)]


@misconception("training", replaces="train")
def train_uphill(rnn, names, n_epochs=1000, lr=0.0005):
    """Your steps make the loss larger: they go along the gradient, which points uphill. Take care that signs are turned
    round once and not twice."""
    optimizer, losses = _adam(rnn, lr), []
    for _ in range(n_epochs):
        losses.append(-_step(optimizer, -sequence_nll(rnn, random.choice(names))))
    return losses


@misconception("training", replaces="train")
def train_on_the_first_name(rnn, names, n_epochs=1000, lr=0.0005):
    """Every epoch trains on the first name of the list, so the network learns that one by heart. Each epoch draws a
    name of its own."""
    optimizer = _adam(rnn, lr)
    return [_step(optimizer, sequence_nll(rnn, names[0])) for _ in range(n_epochs)]


@misconception("training", replaces="train")
def train_on_one_drawn_name(rnn, names, n_epochs=1000, lr=0.0005):
    """You draw a name once and train on it in every epoch. The drawing belongs inside the loop; and where a seed is
    set, setting it belongs outside."""
    optimizer, name = _adam(rnn, lr), random.choice(names[1:])
    return [_step(optimizer, sequence_nll(rnn, name)) for _ in range(n_epochs)]


@misconception("training", replaces="train")
def train_on_the_whole_list(rnn, names, n_epochs=1000, lr=0.0005):
    """An epoch of yours goes through the whole list. That is what the word usually means, but here an epoch is a single
    name, drawn at random, and a single step."""
    optimizer, losses = _adam(rnn, lr), []
    for _ in range(n_epochs):
        found = [_step(optimizer, sequence_nll(rnn, name)) for name in names]
        losses.append(sum(found) / len(found))
    return losses


@misconception("training", replaces="train")
def train_on_a_batch(rnn, names, n_epochs=1000, lr=0.0005):
    """Each of your steps is about several names at once. Here an epoch is a single name, drawn at random, and a single
    step."""
    optimizer = _adam(rnn, lr)
    losses = []
    for _ in range(n_epochs):
        batch = random.sample(names, 8)
        losses.append(_step(optimizer, sum(sequence_nll(rnn, name) for name in batch) / len(batch)))
    return losses


@misconception("training", replaces="train")
def train_on_all_names(rnn, names, n_epochs=1000, lr=0.0005):
    """You train on the notebook's list of names, whatever list you are given. A function works with its arguments; a
    global variable may hold something else when somebody else calls it."""
    optimizer = _adam(rnn, lr)
    return [_step(optimizer, sequence_nll(rnn, random.choice(NAMES))) for _ in range(n_epochs)]


@misconception("training", replaces="train")
def train_steps_at_the_end(rnn, names, n_epochs=1000, lr=0.0005):
    """You collect the gradients of all epochs and take a single step behind the loop. Each epoch takes its own step;
    the next name then meets weights that have already learnt."""
    optimizer, losses = _adam(rnn, lr), []
    optimizer.zero_grad()
    for _ in range(n_epochs):
        loss = sequence_nll(rnn, random.choice(names))
        loss.backward()
        losses.append(loss.item())
    optimizer.step()
    return losses


@misconception("training", replaces="train")
def train_steps_now_and_then(rnn, names, n_epochs=1000, lr=0.0005):
    """Your model is not changed in every epoch: you take a step only after several names, whose gradients are added up.
    Each epoch takes its own step; the next name then meets weights that have already learnt."""
    optimizer, losses = _adam(rnn, lr), []
    for epoch in range(n_epochs):
        loss = sequence_nll(rnn, random.choice(names))
        (loss / 8).backward()
        losses.append(loss.item())
        if epoch % 8 == 7:
            optimizer.step()
            optimizer.zero_grad()
    return losses


@misconception("training", replaces="train")
def train_for_epochs_of_its_own(rnn, names, n_epochs=1000, lr=0.0005):
    """You train for a number of epochs of your own. The argument n_epochs says how many they should be; 1,000, or
    N_EPOCHS, is only what it is where nothing is said."""
    optimizer = _adam(rnn, lr)
    return [_step(optimizer, sequence_nll(rnn, random.choice(names))) for _ in range(300)]


@misconception("training", replaces="train")
def train_at_its_own_rate(rnn, names, n_epochs=1000, lr=0.0005):
    """You never use the argument `lr`: your steps are as large whatever it says. A number or a global name in its
    place, or the optimiser's own default, decides for anyone who calls `train`."""
    optimizer = torch.optim.Adam(rnn.parameters())
    return [_step(optimizer, sequence_nll(rnn, random.choice(names))) for _ in range(n_epochs)]


@misconception("training", replaces="train")
def train_on_a_few_names(rnn, names, n_epochs=1000, lr=0.0005):
    """You draw from a few names at the beginning of the list and never read the rest. Draw from the whole list."""
    optimizer = _adam(rnn, lr)
    return [_step(optimizer, sequence_nll(rnn, random.choice(names[:5]))) for _ in range(n_epochs)]


@misconception("training", replaces="train")
def train_carries_the_state_on(rnn, names, n_epochs=1000, lr=0.0005):
    """You make the empty state once, before the loop, so that every name begins with the state in which the one before
    it ended. Each name begins with an empty state."""
    optimizer, losses, h = _adam(rnn, lr), [], rnn.init_hidden()
    for _ in range(n_epochs):
        inputs, targets = encode(random.choice(names))
        h, total = h.detach(), 0
        for x, target in zip(inputs, targets, strict=True):
            log_probs, h = rnn(x.unsqueeze(0), h)
            total = total - log_probs[0, target]
        losses.append(_step(optimizer, total / len(targets)))
    return losses


@misconception("training", replaces="train")
def train_one_epoch_short(rnn, names, n_epochs=1000, lr=0.0005):
    """You train for one epoch less than you are asked to. range(1, n) counts to n - 1, for its end is not included."""
    optimizer = _adam(rnn, lr)
    return [_step(optimizer, sequence_nll(rnn, random.choice(names))) for _ in range(1, n_epochs)]


@misconception("training", replaces="train")
def train_returns_before_the_second(rnn, names, n_epochs=1000, lr=0.0005):
    """You return after the first epoch: the return statement stands inside the loop."""
    optimizer = _adam(rnn, lr)
    return [_step(optimizer, sequence_nll(rnn, random.choice(names))) for _ in range(min(n_epochs, 1))]


@misconception("training", replaces="train")
def train_returns_graphs(rnn, names, n_epochs=1000, lr=0.0005):
    """You collect the losses as tensors, each with the whole graph behind it. Memory fills up with every epoch, and
    matplotlib will not draw them; the number alone is what you want to keep."""
    optimizer, losses = _adam(rnn, lr), []
    for _ in range(n_epochs):
        loss = sequence_nll(rnn, random.choice(names))
        _step(optimizer, loss)
        losses.append(loss)
    return losses


@misconception("training", replaces="train")
def train_returns_the_last_loss(rnn, names, n_epochs=1000, lr=0.0005):
    """You return the last loss only. The curve needs the loss of every epoch, in a list."""
    optimizer = _adam(rnn, lr)
    return [_step(optimizer, sequence_nll(rnn, random.choice(names))) for _ in range(n_epochs)][-1]


@misconception("training", replaces="train")
def train_returns_nothing(rnn, names, n_epochs=1000, lr=0.0005):
    """You train, but you return nothing. Anyone who calls `train` wants the list of losses back."""
    optimizer = _adam(rnn, lr)
    for _ in range(n_epochs):
        _step(optimizer, sequence_nll(rnn, random.choice(names)))


@misconception("training", replaces="train")
def train_returns_running_means(rnn, names, n_epochs=1000, lr=0.0005):
    """Your list holds the mean of all losses so far. That hides how good the model is by now: the early losses drag it
    up to the very end. Return each epoch's own loss, and smooth the curve when you draw it."""
    optimizer = _adam(rnn, lr)
    losses = [_step(optimizer, sequence_nll(rnn, random.choice(names))) for _ in range(n_epochs)]
    return (np.cumsum(losses) / np.arange(1, n_epochs + 1)).tolist()


@misconception("training", replaces="train")
def train_returns_running_sums(rnn, names, n_epochs=1000, lr=0.0005):
    """Your list holds the sum of all losses so far, which can only grow. What is asked for is the loss of each epoch by
    itself."""
    optimizer = _adam(rnn, lr)
    return np.cumsum([_step(optimizer, sequence_nll(rnn, random.choice(names))) for _ in range(n_epochs)]).tolist()


@misconception("training", replaces="train")
def train_returns_sums(rnn, names, n_epochs=1000, lr=0.0005):
    """You train well, but what you report is each name's summed loss, so long names look bad. Report what
    `sequence_nll` gives, the mean over the symbols."""
    optimizer, losses = _adam(rnn, lr), []
    for _ in range(n_epochs):
        name = random.choice(names)
        losses.append(_step(optimizer, sequence_nll(rnn, name)) * (len(name) + 1))
    return losses


@misconception("training", replaces="train")
def train_makes_losses_up(rnn, names, n_epochs=1000, lr=0.0005):
    """The losses that you return were not computed from the model, and the model was not trained."""
    return [3.3 * 0.999**epoch for epoch in range(n_epochs)]
