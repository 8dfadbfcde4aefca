"""Wrong sentiment classifiers with a bidirectional LSTM, each with its explanation."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from graders import misconception

from .misconceptions_headings import REVIEWS


def _packed(embedded, lengths, **options):
    return pack_padded_sequence(embedded, lengths, batch_first=True, **({"enforce_sorted": False} | options))


def _states(self, tokens, lengths):
    _, (h, _) = self.lstm(_packed(self.embedding(tokens), lengths))
    return h


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_forward_state_twice(self, tokens, lengths):
    """You use the forward state twice and the backward state not at all: h_n[-2] is the one, h_n[-1] the other."""
    h = _states(self, tokens, lengths)
    return self.out(torch.cat([h[-2], h[-2]], dim=1)).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_backward_state_twice(self, tokens, lengths):
    """You use the backward state twice and the forward state not at all: h_n[-2] is the one, h_n[-1] the other."""
    h = _states(self, tokens, lengths)
    return self.out(torch.cat([h[-1], h[-1]], dim=1)).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_output_of_the_last_word(self, tokens, lengths):
    """You take the output at the last word. Its forward half has read the whole review, but its backward half starts
    there and has read a single word. h_n holds both at their ends."""
    outputs, _ = pad_packed_sequence(self.lstm(_packed(self.embedding(tokens), lengths))[0], batch_first=True)
    return self.out(outputs[torch.arange(len(tokens)), lengths - 1]).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_output_of_the_first_word(self, tokens, lengths):
    """You take the output at the first word. Its backward half has read the whole review, but its forward half has read
    a single word. h_n holds both at their ends."""
    outputs, _ = pad_packed_sequence(self.lstm(_packed(self.embedding(tokens), lengths))[0], batch_first=True)
    return self.out(outputs[:, 0]).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward", read=REVIEWS)
def lstm_output_of_the_last_column(self, tokens, lengths):
    """output[:, -1] is wrong twice. In a short review it lies behind the end, in the padding; and its backward half has
    only just begun to read there."""
    outputs, _ = self.lstm(self.embedding(tokens))
    return self.out(outputs[:, -1]).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward", read=REVIEWS)
def lstm_reads_the_padding(self, tokens, lengths):
    """You give the LSTM the padding to read as well: forwards it ends on it, backwards it begins with it. Pack the
    sequences, so that it knows where each review ends."""
    _, (h, _) = self.lstm(self.embedding(tokens))
    return self.out(torch.cat([h[-2], h[-1]], dim=1)).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward", read=REVIEWS)
def lstm_picks_from_padded_outputs(self, tokens, lengths):
    """You pick the forward half at the last word and the backward half at the first, which is right. But backwards the
    LSTM has come through the padding before it reaches the words; packing would have spared it that."""
    outputs, _ = self.lstm(self.embedding(tokens))
    forward, backward = outputs.chunk(2, dim=2)
    return self.out(torch.cat([forward[torch.arange(len(tokens)), lengths - 1], backward[:, 0]], dim=1)).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward", read=REVIEWS)
def lstm_averages_the_padding(self, tokens, lengths):
    """Your mean runs over all columns, so what the LSTM makes of the padding counts as much as a word."""
    outputs, _ = self.lstm(self.embedding(tokens))
    return self.out(outputs.mean(dim=1)).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward", read=REVIEWS)
def lstm_mean_of_padded_outputs(self, tokens, lengths):
    """You average over real words only, which is right. But the backward half has read the padding before it comes to
    the words, and that has changed all its outputs; packing would have spared it that."""
    outputs, _ = self.lstm(self.embedding(tokens))
    inside = (torch.arange(tokens.shape[1]) < lengths.unsqueeze(1)).unsqueeze(2)
    return self.out((outputs * inside).sum(dim=1) / lengths.unsqueeze(1)).squeeze(1)


def _unpacked(self, tokens, lengths):
    return pad_packed_sequence(self.lstm(_packed(self.embedding(tokens), lengths))[0], batch_first=True)[0]


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward", read=REVIEWS)
def lstm_last_column_after_unpacking(self, tokens, lengths):
    """After unpacking, `output[:, -1]` holds zeros for a review that is not the longest; and for the longest, its
    backward half has only just begun to read there. h_n holds both at their ends."""
    return self.out(_unpacked(self, tokens, lengths)[:, -1]).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward", read=REVIEWS)
def lstm_forward_half_of_the_last_column(self, tokens, lengths):
    """Your backward half comes from the first word, which is right. But the forward half comes from the last column,
    where after unpacking there are zeros for every review that is not the longest of its batch."""
    forward, backward = _unpacked(self, tokens, lengths).chunk(2, dim=2)
    return self.out(torch.cat([forward[:, -1], backward[:, 0]], dim=1)).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward", read=REVIEWS)
def lstm_mean_of_unpacked_zeros(self, tokens, lengths):
    """After unpacking, padded places hold zeros. They add nothing to the sum, but `mean` still divides by their
    number: divide by lengths."""
    return self.out(_unpacked(self, tokens, lengths).mean(dim=1)).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward", read=REVIEWS)
def lstm_largest_of_unpacked_zeros(self, tokens, lengths):
    """After unpacking, padded places hold zeros, and a zero is larger than every negative output: your maximum is of
    words and padding. Fill these places with -inf first."""
    return self.out(_unpacked(self, tokens, lengths).max(dim=1).values).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward", read=REVIEWS)
def lstm_largest_of_the_padding(self, tokens, lengths):
    """Your maximum runs over all columns: an output that the padding made can be the largest."""
    return self.out(self.lstm(self.embedding(tokens))[0].max(dim=1).values).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_states_reshaped(self, tokens, lengths):
    """h_n is (2, B, hidden). Reshaping it to (B, 2 * hidden) does not exchange the axes, so each row gets states of
    different reviews: join h_n[-2] and h_n[-1] with torch.cat."""
    return self.out(_states(self, tokens, lengths).reshape(len(tokens), -1)).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_with_a_sigmoid(self, tokens, lengths):
    """Your model ends with a sigmoid. BCEWithLogitsLoss has its own, so in training it is applied twice."""
    h = _states(self, tokens, lengths)
    return torch.sigmoid(self.out(torch.cat([h[-2], h[-1]], dim=1))).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_gives_a_column(self, tokens, lengths):
    """Your logits are a column, (B, 1), but the labels are a row of B numbers: squeeze(1) takes the extra axis away."""
    h = _states(self, tokens, lengths)
    return self.out(torch.cat([h[-2], h[-1]], dim=1))


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_squeezes_a_batch_of_one(self, tokens, lengths):
    """squeeze() takes every axis of length 1 away, for a single review also that of the batch: squeeze(1)."""
    h = _states(self, tokens, lengths)
    return self.out(torch.cat([h[-2], h[-1]], dim=1)).squeeze()


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_wants_sorted_reviews(self, tokens, lengths):
    """Packing as you do it needs the longest review first. Reviews come in any order: say enforce_sorted=False."""
    _, (h, _) = self.lstm(_packed(self.embedding(tokens), lengths, enforce_sorted=True))
    return self.out(torch.cat([h[-2], h[-1]], dim=1)).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_keeps_the_sorted_order(self, tokens, lengths):
    """You sort the reviews by length and give the logits back in that order: undo the sorting at the end."""
    order = torch.argsort(lengths, descending=True, stable=True)
    h = _states(self, tokens[order], lengths[order])
    return self.out(torch.cat([h[-2], h[-1]], dim=1)).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_cut_from_its_states(self, tokens, lengths):
    """You detach the states before the last layer, so embedding and LSTM can never learn."""
    h = _states(self, tokens, lengths).detach()
    return self.out(torch.cat([h[-2], h[-1]], dim=1)).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_without_gradient(self, tokens, lengths):
    """You compute under torch.no_grad(), so nothing in the model can learn. That belongs to prediction only."""
    with torch.no_grad():
        h = _states(self, tokens, lengths)
        return self.out(torch.cat([h[-2], h[-1]], dim=1)).squeeze(1)


class _Sentiment(nn.Module):
    """Embedding, a recurrent layer and a logit from some of its last states, to be built in various ways."""

    def __init__(self, embedding, layer, states=(-2, -1), freeze=False):
        super().__init__()
        self.embedding, self.layer, self.states = embedding, layer, states
        self.out = nn.Linear(len(states) * layer.hidden_size, 1)
        embedding.weight.requires_grad_(not freeze)

    def forward(self, tokens, lengths):
        _, h = self.layer(_packed(self.embedding(tokens), lengths))
        h = h[0] if isinstance(h, tuple) else h
        return self.out(torch.cat([h[i] for i in self.states], dim=1)).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM")
def lstm_in_one_direction(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """Your LSTM reads forwards only: bidirectional=True is missing."""
    embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
    return _Sentiment(embedding, nn.LSTM(embedding_dim, hidden_dim, batch_first=True), states=(-1,))


@misconception("sentiment_lstm", replaces="SentimentLSTM")
def lstm_last_state_only(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """With two directions h_n[-1] is the backward state alone. The forward state, h_n[-2], is never used."""
    embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
    layer = nn.LSTM(embedding_dim, hidden_dim, batch_first=True, bidirectional=True)
    return _Sentiment(embedding, layer, states=(-1,))


@misconception("sentiment_lstm", replaces="SentimentLSTM")
def lstm_first_state_only(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """With two directions h_n[0] is the forward state alone. The backward state is never used."""
    embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
    layer = nn.LSTM(embedding_dim, hidden_dim, batch_first=True, bidirectional=True)
    return _Sentiment(embedding, layer, states=(0,))


@misconception("sentiment_lstm", replaces="SentimentLSTM")
def lstm_of_the_lower_layer(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """With two layers h_n holds four states: h_n[0] and h_n[1] are the lower layer's. The upper layer's, h_n[-2] and
    h_n[-1], are never used."""
    embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
    layer = nn.LSTM(embedding_dim, hidden_dim, num_layers=2, batch_first=True, bidirectional=True)
    return _Sentiment(embedding, layer, states=(0, 1))


@misconception("sentiment_lstm", replaces="SentimentLSTM")
def lstm_is_a_gru(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """The recurrent layer is a GRU; the question asks for an LSTM."""
    embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
    return _Sentiment(embedding, nn.GRU(embedding_dim, hidden_dim, batch_first=True, bidirectional=True))


@misconception("sentiment_lstm", replaces="SentimentLSTM")
def lstm_is_a_plain_rnn(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """The recurrent layer is still the plain RNN of the question before."""
    embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
    return _Sentiment(embedding, nn.RNN(embedding_dim, hidden_dim, batch_first=True, bidirectional=True))


@misconception("sentiment_lstm", replaces="SentimentLSTM")
def lstm_with_fixed_sizes(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """You wrote 128 and 256 into the layers. Anyone who asks for other sizes still gets these."""
    embedding = nn.Embedding(vocab_size, 128, padding_idx=pad_idx)
    return _Sentiment(embedding, nn.LSTM(128, 256, batch_first=True, bidirectional=True))


@misconception("sentiment_lstm", replaces="SentimentLSTM")
def lstm_with_a_frozen_embedding(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """The word vectors are frozen, so they stay what chance made them and never learn which words praise."""
    embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
    layer = nn.LSTM(embedding_dim, hidden_dim, batch_first=True, bidirectional=True)
    return _Sentiment(embedding, layer, freeze=True)


@misconception("sentiment_lstm", replaces="SentimentLSTM")
class lstm_along_the_batch(nn.Module):
    """Without batch_first=True the LSTM takes the first axis for time and reads from one review into the next."""

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, bidirectional=True)
        self.out = nn.Linear(2 * hidden_dim, 1)

    def forward(self, tokens, lengths):
        outputs, _ = self.lstm(self.embedding(tokens))
        return self.out(outputs[torch.arange(len(tokens)), lengths - 1]).squeeze(1)
