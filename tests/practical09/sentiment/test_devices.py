"""Correct answers run on any device: on `meta`, which has no numbers, a tensor that is left behind raises an error."""

from typing import Any

import pytest
import torch
from alternatives import alternatives, named, solution
from torch import nn

MODELS = ("SentimentRNN", "SentimentLSTM")
UNREADABLE = {
    "rnn_masked_by_tokens",  # counts words, which have no numbers on `meta`
    "classifier_weighing_batches",  # clips by a norm that it reads
    "classifier_drawing_its_order",  # asks for the mixed precision of a kind of device
}
QUESTIONS = ("sentiment_rnn", "sentiment_lstm")
VARIANTS = {item.name for question in QUESTIONS for item in alternatives("variants", question)} - UNREADABLE
LENGTHS = torch.tensor([5, 3, 2])  # lengths stay on the CPU, where packing wants them


class Small(nn.Module):
    """A model that says where its reviews and its weights were."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(30, 1)
        self.places: set[str] = set()

    def forward(self, tokens: Any, lengths: Any) -> Any:
        """One logit a review."""
        self.places |= {tokens.device.type, self.embedding.weight.device.type}
        return self.embedding(tokens).sum(dim=(1, 2))


@pytest.fixture(autouse=True)
def numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is on `meta` be read: losses as a half, places as 0, 1, 2 and so on."""

    def read(self: Any) -> Any:
        return torch.arange(self.numel()).reshape(self.shape).to(self.dtype) if self.is_meta else self

    monkeypatch.setattr(torch.Tensor, "item", lambda self: 0.5)
    monkeypatch.setattr(torch.Tensor, "tolist", lambda self: read(self).numpy().tolist())
    monkeypatch.setattr(torch.Tensor, "cpu", read)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)


@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_variants_leave_nothing_behind(name: str) -> None:
    """Models calculate where they are, and functions move the model and every batch to the device."""
    item = named(name)
    student = solution(item).namespace
    what = item.replaces.partition(".")[0]
    tokens = torch.ones((3, 5), dtype=torch.int64)
    if what in MODELS:
        model = student[what](30, 8, 16, 0)
        model(tokens, LENGTHS)  # lazy layers find out their sizes
        model.to("meta")
        assert model(tokens.to("meta"), LENGTHS).device.type == "meta"
        return
    model = Small()
    if what == "train_classifier":
        student[what](model, [(tokens, LENGTHS, torch.ones(3))] * 2, n_epochs=1, device="meta")
        assert model.places == {"meta"}
    elif what == "predict":
        student[what](model, [(tokens, LENGTHS)], device="meta")
        assert model.places == {"meta"}
