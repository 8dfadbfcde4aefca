"""Tests of the equation check: what is right in any notation agrees, what is wrong is named, and doubt stays doubt."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from equation_styles import Style, laid_out, layouts, styles
from hypothesis import given, settings
from hypothesis import strategies as st

from graders.authoring.solution import Alternative
from graders.practical09.equations.reader import Finding, Part, Status, judge, read_equations

REFERENCE = Path(__file__).parents[3] / "reference" / "practical09"
STATE = r"$$h_t = \tanh(W x_t + U h_{t-1} + b)$$"
OUTPUT = r"$$\hat{y}_t = \mathrm{softmax}(V h_t + c)$$"


def findings(markdown: str, seed: int = 0) -> dict[Part, Finding]:
    """The findings about an answer, by part."""
    return {found.part: found for found in judge(read_equations(markdown), np.random.default_rng(seed))}


def reference(name: str) -> ModuleType:
    """A module of the reference, on its own."""
    spec = importlib.util.spec_from_file_location(f"equation_test_{name}", REFERENCE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def alternatives(name: str) -> list[Alternative]:
    """The alternatives that a module of the reference holds."""
    return [value for value in vars(reference(name)).values() if isinstance(value, Alternative)]


NAMED = {
    "recurrence_not_written": (Part.RECURRENCE, "recurrence missing"),
    "state_without_tanh": (Part.RECURRENCE, "tanh missing"),
    "state_without_bias": (Part.RECURRENCE, "bias missing"),
    "bias_outside_tanh": (Part.RECURRENCE, "terms outside the tanh"),
    "sigmoid_state": (Part.RECURRENCE, "a sigmoid instead of tanh"),
    "output_fed_back": (Part.RECURRENCE, "recurrence through the output"),
    "one_matrix_for_both": (Part.RECURRENCE, "dimensions"),
    "mixed_orientation": (Part.RECURRENCE, "dimensions"),
    "output_without_softmax": (Part.OUTPUT, "softmax missing"),
    "sigmoid_output": (Part.OUTPUT, "a sigmoid instead of softmax"),
    "output_without_bias": (Part.OUTPUT, "bias missing"),
    "output_from_input": (Part.OUTPUT, "input instead of state"),
    "output_from_last_state": (Part.OUTPUT, "last state instead of the new one"),
    "loss_without_minus": (Part.LOSS, "minus missing"),
    "loss_of_one_step": (Part.LOSS, "sum over time missing"),
    "loss_not_over_classes": (Part.LOSS, "sum over classes missing"),
    "loss_swapped": (Part.LOSS, "output and target swapped"),
    "squared_loss": (Part.LOSS, "squared error"),
    "binary_loss": (Part.LOSS, "binary cross-entropy"),
    "initial_state_of_ones": (Part.INITIAL, "not zero"),
    "shapes_declared_wrongly": (Part.DIMENSIONS, "declared shapes"),
}


def test_the_model_answer_agrees_in_every_part() -> None:
    """The reference's own equations pass."""
    found = findings(reference("equations").ANSWER)
    assert [item.status for item in found.values()] == [Status.AGREES] * len(Part)


def test_right_answers_are_read_and_never_accused() -> None:
    """At least 95 % of the notations are read whole, and no part of any is called wrong."""
    right = {item.name: findings(item.function()) for item in alternatives("variants_equations")}
    assert {name for name, found in right.items() if any(item.accuses for item in found.values())} == set()
    unread = {name for name, found in right.items() if any(item.status is Status.UNREAD for item in found.values())}
    assert len(right) >= 80 and len(unread) <= 0.05 * len(right), unread


def test_wrong_answers_never_agree_in_the_part_that_is_wrong() -> None:
    """Each mistake in several notations: none of them may be given the item that it breaks."""
    wrong = alternatives("wrong_equations")
    parts = {part.replace(" ", "_"): part for part in Part}
    agreeing = {item.name for item in wrong if findings(item.function())[parts[item.breaks]].status is Status.AGREES}
    assert len(wrong) >= 60 and agreeing == set()


@pytest.mark.parametrize("wrong", alternatives("misconceptions_equations"), ids=lambda item: item.name)
def test_every_misconception_is_accused_where_it_is_wrong_and_nowhere_else(wrong: Alternative) -> None:
    """The finding says what kind of mistake it is; the other parts of the answer stay clear."""
    part, kind = NAMED[wrong.name]
    found = findings(wrong.function())
    assert found[part].accuses and found[part].kind == kind
    also = {Part.DIMENSIONS} if kind == "dimensions" else set()
    assert {other for other, item in found.items() if item.accuses} == {part} | also


@given(style=styles, layout=layouts, seed=st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_right_equations_agree_in_every_style(style: Style, layout: str, seed: int) -> None:
    """Letters, scripts, orientation, brackets and layout change nothing."""
    lines = [style.initial(), style.recurrence(), style.predicted(), style.cross_entropy()]
    answer = laid_out(lines, layout)
    found = findings(answer, seed)
    assert {part: item.status for part, item in found.items()} == dict.fromkeys(Part, Status.AGREES), answer


@given(style=styles, layout=layouts, seed=st.integers(0, 2**32), fault=st.integers(0, 6))
@settings(max_examples=300, deadline=None)
def test_wrong_equations_never_agree_in_any_style(style: Style, layout: str, seed: int, fault: int) -> None:
    """A part with a mistake is accused or left to a person, and the parts beside it are not accused."""
    recurrence, output, loss = style.recurrence(), style.predicted(), style.cross_entropy()
    part = Part.RECURRENCE if fault < 4 else Part.OUTPUT if fault < 6 else Part.LOSS
    old_state = style.times(style.weights[1], style.before(style.state))
    wrong = {
        0: recurrence.replace(f" + {old_state}", ""),
        1: recurrence.replace(f" + {style.weights[2]}", ""),
        2: recurrence.replace(style.tanh, r"\mathrm{sigmoid}"),
        3: recurrence.replace(style.weights[0], style.weights[1]),
        4: output.replace(f" + {style.weights[4]}", ""),
        5: output.replace(style.softmax, r"\mathrm{sigmoid}"),
        6: loss.replace("-", "", 1) if "CE" not in loss else loss.replace("= ", "= -"),
    }[fault]
    right = {Part.RECURRENCE: recurrence, Part.OUTPUT: output, Part.LOSS: loss}
    assert wrong != right[part]
    answer = laid_out([style.initial(), *(right | {part: wrong}).values()], layout)
    found = findings(answer, seed)
    assert found[part].status is not Status.AGREES, answer
    assert {item.part for item in found.values() if item.accuses} <= {part, Part.DIMENSIONS}, answer


@pytest.mark.parametrize(
    ("markdown", "part"),
    [
        (r"$h_t = \tanh(W_xh x_t + W_hh h_t-1 + b_h)$", Part.RECURRENCE),
        (r"$h_t = \tanh W_{xh} x_t + W_{hh} h_{t-1} + b_h$", Part.RECURRENCE),
        (r"$h_t = \sigma(W x_t + U h_{t-1} + b)$", Part.RECURRENCE),
        (r"$h_t = \tanh(W x_t + U h_{t-1})$, biases are absorbed into the weights.", Part.RECURRENCE),
        (r"$$h_t = \tanh(W x_t + U h_{t-1}), \text{ biases left out}$$", Part.RECURRENCE),
        (r"$h_t = \tanh(a_t)$, with $a_t$ the usual sum", Part.RECURRENCE),
        (r"$h_t = W x_t + U h_{t-1} + b$, and apply tanh to all of it.", Part.RECURRENCE),
        (r"$$h_t = \tanh(W x_t + U h_{t-1})$$ $$+ b_h$$", Part.RECURRENCE),
        (r"$h_t = \sigma(W x_t + U h_{t-1} + b)$ where $\sigma$ is no sigmoid but tanh", Part.RECURRENCE),
        (STATE + r"$o_t = V h_t + c$ $L = \sum_t \mathrm{CE}(\mathrm{softmax}(o_t), y_t)$", Part.OUTPUT),
        (STATE + r"$y_t = V h_t + c$, $P(y_t) = \mathrm{softmax}(y_t)$", Part.OUTPUT),
        (STATE + OUTPUT + r"$L = -\sum_k y_{t,k} \log \hat{y}_{t,k}$ at each step", Part.LOSS),
        (STATE + OUTPUT + r"$L = \sum_t \log \hat{y}_{t,y_t}$, the likelihood, which we maximise", Part.LOSS),
        (STATE + OUTPUT + r"$L = -\sum_t y_t \log \hat{y}_t$", Part.LOSS),
        (STATE + OUTPUT + r"$$L_t = -\sum_k y_{t,k} \log \hat{y}_{t,k}$$", Part.LOSS),
        (STATE + OUTPUT + r"$$L(\hat{y}, y) = -\sum_k y_k \log \hat{y}_k$$", Part.LOSS),
        (STATE + OUTPUT + r"$L = -\mathbb{E}[\log \hat{y}]$", Part.LOSS),
        (STATE + r"$h_0 = \mathbf{v}$, learned", Part.INITIAL),
        (STATE + OUTPUT + r"$W, U \in \mathbb{R}^{n \times n}$", Part.DIMENSIONS),
        (STATE + OUTPUT.replace("c", "b"), Part.DIMENSIONS),
        ("Only words here.", Part.RECURRENCE),
        ("", Part.LOSS),
    ],
)
def test_doubt_is_left_to_a_person(markdown: str, part: Part) -> None:
    """What is incomplete, ambiguous or beyond the grammar is unread, and nothing else is accused either."""
    found = findings(markdown)
    assert found[part].status is Status.UNREAD
    assert not any(item.accuses for item in found.values())


@pytest.mark.parametrize(
    "words",
    [
        "The state h_t is the tanh of W times x_t, plus U times h_{t-1} plus b.",
        "The state h_t is the tanh of some function of W times x_t plus U times h_{t-1} plus b.",
        "The state h_t is W times x_t plus U times h_{t-1} plus b, all of it through the tanh.",
    ],
)
def test_words_that_leave_something_open_are_left_to_a_person(words: str) -> None:
    """How far a function goes, and what a word means, is not guessed."""
    found = findings(words)[Part.RECURRENCE]
    assert found.status is Status.UNREAD
    assert findings(words.replace(", plus", " plus").replace("some function of ", ""))[Part.LOSS].kind == "absent"


@pytest.mark.parametrize(
    "words",
    [
        "The hidden state is initialised\nwith zeros.",
        "$h_0$ is the zero vector.",
        "We start from a null state.",
        "O estado inicial é zero.",
    ],
)
def test_an_initial_state_in_words_counts(words: str) -> None:
    """Nobody has to write it as an equation."""
    found = findings(STATE + "\n\n" + words)[Part.INITIAL]
    assert (found.status, found.kind) == (Status.AGREES, "in words")


@pytest.mark.parametrize(
    ("loss", "kind"),
    [
        (r"L = -\frac{1}{T} \sum_{t=1}^T \sum_k y_{t,k} \log \hat{y}_{t,k}", "mean"),
        (r"L = -\sum_t \mathbf{1}^\top (y_t \odot \log \hat{y}_t)", ""),
        (r"L = -\sum_t \log \hat{y}_{t,y_t}", ""),
        (r"L = -\sum_t \log(y_t^\top \hat{y}_t)", ""),
        (r"L = -\sum_t \sum_k \mathbb{1}[y_t = k] \log \hat{y}_{t,k}", ""),
        (r"L = \sum_t L_t, \quad L_t = -\mathbf{e}_{y_t}^\top \log \hat{y}_t", ""),
    ],
)
def test_accepted_losses_are_told_apart(loss: str, kind: str) -> None:
    """A mean over the steps is right and is noted."""
    found = findings(STATE + OUTPUT + f"$${loss}$$")[Part.LOSS]
    assert (found.status, found.kind) == (Status.AGREES, kind)


def test_declared_shapes_are_compared_with_their_use() -> None:
    """A declaration that cannot be right is named; one in other letters is fine."""
    right = r"$W \in \mathbb{R}^{n \times m}$, $x_t \in \mathbb{R}^m$, $h_t \in \mathbb{R}^n$"
    wrong = r"$W \in \mathbb{R}^{m \times n}$, $x_t \in \mathbb{R}^m$, $h_t \in \mathbb{R}^n$"
    assert findings(STATE + OUTPUT + right)[Part.DIMENSIONS].kind == "declared"
    found = findings(STATE + OUTPUT + wrong)[Part.DIMENSIONS]
    assert found.status is Status.DIMENSIONS and "W" in found.message


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
    (Part.DIMENSIONS, "", "", r"$W_{xh}$ has $D$ rows and $H$ columns, $W_{hh}$ has $H$ rows and $H$ columns."),
    (Part.DIMENSIONS, "", "", r"$W_{xh}$ tem D linhas e H colunas."),
    (Part.DIMENSIONS, "", "", r"$W_{xh}: \mathbb{R}^{H} \to \mathbb{R}^{D}$"),
    (Part.DIMENSIONS, r"W_{xh}", r"W_{xh}^{D \times H}", ""),
    (Part.DIMENSIONS, "", "", r"$W_{xh} \in M_{D \times H}$"),
    (Part.DIMENSIONS, "", "", r"$W_{xh}$ is a matrix in $\mathbb{R}^{D,H}$"),
    (Part.DIMENSIONS, "", "", r"W_xh.shape = (D, H)"),
    (Part.DIMENSIONS, "", "", r"`W_xh` has shape `(D, H)`, `h_t` has shape `(H,)`, `x_t` has shape `(D,)`."),
    (
        Part.DIMENSIONS,
        "",
        "",
        r"$\dim(W_{xh}) = D \times H$, $\dim(W_{hh}) = H \times H$, $\dim x_t = D$, $\dim h_t = H$",
    ),
    (
        Part.DIMENSIONS,
        "",
        "",
        r"$W_{xh}$ and $W_{hh}$ are of size $D \times H$ and $H \times H$ respectively; $x_t$ has length $D$.",
    ),
    (Part.DIMENSIONS, "", "", "- $W_{xh}$ [D x H]\n- $W_{hh}$ [H x H]"),
    (Part.DIMENSIONS, "", "", r"$b_h \in \mathbb{R}^{D}$, $x_t \in \mathbb{R}^{D}$, $h_t \in \mathbb{R}^{H}$"),
    (
        Part.DIMENSIONS,
        "",
        "",
        r"$x_t$ is a $D$-dimensional vector, $h_t$ is $H$-dimensional and $b_h$ is a $D$-dimensional vector.",
    ),
    (
        Part.DIMENSIONS,
        "",
        "",
        r"For the exercise: $W_{xh}$ is 4x3, $W_{hh}$ is 3x3, $x_t$ has length 4, $h_t$ length 3",
    ),
    (Part.DIMENSIONS, r"W_{xh}", r"W_{xh}^{(t)}", ""),
    (Part.DIMENSIONS, r"W_{xh} x", r"W_t x", ""),
    (Part.LOSS, r"^T \sum", r"^{T-1} \sum", ""),
    (Part.LOSS, r"t=1", r"t=2", ""),
    (Part.LOSS, r"k=1", r"k=2", ""),
    (
        Part.RECURRENCE,
        r"$$h_t = \tanh(W_{xh} x_t + W_{hh} h_{t-1} + b_h)$$",
        r"~~$$h_t = \tanh(W_{xh} x_t + W_{hh} h_{t-1} + b_h)$$~~",
        "",
    ),
    (Part.RECURRENCE, "", "", r"At first. Finally I use $$h_t = \tanh(W_{xh} x_t + b_h)$$"),
    (Part.OUTPUT, r"\mathrm{softmax}(W_{hy} h_t + b_y)", r"\mathrm{softmax}(\tanh(W_{hy} h_t + b_y))", ""),
    (Part.OUTPUT, r"\mathrm{softmax}(W_{hy} h_t + b_y)", r"\mathrm{softmax}(W_{hy} h_t) + b_y", ""),
    (Part.OUTPUT, r"(W_{hy} h_t + b_y)", r"((W_{hy} h_t + b_y) / \tau)", ""),
    (Part.OUTPUT, r"\hat{y}_t = \mathrm{softmax}(W_{hy} h_t", r"\hat{y} = \mathrm{softmax}(W_{hy} h_T", ""),
    (Part.RECURRENCE, r"h_{t-1}", r"h_{t-1}^2", ""),
    (Part.RECURRENCE, r"x_t +", r"x_{t-1} +", ""),
    (Part.RECURRENCE, r"x_t +", r"x_{t+1} +", ""),
    (Part.RECURRENCE, r"\tanh", r"\tan", ""),
    (Part.RECURRENCE, r"\tanh", "f", "where $f$ is not the tanh but the identity"),
    (Part.RECURRENCE, r"\tanh", r"f", ""),
    (Part.RECURRENCE, r"\tanh", "f", "where $f$ is tanh or ReLU"),
    (Part.RECURRENCE, r"h_{t-1}", r"h_{t+1}", ""),
    (Part.INITIAL, "$$h_0 = 0$$", "", r"The initial state is not zero but learned."),
    (Part.INITIAL, "$$h_0 = 0$$", "", r"$h_1 = 0$"),
    (Part.INITIAL, "$$h_0 = 0$$", "", r"At the start of each epoch the hidden gradients are set to zero."),
    (Part.INITIAL, "$$h_0 = 0$$", "", r"The loss starts at zero for the first hidden layer."),
    (Part.INITIAL, "$$h_0 = 0$$", "", r"$x_0 = 0$"),
    (Part.INITIAL, "$$h_0 = 0$$", "", r"The hidden state is initialised to a nonzero vector."),
    (Part.INITIAL, "$$h_0 = 0$$", "", r"We initialise W_hh with zeros and the hidden state randomly."),
    (Part.INITIAL, "$$h_0 = 0$$", "", r"$h_0 = 0$, $h_0 = 1$"),
    (Part.INITIAL, "$$h_0 = 0$$", "", r"If the initial hidden state were zero, nothing would be learned."),
    (Part.INITIAL, "$$h_0 = 0$$", "", r"Should the initial hidden state be zero?"),
    (
        Part.INITIAL,
        "$$h_0 = 0$$",
        "",
        r"The hidden state becomes zero at the beginning of training because the inputs are zero.",
    ),
]


@pytest.mark.parametrize(("part", "old", "new", "more"), SPOILT)
def test_what_spoils_a_right_answer_is_never_given(part: Part, old: str, new: str, more: str) -> None:
    """Other steps, bounds, functions and shapes, however they are said; words that only sound like an initial state."""
    assert findings(WHOLE)[part].status is Status.AGREES
    assert findings(WHOLE.replace(old, new) + more)[part].status is not Status.AGREES


STATED = [
    r"$W_{xh}: H \times D$, $W_{hh}: H \times H$",
    "$W_{xh}$ é H×D e $W_{hh}$ é H×H",
    "W_xh is an H by D matrix, and W_hh an H by H one",
    "| matrix | shape |\n|---|---|\n| $W_{xh}$ | $H \\times D$ |\n| `W_hh` | H × H |",
    "$W_{xh}$ tem dimensão H por D.",
    r"with $W_{xh}\,(H \times D)$",
    r"$\mathbf{W}_{xh}$ has shape 3×4, $\mathbf{W}_{hh}$ has shape 3×3",
    r"$W_{xh} \in \mathbb{R}^{H \times D}$, $W_{hh}$: H x H",
]


@pytest.mark.parametrize("stated", STATED)
def test_shapes_count_however_they_are_stated(stated: str) -> None:
    """Stated in words, tables or after a colon, right shapes agree; beside exchanged matrices they never do."""
    right = findings(NAMED_EQUATIONS + stated)[Part.DIMENSIONS]
    assert (right.status, right.kind) == (Status.AGREES, "declared")
    exchanged = NAMED_EQUATIONS.replace("W_{xh}x_t+W_{hh}h", "W_{hh}x_t+W_{xh}h")
    assert findings(exchanged + stated)[Part.DIMENSIONS].status is not Status.AGREES


@pytest.mark.parametrize("stated", ["$W_{xh}$: D×H", "W_xh é D por H", "the first matrix is H x D", "(D×H)"])
def test_shapes_that_are_wrong_or_of_nothing_never_agree(stated: str) -> None:
    """Rows and columns exchanged, or a shape of which it is not clear what has it, go to a person."""
    assert findings(NAMED_EQUATIONS + stated)[Part.DIMENSIONS].status is not Status.AGREES


def test_two_equations_of_one_part_must_not_contradict_each_other() -> None:
    """A general form beside the concrete one is fine; a wrong one beside a right one goes to a person."""
    general = r"$$h_t = f(h_{t-1}, x_t)$$"
    biasless = r"$$h_t = \tanh(W x_t + U h_{t-1})$$"
    assert findings(general + STATE)[Part.RECURRENCE].status is Status.AGREES
    assert findings(biasless + STATE)[Part.RECURRENCE].kind == "two forms"


def test_the_same_seed_gives_the_same_findings() -> None:
    """A regrade repeats exactly."""
    answer = reference("equations").ANSWER
    assert findings(answer, 7) == findings(answer, 7)
