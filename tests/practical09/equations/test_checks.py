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
from graders.practical09.equations.reader import Finding, ModelPart, PartStatus, judge, read_equations

REFERENCE = Path(__file__).parents[3] / "reference" / "practical09"
STATE = r"$$h_t = \tanh(W x_t + U h_{t-1} + b)$$"
OUTPUT = r"$$\hat{y}_t = \mathrm{softmax}(V h_t + c)$$"


def findings(markdown: str, seed: int = 0) -> dict[ModelPart, Finding]:
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
    "recurrence_not_written": (ModelPart.RECURRENCE, "recurrence missing"),
    "state_without_tanh": (ModelPart.RECURRENCE, "tanh missing"),
    "state_without_bias": (ModelPart.RECURRENCE, "bias missing"),
    "bias_outside_tanh": (ModelPart.RECURRENCE, "terms outside the tanh"),
    "sigmoid_state": (ModelPart.RECURRENCE, "a sigmoid instead of tanh"),
    "output_fed_back": (ModelPart.RECURRENCE, "recurrence through the output"),
    "one_matrix_for_both": (ModelPart.RECURRENCE, "dimensions"),
    "mixed_orientation": (ModelPart.RECURRENCE, "dimensions"),
    "output_without_softmax": (ModelPart.OUTPUT, "softmax missing"),
    "sigmoid_output": (ModelPart.OUTPUT, "a sigmoid instead of softmax"),
    "output_without_bias": (ModelPart.OUTPUT, "bias missing"),
    "output_from_input": (ModelPart.OUTPUT, "input instead of state"),
    "output_from_last_state": (ModelPart.OUTPUT, "last state instead of the new one"),
    "loss_without_minus": (ModelPart.LOSS, "minus missing"),
    "loss_of_one_step": (ModelPart.LOSS, "sum over time missing"),
    "loss_not_over_classes": (ModelPart.LOSS, "sum over classes missing"),
    "loss_swapped": (ModelPart.LOSS, "output and target swapped"),
    "squared_loss": (ModelPart.LOSS, "squared error"),
    "binary_loss": (ModelPart.LOSS, "binary cross-entropy"),
    "initial_state_of_ones": (ModelPart.INITIAL, "not zero"),
    "shapes_declared_wrongly": (ModelPart.DIMENSIONS, "declared shapes"),
}


def test_the_model_answer_agrees_in_every_part() -> None:
    """The reference's own equations pass."""
    found = findings(reference("equations").ANSWER)
    assert [item.status for item in found.values()] == [PartStatus.AGREES] * len(ModelPart)


def test_right_answers_are_read_and_never_accused() -> None:
    """At least 95 % of the notations are read whole, and no part of any is called wrong."""
    right = {item.name: findings(item.function()) for item in alternatives("variants_equations")}
    assert {name for name, found in right.items() if any(item.accuses for item in found.values())} == set()
    unread = {name for name, found in right.items() if any(item.status is PartStatus.UNREAD for item in found.values())}
    assert len(right) >= 80 and len(unread) <= 0.05 * len(right), unread


def test_wrong_answers_never_agree_in_the_part_that_is_wrong() -> None:
    """Each mistake in several notations: none of them may be given the item that it breaks."""
    wrong = alternatives("wrong_equations")
    parts = {part.replace(" ", "_"): part for part in ModelPart}
    agreeing = {
        item.name for item in wrong if findings(item.function())[parts[item.breaks]].status is PartStatus.AGREES
    }
    assert len(wrong) >= 60 and agreeing == set()


@pytest.mark.parametrize("wrong", alternatives("misconceptions_equations"), ids=lambda item: item.name)
def test_every_misconception_is_accused_where_it_is_wrong_and_nowhere_else(wrong: Alternative) -> None:
    """The finding says what kind of mistake it is; the other parts of the answer stay clear."""
    part, kind = NAMED[wrong.name]
    found = findings(wrong.function())
    assert found[part].accuses and found[part].kind == kind
    also = {ModelPart.DIMENSIONS} if kind == "dimensions" else set()
    assert {other for other, item in found.items() if item.accuses} == {part} | also


@given(style=styles, layout=layouts, seed=st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_right_equations_agree_in_every_style(style: Style, layout: str, seed: int) -> None:
    """Letters, scripts, orientation, brackets and layout change nothing."""
    lines = [style.initial(), style.recurrence(), style.predicted(), style.cross_entropy()]
    answer = laid_out(lines, layout)
    found = findings(answer, seed)
    assert {part: item.status for part, item in found.items()} == dict.fromkeys(ModelPart, PartStatus.AGREES), answer


@given(style=styles, layout=layouts, seed=st.integers(0, 2**32), fault=st.integers(0, 6))
@settings(max_examples=300, deadline=None)
def test_wrong_equations_never_agree_in_any_style(style: Style, layout: str, seed: int, fault: int) -> None:
    """A part with a mistake is accused or left to a person, and the parts beside it are not accused."""
    recurrence, output, loss = style.recurrence(), style.predicted(), style.cross_entropy()
    part = ModelPart.RECURRENCE if fault < 4 else ModelPart.OUTPUT if fault < 6 else ModelPart.LOSS
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
    right = {ModelPart.RECURRENCE: recurrence, ModelPart.OUTPUT: output, ModelPart.LOSS: loss}
    assert wrong != right[part]
    answer = laid_out([style.initial(), *(right | {part: wrong}).values()], layout)
    found = findings(answer, seed)
    assert found[part].status is not PartStatus.AGREES, answer
    assert {item.part for item in found.values() if item.accuses} <= {part, ModelPart.DIMENSIONS}, answer


@pytest.mark.parametrize(
    ("markdown", "part"),
    [
        (r"$h_t = \tanh(W_xh x_t + W_hh h_t-1 + b_h)$", ModelPart.RECURRENCE),
        (r"$h_t = \tanh W_{xh} x_t + W_{hh} h_{t-1} + b_h$", ModelPart.RECURRENCE),
        (r"$h_t = \sigma(W x_t + U h_{t-1} + b)$", ModelPart.RECURRENCE),
        (r"$h_t = \tanh(W x_t + U h_{t-1})$, biases are absorbed into the weights.", ModelPart.RECURRENCE),
        (r"$$h_t = \tanh(W x_t + U h_{t-1}), \text{ biases left out}$$", ModelPart.RECURRENCE),
        (r"$h_t = \tanh(a_t)$, with $a_t$ the usual sum", ModelPart.RECURRENCE),
        (r"$h_t = W x_t + U h_{t-1} + b$, and apply tanh to all of it.", ModelPart.RECURRENCE),
        (r"$$h_t = \tanh(W x_t + U h_{t-1})$$ $$+ b_h$$", ModelPart.RECURRENCE),
        (r"$h_t = \sigma(W x_t + U h_{t-1} + b)$ where $\sigma$ is no sigmoid but tanh", ModelPart.RECURRENCE),
        (STATE + r"$o_t = V h_t + c$ $L = \sum_t \mathrm{CE}(\mathrm{softmax}(o_t), y_t)$", ModelPart.OUTPUT),
        (STATE + r"$y_t = V h_t + c$, $P(y_t) = \mathrm{softmax}(y_t)$", ModelPart.OUTPUT),
        (STATE + OUTPUT + r"$L = -\sum_k y_{t,k} \log \hat{y}_{t,k}$ at each step", ModelPart.LOSS),
        (STATE + OUTPUT + r"$L = \sum_t \log \hat{y}_{t,y_t}$, the likelihood, which we maximise", ModelPart.LOSS),
        (STATE + OUTPUT + r"$L = -\sum_t y_t \log \hat{y}_t$", ModelPart.LOSS),
        (STATE + OUTPUT + r"$$L_t = -\sum_k y_{t,k} \log \hat{y}_{t,k}$$", ModelPart.LOSS),
        (STATE + OUTPUT + r"$$L(\hat{y}, y) = -\sum_k y_k \log \hat{y}_k$$", ModelPart.LOSS),
        (STATE + OUTPUT + r"$L = -\mathbb{E}[\log \hat{y}]$", ModelPart.LOSS),
        (STATE + r"$h_0 = \mathbf{v}$, learned", ModelPart.INITIAL),
        (STATE + OUTPUT + r"$W, U \in \mathbb{R}^{n \times n}$", ModelPart.DIMENSIONS),
        (STATE + OUTPUT.replace("c", "b"), ModelPart.DIMENSIONS),
        ("Only words here.", ModelPart.RECURRENCE),
        ("", ModelPart.LOSS),
    ],
)
def test_doubt_is_left_to_a_person(markdown: str, part: ModelPart) -> None:
    """What is incomplete, ambiguous or beyond the grammar is unread, and nothing else is accused either."""
    found = findings(markdown)
    assert found[part].status is PartStatus.UNREAD
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
    found = findings(words)[ModelPart.RECURRENCE]
    assert found.status is PartStatus.UNREAD
    assert findings(words.replace(", plus", " plus").replace("some function of ", ""))[ModelPart.LOSS].kind == "absent"


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
    found = findings(STATE + "\n\n" + words)[ModelPart.INITIAL]
    assert (found.status, found.kind) == (PartStatus.AGREES, "in words")


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
    found = findings(STATE + OUTPUT + f"$${loss}$$")[ModelPart.LOSS]
    assert (found.status, found.kind) == (PartStatus.AGREES, kind)


def test_declared_shapes_are_compared_with_their_use() -> None:
    """A declaration that cannot be right is named; one in other letters is fine."""
    right = r"$W \in \mathbb{R}^{n \times m}$, $x_t \in \mathbb{R}^m$, $h_t \in \mathbb{R}^n$"
    wrong = r"$W \in \mathbb{R}^{m \times n}$, $x_t \in \mathbb{R}^m$, $h_t \in \mathbb{R}^n$"
    assert findings(STATE + OUTPUT + right)[ModelPart.DIMENSIONS].kind == "declared"
    found = findings(STATE + OUTPUT + wrong)[ModelPart.DIMENSIONS]
    assert found.status is PartStatus.DIMENSIONS and "W" in found.message


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
    right = findings(NAMED_EQUATIONS + stated)[ModelPart.DIMENSIONS]
    assert (right.status, right.kind) == (PartStatus.AGREES, "declared")
    exchanged = NAMED_EQUATIONS.replace("W_{xh}x_t+W_{hh}h", "W_{hh}x_t+W_{xh}h")
    assert findings(exchanged + stated)[ModelPart.DIMENSIONS].status is not PartStatus.AGREES


@pytest.mark.parametrize("stated", ["$W_{xh}$: D×H", "W_xh é D por H", "the first matrix is H x D", "(D×H)"])
def test_shapes_that_are_wrong_or_of_nothing_never_agree(stated: str) -> None:
    """Rows and columns exchanged, or a shape of which it is not clear what has it, go to a person."""
    assert findings(NAMED_EQUATIONS + stated)[ModelPart.DIMENSIONS].status is not PartStatus.AGREES


def test_two_equations_of_one_part_must_not_contradict_each_other() -> None:
    """A general form beside the concrete one is fine; a wrong one beside a right one goes to a person."""
    general = r"$$h_t = f(h_{t-1}, x_t)$$"
    biasless = r"$$h_t = \tanh(W x_t + U h_{t-1})$$"
    assert findings(general + STATE)[ModelPart.RECURRENCE].status is PartStatus.AGREES
    assert findings(biasless + STATE)[ModelPart.RECURRENCE].kind == "two forms"


def test_the_same_seed_gives_the_same_findings() -> None:
    """A regrade repeats exactly."""
    answer = reference("equations").ANSWER
    assert findings(answer, 7) == findings(answer, 7)
