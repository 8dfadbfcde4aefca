"""Whole answers, with what spoils them: what is wrong is never given, and shapes count however they are stated."""

from __future__ import annotations

import numpy as np
import pytest

from graders.practical09.equations.reader import Finding, ModelPart, PartStatus, judge, read_equations


def findings(markdown: str) -> dict[ModelPart, Finding]:
    """The findings about an answer, by part."""
    return {found.part: found for found in judge(read_equations(markdown), np.random.default_rng(0))}


NAMED_EQUATIONS = r"""
$$h_t=\tanh(W_{xh}x_t+W_{hh}h_{t-1}+b_h)$$ $$\hat y_t=\mathrm{softmax}(W_{hy}h_t+b_y)$$

"""


WHOLE = r"""
$$h_0 = 0$$

$$h_t = \tanh(W_{xh} x_t + W_{hh} h_{t-1} + b_h)$$

$$\hat{y}_t = \mathrm{softmax}(W_{hy} h_t + b_y)$$

$$L = -\sum_{t=1}^T \sum_{k=1}^K y_{t,k} \log \hat{y}_{t,k}$$

"""


SPOILT = [
    (ModelPart.DIMENSIONS, "", "", r"$W_{xh}$ has $D$ rows and $H$ columns, $W_{hh}$ has $H$ rows and $H$ columns."),
    (ModelPart.DIMENSIONS, "", "", r"$W_{xh}$ tem D linhas e H colunas."),
    (ModelPart.DIMENSIONS, "", "", r"$W_{xh}: \mathbb{R}^{H} \to \mathbb{R}^{D}$"),
    (ModelPart.DIMENSIONS, r"W_{xh}", r"W_{xh}^{D \times H}", ""),
    (ModelPart.DIMENSIONS, "", "", r"$W_{xh} \in M_{D \times H}$"),
    (ModelPart.DIMENSIONS, "", "", r"$W_{xh}$ is a matrix in $\mathbb{R}^{D,H}$"),
    (ModelPart.DIMENSIONS, "", "", r"W_xh.shape = (D, H)"),
    (ModelPart.DIMENSIONS, "", "", r"`W_xh` has shape `(D, H)`, `h_t` has shape `(H,)`, `x_t` has shape `(D,)`."),
    (
        ModelPart.DIMENSIONS,
        "",
        "",
        r"$\dim(W_{xh}) = D \times H$, $\dim(W_{hh}) = H \times H$, $\dim x_t = D$, $\dim h_t = H$",
    ),
    (
        ModelPart.DIMENSIONS,
        "",
        "",
        r"$W_{xh}$ and $W_{hh}$ are of size $D \times H$ and $H \times H$ respectively; $x_t$ has length $D$.",
    ),
    (ModelPart.DIMENSIONS, "", "", "- $W_{xh}$ [D x H]\n- $W_{hh}$ [H x H]"),
    (ModelPart.DIMENSIONS, "", "", r"$b_h \in \mathbb{R}^{D}$, $x_t \in \mathbb{R}^{D}$, $h_t \in \mathbb{R}^{H}$"),
    (
        ModelPart.DIMENSIONS,
        "",
        "",
        r"$x_t$ is a $D$-dimensional vector, $h_t$ is $H$-dimensional and $b_h$ is a $D$-dimensional vector.",
    ),
    (
        ModelPart.DIMENSIONS,
        "",
        "",
        r"For the exercise: $W_{xh}$ is 4x3, $W_{hh}$ is 3x3, $x_t$ has length 4, $h_t$ length 3",
    ),
    (ModelPart.DIMENSIONS, "", "", "|a|shape|\n|-|-|\n|$W_{xh}$|$(D, H)$|\n|$h_t$|$(H, 1)$|\n|$x_t$|$(D, 1)$|"),
    (ModelPart.DIMENSIONS, "", "", "|a|b|\n|-|-|\n| W_xh | (D, H) |\n| h_t | (H, 1) |\n| x_t | (D, 1) |"),
    (ModelPart.DIMENSIONS, "", "", "W_xh (D, H), W_hh (H, H), x_t (D,), h_t (H,)"),
    (ModelPart.DIMENSIONS, "", "", r"size($W_{hy}$) = $H \times K$, $|h_t| = H$, $|\hat{y}_t| = K$"),
    (ModelPart.DIMENSIONS, "", "", r"$\dim(b_h) = \dim(x_t) = D$, $\dim(h_t) = H$"),
    (ModelPart.DIMENSIONS, "", "", r"$\underbrace{W_{xh}}_{D \times H} \underbrace{x_t}_{D}$, $\underbrace{h_t}_{H}$"),
    (ModelPart.DIMENSIONS, "", "", r"$\underbrace{\hat{y}_t}_{H \times 1}$, $h_t \in \mathbb{R}^{H}$"),
    (ModelPart.DIMENSIONS, r"W_{xh}", r"W_{xh}^{(t)}", ""),
    (ModelPart.DIMENSIONS, r"W_{xh} x", r"W_t x", ""),
    (ModelPart.LOSS, r"^T \sum", r"^{T-1} \sum", ""),
    (ModelPart.LOSS, r"t=1", r"t=2", ""),
    (ModelPart.LOSS, r"k=1", r"k=2", ""),
    (
        ModelPart.RECURRENCE,
        r"$$h_t = \tanh(W_{xh} x_t + W_{hh} h_{t-1} + b_h)$$",
        r"~~$$h_t = \tanh(W_{xh} x_t + W_{hh} h_{t-1} + b_h)$$~~",
        "",
    ),
    (ModelPart.RECURRENCE, "", "", r"At first. Finally I use $$h_t = \tanh(W_{xh} x_t + b_h)$$"),
    (ModelPart.OUTPUT, r"\mathrm{softmax}(W_{hy} h_t + b_y)", r"\mathrm{softmax}(\tanh(W_{hy} h_t + b_y))", ""),
    (ModelPart.OUTPUT, r"\mathrm{softmax}(W_{hy} h_t + b_y)", r"\mathrm{softmax}(W_{hy} h_t) + b_y", ""),
    (ModelPart.OUTPUT, r"(W_{hy} h_t + b_y)", r"((W_{hy} h_t + b_y) / \tau)", ""),
    (ModelPart.OUTPUT, r"\hat{y}_t = \mathrm{softmax}(W_{hy} h_t", r"\hat{y} = \mathrm{softmax}(W_{hy} h_T", ""),
    (ModelPart.RECURRENCE, r"h_{t-1}", r"h_{t-1}^2", ""),
    (ModelPart.RECURRENCE, r"x_t +", r"x_{t-1} +", ""),
    (ModelPart.RECURRENCE, r"x_t +", r"x_{t+1} +", ""),
    (ModelPart.RECURRENCE, r"\tanh", r"\tan", ""),
    (ModelPart.RECURRENCE, r"\tanh", "f", "where $f$ is not the tanh but the identity"),
    (ModelPart.RECURRENCE, r"\tanh", r"f", ""),
    (ModelPart.RECURRENCE, r"\tanh", "f", "where $f$ is tanh or ReLU"),
    (ModelPart.RECURRENCE, r"h_{t-1}", r"h_{t+1}", ""),
    (ModelPart.INITIAL, "$$h_0 = 0$$", "", r"The initial state is not zero but learned."),
    (ModelPart.INITIAL, "$$h_0 = 0$$", "", r"$h_1 = 0$"),
    (ModelPart.INITIAL, "$$h_0 = 0$$", "", r"At the start of each epoch the hidden gradients are set to zero."),
    (ModelPart.INITIAL, "$$h_0 = 0$$", "", r"The loss starts at zero for the first hidden layer."),
    (ModelPart.INITIAL, "$$h_0 = 0$$", "", r"$x_0 = 0$"),
    (ModelPart.INITIAL, "$$h_0 = 0$$", "", r"The hidden state is initialised to a nonzero vector."),
    (ModelPart.INITIAL, "$$h_0 = 0$$", "", r"We initialise W_hh with zeros and the hidden state randomly."),
    (ModelPart.INITIAL, "$$h_0 = 0$$", "", r"$h_0 = 0$, $h_0 = 1$"),
    (ModelPart.INITIAL, "$$h_0 = 0$$", "", r"If the initial hidden state were zero, nothing would be learned."),
    (ModelPart.INITIAL, "$$h_0 = 0$$", "", r"Should the initial hidden state be zero?"),
    (
        ModelPart.INITIAL,
        "$$h_0 = 0$$",
        "",
        r"The hidden state becomes zero at the beginning of training because the inputs are zero.",
    ),
]


@pytest.mark.parametrize(("part", "old", "new", "more"), SPOILT)
def test_what_spoils_a_right_answer_is_never_given(part: ModelPart, old: str, new: str, more: str) -> None:
    """Other steps, bounds, functions and shapes, however they are said; words that only sound like an initial state."""
    assert findings(WHOLE)[part].status is PartStatus.AGREES
    assert findings(WHOLE.replace(old, new) + more)[part].status is not PartStatus.AGREES


STATED = [
    "$W_{xh}$: hidden size × input size, $W_{hh}$: hidden size × hidden size, $b_h$: hidden size",
    "W_xh has shape (hidden, input), W_hh has shape (hidden, hidden), b_h has shape (hidden,).",
    r"$W_{xh} \in \mathbb{R}^{\text{hidden} \times \text{input}}$, $W_{hh} \in \mathbb{R}^{n_h \times n_h}$",
    "$W_{xh}$ is a (number of hidden units) by (number of inputs) matrix; $W_{hh}$: escondidas × escondidas",
    "`W_xh`: (hidden_size, input_size); `W_hy`: (output_size, hidden_size)",
    "| symbol | shape |\n|---|---|\n| $W_{xh}$ | hidden size × input size |\n| $b_h$ | hidden size |",
    "$W_{xh}$ has one row per hidden unit and one column per input; $b_y$ (number of classes)",
    r"$W_{xh}: H \times D$, $W_{hh}: H \times H$",
    "$W_{xh}$ é H×D e $W_{hh}$ é H×H",
    "W_xh is an H by D matrix, and W_hh an H by H one",
    "| matrix | shape |\n|---|---|\n| $W_{xh}$ | $H \\times D$ |\n| `W_hh` | H × H |",
    "$W_{xh}$ tem dimensão H por D.",
    r"with $W_{xh}\,(H \times D)$",
    r"$\mathbf{W}_{xh}$ has shape 3×4, $\mathbf{W}_{hh}$ has shape 3×3",
    r"$W_{xh} \in \mathbb{R}^{H \times D}$, $W_{hh}$: H x H",
    "| symbol | shape |\n|---|---|\n| $\\mathbf{W}_{xh}$ | $(H, D)$ |\n| $\\mathbf{W}_{hh}$ | $(H, H)$ |",
    "W_xh (H, D), W_hh (H, H), b_h (H,), b_y (K,), x_t (D,), h_t (H,)",
    r"size($W_{xh}$) = $H \times D$, size($W_{hh}$) = $(H, H)$, $|b_h| = H$",
    r"$\dim(x_t) = D$, $\dim(h_t) = \dim(b_h) = H$, $\dim(\hat{y}_t) = K$, $\dim W_{xh} = H \times D$, $W_{hh}$: H×H",
    r"$W_{xh}: \mathbb{R}^D \to \mathbb{R}^H$, $W_{hh}: \mathbb{R}^{H} \rightarrow \mathbb{R}^{H}$",
    r"$\underbrace{W_{xh}}_{H \times D} \underbrace{x_t}_{D \times 1}$, "
    r"$\underbrace{W_{hh}}_{\in \mathbb{R}^{H \times H}}$, $\underbrace{\hat{\mathbf{y}}_t}_{K \times 1}$",
    r"$W_{xh}$: H×D and $W_{hh}$: H×H; the loss has the scalar product of target and log",
]


@pytest.mark.parametrize("stated", STATED)
def test_shapes_count_however_they_are_stated(stated: str) -> None:
    """Stated in words, tables or after a colon, right shapes agree; next to exchanged matrices they never do."""
    right = findings(NAMED_EQUATIONS + stated)[ModelPart.DIMENSIONS]
    assert (right.status, right.kind) == (PartStatus.AGREES, "declared")
    exchanged = NAMED_EQUATIONS.replace("W_{xh}x_t+W_{hh}h", "W_{hh}x_t+W_{xh}h")
    assert findings(exchanged + stated)[ModelPart.DIMENSIONS].status is not PartStatus.AGREES


@pytest.mark.parametrize("stated", ["$W_{xh}$: D×H", "W_xh é D por H", "the first matrix is H x D", "(D×H)"])
def test_shapes_that_are_wrong_or_of_nothing_never_agree(stated: str) -> None:
    """Rows and columns exchanged, or a shape of which it is not clear what has it, go to a person."""
    assert findings(NAMED_EQUATIONS + stated)[ModelPart.DIMENSIONS].status is not PartStatus.AGREES


def test_a_state_that_was_not_read_is_not_said_to_misfit() -> None:
    """Matrices next to each other in round brackets may be blocks; a person is not sent after their shapes."""
    stacked = r"h_t=\tanh((W_{xh}\;W_{hh})\begin{bmatrix}x_t\\h_{t-1}\end{bmatrix}+b_h)"
    answer = NAMED_EQUATIONS.replace(r"h_t=\tanh(W_{xh}x_t+W_{hh}h_{t-1}+b_h)", stacked)
    shapes = "W_xh: H×D, W_hh: H×H, x_t: D×1, h_t: H×1"
    assert stacked in answer and findings(answer + shapes)[ModelPart.DIMENSIONS].status is PartStatus.UNREAD


def test_the_first_state_may_be_written_with_its_time() -> None:
    """The index t = 0 is 0, but below a sum it is where the sum begins."""
    assert findings(WHOLE.replace("h_0", "h_{t=0}"))[ModelPart.INITIAL].status is PartStatus.AGREES
    assert findings(WHOLE.replace("sum_{t=1}", "sum_{t=0}"))[ModelPart.LOSS].status is PartStatus.AGREES
