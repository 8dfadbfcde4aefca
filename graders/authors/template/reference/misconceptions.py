"""Wrong answers that students really write, each with the explanation for the student."""

import numpy as np

from graders import misconception


@misconception("softmax", replaces="softmax")
def softmax_of_the_whole_array(scores):
    """Your probabilities sum to one over the whole array. Each row holds the scores of one example, so each row must
    sum to one by itself: say over which axis."""
    exponentials = np.exp(scores - np.max(scores))
    return exponentials / np.sum(exponentials)


@misconception("softmax", replaces="softmax")
def softmax_that_overflows(scores):
    """Large scores overflow: exp(1000) is infinite, and infinity by infinity is no number. The probabilities depend on
    differences of scores alone, so there is a harmless way to make the scores smaller first."""
    return np.exp(scores) / np.sum(np.exp(scores), axis=-1, keepdims=True)
