"""Correct answers in other styles than the reference's: each must get full marks."""

import numpy as np

from graders import variant


@variant("softmax", replaces="softmax")
def softmax_by_logarithms(scores):
    """By the logarithm of the sum of exponentials."""
    largest = scores.max(axis=-1, keepdims=True)
    return np.exp(scores - largest - np.log(np.exp(scores - largest).sum(axis=-1, keepdims=True)))
