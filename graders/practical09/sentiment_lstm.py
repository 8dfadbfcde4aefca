"""The sentiment of film reviews by a bidirectional LSTM (programming 3.2)."""

from __future__ import annotations

import numpy as np

from graders import Failed, Question, Solution
from graders.practical09 import sentiment
from graders.practical09.sentiment import layers

question = Question("sentiment_lstm", title="Sentiment with a bidirectional LSTM", points=2)

MODEL = "SentimentLSTM"
DIRECTIONS = (
    "The forward half has read everything after the last word, the backward half after the first: "
    "h_n holds both states at their ends, output[:, -1] does not."
)


@question.check(points=0.35, public=True)
def has_the_layers(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`SentimentLSTM` has an embedding, a bidirectional `nn.LSTM` and one logit, of the sizes that were asked."""
    for sizes in ([50], [40, 7, 10]):
        found = layers(student, MODEL, sizes, rng)
        vocabulary, dimension, hidden = (sizes[0], 128, 256) if len(sizes) == 1 else sizes
        sentiment.has_embedding_and_logit(found, [vocabulary, dimension])
        recurrent = [layer for layer in found if layer["type"] in ("RNN", "LSTM", "GRU")]
        if [(layer["type"], layer.get("bidirectional")) for layer in recurrent] != [("LSTM", True)]:
            kinds = ", ".join(_named(layer) for layer in recurrent) or "none"
            text = f"There should be one recurrent layer in use, a bidirectional nn.LSTM; there is {kinds}."
            raise Failed(text, summary=text)
        if recurrent[0].get("hidden_size") not in (hidden, hidden // 2):
            text = (
                f"For hidden_dim={hidden} the nn.LSTM has {recurrent[0].get('hidden_size')} hidden units a direction."
            )
            raise Failed(text, summary=text)


def _named(layer: dict[str, object]) -> str:
    return f"a{' bidirectional' if layer.get('bidirectional') is True else ''} nn.{layer['type']}"


@question.check(points=0.15, public=True)
def gives_one_logit_a_review(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`forward` returns one logit a review, (B,), also for a batch of one and for reviews of one word."""
    sentiment.one_logit_a_review(student, MODEL, rng)


@question.check(points=0.4)
def padding_changes_nothing(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """More padding leaves every logit as it is."""
    sentiment.padding_changes_nothing(student, MODEL, rng)


@question.check(points=0.3)
def company_changes_nothing(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """A review gets the same logit alone, among others, and in another order."""
    sentiment.company_changes_nothing(student, MODEL, rng)


@question.check(points=0.4)
def reads_in_both_directions(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """Each direction reads the whole review: with the other one silenced, every word still counts."""
    for mute, left in (("backward", "forward"), ("forward", "backward")):
        counts = sentiment.words_that_count(student, MODEL, rng, mute=mute)
        if not any(counts):
            text = f"The logit does not depend on what the {left} direction reads."
            raise Failed(text, summary=text, hint=DIRECTIONS)
        if not all(counts):
            text = f"Of what the {left} direction reads, not every word reaches the logit."
            raise Failed(text, summary=text, hint=DIRECTIONS)


@question.check(points=0.4)
def one_batch_can_be_learnt(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`SentimentLSTM` classifies eight short reviews rightly after enough steps on them.

    False alarm: below 1e-6, from three tries; the reference needed a second one in 0 of 300 runs.
    """
    sentiment.one_batch_can_be_learnt(student, MODEL, rng, own=False)
