"""Wrong ways to train a sentiment classifier and to predict with it, each with what the student is told."""

import torch
from torch import nn

from graders import misconception


def _epochs(model, batches, n_epochs, optimizer, loss_of, note=lambda losses: sum(losses) / len(losses)):
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


def _on(device, model, batches):
    """The model on a device, and the batches, whose lengths stay where they are."""
    moved = [(tokens.to(device), lengths, *(part.to(device) for part in rest)) for tokens, lengths, *rest in batches]
    return model.to(device), moved


def _adam(model, lr):
    return torch.optim.Adam(model.parameters(), lr=lr)


_bce = nn.functional.binary_cross_entropy_with_logits

# --- train_classifier -------------------------------------------------------------------------------------------------


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_trained_by_sgd(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You use plain gradient descent. The question asks for Adam, which gives each weight a step of its own size."""
    model, batches = _on(device, model, batches)
    return _epochs(model, batches, n_epochs, torch.optim.SGD(model.parameters(), lr=lr), _bce)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_trained_by_rmsprop(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You use RMSprop, which is Adam without momentum and without the correction of its first steps."""
    model, batches = _on(device, model, batches)
    return _epochs(model, batches, n_epochs, torch.optim.RMSprop(model.parameters(), lr=lr), _bce)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_squared_error(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You use the squared error of the probabilities. Its gradient vanishes where the model is sure and wrong; the loss
    asked for is binary cross-entropy on the logits."""
    model, batches = _on(device, model, batches)
    return _epochs(model, batches, n_epochs, _adam(model, lr), lambda z, y: ((torch.sigmoid(z) - y) ** 2).mean())


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_squared_error_of_logits(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You use the squared error between logits and labels, which punishes the model for being very sure and right."""
    model, batches = _on(device, model, batches)
    return _epochs(model, batches, n_epochs, _adam(model, lr), nn.functional.mse_loss)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_two_sigmoids(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You apply a sigmoid before BCEWithLogitsLoss, which has its own: the probabilities are taken for logits."""
    model, batches = _on(device, model, batches)
    return _epochs(model, batches, n_epochs, _adam(model, lr), lambda z, y: _bce(torch.sigmoid(z), y))


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_logits_as_probabilities(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """BCELoss wants probabilities between 0 and 1 and gets logits: use BCEWithLogitsLoss, or a sigmoid before it."""
    model, batches = _on(device, model, batches)
    return _epochs(model, batches, n_epochs, _adam(model, lr), nn.functional.binary_cross_entropy)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_labels_exchanged(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You train for the opposite of the labels: 1 stands for a positive review."""
    model, batches = _on(device, model, batches)
    return _epochs(model, batches, n_epochs, _adam(model, lr), lambda z, y: _bce(z, 1 - y))


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_trained_uphill(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """The sign of your loss is wrong, so every step makes it worse."""
    model, batches = _on(device, model, batches)
    return _epochs(model, batches, n_epochs, _adam(model, lr), lambda z, y: -_bce(z, y))


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_old_gradients(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You never set the gradients back. `backward` adds to what is there, so each step repeats those of all batches
    before it."""
    model, batches = _on(device, model, batches)
    model.train()
    optimizer, means = _adam(model, lr), []
    for _ in range(n_epochs):
        total = 0.0
        for tokens, lengths, labels in batches:
            loss = _bce(model(tokens, lengths), labels)
            loss.backward()
            optimizer.step()
            total += loss.item()
        means.append(total / len(batches))
    return means


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_gradients_of_an_epoch(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You set the gradients back once an epoch. Within it `backward` adds to what is there, so later steps repeat the
    gradients of earlier batches."""
    model, batches = _on(device, model, batches)
    model.train()
    optimizer, means = _adam(model, lr), []
    for _ in range(n_epochs):
        optimizer.zero_grad()
        total = 0.0
        for tokens, lengths, labels in batches:
            loss = _bce(model(tokens, lengths), labels)
            loss.backward()
            optimizer.step()
            total += loss.item()
        means.append(total / len(batches))
    return means


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_one_step_an_epoch(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """The optimiser makes one step an epoch, after all batches. Five epochs are then five steps, far too few."""
    model, batches = _on(device, model, batches)
    model.train()
    optimizer, means = _adam(model, lr), []
    for _ in range(n_epochs):
        optimizer.zero_grad()
        total = 0.0
        for tokens, lengths, labels in batches:
            loss = _bce(model(tokens, lengths), labels)
            loss.backward()
            total += loss.item()
        optimizer.step()
        means.append(total / len(batches))
    return means


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_that_forgets_its_gradients(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You set the gradients back between backward and step, so the step finds none and nothing is learnt."""
    model, batches = _on(device, model, batches)
    model.train()
    optimizer, means = _adam(model, lr), []
    for _ in range(n_epochs):
        total = 0.0
        for tokens, lengths, labels in batches:
            loss = _bce(model(tokens, lengths), labels)
            loss.backward()
            optimizer.zero_grad()
            optimizer.step()
            total += loss.item()
        means.append(total / len(batches))
    return means


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_without_steps(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You compute losses and gradients, but no step is ever taken: the model stays as it was."""
    model, batches = _on(device, model, batches)
    model.train()
    means = []
    for _ in range(n_epochs):
        losses = [_bce(model(tokens, lengths), labels) for tokens, lengths, labels in batches]
        for loss in losses:
            loss.backward()
        means.append(sum(loss.item() for loss in losses) / len(losses))
    return means


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_of_the_first_batch(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You train on the first batch only; look at where the loop over the batches ends."""
    model, batches = _on(device, model, batches)
    return _epochs(model, batches[:1], n_epochs, _adam(model, lr), _bce)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_without_the_last_batch(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """The last batch is never trained on."""
    model, batches = _on(device, model, batches)
    return _epochs(model, batches[:-1] or batches, n_epochs, _adam(model, lr), _bce)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_trained_in_evaluation_mode(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You train in evaluation mode, so dropout does nothing while the model learns: model.train() comes first."""
    model, batches = _on(device, model, batches)
    model.eval()
    optimizer, means = _adam(model, lr), []
    for _ in range(n_epochs):
        losses = []
        for tokens, lengths, labels in batches:
            loss = _bce(model(tokens, lengths), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        means.append(sum(losses) / len(losses))
    return means


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_its_own_rate(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You write 0.001 where the argument lr should stand, so the caller's learning rate is ignored."""
    model, batches = _on(device, model, batches)
    return _epochs(model, batches, n_epochs, _adam(model, 0.001), _bce)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_another_default_rate(model, batches, n_epochs=5, lr=0.01, device="cpu"):
    """When no learning rate is given you train with 0.01; 0.001 is asked for."""
    model, batches = _on(device, model, batches)
    return _epochs(model, batches, n_epochs, _adam(model, lr), _bce)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_a_new_optimizer_each_batch(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You make a new Adam for each batch. It remembers earlier gradients, so that noise averages out; a new one has
    forgotten them. Make one, before the loops."""
    model, batches = _on(device, model, batches)
    model.train()
    means = []
    for _ in range(n_epochs):
        total = 0.0
        for tokens, lengths, labels in batches:
            optimizer = _adam(model, lr)
            loss = _bce(model(tokens, lengths), labels)
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
    model, batches = _on(device, model, batches)
    return [loss for _ in range(n_epochs) for loss in _epochs(model, batches, 1, _adam(model, lr), _bce)]


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_on_one_device(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You never use `device`: on a GPU machine the training stays on the CPU, or fails because the model is here and
    the reviews are there. Move both: model.to(device), tokens.to(device), labels.to(device)."""
    return _epochs(model, batches, n_epochs, _adam(model, lr), _bce)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_reviews_left_behind(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You move the model to `device` but not the reviews, so on a GPU the first batch raises an error: tokens and
    labels have to be moved as well."""
    return _epochs(model.to(device), batches, n_epochs, _adam(model, lr), _bce)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_of_five_epochs(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You always train for 5 epochs, whatever n_epochs says."""
    model, batches = _on(device, model, batches)
    return _epochs(model, batches, 5, _adam(model, lr), _bce)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_of_one_epoch(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You go through the batches once, whatever n_epochs says: look at where your function returns."""
    model, batches = _on(device, model, batches)
    return _epochs(model, batches, 1, _adam(model, lr), _bce)


@misconception("sentiment_rnn", replaces="train_classifier")
def losses_of_every_batch(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You return the loss of every batch. One number an epoch is asked for: the mean or the sum of its batches'."""
    model, batches = _on(device, model, batches)
    epochs = _epochs(model, batches, n_epochs, _adam(model, lr), _bce, lambda losses: losses)
    return [loss for epoch in epochs for loss in epoch] + [0.0] * (len(batches) == 1)


@misconception("sentiment_rnn", replaces="train_classifier")
def losses_of_the_last_batch(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You report the loss of each epoch's last batch, which jumps about; report the mean or the sum of all."""
    model, batches = _on(device, model, batches)
    return _epochs(model, batches, n_epochs, _adam(model, lr), _bce, lambda losses: losses[-1])


@misconception("sentiment_rnn", replaces="train_classifier")
def losses_that_pile_up(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """Your sum of losses is not set back to zero at the start of an epoch, so each number also holds those before."""
    model, batches = _on(device, model, batches)
    means = _epochs(model, batches, n_epochs, _adam(model, lr), _bce)
    return [sum(means[: i + 1]) for i in range(n_epochs)]


@misconception("sentiment_rnn", replaces="train_classifier")
def losses_divided_by_reviews(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You add up the means of the batches and divide by the number of reviews, so reviews are divided by twice. Divide
    by the number of batches, or weight each mean by its batch's size first."""
    model, batches = _on(device, model, batches)
    reviews = sum(len(labels) for _, _, labels in batches)
    return _epochs(model, batches, n_epochs, _adam(model, lr), _bce, lambda losses: sum(losses) / reviews)


@misconception("sentiment_rnn", replaces="train_classifier")
def losses_with_their_graphs(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You keep the losses as tensors with their graphs, so nothing of what led to them can be forgotten: loss.item() is
    the number."""
    model, batches = _on(device, model, batches)
    model.train()
    optimizer, means = _adam(model, lr), []
    for _ in range(n_epochs):
        losses = []
        for tokens, lengths, labels in batches:
            losses.append(_bce(model(tokens, lengths), labels))
            optimizer.zero_grad()
            losses[-1].backward()
            optimizer.step()
        means.append(sum(losses) / len(losses))
    return means


@misconception("sentiment_rnn", replaces="train_classifier")
def losses_not_returned(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """Your function trains, but it returns nothing: end it with the list of losses."""
    model, batches = _on(device, model, batches)
    _epochs(model, batches, n_epochs, _adam(model, lr), _bce)


# --- predict ----------------------------------------------------------------------------------------------------------


@torch.no_grad()
def _logits(model, batches):
    model.eval()
    return [model(tokens, lengths) for tokens, lengths in batches]


@misconception("sentiment_rnn", replaces="predict")
def predicts_logits(model, batches, device="cpu"):
    """You return the logits. A probability is the sigmoid of a logit; and a logit of 0, not of 0.5, is undecided."""
    model, batches = _on(device, model, batches)
    return torch.cat(_logits(model, batches))


@misconception("sentiment_rnn", replaces="predict")
def predicts_labels(model, batches, device="cpu"):
    """You return 0 or 1. Asked for is the probability, which also says how sure the model is."""
    model, batches = _on(device, model, batches)
    return (torch.sigmoid(torch.cat(_logits(model, batches))) > 0.5).float()


@misconception("sentiment_rnn", replaces="predict")
def predicts_labels_of_logits_above_a_half(model, batches, device="cpu"):
    """You return 0 or 1, and you compare the logits with 0.5, a threshold for probabilities: return the sigmoid of the
    logits."""
    model, batches = _on(device, model, batches)
    return (torch.cat(_logits(model, batches)) > 0.5).float()


@misconception("sentiment_rnn", replaces="predict")
def predicts_negative_reviews(model, batches, device="cpu"):
    """You return how likely a review is to be negative."""
    model, batches = _on(device, model, batches)
    return 1 - torch.sigmoid(torch.cat(_logits(model, batches)))


@misconception("sentiment_rnn", replaces="predict")
def predicts_with_two_sigmoids(model, batches, device="cpu"):
    """You apply the sigmoid twice, so all probabilities lie between 0.5 and 0.73."""
    model, batches = _on(device, model, batches)
    return torch.sigmoid(torch.sigmoid(torch.cat(_logits(model, batches))))


@misconception("sentiment_rnn", replaces="predict")
def predicts_a_share_of_the_batch(model, batches, device="cpu"):
    """You apply softmax over the reviews of a batch, so their probabilities add up to 1. Each review is a question of
    its own, and its answer the sigmoid of its logit."""
    model, batches = _on(device, model, batches)
    return torch.cat([torch.softmax(logits, dim=0) for logits in _logits(model, batches)])


@misconception("sentiment_rnn", replaces="predict")
def predicts_in_training_mode(model, batches, device="cpu"):
    """You predict in training mode: dropout still strikes out numbers at random, so each call gives other answers.
    model.eval() switches it off."""
    model, batches = _on(device, model, batches)
    model.train()
    with torch.no_grad():
        return torch.cat([torch.sigmoid(model(tokens, lengths)) for tokens, lengths in batches])


@misconception("sentiment_rnn", replaces="predict")
def predicts_on_one_device(model, batches, device="cpu"):
    """You never use `device`: after training on a GPU the model is there and the reviews are not. Move both:
    model.to(device), tokens.to(device)."""
    return torch.sigmoid(torch.cat(_logits(model, batches)))


@misconception("sentiment_rnn", replaces="predict")
def predicts_the_last_batch(model, batches, device="cpu"):
    """You return the probabilities of the last batch only: collect those of all batches and join them."""
    model, batches = _on(device, model, batches)
    return torch.sigmoid(_logits(model, batches)[-1])


@misconception("sentiment_rnn", replaces="predict")
def predicts_batch_by_batch(model, batches, device="cpu"):
    """You return one tensor a batch. Join them with torch.cat: one number a review is asked for."""
    model, batches = _on(device, model, batches)
    return [torch.sigmoid(logits) for logits in _logits(model, batches)]


@misconception("sentiment_rnn", replaces="predict")
def predicts_the_longest_first(model, batches, device="cpu"):
    """You sort the reviews by length and return the probabilities in that order, not in the order of the question."""
    model, batches = _on(device, model, batches)
    found = []
    for tokens, lengths in batches:
        order = torch.argsort(lengths, descending=True, stable=True)
        found += _logits(model, [(tokens[order], lengths[order])])
    return torch.sigmoid(torch.cat(found))
