"""The sentiment of film reviews by a plain RNN, its training and its use (programming 3.1)."""

from __future__ import annotations

from typing import Any

import numpy as np

from graders import Failed, Question, Solution, close, finite_numbers
from graders.practical09 import sentiment
from graders.practical09.sentiment import Array, layers, reviews

question = Question("sentiment_rnn", title="Sentiment with an RNN", points=2)

MODEL = "SentimentRNN"
LOSS = "BCEWithLogitsLoss on the model's logits and the labels; an epoch's loss is the mean or the sum of its batches'."
ADAM = "torch.optim.Adam over model.parameters(), with the learning rate that was given."
FRESH = "zero_grad before each backward: otherwise the gradients of earlier batches are added."


@question.check(points=0.25, public=True)
def has_the_layers(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`SentimentRNN` has an embedding, one `nn.RNN` and one logit, of the sizes that its arguments say."""
    for sizes in ([50], [40, 7, 9]):
        found = layers(student, MODEL, sizes, rng)
        vocabulary, dimension, hidden = (*sizes, 128, 256)[:3] if len(sizes) == 1 else sizes
        sentiment.has_embedding_and_logit(found, [vocabulary, dimension])
        recurrent = [layer for layer in found if layer["type"] in ("RNN", "LSTM", "GRU")]
        if [layer["type"] for layer in recurrent] != ["RNN"]:
            kinds = ", ".join(f"nn.{layer['type']}" for layer in recurrent) or "none"
            text = f"There should be one recurrent layer in use, an nn.RNN; there is {kinds}."
            raise Failed(text, summary=text)
        if recurrent[0].get("hidden_size") != hidden:
            text = f"For hidden_dim={hidden} the nn.RNN has {recurrent[0].get('hidden_size')} hidden units."
            raise Failed(text, summary=text)


@question.check(points=0.15, public=True)
def gives_one_logit_a_review(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`forward` returns one logit a review, (B,), also for a batch of one and for reviews of one word."""
    sentiment.one_logit_a_review(student, MODEL, rng)


@question.check(points=0.3)
def padding_changes_nothing(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """More padding leaves every logit as it is."""
    sentiment.padding_changes_nothing(student, MODEL, rng)


@question.check(points=0.2)
def company_changes_nothing(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """A review gets the same logit alone, among others, and in another order."""
    sentiment.company_changes_nothing(student, MODEL, rng)


@question.check(points=0.2)
def reads_the_whole_review(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """Every word of a review counts, from the first to the last."""
    counts = sentiment.words_that_count(student, MODEL, rng)
    if not all(counts):
        place = "last" if not counts[-1] else "first" if not counts[0] else "middle"
        text = f"The {place} word of a review does not change its logit."
        raise Failed(text, summary=text, hint=sentiment.PADDING)


@question.check(points=0.1, public=True)
def training_reports_its_losses(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`train_classifier` returns one loss an epoch: the binary cross-entropy of the logits, mean or sum."""
    batches, found = _trained(student, rng, n_epochs=3, lr=1e-7)
    losses = finite_numbers(found.get("losses"), (3,), what="the losses")
    mean = np.mean([_loss(found["before"], batch) for batch in batches])
    accepted = [mean, mean * len(batches), mean * sum(len(labels) for _, _, labels in batches)]
    if not any(np.allclose(losses, value, rtol=2e-3) for value in accepted):
        text = f"With a learning rate near zero each epoch's loss should be {mean:.4f}, or a sum; got {losses[0]:.4f}."
        raise Failed(text, hint=LOSS)


@question.check(points=0.05)
def training_has_the_defaults(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """Unless told otherwise, `train_classifier` runs 5 epochs with a learning rate of 0.001."""
    _, found = _trained(student, rng, n_epochs=None, lr=None, number=1)
    losses = found.get("losses")
    if not isinstance(losses, np.ndarray) or len(losses) != 5:
        text = "Without n_epochs it does not return five losses."
        raise Failed(text, summary=text)
    bias = finite_numbers(found["after"].get("out.bias"), (1,), what="out.bias")
    if abs(float(bias[0] - found["before"]["out.bias"][0])) > 0.0055:
        text = "Without lr its steps are not those of a learning rate of 0.001."
        raise Failed(text, summary=text)


@question.check(points=0.2)
def steps_are_adams(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """The first step moves each parameter by the learning rate, against its gradient: that is Adam on this loss."""
    rate = 0.003
    batches, found = _trained(student, rng, n_epochs=1, lr=rate, number=1)
    gradients = _gradients(found["before"], batches[0])
    for name, gradient in gradients.items():
        moved = finite_numbers(found["after"].get(name), gradient.shape, what=name) - found["before"][name]
        clear = np.abs(gradient) > 1e-4
        if not np.any(np.abs(moved) > 0):
            text = "A parameter does not change in training."
            raise Failed(text, summary=text, hint=ADAM)
        if np.any(np.sign(moved[clear]) == np.sign(gradient[clear])):
            text = "A step goes along the gradient of the loss, not against it."
            raise Failed(text, summary=text, hint=LOSS)
        if np.abs(np.abs(moved[clear]) / rate - 1).max(initial=0) > 0.1:
            text = "The first step does not have the size that Adam's has."
            raise Failed(text, summary=text, hint=ADAM)


@question.check(points=0.15)
def every_batch_counts_afresh(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """In each epoch every batch is used once, and its gradient is not mixed with those of others."""
    batches, found = _trained(student, rng, n_epochs=2, lr=1e-7)
    marks = [int(tokens[0, 0]) for tokens, _, _ in batches]
    passes = found.get("passes")
    if not isinstance(passes, list) or sorted(passes) != sorted(2 * marks):
        text = f"In two epochs of {len(batches)} batches, not every batch was used twice."
        raise Failed(text, summary=text, hint="One pass over all batches an epoch.")
    left = [found["gradients"].get(name) for name in found["before"]]
    if any(not isinstance(part, np.ndarray) for part in left):
        return
    flat = np.concatenate([np.ravel(part) for part in left])
    if not np.isfinite(flat).all() or np.linalg.norm(flat) < 1e-12:
        return
    single = [np.concatenate([np.ravel(g) for g in _gradients(found["before"], batch).values()]) for batch in batches]
    likeness = [float(flat @ g / np.linalg.norm(flat) / np.linalg.norm(g)) for g in single]
    if max(likeness) < 0.99:
        text = "The last step's gradient is not that of one batch."
        raise Failed(text, summary=text, hint=FRESH)


@question.check(points=0.2)
def predicts_probabilities(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`predict` returns each review's probability of being positive, in order, and the same when asked again."""
    batches = [reviews(rng, lengths) for lengths in ((3, 5), (2, 6, 4), (1,))]
    found = student.probe("predicted", int(rng.integers(2**31)), batches)
    found = found if isinstance(found, dict) else {}
    given = finite_numbers(found.get("first"), (6,), what="the probabilities")
    again = finite_numbers(found.get("second"), (6,), what="the probabilities")
    dropout = "model.eval() switches dropout off; torch.no_grad() does not."
    close(again, given, rtol=1e-4, atol=1e-6, what="the probabilities of a second call", hint=dropout)
    due = 1 / (1 + np.exp(-np.asarray(found["logits"], float)))
    close(given, due, rtol=1e-3, atol=1e-5, what="the probabilities", hint="The sigmoid of each logit, in order.")


@question.check(points=0.2)
def one_batch_can_be_learnt(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`train_classifier` makes `SentimentRNN` classify eight short reviews rightly after enough steps on them.

    False alarm: below 1e-6, from three tries; the reference needed a second one in 0 of 300 runs.
    """
    sentiment.one_batch_can_be_learnt(student, MODEL, rng, own=True)


def _trained(
    student: Solution, rng: np.random.Generator, *, n_epochs: int | None, lr: float | None, number: int = 3
) -> tuple[list[list[Any]], dict[str, Any]]:
    """Batches of four reviews with labels, and what train_classifier did with the grader's model."""
    batches: list[list[Any]] = []
    for mark in range(number):
        tokens, lengths = reviews(rng, (4, 2, 5, 3))
        tokens[0, 0] = 31 + mark  # by which the model knows the batch
        batches.append([tokens, lengths, rng.permutation([0.0, 0.0, 1.0, 1.0]).astype(np.float32)])
    found = student.probe("trained", int(rng.integers(2**31)), batches, n_epochs, lr)
    if not isinstance(found, dict) or not all(isinstance(found.get(k), dict) for k in ("before", "after", "gradients")):
        raise Failed(
            "`train_classifier` left nothing to look at.", summary="`train_classifier` left nothing to look at."
        )
    if isinstance(found.get("losses"), str):
        text = f"It returned a {found['losses'][:40]}, not a list of numbers."
        raise Failed(text, summary=text)
    return batches, found


def _features(parameters: dict[str, Any], batch: list[Any]) -> tuple[Array, Array]:
    """Mean word vectors (B, D) and the logits (B,) of the grader's model."""
    tokens, lengths, _ = batch
    rows = [
        np.asarray(parameters["embedding.weight"], float)[row[:n]].mean(axis=0)
        for row, n in zip(tokens, lengths, strict=True)
    ]
    means = np.array(rows)
    return means, means @ np.asarray(parameters["out.weight"], float)[0] + float(parameters["out.bias"][0])


def _loss(parameters: dict[str, Any], batch: list[Any]) -> float:
    """Mean binary cross-entropy: log(1 + exp(z)) - y z, with z the logits and y the labels."""
    _, z = _features(parameters, batch)
    return float(np.mean(np.logaddexp(0, z) - batch[2] * z))


def _gradients(parameters: dict[str, Any], batch: list[Any]) -> dict[str, Array]:
    """The gradient of `_loss`: (sigmoid(z) - y) / B times what each parameter is multiplied with."""
    tokens, lengths, labels = batch
    means, z = _features(parameters, batch)
    slope = (1 / (1 + np.exp(-z)) - labels) / len(labels)
    words = np.zeros_like(np.asarray(parameters["embedding.weight"], float))
    for row, n, s in zip(tokens, lengths, slope, strict=True):
        for token in row[:n]:
            words[token] += s * np.asarray(parameters["out.weight"], float)[0] / n
    return {"embedding.weight": words, "out.weight": (slope @ means)[None, :], "out.bias": np.array([slope.sum()])}
