"""How well a trained model judges reviews that it has never seen, and what share of them a correct one judges rightly.

The reviews are made up (`reviews`); the labels of those that are judged never enter the sandbox. What is enough comes
from `reference/practical09/calibration.json`, which `graders calibrate` measures: the accuracies of the reference, and
of every correct variant that learns otherwise, over N seeds. A model has K = 3 tries, each with a new language, new
reviews and new weights, and passes with the first that reaches the pass mark: the least of all calibrated accuracies,
and never above 0.95, for there are correct solutions that nobody thought of.

False fails: a correct solution that learns as one of the calibrated ones does fails only where K new runs are all worse
than the worst of its N, which all orders being equally likely has the probability K! N! / (N + K)!: 8.1e-5 for N = 40.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np

from graders import Failed, Passed, Pending, Solution
from graders.practical09.sentiment import reviews
from graders.practical09.sentiment.imdb import learning, measured
from graders.practical09.sentiment.imdb.measured import FALSE_FAILS, MODELS, TRIES, guessing
from graders.practical09.sentiment.models import of_some_size
from graders.practical09.sentiment.unseen import ReviewLesson, known_formula, unseen_logits

PROFILE, DEVICE = "quick", "cpu"  # what this measurement is calibrated for
CLEARLY = 0.05  # a pass mark nearer to guessing than this decides nothing
HIGHEST = 0.95  # no pass mark lies above
LEARNT, JUDGED, BATCH = 960, 500, 32  # reviews to learn from, unseen ones, and reviews in a batch
SIZES = [reviews.VOCABULARY, 16, 32, reviews.PAD]
LEARNT_WELL = 0.5  # of the way from guessing to the mark
RATE, RATE_OF_LARGE = 0.01, 0.001  # of models of these sizes, and of those that only work with the notebook's
EPOCHS = {"SentimentRNN": 13, "SentimentLSTM": 4}
FIRST = "If another check of this question failed, mend that first"
GUESSING = (
    f"That is hardly better than guessing. {FIRST}; if none did, look at whether every step changes the model, and "
    "whether its state holds the whole review."
)
TURNED_ROUND = "More are judged wrongly than guessing would: the model takes positive for negative. Which label is 1?"
SOMETHING = (
    f"The model learns something, but less than it could. {FIRST}; if none did, look at whether the order of the words "
    "reaches the logit, or only which words there are."
)


@dataclass(frozen=True)
class Accuracy:
    """What a correct solution reaches.

    Attributes:
        mark: the accuracy from which a try passes.
        guessing: what guessing exceeds, in three tries, in fewer than 1 of 1,000,000 cases; no points up to here.
        false_fails: how often a correct solution misses the mark in all its tries, at the most.
    """

    mark: float
    guessing: float
    false_fails: float


def calibrated(found: Any, question: str) -> Accuracy:
    """The pass mark of a question, from what `calibration.json` says.

    Raises:
        Pending: nothing was measured, or too little for a threshold that is fair.
    """
    runs = measured.accuracies(found, PROFILE, DEVICE, question)
    if not runs:
        raise Pending(
            f"No threshold has been measured for {question} on {DEVICE} ({PROFILE}), so nothing is marked yet."
        )
    fewest = min(map(len, runs.values()))
    false_fails = 1 / comb(fewest + TRIES, TRIES)
    if false_fails > FALSE_FAILS:
        raise Pending(f"The threshold of {question} rests on {fewest} runs, too few to be fair; nothing is marked yet.")
    guess, mark = guessing(JUDGED), min(HIGHEST, *measured.everybody(runs))
    if mark < guess + CLEARLY:
        raise Pending(f"Correct models reach {mark:.1%} at the least, too near to guessing; nothing is marked yet.")
    return Accuracy(mark, guess, false_fails)


def judge_unseen(student: Solution, reference: Solution, question: str, rng: np.random.Generator) -> Passed:
    """Train and judge, up to three times; points in proportion to what is beyond guessing.

    On the full profile it is once, and on the real reviews. Where a model misses a mark that was measured for models of
    another size or form, a person decides, if it has learnt anything worth the name.
    """
    if reference.uses("imdb"):
        return learning.judge(student, reference, question, rng)
    found = reference.call("calibration")
    due, reached = calibrated(found, question), 0.0
    runs = measured.accuracies(found, PROFILE, DEVICE, question)
    uncalibrated = of_some_size(student, MODELS[question], SIZES).sizes != tuple(SIZES)
    for _ in range(TRIES):
        reached = max(reached, MEASURES[question](student, rng))
        evidence = measured.evidence(reached, JUDGED, runs, due.mark)
        if reached >= due.mark:
            return Passed(f"{reached:.1%} of {JUDGED} unseen reviews are judged rightly.", evidence=evidence)
    text = f"Of {JUDGED} unseen reviews {reached:.1%} are judged rightly; at least {due.mark:.1%} should be."
    if uncalibrated:
        raise Pending(f"{text} This was measured for smaller models than yours, so a person decides.")
    share = max(0.0, (reached - due.guessing) / (due.mark - due.guessing))
    if share >= LEARNT_WELL and known_formula(student, MODELS[question], SIZES, rng) is None:
        raise Pending(f"{text} This was measured for models of other forms than yours, so a person decides.")
    hint = SOMETHING if share else TURNED_ROUND if reached < 1 - due.guessing else GUESSING
    raise Failed(text, hint=hint, keep=share, evidence=evidence)


def accuracy(student: Solution, model: str, trainer: str | None, rng: np.random.Generator) -> float:
    """The share of unseen reviews whose logit has the right sign, after training on others of the same language.

    Args:
        trainer: the student's function that trains, or None where training is not what is judged.
    """
    words = reviews.language(rng)
    learnt = reviews.made(rng, words, LEARNT, reviews.LONGEST + 6)
    unseen = reviews.made(rng, words, JUDGED, reviews.LONGEST + 14)
    batches = [
        [part[i : i + BATCH] for part in (learnt.tokens, learnt.lengths, learnt.labels)]
        for i in range(0, LEARNT, BATCH)
    ]
    question: list[Any] = [unseen.tokens, unseen.lengths]
    rate = RATE if of_some_size(student, model, SIZES).sizes == tuple(SIZES) else RATE_OF_LARGE
    lesson = ReviewLesson(batches, EPOCHS[model], rate, trainer)
    logits = unseen_logits(student, model, SIZES, lesson, question, rng)
    return float(np.mean((logits > 0) == (unseen.labels > 0)))


MEASURES: Mapping[str, Callable[[Solution, np.random.Generator], float]] = {
    "sentiment_rnn": lambda student, rng: accuracy(student, "SentimentRNN", "train_classifier", rng),
    "sentiment_lstm": lambda student, rng: accuracy(student, "SentimentLSTM", None, rng),
}
