"""The softmax of scores, safe for scores of any size."""

import numpy as np


def softmax(scores):
    """The probabilities, of the same shape: each row sums to one."""
    exponentials = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return exponentials / np.sum(exponentials, axis=-1, keepdims=True)
