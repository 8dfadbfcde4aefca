"""Training loops that return something else than the list of losses, each explained."""

import torch

from graders import misconception

from .training import sequence_nll


@misconception("training", replaces="train")
def train_returns_the_model_too(rnn, names, n_epochs=1000, lr=0.0005):
    """You return the model, or something else, together with the losses. The model is changed where it is; anyone who
    calls `train` expects the list of losses alone."""
    return rnn, [_step(rnn, names[int(torch.randint(len(names), ()))], lr) for _ in range(n_epochs)]


def _step(rnn, name, lr):
    """One step of gradient descent for one name, which needs no optimiser that remembers."""
    loss = sequence_nll(rnn, name)
    rnn.zero_grad()
    loss.backward()
    with torch.no_grad():
        for weight in rnn.parameters():
            weight -= 20 * lr * weight.grad
    return loss.item()
