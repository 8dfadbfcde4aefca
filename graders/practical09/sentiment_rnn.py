"""The sentiment of film reviews by a plain RNN, its training and its use (programming 3.1)."""

from __future__ import annotations

from typing import Any

import numpy as np

from graders import Failed, Passed, Question, Solution, close, finite_numbers
from graders.practical09 import sentiment
from graders.practical09 import sentiment_training as training
from graders.practical09.sentiment_accuracy import judge_unseen

question = Question("sentiment_rnn", title="Sentiment with an RNN", points=2)

MODEL = "SentimentRNN"
LOSS = "BCEWithLogitsLoss of the model's logits and the labels; an epoch's loss is the mean or the sum of its batches'."
ADAM = "torch.optim.Adam(model.parameters(), lr=lr), and one step a batch."
FRESH = "For each batch: logits, their BCEWithLogitsLoss, gradients set back to zero, backward, step."
MODE = "One pass over all batches an epoch, and model.train() before it."
EVALUATION = "Dropout is for training only: model.eval() switches it off, torch.no_grad() does not."
PROBABILITY = "The sigmoid of each logit, batch after batch, in the order in which the reviews were given."


@question.check(points=0.2, public=True)
def has_the_layers(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`SentimentRNN` has an embedding, an `nn.RNN` and one logit, of the sizes that are asked for."""
    for sizes, hidden in (((50,), 256), ((40, 7, 10, 5), 10)):
        sentiment.has_layers(student, MODEL, rng, sizes, {"kind": "RNN", "hidden": [hidden]})


@question.check(points=0.1, public=True)
def gives_one_logit_a_review(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`forward` returns one logit a review, (B,), also for a batch of one and for reviews of one word."""
    sentiment.gives_one_logit_a_review(student, MODEL, rng)


@question.check(points=0.25)
def padding_changes_nothing(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """More padding leaves every logit as it is."""
    sentiment.padding_changes_nothing(student, MODEL, rng)


@question.check(points=0.1)
def company_changes_nothing(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """A review gets the same logit alone, among others, and in another order."""
    sentiment.company_changes_nothing(student, MODEL, rng)


@question.check(points=0.1)
def reads_the_whole_review(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """Every word of a review counts, from the first to the last."""
    counts = sentiment.words_that_count(student, MODEL, rng)
    if not all(counts):
        where = "no word" if not any(counts) else "not the last word" if not counts[-1] else "not every word"
        text = f"Of a review's words, {where} has a say in its logit."
        raise Failed(text, summary=text, hint=sentiment.PADDING)


@question.check(points=0.05)
def learns_one_batch(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`SentimentRNN` can learn the labels of eight short reviews by heart."""
    sentiment.one_batch_can_be_learnt(student, MODEL, rng)


@question.check(points=0.05, public=True)
def training_returns_one_loss_an_epoch(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`train_classifier` returns a list of n_epochs floats; without other wishes 5 epochs with learning rate 0.001."""
    weights, (batch,) = training.new_weights(rng), training.labelled(rng, (6,))
    found = training.trained(student, weights, [batch], 3, 0.001)
    finite_numbers(found.losses, (3,), what="the losses of 3 epochs", hint=LOSS)
    if found.attached:
        text = "The losses still hang on their graphs, which keeps everything in memory that led to them."
        raise Failed(text, summary=text, hint="loss.item() is the bare number.", fraction=0.5)
    plain = training.trained(student, weights, [batch], None, None)
    epochs = finite_numbers(plain.losses, what="the losses").size
    if epochs not in (5, student.parameters.get("IMDB_EPOCHS")):
        raise Failed(f"Without n_epochs there should be 5 losses; there are {epochs}.")
    first, second = (np.linalg.norm(_first_step(weights, run)) for run in (plain, found))
    if not 0.9 * second <= first <= 1.1 * second:
        raise Failed("Without lr the first step is not the one of lr=0.001.")


@question.check(points=0.1)
def training_reports_its_losses(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """The losses are those of the epochs: binary cross-entropy of logits and labels, mean or sum."""
    batches = training.labelled(rng, (6, 5, 3))
    found = training.trained(student, training.new_weights(rng), batches, 3, 0.02)
    losses = finite_numbers(found.losses, what="the losses", hint=LOSS).ravel()
    due = training.epoch_losses(found, batches, 3)
    if not any(len(way) == len(losses) and np.allclose(losses, way, rtol=2e-3, atol=0) for way in due):
        text = "The losses are neither the mean nor the sum of the binary cross-entropy of each epoch."
        raise Failed(text, summary=text, hint=LOSS, evidence={"losses": losses.tolist(), "expected": due[0].tolist()})


@question.check(points=0.1)
def steps_are_adams(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """The first step moves each weight by the learning rate, against its gradient, as Adam does."""
    rate, weights, batches = 0.003, training.new_weights(rng), training.labelled(rng, (8,))
    found = training.trained(student, weights, batches, 1, rate)
    slopes = training.flat(found.passes[0].gradients or training.gradients(weights, batches[0]))
    moved = _first_step(weights, found)
    clear = np.abs(slopes) > 0.01 * np.abs(slopes).max()
    if not np.any(moved):
        text = "`train_classifier` leaves the model as it is."
    elif np.any(moved[clear] == 0):
        text = "One step leaves weights where they are although they have a gradient."
    elif np.any(np.sign(moved[clear]) == np.sign(slopes[clear])):
        text = "A step goes along the gradient and not against it."
    elif np.abs(np.abs(moved[clear]) / rate - 1).max() > 0.1:
        text = "The first step of Adam moves every weight by the learning rate; here it does not."
    else:
        return
    raise Failed(text, summary=text, hint=ADAM)


@question.check(points=0.1)
def trains_on_every_batch(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """In each epoch every batch is used once, in training mode."""
    batches = training.labelled(rng, (4, 5, 3))
    found = training.trained(student, training.new_weights(rng), batches, 2, 0.001)
    marks, used = sorted(batch.mark for batch in batches), [seen.batch for seen in found.passes]
    if len(used) != 6 or sorted(used[:3]) != marks or sorted(used[3:]) != marks:
        text = "In two epochs over three batches, not every batch was used once in each."
        raise Failed(text, summary=text, hint=MODE)
    if not all(seen.training for seen in found.passes):
        text = "The model is trained in evaluation mode, in which dropout does nothing."
        raise Failed(text, summary=text, hint=MODE)


@question.check(points=0.15)
def steps_follow_the_loss(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """Each step follows the gradient of its own batch's loss, binary cross-entropy on logits."""
    batches = training.labelled(rng, (6, 5, 7))
    found = training.trained(student, training.new_weights(rng), batches, 2, 0.003)
    known = {batch.mark: batch for batch in batches}
    weights = [*(training.flat(seen.weights) for seen in found.passes), training.flat(found.after)]
    for i, seen in enumerate(found.passes):
        if np.array_equal(weights[i], weights[i + 1]):
            text = "Not every batch is followed by a step."
            raise Failed(text, summary=text, hint=FRESH)
        if seen.gradients is None or seen.batch not in known:
            continue
        if training.likeness(seen.gradients, training.gradients(seen.weights, known[seen.batch])) < 0.99:
            text = f"The gradient of {'the first' if i == 0 else 'a later'} step is not that of its batch's loss."
            raise Failed(text, summary=text, hint=FRESH)


@question.check(points=0.2, public=True)
def predicts_probabilities(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`predict` returns how likely each review is to be positive, in order, and the same when it is asked again."""
    sentiment.defined(student, "predict")
    weights, batches = (
        training.new_weights(rng),
        [sentiment.reviews(rng, lengths) for lengths in ((3, 5), (2, 6, 4), (1,))],
    )
    found = student.probe("predicted", weights, batches)
    first, again = ((found.get(time) if isinstance(found, dict) else None) for time in ("first", "second"))
    given = _in_a_row(first, 6)
    close(_in_a_row(again, 6), given, rtol=1e-4, what="the probabilities of a second call", hint=EVALUATION)
    z = np.concatenate([training.logits(weights, tokens, lengths) for tokens, lengths in batches])
    close(given, 1 / (1 + np.exp(-z)), rtol=1e-3, atol=1e-5, what="the probabilities", hint=PROBABILITY)


@question.check(points=0.5)
def classifies_unseen_reviews(student: Solution, reference: Solution, rng: np.random.Generator) -> Passed:
    """`SentimentRNN`, trained by `train_classifier`, judges reviews that it has never seen."""
    return judge_unseen(student, reference, question.id, rng)


def _in_a_row(answer: Any, rows: int) -> sentiment.Array:
    if isinstance(answer, np.ndarray) and answer.shape == (rows, 1):
        answer = answer[:, 0]
    return finite_numbers(answer, (rows,), what="the probabilities", hint=PROBABILITY)


def _first_step(weights: training.Weights, found: training.Trained) -> sentiment.Array:
    after = [*(seen.weights for seen in found.passes[1:]), found.after][0]
    return training.flat(after) - training.flat(weights)
