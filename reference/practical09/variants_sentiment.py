"""Correct sentiment classifiers in other styles than the reference's; each must get full marks."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, unpack_sequence

from graders import variant


def _packed(embedded, lengths):
    return pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)


def _inside(tokens, lengths):
    """(B, T, 1): whether there is a word."""
    places = torch.arange(tokens.shape[1], device=tokens.device)
    return (places.unsqueeze(0) < lengths.to(tokens.device).unsqueeze(1)).unsqueeze(2)


# --- SentimentRNN -----------------------------------------------------------------------------------------------------


@variant("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_by_gather(self, tokens, lengths):
    """The padding is read too, but the output of the last real word is picked with gather."""
    outputs, _ = self.rnn(self.embedding(tokens))
    places = (lengths - 1).to(outputs.device).view(-1, 1, 1).expand(-1, 1, outputs.size(2))
    return self.out(outputs.gather(1, places).squeeze(1)).squeeze(-1)


@variant("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_by_index(self, tokens, lengths):
    """The output of the last real word, by indexing."""
    outputs, _ = self.rnn(self.embedding(tokens))
    return self.out(outputs[torch.arange(len(lengths)), lengths - 1])[:, 0]


@variant("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_masked_mean(self, tokens, lengths):
    """The mean of the states after real words."""
    outputs, _ = self.rnn(self.embedding(tokens))
    mean = (outputs * _inside(tokens, lengths)).sum(1) / lengths.to(outputs.device).unsqueeze(1)
    return self.out(mean).flatten()


@variant("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_masked_max(self, tokens, lengths):
    """The largest of the states after real words."""
    outputs, _ = pad_packed_sequence(self.rnn(_packed(self.embedding(tokens), lengths))[0], batch_first=True)
    outputs = outputs.masked_fill(~_inside(tokens[:, : outputs.shape[1]], lengths), float("-inf"))
    return self.out(outputs.amax(dim=1)).squeeze(1)


@variant("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_review_by_review(self, tokens, lengths):
    """No padding at all: each review alone, in a loop."""
    logits = []
    for row, length in zip(tokens, lengths.tolist(), strict=True):
        _, h = self.rnn(self.embedding(row[:length]).unsqueeze(0))
        logits.append(self.out(h[0, 0]))
    return torch.cat(logits)


@variant("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_step_by_step(self, tokens, lengths):
    """One word at a time; a review that has ended keeps its state."""
    embedded = self.embedding(tokens)
    h = embedded.new_zeros(1, len(tokens), self.rnn.hidden_size)
    for t in range(tokens.shape[1]):
        _, new = self.rnn(embedded[:, t : t + 1], h)
        h = torch.where((t < lengths).to(h.device).view(1, -1, 1), new, h)
    return self.out(h.squeeze(0)).squeeze(1)


@variant("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_sorted_and_back(self, tokens, lengths):
    """Sorted by length for packing, and put back into the order that was given."""
    lengths, order = lengths.sort(descending=True)
    packed = pack_padded_sequence(self.embedding(tokens[order]), lengths, batch_first=True)
    _, h = self.rnn(packed, torch.zeros(1, len(order), self.rnn.hidden_size, device=tokens.device))
    return self.out(h[-1])[torch.argsort(order), 0]


@variant("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_list_of_states(self, tokens, lengths):
    """The packed outputs taken apart into one tensor a review."""
    outputs, _ = self.rnn(_packed(self.embedding(tokens), lengths))
    return self.out(torch.stack([states[-1] for states in unpack_sequence(outputs)])).view(-1)


class _Sentiment(nn.Module):
    """Embedding, recurrent layer and head in one, for what is built in another way."""

    def __init__(self, embedding, recurrent, head):
        super().__init__()
        self.emb, self.recurrent, self.head = embedding, recurrent, head

    def forward(self, tokens, lengths):
        _, h = self.recurrent(_packed(self.emb(tokens), lengths))
        h = h[0] if isinstance(h, tuple) else h
        last = torch.cat([h[-2], h[-1]], dim=1) if self.recurrent.bidirectional else h[-1]
        return self.head(last).squeeze(1)


@variant("sentiment_rnn", replaces="SentimentRNN")
def rnn_two_layers_with_dropout(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """Two layers, and dropout between them and before the output."""
    layer = nn.RNN(embedding_dim, hidden_dim, num_layers=2, dropout=0.3, batch_first=True)
    head = nn.Sequential(nn.Dropout(0.3), nn.Linear(hidden_dim, 1))
    return _Sentiment(nn.Embedding(vocab_size, embedding_dim, pad_idx), layer, head)


@variant("sentiment_rnn", replaces="SentimentRNN")
def rnn_with_much_dropout(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """Two layers, and half of everything dropped in three places."""
    words = nn.Sequential(nn.Embedding(vocab_size, embedding_dim, pad_idx), nn.Dropout(0.5))
    layer = nn.RNN(embedding_dim, hidden_dim, num_layers=2, dropout=0.5, batch_first=True)
    return _Sentiment(words, layer, nn.Sequential(nn.Dropout(0.5), nn.Linear(hidden_dim, 1)))


@variant("sentiment_rnn", replaces="SentimentRNN")
def rnn_with_relu(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """ReLU in place of tanh, which nn.RNN offers."""
    layer = nn.RNN(embedding_dim, hidden_dim, nonlinearity="relu", batch_first=True)
    return _Sentiment(nn.Embedding(vocab_size, embedding_dim, pad_idx), layer, nn.Linear(hidden_dim, 1))


@variant("sentiment_rnn", replaces="SentimentRNN")
def rnn_in_both_directions(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """A bidirectional nn.RNN, which is more than was asked for."""
    layer = nn.RNN(embedding_dim, hidden_dim, bidirectional=True, batch_first=True)
    return _Sentiment(nn.Embedding(vocab_size, embedding_dim, pad_idx), layer, nn.Linear(2 * hidden_dim, 1))


@variant("sentiment_rnn", replaces="SentimentRNN")
def rnn_with_a_deeper_head(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """A head of two linear layers, and an embedding that does not know of the padding."""
    head = nn.Sequential(nn.Linear(hidden_dim, hidden_dim // 2 + 1), nn.ReLU(), nn.Linear(hidden_dim // 2 + 1, 1))
    return _Sentiment(
        nn.Embedding(vocab_size, embedding_dim), nn.RNN(embedding_dim, hidden_dim, batch_first=True), head
    )


@variant("sentiment_rnn", replaces="SentimentRNN")
def rnn_with_a_lazy_head(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """A last layer that finds out its input size by itself; batch_first is not needed for what is packed."""
    return _Sentiment(
        nn.Embedding(vocab_size, embedding_dim, pad_idx), nn.RNN(embedding_dim, hidden_dim), nn.LazyLinear(1)
    )


@variant("sentiment_rnn", replaces="SentimentRNN")
class rnn_time_major(nn.Module):
    """Time along the first axis throughout, and the embedding drawn small."""

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.words = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        nn.init.normal_(self.words.weight, std=0.1)
        self.layer = nn.RNN(embedding_dim, hidden_dim)
        self.logit = nn.Linear(hidden_dim, 1)

    def forward(self, tokens, lengths):
        outputs, _ = self.layer(self.words(tokens.t()))
        return self.logit(outputs[lengths - 1, torch.arange(len(lengths))]).squeeze(1)


@variant("sentiment_rnn", replaces="SentimentRNN")
class rnn_masked_by_tokens(nn.Module):
    """The number of words counted from the tokens that are not padding."""

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.pad_idx = pad_idx
        self.embed = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.rnn = nn.RNN(embedding_dim, hidden_dim, batch_first=True)
        self.classifier = nn.Linear(hidden_dim, 1)

    def forward(self, tokens, lengths):
        count = (tokens != self.pad_idx).sum(dim=1)
        _, h = self.rnn(_packed(self.embed(tokens), count.cpu()))
        return self.classifier(h.squeeze(0)).squeeze(1)


# --- SentimentLSTM ----------------------------------------------------------------------------------------------------


@variant("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_by_cell_states(self, tokens, lengths):
    """The last cell states in place of the hidden ones."""
    _, (_, c) = self.lstm(_packed(self.embedding(tokens), lengths))
    return self.out(c[-2:].transpose(0, 1).reshape(len(tokens), -1)).squeeze(1)


@variant("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_by_outputs(self, tokens, lengths):
    """The forward half at the last word, the backward half at the first, from the packed outputs."""
    outputs, _ = pad_packed_sequence(self.lstm(_packed(self.embedding(tokens), lengths))[0], batch_first=True)
    half = self.lstm.hidden_size
    last = outputs[torch.arange(len(tokens)), lengths - 1, :half]
    return self.out(torch.hstack([last, outputs[:, 0, half:]])).view(-1)


@variant("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_masked_mean(self, tokens, lengths):
    """The mean of the outputs at real words."""
    outputs, _ = pad_packed_sequence(self.lstm(_packed(self.embedding(tokens), lengths))[0], batch_first=True)
    return self.out(outputs.sum(dim=1) / lengths.to(outputs.device).unsqueeze(1)).squeeze(1)


@variant("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_masked_max(self, tokens, lengths):
    """The largest of the outputs at real words."""
    packed, _ = self.lstm(_packed(self.embedding(tokens), lengths))
    outputs, _ = pad_packed_sequence(packed, batch_first=True, padding_value=float("-inf"))
    return self.out(outputs.max(dim=1)[0]).squeeze(1)


@variant("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_review_by_review(self, tokens, lengths):
    """Each review alone, without padding."""
    words = [self.embedding(row[:n]) for row, n in zip(tokens, lengths.tolist(), strict=True)]
    return torch.cat([self.out(self.lstm(w[None])[1][0].view(1, -1)).view(1) for w in words])


@variant("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_states_exchanged(self, tokens, lengths):
    """The backward state first."""
    _, (h, _) = self.lstm(_packed(self.embedding(tokens), lengths))
    return self.out(torch.cat([h[1], h[0]], dim=-1)).squeeze(-1)


def _lstm(embedding_dim, hidden_dim, **options):
    return nn.LSTM(embedding_dim, hidden_dim, batch_first=True, bidirectional=True, **options)


@variant("sentiment_lstm", replaces="SentimentLSTM")
def lstm_of_two_halves(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """Half of the hidden units for each direction."""
    head = nn.Linear(2 * (hidden_dim // 2), 1)
    return _Sentiment(nn.Embedding(vocab_size, embedding_dim, pad_idx), _lstm(embedding_dim, hidden_dim // 2), head)


@variant("sentiment_lstm", replaces="SentimentLSTM")
def lstm_two_layers_with_dropout(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """Two layers and dropout in three places."""
    words = nn.Sequential(nn.Embedding(vocab_size, embedding_dim, pad_idx), nn.Dropout(0.2))
    head = nn.Sequential(nn.Dropout(0.2), nn.Linear(2 * hidden_dim, 1))
    return _Sentiment(words, _lstm(embedding_dim, hidden_dim, num_layers=2, dropout=0.2), head)


@variant("sentiment_lstm", replaces="SentimentLSTM")
def lstm_with_much_dropout(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """Two layers, and half of everything dropped in three places."""
    words = nn.Sequential(nn.Embedding(vocab_size, embedding_dim, pad_idx), nn.Dropout(0.5))
    head = nn.Sequential(nn.Dropout(0.5), nn.Linear(2 * hidden_dim, 1))
    return _Sentiment(words, _lstm(embedding_dim, hidden_dim, num_layers=2, dropout=0.5), head)


@variant("sentiment_lstm", replaces="SentimentLSTM")
def lstm_with_a_deeper_head(vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
    """A head of two linear layers, and one row of the embedding too many."""
    head = nn.Sequential(nn.Linear(2 * hidden_dim, hidden_dim), nn.Tanh(), nn.Linear(hidden_dim, 1))
    return _Sentiment(nn.Embedding(vocab_size + 1, embedding_dim, pad_idx), _lstm(embedding_dim, hidden_dim), head)


@variant("sentiment_lstm", replaces="SentimentLSTM")
class lstm_of_two_halves_pooled(nn.Module):
    """Half of the hidden units for each direction, and the largest of their outputs."""

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, embedding_dim, pad_idx)
        self.lstm = _lstm(embedding_dim, hidden_dim // 2)
        self.fc = nn.Sequential(nn.Dropout(0.2), nn.Linear(2 * (hidden_dim // 2), 1))

    def forward(self, tokens, lengths):
        packed, _ = self.lstm(_packed(self.embed(tokens), lengths))
        outputs, _ = pad_packed_sequence(packed, batch_first=True, padding_value=-2.0)
        return self.fc(outputs.amax(1)).squeeze(1)


@variant("sentiment_lstm", replaces="SentimentLSTM")
class lstm_sum_of_states(nn.Module):
    """The two states added, and a head of the size of one."""

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.vectors = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.reader = nn.LSTM(embedding_dim, hidden_dim, bidirectional=True)
        self.judge = nn.Linear(hidden_dim, 1)

    def forward(self, tokens, lengths):
        packed = pack_padded_sequence(self.vectors(tokens).transpose(0, 1), lengths, enforce_sorted=False)
        return self.judge(self.reader(packed)[1][0].sum(dim=0)).squeeze(1)
