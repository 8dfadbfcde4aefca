"""The forward pass of a many-to-many recurrent network, in NumPy (programming 1.1)."""

import numpy as np


def softmax(scores: np.ndarray) -> np.ndarray:
    """Scores (K,) -> probabilities (K,). The largest score is taken off first, so that exp cannot overflow."""
    weights = np.exp(scores - scores.max())
    return weights / weights.sum()


def rnn_forward(
    x: np.ndarray,
    h0: np.ndarray,
    W_xh: np.ndarray,
    W_hh: np.ndarray,
    b_h: np.ndarray,
    W_hy: np.ndarray,
    b_y: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Hidden states h (T, H) and class probabilities y_hat (T, K) of a sequence.

    x (T, D), h0 (H,), W_xh (H, D), W_hh (H, H), b_h (H,), W_hy (K, H), b_y (K,).
    """
    states, outputs, h = [], [], h0
    for x_t in x:
        h = np.tanh(W_xh @ x_t + W_hh @ h + b_h)
        states.append(h)
        outputs.append(softmax(W_hy @ h + b_y))
    return np.array(states), np.array(outputs)


def cross_entropy(y_hat: np.ndarray, y: np.ndarray) -> float:
    """Cross-entropy of probabilities y_hat (T, K) against one-hot targets y (T, K): natural log, summed over time."""
    return float(-np.log((y * y_hat).sum(axis=1)).sum())
