"""Wrong losses that a sentiment classifier's training returns, each with its explanation."""

from graders import misconception

from .misconceptions_sentiment_training import adam, bce, epochs_of, on_device


@misconception("sentiment_rnn", replaces="train_classifier")
def losses_of_every_batch(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You return the loss of every batch. One number an epoch is asked for: the mean or the sum of its batches'."""
    model, batches = on_device(device, model, batches)
    epochs = epochs_of(model, batches, n_epochs, adam(model, lr), bce, lambda losses: losses)
    return [loss for epoch in epochs for loss in epoch] + [0.0] * (len(batches) == 1)


@misconception("sentiment_rnn", replaces="train_classifier")
def losses_of_the_last_batch(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You report the loss of each epoch's last batch, which jumps about; report the mean or the sum of all."""
    model, batches = on_device(device, model, batches)
    return epochs_of(model, batches, n_epochs, adam(model, lr), bce, lambda losses: losses[-1])


@misconception("sentiment_rnn", replaces="train_classifier")
def losses_that_pile_up(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """Your sum of losses is not set back to zero at the start of an epoch, so each number also holds those before."""
    model, batches = on_device(device, model, batches)
    means = epochs_of(model, batches, n_epochs, adam(model, lr), bce)
    return [sum(means[: i + 1]) for i in range(n_epochs)]


@misconception("sentiment_rnn", replaces="train_classifier")
def losses_divided_by_reviews(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You add up the means of the batches and divide by the number of reviews, so reviews are divided by twice. Divide
    by the number of batches, or weight each mean by its batch's size first."""
    model, batches = on_device(device, model, batches)
    reviews = sum(len(labels) for _, _, labels in batches)
    return epochs_of(model, batches, n_epochs, adam(model, lr), bce, lambda losses: sum(losses) / reviews)


@misconception("sentiment_rnn", replaces="train_classifier")
def losses_with_their_graphs(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You keep the losses as tensors with their graphs, so nothing of what led to them can be forgotten: loss.item() is
    the number."""
    model, batches = on_device(device, model, batches)
    model.train()
    optimizer, means = adam(model, lr), []
    for _ in range(n_epochs):
        losses = []
        for tokens, lengths, labels in batches:
            losses.append(bce(model(tokens, lengths), labels))
            optimizer.zero_grad()
            losses[-1].backward()
            optimizer.step()
        means.append(sum(losses) / len(losses))
    return means


@misconception("sentiment_rnn", replaces="train_classifier")
def losses_not_returned(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """Your function trains, but it returns nothing: end it with the list of losses."""
    model, batches = on_device(device, model, batches)
    epochs_of(model, batches, n_epochs, adam(model, lr), bce)
