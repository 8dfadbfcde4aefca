"""Correct ways to train on names in other styles than the reference's; each must get full marks."""

import copy
import math
import random
import sys
from itertools import cycle, islice, pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from tqdm import tqdm

from graders import variant

from .provided import HIDDEN, LEARNING_RATE, N_EPOCHS, VOCAB, encode, one_hot
from .training import sequence_nll

# --- the loss of a name -----------------------------------------------------------------------------------------------


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


# --- training ---------------------------------------------------------------------------------------------------------


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
    """A second-order optimiser that asks for the loss several times a step, begun afresh for each name."""
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


@variant("training", replaces="sequence_nll")
def nll_with_the_size_written_down(rnn, name):
    """The size of the state is the notebook's, as a number."""
    inputs, targets = encode(name)
    h, total = torch.zeros(1, 128), 0.0
    for x, target in zip(inputs, targets, strict=True):
        log_probs, h = rnn(x.unsqueeze(0), h)
        total += F.nll_loss(log_probs, target.unsqueeze(0))
    return total / len(targets)


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
