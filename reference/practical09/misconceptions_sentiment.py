"""What students get wrong about the sentiment models; each docstring is what the student reads."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from graders import misconception

from .sentiment_lstm import SentimentLSTM
from .sentiment_rnn import SentimentRNN

# --- SentimentRNN -----------------------------------------------------------------------------------------------------


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_reads_the_padding(self, tokens, lengths):
    """You take the state after the last column. In a padded batch that is the state after the padding, not after the
    review's last word.
    """
    output, _ = self.rnn(self.embedding(tokens))
    return self.out(output[:, -1]).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_mean_over_the_padding(self, tokens, lengths):
    """You average the outputs over all columns, those of the padding included. Divide the sum over the real words by
    their number.
    """
    output, _ = self.rnn(self.embedding(tokens))
    return self.out(output.mean(dim=1)).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_leaves_out_the_last_word(self, tokens, lengths):
    """You take the state before the last word: positions are counted from 0, so the last word stands at lengths - 1."""
    output, _ = self.rnn(self.embedding(tokens))
    rows = torch.arange(len(tokens))
    return self.out(output[rows, (lengths - 2).clamp(min=0)]).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_takes_the_first_state(self, tokens, lengths):
    """You take the state after the first word. The state after the last word has read them all."""
    output, _ = self.rnn(self.embedding(tokens))
    return self.out(output[:, 0]).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_with_sigmoid(self, tokens, lengths):
    """Your model ends with a sigmoid. BCEWithLogitsLoss has one inside it, and so has `predict`; the model returns
    logits.
    """
    return torch.sigmoid(SentimentRNN.forward(self, tokens, lengths))


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_returns_a_column(self, tokens, lengths):
    """You return a column, (B, 1). One logit a review is a vector, (B,): squeeze(1) makes it."""
    return SentimentRNN.forward(self, tokens, lengths).unsqueeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_in_sorted_order(self, tokens, lengths):
    """You sort the reviews by length and leave them sorted, so the logits belong to other reviews."""
    order = torch.argsort(lengths, descending=True, stable=True)
    return SentimentRNN.forward(self, tokens[order], lengths[order])


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_normalises_over_the_batch(self, tokens, lengths):
    """You subtract the batch's mean, so a review's logit depends on its company."""
    logits = SentimentRNN.forward(self, tokens, lengths)
    return logits - logits.mean()


@misconception("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_detached_from_its_embedding(self, tokens, lengths):
    """The gradient does not reach your embedding, so the words' vectors stay random."""
    packed = pack_padded_sequence(self.embedding(tokens).detach(), lengths, batch_first=True, enforce_sorted=False)
    return self.out(self.rnn(packed)[1][-1]).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN")
class RnnWithTimeFirst(SentimentRNN):
    """batch_first is missing: your layer takes reviews for time steps, and each review reads those before it."""

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__(vocab_size, embedding_dim, hidden_dim, pad_idx)
        self.rnn = nn.RNN(embedding_dim, hidden_dim)

    def forward(self, tokens, lengths):
        output, _ = self.rnn(self.embedding(tokens))
        return self.out(output[torch.arange(len(tokens)), lengths - 1]).squeeze(1)


class _Other(SentimentRNN):
    """A SentimentRNN with another layer."""

    layer = nn.RNN

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__(vocab_size, embedding_dim, hidden_dim, pad_idx)
        self.rnn = self.layer(embedding_dim, hidden_dim, batch_first=True)

    def forward(self, tokens, lengths):
        output, _ = self.rnn(self.embedding(tokens))
        return self.out(output[torch.arange(len(tokens)), lengths - 1]).squeeze(1)


@misconception("sentiment_rnn", replaces="SentimentRNN")
class LstmForRnn(_Other):
    """You use an nn.LSTM. This question asks for the plain nn.RNN; the LSTM comes in the next one."""

    layer = nn.LSTM


@misconception("sentiment_rnn", replaces="SentimentRNN")
class GruForRnn(_Other):
    """You use an nn.GRU. This question asks for the plain nn.RNN."""

    layer = nn.GRU


@misconception("sentiment_rnn", replaces="SentimentRNN")
class RnnOfFixedSizes(SentimentRNN):
    """Your layers have fixed sizes. They should be as large as the constructor's arguments say."""

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__(vocab_size, 128, 256, pad_idx)


# --- train_classifier -------------------------------------------------------------------------------------------------


def _train(
    model, batches, n_epochs, lr, *, optimizer=torch.optim.Adam, loss=F.binary_cross_entropy_with_logits, fresh=True
):
    """Training, with one thing or another done differently."""
    steps = optimizer(model.parameters(), lr=lr)
    losses = []
    for _ in range(n_epochs):
        total = 0.0
        for tokens, lengths, labels in batches:
            if fresh:
                steps.zero_grad()
            value = loss(model(tokens, lengths), labels)
            value.backward()
            steps.step()
            total += value.item()
        losses.append(total / len(batches))
    return losses


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_sgd(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You use plain SGD. The exercise asks for Adam, whose steps have about the size of the learning rate."""
    return _train(model, batches, n_epochs, lr, optimizer=torch.optim.SGD)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_sigmoid_twice(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You apply a sigmoid before BCEWithLogitsLoss, which applies one itself."""
    return _train(model, batches, n_epochs, lr, loss=lambda z, y: F.binary_cross_entropy_with_logits(z.sigmoid(), y))


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_squares(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You train with the squared error. Here it is the binary cross-entropy of the logits."""
    return _train(model, batches, n_epochs, lr, loss=lambda z, y: F.mse_loss(z.sigmoid(), y))


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_without_zero_grad(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """The gradients of earlier batches are still in the step: zero_grad is missing."""
    return _train(model, batches, n_epochs, lr, fresh=False)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_sees_the_first_batch(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """Only the first batch is ever used. An epoch goes through all of them."""
    return _train(model, batches[:1], n_epochs, lr)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_for_one_epoch(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You go through the batches once, whatever n_epochs says."""
    return _train(model, batches, 1, lr)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_with_its_own_rate(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """The learning rate is fixed in your code; lr is ignored."""
    return _train(model, batches, n_epochs, 0.001)


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_returns_the_last_loss(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You return the last loss alone. Append the loss of each epoch to a list and return that."""
    return _train(model, batches, n_epochs, lr)[-1]


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_goes_uphill(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """You maximise the loss: a minus too many."""
    return _train(model, batches, n_epochs, lr, loss=lambda z, y: -F.binary_cross_entropy_with_logits(z, y))


@misconception("sentiment_rnn", replaces="train_classifier")
def classifier_without_steps(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """The optimiser never takes a step, so the parameters stay as they are."""
    losses = []
    for _ in range(n_epochs):
        values = [F.binary_cross_entropy_with_logits(model(t, n), y) for t, n, y in batches]
        losses.append(sum(value.item() for value in values) / len(values))
    return losses


# --- predict ----------------------------------------------------------------------------------------------------------


def _logits(model, batches):
    model.eval()
    with torch.no_grad():
        return torch.cat([model(tokens, lengths) for tokens, lengths in batches])


@misconception("sentiment_rnn", replaces="predict")
def predict_logits(model, batches, device="cpu"):
    """You return logits. The sigmoid of a logit is the probability."""
    return _logits(model, batches)


@misconception("sentiment_rnn", replaces="predict")
def predict_labels(model, batches, device="cpu"):
    """You return labels, 0 or 1. The probabilities are asked for."""
    return (_logits(model, batches).sigmoid() > 0.5).float()


@misconception("sentiment_rnn", replaces="predict")
def predict_the_negative(model, batches, device="cpu"):
    """You return the probability of "negative"."""
    return 1 - _logits(model, batches).sigmoid()


@misconception("sentiment_rnn", replaces="predict")
def predict_in_training_mode(model, batches, device="cpu"):
    """The model is still in training mode when you predict, so dropout makes the probabilities random: call
    model.eval().
    """
    model.train()
    with torch.no_grad():
        return torch.cat([model(tokens, lengths) for tokens, lengths in batches]).sigmoid()


@misconception("sentiment_rnn", replaces="predict")
def predict_the_last_batch(model, batches, device="cpu"):
    """You return the last batch's probabilities alone. Collect those of all batches, in order."""
    return _logits(model, batches[-1:]).sigmoid()


@misconception("sentiment_rnn", replaces="predict")
def predict_with_softmax(model, batches, device="cpu"):
    """You take the softmax over the reviews of a batch. Each review has a probability of its own: the sigmoid."""
    model.eval()
    with torch.no_grad():
        return torch.cat([torch.softmax(model(tokens, lengths), dim=0) for tokens, lengths in batches])


# --- SentimentLSTM ----------------------------------------------------------------------------------------------------


def _states(self, tokens, lengths):
    """The final hidden states (2, B, H) of packed reviews."""
    packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
    return self.lstm(packed)[1][0]


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_forward_state_twice(self, tokens, lengths):
    """You put the forward state in twice. The second half should be the backward state, h_n[-1]."""
    h_n = _states(self, tokens, lengths)
    return self.out(torch.cat([h_n[-2], h_n[-2]], dim=1)).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_backward_state_twice(self, tokens, lengths):
    """You put the backward state in twice. The first half should be the forward state, h_n[-2]."""
    h_n = _states(self, tokens, lengths)
    return self.out(torch.cat([h_n[-1], h_n[-1]], dim=1)).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_output_at_the_last_word(self, tokens, lengths):
    """You take the output at the last word. Its backward half has read only that word: the backward state has read
    everything at the first word.
    """
    packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
    output, _ = nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
    return self.out(output[torch.arange(len(tokens)), lengths - 1]).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_reads_the_padding(self, tokens, lengths):
    """Your LSTM reads the padding: forwards after the review, backwards before it."""
    h_n = self.lstm(self.embedding(tokens))[1][0]
    return self.out(torch.cat([h_n[-2], h_n[-1]], dim=1)).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_mean_over_the_padding(self, tokens, lengths):
    """You average the outputs over all columns, those of the padding included."""
    return self.out(self.lstm(self.embedding(tokens))[0].mean(dim=1)).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_with_sigmoid(self, tokens, lengths):
    """Your model ends with a sigmoid. It belongs to the loss and to `predict`; the model returns logits."""
    return torch.sigmoid(SentimentLSTM.forward(self, tokens, lengths))


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_in_sorted_order(self, tokens, lengths):
    """You sort the reviews by length and leave them sorted, so the logits belong to other reviews."""
    order = torch.argsort(lengths, descending=True, stable=True)
    return SentimentLSTM.forward(self, tokens[order], lengths[order])


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_mixes_the_batch(self, tokens, lengths):
    """You reshape h_n, (2, B, H), into (B, 2 H) without moving the directions behind the batch: reviews are mixed."""
    return self.out(_states(self, tokens, lengths).reshape(len(tokens), -1)).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_never_learns(self, tokens, lengths):
    """The gradient stops before the last layer's input, so embedding and LSTM stay random."""
    h_n = _states(self, tokens, lengths).detach()
    return self.out(torch.cat([h_n[-2], h_n[-1]], dim=1)).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_loses_its_weights(self, tokens, lengths):
    """All gradients are cut off, so the model cannot learn: detach, .data and no_grad belong nowhere in forward."""
    return SentimentLSTM.forward(self, tokens, lengths).detach() + 0 * self.out.bias


@misconception("sentiment_lstm", replaces="SentimentLSTM")
class LstmOfOneDirection(nn.Module):
    """Your LSTM reads in one direction only: bidirectional=True is missing."""

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, batch_first=True)
        self.out = nn.Linear(hidden_dim, 1)

    def forward(self, tokens, lengths):
        return self.out(_states(self, tokens, lengths)[-1]).squeeze(1)


@misconception("sentiment_lstm", replaces="SentimentLSTM")
class GruForLstm(nn.Module):
    """You use an nn.GRU. This question asks for an nn.LSTM."""

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.gru = nn.GRU(embedding_dim, hidden_dim, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden_dim, 1)

    def forward(self, tokens, lengths):
        packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
        h_n = self.gru(packed)[1]
        return self.out(torch.cat([h_n[-2], h_n[-1]], dim=1)).squeeze(1)
