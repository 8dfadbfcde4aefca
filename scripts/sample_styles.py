"""Right answers of the sample class in another style, and with magics everywhere."""

from __future__ import annotations

from sample_right import (
    BY_HAND,
    CELL,
    CORRECT,
    DISCUSSION,
    IMPROVE,
    LSTM_MODEL,
    NUMPY,
    PREDICT,
    RNN_MODEL,
    SAMPLING,
    TRAIN_CLASSIFIER,
    TRAINING,
)

OTHER_STYLE: dict[str, str] = {
    "equations": r"""$$\begin{aligned}
z_t &= U x_t + W h_{t-1} + b, \qquad h_0 = 0 \\
h_t &= \tanh(z_t) \\
o_t &= V h_t + c \\
\hat{y}_t &= \operatorname{softmax}(o_t)
\end{aligned}$$

$$E = -\sum_t e_{y_t}^\top \log \hat{y}_t$$

with $U \in \mathbb{R}^{H \times D}$, $W \in \mathbb{R}^{H \times H}$, $V \in \mathbb{R}^{K \times H}$.""",
    "by_hand": """from math import exp, log, tanh

a = tanh(0.1 * 4 + 0.1)
b = tanh(0.1 * 10 + 0.1 * 3 * a + 0.1)
by_hand = dict(h1=(a,) * 3, y1=np.array([0.5, 0.5]), h2=np.full(3, b), y2=(0.5, 0.5), loss=2 * log(2))""",
    "numpy_forward": """from scipy.special import log_softmax, softmax as scipy_softmax


def rnn_forward(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    pre = np.einsum("td,hd->th", x, W_xh) + b_h
    h = np.empty((x.shape[0], h0.shape[0]), dtype=np.float32)
    previous = h0
    for t, z in enumerate(pre):
        previous = np.tanh(z + previous @ W_hh.T)
        h[t] = previous
    return [h, scipy_softmax(h @ W_hy.T + b_y, axis=1)]


def cross_entropy(y_hat, y):
    return -sum(math.log(p[k] + 1e-12) for p, k in zip(y_hat, np.argmax(y, axis=1)))""",
    "rnn_cell": CELL.replace(
        """        h = torch.tanh(self.i2h(x) + self.h2h(h))
        return F.log_softmax(self.h2o(h), dim=1), h""",
        """        new = F.linear(x, self.i2h.weight, self.i2h.bias) + self.h2h(h)
        new = (new.exp() - (-new).exp()) / (new.exp() + (-new).exp())
        scores = self.h2o(new)
        return [scores - torch.logsumexp(scores, dim=-1, keepdim=True), new]""",
    ),
    "training": """def sequence_nll(rnn, name):
    inputs, targets = encode(name)
    h, rows = rnn.init_hidden(), []
    for x in inputs.split(1):
        out, h = rnn(x, h)
        rows.append(out)
    return F.cross_entropy(torch.cat(rows), targets)  # log-probabilities stay as they are under log-softmax


def train(rnn, names, n_epochs=N_EPOCHS, lr=LEARNING_RATE):
    velocity = [torch.zeros_like(p) for p in rnn.parameters()]
    order = np.random.permutation(len(names))
    history = np.zeros(n_epochs)
    for epoch in range(n_epochs):
        rnn.zero_grad()
        loss = sequence_nll(rnn, names[order[epoch % len(order)]])
        loss.backward()
        with torch.no_grad():
            for p, v in zip(rnn.parameters(), velocity):
                v.mul_(0.9).add_(p.grad)
                p -= lr * v
        history[epoch] = loss.detach()
    return history.tolist()""",
    "sampling": """def sample_next(log_probs, k=None):
    p = np.exp(np.asarray(log_probs.detach(), dtype=np.float64).ravel())
    if k is not None:
        p[np.argsort(-p, kind="stable")[k:]] = 0
    return np.random.choice(len(p), p=p / p.sum())


@torch.no_grad()
def generate(rnn, k=None, max_length=20):
    x, _ = encode("")
    h, name = rnn.init_hidden(), ""
    for _ in range(max_length):
        out, h = rnn(x, h)
        i = sample_next(out, k=k)
        if i == 0:
            break
        name += VOCAB[i]
        x = one_hot(VOCAB[i])
    return name""",
    "sampling_discussion": DISCUSSION,
    "sentiment_rnn": RNN_MODEL.replace(
        """        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(tokens), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        _, h_n = self.rnn(packed)
        return self.fc(h_n[-1]).squeeze(1)""",
        """        states, _ = self.rnn(self.embedding(tokens))
        last = states[torch.arange(len(tokens)), lengths.to(tokens.device) - 1]
        return self.fc(last)[:, 0]""",
    )
    + TRAIN_CLASSIFIER.replace("torch.optim.Adam(", "torch.optim.AdamW(")
    .replace("    criterion = nn.BCEWithLogitsLoss()\n", "    criterion = nn.BCELoss()\n")
    .replace(
        "criterion(model(tokens.to(device), lengths),", "criterion(torch.sigmoid(model(tokens.to(device), lengths)),"
    )
    + PREDICT.replace("return torch.cat(parts)", "return [float(p) for part in parts for p in part]"),
    "sentiment_lstm": LSTM_MODEL.replace(
        "nn.LSTM(embedding_dim, hidden_dim,", "nn.LSTM(embedding_dim, hidden_dim // 2,"
    )
    .replace("nn.Linear(2 * hidden_dim, 1)", "nn.Linear(hidden_dim, 1)")
    .replace(
        """        _, (h_n, _) = self.lstm(packed)
        return self.fc(torch.cat([h_n[0], h_n[1]], dim=1)).squeeze(1)""",
        """        states, _ = self.lstm(packed)
        states, _ = nn.utils.rnn.pad_packed_sequence(states, batch_first=True)
        mask = torch.arange(states.shape[1])[None, :, None] < lengths[:, None, None]
        mask = mask.to(states.device)
        return self.fc((states * mask).sum(1) / mask.sum(1)).flatten()""",
    ),
    "sentiment_discussion": IMPROVE,
}


MAGICS: dict[str, str] = CORRECT | {
    "by_hand": f"%%time\n{BY_HAND}\nby_hand",
    "numpy_forward": f"""%matplotlib inline
%load_ext autoreload
%autoreload 2
!pip install -q tqdm > /dev/null 2>&1
%config InlineBackend.figure_format = "png"
{NUMPY}


%timeit -n 1 -r 1 softmax(np.zeros(3))
softmax?""",
    "rnn_cell": f"%%time\n# the cell of the exercise\n{CELL}\n\n\nRNN(4, 3, 2)",
    "training": f"""import asyncio

files = !echo one
get_ipython().run_line_magic("matplotlib", "inline")


async def settle():
    await asyncio.sleep(0)
    return 1


rounds = await settle()
{TRAINING}


%time first = sequence_nll(RNN(27, 8, 27), "mira")""",
    "sampling": f'%%capture shown\n{SAMPLING}\n\n\nprint("not shown")\nplt.plot([1, 2])',
    "sentiment_rnn": f"""from IPython.display import HTML, Markdown, clear_output, display

%precision 3
{CORRECT["sentiment_rnn"]}


display(HTML("<b>ready</b>"), Markdown("*ready*"))
handle = display("starting", display_id=True)
handle.update("started")
plt.plot([3, 2, 1])
plt.show()
clear_output(wait=True)
_ = %who_ls function
%pdb off""",
    "sentiment_lstm": "%xmode Plain\n" + LSTM_MODEL,
}
