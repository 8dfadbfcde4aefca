"""The rule of the full profile: guessing never passes, correct runs lose nothing, and what decides nothing waits."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alternatives import named, solution

from graders import Failed, Passed, Pending
from graders.authoring.solution import ModuleSolution
from graders.authoring.stochastic import _tail_of_ranks, ranks
from graders.practical09.sentiment.imdb import learning, measured
from graders.practical09.sentiment.imdb.learning import CalibratedRun, due
from graders.practical09.sentiment.imdb.measured import FALSE_FAILS, FALSE_PASSES, TRIES, guessing

CALIBRATION = solution().call("calibration")
NUMBER = 25_000
LABELS = np.repeat([0.0, 1.0], NUMBER // 2)
REFERENCE = CALIBRATION["full"]["cuda"]["sentiment_rnn"]["reference"]["NVIDIA H200, torch 2.11.0"]
CORRECT = list(zip(REFERENCE["accuracy"], REFERENCE["auc"], strict=True))  # 58 runs of a plain RNN


def judged(
    monkeypatch: pytest.MonkeyPatch,
    tries: list[CalibratedRun],
    question: str = "sentiment_rnn",
    calibration: Any = CALIBRATION,
    student: ModuleSolution | None = None,
) -> Passed | Failed | Pending:
    """What the rule says of trainings that went so; one more than there are is an error."""
    left = iter(tries)
    monkeypatch.setattr(learning, "run", lambda *_: next(left))
    student = student or solution()
    student.parameters = {"DEVICE": "cuda"}
    reference = solution()
    reference.namespace["calibration"] = lambda: calibration
    try:
        return learning.judge(student, reference, question, np.random.default_rng(0))
    except (Failed, Pending) as refusal:
        return refusal


def a_run(accuracy: float, auc: float) -> CalibratedRun:
    """A training that ended so, with the bound of its AUC."""
    return CalibratedRun(accuracy, auc, _tail_of_ranks(auc * (NUMBER / 2) ** 2, NUMBER // 2, NUMBER // 2), NUMBER)


def guessed(rng: np.random.Generator, scores: np.ndarray[Any, Any]) -> CalibratedRun:
    """What comes of scores when the labels are given out by chance."""
    labels = rng.permutation(LABELS)
    ranking = ranks(scores, labels)
    return CalibratedRun(float(np.mean((scores > 0) == (labels > 0))), ranking.auc, ranking.bound, NUMBER)


def test_the_data_are_58_runs_of_a_plain_rnn() -> None:
    """With their seeds and their machine; and the LSTM's runs are there."""
    assert len(CORRECT) == 58 and 0.52 < min(CORRECT)[0] < 0.53 and max(CORRECT)[0] < 0.70
    assert len(set(REFERENCE["seeds"])) == 58
    for machines in CALIBRATION["full"]["cuda"]["sentiment_lstm"].values():
        assert all("torch" in name and len(columns["seeds"]) >= 10 for name, columns in machines.items())


def test_every_correct_run_learns() -> None:
    """Each of the 58 runs, on its own, is distinguished from guessing; and by far."""
    assert all(a_run(*one).chance < FALSE_PASSES / TRIES for one in CORRECT)
    aucs = [auc for _, auc in CORRECT]
    needed = next(auc for auc in np.arange(0.5, 0.53, 0.0001) if a_run(0.5, auc).chance < FALSE_PASSES / TRIES)
    assert needed < 0.5202 and measured.prediction_bound(aucs, TRIES, 1e-5) > needed


def test_no_correct_run_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the 58, followed by others if it has to be, gets full points; alone for ever, more than eight tenths."""
    rng = np.random.default_rng(1)
    for one in CORRECT:
        others = [CORRECT[i] for i in rng.integers(58, size=2)]
        assert isinstance(judged(monkeypatch, [a_run(*each) for each in (one, *others)]), Passed), (one, others)
        worst = judged(monkeypatch, [a_run(*one)] * 3)
        assert isinstance(worst, Passed) or (isinstance(worst, Failed) and worst.keep > 0.8)


def test_correct_runs_lose_nothing_as_often_as_stated() -> None:
    """Simulated from the 58: three runs that all miss the mark come in fewer than 1 of 10,000 cases."""
    mark = due(CALIBRATION, "cuda", "sentiment_rnn", NUMBER)
    assert mark is not None and mark.certain
    rng = np.random.default_rng(2)
    best = rng.choice([accuracy for accuracy, _ in CORRECT], (400_000, TRIES)).max(axis=1)
    assert np.mean(best < mark.accuracy) < FALSE_FAILS


def test_guessing_earns_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An untrained model, shuffled labels, and one that says the same of all: no points, in hundreds of tries."""
    rng = np.random.default_rng(3)
    for _ in range(60):
        scores = rng.normal(size=NUMBER)
        found = judged(monkeypatch, [guessed(rng, scores) for _ in range(TRIES)])
        assert isinstance(found, Failed) and found.keep == 0
    constant = judged(monkeypatch, [guessed(rng, np.ones(NUMBER)) for _ in range(TRIES)])
    assert isinstance(constant, Failed) and constant.keep == 0 and "guessing" in constant.in_full


@pytest.mark.parametrize("question", ["sentiment_rnn", "sentiment_lstm"])
def test_sigmoid_twice_fails(question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outputs between 0 and 1 are all above 0: half are right, however well they rank, so reaching earns nothing."""
    for auc in (0.5, 0.65, 0.9):
        found = judged(monkeypatch, [a_run(0.5, auc)] * TRIES, question)
        assert isinstance(found, Failed) and found.keep <= learning.LEARNING + 1e-9


def test_one_training_is_enough_where_it_is_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody trains again who has reached the mark; the report has what a histogram needs."""
    found = judged(monkeypatch, [a_run(0.6, 0.64)])
    assert isinstance(found, Passed) and found.evidence is not None
    assert len(found.evidence["population"]) == 58 and found.evidence["marks"]["yours"] == 0.6
    assert "60.0% are judged rightly, after training on cuda" in (found.message or "")
    later = judged(monkeypatch, [a_run(0.5, 0.5), a_run(0.52, 0.53), a_run(0.6, 0.64)])
    assert isinstance(later, Passed) and "the best of 3 trainings" in (later.message or "")


def test_the_ramp_goes_from_guessing_to_the_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two thirds for learning, the rest in proportion."""
    mark = due(CALIBRATION, "cuda", "sentiment_lstm", NUMBER)
    assert mark is not None
    half = (mark.accuracy + guessing(NUMBER)) / 2
    for accuracy, share in ((guessing(NUMBER), 0.0), (half, 0.5), (0.51, 0.0)):
        found = judged(monkeypatch, [a_run(accuracy, 0.7)] * TRIES, "sentiment_lstm")
        assert isinstance(found, Failed) and found.keep == pytest.approx((2 + share) / 3) and found.hint


@pytest.mark.parametrize("name", ["rnn_two_layers_with_dropout", "rnn_with_attention"])
def test_another_form_than_the_measured_waits(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two layers have reached 52.3 % on a GPU, in the best of three trainings: a person decides; half is guessed."""
    student, tries = solution(named(name)), [a_run(0.52348, 0.54)] * TRIES
    said = judged(monkeypatch, tries, student=student)
    assert isinstance(said, Pending) and "of other forms" in str(said) and said.evidence is not None
    assert isinstance(judged(monkeypatch, [a_run(0.5, 0.54)] * TRIES, student=student), Failed)
    assert isinstance(judged(monkeypatch, tries), Failed)
    assert isinstance(judged(monkeypatch, [a_run(0.6, 0.64)], student=student), Passed)


@pytest.mark.parametrize("question", ["sentiment_rnn", "sentiment_lstm"])
def test_what_is_shipped_is_clearly_above_guessing(question: str) -> None:
    """And below the worst correct run but for chance."""
    mark = due(CALIBRATION, "cuda", question, NUMBER)
    runs = measured.accuracies(CALIBRATION, "full", "cuda", question)
    assert mark is not None and guessing(NUMBER) + learning.CLEARLY <= mark.accuracy
    assert mark.accuracy < np.quantile(measured.everybody(runs), 0.03)


def calibration(**solutions: list[float]) -> dict[str, Any]:
    """A calibration of the RNN, on a GPU."""
    runs = {name: {"GPU, torch 1": {"seeds": list(range(len(v))), "accuracy": v}} for name, v in solutions.items()}
    return {"full": {"cuda": {"sentiment_rnn": runs}}}


def test_without_a_measurement_a_person_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing, another device, or too few runs: pending after one training, with the figure shown."""
    for found in ({}, {"full": {"cpu": CALIBRATION["full"]["cuda"]}}, calibration(reference=[0.6] * 9)):
        said = judged(monkeypatch, [a_run(0.61, 0.66)], calibration=found)
        assert isinstance(said, Pending) and "61.0%" in str(said) and said.evidence is not None
        assert said.evidence["accuracy"] == 0.61


def test_a_mark_near_guessing_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where correct models do not clearly beat guessing, nobody loses by it, and who reaches more passes."""
    low = [float(x) for x in np.random.default_rng(0).normal(0.53, 0.03, 12)]
    high = [float(x) for x in np.random.default_rng(0).normal(0.6, 0.01, 12)]
    assert due(calibration(reference=low), "cuda", "sentiment_rnn", NUMBER) is None
    mixed = calibration(reference=high, two_layers=low, too_few=[0.5, 0.5])
    mark = due(mixed, "cuda", "sentiment_rnn", NUMBER)
    assert mark is not None and not mark.certain and 0.54 < mark.accuracy < min(high)
    assert isinstance(judged(monkeypatch, [a_run(0.6, 0.64)], calibration=mixed), Passed)
    said = judged(monkeypatch, [a_run(0.53, 0.55)] * TRIES, calibration=mixed)
    assert isinstance(said, Pending) and "a person decides" in str(said)
    nothing = judged(monkeypatch, [a_run(0.5, 0.5)] * TRIES, calibration=mixed)
    assert isinstance(nothing, Failed) and nothing.keep == 0


def test_a_run_is_judged_outside(tmp_path: Path) -> None:
    """Accuracy and AUC come from the logits and from labels that the student does not have."""
    labels = np.array([0.0, 1.0] * 40)
    np.save(tmp_path / "labels.npy", labels)
    student, reference = solution(), solution()
    student.parameters = {"EMBEDDING_DIM": 4, "RNN_HIDDEN": 4, "DATA": "", "IMDB_EPOCHS": 1, "DEVICE": "cpu"}
    reference = ModuleSolution(reference.namespace, private={"imdb": tmp_path / "labels.npy"})

    class Answers:
        """A student whose trained model answers so."""

        parameters = student.parameters
        require = staticmethod(lambda name: None)
        probe = staticmethod(lambda *_: np.where(labels > 0, 2.0, -1.0) * np.where(np.arange(80) < 20, -1, 1))

    found = learning.run(Answers(), reference, "SentimentRNN", np.random.default_rng(0))  # type: ignore[arg-type]
    assert found.accuracy == 0.75 and 0.5 < found.auc < 0.85 and found.number == 80 and found.chance < 1
