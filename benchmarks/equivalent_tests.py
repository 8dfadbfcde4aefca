"""Tests of four answers as an instructor writes them for nbgrader or otter: plain assertions, in the student's process.

They try what the checks of `graders` try on the same questions, on random inputs and with as many draws. They run
inside the peers' kernels, so each function imports what it needs.
"""

from __future__ import annotations


def by_hand(by_hand):
    """The numbers of the paper exercise, to two decimals."""
    import numpy as np

    h1 = np.tanh(0.5)
    h2 = np.tanh(1.1 + 0.3 * h1)
    expected = {"h1": [h1] * 3, "y1": [0.5] * 2, "h2": [h2] * 3, "y2": [0.5] * 2, "loss": 2 * np.log(2)}
    for name, value in expected.items():
        assert np.allclose(by_hand[name], value, atol=0.01), name


def numpy_forward(rnn_forward, cross_entropy):
    """States, probabilities and loss on random weights; large scores; inputs left alone."""
    import numpy as np

    rng = np.random.default_rng(0)
    for steps, scale in [(1, 1), (2, 1), (5, 1), (8, 1), (50, 1), (4, 1), (6, 1), (3, 1000), (3, 1000), (7, 1)] * 2:
        inputs, hidden, classes = rng.integers(2, 9, 3)
        x, h0 = rng.normal(size=(steps, inputs)), rng.normal(size=hidden)
        w_xh, w_hh = rng.normal(size=(hidden, inputs)), rng.normal(size=(hidden, hidden))
        b_h, w_hy, b_y = rng.normal(size=hidden), scale * rng.normal(size=(classes, hidden)), rng.normal(size=classes)
        given = [x, h0, w_xh, w_hh, b_h, w_hy, b_y]
        before = [value.copy() for value in given]
        states, probabilities = rnn_forward(*given)
        assert all(np.array_equal(a, b) for a, b in zip(given, before, strict=True))
        h = h0
        for t in range(steps):
            h = np.tanh(w_xh @ x[t] + w_hh @ h + b_h)
            z = w_hy @ h + b_y
            p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
            assert np.allclose(states[t], h, atol=1e-6)
            assert np.allclose(probabilities[t], p, atol=1e-6)
    for _ in range(5):
        y_hat = rng.dirichlet(np.ones(6), 4) * 0.99 + 0.01 / 6
        y = np.eye(6)[rng.integers(0, 6, 4)]
        assert np.isclose(cross_entropy(y_hat, y), -np.log((y_hat * y).sum(axis=1)).sum())


def rnn_cell(RNN):
    """Outputs, state and gradients of the cell for random weights."""
    import torch

    torch.manual_seed(0)
    for rows in (1, 1, 3, 5, 1, 2, 4, 1, 6, 2) * 3:
        rnn = RNN(27, 16, 27)
        x, h = torch.eye(27)[torch.randint(27, (rows,))], torch.randn(rows, 16)
        for _ in range(2):
            out, new = rnn(x, h)
            due = torch.tanh(rnn.i2h(x) + rnn.h2h(h))
            assert torch.allclose(new, due, atol=1e-5)
            assert torch.allclose(out, torch.log_softmax(rnn.h2o(due), 1), atol=1e-5)
            h = new
        out.sum().backward()
        assert all(parameter.grad is not None for parameter in rnn.parameters())


def sampling(sample_next, generate, RNN):
    """Frequencies of draws, with k and without; names are letters."""
    import torch

    torch.manual_seed(1)
    for k in (None, None, None, 3, 20):
        p = torch.rand(27) ** 3 + 0.002
        p[3] = 3 * p.sum()
        p /= p.sum()
        due = p.clone()
        if k:
            due[torch.argsort(p)[: 27 - k]] = 0
            due /= due.sum()
        draws = torch.tensor([sample_next(p.log().clone(), k) for _ in range(600)])
        seen = torch.bincount(draws, minlength=27)
        assert (seen[due == 0] == 0).all()
        kept = due * 600 > 5
        assert (((seen - due * 600) ** 2 / (due * 600))[kept]).sum() < 90
    assert all(sample_next(torch.log_softmax(torch.randn(27), 0), 1) is not None for _ in range(40))
    rnn = RNN(27, 128, 27)
    names = [generate(rnn) for _ in range(30)]
    assert all(name.isalpha() or not name for name in names)
    assert len(set(names)) > 5
    assert all(len(generate(rnn, None, 5)) <= 5 for _ in range(5))


TESTS = {"by_hand": by_hand, "numpy_forward": numpy_forward, "rnn_cell": rnn_cell, "sampling": sampling}
