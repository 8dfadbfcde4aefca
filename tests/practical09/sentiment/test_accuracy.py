"""Accuracy on unseen reviews: the made-up language needs its word order, and the threshold is a measured one."""

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
import torch
from alternatives import named, refusal, solution
from sentiment_shared import ACCURACY, Model, only
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from graders import Failed, Passed, Pending
from graders.authoring.solution import ModuleSolution
from graders.grading.recording import Recording
from graders.practical09.sentiment import accuracy, reviews
from graders.practical09.sentiment.accuracy import calibrated
from graders.practical09.sentiment.imdb.calibrated import VARIANTS
from graders.practical09.sentiment.imdb.measured import FALSE_FAILS
from graders.practical09.sentiment_lstm import checks as sentiment_lstm
from graders.practical09.sentiment_rnn import checks as sentiment_rnn

MEASURED = solution().call("calibration")


def runs(**solutions: list[float]) -> Any:
    """What a calibration file holds of a question."""
    return {name: {"cpu, torch 1": {"seeds": list(range(len(v))), "accuracy": v}} for name, v in solutions.items()}


RUNS = runs(reference=[0.99] * 40, pooled=[0.98] * 39 + [0.9])


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Small models are fastest on one thread."""
    torch.set_num_threads(1)


def judged(student: Any, question: Any = sentiment_rnn.question, seed: int = 0) -> Passed:
    """What the check says."""
    found = only(question, ACCURACY).run(student, solution(), np.random.default_rng(seed))
    assert found is not None
    return found


def test_reviews_are_what_they_say() -> None:
    """Numbers in range, padding on the right, lengths within bounds, as many of either label."""
    rng = np.random.default_rng(0)
    found = reviews.made(rng, reviews.language(rng), 400, 20)
    assert found.tokens.shape == (400, 20) and found.labels.mean() == 0.5
    assert found.lengths.min() >= 1 and found.lengths.max() <= reviews.LONGEST
    for row, length in zip(found.tokens, found.lengths, strict=True):
        assert row[:length].min() > 0 and row.max() < reviews.VOCABULARY and not row[length:].any()


def test_the_last_opinion_and_its_negation_decide() -> None:
    """Who reads each review backwards to its last opinion, and looks at the word before it, gets every label."""
    rng = np.random.default_rng(1)
    words = reviews.language(rng)
    found = reviews.made(rng, words, 300, 12)
    for row, length, label in zip(found.tokens, found.lengths, found.labels, strict=True):
        place = max(i for i in range(length) if row[i] in words.praise or row[i] in words.blame)
        turned = place > 0 and row[place - 1] in words.negations
        assert ((row[place] in words.praise) != turned) == bool(label)


def test_counting_words_is_little_better_than_guessing() -> None:
    """Praise minus blame, and the first opinion, tell few of the labels; so the order has to be read."""
    rng = np.random.default_rng(2)
    words = reviews.language(rng)
    found = reviews.made(rng, words, 2000, 12)
    score = np.isin(found.tokens, words.praise).sum(1) - np.isin(found.tokens, words.blame).sum(1)
    assert np.mean((score > 0) == (found.labels > 0)) < 0.65


def test_languages_differ() -> None:
    """Nothing can be learnt for another draw."""
    first, second = (reviews.language(np.random.default_rng(seed)) for seed in (1, 2))
    assert sorted(np.concatenate(list(vars(first).values()))) == list(range(1, reviews.VOCABULARY))
    assert set(first.praise) != set(second.praise)


@pytest.mark.parametrize("question", [sentiment_rnn.question, sentiment_lstm.question])
def test_the_reference_passes(question: Any) -> None:
    """And says how well it did."""
    found = judged(solution(), question)
    assert found.evidence is not None and found.evidence["accuracy"] >= found.evidence["marks"]["full marks"] > 0.85


def test_labels_of_unseen_reviews_stay_outside() -> None:
    """The sandbox gets tokens and lengths of what is judged, and the labels only of what is learnt."""
    watched = Recording(solution())
    judged(watched)
    (call,) = [call for call in watched.calls if call.name == "sentiment.review_training"]
    batches = call.arguments[4]
    assert [len(batch) for batch in batches] == [3] * len(batches)
    assert sum(len(labels) for _, _, labels in batches) == accuracy.LEARNT


def test_a_plain_model_never_sees_what_it_is_judged_by() -> None:
    """Its logits are worked out from the weights that come back; one of another kind is asked, without labels."""

    def sizes(student: ModuleSolution) -> list[int]:
        watched = Recording(student)
        with suppress(Failed):  # how well it learns is nothing to this
            judged(watched)
        asked = [call.arguments[4] for call in watched.calls if call.name == "sentiment.review_logits"]
        return [len(batch[0]) for batches in asked for batch in batches]

    class Summed(Model):
        def forward(self, tokens: Any, lengths: Any) -> Any:
            words = self.words(tokens)
            packed = pack_padded_sequence(words, lengths, batch_first=True, enforce_sorted=False)
            return self.to_logit(self.reader(packed)[1][0] + 0.01 * words.sum(dim=(1, 2))[:, None]).squeeze(1)

    assert accuracy.JUDGED not in sizes(solution())
    assert accuracy.JUDGED in sizes(solution(SentimentRNN=Summed))


def test_untrained_models_and_shuffled_labels_earn_nothing() -> None:
    """Guessing is reported as guessing."""
    right = solution().namespace["train_classifier"]

    def shuffled(model: Any, batches: Any, n_epochs: int = 5, lr: float = 0.001, device: str = "cpu") -> Any:
        return right(model, [(t, n, y[torch.randperm(len(y))]) for t, n, y in batches], 2, lr)

    for train in (shuffled, lambda *args, **options: [0.0]):
        failed = refusal(sentiment_rnn.question, ACCURACY, solution(train_classifier=train))
        assert failed.keep < 0.2 and failed.evidence is not None and failed.evidence["accuracy"] < 0.65


@pytest.mark.parametrize("name", ["rnn_reads_the_padding", "rnn_that_is_not_used", "classifier_trained_by_sgd"])
def test_models_that_miss_what_matters_earn_a_part(name: str) -> None:
    """The padding's state, a bag of words, and a training too slow do not reach the mark."""
    failed = refusal(sentiment_rnn.question, ACCURACY, solution(named(name)))
    assert failed.keep < 0.8 and "unseen reviews" in failed.in_full and failed.hint


def test_the_ramp_goes_from_guessing_to_the_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    """No points up to what guessing reaches, then in proportion; the best of three tries counts."""
    due = calibrated(MEASURED, "sentiment_rnn")
    half = (due.mark + due.guessing) / 2
    for tries, share in (([0.5, 0.3, 0.5], 0.0), ([0.5, half, 0.5], 0.5), ([0.4, 0.5, due.mark], 1.0)):
        drawn = iter(tries)
        measures = {"sentiment_rnn": lambda student, rng, drawn=drawn: next(drawn)}
        monkeypatch.setattr(accuracy, "MEASURES", measures)
        try:
            judged(solution())
            assert share == 1
        except Failed as failed:
            assert failed.keep == pytest.approx(share)


@pytest.mark.parametrize(
    ("reached", "hint"), [(0.5, "better than guessing"), (0.03, "positive for negative"), (0.8, "mend that first")]
)
def test_the_hint_says_what_was_seen(reached: float, hint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Labels turned round are no guessing, and of a model that learns something no cause is made up."""
    monkeypatch.setattr(accuracy, "MEASURES", {"sentiment_rnn": lambda student, rng: reached})
    with pytest.raises(Failed) as failed:
        judged(solution())
    assert hint in (failed.value.hint or "")


def test_the_mark_is_the_least_that_was_measured() -> None:
    """Over the reference and all variants; with 40 runs three tries miss it in fewer than 1 of 10,000 cases."""
    due = calibrated({"quick": {"cpu": {"q": RUNS}}}, "q")
    easy = runs(reference=[1.0] * 40)
    assert calibrated({"quick": {"cpu": {"q": easy}}}, "q").mark == accuracy.HIGHEST
    assert due.mark == 0.9 and 8e-5 < due.false_fails < 1e-4 and 0.6 < due.guessing < 0.63


def test_the_stated_rate_of_false_fails_holds() -> None:
    """Simulated: three new runs all below the least of N, for accuracies of any distribution without ties."""
    rng, runs, times = np.random.default_rng(0), 8, 200_000
    draws = rng.normal(size=(times, runs + 3))
    rate = np.mean(draws[:, runs:].max(axis=1) < draws[:, :runs].min(axis=1))
    assert rate == pytest.approx(1 / 165, rel=0.15)  # 3! 8! / 11!


@pytest.mark.parametrize(
    "found",
    [{}, {"quick": {}}, {"quick": {"cpu": {}}}, {"quick": {"cuda": {"q": RUNS}}}, {"full": {"cpu": {"q": RUNS}}}],
)
def test_without_a_measurement_nothing_is_decided(found: Any) -> None:
    """Another device or profile, or none at all, leaves the points to a person."""
    with pytest.raises(Pending, match="No threshold has been measured"):
        calibrated(found, "q")


def test_too_few_runs_make_no_threshold() -> None:
    """Ten runs are not enough for one in ten thousand."""
    with pytest.raises(Pending, match="10 runs, too few"):
        calibrated({"quick": {"cpu": {"q": runs(reference=[0.9] * 10)}}}, "q")


def test_a_mark_near_guessing_decides_nothing() -> None:
    """Where a correct model hardly beats guessing, the points are left to a person."""
    with pytest.raises(Pending, match="too near to guessing"):
        calibrated({"quick": {"cpu": {"q": runs(reference=[0.65] * 40)}}}, "q")


@pytest.mark.parametrize("question", ["sentiment_rnn", "sentiment_lstm"])
def test_what_is_shipped_is_fair(question: str) -> None:
    """The shipped calibration holds every variant that learns otherwise, and its mark is far above guessing."""
    due = calibrated(MEASURED, question)
    assert set(MEASURED["quick"]["cpu"][question]) == {"reference", *VARIANTS[question]}
    assert due.mark > 0.85 and due.false_fails < FALSE_FAILS


def test_logits_of_any_kind_are_judged() -> None:
    """A model that answers nonsense is refused in words."""

    class Nonsense(nn.Module):
        def __init__(self, *sizes: int) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

        def forward(self, tokens: Any, lengths: Any) -> Any:
            return "words" if not self.training else self.weight.expand(len(tokens))

    assert refusal(sentiment_rnn.question, ACCURACY, solution(SentimentRNN=Nonsense)).finding


def test_lazy_layers_find_out_their_sizes_before_the_training() -> None:
    """From tokens and lengths alone, as a model is called; the labels of a batch are no argument of it."""
    assert judged(solution(named("rnn_with_a_lazy_head")))


def test_a_model_of_another_form_that_misses_the_mark_waits_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attention learns slower than what was measured, and that is no mistake; what has learnt nothing still fails."""
    student = solution(named("rnn_with_attention"))
    near = calibrated(MEASURED, "sentiment_rnn").mark - 0.01
    for reached, finding in ((near, Pending), (0.52, Failed)):
        monkeypatch.setitem(accuracy.MEASURES, "sentiment_rnn", lambda *_, found=reached: found)
        with pytest.raises(finding):
            judged(student)
    monkeypatch.setitem(accuracy.MEASURES, "sentiment_rnn", lambda *_: near)
    with pytest.raises(Failed):
        judged(solution())
