"""The sentiment of film reviews by a plain RNN, its training and its use (programming 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graders import Failed, Passed, Question, Rng, Skipped, Solution, close, finite_numbers
from graders.practical09.sentiment import models_asked
from graders.practical09.sentiment import training as training
from graders.practical09.sentiment.accuracy import judge_unseen
from graders.practical09.sentiment.layers import RequiredLayer, has_layers
from graders.practical09.sentiment.models import Batch, reviews
from graders.practical09.sentiment.recurrent import Array, sigmoid
from graders.practical09.sentiment.training import Trainer

question = Question("sentiment_rnn", title="Sentiment with an RNN", points=2, trains=True)

MODEL = "SentimentRNN"
LOSS = "BCEWithLogitsLoss of the model's logits and the labels; an epoch's loss is the mean or the sum of its batches'."
ADAM = "torch.optim.Adam(model.parameters(), lr=lr), and one step a batch."
ONCE = "One optimiser for the whole training, made before the first epoch: it remembers what it has seen."
FRESH = "For each batch: logits, their BCEWithLogitsLoss, gradients set back to zero, backward, step."
MODE = "One pass over all batches an epoch, and model.train() before it."
EVALUATION = "Dropout is for training only: model.eval() switches it off, torch.no_grad() does not."
DEVICE = "model.to(device) at the beginning, and tokens.to(device) and labels.to(device) for each batch."
COLUMN = "Next to N labels a column becomes a table of N times N numbers: squeeze(1), flatten() or view(-1) make a row."
PROBABILITY = "The sigmoid of each logit, batch after batch, in the order in which the reviews were given."


@question.check(points=0.2, public=True)
def has_the_layers(student: Solution, reference: Solution, rng: Rng) -> None:
    """`SentimentRNN` has an embedding, an `nn.RNN` and one logit, of the sizes that are asked for."""
    has_layers(student, MODEL, rng, RequiredLayer("RNN", ((256,), (32,))))


@question.check(points=0.1, public=True)
def gives_one_logit_a_review(student: Solution, reference: Solution, rng: Rng) -> None:
    """`forward` returns one logit a review, (B,), also for a batch of one and for reviews of one word."""
    models_asked.gives_one_logit_a_review(student, MODEL, rng)


@question.check(points=0.25)
def padding_changes_nothing(student: Solution, reference: Solution, rng: Rng) -> None:
    """More padding leaves every logit as it is."""
    models_asked.padding_changes_nothing(student, MODEL, rng)


@question.check(points=0.1)
def company_changes_nothing(student: Solution, reference: Solution, rng: Rng) -> None:
    """A review gets the same logit alone, among others, and in another order."""
    models_asked.company_changes_nothing(student, MODEL, rng)


@question.check(points=0.1)
def reads_the_whole_review(student: Solution, reference: Solution, rng: Rng) -> None:
    """Every word of a review counts, from the first to the last."""
    counts = models_asked.words_that_count(student, MODEL, rng)
    if not all(counts):
        where = "no word" if not any(counts) else "not the last word" if not counts[-1] else "not every word"
        text = f"Of a review's words, {where} has a say in its logit."
        models_asked.refuse_reading(student, MODEL, rng, Failed(text, hint=models_asked.PADDING))


@question.check(points=0.05)
def learns_one_batch(student: Solution, reference: Solution, rng: Rng) -> None:
    """`SentimentRNN` can learn the labels of eight short reviews by heart."""
    models_asked.one_batch_can_be_learnt(student, MODEL, rng)


@question.check(points=0.1, public=True)
def training_returns_one_loss_an_epoch(student: Solution, reference: Solution, rng: Rng) -> None:
    """`train_classifier` returns a list of n_epochs floats; without other wishes 5 epochs with learning rate 0.001."""
    training.tried(student, rng, (6, 4), _returns)


def _returns(trainer: Trainer) -> None:
    found = trainer.train(3, 0.001)
    losses = finite_numbers(found.losses, what="the losses", hint=LOSS).ravel()
    if losses.size != 3:
        each = ", one for each batch" if losses.size == 3 * len(trainer.batches) else ""
        raise Failed(f"For 3 epochs over 2 batches there should be 3 losses; there are {losses.size}{each}.", hint=LOSS)
    if found.attached:
        text = "The losses still hang on their graphs, which keeps everything in memory that led to them."
        raise Failed(text, hint="loss.item() is the bare number.", keep=0.5)
    plain, given = (
        trainer.train(None, None, most=1),
        trainer.train(5, 0.001, most=1),
    )  # one batch: many draw their order
    epochs = finite_numbers(plain.losses, what="the losses").size
    if epochs not in (5, trainer.student.parameters.get("IMDB_EPOCHS")):
        raise Failed(f"Without n_epochs there should be 5 losses; there are {epochs}.")
    first, second = (np.linalg.norm(_first_step(trainer, run)) for run in (plain, given))
    if not 0.9 * second <= first <= 1.1 * second:
        raise Failed("Without lr the first step is not the one of lr=0.001.")


@question.check(points=0.1)
def training_reports_its_losses(student: Solution, reference: Solution, rng: Rng) -> None:
    """The losses are those of the epochs: binary cross-entropy of logits and labels, mean or sum."""
    training.tried(student, rng, (6, 5, 3), _reports)


def _reports(trainer: Trainer) -> None:
    found = trainer.train(3, 0.02)
    losses = finite_numbers(found.losses, what="the losses", hint=LOSS).ravel()
    due = training.epoch_losses(found, losses.size)
    if not any(len(way) == len(losses) and np.allclose(losses, way, rtol=2e-3, atol=0) for way in due):
        text = "The losses are neither the mean nor the sum of the binary cross-entropy of each epoch."
        raise Failed(text, hint=LOSS, evidence={"losses": losses.tolist(), "expected": due[0].tolist()})


@question.check(points=0.1)
def steps_are_adams(student: Solution, reference: Solution, rng: Rng) -> None:
    """The first step moves each weight by the learning rate, against its gradient, as Adam does."""
    training.tried(student, rng, (8, 6), _is_adams)


def _is_adams(trainer: Trainer) -> None:
    rate = 0.003
    found = trainer.train(1, rate, most=1)
    slopes = training.flat(found.passes[0].gradients or training.gradients(trainer.weights, trainer.batches[0]))
    moved = _first_step(trainer, found)
    clear = np.abs(slopes) > training.CLEAR * np.abs(slopes).max()
    sizes = np.abs(moved[clear]) / rate
    if not np.any(moved):
        text = "`train_classifier` leaves the model as it is."
    elif np.any(moved[clear] == 0):
        text = "One step leaves weights where they are although they have a gradient."
    elif np.any(np.sign(moved[clear]) == np.sign(slopes[clear])):
        text = "A step goes along the gradient and not against it."
    elif np.ptp(sizes) < 0.1 * sizes.max() and np.abs(sizes - 1).max() > 0.1:
        text = "The first step moves every weight by the same, as Adam does, but not by the learning rate given as lr."
    elif np.abs(sizes - 1).max() > 0.1:
        text = "The first step of Adam moves every weight by the learning rate; here it does not."
    elif _forgets(trainer.train(2, rate)):
        text = "Adam goes on in the direction of earlier gradients; here they are forgotten from step to step."
        raise Failed(text, hint=ONCE)
    else:
        return
    raise Failed(text, hint=ADAM)


@question.check(points=0.1)
def trains_on_every_batch(student: Solution, reference: Solution, rng: Rng) -> None:
    """In each epoch every batch is used once, in training mode."""
    training.tried(student, rng, (4, 5, 3), _uses_every_batch)


def _uses_every_batch(trainer: Trainer) -> None:
    found = trainer.train(2, 0.001)
    marks, used = sorted(found.batches), [seen.mark for seen in found.passes]
    epochs = [sorted(used[i : i + 3]) for i in range(0, len(used), 3)]
    before, after = trainer.weights["embedding"], found.after["embedding"]
    still = [mark for mark in marks if np.array_equal(after[mark], before[mark])]
    if still or any(epoch != marks for epoch in epochs):
        raise Failed("Over three batches, not every batch was used, and learnt from, once in each epoch.", hint=MODE)
    if not all(seen.training for seen in found.passes):
        raise Failed("The model is trained in evaluation mode, in which dropout does nothing.", hint=MODE)


@question.check(points=0.1)
def steps_follow_the_loss(student: Solution, reference: Solution, rng: Rng) -> None:
    """Each step follows the gradient of its own batch's loss, binary cross-entropy on logits."""
    training.tried(student, rng, (6, 5, 7), _follows)


def _follows(trainer: Trainer) -> None:
    found = trainer.train(2, 0.003)
    for i, (seen, end) in enumerate(found.steps):
        if np.array_equal(training.flat(seen.weights), training.flat(end)):
            raise Failed("Not every batch is followed by a step.", hint=FRESH)
        if seen.gradients is None:
            continue
        if training.likeness(seen.gradients, training.gradients(seen.weights, found.batches[seen.mark])) < 0.99:
            text = f"The gradient of {'the first' if i == 0 else 'a later'} step is not that of its batch's loss."
            raise Failed(text, hint=FRESH)
    if not training.against(found):
        raise Failed("The steps do not go against the gradients of the loss.", hint=FRESH)


@question.check(points=0.15, public=True)
def predicts_probabilities(student: Solution, reference: Solution, rng: Rng) -> None:
    """`predict` returns how likely each review is to be positive, in order, and the same when it is asked again."""
    student.require("predict")
    weights = training.new_weights(rng)
    batches = [reviews(rng, lengths) for lengths in ((3, 5), (2, 6, 4), (1,))]
    training.in_either_style(student, rng, lambda style: _predicts(student, weights, batches, style))


def _predicts(student: Solution, weights: training.Weights, batches: Sequence[Batch], style: training.Style) -> None:
    found = student.probe("sentiment_rnn.predicted", weights, list(batches), style.parts, returns=training.Predicted)
    given = _in_a_row(found["first"], 6)
    close(_in_a_row(found["second"], 6), given, rtol=1e-4, what="the probabilities of a second call", hint=EVALUATION)
    z = np.concatenate([training.logits(weights, tokens, lengths) for tokens, lengths in batches])
    close(given, sigmoid(z), rtol=1e-3, atol=1e-5, what="the probabilities", hint=PROBABILITY)
    if not style.column and np.shape(found["first"]) == (6, 1):
        text = "The probabilities come as a column, (N, 1); asked for is a 1-D tensor, (N,)."
        raise Failed(text, hint=COLUMN, keep=0.5, misconception="predicts_a_column")


@question.check(points=0.05, public=True)
def runs_on_the_device(student: Solution, reference: Solution, rng: Rng) -> None:
    """`train_classifier` and `predict` move the model and the reviews to `device`."""
    batches = {"train_classifier": training.labelled(rng, (4,))[0].parts, "predict": reviews(rng, (3, 5))}
    left = []
    for function, batch in batches.items():
        student.require(function)
        tokens = [batch[0] % 4, *batch[1:]]
        found = student.probe("sentiment_rnn.devices", function, [tokens], "meta", returns=training.Places)
        if found["seen"] and not found["runs"]:
            raise Skipped(f"`{function}` uses something that is tried on a GPU only, so a person looks at it.")
        if not found["seen"] or any(set(places) != {"meta"} for places in found["seen"]):
            left.append(f"`{function}`")
    if left:
        text = f"{' and '.join(left)} can leave the model or the reviews elsewhere than on `device`."
        raise Failed(text, hint=DEVICE, keep=0.5 if len(left) == 1 else 0.0)


@question.check(points=0.5)
def classifies_unseen_reviews(student: Solution, reference: Solution, rng: Rng) -> Passed:
    """`SentimentRNN`, trained by `train_classifier`, judges reviews that it has never seen."""
    return judge_unseen(student, reference, question.id, rng)


def _in_a_row(answer: Any, rows: int) -> Array:
    if isinstance(answer, np.ndarray) and answer.shape == (rows, 1):
        answer = answer[:, 0]
    return finite_numbers(answer, (rows,), what="the probabilities", hint=PROBABILITY)


def _first_step(trainer: Trainer, found: training.Trained) -> Array:
    return training.flat(found.steps[0][1]) - training.flat(trainer.weights)


def _forgets(found: training.Trained) -> bool:
    """Whether some step leaves the word of an earlier batch where it was, as no step of one and the same Adam does."""
    marks: set[int] = set()
    for seen, end in found.steps:
        before, after = seen.weights["embedding"], end["embedding"]
        moved = not np.array_equal(before, after)
        if moved and any(np.array_equal(before[mark], after[mark]) for mark in marks):
            return True
        marks.add(seen.mark)
    return False
