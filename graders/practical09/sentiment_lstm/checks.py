"""The sentiment of film reviews by a bidirectional LSTM (programming 3.2)."""

from __future__ import annotations

from graders import Failed, Passed, Question, Rng, Solution
from graders.practical09.sentiment import models_asked
from graders.practical09.sentiment.accuracy import judge_unseen
from graders.practical09.sentiment.layers import RequiredLayer, has_layers

question = Question("sentiment_lstm", title="Sentiment with a bidirectional LSTM", points=2, trains=True)

MODEL = "SentimentLSTM"
DIRECTIONS = (
    "The forward half has read everything at the last word, the backward half at the first: h_n holds both at their "
    "ends, output[:, -1] does not."
)


@question.check(points=0.25, public=True)
def has_the_layers(student: Solution, reference: Solution, rng: Rng) -> None:
    """`SentimentLSTM` has an embedding, a bidirectional `nn.LSTM` and one logit, of the sizes that are asked for."""
    has_layers(student, MODEL, rng, RequiredLayer("LSTM", ((256, 128), (32, 16)), both=True))


@question.check(points=0.1, public=True)
def gives_one_logit_a_review(student: Solution, reference: Solution, rng: Rng) -> None:
    """`forward` returns one logit a review, (B,), also for a batch of one and for reviews of one word."""
    models_asked.gives_one_logit_a_review(student, MODEL, rng)


@question.check(points=0.3)
def padding_changes_nothing(student: Solution, reference: Solution, rng: Rng) -> None:
    """More padding leaves every logit as it is."""
    models_asked.padding_changes_nothing(student, MODEL, rng)


@question.check(points=0.15)
def company_changes_nothing(student: Solution, reference: Solution, rng: Rng) -> None:
    """A review gets the same logit alone, among others, and in another order."""
    models_asked.company_changes_nothing(student, MODEL, rng)


@question.check(points=0.5)
def reads_in_both_directions(student: Solution, reference: Solution, rng: Rng) -> None:
    """Each direction reads the whole review: where the other one is silent, every word still counts."""
    wrong = []
    for left, mute in (("forward", "backward"), ("backward", "forward")):
        counts = models_asked.words_that_count(student, MODEL, rng, mute=mute)
        if not any(counts):
            wrong.append(f"Nothing of what the {left} direction reads reaches the logit.")
        elif not all(counts):
            wrong.append(f"Of what the {left} direction reads, not every word reaches the logit.")
    if wrong:
        text, share = " ".join(wrong), 0.5 if len(wrong) == 1 else 0.0
        failed = Failed(text, hint=DIRECTIONS, keep=share)
        models_asked.refuse_reading(student, MODEL, rng, failed)


@question.check(points=0.1)
def learns_one_batch(student: Solution, reference: Solution, rng: Rng) -> None:
    """`SentimentLSTM` can learn the labels of eight short reviews by heart."""
    models_asked.one_batch_can_be_learnt(student, MODEL, rng)


@question.check(points=0.6)
def classifies_unseen_reviews(student: Solution, reference: Solution, rng: Rng) -> Passed:
    """`SentimentLSTM`, once it is trained, judges reviews that it has never seen."""
    return judge_unseen(student, reference, question.id, rng)
