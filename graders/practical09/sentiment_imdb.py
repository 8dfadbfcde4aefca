"""How well a student's models learn from the 25,000 real reviews: the profile `full`.

The student's model is trained by the student's own `train_classifier` on the training reviews, as the exercise asks,
and gives a logit for each of the 25,000 test reviews, whose labels never enter the sandbox. The pass mark comes from
the calibrated accuracies of the reference and of correct variants: taking those of each for normally distributed, it is
the least of their one-sided prediction bounds for one more run (Student's t; Hahn & Meeker, Statistical Intervals,
1991), at a rate of FALSE_FAILS, less a margin for correct solutions that nobody thought of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from graders import CallError, Failed, Outcome, Passed, Pending, Skipped, Solution, finite_numbers
from graders.practical09.sentiment import defined

PROFILE = "full"
FALSE_FAILS = 1e-4
FEWEST = 10  # calibrated runs of each solution, for a bound that is fair
MARGIN = 0.02
PLENTY = 1 << 20  # megabytes of a GPU, where a model has it for itself
WORDS, BATCH, VOCABULARY = 256, 64, 20_000  # words read of a review, reviews in a batch
FULL = "The GPU ran out of memory in this training, perhaps because of others; a person looks at it and decides."
ABSENT = "The film reviews are not on this machine, so nothing was trained here; these points stay undecided."


def bound(accuracies: Sequence[float]) -> float:
    """What one more run stays above, but for `FALSE_FAILS` of all cases."""
    number = len(accuracies)
    spread = float(np.std(accuracies, ddof=1)) * sqrt(1 + 1 / number)
    return float(np.mean(accuracies)) - float(stats.t.isf(FALSE_FAILS, number - 1)) * spread


def pass_mark(found: Any, device: str, question: str) -> float | None:
    """The accuracy from which a model passes, from what `calibration.json` says; None where that does not suffice."""
    for key in (PROFILE, device, question):
        found = found.get(key) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping):
        return None
    everybody = [found["accuracies"], *found["variants"].values()]
    if min(map(len, everybody)) < FEWEST:
        return None
    return min(map(bound, everybody)) - MARGIN


def accuracy(student: Solution, reference: Solution, model: str, rng: np.random.Generator) -> tuple[float, int]:
    """The share of the test reviews whose logit has the right sign after training, and how many there are.

    Raises:
        Skipped: the reviews are not here.
        Pending: the memory of a GPU, which others use at the same time, did not suffice.
    """
    where = reference.value("REVIEW_LABELS")
    if where is None:
        raise Skipped(ABSENT)
    defined(student, model)
    defined(student, "train_classifier")
    settings = student.parameters
    labels = np.load(Path(where), allow_pickle=False)
    sizes = [VOCABULARY, settings["EMBEDDING_DIM"], settings["RNN_HIDDEN"], 0]
    try:
        answer = _logits(student, model, sizes, rng)
    except CallError as error:
        if error.outcome is Outcome.MEMORY and settings["DEVICE"] != "cpu":
            raise Pending(FULL) from error
        raise
    logits = finite_numbers(
        np.ravel(answer) if isinstance(answer, np.ndarray) else answer, labels.shape, what="the logits"
    )
    return float(np.mean((logits > 0) == (labels > 0))), len(labels)


def _logits(student: Solution, model: str, sizes: list[int], rng: np.random.Generator) -> Any:
    settings = student.parameters
    return student.probe(
        *("imdb_logits", model, sizes, int(rng.integers(2**31)), settings["DATA"]),
        *(settings["IMDB_EPOCHS"], settings["DEVICE"], WORDS, BATCH, settings.get("GPU_MEMORY_MB", PLENTY)),
    )


MODELS = {"sentiment_rnn": "SentimentRNN", "sentiment_lstm": "SentimentLSTM"}
MEASURES: Mapping[str, Callable[[Solution, np.random.Generator], float]] = {
    question: lambda solution, rng, model=model: accuracy(solution, solution, model, rng)[0]  # type: ignore[misc]
    for question, model in MODELS.items()
}


def judge(student: Solution, reference: Solution, question: str, rng: np.random.Generator) -> Passed:
    """Train and judge; points in proportion to what is beyond guessing."""
    device = str(student.parameters["DEVICE"])
    reached, number = accuracy(student, reference, MODELS[question], rng)
    text = f"Of {number:,} test reviews {reached:.1%} are judged rightly, after training on {device}"
    due = pass_mark(reference.call("calibration"), device, question)
    if due is None:
        text = f"{text}. What a correct model reaches has not been measured there yet, so a person marks this."
        raise Pending(text, evidence={"accuracy": reached, "guessing": 0.5, "unseen_reviews": number})
    guessing = float(stats.binom.isf(FALSE_FAILS, number, 0.5)) / number
    evidence = {"accuracy": reached, "pass_mark": due, "guessing": 0.5, "unseen_reviews": number}
    if reached >= due:
        return Passed(f"{text}.", evidence=evidence)
    text = f"{text}; at least {due:.1%} should be."
    hint = "Is the loss at the end of the training much below 0.69, that of guessing? Does padding change your logits?"
    share = max(0.0, (reached - guessing) / (due - guessing))
    raise Failed(text, summary=text, hint=hint, fraction=share, evidence=evidence)
