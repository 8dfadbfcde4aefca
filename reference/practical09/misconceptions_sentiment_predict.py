"""Wrong ways to predict with a sentiment classifier, each with its explanation."""

import torch

from graders import misconception

from .misconceptions_sentiment_training import on_device


@torch.no_grad()
def _logits(model, batches):
    model.eval()
    return [model(tokens, lengths) for tokens, lengths in batches]


@misconception("sentiment_rnn", replaces="predict")
def predicts_logits(model, batches, device="cpu"):
    """You return the logits. A probability is the sigmoid of a logit; and a logit of 0, not of 0.5, is undecided."""
    model, batches = on_device(device, model, batches)
    return torch.cat(_logits(model, batches))


@misconception("sentiment_rnn", replaces="predict")
def predicts_labels(model, batches, device="cpu"):
    """You return 0 or 1. Asked for is the probability, which also says how sure the model is."""
    model, batches = on_device(device, model, batches)
    return (torch.sigmoid(torch.cat(_logits(model, batches))) > 0.5).float()


@misconception("sentiment_rnn", replaces="predict")
def predicts_labels_of_logits_above_a_half(model, batches, device="cpu"):
    """You return 0 or 1, and you compare the logits with 0.5, a threshold for probabilities: return the sigmoid of the
    logits."""
    model, batches = on_device(device, model, batches)
    return (torch.cat(_logits(model, batches)) > 0.5).float()


@misconception("sentiment_rnn", replaces="predict")
def predicts_negative_reviews(model, batches, device="cpu"):
    """You return how likely a review is to be negative."""
    model, batches = on_device(device, model, batches)
    return 1 - torch.sigmoid(torch.cat(_logits(model, batches)))


@misconception("sentiment_rnn", replaces="predict")
def predicts_with_two_sigmoids(model, batches, device="cpu"):
    """You apply the sigmoid twice, so all probabilities lie between 0.5 and 0.73."""
    model, batches = on_device(device, model, batches)
    return torch.sigmoid(torch.sigmoid(torch.cat(_logits(model, batches))))


@misconception("sentiment_rnn", replaces="predict")
def predicts_a_share_of_the_batch(model, batches, device="cpu"):
    """You apply softmax over the reviews of a batch, so their probabilities add up to 1. Each review is a question of
    its own, and its answer the sigmoid of its logit."""
    model, batches = on_device(device, model, batches)
    return torch.cat([torch.softmax(logits, dim=0) for logits in _logits(model, batches)])


@misconception("sentiment_rnn", replaces="predict")
def predicts_in_training_mode(model, batches, device="cpu"):
    """You predict in training mode: dropout still strikes out numbers at random, so each call gives other answers.
    model.eval() switches it off."""
    model, batches = on_device(device, model, batches)
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
    model, batches = on_device(device, model, batches)
    return torch.sigmoid(_logits(model, batches)[-1])


@misconception("sentiment_rnn", replaces="predict")
def predicts_batch_by_batch(model, batches, device="cpu"):
    """You return one tensor a batch. Join them with torch.cat: one number a review is asked for."""
    model, batches = on_device(device, model, batches)
    return [torch.sigmoid(logits) for logits in _logits(model, batches)]


@misconception("sentiment_rnn", replaces="predict")
def predicts_the_longest_first(model, batches, device="cpu"):
    """You sort the reviews by length and return the probabilities in that order, not in the order of the question."""
    model, batches = on_device(device, model, batches)
    found = []
    for tokens, lengths in batches:
        order = torch.argsort(lengths, descending=True, stable=True)
        found += _logits(model, [(tokens[order], lengths[order])])
    return torch.sigmoid(torch.cat(found))
