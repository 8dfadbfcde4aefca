"""Wrong ways to train a sentiment classifier, each with its explanation."""

import torch
from torch import nn

from graders import misconception


def epochs_of(model, batches, n_epochs, optimizer, loss_of, note=lambda losses: sum(losses) / len(losses)):
    """Train in the right way but for the loss and the optimiser; what `note` makes of each epoch's losses."""
    model.train()
    noted = []
    for _ in range(n_epochs):
        losses = []
        for tokens, lengths, labels in batches:
            loss = loss_of(model(tokens, lengths), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        noted.append(note(losses))
    return noted


def on_device(device, model, batches):
    """The model on a device, and the batches, whose lengths stay where they are."""
    moved = [(tokens.to(device), lengths, *(part.to(device) for part in rest)) for tokens, lengths, *rest in batches]
    return model.to(device), moved


def adam(model, lr):
    return torch.optim.Adam(model.parameters(), lr=lr)


bce = nn.functional.binary_cross_entropy_with_logits


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_trained_by_sgd(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You use plain gradient descent. The question asks for Adam, which gives each weight a step of its own size."""
    model, batches = on_device(device, model, batches)
    return epochs_of(model, batches, n_epochs, torch.optim.SGD(model.parameters(), lr=lr), bce)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_trained_by_rmsprop(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You use RMSprop, which is Adam without momentum and without the correction of its first steps."""
    model, batches = on_device(device, model, batches)
    return epochs_of(model, batches, n_epochs, torch.optim.RMSprop(model.parameters(), lr=lr), bce)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_squared_error(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You use the squared error of the probabilities. Its gradient vanishes where the model is sure and wrong; the loss
    asked for is binary cross-entropy on the logits."""
    model, batches = on_device(device, model, batches)
    return epochs_of(model, batches, n_epochs, adam(model, lr), lambda z, y: ((torch.sigmoid(z) - y) ** 2).mean())


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_squared_error_of_logits(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You use the squared error between logits and labels, which punishes the model for being very sure and right."""
    model, batches = on_device(device, model, batches)
    return epochs_of(model, batches, n_epochs, adam(model, lr), nn.functional.mse_loss)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_two_sigmoids(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You apply a sigmoid before BCEWithLogitsLoss, which has its own: the probabilities are taken for logits."""
    model, batches = on_device(device, model, batches)
    return epochs_of(model, batches, n_epochs, adam(model, lr), lambda z, y: bce(torch.sigmoid(z), y))


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_logits_as_probabilities(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """BCELoss wants probabilities between 0 and 1 and gets logits: use BCEWithLogitsLoss, or a sigmoid before it."""
    model, batches = on_device(device, model, batches)
    return epochs_of(model, batches, n_epochs, adam(model, lr), nn.functional.binary_cross_entropy)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_labels_exchanged(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You train for the opposite of the labels: 1 stands for a positive review."""
    model, batches = on_device(device, model, batches)
    return epochs_of(model, batches, n_epochs, adam(model, lr), lambda z, y: bce(z, 1 - y))


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_trained_uphill(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """The sign of your loss is wrong, so every step makes it worse."""
    model, batches = on_device(device, model, batches)
    return epochs_of(model, batches, n_epochs, adam(model, lr), lambda z, y: -bce(z, y))


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_old_gradients(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You never set the gradients back. `backward` adds to what is there, so each step repeats those of all batches
    before it."""
    model, batches = on_device(device, model, batches)
    model.train()
    optimizer, means = adam(model, lr), []
    for _ in range(n_epochs):
        total = 0.0
        for tokens, lengths, labels in batches:
            loss = bce(model(tokens, lengths), labels)
            loss.backward()
            optimizer.step()
            total += loss.item()
        means.append(total / len(batches))
    return means


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_gradients_of_an_epoch(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You set the gradients back once an epoch. Within it `backward` adds to what is there, so later steps repeat the
    gradients of earlier batches."""
    model, batches = on_device(device, model, batches)
    model.train()
    optimizer, means = adam(model, lr), []
    for _ in range(n_epochs):
        optimizer.zero_grad()
        total = 0.0
        for tokens, lengths, labels in batches:
            loss = bce(model(tokens, lengths), labels)
            loss.backward()
            optimizer.step()
            total += loss.item()
        means.append(total / len(batches))
    return means


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_one_step_an_epoch(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """The optimiser makes one step an epoch, after all batches. Five epochs are then five steps, far too few."""
    model, batches = on_device(device, model, batches)
    model.train()
    optimizer, means = adam(model, lr), []
    for _ in range(n_epochs):
        optimizer.zero_grad()
        total = 0.0
        for tokens, lengths, labels in batches:
            loss = bce(model(tokens, lengths), labels)
            loss.backward()
            total += loss.item()
        optimizer.step()
        means.append(total / len(batches))
    return means


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_that_forgets_its_gradients(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You set the gradients back between backward and step, so the step finds none and nothing is learnt."""
    model, batches = on_device(device, model, batches)
    model.train()
    optimizer, means = adam(model, lr), []
    for _ in range(n_epochs):
        total = 0.0
        for tokens, lengths, labels in batches:
            loss = bce(model(tokens, lengths), labels)
            loss.backward()
            optimizer.zero_grad()
            optimizer.step()
            total += loss.item()
        means.append(total / len(batches))
    return means


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_without_steps(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You compute losses and gradients, but no step is ever taken: the model stays as it was."""
    model, batches = on_device(device, model, batches)
    model.train()
    means = []
    for _ in range(n_epochs):
        total = 0.0
        for tokens, lengths, labels in batches:
            model.zero_grad()
            loss = bce(model(tokens, lengths), labels)
            loss.backward()
            total += loss.item()
        means.append(total / len(batches))
    return means


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_of_the_first_batch(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You train on the first batch only; look at where the loop over the batches ends."""
    model, batches = on_device(device, model, batches)
    return epochs_of(model, batches[:1], n_epochs, adam(model, lr), bce)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_without_the_last_batch(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """The last batch is never trained on."""
    model, batches = on_device(device, model, batches)
    return epochs_of(model, batches[:-1] or batches, n_epochs, adam(model, lr), bce)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_trained_in_evaluation_mode(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You train in evaluation mode, so dropout does nothing while the model learns: model.train() comes first."""
    model, batches = on_device(device, model, batches)
    model.eval()
    optimizer, means = adam(model, lr), []
    for _ in range(n_epochs):
        losses = []
        for tokens, lengths, labels in batches:
            loss = bce(model(tokens, lengths), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        means.append(sum(losses) / len(losses))
    return means


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_its_own_rate(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You write 0.001 where the argument lr should stand, so the caller's learning rate is ignored."""
    model, batches = on_device(device, model, batches)
    return epochs_of(model, batches, n_epochs, adam(model, 0.001), bce)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_another_default_rate(model, batches, n_epochs=5, lr=0.01, device="cpu"):
    """When no learning rate is given you train with 0.01; 0.001 is asked for."""
    model, batches = on_device(device, model, batches)
    return epochs_of(model, batches, n_epochs, adam(model, lr), bce)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_a_new_optimizer_each_batch(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You make a new Adam for each batch. It remembers earlier gradients, so that noise averages out; a new one has
    forgotten them. Make one, before the loops."""
    model, batches = on_device(device, model, batches)
    model.train()
    means = []
    for _ in range(n_epochs):
        total = 0.0
        for tokens, lengths, labels in batches:
            optimizer = adam(model, lr)
            loss = bce(model(tokens, lengths), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        means.append(total / len(batches))
    return means


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_a_new_optimizer_each_epoch(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You make a new Adam in each epoch. It remembers earlier gradients; a new one has forgotten them. Make one, before
    the loops."""
    model, batches = on_device(device, model, batches)
    return [loss for _ in range(n_epochs) for loss in epochs_of(model, batches, 1, adam(model, lr), bce)]


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_on_one_device(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You never use `device`: on a GPU machine the training stays on the CPU, or fails because the model is here and
    the reviews are there. Move both: model.to(device), tokens.to(device), labels.to(device)."""
    return epochs_of(model, batches, n_epochs, adam(model, lr), bce)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_reviews_left_behind(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You move the model to `device` but not the reviews, so on a GPU the first batch raises an error: tokens and
    labels have to be moved as well."""
    return epochs_of(model.to(device), batches, n_epochs, adam(model, lr), bce)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_of_five_epochs(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You always train for 5 epochs, whatever n_epochs says."""
    model, batches = on_device(device, model, batches)
    return epochs_of(model, batches, 5, adam(model, lr), bce)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_of_one_epoch(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You go through the batches once, whatever n_epochs says: look at where your function returns."""
    model, batches = on_device(device, model, batches)
    return epochs_of(model, batches, 1, adam(model, lr), bce)
