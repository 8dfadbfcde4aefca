"""The formula that a model follows is found from its logits alone, and then predicts all others."""

from typing import Any

import numpy as np
import pytest
import torch
from alternatives import alternatives, marks, named, probes, reference_modules, solution
from sentiment_shared import ACCURACY
from torch import nn

from graders import CallError, Failed, Outcome, Question
from graders.authoring.solution import ModuleSolution
from graders.practical09.sentiment.formula import Formula, formula_of
from graders.practical09.sentiment.layers import RequiredLayer, has_layers
from graders.practical09.sentiment.models import outputs, reviews, small
from graders.practical09.sentiment.pools import WRONG
from graders.practical09.sentiment_lstm import checks as sentiment_lstm
from graders.practical09.sentiment_rnn import checks as sentiment_rnn

MODELS = {"sentiment_rnn": "SentimentRNN", "sentiment_lstm": "SentimentLSTM"}
# Correct, but on a way of their own from the states to the logit, or with layers of other kinds.
OTHERS = {
    *("rnn_with_attention", "lstm_with_attention", "rnn_of_two_layers_by_hand", "lstm_with_a_gru_above"),
    *("rnn_with_a_number_for_a_bias", "lstm_with_heads_of_attention"),
}
RNN = RequiredLayer("RNN", ((256,), (32,)))
MISTAKES = {name for wrong in WRONG.values() for name in (wrong.rnn, wrong.lstm) if name}


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Small models are fastest on one thread."""
    torch.set_num_threads(1)


def formula(student: Any, model: str, seed: int = 0) -> tuple[Formula | None, Any]:
    """What formula a student's model follows."""
    rng = np.random.default_rng(seed)
    made = small(student, model)
    weights, batch = made.draw(rng), reviews(rng, (5, 4, 3, 1))
    return formula_of(made, weights, batch, outputs(student, made, weights, [batch])[0]), made


@pytest.mark.parametrize(
    ("question", "name"),
    [(question, item.name) for question in MODELS for item in alternatives("variants", question)],
)
def test_the_formula_predicts_all_logits(question: str, name: str) -> None:
    """For every correct model that is plain, the logits under other weights and of other reviews are worked out."""
    item = named(name)
    if item.replaces.partition(".")[0] != MODELS[question]:
        return
    student = solution(item)
    found, made = formula(student, MODELS[question])
    assert (found is None) == (name in OTHERS)
    if found is not None:
        assert found.right
        rng = np.random.default_rng(1)
        weights, batch = made.draw(rng), reviews(rng, (2, 7, 6, 6, 1))
        np.testing.assert_allclose(
            found.logits(weights, batch), outputs(student, made, weights, [batch])[0], rtol=1e-3, atol=1e-5
        )


@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_mistakes_are_seen_whatever_the_model_looks_like(name: str) -> None:
    """What a mistaken model takes from its states is found, and the mistake has a name that is known."""
    item = named(name)
    seen = [formula(solution(item), MODELS[item.question], seed)[0] for seed in range(2)]
    assert any(found is not None and not found.right and found.mistake == name for found in seen)


def test_no_formula_fits_by_chance() -> None:
    """Logits that have nothing to do with the model follow none."""
    rng = np.random.default_rng(5)
    made = small(solution(), "SentimentRNN")
    for _ in range(20):
        batch = reviews(rng, (5, 4, 3, 1))
        assert formula_of(made, made.draw(rng), batch, rng.normal(size=(4, 1))) is None


class Forged(nn.Module):
    """A bag of words next to layers that are never called."""

    def __init__(self, vocab_size: int, embedding_dim: int = 128, hidden_dim: int = 256, pad_idx: int = 0) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.rnn = nn.RNN(embedding_dim, hidden_dim, batch_first=True)
        self.out = nn.Linear(embedding_dim, 1)

    def forward(self, tokens: Any, lengths: Any) -> Any:
        """The mean of the words, and the RNN's weights just so that a gradient reaches them."""
        words = self.embedding(tokens).sum(dim=1) / lengths[:, None]
        return self.out(words).squeeze(1) + 1e-3 * sum(value.sum() for value in self.rnn.parameters())


def test_layers_that_are_not_used_do_not_count() -> None:
    """A gradient that reaches an RNN's weights makes no RNN."""
    with pytest.raises(Failed, match="never calls it"):
        has_layers(solution(SentimentRNN=Forged), "SentimentRNN", np.random.default_rng(0), RNN)


def test_a_layer_that_does_something_else_is_noticed() -> None:
    """A class of the student's own that is an nn.RNN by name only."""

    class Odd(nn.RNN):
        def forward(self, given: Any, state: Any = None) -> Any:
            super().forward(given, state)
            return given.sum(dim=1, keepdim=True).repeat(1, 1, 2), state

    class Fake(Forged):
        def __init__(self, vocab_size: int, embedding_dim: int = 128, hidden_dim: int = 256, pad_idx: int = 0) -> None:
            super().__init__(vocab_size, embedding_dim, hidden_dim, pad_idx)
            self.rnn = Odd(embedding_dim, hidden_dim, batch_first=True)
            self.out = nn.Linear(2 * embedding_dim, 1)

        def forward(self, tokens: Any, lengths: Any) -> Any:
            return self.out(self.rnn(self.embedding(tokens))[0][:, 0]).squeeze(1)

    with pytest.raises(Failed, match=r"should be nn\.RNN; there is none"):
        has_layers(solution(SentimentRNN=Fake), "SentimentRNN", np.random.default_rng(0), RNN)


def test_every_mistake_is_one_that_the_reference_knows() -> None:
    """No name without a misconception."""
    known = {name for stem, module in reference_modules().items() if "misconceptions" in stem for name in vars(module)}
    assert known >= MISTAKES


class Liar(ModuleSolution):
    """Probes that are replaced: right layers are claimed, and logits are made from the words without any."""

    def run_probe(self, function: str, args: Any, kwargs: Any, outside: Any = None) -> Any:
        """A forged reply."""
        if function == "sentiment.review_layers":
            return super().run_probe(function, args, kwargs)
        if function == "sentiment.review_gradients":
            return {name: {part: np.ones_like(v) for part, v in parts.items()} for name, parts in args[2].items()}
        if function in ("sentiment.review_logits", "sentiment.review_logits_again"):
            found = [self.logits(args[2], batch) for batch in args[3]]
            return found if function.endswith("again") else [{"logits": z, "calls": []} for z in found]
        if function == "sentiment.review_weights":
            return solution().probe(function, *args)
        if function == "sentiment.review_pulls":
            outside(np.linspace(-1, 1, 8))
            return args[2]
        raise CallError(Outcome.ERROR, "nothing to tell")

    @staticmethod
    def logits(weights: Any, batch: Any) -> Any:
        """A number for each word, added up to the review's end: padding and company change nothing."""
        table = next(parts["weight"] for name, parts in weights.items() if name.startswith("Embedding"))
        return np.array([100 * table[row[:length], 0].sum() for row, length in zip(*batch, strict=True)])


@pytest.mark.parametrize("question", [sentiment_rnn.question, sentiment_lstm.question])
def test_forged_layers_earn_nothing(question: Question) -> None:
    """No check of a model passes where there is no network, whatever is claimed."""
    forged = Liar(solution().namespace, probes)
    models = {"has_the_layers", "gives_one_logit_a_review", "padding_changes_nothing", "company_changes_nothing"}
    models |= {"reads_the_whole_review", "reads_in_both_directions", "learns_one_batch", ACCURACY}
    assert sum(points for name, points in marks(question, forged).items() if name in models) == 0
