"""Correct ways to train a sentiment classifier and to predict with it; each must get full marks."""

import random

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader

from graders import variant

# --- train_classifier -------------------------------------------------------------------------------------------------


def _train(model, batches, n_epochs, device, optimizer, loss_of, note=lambda losses, sizes: sum(losses) / len(losses)):
    model.to(device).train()
    noted = []
    for _ in range(n_epochs):
        losses, sizes = [], []
        for tokens, lengths, labels in batches:
            optimizer.zero_grad()
            loss = loss_of(model(tokens.to(device), lengths), labels.to(device))
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            sizes.append(len(labels))
        noted.append(note(losses, sizes))
    return noted


def _adam(model, lr):
    return torch.optim.Adam(model.parameters(), lr=lr)


@variant("sentiment_rnn", replaces="train_classifier")
def classifier_by_probabilities(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """A sigmoid and BCELoss."""
    return _train(model, batches, n_epochs, device, _adam(model, lr), lambda z, y: nn.BCELoss()(torch.sigmoid(z), y))


@variant("sentiment_rnn", replaces="train_classifier")
def classifier_by_adamw(model, batches, n_epochs=5, lr=1e-3, device="cpu"):
    """AdamW, and the sums of the losses."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    return _train(
        model, batches, n_epochs, device, optimizer, F.binary_cross_entropy_with_logits, lambda ls, _: sum(ls)
    )


@variant("sentiment_rnn", replaces="train_classifier")
def classifier_weighing_batches(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """The mean over reviews; softplus by hand; and gradients clipped."""

    def loss_of(z, y):
        return (F.softplus(z) - y * z).mean()

    optimizer = _adam(model, lr)
    optimizer.register_step_pre_hook(lambda *_: nn.utils.clip_grad_norm_(model.parameters(), 5.0) and None)
    return _train(
        model,
        batches,
        n_epochs,
        device,
        optimizer,
        loss_of,
        lambda ls, ns: sum(a * b for a, b in zip(ls, ns, strict=True)) / sum(ns),
    )


@variant("sentiment_rnn", replaces="train_classifier")
def classifier_summing_reviews(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """The loss summed over the reviews, for the steps and in what is returned."""
    loss = nn.BCEWithLogitsLoss(reduction="sum")
    return _train(model, batches, n_epochs, device, _adam(model, lr), loss, lambda losses, _: sum(losses))


@variant("sentiment_rnn", replaces="train_classifier")
def classifier_shuffling_batches(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """The batches in a new order each epoch; gradients dropped after the step; losses as tensors without graphs."""
    optimizer, criterion = _adam(model, lr), nn.BCEWithLogitsLoss()
    model.to(device).train()
    means = []
    for _ in range(n_epochs):
        total = torch.zeros((), device=device)
        for i in torch.randperm(len(batches)).tolist():
            tokens, lengths, labels = batches[i]
            loss = criterion(model(tokens.to(device), lengths).view(-1), labels.to(device))
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            total += loss.detach()
        means.append(total / len(batches))
    return means


@variant("sentiment_rnn", replaces="train_classifier")
def classifier_measuring_afterwards(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """Each epoch's loss measured after it, in evaluation mode."""
    batches = [(tokens.to(device), lengths, labels.to(device)) for tokens, lengths, labels in batches]
    model = model.to(device)
    optimizer, criterion, means = _adam(model, lr), nn.BCEWithLogitsLoss(), []
    for _ in range(n_epochs):
        model.train()
        for tokens, lengths, labels in batches:
            model.zero_grad()
            criterion(model(tokens, lengths), labels).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            means.append(sum(criterion(model(t, n), y).item() for t, n, y in batches) / len(batches))
    return means


@variant("sentiment_rnn", replaces="train_classifier")
def classifier_in_place(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """Adam written out, on gradients that are asked for and not accumulated."""
    weights = [weight for weight in model.to(device).parameters() if weight.requires_grad]
    first, second = ([torch.zeros_like(weight) for weight in weights] for _ in range(2))
    model.train()
    step, sums = 0, []
    for _ in range(n_epochs):
        sums.append(0.0)
        for tokens, lengths, labels in batches:
            step += 1
            loss = F.binary_cross_entropy_with_logits(model(tokens.to(device), lengths), labels.to(device))
            gradients = torch.autograd.grad(loss, weights)
            with torch.no_grad():
                for weight, g, m, v in zip(weights, gradients, first, second, strict=True):
                    m.mul_(0.9).add_(g, alpha=0.1)
                    v.mul_(0.999).addcmul_(g, g, value=0.001)
                    weight -= lr * (m / (1 - 0.9**step)) / ((v / (1 - 0.999**step)).sqrt() + 1e-8)
            sums[-1] += loss.item()
    return sums


# --- predict ----------------------------------------------------------------------------------------------------------


@variant("sentiment_rnn", replaces="predict")
def predict_as_a_list(model, batches, device="cpu"):
    """A plain list of floats."""
    model.to(device).eval()
    found = []
    for tokens, lengths in batches:
        with torch.no_grad():
            found.extend(torch.sigmoid(model(tokens.to(device), lengths)).tolist())
    return found


@variant("sentiment_rnn", replaces="predict")
def predict_as_an_array(model, batches, device="cpu"):
    """A NumPy array; and training mode put back."""
    was_training = model.training
    model.to(device).eval()
    with torch.inference_mode():
        logits = [model(tokens.to(device), lengths).cpu().numpy() for tokens, lengths in batches]
    model.train(was_training)
    return 1 / (1 + torch.exp(-torch.cat([torch.from_numpy(part.copy()) for part in logits])).numpy())


@variant("sentiment_rnn", replaces="predict")
def predict_with_gradients(model, batches, device="cpu"):
    """The graph is kept, which costs memory but changes no number; tensors of single reviews are stacked."""
    model.to(device).eval()
    return torch.stack([p for tokens, lengths in batches for p in model(tokens.to(device), lengths).sigmoid()])


@variant("sentiment_rnn", replaces="train_classifier")
def classifier_with_a_loader(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """A DataLoader that hands out the batches as they are; the model as `to` returns it; means from a tensor."""
    loader = DataLoader(list(batches), batch_size=None, shuffle=True)
    model = model.to(torch.device(device))
    model.train()
    optimizer, criterion = torch.optim.Adam(params=model.parameters(), lr=lr), nn.BCEWithLogitsLoss()
    history = []
    for _ in range(n_epochs):
        losses = []
        for tokens, lengths, labels in loader:
            optimizer.zero_grad()
            loss = criterion(model(tokens.to(device), lengths), labels.to(device).float())
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.detach())
        history.append(torch.stack(losses).mean().item())
    return history


@variant("sentiment_rnn", replaces="train_classifier")
def classifier_where_a_gpu_may_be(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """On the device where there is a GPU and on the CPU where there is none; NAdam is no Adam, but AMSGrad is."""
    place = torch.device(device if torch.cuda.is_available() else "cpu")
    optimizer = torch.optim.Adam(model.to(place).parameters(), lr=lr, amsgrad=True)
    return _train(model, batches, n_epochs, place, optimizer, F.binary_cross_entropy_with_logits)


@variant("sentiment_rnn", replaces="predict")
@torch.no_grad()
def predict_into_a_tensor(model, batches, device="cpu"):
    """Probabilities written into a tensor of the right size, moved back once at the end."""
    model = model.to(device)
    model.train(False)
    found = torch.empty(sum(len(lengths) for _, lengths in batches), device=device)
    place = 0
    for tokens, lengths in batches:
        found[place : place + len(lengths)] = model(tokens.to(device), lengths).sigmoid()
        place += len(lengths)
    return found.cpu()


@variant("sentiment_rnn", replaces="train_classifier")
def classifier_drawing_its_order(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """The order of the batches drawn by `random`; mixed precision and a scaler, both switched off."""
    model = model.to(device)
    scaler = torch.amp.GradScaler(enabled=False)
    optimizer, criterion, means = _adam(model, lr), nn.BCEWithLogitsLoss(reduction="sum"), []
    for _ in range(n_epochs):
        model.train()
        total, rows = 0.0, 0
        for tokens, lengths, labels in random.sample(batches, len(batches)):
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast(device_type=torch.device(device).type, enabled=False):
                loss = criterion(model(tokens.to(device), lengths.cpu()), labels.to(device))
            scaler.scale(loss / len(labels)).backward()
            scaler.step(optimizer)
            scaler.update()
            total, rows = total + loss.item(), rows + len(labels)
        means.append(total / rows)
    return means
