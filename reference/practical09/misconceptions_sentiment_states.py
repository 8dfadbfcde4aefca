"""Sentiment classifiers whose states do not begin at zero, or that do not listen to their arguments."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from graders import misconception

from .misconceptions_headings import REVIEWS, UNFOLDED


def _packed(embedded, lengths):
    return pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)


class _Sentiment(nn.Module):
    """Embedding, a recurrent layer and one logit; the state with which each call begins is `self.state`'s."""

    def __init__(self, embedding, layer):
        super().__init__()
        self.embedding, self.layer = embedding, layer
        self.out = nn.Linear((1 + layer.bidirectional) * layer.hidden_size, 1)
        self.kept = None

    def begin(self, number):
        """The initial state of so many reviews; None for zeros."""
        return

    def forward(self, tokens, lengths):
        state = self.begin(len(tokens))
        _, last = self.layer(_packed(self.embedding(tokens), lengths), state)
        self.kept = tuple(part.detach() for part in last) if isinstance(last, tuple) else last.detach()
        h = last[0] if isinstance(last, tuple) else last
        return self.out(torch.cat(list(h), dim=1)).squeeze(1)


class _Random(_Sentiment):
    def begin(self, number):
        shape = (1 + self.layer.bidirectional, number, self.layer.hidden_size)
        return (torch.randn(shape), torch.randn(shape)) if isinstance(self.layer, nn.LSTM) else torch.randn(shape)


class _Keeping(_Sentiment):
    def begin(self, number):
        h = self.kept[0] if isinstance(self.kept, tuple) else self.kept
        return self.kept if h is not None and h.shape[1] == number else None


def _rnn(kind, vocab_size, embedding_dim, hidden_dim, pad_idx):
    embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
    return kind(embedding, nn.RNN(embedding_dim, hidden_dim, batch_first=True))


def _lstm(kind, vocab_size, embedding_dim, hidden_dim, pad_idx):
    embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
    return kind(embedding, nn.LSTM(embedding_dim, hidden_dim, batch_first=True, bidirectional=True))


@misconception("sentiment_rnn", replaces="SentimentRNN", read=UNFOLDED)
def rnn_with_random_states(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """Your initial state is drawn with torch.randn, so the same review gets another logit each time. It should be
    zeros, which nn.RNN takes by itself when no state is given."""
    return _rnn(_Random, vocab_size, embedding_dim, hidden_dim, pad_idx)


@misconception("sentiment_lstm", replaces="SentimentLSTM", read=UNFOLDED)
def lstm_with_random_states(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """Your initial states are drawn with torch.randn, so the same review gets another logit each time. They should be
    zeros, which nn.LSTM takes by itself when no states are given."""
    return _lstm(_Random, vocab_size, embedding_dim, hidden_dim, pad_idx)


@misconception("sentiment_rnn", replaces="SentimentRNN", read=UNFOLDED)
def rnn_that_keeps_its_state(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """The state that one batch leaves in `self` is where the next one begins, so what a review gets depends on what was
    read before it. Each review begins at zeros."""
    return _rnn(_Keeping, vocab_size, embedding_dim, hidden_dim, pad_idx)


@misconception("sentiment_lstm", replaces="SentimentLSTM", read=UNFOLDED)
def lstm_that_keeps_its_states(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """The states that one batch leaves in `self` are where the next one begins, so what a review gets depends on what
    was read before it. Each review begins at zeros."""
    return _lstm(_Keeping, vocab_size, embedding_dim, hidden_dim, pad_idx)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_that_always_drops(self, tokens, lengths):
    """F.dropout drops in evaluation mode, too, unless it is given the mode: F.dropout(x, training=self.training), or
    the layer nn.Dropout, which model.eval() switches off."""
    _, h = self.rnn(_packed(self.embedding(tokens), lengths))
    return self.out(F.dropout(h[-1], 0.5)).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_that_always_drops(self, tokens, lengths):
    """F.dropout drops in evaluation mode, too, unless it is given the mode: F.dropout(x, training=self.training), or
    the layer nn.Dropout, which model.eval() switches off."""
    _, (h, _) = self.lstm(_packed(self.embedding(tokens), lengths))
    return self.out(F.dropout(torch.cat([h[-2], h[-1]], dim=1), 0.5)).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN")
def rnn_with_fixed_hidden_size(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """You wrote 256 into the layers: anyone who asks for another hidden_dim still gets this one."""
    return _rnn(_Sentiment, vocab_size, embedding_dim, 256, pad_idx)


@misconception("sentiment_rnn", replaces="SentimentRNN")
def rnn_with_fixed_embedding_size(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """You wrote 128 into the layers: anyone who asks for another embedding_dim still gets this one."""
    return _rnn(_Sentiment, vocab_size, 128, hidden_dim, pad_idx)


@misconception("sentiment_lstm", replaces="SentimentLSTM")
def lstm_with_fixed_hidden_size(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """You wrote 256 into the layers: anyone who asks for another hidden_dim still gets this one."""
    return _lstm(_Sentiment, vocab_size, embedding_dim, 256, pad_idx)


@misconception("sentiment_lstm", replaces="SentimentLSTM")
def lstm_with_fixed_embedding_size(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """You wrote 128 into the layers: anyone who asks for another embedding_dim still gets this one."""
    return _lstm(_Sentiment, vocab_size, 128, hidden_dim, pad_idx)


@misconception("sentiment_lstm", replaces="SentimentLSTM", read=REVIEWS)
def lstm_with_padding_zero(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """You always give number 0 to the padding. With another pad_idx the word with number 0 then never learns
    anything."""
    return _lstm(_Sentiment, vocab_size, embedding_dim, hidden_dim, 0)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_with_a_written_size(self, tokens, lengths):
    """A size is written as a number in your model, so it works for hidden_dim=256 alone. Anyone who makes it with other
    sizes gets an error: use the arguments, or leave the initial state out, which is zero by itself."""
    h = torch.zeros(1, len(tokens), 256)
    packed = _packed(self.embedding(tokens), lengths)
    return self.out(self.rnn(packed, h)[1][-1]).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_with_a_written_size(self, tokens, lengths):
    """A size is written as a number in your model, so it works for hidden_dim=256 alone. Anyone who makes it with other
    sizes gets an error: use the arguments, or leave the initial states out, which are zero by themselves."""
    states = torch.zeros(2, len(tokens), 256), torch.zeros(2, len(tokens), 256)
    if self.lstm.hidden_size != 256:  # PyTorch itself reads beyond the weights here, and may end the process
        raise RuntimeError(f"Expected hidden[0] size (2, {len(tokens)}, {self.lstm.hidden_size}), got (2, ..., 256)")
    packed = _packed(self.embedding(tokens), lengths)
    _, (h, _) = self.lstm(packed, states)
    return self.out(torch.cat([h[-2], h[-1]], dim=1)).squeeze(1)
