"""Wrong sentiment classifiers, each with its explanation. Training and prediction are in others."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from graders import misconception

from .misconceptions_headings import REVIEWS


def _packed(embedded, lengths, **options):
    return pack_padded_sequence(embedded, lengths, batch_first=True, **({"enforce_sorted": False} | options))


def _at(outputs, places):
    """The outputs (B, T, H) of one place a review."""
    return outputs[torch.arange(len(outputs)), places]


# --- SentimentRNN -----------------------------------------------------------------------------------------------------


@misconception("sentiment_rnn", replaces="SentimentRNN.forward", read=REVIEWS)
def rnn_reads_the_padding(self, tokens, lengths):
    """You take the state at the end of the padded sequence. For a short review that is the state after many steps of
    padding, which have written over what its words left there."""
    outputs, _ = self.rnn(self.embedding(tokens))
    return self.out(outputs[:, -1]).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward", read=REVIEWS)
def rnn_averages_the_padding(self, tokens, lengths):
    """Your mean runs over all columns, so the states after a review's end count as much as those of its words, and the
    more padding there is, the more they count."""
    outputs, _ = self.rnn(self.embedding(tokens))
    return self.out(outputs.mean(dim=1)).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward", read=REVIEWS)
def rnn_sums_over_the_padding(self, tokens, lengths):
    """You divide by the number of real words, but the sum above it also holds the states that the padding made."""
    outputs, _ = self.rnn(self.embedding(tokens))
    return self.out(outputs.sum(dim=1) / lengths.unsqueeze(1)).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward", read=REVIEWS)
def rnn_largest_of_the_padding(self, tokens, lengths):
    """Your maximum runs over all columns: a state that the padding made can be the largest."""
    outputs, _ = self.rnn(self.embedding(tokens))
    return self.out(outputs.max(dim=1).values).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward", read=REVIEWS)
def rnn_mean_of_unpacked_zeros(self, tokens, lengths):
    """After unpacking, padded places hold zeros. They add nothing to the sum, but `mean` still divides by their
    number."""
    outputs, _ = self.rnn(_packed(self.embedding(tokens), lengths))
    outputs, _ = pad_packed_sequence(outputs, batch_first=True, total_length=tokens.shape[1])
    return self.out(outputs.mean(dim=1)).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward", read=REVIEWS)
def rnn_last_column_after_unpacking(self, tokens, lengths):
    """After unpacking, `output[:, -1]` is the state of the longest review's last word; of a shorter review it holds
    zeros. h_n holds the last state of each."""
    outputs, _ = pad_packed_sequence(self.rnn(_packed(self.embedding(tokens), lengths))[0], batch_first=True)
    return self.out(outputs[:, -1]).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward", read=REVIEWS)
def rnn_largest_of_unpacked_zeros(self, tokens, lengths):
    """After unpacking, padded places hold zeros, and a zero is larger than every negative state: your maximum is of
    words and padding. Fill these places with -inf first."""
    outputs, _ = pad_packed_sequence(self.rnn(_packed(self.embedding(tokens), lengths))[0], batch_first=True)
    return self.out(outputs.max(dim=1).values).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_one_place_too_far(self, tokens, lengths):
    """Places are counted from 0: the last word of a review stands at lengths - 1. At lengths there is padding, where
    there is anything."""
    outputs, _ = self.rnn(self.embedding(tokens))
    return self.out(_at(outputs, lengths.clamp(max=tokens.shape[1] - 1))).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_drops_the_last_word(self, tokens, lengths):
    """You stop one word too early: the state that you use has not seen the review's last word."""
    outputs, _ = self.rnn(self.embedding(tokens))
    return self.out(_at(outputs, (lengths - 2).clamp(min=0))).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_first_output(self, tokens, lengths):
    """You take the output of the first step. It has seen one word; the output of the last word has seen them all."""
    outputs, _ = self.rnn(self.embedding(tokens))
    return self.out(outputs[:, 0]).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_wants_sorted_reviews(self, tokens, lengths):
    """Packing as you do it needs the longest review first. Reviews come in any order: say enforce_sorted=False."""
    _, h = self.rnn(_packed(self.embedding(tokens), lengths, enforce_sorted=True))
    return self.out(h[-1]).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_keeps_the_sorted_order(self, tokens, lengths):
    """You sort the reviews by length and give the logits back in that order, so they belong to other reviews than the
    caller thinks. Undo the sorting at the end."""
    order = torch.argsort(lengths, descending=True, stable=True)
    _, h = self.rnn(_packed(self.embedding(tokens[order]), lengths[order]))
    return self.out(h[-1]).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_with_a_sigmoid(self, tokens, lengths):
    """Your model ends with a sigmoid. BCEWithLogitsLoss has its own, so in training it is applied twice, and the
    gradients become small where the model is wrong."""
    _, h = self.rnn(_packed(self.embedding(tokens), lengths))
    return torch.sigmoid(self.out(h[-1])).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_gives_a_column(self, tokens, lengths):
    """Your logits are a column, (B, 1), but the labels are a row of B numbers: squeeze(1) takes the extra axis away."""
    _, h = self.rnn(_packed(self.embedding(tokens), lengths))
    return self.out(h[-1])


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_squeezes_a_batch_of_one(self, tokens, lengths):
    """squeeze() takes every axis of length 1 away, for a single review also that of the batch. Name the axis:
    squeeze(1)."""
    _, h = self.rnn(_packed(self.embedding(tokens), lengths))
    return self.out(h[-1]).squeeze()


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_minus_the_batchs_mean(self, tokens, lengths):
    """You subtract the mean over the batch, so what a review gets depends on who shares its batch; a single review
    always gets 0."""
    _, h = self.rnn(_packed(self.embedding(tokens), lengths))
    logits = self.out(h[-1]).squeeze(1)
    return logits - logits.mean()


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_cut_from_its_embedding(self, tokens, lengths):
    """You cut the gradient off between embedding and RNN, so the word vectors stay what chance made them."""
    _, h = self.rnn(_packed(self.embedding(tokens).detach(), lengths))
    return self.out(h[-1]).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_cut_from_its_states(self, tokens, lengths):
    """You detach the state before the last layer, so only that layer can learn; embedding and RNN stay as chance made
    them."""
    _, h = self.rnn(_packed(self.embedding(tokens), lengths))
    return self.out(h[-1].detach()).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_that_is_not_used(self, tokens, lengths):
    """Your logit is made from the mean of the word vectors; the RNN is there but nothing that it computes is used, so
    the order of the words does not matter."""
    inside = (torch.arange(tokens.shape[1]) < lengths.unsqueeze(1)).unsqueeze(2)
    mean = (self.embedding(tokens) * inside).sum(dim=1) / lengths.unsqueeze(1)
    wide = nn.functional.pad(mean, (0, max(0, self.out.in_features - mean.shape[1])))
    return self.out(wide[:, : self.out.in_features]).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_with_a_new_head_each_time(self, tokens, lengths):
    """You make the last layer in forward, so each call has another one with new random weights, and no optimiser knows
    of it. Layers are made in __init__."""
    _, h = self.rnn(_packed(self.embedding(tokens), lengths))
    return nn.Linear(h.shape[2], 1)(h[-1]).squeeze(1)


class _Sentiment(nn.Module):
    """Embedding, a recurrent layer and one logit, to be built in various ways."""

    def __init__(self, embedding, layer, outputs=1, width=1):
        super().__init__()
        self.embedding, self.layer = embedding, layer
        self.out = nn.Linear(width * layer.hidden_size, outputs)

    def forward(self, tokens, lengths):
        _, h = self.layer(_packed(self.embedding(tokens), lengths))
        return self.out((h[0] if isinstance(h, tuple) else h)[-1]).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN")
def rnn_is_an_lstm(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """The recurrent layer is an LSTM. That is the next question's; this one is about the plain nn.RNN."""
    embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
    return _Sentiment(embedding, nn.LSTM(embedding_dim, hidden_dim, batch_first=True))


@misconception("sentiment_rnn", replaces="SentimentRNN")
def rnn_is_a_gru(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """The recurrent layer is a GRU; this question is about the plain nn.RNN."""
    embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
    return _Sentiment(embedding, nn.GRU(embedding_dim, hidden_dim, batch_first=True))


@misconception("sentiment_rnn", replaces="SentimentRNN")
def rnn_with_fixed_sizes(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """You wrote 128 and 256 into the layers. Anyone who asks for other sizes still gets these: use embedding_dim and
    hidden_dim."""
    return _Sentiment(nn.Embedding(vocab_size, 128, padding_idx=pad_idx), nn.RNN(128, 256, batch_first=True))


@misconception("sentiment_rnn", replaces="SentimentRNN")
def rnn_with_swapped_sizes(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """Embedding and hidden size have changed places: the word vectors have hidden_dim numbers and the state
    embedding_dim."""
    embedding = nn.Embedding(vocab_size, hidden_dim, padding_idx=pad_idx)
    return _Sentiment(embedding, nn.RNN(hidden_dim, embedding_dim, batch_first=True))


@misconception("sentiment_rnn", replaces="SentimentRNN", read=REVIEWS)
def rnn_with_padding_zero(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """You always give number 0 to the padding. With another pad_idx the word with number 0 then never learns
    anything."""
    embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=0)
    return _Sentiment(embedding, nn.RNN(embedding_dim, hidden_dim, batch_first=True))


@misconception("sentiment_rnn", replaces="SentimentRNN")
def rnn_with_a_frozen_embedding(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """The word vectors are frozen, so they stay what chance made them and never learn which words praise."""
    embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
    embedding.weight.requires_grad_(False)
    return _Sentiment(embedding, nn.RNN(embedding_dim, hidden_dim, batch_first=True))


@misconception("sentiment_rnn", replaces="SentimentRNN")
def rnn_with_two_outputs(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """You give two numbers a review, one a class. BCEWithLogitsLoss wants a single logit, that of "positive"."""
    embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
    return _Sentiment(embedding, nn.RNN(embedding_dim, hidden_dim, batch_first=True), outputs=2)


@misconception("sentiment_rnn", replaces="SentimentRNN")
class rnn_along_the_batch(nn.Module):
    """Without batch_first=True the RNN takes the first axis for time: it reads the first words of all reviews as if
    they were one sentence, then their second words, and so on."""

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.rnn = nn.RNN(embedding_dim, hidden_dim)
        self.out = nn.Linear(hidden_dim, 1)

    def forward(self, tokens, lengths):
        outputs, _ = self.rnn(self.embedding(tokens))
        return self.out(_at(outputs, lengths - 1)).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN")
class rnn_of_the_lower_layer(nn.Module):
    """h_n[0] is the state of the lowest layer. The layers above it are computed and thrown away; h_n[-1] is the
    highest."""

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.rnn = nn.RNN(embedding_dim, hidden_dim, num_layers=2, batch_first=True)
        self.out = nn.Linear(hidden_dim, 1)

    def forward(self, tokens, lengths):
        _, h = self.rnn(_packed(self.embedding(tokens), lengths))
        return self.out(h[0]).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN")
class rnn_states_reshaped(nn.Module):
    """h_n is (layers, B, hidden). Reshaping it to (B, layers * hidden) does not exchange the axes, so each row gets
    states of different reviews: take h_n[-1], or transpose first."""

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.rnn = nn.RNN(embedding_dim, hidden_dim, num_layers=2, batch_first=True)
        self.out = nn.Linear(2 * hidden_dim, 1)

    def forward(self, tokens, lengths):
        _, h = self.rnn(_packed(self.embedding(tokens), lengths))
        return self.out(h.reshape(len(tokens), -1)).squeeze(1)
