"""Correct ways to train on names in other styles than the reference's; each must get full marks."""

import copy
import math
import random
import sys

import numpy as np
import torch
import torch.nn.functional as F
from tqdm import tqdm

from graders import variant

from .provided import encode
from .training import sequence_nll
from .variants_train_optimizers import train_with_sgd


@variant("training", replaces="train")
def train_by_hand(rnn, names, n_epochs=1000, lr=0.0005):
    """Steps without an optimiser; NumPy draws the names; zeros are put back after the step."""
    losses = np.zeros(n_epochs)
    for epoch in range(n_epochs):
        loss = sequence_nll(rnn, str(np.random.choice(names)))
        loss.backward()
        with torch.no_grad():
            for parameter in rnn.parameters():
                parameter -= lr * parameter.grad
                parameter.grad.zero_()
        losses[epoch] = loss.detach()
    return losses


@variant("training", replaces="train")
def train_by_data_attributes(rnn, names, n_epochs=1000, lr=0.0005):
    """Steps on .data, gradients set to None; its own generator with its own seed."""
    draw = np.random.default_rng(7)
    losses = []
    for _ in range(n_epochs):
        loss = sequence_nll(rnn, names[draw.integers(len(names))])
        for parameter in rnn.parameters():
            parameter.grad = None
        loss.backward()
        for parameter in rnn.parameters():
            parameter.data.add_(parameter.grad.data, alpha=-lr)
        losses.append(loss.detach().numpy()[()])
    return losses


@variant("training", replaces="train")
def train_by_autograd_grad(rnn, names, n_epochs=1000, lr=0.0005):
    """Gradients as values, never in .grad; steps with momentum of its own."""
    parameters = list(rnn.parameters())
    speeds = [torch.zeros_like(p) for p in parameters]
    losses = []
    for _ in range(n_epochs):
        loss = sequence_nll(rnn, random.choice(names))
        with torch.no_grad():
            for p, v, g in zip(parameters, speeds, torch.autograd.grad(loss, parameters), strict=True):
                v.mul_(0.9).add_(g)
                p.sub_(v, alpha=lr)
        losses.append(loss.item())
    return tuple(losses)


@variant("training", replaces="train")
def train_with_noise_on_stderr(rnn, names, n_epochs=1000, lr=0.0005):
    """Talks a lot, seeds for itself, and reports only every tenth part, which needs some epochs."""
    torch.manual_seed(1)
    random.seed(1)
    optimizer = torch.optim.Adam(params=rnn.parameters(), lr=lr, betas=(0.9, 0.99))
    losses = []
    for epoch in range(1, n_epochs + 1):
        name = random.choices(names)[0]
        loss = sequence_nll(rnn=rnn, name=name)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if epoch % max(n_epochs // 10, 1) == 0:
            print(f"epoch {epoch}: {name} {loss.item():.3f}", file=sys.stderr)
            print(f"{epoch:>6}")
    return losses


@variant("training", replaces="train")
def train_with_its_own_loss(rnn, names, n_epochs=1000, lr=0.0005):
    """Does not call `sequence_nll`: backward step by step, which adds the gradients of one name up; Adagrad."""
    optimizer = torch.optim.Adagrad(rnn.parameters(), lr=10 * lr)
    losses = []
    for _ in range(n_epochs):
        inputs, targets = encode(random.choice(names))
        optimizer.zero_grad()
        h, parts = rnn.init_hidden(), []
        for x, target in zip(inputs, targets, strict=True):
            log_probs, h = rnn(x[None], h)
            parts.append(F.nll_loss(log_probs, target[None]) / len(targets))
        for part in parts:
            part.backward(retain_graph=True)
        optimizer.step()
        losses.append(sum(part.item() for part in parts))
    return losses


@variant("training", replaces="train")
def train_with_a_data_loader(rnn, names, n_epochs=1000, lr=0.0005):
    """A DataLoader deals the shuffled names out, one at a time; the rate follows one cycle."""
    loader = torch.utils.data.DataLoader(list(names), batch_size=1, shuffle=True)
    optimizer = torch.optim.AdamW(rnn.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=lr, total_steps=n_epochs)
    losses, deal = [], iter(loader)
    for _ in tqdm(range(n_epochs), disable=True):
        try:
            (name,) = next(deal)
        except StopIteration:
            deal = iter(loader)
            (name,) = next(deal)
        optimizer.zero_grad()
        loss = sequence_nll(rnn, name)
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return losses


@variant("training", replaces="train")
def train_with_a_validation_split(rnn, names, n_epochs=1000, lr=0.0005):
    """A tenth of the names is kept to look at ten times on the way; the best weights are kept."""
    order = random.sample(list(names), len(names))
    kept, rest = order[: len(order) // 10], order[len(order) // 10 :]
    optimizer, losses, best = torch.optim.Adam(rnn.parameters(), lr=lr), [], (math.inf, None)
    for epoch in range(n_epochs):
        if epoch % (n_epochs // 10) == 0 or epoch == n_epochs - 1:
            value = np.mean([sequence_nll(rnn, name).item() for name in kept])
            if value < best[0]:
                best = value, copy.deepcopy(rnn.state_dict())
            print(f"{epoch / n_epochs:.0%} {value:.3f}")
        loss = sequence_nll(rnn, random.choice(rest))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    if len(losses) > 50:
        rnn.load_state_dict(best[1])
    return losses


@variant("training", replaces="train")
def train_and_average(rnn, names, n_epochs=1000, lr=0.0005):
    """Steps of Adagrad written by hand; at the end the model gets the mean of the weights of the second half."""
    parameters = list(rnn.parameters())
    sums = [torch.zeros_like(p) for p in parameters]
    means, losses = [torch.zeros_like(p) for p in parameters], []
    for epoch in range(n_epochs):
        loss = sequence_nll(rnn, names[int(torch.rand(()) * len(names))])
        rnn.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p, s, m in zip(parameters, sums, means, strict=True):
                s += p.grad**2
                p -= 10 * lr * p.grad / (s.sqrt() + 1e-8)
                if epoch >= n_epochs // 2:
                    m += p / (n_epochs - n_epochs // 2)
        losses.append(float(loss))
    with torch.no_grad():
        for p, m in zip(parameters, means, strict=True):
            p.copy_(m)
    return losses


@variant("training", replaces="train")
def train_a_copy_and_bring_it_back(rnn, names, n_epochs=1000, lr=0.0005):
    """Trains a copy, and loads what it has learnt into the model that it was given."""
    learner = copy.deepcopy(rnn)
    losses = train_with_sgd.function(learner, names, n_epochs, lr)
    rnn.load_state_dict(learner.state_dict())
    return losses
