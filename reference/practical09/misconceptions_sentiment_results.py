"""Sentiment classifiers that take what a layer or a function returns for something else, each with its explanation."""

import torch
from torch.nn.utils.rnn import pack_padded_sequence

from graders import misconception

from .misconceptions_sentiment_training import on_device


def _last(self, tokens, lengths):
    """What nn.RNN or nn.LSTM returns second."""
    packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
    return (self.rnn if hasattr(self, "rnn") else self.lstm)(packed)[1]


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_without_negative_logits(self, tokens, lengths):
    """A ReLU cuts off your logits at 0, so no review is ever judged negative, and where it cuts nothing is learnt. The
    linear layer's number is the logit as it is."""
    return torch.relu(self.out(_last(self, tokens, lengths)[-1])).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_without_negative_logits(self, tokens, lengths):
    """A ReLU cuts off your logits at 0, so no review is ever judged negative, and where it cuts nothing is learnt. The
    linear layer's number is the logit as it is."""
    h, _ = _last(self, tokens, lengths)
    return torch.relu(self.out(torch.cat([h[-2], h[-1]], dim=1))).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_pair_taken_for_the_states(self, tokens, lengths):
    """What nn.LSTM returns second is a pair, (h_n, c_n), and you take it for h_n: your two "directions" are all hidden
    and all cell states. Take the pair apart: output, (h_n, c_n) = self.lstm(...)."""
    pair = _last(self, tokens, lengths)
    return self.out(torch.cat([pair[0], pair[1]], dim=1)).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_cells_taken_for_the_last_state(self, tokens, lengths):
    """What nn.LSTM returns second is a pair, (h_n, c_n), and you take it for h_n: its last item is c_n, the cell states
    of both directions. Take the pair apart: output, (h_n, c_n) = self.lstm(...)."""
    return self.out(_last(self, tokens, lengths)[-1]).squeeze(1)


@misconception("sentiment_rnn", replaces="predict")
def predicts_a_column(model, batches, device="cpu"):
    """Your probabilities come as a column, (N, 1). Compared with N labels a column makes a table of N times N numbers,
    and the accuracy of that says nothing: return N numbers in a row."""
    model, batches = on_device(device, model, batches)
    model.eval()
    with torch.no_grad():
        return torch.cat([torch.sigmoid(model(tokens, lengths)) for tokens, lengths in batches]).view(-1, 1)
