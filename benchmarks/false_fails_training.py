"""How often the checks of `training` fail somebody who is right: many seeds, many optimisers.

    python benchmarks/false_fails_training.py --seeds 50 --runs 20 --epochs 200

For the reference, every correct variant and every optimiser of the list below, all checks but the long run are made
for so many seeds, and the long run for so many. It prints by how much each passes where a threshold is judged by
chance, at the least over all seeds: the cosine between the change of the weights and the gradients (`ALONG` is asked
for), how much further the weights go with the larger learning rate (`FOLLOWS`), and by how much the loss on unseen
names falls, in nats and in standard errors (`FAIR`). With `--wrong` the same is printed for a
`train` whose steps ignore the rate, or know nothing of the gradients. Exit status 1 when anybody who is right fails.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import torch

from graders import CallError, Failed
from graders.authoring.solution import ModuleSolution
from graders.catalog.assignment import Assignment
from graders.catalog.loader import load
from graders.practical09.training.checks import SLOWER, question, the_trained_model_is_better
from graders.practical09.training.held_out import FAIR, claims_too_much
from graders.practical09.training.judge import Judge
from graders.practical09.training.runs import RATE, TrainingTask, hidden_size, long_task, measured, short_task

ROOT = Path(__file__).resolve().parents[1]
OPTIMISERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "SGD": lambda p, lr: torch.optim.SGD(p, lr),
    "SGD, momentum 0.9": lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9),
    "SGD, 20 times the rate": lambda p, lr: torch.optim.SGD(p, 20 * lr),
    "SGD, 200 times the rate": lambda p, lr: torch.optim.SGD(p, 200 * lr),
    "SGD, weight decay 0.01": lambda p, lr: torch.optim.SGD(p, lr, weight_decay=0.01),
    "Adam": lambda p, lr: torch.optim.Adam(p, lr),
    "Adam, amsgrad": lambda p, lr: torch.optim.Adam(p, lr, amsgrad=True),
    "Adam, 10 times the rate": lambda p, lr: torch.optim.Adam(p, 10 * lr),
    "AdamW": lambda p, lr: torch.optim.AdamW(p, lr),
    "Adamax": lambda p, lr: torch.optim.Adamax(p, lr),
    "NAdam": lambda p, lr: torch.optim.NAdam(p, lr),
    "RAdam": lambda p, lr: torch.optim.RAdam(p, lr),
    "RMSprop": lambda p, lr: torch.optim.RMSprop(p, lr),
    "Adagrad": lambda p, lr: torch.optim.Adagrad(p, lr),
    "Adadelta": lambda p, lr: torch.optim.Adadelta(p, lr),
    "ASGD": lambda p, lr: torch.optim.ASGD(p, lr),
}


def main() -> None:
    """Count, and print as it goes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--only", default="", help="part of the names of those who are tried")
    parser.add_argument("--wrong", action="store_true", help="try those who are wrong")
    options = parser.parse_args()
    torch.set_num_threads(1)
    assignment = load("practical09", ROOT)
    bad = 0
    for name, student in wrong(assignment) if options.wrong else candidates(assignment):
        student.parameters = {**student.parameters, "N_EPOCHS": options.epochs}
        if options.only in name:
            bad += examine(assignment, name, student, options.seeds, options.runs)
    print(f"{bad} fails")
    sys.exit(bool(bad) and not options.wrong)


def candidates(assignment: Assignment) -> Iterator[tuple[str, ModuleSolution]]:
    """Everybody who is right."""
    yield "reference", assignment.solution("quick")
    for item in assignment.variants:
        if item.question == question.id:
            yield item.name, assignment.solution("quick", item)
    for name, make in OPTIMISERS.items():
        yield name, put(assignment, trainer(make, assignment.reference.names["sequence_nll"]))


def wrong(assignment: Assignment) -> Iterator[tuple[str, ModuleSolution]]:
    """Steps that ignore the rate, by each optimiser; and steps at random."""
    nll = assignment.reference.names["sequence_nll"]
    for name, make in OPTIMISERS.items():
        yield f"{name}, own rate", put(assignment, trainer(lambda p, lr, make=make: make(p, 0.0005), nll))
    yield "at random", put(assignment, at_random)


def put(assignment: Assignment, train: Callable[..., Any]) -> ModuleSolution:
    """The reference with another `train`."""
    student = assignment.solution("quick")
    student.namespace["train"] = train
    return student


def at_random(rnn: Any, names: list[str], n_epochs: int = 1000, lr: float = 0.0005) -> list[float]:
    """Steps that know nothing of the gradients."""
    with torch.no_grad():
        for parameter in rnn.parameters():
            parameter += lr * torch.randn_like(parameter)
    return [3.3] * n_epochs


def trainer(make: Callable[..., torch.optim.Optimizer], nll: Callable[..., torch.Tensor]) -> Callable[..., list[float]]:
    """A plain `train` with this optimiser."""

    def train(rnn: Any, names: list[str], n_epochs: int = 1000, lr: float = 0.0005) -> list[float]:
        optimiser = make(rnn.parameters(), lr)
        losses = []
        for _ in range(n_epochs):
            loss = nll(rnn, random.choice(names))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        return losses

    return train


def examine(assignment: Assignment, name: str, student: ModuleSolution, seeds: int, runs: int) -> int:
    """One of them: the short checks, then the long run; how many times it fails."""
    reference, bad = assignment.solution("quick"), 0
    quick = [check for check in question.checks if check is not the_trained_model_is_better]
    cosines, ratios, falls, errors = [], [], [], []
    for seed in range(seeds):
        bad += sum(fails(check.run, student, reference, seed) for check in quick)
        rng = np.random.default_rng(seed)
        task = short_task(rng, RATE)
        fast = run(task, student, seed, whole=True)
        slow = run(replace(task, rate=RATE * SLOWER), student, seed + 1)
        cosines.append(abs(Judge(fast).direction))
        ratios.append(float(np.linalg.norm(fast.end - fast.start) / np.linalg.norm(slow.end - slow.start)))
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        task = long_task(rng, reference.value("NAMES"), student, hidden_size(rng))
        trained = run(task, student, seed)
        before, after = measured(task, trained)
        difference = before.losses - after.losses
        falls.append(before.mean - after.mean)
        errors.append(difference.mean() / difference.std(ddof=1) * np.sqrt(len(difference)))
        bad += min(errors) <= FAIR or claims_too_much([loss for loss in trained.losses or [] if loss], after)
    told = [f"{least(values):8.3f} {what}" for values, what in ((cosines, "cosine"), (ratios, "times"))]
    told += [f"{least(values):8.3f} {what}" for values, what in ((falls, "nats"), (errors, "standard errors"))]
    print(f"{name:36} {'  '.join(told)}   largest ratio {max(ratios, default=0):.2f}   {bad} fails", flush=True)
    return bad


def least(values: list[Any]) -> float:
    """The least of some numbers."""
    return float(min(values, default=np.nan))


def run(task: TrainingTask, student: ModuleSolution, seed: int, *, whole: bool = False) -> Any:
    """One training with the student's own two functions."""
    settle(seed)
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        return task.run(student, asking=False, whole=whole)


def fails(run: Any, student: ModuleSolution, reference: ModuleSolution, seed: int) -> bool:
    """Whether a check that ought to pass does not."""
    settle(seed)
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            run(student, reference, np.random.default_rng(seed))
    except (Failed, CallError) as error:
        print(f"  seed {seed}: {error}", flush=True)
        return True
    return False


def settle(seed: int) -> None:
    """Seed what the students draw from."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


if __name__ == "__main__":
    main()
