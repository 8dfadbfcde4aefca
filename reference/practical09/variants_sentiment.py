"""Correct sentiment models, trainings and predictions in other styles; each must get full marks."""

import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from graders import variant

# --- SentimentRNN -----------------------------------------------------------------------------------------------------


@variant("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_with_gather(self, tokens, lengths):
    """Reads the padding too, and gathers the output at the last word."""
    output, _ = self.rnn(self.embedding(tokens))
    place = (lengths.to(tokens.device) - 1).view(-1, 1, 1).expand(-1, 1, output.size(2))
    return self.out(output.gather(1, place)[:, 0]).flatten()


@variant("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_with_masked_mean(self, tokens, lengths):
    """The mean of the outputs over the real words."""
    output, _ = self.rnn(self.embedding(tokens))
    mask = (torch.arange(tokens.size(1))[None, :] < lengths[:, None]).unsqueeze(-1).to(output.dtype)
    return self.out((output * mask).sum(1) / mask.sum(1))[:, 0]


@variant("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_one_review_after_the_other(self, tokens, lengths):
    """A loop over the batch, with slices."""
    states = [self.rnn(self.embedding(row[:n]))[1][-1] for row, n in zip(tokens, lengths.tolist(), strict=True)]
    return self.out(torch.stack(states)).squeeze(-1)


@variant("sentiment_rnn", replaces="SentimentRNN.forward")
def rnn_sorted_and_restored(self, tokens, lengths):
    """Sorts for packing and puts the reviews back."""
    ordered, order = lengths.sort(descending=True)
    packed = pack_padded_sequence(self.embedding(tokens[order]), ordered, batch_first=True)
    logits = self.out(self.rnn(packed)[1].squeeze(0)).squeeze(1)
    restored = torch.empty_like(logits)
    restored[order] = logits
    return restored


@variant("sentiment_rnn", replaces="SentimentRNN")
class RnnWithTwoLayers(nn.Module):
    """Two layers, dropout, other names, no padding index, a head in a Sequential."""

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.words = nn.Embedding(vocab_size, embedding_dim)
        self.layers = nn.RNN(embedding_dim, hidden_dim, num_layers=2, batch_first=True, dropout=0.2)
        self.head = nn.Sequential(
            nn.Dropout(0.2), nn.Linear(hidden_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, 1)
        )

    def forward(self, tokens, lengths):
        packed = pack_padded_sequence(self.words(tokens), lengths, batch_first=True, enforce_sorted=False)
        _, h_n = self.layers(packed)
        return self.head(h_n[-1]).squeeze(1)


@variant("sentiment_rnn", replaces="SentimentRNN")
class RnnWithTimeFirstDoneRight(nn.Module):
    """Time first throughout, with transposed tokens."""

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.rnn = nn.RNN(embedding_dim, hidden_dim)
        self.fc = nn.Linear(hidden_dim, 1)

    def forward(self, tokens, lengths):
        output, _ = self.rnn(self.embedding(tokens.t()))
        return self.fc(output[lengths - 1, torch.arange(tokens.size(0))]).view(-1)


# --- train_classifier and predict -------------------------------------------------------------------------------------


@variant("sentiment_rnn", replaces="train_classifier")
def classifier_with_adamw_and_sums(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """AdamW, the functional loss, the sum of an epoch's losses, words on stderr."""
    model = model.to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    losses = []
    for epoch in range(n_epochs):
        model.train()
        total = 0
        for tokens, lengths, labels in batches:
            loss = F.binary_cross_entropy_with_logits(model(tokens.to(device), lengths), labels.to(device))
            optimizer.zero_grad(set_to_none=False)
            loss.backward()
            optimizer.step()
            total += loss.detach()
        print("epoch", epoch, float(total), file=sys.stderr)
        losses.append(float(total))
    return losses


@variant("sentiment_rnn", replaces="train_classifier")
def classifier_with_sigmoid_and_bce(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """A sigmoid and BCELoss, shuffled batches, clipped gradients, NumPy numbers, zero_grad after the step."""
    criterion = nn.BCELoss(reduction="sum")
    optimizer = torch.optim.Adam(params=list(model.parameters()), lr=lr)
    means = []
    for _ in range(n_epochs):
        losses = []
        for i in np.random.permutation(len(batches)):
            tokens, lengths, labels = batches[i]
            loss = criterion(torch.sigmoid(model(tokens, lengths)), labels)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            optimizer.zero_grad()
            losses.append(loss.item() / len(labels))
        means.append(np.mean(losses))
    return means


@variant("sentiment_rnn", replaces="train_classifier")
def classifier_with_a_look_after_each_epoch(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    """Looks at the training accuracy after each epoch, without gradients; returns an array."""
    optimizer = torch.optim.Adam(model.parameters(), lr)
    loss_function = nn.BCEWithLogitsLoss()
    losses = torch.zeros(n_epochs)
    for epoch in range(n_epochs):
        model.train()
        for tokens, lengths, labels in batches:
            model.zero_grad()
            loss = loss_function(model(tokens, lengths), labels.float())
            loss.backward()
            optimizer.step()
            losses[epoch] += loss.item() / len(batches)
        model.eval()
        with torch.no_grad():
            [(model(tokens, lengths) > 0) for tokens, lengths, _ in batches]
    return losses.numpy()


@variant("sentiment_rnn", replaces="predict")
def predict_as_a_list(model, batches, device="cpu"):
    """One probability after the other, as Python floats; puts the model back into training mode."""
    model.eval()
    found = []
    for tokens, lengths in batches:
        for logit in model(tokens, lengths).detach().tolist():
            found.append(1 / (1 + np.exp(-logit)))
    model.train()
    return found


@variant("sentiment_rnn", replaces="predict")
def predict_as_an_array(model, batches, device="cpu"):
    """A NumPy array, by inference mode."""
    model.to(device).eval()
    with torch.inference_mode():
        parts = [torch.sigmoid(model(tokens.to(device), lengths)).cpu().numpy() for tokens, lengths in batches]
    return np.concatenate(parts)


@variant("sentiment_rnn", replaces="predict")
def predict_with_a_graph(model, batches, device="cpu"):
    """A tensor that still has its graph."""
    was_training = model.training
    model.train(False)
    probabilities = torch.hstack([model(*batch).sigmoid() for batch in batches])
    model.train(was_training)
    return probabilities


# --- SentimentLSTM ----------------------------------------------------------------------------------------------------


@variant("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_with_outputs_at_both_ends(self, tokens, lengths):
    """The forward output at the last word, the backward one at the first."""
    packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
    output, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
    half = output.size(2) // 2
    ends = torch.cat([output[torch.arange(len(lengths)), lengths - 1, :half], output[:, 0, half:]], dim=1)
    return self.out(ends).reshape(-1)


@variant("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_with_moved_directions(self, tokens, lengths):
    """h_n with the directions moved behind the batch."""
    packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
    _, (h_n, _) = self.lstm(packed)
    return (
        self.out(h_n.permute(1, 0, 2).reshape(tokens.shape[0], -1)).squeeze()[...]
        if len(tokens) > 1
        else self.out(h_n.permute(1, 0, 2).reshape(1, -1)).view(1)
    )


@variant("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_with_cell_states(self, tokens, lengths):
    """c_n in place of h_n."""
    packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
    _, (_, c_n) = self.lstm(packed)
    return self.out(torch.hstack([c_n[0], c_n[1]])).squeeze(1)


@variant("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_with_masked_maximum(self, tokens, lengths):
    """The largest output over the real words, in each direction."""
    packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
    output, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True, padding_value=-1e9)
    return self.out(output.max(dim=1).values).squeeze(1)


@variant("sentiment_lstm", replaces="SentimentLSTM.forward")
def lstm_with_masked_mean(self, tokens, lengths):
    """The mean output over the real words."""
    packed = pack_padded_sequence(self.embedding(tokens), lengths.cpu(), batch_first=True, enforce_sorted=False)
    output, kept = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
    return self.out(output.sum(dim=1) / kept.unsqueeze(1)).squeeze(1)


@variant("sentiment_lstm", replaces="SentimentLSTM")
class LstmOfTwoHalves(nn.Module):
    """Half of the hidden size in each direction, two layers, dropout."""

    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.bilstm = nn.LSTM(
            embedding_dim, hidden_dim // 2, num_layers=2, dropout=0.1, bidirectional=True, batch_first=True
        )
        self.fc = nn.Linear(hidden_dim, 1)

    def forward(self, tokens, lengths):
        packed = pack_padded_sequence(self.embed(tokens), lengths, batch_first=True, enforce_sorted=False)
        _, (h_n, _) = self.bilstm(packed)
        return self.fc(torch.cat((h_n[-2], h_n[-1]), dim=-1)).squeeze(-1)
