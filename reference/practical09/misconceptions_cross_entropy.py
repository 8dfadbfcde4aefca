"""Wrong losses in NumPy, each with what the student is told."""

import numpy as np

from graders import misconception


@misconception("numpy_forward", replaces="cross_entropy")
def loss_averaged(y_hat, y):
    """Your loss is the mean over the time steps. Here the loss of a sequence is the sum of the losses of its steps, so
    that a longer sequence counts for more."""
    return float(-(y * np.log(y_hat)).sum() / len(y))


@misconception("numpy_forward", replaces="cross_entropy")
def loss_averaged_over_all_entries(y_hat, y):
    """Your loss is the mean over all entries of the table, classes included. A one-hot target leaves one entry a step,
    and these are added up."""
    return float(-(y * np.log(y_hat)).mean())


@misconception("numpy_forward", replaces="cross_entropy")
def loss_in_bits(y_hat, y):
    """Your logarithm has base 2, so your loss is in bits. Cross-entropy takes the natural logarithm."""
    return float(-(y * np.log2(y_hat)).sum())


@misconception("numpy_forward", replaces="cross_entropy")
def loss_to_base_ten(y_hat, y):
    """Your logarithm has base 10. Cross-entropy takes the natural logarithm."""
    return float(-(y * np.log10(y_hat)).sum())


@misconception("numpy_forward", replaces="cross_entropy")
def loss_negative(y_hat, y):
    """Your loss has the wrong sign. Logarithms of probabilities are negative; cross-entropy turns the sign round, so
    that a worse prediction has a larger loss."""
    return float((y * np.log(y_hat)).sum())


@misconception("numpy_forward", replaces="cross_entropy")
def loss_summed_over_time_only(y_hat, y):
    """You add up over the wrong axis: your result has a number for each class. Of each step, only the right class's
    entry counts, and the sum over the steps is a single number."""
    return -(y * np.log(y_hat)).sum(axis=0)


@misconception("numpy_forward", replaces="cross_entropy")
def loss_not_summed(y_hat, y):
    """You return the loss of each step. The loss of the sequence is their sum, a single number."""
    return -(y * np.log(y_hat)).sum(axis=1)


@misconception("numpy_forward", replaces="cross_entropy")
def loss_of_the_last_step(y_hat, y):
    """Your loss looks at the last step alone. This network has a target at every step, and every step counts."""
    return float(-(y[-1] * np.log(y_hat[-1])).sum())


@misconception("numpy_forward", replaces="cross_entropy")
def loss_binary(y_hat, y):
    """You also count the classes that are not right, as binary cross-entropy does for independent yes-or-no questions.
    With a softmax and a one-hot target, only the probability of the right class counts."""
    return float(-(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)).sum())


@misconception("numpy_forward", replaces="cross_entropy")
def loss_without_logarithm(y_hat, y):
    """Your loss adds up the probabilities themselves. Cross-entropy takes their logarithm: the product of the steps'
    probabilities becomes a sum."""
    return float(-(y * y_hat).sum())


@misconception("numpy_forward", replaces="cross_entropy")
def loss_squared(y_hat, y):
    """Your loss is the squared error. Cross-entropy asks how probable the right class was, and takes the negative
    logarithm of that."""
    return float(((y - y_hat) ** 2).sum())


@misconception("numpy_forward", replaces="cross_entropy")
def loss_with_second_softmax(y_hat, y):
    """You apply softmax to what is already a distribution, as if it were scores. It comes out flatter, and the loss is
    that of another prediction."""
    weights = np.exp(y_hat)
    return float(-(y * np.log(weights / weights.sum(axis=1, keepdims=True))).sum())


@misconception("numpy_forward", replaces="cross_entropy")
def loss_of_the_likeliest(y_hat, y):
    """Your loss looks at the likeliest class of each step instead of the right one, and never sees the targets."""
    return float(-np.log(y_hat.max(axis=1)).sum())


@misconception("numpy_forward", replaces="cross_entropy")
def loss_logarithm_of_the_sum(y_hat, y):
    """You take the logarithm of a sum over the steps. Each step has a logarithm of its own, and these are added up."""
    return float(-np.log((y * y_hat).sum()))


@misconception("numpy_forward", replaces="cross_entropy")
def loss_guarded_too_much(y_hat, y):
    """Your guard against the logarithm of zero is so large that it changes the loss of unlikely classes. It must be far
    smaller than any probability that counts, or none is needed."""
    return float(-(y * np.log(np.clip(y_hat, 1e-2, 1))).sum())


@misconception("numpy_forward", replaces="cross_entropy")
def loss_counts_errors(y_hat, y):
    """You count how wrong the likeliest class is: 0 where it is the right one. Cross-entropy also asks how probable the
    right class was where it was found."""
    return float((y_hat.argmax(axis=1) != y.argmax(axis=1)).sum())


@misconception("numpy_forward", replaces="cross_entropy")
def loss_overwrites_its_argument(y_hat, y):
    """Your loss writes into the probabilities that it is given. The result is right, but the caller's array has
    changed: write into a copy, or make a new array."""
    np.log(y_hat, out=y_hat)
    return float(-(y * y_hat).sum())


@misconception("numpy_forward", replaces="cross_entropy")
def loss_with_roles_exchanged(y_hat, y):
    """You take the logarithm of the target. Target and prediction do not have the same part: the logarithm belongs to
    the predicted probabilities, and the one-hot target chooses among them."""
    with np.errstate(all="ignore"):
        return float(-(y_hat * np.log(y)).sum())
