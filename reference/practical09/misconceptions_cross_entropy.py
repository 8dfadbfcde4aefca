"""Wrong losses in NumPy, each with its explanation; switches of one loss, so that two of them join."""

import numpy as np

from graders import misconception, switched

from .misconceptions_headings import EQUATIONS


def loss(
    *,
    given=lambda y_hat: y_hat,
    logarithm=np.log,
    terms=lambda log, p, y: y * log(p),
    used=lambda terms: terms,
    total=np.sum,
    sign=-1,
):
    """`cross_entropy`, right where no switch is set.

    Args:
        given: the probabilities (T, K) as they are read.
        logarithm, terms: what each entry of the table counts.
        used: the terms that come in; `total`: what is made of them; `sign`: of that.
    """

    def cross_entropy(y_hat, y):
        with np.errstate(all="ignore"):
            return sign * total(used(terms(logarithm, given(y_hat), y)))

    return cross_entropy


def _softmax(scores):
    weights = np.exp(scores)
    return weights / weights.sum(axis=1, keepdims=True)


@switched("numpy_forward", replaces="cross_entropy", builder=loss, read=EQUATIONS)
def loss_averaged():
    """Your loss is the mean over the time steps. Here the loss of a sequence is the sum of the losses of its steps, so
    that a longer sequence counts for more."""
    return {"total": lambda terms: terms.sum() / len(terms)}


@switched("numpy_forward", replaces="cross_entropy", builder=loss, read=EQUATIONS)
def loss_averaged_over_all_entries():
    """Your loss is the mean over all entries of the table, classes included. A one-hot target leaves one entry a step,
    and these are added up."""
    return {"total": np.mean}


@switched("numpy_forward", replaces="cross_entropy", builder=loss)
def loss_in_bits():
    """Your logarithm has base 2, so your loss is in bits. Cross-entropy takes the natural logarithm."""
    return {"logarithm": np.log2}


@switched("numpy_forward", replaces="cross_entropy", builder=loss)
def loss_to_base_ten():
    """Your logarithm has base 10. Cross-entropy takes the natural logarithm."""
    return {"logarithm": np.log10}


@switched("numpy_forward", replaces="cross_entropy", builder=loss, read=EQUATIONS)
def loss_negative():
    """Your loss has the wrong sign. Logarithms of probabilities are negative; cross-entropy turns the sign round, so
    that a worse prediction has a larger loss."""
    return {"sign": 1}


@switched("numpy_forward", replaces="cross_entropy", builder=loss, read=EQUATIONS)
def loss_summed_over_time_only():
    """You add up over the wrong axis: your result has a number for each class. Of each step, only the right class's
    entry counts, and the sum over the steps is a single number."""
    return {"total": lambda terms: terms.sum(axis=0)}


@switched("numpy_forward", replaces="cross_entropy", builder=loss, read=EQUATIONS)
def loss_not_summed():
    """You return the loss of each step. The loss of the sequence is their sum, a single number."""
    return {"total": lambda terms: terms.sum(axis=1)}


@switched("numpy_forward", replaces="cross_entropy", builder=loss, read=EQUATIONS)
def loss_of_the_last_step():
    """Your loss looks at the last step alone. This network has a target at every step, and every step counts."""
    return {"used": lambda terms: terms[-1:]}


@switched("numpy_forward", replaces="cross_entropy", builder=loss, read=EQUATIONS)
def loss_binary():
    """You also count the classes that are not right, as binary cross-entropy does for independent yes-or-no questions.
    With a softmax and a one-hot target, only the probability of the right class counts."""
    return {"terms": lambda log, p, y: y * log(p) + (1 - y) * log(1 - p)}


@switched("numpy_forward", replaces="cross_entropy", builder=loss, read=EQUATIONS)
def loss_without_logarithm():
    """Your loss adds up the probabilities themselves. Cross-entropy takes their logarithm: the product of the steps'
    probabilities becomes a sum."""
    return {"logarithm": lambda p: p}


@switched("numpy_forward", replaces="cross_entropy", builder=loss, read=EQUATIONS)
def loss_squared():
    """Your loss is the squared error. Cross-entropy asks how probable the right class was, and takes the negative
    logarithm of that."""
    return {"terms": lambda log, p, y: -((y - p) ** 2)}


@switched("numpy_forward", replaces="cross_entropy", builder=loss)
def loss_with_second_softmax():
    """You apply softmax to what is already a distribution, as if it were scores. It comes out flatter, and the loss is
    that of another prediction."""
    return {"given": _softmax}


@switched("numpy_forward", replaces="cross_entropy", builder=loss, read=EQUATIONS)
def loss_of_the_likeliest():
    """Your loss looks at the likeliest class of each step instead of the right one, and never sees the targets."""
    return {"terms": lambda log, p, y: (p == p.max(axis=1, keepdims=True)) * log(p)}


@misconception("numpy_forward", replaces="cross_entropy")
def loss_logarithm_of_the_sum(y_hat, y):
    """You take the logarithm of a sum over the steps. Each step has a logarithm of its own, and these are added up."""
    return float(-np.log((y * y_hat).sum()))


@switched("numpy_forward", replaces="cross_entropy", builder=loss)
def loss_guarded_too_much():
    """Your guard against the logarithm of zero is so large that it changes the loss of unlikely classes. It must be far
    smaller than any probability that counts, or none is needed."""
    return {"given": lambda p: np.clip(p, 1e-2, 1)}


@misconception("numpy_forward", replaces="cross_entropy", read=EQUATIONS)
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


@switched("numpy_forward", replaces="cross_entropy", builder=loss, read=EQUATIONS)
def loss_with_roles_exchanged():
    """You take the logarithm of the target. Target and prediction do not have the same part: the logarithm belongs to
    the predicted probabilities, and the one-hot target chooses among them."""
    return {"terms": lambda log, p, y: p * log(y)}
