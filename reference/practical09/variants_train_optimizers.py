"""Correct ways to train on names with other optimisers, schedules and penalties."""

import math
import random
from itertools import cycle, islice

import torch
from torch import nn

from graders import variant

from .provided import LEARNING_RATE, N_EPOCHS
from .training import sequence_nll


@variant("training", replaces="train")
def train_with_sgd(rnn, names, n_epochs=N_EPOCHS, lr=LEARNING_RATE):
    """Plain gradient descent, names by their place in the list, the parameters cell's names as defaults."""
    optimizer = torch.optim.SGD(rnn.parameters(), lr=lr)
    all_losses = []
    for _ in range(n_epochs):
        name = names[random.randint(0, len(names) - 1)]
        optimizer.zero_grad()
        loss = sequence_nll(rnn, name)
        loss.backward()
        optimizer.step()
        all_losses.append(loss.item())
    return all_losses


@variant("training", replaces="train")
def train_with_adamw_and_clipping(rnn, names, n_epochs=1000, lr=0.0005):
    """AdamW, gradients clipped, torch draws the names; the losses stay tensors, without their graphs."""
    optimizer = torch.optim.AdamW(rnn.parameters(), lr=lr, weight_decay=0.01)
    losses = []
    rnn.train()
    for _ in range(n_epochs):
        loss = sequence_nll(rnn, names[torch.randint(len(names), (1,)).item()])
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        nn.utils.clip_grad_norm_(rnn.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.detach())
    rnn.eval()
    return losses


@variant("training", replaces="train")
def train_with_rmsprop_and_a_sample(rnn, names, n_epochs=1000, lr=0.0005):
    """RMSprop; all names drawn beforehand, without repetition; model.zero_grad after the step."""
    optimizer = torch.optim.RMSprop(rnn.parameters(), lr=lr)
    losses = []
    for name in random.sample(names, n_epochs):
        loss = sequence_nll(rnn, name)
        loss.backward()
        optimizer.step()
        rnn.zero_grad()
        losses.append(round(loss.item(), 4))
    return losses


@variant("training", replaces="train")
def train_with_a_schedule(rnn, names, n_epochs=1000, lr=0.0005):
    """SGD whose rate rises from 0 and falls along a cosine; a shuffled list, gone through in turn."""
    optimizer = torch.optim.SGD(rnn.parameters(), lr=lr, momentum=0.9, nesterov=True)
    rise = max(1, n_epochs // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda e: min(e / rise, 0.5 + 0.5 * math.cos(math.pi * e / (n_epochs + 1)))
    )
    order = list(names)
    random.shuffle(order)
    losses = []
    for name in islice(cycle(order), n_epochs):
        optimizer.zero_grad()
        loss = sequence_nll(rnn, name)
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return losses


@variant("training", replaces="train")
def train_with_lbfgs(rnn, names, n_epochs=1000, lr=0.0005):
    """A second-order optimiser that asks for the loss several times a step, begun again for each name."""
    losses = []
    for _ in range(n_epochs):
        name = random.choice(names)
        optimizer = torch.optim.LBFGS(rnn.parameters(), lr=lr, max_iter=2)

        def closure(name=name, optimizer=optimizer):
            optimizer.zero_grad()
            loss = sequence_nll(rnn, name)
            loss.backward()
            return loss

        losses.append(optimizer.step(closure).item())
    return losses


@variant("training", replaces="train")
def train_with_a_penalty(rnn, names, n_epochs=1000, lr=0.0005):
    """Minimises a small penalty on the weights as well, and goes back to its best weights at the end."""
    optimizer = torch.optim.NAdam(rnn.parameters(), lr=lr)
    losses, best = [], None
    for _ in range(n_epochs):
        loss = sequence_nll(rnn, random.choice(names))
        penalty = sum((parameter**2).sum() for parameter in rnn.parameters())
        optimizer.zero_grad()
        (loss + 1e-5 * penalty).backward()
        optimizer.step()
        losses.append(loss.item())
        if best is None or sum(losses[-50:]) <= best[0] or len(losses) < 50:
            best = sum(losses[-50:]), {key: value.clone() for key, value in rnn.state_dict().items()}
    rnn.load_state_dict(best[1])
    return losses


@variant("training", replaces="train")
def train_with_penalties_by_hand(rnn, names, n_epochs=1000, lr=0.0005):
    """Penalties on the weights and their sizes go into the gradient, not into the losses; clipped by value."""
    optimizer = torch.optim.SGD(rnn.parameters(), lr=lr, momentum=0.5)
    losses = []
    for _ in range(n_epochs):
        name = random.choice(names)
        loss = sequence_nll(rnn, name)
        penalty = 1e-3 * sum(p.pow(2).sum() for p in rnn.parameters())
        penalty = penalty + 1e-4 * sum(p.abs().sum() for p in rnn.parameters())
        optimizer.zero_grad()
        (loss + penalty).backward()
        nn.utils.clip_grad_value_(rnn.parameters(), 0.5)
        optimizer.step()
        losses.append(loss.item())
    return losses
