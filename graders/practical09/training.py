"""Training a recurrent cell on names: the loss of a name, and many steps against it (programming 2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graders import CallError, Failed, Passed, Question, Solution, close, finite_numbers
from graders.practical09.training_held_out import BASELINES, better, claims_too_much
from graders.practical09.training_runs import (
    LIVELY,
    STILL,
    cell,
    defined,
    epochs_of,
    facts_of,
    long_run,
    names_of,
    word,
)

question = Question("training", title="Training on names", points=3)

RTOL, ATOL = 1e-4, 1e-5  # of float32, in which torch computes

LOSS = (
    "At each step the target is the symbol that comes next; the last target is the end. Take the mean over all steps."
)
STATE = "A name begins with rnn.init_hidden(); from then on each step gets the state that the step before has returned."
GRAPH = "Keep every log-probability a tensor, and hand the state on as it is: item and detach cut the graph."


@question.check(points=0.3, public=True)
def nll_of_two_names(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`sequence_nll` gives the mean negative log-likelihood of “mira” and of “o”."""
    _same_values(student, reference, cell(rng, LIVELY), ["mira", "o"], "the loss of “{}”")


@question.check(points=0.4)
def nll_of_any_name(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`sequence_nll` agrees with the reference for other names, short and long, and other weights."""
    names = [word(rng, length) for length in (1, 2, 5, 12)]
    _same_values(student, reference, cell(rng, LIVELY), names, "the loss of a name")


@question.check(points=0.2)
def nll_forgets_other_names(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """The loss of a name is the same whatever names were read before it."""
    one, other = word(rng, 4), word(rng, 6)
    first, between, again = _values(student, cell(rng, LIVELY), [one, other, one])
    close(again, float(first), rtol=RTOL, atol=ATOL, what="the loss of a name read a second time", hint=STATE)
    if abs(first - between) < 1e-6:
        text = "`sequence_nll` gives two different names the same loss."
        raise Failed(text, summary=text, hint=LOSS)


@question.check(points=0.4)
def nll_has_the_right_gradients(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """The gradients of the loss with respect to all six weights and biases agree with the reference."""
    defined(student, "sequence_nll")
    model, name = cell(rng, LIVELY), word(rng, 6)
    found, right = student.probe("nll_gradients", model, name), reference.probe("nll_gradients", model, name)
    gradients = found["gradients"]
    if not found["tensor"] or found["numbers"] != 1:
        text = "`sequence_nll` must return a scalar tensor."
        raise Failed(text, summary=text, hint=GRAPH)
    stuck = [key for key in right["gradients"] if gradients[key] is None]
    if stuck:
        text = f"No gradient reaches {', '.join(stuck)}."
        raise Failed(text, summary=text, hint=GRAPH)
    try:
        for key, expected in right["gradients"].items():
            size = float(np.abs(expected).max())
            close(gradients[key], expected, rtol=1e-3, atol=3e-4 * size, what=f"the gradient at {key}", hint=GRAPH)
    except Failed as failed:
        if _parallel(gradients, right["gradients"]):
            text = "The gradients have the right direction, but not the right size, as the loss itself has not."
            raise Failed(text, summary=text, hint=LOSS, fraction=0.5) from failed
        raise


@question.check(points=0.1, public=True)
def train_changes_the_model(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`train` runs, and the model's weights are others than before."""
    facts_of(student, rng, "ada", 6)


@question.check(points=0.1, public=True, after=train_changes_the_model)
def train_returns_one_loss_an_epoch(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`train` trains for as many epochs as it is told, and returns the loss of each as a plain number."""
    facts = facts_of(student, rng, "ada", 6)
    if facts["agrees"] and not any(facts["agrees"]) and not facts["tracks"]:
        text = "None of the returned losses is one that the model had."
        raise Failed(text, summary=text, hint="Collect the loss that you call backward on, with loss.item().")
    _count(facts["returned"], facts["epochs"])
    if not facts["plain"]:
        text = "The losses are no plain numbers, or each still holds its graph."
        raise Failed(text, summary=text, hint="loss.item() is the number alone.", fraction=0.5)
    if not facts["finite"]:
        text = "Not every loss is a finite number."
        raise Failed(text, summary=text, hint="Look for the logarithm of zero, or a step that is far too large.")
    try:
        single = epochs_of(student, rng, "ada", 1)
    except CallError as error:
        raise Failed(f"With n_epochs=1: {error.message}", fraction=0.75) from error
    _count(single, 1)


@question.check(points=0.2, after=train_changes_the_model)
def train_reports_the_models_losses(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """Each returned loss is the one that the model had for the name of its epoch."""
    facts = facts_of(student, rng, word(rng, 3), 6, most=1100)
    if not facts["agrees"] or not all(facts["agrees"]):
        text = "`train` returns losses that the model did not have."
        if facts["agrees"] and facts["agrees"][0]:
            text = "The first loss that `train` returns is the model's, but not every later one is."
        raise Failed(
            text, summary=text, hint="What belongs in the list is the loss of this epoch's name, as it was computed."
        )


@question.check(points=0.3, after=train_changes_the_model)
def train_reaches_every_parameter(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """Training changes all six weights and biases, along the gradients of the loss."""
    facts = facts_of(student, rng, word(rng, 6), 6, LIVELY)
    still = [key for key, moved in facts["moved"].items() if not moved]
    if still:
        text = f"`train` does not change {', '.join(still)}."
        raise Failed(text, summary=text, hint="The optimiser needs all of rnn.parameters().")
    astray = [key for key, aligned in facts["aligned"].items() if not aligned]
    if astray and any(facts["agrees"]):  # a gradient of another loss is charged where the losses are
        text = f"What arrives at {', '.join(astray)} is not the gradient of the name's loss."
        raise Failed(text, summary=text, hint=GRAPH)


@question.check(points=0.3, after=train_changes_the_model)
def train_takes_a_fresh_step_each_epoch(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """Every epoch takes one step downhill, along the gradient of its own name alone."""
    facts = facts_of(student, rng, word(rng, 3), 6)
    text = ""
    if facts["downhill"] < 0:
        text, hint = "The first step makes the loss larger.", "A step goes against the gradient of the loss."
    elif facts["sees"] and facts["kept"]:
        text, hint = "Gradients of earlier names are still in the step.", "backward() adds to what is in grad already."
    elif facts["sees"] and facts["updates"] < min(facts["epochs"], abs(facts["returned"])) - 2:
        text, hint = "The model is not changed in every epoch.", STILL
    if text:
        raise Failed(text, summary=text, hint=hint)


@question.check(points=0.2, after=train_changes_the_model)
def train_draws_one_name_an_epoch(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """Each epoch learns from one name, and the names come from all over the list.

    The list has 100 names of five kinds. 30 names drawn at random from it are of fewer than three kinds in 1 of 10^11
    cases.
    """
    read = names_of(student, rng, 30)
    if not read["sees"]:
        return
    text = ""
    if read["foreign"]:
        text = "`train` learns from names that are not in the list it is given."
    elif read["together"] or (read["many"] and facts_of(student, rng, word(rng, 3), 6)["returned"] <= 6):
        text = "More than one name goes into an epoch."
    elif read["kinds"] < 3 and read["returned"] not in (0, 1, 2):
        text = f"`train` learns from {'the first name' if read['first'] else 'the same few names'} again and again."
    if text:
        raise Failed(text, summary=text, hint="In each epoch, draw one name at random from `names`.")


@question.check(points=0.4, after=train_changes_the_model)
def the_trained_model_is_better(student: Solution, reference: Solution, rng: np.random.Generator) -> Passed:
    """After training, the model predicts names that it has not seen better than before.

    The grader measures this itself, on 500 names, one symbol at a time; the returned losses may not claim more.
    Measured over 300 seeds at 200 epochs, the held-out loss of plain SGD falls by 0.018 nats at the least (mean 0.023),
    which is 62 standard errors of the difference (mean 77, spread 6), and Adam's by 0.52 nats, which is 36 (mean 53,
    spread 5). Four are asked for, so correct work fails in far fewer than one of a million cases. Honest losses are
    found to claim too much in fewer than 1 of 10^9 cases.
    """
    before, after, losses = long_run(student, rng, reference.value("NAMES"))
    evidence = {"losses": losses, "before": before.mean, "after": after.mean, "baselines": BASELINES}
    if not better(before, after):
        text = "On names that it has not seen, the trained model is no better than it was before."
        raise Failed(text, summary=text, hint=STILL, evidence=evidence)
    if claims_too_much(losses, after):
        text = "The returned losses are far lower than those that the trained model has."
        raise Failed(text, summary=text, fraction=0.5, evidence=evidence)
    return Passed(f"Nats a symbol on unseen names: {before.mean:.3f} before, {after.mean:.3f} after.", evidence)


@question.check(points=0.1, public=True, after=train_changes_the_model)
def train_has_the_defaults_asked_for(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`train` trains for 1,000 epochs with a learning rate of 0.0005 where nothing else is said."""
    found = student.probe("train_defaults")
    allowed = {
        "n_epochs": (1000, found["N_EPOCHS"], student.parameters.get("N_EPOCHS")),
        "lr": (0.0005, found["LEARNING_RATE"], student.parameters.get("LEARNING_RATE")),
    }
    for argument, values in allowed.items():
        if found[argument] is None or found[argument] not in values:
            text = f"The default of `{argument}` is not {values[0]}."
            raise Failed(text, summary=text, hint="Keep the signature that the answer cell came with.")


def _values(solution: Solution, model: dict[str, Any], names: Sequence[str]) -> list[float]:
    """The loss of each name, as a number; in an array of one number, too."""
    defined(solution, "sequence_nll")
    values = solution.probe("nll_values", model, list(names))
    return [float(finite_numbers(value, (), what="the loss of a name", hint=LOSS)) for value in values]


def _parallel(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether all parameters' gradients are the same positive multiple of the others."""
    a, b = (np.concatenate([np.ravel(parts[key]) for key in other]) for parts in (one, other))
    return bool(a @ b > 0.99999 * np.linalg.norm(a) * np.linalg.norm(b))


def _same_values(
    student: Solution, reference: Solution, model: dict[str, Any], names: Sequence[str], what: str
) -> None:
    got, expected = _values(student, model, names), _values(reference, model, names)
    wrong = []
    for name, one, right in zip(names, got, expected, strict=True):
        try:
            close(one, right, rtol=RTOL, atol=ATOL, what=what.format(name), hint=LOSS)
        except Failed as failed:
            wrong.append(failed)
    if wrong:
        wrong[0].fraction = 1 - len(wrong) / len(names)
        raise wrong[0]


def _count(returned: int, n_epochs: int) -> None:
    if returned == n_epochs:
        return
    found = "no list" if returned < 0 else "more losses" if returned > n_epochs else f"only {returned}"
    text = f"With n_epochs={n_epochs}, `train` must return a list of {n_epochs} losses; it returns {found}."
    raise Failed(text, summary=text, hint="Each epoch adds one loss to the list.")
