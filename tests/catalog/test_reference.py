"""The reference solutions agree with hand values, with torch's own layers, and with each other."""

import importlib.util
import math
import random
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.stats import power_divergence
from torch import nn

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "practical09"
WRITTEN = ("equations", "sampling_discussion", "sentiment_discussion")


class Reference:
    """The modules of the reference folder, as attributes."""

    def __getattr__(self, name: str) -> ModuleType:
        if "reference_under_test" not in sys.modules:
            spec = importlib.util.spec_from_file_location("reference_under_test", FOLDER / "__init__.py")
            assert spec is not None and spec.loader is not None
            sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        return importlib.import_module(f"reference_under_test.{name}")


REFERENCE = Reference()


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Every test starts from the same random state."""
    torch.manual_seed(1)
    random.seed(1)


def drawn_weights(T: int, D: int, H: int, K: int) -> tuple[np.ndarray, ...]:
    """Arguments of rnn_forward, drawn at random."""
    shapes = [(T, D), (H,), (H, D), (H, H), (H,), (K, H), (K,)]
    rng = np.random.default_rng(T)
    return tuple(rng.normal(size=shape) for shape in shapes)


def names_model(hidden: int = 16) -> nn.Module:
    """A fresh cell over the symbols of names."""
    size = len(REFERENCE.provided.VOCAB)
    return REFERENCE.rnn_cell.RNN(size, hidden, size)


def test_by_hand_has_the_values_of_the_hand_calculation() -> None:
    """tanh(0.5), one half, tanh(1.1 + 0.3 h1), one half, and twice log 2."""
    by_hand = REFERENCE.by_hand.by_hand
    assert by_hand["h1"] == pytest.approx([0.46211716] * 3)
    assert by_hand["h2"] == pytest.approx([0.84506588] * 3)
    assert by_hand["y1"] == by_hand["y2"] == [0.5, 0.5]
    assert by_hand["loss"] == pytest.approx(1.38629436)


def test_numpy_forward_repeats_the_hand_calculation() -> None:
    """On the sheet's sequence, the NumPy code gives the numbers of the hand calculation."""
    given, by_hand, numpy_forward = REFERENCE.provided, REFERENCE.by_hand.by_hand, REFERENCE.numpy_forward
    weights = (given.W_xh, given.W_hh, given.b_h, given.W_hy, given.b_y)
    h, y_hat = numpy_forward.rnn_forward(given.X, given.H_0, *weights)
    np.testing.assert_allclose(h, [by_hand["h1"], by_hand["h2"]])
    np.testing.assert_allclose(y_hat, [by_hand["y1"], by_hand["y2"]])
    assert numpy_forward.cross_entropy(y_hat, given.E_Y) == pytest.approx(by_hand["loss"])


@pytest.mark.parametrize(("T", "D", "H", "K"), [(1, 1, 1, 2), (5, 4, 3, 2), (50, 3, 7, 9)])
def test_numpy_forward_agrees_with_torch(T: int, D: int, H: int, K: int) -> None:
    """States, probabilities and loss are those of torch's own recurrent layer, softmax and cross-entropy."""
    x, h0, W_xh, W_hh, b_h, W_hy, b_y = arguments = drawn_weights(T, D, H, K)
    layer = nn.RNN(D, H, dtype=torch.float64)
    with torch.no_grad():
        for parameter, value in zip(layer.parameters(), (W_xh, W_hh, b_h, np.zeros(H)), strict=True):
            parameter.copy_(torch.from_numpy(value))
        states, _ = layer(torch.from_numpy(x), torch.from_numpy(h0)[None])
    scores = states.numpy() @ W_hy.T + b_y
    labels = torch.arange(T) % K
    h, y_hat = REFERENCE.numpy_forward.rnn_forward(*arguments)
    np.testing.assert_allclose(h, states.numpy(), atol=1e-12)
    np.testing.assert_allclose(y_hat, torch.softmax(torch.from_numpy(scores), 1).numpy(), atol=1e-12)
    expected = F.cross_entropy(torch.from_numpy(scores), labels, reduction="sum").item()
    assert REFERENCE.numpy_forward.cross_entropy(y_hat, np.eye(K)[labels.numpy()]) == pytest.approx(expected)


def test_numpy_softmax_survives_large_scores() -> None:
    """Scores of a thousand neither overflow nor lose their differences."""
    probabilities = REFERENCE.numpy_forward.softmax(np.array([1000.0, 1001.0]))
    np.testing.assert_allclose(probabilities, [1 / (1 + math.e), math.e / (1 + math.e)])


def test_rnn_cell_agrees_with_torch() -> None:
    """One step of the cell is one step of nn.RNNCell, and its output a log-softmax of the new state."""
    rnn, cell = names_model(5), nn.RNNCell(27, 5)
    pairs = [(cell.weight_ih, rnn.i2h.weight), (cell.bias_ih, rnn.i2h.bias)]
    pairs += [(cell.weight_hh, rnn.h2h.weight), (cell.bias_hh, rnn.h2h.bias)]
    with torch.no_grad():
        for mine, theirs in pairs:
            mine.copy_(theirs)
    x, h = torch.randn(4, 27), torch.randn(4, 5)
    log_probs, state = rnn(x, h)
    torch.testing.assert_close(state, cell(x, h))
    torch.testing.assert_close(log_probs, torch.log(torch.softmax(rnn.h2o(state), dim=1)))
    assert rnn.init_hidden(3).tolist() == [[0.0] * 5] * 3


def test_sequence_nll_agrees_with_the_numpy_forward_pass() -> None:
    """The PyTorch loss of a name is the NumPy loss of the same weights, over the number of symbols."""
    rnn = names_model()
    weights = {name: p.detach().double().numpy() for name, p in rnn.named_parameters()}
    inputs, targets = REFERENCE.provided.encode("emma")
    _, y_hat = REFERENCE.numpy_forward.rnn_forward(
        inputs.double().numpy(),
        np.zeros(16),
        weights["i2h.weight"],
        weights["h2h.weight"],
        weights["i2h.bias"] + weights["h2h.bias"],
        weights["h2o.weight"],
        weights["h2o.bias"],
    )
    expected = REFERENCE.numpy_forward.cross_entropy(y_hat, np.eye(27)[targets.numpy()]) / 5
    assert REFERENCE.training.sequence_nll(rnn, "emma").item() == pytest.approx(expected, rel=1e-5)


def test_train_learns() -> None:
    """Training returns one float an epoch, moves every parameter, and lowers the loss of names it was not shown."""
    names = REFERENCE.provided.NAMES
    rnn = names_model(64)
    before = {name: p.clone() for name, p in rnn.named_parameters()}

    def held_out() -> float:
        with torch.no_grad():
            return float(np.mean([REFERENCE.training.sequence_nll(rnn, name).item() for name in names[:100]]))

    start = held_out()
    losses = REFERENCE.training.train(rnn, names[100:], n_epochs=150)
    assert len(losses) == 150 and all(type(loss) is float and math.isfinite(loss) for loss in losses)
    assert start == pytest.approx(math.log(27), abs=0.1)
    assert held_out() < 2.95
    assert all(not torch.equal(before[name], p) for name, p in rnn.named_parameters())


@pytest.mark.parametrize("k", [None, 3, 99])
def test_sample_next_draws_what_it_should(k: int | None) -> None:
    """Frequencies fit the renormalised distribution (G-test), and nothing outside the top k is drawn."""
    probabilities = torch.tensor([0.05, 0.4, 0.1, 0.25, 0.2])
    draws = [REFERENCE.sampling.sample_next(probabilities.log()[None], k) for _ in range(3000)]
    assert all(type(draw) is int for draw in draws)
    allowed = [1, 3, 4] if k == 3 else list(range(5))
    expected = probabilities[allowed].double().numpy()
    counts = np.array([draws.count(i) for i in allowed])
    assert counts.sum() == 3000
    assert power_divergence(counts, 3000 * expected / expected.sum(), lambda_="log-likelihood").pvalue > 1e-6


def test_sample_next_with_one_is_argmax() -> None:
    """With k = 1 only the most likely symbol comes."""
    log_probs = torch.randn(27).log_softmax(0)
    assert {REFERENCE.sampling.sample_next(log_probs, 1) for _ in range(20)} == {int(log_probs.argmax())}


class Scripted(nn.Module):
    """A model that spells a fixed text, whatever it reads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def init_hidden(self, batch_size: int = 1) -> torch.Tensor:
        """The number of symbols spelt so far: none."""
        return torch.zeros(batch_size, 1)

    def forward(self, x: torch.Tensor, h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The next symbol of the text, whatever x is."""
        symbol = self.text[int(h.item()) % len(self.text)]
        return 50 * REFERENCE.provided.one_hot(symbol), h + 1


@pytest.mark.parametrize(("text", "name"), [("ada.", "ada"), (".", ""), ("xy", "xyxyxy")])
def test_generate_stops_where_it_should(text: str, name: str) -> None:
    """A name ends at the dot, which is not part of it, or at the greatest length."""
    assert REFERENCE.sampling.generate(Scripted(text), max_length=6) == name


def review_batch() -> tuple[torch.Tensor, torch.Tensor]:
    """Five reviews of other lengths: tokens (5, 9), right-padded, and lengths."""
    lengths = torch.tensor([9, 1, 4, 6, 2])
    tokens = torch.randint(1, 30, (5, 9))
    return tokens * (torch.arange(9) < lengths[:, None]), lengths


@pytest.mark.parametrize("kind", ["RNN", "LSTM"])
def test_sentiment_models_see_neither_padding_nor_company(kind: str) -> None:
    """A review's logit is the same with more padding, alone, and in another order; its last word and first count."""
    module = getattr(REFERENCE, f"sentiment_{kind.lower()}")
    model = getattr(module, f"Sentiment{kind}")(30).eval()
    tokens, lengths = review_batch()
    with torch.no_grad():
        logits = model(tokens, lengths)
        assert logits.shape == (5,)
        torch.testing.assert_close(model(F.pad(tokens, (0, 4)), lengths), logits)
        torch.testing.assert_close(model(tokens.flip(0), lengths.flip(0)), logits.flip(0))
        alone = [model(tokens[i : i + 1, :n], lengths[i : i + 1]) for i, n in enumerate(lengths.tolist())]
        torch.testing.assert_close(torch.cat(alone), logits)
        for place in (0, 8):
            other = tokens.clone()
            other[0, place] = other[0, place] % 29 + 1
            assert (model(other, lengths) - logits)[0].abs() > 1e-5


@pytest.mark.parametrize("kind", ["RNN", "LSTM"])
def test_sentiment_models_learn_a_batch(kind: str) -> None:
    """One batch can be learnt by heart, and predict then gives its labels, in order."""
    module = getattr(REFERENCE, f"sentiment_{kind.lower()}")
    model = getattr(module, f"Sentiment{kind}")(30, 16, 32)
    tokens, lengths = review_batch()
    labels = torch.tensor([1.0, 0.0, 0.0, 1.0, 1.0])
    losses = REFERENCE.sentiment_rnn.train_classifier(model, [(tokens, lengths, labels)], n_epochs=40, lr=0.01)
    assert len(losses) == 40 and losses[0] == pytest.approx(math.log(2), abs=0.3) and losses[-1] < 0.1
    halves = [(tokens[:2], lengths[:2]), (tokens[2:], lengths[2:])]
    probabilities = REFERENCE.sentiment_rnn.predict(model, halves)
    assert probabilities.shape == (5,) and not model.training
    assert (probabilities > 0.5).tolist() == labels.bool().tolist()


@pytest.mark.parametrize("question", WRITTEN)
def test_model_answers_are_whole(question: str) -> None:
    """A model answer is a text of some length, and its formulas are closed."""
    answer = getattr(REFERENCE, question).ANSWER
    assert len(answer.split()) > 100
    assert answer.count("$") % 2 == 0 and answer.count("{") == answer.count("}")


def test_encode_shifts_by_one() -> None:
    """The targets are the inputs one step later; the empty name is the dot alone."""
    inputs, targets = REFERENCE.provided.encode("abz")
    assert inputs.argmax(1).tolist() == [0, 1, 2, 26] and targets.tolist() == [1, 2, 26, 0]
    inputs, targets = REFERENCE.provided.encode("")
    assert inputs.shape == (1, 27) and inputs[0, 0] == 1 and targets.tolist() == [0]


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    """A folder with four training reviews, unpacked."""
    texts = {"pos/1_9": "Good,<br />GOOD film", "pos/0_7": "it's good", "neg/0_1": "bad", "neg/2_2": "!?"}
    for name, text in texts.items():
        path = tmp_path / "unpacked" / "aclImdb" / "train" / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_reviews_are_read_from_folder_and_archive_alike(reviews: Path) -> None:
    """The packed archive gives what the unpacked folder gives; with neither there is nothing."""
    read = REFERENCE.provided.read_reviews
    found = read(reviews / "unpacked", "train")
    assert found == [("bad", 0.0), ("!?", 0.0), ("it's good", 1.0), ("Good,<br />GOOD film", 1.0)]
    with tarfile.open(reviews / "aclImdb_v1.tar.gz", "w:gz") as archive:
        archive.add(reviews / "unpacked" / "aclImdb", "aclImdb")
    assert read(reviews, "train") == found
    assert read(reviews, "test") == read(reviews / "nowhere", "train") == []


def test_download_fetches_the_archive_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The archive is fetched whole into a new folder; where it lies already, nothing is fetched."""
    source, folder = tmp_path / "source.gz", tmp_path / "new" / "data"
    source.write_bytes(b"first")
    monkeypatch.setattr(REFERENCE.provided, "IMDB_URL", source.as_uri())
    REFERENCE.provided.download_imdb(folder)
    source.write_bytes(b"second")
    REFERENCE.provided.download_imdb(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"aclImdb_v1.tar.gz": b"first"}


def test_names_that_are_not_there_are_missed(tmp_path: Path) -> None:
    """Without names.txt the student reads where the data belongs."""
    with pytest.raises(FileNotFoundError, match="keep `data` beside this notebook"):
        REFERENCE.provided.load_names(tmp_path)


def test_batches_hold_every_review_once(reviews: Path) -> None:
    """Words become numbers, long reviews are cut, short ones padded; a review without words is one unknown word."""
    given = REFERENCE.provided
    found = given.read_reviews(reviews / "unpacked", "train")
    vocabulary = given.build_vocabulary(found, size=4)
    assert list(vocabulary)[:3] == ["<pad>", "<unk>", "good"] and len(vocabulary) == 4
    batches = given.make_batches(found, vocabulary, batch_size=3, max_length=2)
    assert sorted(len(labels) for _, _, labels in batches) == [1, 3]
    assert sorted(torch.cat([lengths for _, lengths, _ in batches]).tolist()) == [1, 1, 2, 2]
    assert torch.cat([labels for _, _, labels in batches]).sum() == 2
    for tokens, lengths, _ in batches:
        padding = torch.arange(tokens.shape[1]) >= lengths[:, None]
        assert tokens.dtype == torch.int64 and torch.equal(tokens == given.PAD_IDX, padding)
