"""Correct answers in other styles than the reference's: here those of the pen-and-paper exercise.

Each must get full marks. The questions of the programming part have files of their own.
"""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import torch

from graders import variant


@variant("by_hand", replaces="by_hand")
def two_decimals():
    """Everything rounded to two decimals, the states from unrounded ones."""
    return {"h1": [0.46, 0.46, 0.46], "y1": [0.5, 0.5], "h2": [0.85, 0.85, 0.85], "y2": [0.5, 0.5], "loss": 1.39}


@variant("by_hand", replaces="by_hand")
def two_decimals_throughout():
    """Everything rounded to two decimals as soon as it is there, and gone on with."""
    return {"h1": (0.46, 0.46, 0.46), "y1": (0.5, 0.5), "h2": (0.84, 0.84, 0.84), "y2": (0.5, 0.5), "loss": 1.38}


@variant("by_hand", replaces="by_hand")
def three_decimals():
    """Three decimals, with the logarithm rounded before it is doubled."""
    return {"h1": [0.462] * 3, "y1": [0.5] * 2, "h2": [0.845] * 3, "y2": [0.5] * 2, "loss": 1.386}


@variant("by_hand", replaces="by_hand")
def four_decimals_cut_off():
    """Four decimals, cut off and not rounded."""
    return {"h1": [0.4621] * 3, "y1": [0.5] * 2, "h2": [0.845] * 3, "y2": [0.5] * 2, "loss": 1.3862}


@variant("by_hand", replaces="by_hand")
def more_and_more_precise():
    """A coarse first state, and the rest computed from it to more decimals."""
    return {"h1": [0.46] * 3, "y1": [0.5] * 2, "h2": [0.8449] * 3, "y2": [0.5] * 2, "loss": 1.38629}


@variant("by_hand", replaces="by_hand")
def as_texts():
    """Numbers as texts, as a pen-and-paper person may type them; one with a decimal comma."""
    return {
        "h1": ["0.46", "0.46", "0.46"],
        "y1": ["0.50", "0,50"],
        "h2": ["0.845", "0.845", "0.845"],
        "y2": [".5", ".5"],
        "loss": "1.386",
    }


@variant("by_hand", replaces="by_hand")
def as_fractions_and_decimals():
    """Exact types of Python: fractions and decimals."""
    return {
        "h1": [Fraction(46, 100)] * 3,
        "y1": [Fraction(1, 2)] * 2,
        "h2": [Decimal("0.845")] * 3,
        "y2": [Decimal("0.5")] * 2,
        "loss": Decimal("1.39"),
    }


@variant("by_hand", replaces="by_hand")
def as_float32_columns():
    """Column vectors of float32, computed and not typed in."""
    x1, x2 = np.array([[4], [0], [0], [0]], np.float32), np.array([[0], [8], [2], [0]], np.float32)
    W, U, V = (np.full(shape, 0.1, np.float32) for shape in ((3, 4), (3, 3), (2, 3)))
    h1 = np.tanh(W @ x1 + np.float32(0.1))
    h2 = np.tanh(W @ x2 + U @ h1 + np.float32(0.1))
    y1, y2 = (np.exp(V @ h) / np.exp(V @ h).sum() for h in (h1, h2))
    return {"h1": h1, "y1": y1, "h2": h2, "y2": y2, "loss": -np.log(y1[0]) - np.log(y2[1])}


@variant("by_hand", replaces="by_hand")
def as_tensors():
    """Tensors, rounded by torch, with a graph attached to the loss."""
    h1 = torch.full((1, 3), 0.5).tanh()
    h2 = (1.1 + 0.1 * h1.sum() * torch.ones(3)).tanh()
    y = torch.softmax(torch.zeros(2, 2, requires_grad=True), dim=1)
    loss = -(y[0, 0] * y[1, 1]).log()
    return {"h1": h1.round(decimals=2), "y1": y[0], "h2": h2.round(decimals=3), "y2": y[1], "loss": loss}


@variant("by_hand", replaces="by_hand")
def with_working():
    """Keeps the intermediate results in the same dict."""
    n1 = 0.5
    n2 = 1.1 + 0.3 * math.tanh(n1)
    return {
        "net1": n1,
        "h1": [math.tanh(n1)] * 3,
        "y1": np.array([0.5, 0.5]),
        "net2": n2,
        "h2": [math.tanh(n2)] * 3,
        "y2": np.array([0.5, 0.5]),
        "losses": [math.log(2), math.log(2)],
        "loss": [2 * math.log(2)],
    }


@variant("by_hand", replaces="by_hand")
def one_number_a_layer():
    """All units of a layer are equal, so one number says it all."""
    return {"h1": 0.4621, "y1": 0.5, "h2": 0.8451, "y2": 0.5, "loss": 1.3863}


@variant("by_hand", replaces="by_hand")
def with_other_keys_and_commas():
    """Capital keys, a table for both outputs, and decimal commas, of which Python makes whole numbers."""
    return {"H_1": (0, 46, 0, 46, 0, 46), "H_2": "0,85", "Y": [["50 %", "50 %"], ["1/2", "1/2"]], "Loss": (1, 39)}


@variant("by_hand", replaces="by_hand")
def in_the_order_asked():
    """A tuple of the five parts, columns and a single number among them."""
    return np.array([[0.46, 0.46, 0.46]]), [0.5, 0.5], np.full((3, 1), 0.85), np.array([0.5, 0.5]), np.array(1.39)
