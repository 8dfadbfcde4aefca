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

from graders.authoring.alternative import Alternative
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
    """A part with a mistake is accused or left to a person, and the parts next to it are not accused."""
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


def test_two_equations_of_one_part_must_not_contradict_each_other() -> None:
    """A general form next to the concrete one is fine; a wrong one next to a right one goes to a person."""
    general = r"$$h_t = f(h_{t-1}, x_t)$$"
    biasless = r"$$h_t = \tanh(W x_t + U h_{t-1})$$"
    assert findings(general + STATE)[ModelPart.RECURRENCE].status is PartStatus.AGREES
    assert findings(biasless + STATE)[ModelPart.RECURRENCE].kind == "two forms"


def test_the_same_seed_gives_the_same_findings() -> None:
    """A regrade repeats exactly."""
    answer = reference("equations").ANSWER
    assert findings(answer, 7) == findings(answer, 7)
