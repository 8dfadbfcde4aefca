"""Correct sentiment classifiers that are built in less usual ways; each must get full marks."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from graders import variant


def _packed(embedded, lengths, batch_first=True):
    return pack_padded_sequence(embedded, lengths, batch_first=batch_first, enforce_sorted=False)


def _inside(tokens, lengths):
    """(B, T): whether there is a word."""
    return torch.arange(tokens.shape[1], device=tokens.device)[None] < lengths.to(tokens.device)[:, None]


class _Reader(nn.Module):
    """A recurrent layer that gives the last states of a review, both side by side where there are two."""

    def __init__(self, layer):
        super().__init__()
        self.inner = layer

    def forward(self, embedded, lengths):
        last = self.inner(_packed(embedded, lengths))[1]
        last = last[0] if isinstance(last, tuple) else last
        return torch.cat([last[-2], last[-1]], dim=1) if self.inner.bidirectional else last[-1]


class _InParts(nn.Module):
    """All layers in a list, and a helper module between them."""

    def __init__(self, vocab_size, embedding_dim, layer, width, pad_idx):
        super().__init__()
        words = nn.Embedding.from_pretrained(torch.randn(vocab_size, embedding_dim), freeze=False, padding_idx=pad_idx)
        self.parts = nn.ModuleList([words, _Reader(layer), nn.Sequential(nn.Dropout(0.1), nn.Linear(width, 1))])

    def forward(self, tokens, lengths):
        words, reader, head = self.parts
        return torch.flatten(head(reader(words(tokens), lengths)))


@variant("sentiment_rnn", replaces="SentimentRNN")
def rnn_in_parts(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """Helper modules in a ModuleList, and word vectors that were there before."""
    return _InParts(vocab_size, embedding_dim, nn.RNN(embedding_dim, hidden_dim), hidden_dim, pad_idx)


@variant("sentiment_lstm", replaces="SentimentLSTM")
def lstm_in_parts(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """Helper modules in a ModuleList, and word vectors that were there before."""
    layer = nn.LSTM(embedding_dim, hidden_dim, bidirectional=True)
    return _InParts(vocab_size, embedding_dim, layer, 2 * hidden_dim, pad_idx)


class _Wrapped(nn.Module):
    """Passes everything on, as nn.DataParallel does on one device."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, *given, **named):
        return self.module(*given, **named)


@variant("sentiment_rnn", replaces="SentimentRNN")
def rnn_wrapped_twice(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """The class behind two wrappers, one of them PyTorch's."""
    inner = _InParts(vocab_size, embedding_dim, nn.RNN(embedding_dim, hidden_dim), hidden_dim, pad_idx)
    return nn.DataParallel(_Wrapped(inner)) if torch.cuda.device_count() > 1 else _Wrapped(_Wrapped(inner))


class _Attention(nn.Module):
    """A weighted mean of the outputs at real words, whose weights the model learns."""

    def __init__(self, width):
        super().__init__()
        self.hidden, self.score = nn.Linear(width, width), nn.Linear(width, 1, bias=False)

    def forward(self, outputs, inside):
        scores = self.score(torch.tanh(self.hidden(outputs))).squeeze(2).masked_fill(~inside, float("-inf"))
        return (torch.softmax(scores, dim=1).unsqueeze(2) * outputs).sum(dim=1)


class _Attending(nn.Module):
    def __init__(self, embedding, layer):
        super().__init__()
        width = layer.hidden_size * (1 + layer.bidirectional)
        self.embedding, self.layer, self.attention = embedding, layer, _Attention(width)
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, 1)

    def forward(self, tokens, lengths):
        packed, _ = self.layer(_packed(self.embedding(tokens), lengths))
        outputs, _ = pad_packed_sequence(packed, batch_first=True, total_length=tokens.shape[1])
        return self.out(self.norm(self.attention(outputs, _inside(tokens, lengths)))).squeeze(-1)


@variant("sentiment_rnn", replaces="SentimentRNN")
def rnn_with_attention(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """Attention over the outputs, and layer normalisation."""
    layer = nn.RNN(embedding_dim, hidden_dim, batch_first=True)
    return _Attending(nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx), layer)


@variant("sentiment_lstm", replaces="SentimentLSTM")
def lstm_with_attention(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """Attention over the outputs, and layer normalisation."""
    layer = nn.LSTM(embedding_dim, hidden_dim, batch_first=True, bidirectional=True)
    return _Attending(nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx), layer)


@variant("sentiment_rnn", replaces="SentimentRNN")
class rnn_last_mean_and_largest(nn.Module):
    """The last state next to mean and maximum, through a hidden layer; what is packed is sorted by hand."""

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.rnn = nn.RNN(embedding_dim, hidden_dim, batch_first=True)
        self.hidden, self.out = nn.Linear(3 * hidden_dim, hidden_dim), nn.Linear(hidden_dim, 1)

    def forward(self, tokens, lengths):
        lengths, order = lengths.sort(descending=True)
        packed, last = self.rnn(pack_padded_sequence(self.embedding(tokens[order]), lengths, batch_first=True))
        outputs, _ = pad_packed_sequence(packed, batch_first=True)
        mean = outputs.sum(dim=1) / lengths.to(outputs.device)[:, None]
        outputs, _ = pad_packed_sequence(packed, batch_first=True, padding_value=-1e9)
        joined = torch.cat([last[-1], mean, outputs.max(dim=1).values], dim=1)
        return self.out(torch.relu(self.hidden(joined)))[order.argsort()].squeeze(1)


@variant("sentiment_rnn", replaces="SentimentRNN")
class rnn_of_two_layers_by_hand(nn.Module):
    """Two nn.RNN one after the other, the second reading what the first one gives."""

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.lower = nn.RNN(embedding_dim, hidden_dim, batch_first=True)
        self.upper = nn.RNN(hidden_dim, hidden_dim, batch_first=True)
        self.out = nn.Linear(hidden_dim, 1)

    def forward(self, tokens, lengths):
        _, last = self.upper(self.lower(_packed(self.embedding(tokens), lengths))[0])
        return self.out(last[-1]).squeeze(1)


@variant("sentiment_lstm", replaces="SentimentLSTM")
class lstm_with_a_gru_above(nn.Module):
    """A GRU that reads the LSTM's outputs once more."""

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, batch_first=True, bidirectional=True)
        self.gru = nn.GRU(2 * hidden_dim, hidden_dim, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden_dim, 1)

    def forward(self, tokens, lengths):
        _, last = self.gru(self.lstm(_packed(self.embedding(tokens), lengths))[0])
        return self.out(torch.cat([last[0], last[1]], dim=1)).squeeze(1)


@variant("sentiment_rnn", replaces="SentimentRNN")
class rnn_with_a_number_for_a_bias(nn.Module):
    """The last layer written out: a vector, and a bias that is a single number without an axis."""

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.layers = nn.ModuleList(
            [nn.Embedding(vocab_size, embedding_dim, pad_idx), nn.RNN(embedding_dim, hidden_dim)]
        )
        self.weight = nn.Parameter(torch.randn(hidden_dim) / hidden_dim**0.5)
        self.bias = nn.Parameter(torch.zeros(()))

    def forward(self, tokens, lengths):
        words, rnn = self.layers
        return rnn(_packed(words(tokens).transpose(0, 1), lengths, False))[1][0] @ self.weight + self.bias


@variant("sentiment_lstm", replaces="SentimentLSTM")
class lstm_with_heads_of_attention(nn.Module):
    """Half of the hidden units for each direction, and attention with heads, whose number divides 256."""

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.words = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim // 2, batch_first=True, bidirectional=True)
        self.attention = nn.MultiheadAttention(hidden_dim, 8, batch_first=True)
        self.head = nn.Linear(hidden_dim, 1)

    def forward(self, tokens, lengths):
        outputs, _ = pad_packed_sequence(self.lstm(_packed(self.words(tokens), lengths))[0], batch_first=True)
        inside = _inside(outputs, lengths)
        mean = (outputs * inside[..., None]).sum(1, keepdim=True) / lengths.to(outputs)[:, None, None]
        found, _ = self.attention(mean, outputs, outputs, key_padding_mask=~inside)
        return self.head(found.squeeze(1)).squeeze(1)
