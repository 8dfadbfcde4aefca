"""What is wrong with a run of `train`, in words: each function raises `Failed` where the run proves a mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import numpy as np

from graders import Failed
from graders.practical09.training.cell import LAYERS, Floats
from graders.practical09.training.judge import ALONG, Judge, near
from graders.practical09.training.runs import Unclear

STEP = "An epoch is the loss of one name, its gradients, and one step of an optimiser that has rnn.parameters()."
TOO_LARGE = (
    "The steps are far too large, and each leaps over what the ones before have learned: the optimiser gets `lr` as it "
    "is, not a multiple of it or a number of your own."
)
LOSS = "What belongs in the list is the loss of this epoch's name, as it was computed."
DRAW = "In each epoch, draw one name at random from `names`."
FEW = 8  # different names among 20 drawn from 120, below which they were not drawn each time
SEVERAL = 3  # epochs that must show a mistake before it is one


def moves_along_gradients(judge: Judge) -> None:
    """The weights have changed, and along the gradients of the names' losses, down or up."""
    if not any(judge.moved.values()):
        _unmoved(judge)
    if not np.isfinite(judge.run.end).all():
        _fail("After training, weights of the model are not finite numbers.", "The steps are far too large.")
    if abs(judge.direction) < ALONG:
        _fail("The weights change, but not along the gradients of the losses of names.", STEP)


def _unmoved(judge: Judge) -> NoReturn:
    run, cause = judge.run, None
    backward, stepped = bool(np.nan_to_num(run.standing).any()), len(run.steps) > 0
    if run.copied and not run.reads:
        cause = "train_a_copy"
    elif backward and not stepped:
        cause = "train_without_step"
    elif backward and (run.steps <= 0).all():
        cause = "train_zeroes_before_the_step"
    elif stepped and not backward and (run.steps < 0).all():
        cause = "train_without_backward"
    elif not run.reads and not stepped and run.losses:
        cause = "train_makes_losses_up"
    _fail("`train` leaves the model as it was.", STEP, cause)


def returns_a_loss_an_epoch(judge: Judge) -> None:
    """There are as many losses as epochs were asked for, each a finite number without a graph."""
    run = judge.run
    if run.losses is None:
        _no_list(judge)
        return
    count, asked = len(run.losses), run.n_epochs
    if count != asked and run.kind == "tuple" and None in run.losses:
        text = f"`train` returns a tuple of {count} things; asked for is the list of {asked} losses alone."
        _fail("`train` returns more than the list of losses.", "return losses", "train_returns_the_model_too", text)
    if count != asked:
        found = f"more: {count}" if count > asked else f"only {count}"
        text = f"With n_epochs={asked}, `train` must return a list of {asked} losses; it returns {found}."
        finding = "`train` does not return one loss an epoch."
        _fail(finding, "Each epoch adds one loss to the list.", _miscounted(judge), text)
    if None in run.losses or run.graphs:
        cause = "train_returns_graphs" if None not in run.losses else None
        text = "The losses are no plain numbers, or each still holds its graph."
        _fail(text, "loss.item() is the number alone.", cause, keep=0.5)
    if not np.isfinite(np.array(run.losses, float)).all():
        text = "Not every loss is a finite number."
        _fail(text, "Look for the logarithm of zero, or a step that is far too large.")


def _miscounted(judge: Judge) -> str | None:
    """The mistake that another number of losses, and as many steps, prove."""
    count, asked = len(judge.run.losses or ()), judge.run.n_epochs
    if count > asked and judge.updates > 2 * asked:
        return "train_for_epochs_of_its_own"
    if judge.updates != count:
        return None
    return {1: "train_returns_before_the_second", asked - 1: "train_one_epoch_short"}.get(count)


def _no_list(judge: Judge) -> None:
    run = judge.run
    if run.stopped and _many_an_epoch(judge):
        return  # charged where the names are
    if run.stopped:
        text = f"With n_epochs={run.n_epochs}, `train` goes on and on: it was stopped after many times as many steps."
        cause = "train_for_epochs_of_its_own" if judge.observed and judge.updates > 2 * run.n_epochs else None
        _fail("`train` goes on and on, and was stopped.", "The loop takes n_epochs turns.", cause, text)
    cause = "train_returns_nothing" if run.kind == "NoneType" else None
    if run.single is not None and judge.observed and near(run.single, judge.had[-1:]).any():
        cause = "train_returns_the_last_loss"
    text = "`train` must return a list with the loss of each epoch; it returns no list."
    _fail(text, "Each epoch adds one loss to the list.", cause)


def reports_its_losses(judge: Judge) -> None:
    """Each returned loss is one that the model had for a name, in the order in which they were read."""
    run = judge.run
    if run.losses is None or (run.kind == "tuple" and None in run.losses):
        return  # charged where the list is
    matches = judge.matches() if judge.observed else judge.within_reach()
    if all(matches) or (judge.observed and judge.fits(judge.means)):  # several names a step are charged elsewhere
        return
    cause = _made_of(judge) if judge.observed else None
    if cause is None and sum(read.carried > 1e-6 for read in judge.reads) >= SEVERAL:
        cause = "train_carries_the_state_on"
    text = "`train` returns losses that the model did not have."
    if matches[0] and cause is None:
        text = "The first loss that `train` returns is the model's, but not every later one is."
    _fail(text, LOSS, cause)


def _made_of(judge: Judge) -> str | None:
    """The mistake that makes the returned losses, number by number, out of those that the model had."""
    reads = judge.epochs
    where = [judge.run.reads.index(read) for read in reads]
    had, lengths = judge.had[where], np.array([len(read.name) + 1 for read in reads])
    made: dict[str, Callable[[Floats], Floats]] = {
        "train_returns_running_means": lambda v: np.cumsum(v) / np.arange(1, len(v) + 1),
        "train_returns_running_sums": np.cumsum,
        "train_returns_sums": lambda v: v * lengths,
    }
    return next((cause for cause, make in made.items() if judge.fits(make(had).tolist())), None)


def reaches_every_part(judge: Judge) -> None:
    """All six weights and biases have changed, and the gradient of the name's loss has arrived at each."""
    still = [name for name, moved in judge.moved.items() if not moved]
    if still:
        cause = None
        if still == [f"{layer}.bias" for layer in LAYERS]:
            cause = "train_weights_only"
        elif not any(name.startswith("h2o") for name in still) and len(still) == 4:
            cause = "train_output_layer_only"
        _fail(f"`train` does not change {', '.join(still)}.", "The optimiser needs all of rnn.parameters().", cause)
    first = judge.arrived[:1]
    if (
        first and first[0].astray and all(judge.matches()[:1] or [False])
    ):  # another loss is charged where the losses are
        text = f"What arrives at {', '.join(first[0].astray)} is not the gradient of the name's loss."
        _fail(text, "Keep every log-probability a tensor, and hand the state on as it is.")


def takes_fresh_steps(judge: Judge) -> None:
    """Each epoch takes one step downhill, along the gradient of its own names alone."""
    if judge.direction > ALONG:
        text = "The steps make the loss larger."
        _fail(text, "A step goes against the gradient of the loss.", "train_uphill")
    kept = [found.kept for found in judge.arrived if not np.isnan(found.kept)]
    exactly = [abs(share - 1) < 0.02 for share in kept]
    if sum(exactly) >= SEVERAL:
        if not all(found.explained for found in judge.arrived[:SEVERAL]):
            raise Unclear
        text = "Gradients of earlier names are still in the step."
        _fail(text, "backward() adds to what is in grad already.", "train_without_zero_grad")
    run = judge.run
    if judge.observed and judge.updates < min(run.n_epochs, len(run.losses or ()) or run.n_epochs) - 2:
        cause = {0: None, 1: "train_steps_at_the_end"}.get(judge.updates, "train_steps_now_and_then")
        _fail("The model is not changed in every epoch.", STEP, cause)


def draws_a_name_an_epoch(judge: Judge) -> None:
    """Each epoch learns from one name, and the names come from all over the list.

    20 names drawn at random from 120 are fewer than 9 different ones in fewer than 1 of 10^11 cases.
    """
    if not judge.observed:
        return
    run, known = judge.run, set(judge.run.names)
    drawn = [read.name for read in judge.epochs]
    if len({name for name in drawn if name not in known}) >= SEVERAL:
        _fail("`train` learns from names that are not in the list it is given.", DRAW, _elsewhere(judge))
    side_by_side = [found for found in judge.arrived if found.explained and len(found.names) > 1]
    if len(side_by_side) >= SEVERAL and judge.updates >= run.n_epochs - 2:
        _fail("More than one name goes into a step.", DRAW, "train_on_a_batch")
    if _many_an_epoch(judge):
        cause = "train_on_the_whole_list" if drawn[: run.n_epochs] == list(run.names[: run.n_epochs]) else None
        _fail("More than one name goes into an epoch.", DRAW, cause)
    few = len(set(drawn)) <= FEW or set(drawn) <= set(run.names[: 2 * FEW])  # in turn, 20 names would all be others
    if few and len(drawn) >= run.n_epochs - 2:
        alone = len(set(drawn)) == 1
        cause = "train_on_a_few_names" if set(drawn) <= set(run.names[: 2 * FEW]) else None
        if alone:
            cause = f"train_on_{'the_first' if drawn[0] == run.names[0] else 'one_drawn'}_name"
        which = "the same name" if alone else "the same few names"
        _fail(f"`train` learns from {which} again and again.", DRAW, cause)


def _many_an_epoch(judge: Judge) -> bool:
    """Whether the model was changed for far more names than there were epochs, which were taken one after the other.

    Names that are drawn come again: the 100 that are looked at are all different in fewer than 1 of 10^20 cases.
    """
    run, drawn = judge.run, [read.name for read in judge.epochs]
    more = judge.observed and len(drawn) > 2 * run.n_epochs
    in_turn = len(set(drawn[: len(run.names)])) == len(drawn[: len(run.names)])
    return more and (in_turn if run.stopped else len(run.losses or ()) <= run.n_epochs)


def _elsewhere(judge: Judge) -> str | None:
    """Names from elsewhere are the notebook's where they are as long as real names are."""
    lengths = [len(read.name) for read in judge.epochs]
    return "train_on_all_names" if np.mean(lengths) > 4 else None


def _fail(finding: str, hint: str, cause: str | None = None, values: str | None = None, keep: float = 0.0) -> NoReturn:
    raise Failed(finding, values=values, hint=hint, misconception=cause, keep=keep)
