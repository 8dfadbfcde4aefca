"""Right answers of the sample class, in one style."""

from __future__ import annotations

EQUATIONS = r"""The network starts from an empty memory:

$$\mathbf{h}_0 = \mathbf{0}$$

For every time step $t = 1, \dots, T$ the state is

$$\mathbf{h}_t = \tanh(\mathbf{W}_{xh} \mathbf{x}_t + \mathbf{W}_{hh} \mathbf{h}_{t-1} + \mathbf{b}_h)$$

and the output is

$$\hat{\mathbf{y}}_t = \mathrm{softmax}(\mathbf{W}_{hy} \mathbf{h}_t + \mathbf{b}_y)$$

The error of the sequence:

$$L = -\sum_{t=1}^{T} \sum_{k=1}^{K} y_{t,k} \log \hat{y}_{t,k}$$

Dimensions: $\mathbf{W}_{xh} \in \mathbb{R}^{H \times D}$, $\mathbf{W}_{hh} \in \mathbb{R}^{H \times H}$,
$\mathbf{W}_{hy} \in \mathbb{R}^{K \times H}$, the biases have $H$ and $K$ entries."""


BY_HAND = """by_hand = {
    "h1": [0.46, 0.46, 0.46],
    "y1": [0.5, 0.5],
    "h2": [0.85, 0.85, 0.85],
    "y2": [0.5, 0.5],
    "loss": 1.39,
}"""


NUMPY = """def softmax(z):
    e = np.exp(z - np.max(z))
    return e / e.sum()


def rnn_forward(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    hs, ys = [], []
    h = h0
    for t in range(len(x)):
        h = np.tanh(W_xh @ x[t] + W_hh @ h + b_h)
        hs.append(h)
        ys.append(softmax(W_hy @ h + b_y))
    return np.array(hs), np.array(ys)


def cross_entropy(y_hat, y):
    return -np.sum(y * np.log(y_hat))"""


CELL = """class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)
        self.h2o = nn.Linear(hidden_size, output_size)

    def init_hidden(self, batch_size=1):
        return torch.zeros(batch_size, self.hidden_size)

    def forward(self, x, h):
        h = torch.tanh(self.i2h(x) + self.h2h(h))
        return F.log_softmax(self.h2o(h), dim=1), h"""


TRAINING = """def sequence_nll(rnn, name):
    inputs, targets = encode(name)
    h = rnn.init_hidden()
    loss = 0
    for t in range(len(inputs)):
        log_probs, h = rnn(inputs[t : t + 1], h)
        loss = loss + F.nll_loss(log_probs, targets[t : t + 1])
    return loss / len(inputs)


def train(rnn, names, n_epochs=1000, lr=0.0005):
    optimizer = torch.optim.Adam(rnn.parameters(), lr=lr)
    losses = []
    for epoch in range(n_epochs):
        name = random.choice(names)
        optimizer.zero_grad()
        loss = sequence_nll(rnn, name)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses"""


SAMPLING = """def sample_next(log_probs, k=None):
    p = log_probs.detach().reshape(-1).exp()
    if k is not None and k < len(p):
        top, where = torch.topk(p, k)
        return where[torch.multinomial(top / top.sum(), 1)].item()
    return torch.multinomial(p, 1).item()


def generate(rnn, k=None, max_length=20):
    letters = []
    with torch.no_grad():
        h = rnn.init_hidden()
        symbol = "."
        while len(letters) < max_length:
            log_probs, h = rnn(one_hot(symbol), h)
            symbol = VOCAB[sample_next(log_probs, k)]
            if symbol == ".":
                break
            letters.append(symbol)
    return "".join(letters)"""


DISCUSSION = """With k = 1 the model gives one and the same name every time, since there is nothing left to draw. With k = 2 or 3 the
names can be spoken and resemble each other; from about k = 10 on rare letters come in and many names look like typing
errors. The results are not good yet: the loss stays above that of a table of letter pairs (2.45), and the model has seen
only 1,000 of 32,033 names. More passes over the data, in batches, should help most."""


RNN_MODEL = """class SentimentRNN(nn.Module):
    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.rnn = nn.RNN(embedding_dim, hidden_dim, batch_first=True)
        self.fc = nn.Linear(hidden_dim, 1)

    def forward(self, tokens, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(tokens), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        _, h_n = self.rnn(packed)
        return self.fc(h_n[-1]).squeeze(1)"""


TRAIN_CLASSIFIER = """


def train_classifier(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    model.to(device)
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    criterion = nn.BCEWithLogitsLoss()
    history = []
    for epoch in range(n_epochs):
        total = 0.0
        for tokens, lengths, labels in batches:
            optimizer.zero_grad()
            loss = criterion(model(tokens.to(device), lengths), labels.to(device))
            loss.backward()
            optimizer.step()
            total += loss.item()
        history.append(total / len(batches))
    return history"""


PREDICT = """


def predict(model, batches, device="cpu"):
    model.to(device)
    model.eval()
    with torch.no_grad():
        parts = [torch.sigmoid(model(tokens.to(device), lengths)).cpu() for tokens, lengths in batches]
    return torch.cat(parts)"""


LSTM_MODEL = """class SentimentLSTM(nn.Module):
    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * hidden_dim, 1)

    def forward(self, tokens, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(tokens), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        _, (h_n, _) = self.lstm(packed)
        return self.fc(torch.cat([h_n[0], h_n[1]], dim=1)).squeeze(1)"""


IMPROVE = """The LSTM should do better, since its gates carry a word from the beginning of a review to its end, where the plain RNN has
long overwritten it, and the second direction reads the review from its end. Next I would take pretrained word vectors
(rare words are seen too seldom to learn), then dropout, because the training loss keeps falling while the accuracy
stands still, and then longer training with early stopping."""


CORRECT: dict[str, str] = {
    "equations": EQUATIONS,
    "by_hand": BY_HAND,
    "numpy_forward": NUMPY,
    "rnn_cell": CELL,
    "training": TRAINING,
    "sampling": SAMPLING,
    "sampling_discussion": DISCUSSION,
    "sentiment_rnn": RNN_MODEL + TRAIN_CLASSIFIER + PREDICT,
    "sentiment_lstm": LSTM_MODEL,
    "sentiment_discussion": IMPROVE,
}
