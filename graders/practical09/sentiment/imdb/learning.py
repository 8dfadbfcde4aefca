"""How well a student's models learn from the 25,000 real reviews: the profile `full`.

The student's model is trained by the student's own `train_classifier` on the training reviews, as the exercise asks,
and gives a logit for each of the 25,000 test reviews, whose labels never enter the sandbox. It is judged in two parts,
each by the best of up to three trainings, for a plain RNN that learns at all reaches anything from 53 to 70 %.

Learning (two thirds of the points): the logits rank positive reviews above negative ones better than guessing does
(`stochastic.ranks`). Guessing passes in fewer than 1 of 1,000,000 cases, three trainings together. The AUC of 58 plain
RNNs lies between 0.543 and 0.754 (mean 0.656, standard deviation 0.053), 0.520 is needed: three
new trainings all miss it in fewer than 1 of 100,000 cases (`measured.prediction_bound`).

Reaching (one third): a ramp from the accuracy that guessing exceeds in fewer than 1 of 1,000,000 cases to what a
correct model reaches: the bound that the best of three new runs falls short of in 1 of 10,000 cases, of the reference
or of the worst calibrated variant (`measured.prediction_bound`), less a tenth of the way to guessing for correct
solutions that nobody thought of. So fewer than 1 of 10,000 correct models lose anything here, and a third at the most.
Of two recurrent layers with dropout, say, none of that has been measured, and the best of three trainings reached
52.3 % on a GPU. So where a model of another form than one recurrent layer and a known formula misses the mark, but is
right more often than guessing ever is, it loses nothing and a person decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graders import Failed, Passed, Pending, Rng, Skipped, Solution, finite_numbers
from graders.authoring.stochastic import ranks
from graders.practical09.sentiment.imdb import measured
from graders.practical09.sentiment.imdb.measured import FALSE_FAILS, FALSE_PASSES, MODELS, TRIES, guessing
from graders.practical09.sentiment.models import RECURRENT, small
from graders.practical09.sentiment.unseen import known_formula

PROFILE = "full"
FEWEST = 10  # calibrated runs of a solution, for a bound that is fair
LEARNING = 2 / 3  # the share of the points for a model that learns at all
UNKNOWN = 0.1  # how far the full mark is drawn towards guessing, for correct solutions that nobody thought of
CLEARLY = 0.01  # a full mark nearer to guessing than this decides nothing
PLENTY = 1 << 20  # megabytes of a GPU, where a model has it for itself
WORDS, BATCH, VOCABULARY = 256, 64, 20_000  # words read of a review, reviews in a batch
GUESSES = "Is the loss at the end of the training much below 0.69, that of guessing? Does padding change your logits?"
SHORT = (
    "It learns, but less than it could: does the logit come from the state at the last word, and does every batch of "
    "every epoch change the model?"
)
ABSENT = "The film reviews are not on this machine, so nothing was trained here; these points stay undecided."


@dataclass(frozen=True)
class CalibratedRun:
    """One training: the share of test reviews whose logit has the right sign, and how well the logits rank them.

    `chance` bounds the probability that guessing ranks as well; `number` is how many reviews there are.
    """

    accuracy: float
    auc: float
    chance: float
    number: int


@dataclass(frozen=True)
class Due:
    """The accuracy from which nothing is lost, and whether every calibrated correct solution reaches as much."""

    accuracy: float
    certain: bool


def due(found: Any, device: str, question: str, number: int) -> Due | None:
    """What a correct model reaches, from what `calibration.json` says; None where that does not suffice."""
    runs = measured.accuracies(found, PROFILE, device, question)
    if len(runs.get(measured.REFERENCE, ())) < FEWEST:
        return None
    floor = guessing(number)
    bounds = [measured.prediction_bound(v, TRIES, FALSE_FAILS) for v in runs.values() if len(v) >= FEWEST]
    marks = [bound - UNKNOWN * (bound - floor) for bound in bounds]
    clear = [mark for mark in marks if mark - floor >= CLEARLY]
    return Due(min(clear), len(clear) == len(marks)) if clear else None


def run(student: Solution, reference: Solution, model: str, rng: Rng) -> CalibratedRun:
    """Train once on all training reviews, and judge the logits of all test reviews.

    Raises:
        Skipped: the reviews are not here.
    """
    where = reference.private("imdb")
    if where is None:
        raise Skipped(ABSENT)
    student.require(model)
    student.require("train_classifier")
    labels = np.load(where, allow_pickle=False)
    logits = _unseen_logits(student, model, labels.shape, rng)
    ranking = ranks(logits, labels)
    return CalibratedRun(float(np.mean((logits > 0) == (labels > 0))), ranking.auc, ranking.bound, len(labels))


def _unseen_logits(student: Solution, model: str, shape: tuple[int, ...], rng: Rng) -> NDArray[np.float64]:
    settings = student.parameters
    sizes = [VOCABULARY, settings["EMBEDDING_DIM"], settings["RNN_HIDDEN"], 0]
    answer = _logits(student, model, sizes, rng)
    return finite_numbers(np.ravel(answer) if isinstance(answer, np.ndarray) else answer, shape, what="the logits")


def _logits(student: Solution, model: str, sizes: list[int], rng: Rng) -> Any:
    settings = student.parameters
    return student.probe(
        *("sentiment_imdb.imdb_logits", model, sizes, int(rng.integers(2**31)), settings["DATA"]),
        *(settings["IMDB_EPOCHS"], settings["DEVICE"], WORDS, BATCH, settings.get("GPU_MEMORY_MB", PLENTY)),
    )


def _measure(model: str) -> Callable[[Solution, Rng], Mapping[str, float]]:
    def measure(solution: Solution, rng: Rng) -> Mapping[str, float]:
        found = run(solution, solution, model, rng)
        return {"accuracy": found.accuracy, "auc": found.auc}

    return measure


MEASURES = {question: _measure(model) for question, model in MODELS.items()}


def judge(student: Solution, reference: Solution, question: str, rng: Rng) -> Passed:
    """Train and judge, up to three times; see the module for what counts, and how surely.

    Raises:
        Pending: what a correct model reaches has not been measured, or is too near to guessing to decide this.
    """
    device, runs = str(student.parameters["DEVICE"]), [run(student, reference, MODELS[question], rng)]
    found = reference.call("calibration")
    expected = due(found, device, question, runs[0].number)
    if expected is None:
        text = f"{_told(runs, device)}. What a correct model reaches there has not been measured, so a person marks it."
        raise Pending(text, evidence=_evidence(runs))
    while not _enough(runs, expected) and len(runs) < TRIES:
        runs.append(run(student, reference, MODELS[question], rng))
    evidence = _evidence(runs, measured.accuracies(found, PROFILE, device, question), expected)
    if _enough(runs, expected):
        return Passed(f"{_told(runs, device)}.", evidence=evidence)
    if not _learnt(runs):
        raise Failed(f"{_told(runs, device)}; that is what guessing reaches.", hint=GUESSES, evidence=evidence)
    best, floor = _best(runs), guessing(runs[0].number)
    text = f"{_told(runs, device)}; a correct model reaches at least {expected.accuracy:.1%}."
    if not expected.certain:
        raise Pending(f"{text} Some correct models do not, so a person decides.", evidence=evidence)
    if best > floor and not _is_plain(student, MODELS[question], rng):
        text = f"{text} This was measured for models of other forms than yours, so a person decides."
        raise Pending(text, evidence=evidence)
    share = min(1.0, max(0.0, (best - floor) / (expected.accuracy - floor)))
    raise Failed(text, hint=SHORT, keep=LEARNING + (1 - LEARNING) * share, evidence=evidence)


def _is_plain(student: Solution, model: str, rng: Rng) -> bool:
    """Whether a model is of the form that was measured: one recurrent layer of one level, by a known formula."""
    found = small(student, model)
    recurrent = [layer for _, layer in found.of_kind(*RECURRENT)]
    levels = [layer.size("num_layers") for layer in recurrent]
    return levels == [1] and known_formula(student, model, found.sizes, rng) is not None


def _enough(runs: list[CalibratedRun], expected: Due) -> bool:
    return _learnt(runs) and _best(runs) >= expected.accuracy


def _learnt(runs: list[CalibratedRun]) -> bool:
    return min(one.chance for one in runs) < FALSE_PASSES / TRIES


def _best(runs: list[CalibratedRun]) -> float:
    return max(one.accuracy for one in runs)


def _told(runs: list[CalibratedRun], device: str) -> str:
    how = "training" if len(runs) == 1 else f"the best of {len(runs)} trainings"
    return f"Of {runs[0].number:,} test reviews {_best(runs):.1%} are judged rightly, after {how} on {device}"


def _evidence(
    runs: list[CalibratedRun], found: measured.Runs | None = None, expected: Due | None = None
) -> dict[str, Any]:
    """What the report shows: the accuracy among those of all calibrated runs."""
    mark = None if expected is None else expected.accuracy
    shown = measured.evidence(_best(runs), runs[0].number, found, mark)
    return {**shown, "auc": max(one.auc for one in runs)}
