"""How often the checks of `training` fail somebody who is right: many seeds, many optimisers.

    python benchmarks/false_fails_training.py --seeds 50 --runs 20 --epochs 200

For the reference and every correct variant, all checks but the long run are made for so many seeds. For these and for
every optimiser of the list below, the long run is made for so many: it prints by how much the loss on unseen names
falls, in nats and in standard errors (`FAIR` are asked for), the least and the mean. Exit status 1 when anything fails.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import torch

from graders import CallError, Failed
from graders.catalog import Assignment, load
from graders.practical09.training import question, the_trained_model_is_better
from graders.practical09.training_held_out import FAIR, claims_too_much
from graders.practical09.training_runs import long_run
from graders.solution import ModuleSolution

ROOT = Path(__file__).resolve().parents[1]
OPTIMISERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "SGD": lambda p, lr: torch.optim.SGD(p, lr),
    "SGD, momentum 0.9": lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9),
    "SGD, rate 0.01": lambda p, lr: torch.optim.SGD(p, 0.01),
    "SGD, rate 0.1": lambda p, lr: torch.optim.SGD(p, 0.1),
    "SGD, weight decay 0.01": lambda p, lr: torch.optim.SGD(p, lr, weight_decay=0.01),
    "Adam": lambda p, lr: torch.optim.Adam(p, lr),
    "Adam, amsgrad": lambda p, lr: torch.optim.Adam(p, lr, amsgrad=True),
    "Adam, rate 0.005": lambda p, lr: torch.optim.Adam(p, 0.005),
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
    options = parser.parse_args()
    torch.set_num_threads(1)
    assignment = load("practical09", ROOT)
    bad = 0
    for name, student in candidates(assignment, options.epochs):
        if options.only in name:
            bad += examine(assignment, name, student, options.seeds, options.runs)
    print(f"{bad} false fails")
    sys.exit(bool(bad))


def candidates(assignment: Assignment, epochs: int) -> Iterator[tuple[str, ModuleSolution]]:
    """Everybody who is right."""
    own = {
        item.name: assignment.solution("quick", item) for item in assignment.variants if item.question == question.id
    }
    everybody = {"reference": assignment.solution("quick")} | own
    for name, make in OPTIMISERS.items():
        everybody[name] = assignment.solution("quick")
        everybody[name].namespace["train"] = trainer(make, assignment.reference.names["sequence_nll"])
    for name, student in everybody.items():
        student.parameters = {**student.parameters, "N_EPOCHS": epochs}
        yield name, student


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
    for seed in range(seeds):
        bad += sum(fails(check.run, student, reference, seed) for check in quick)
    falls, sizes = [], []
    for seed in range(runs):
        settle(seed)
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            before, after, losses = long_run(student, np.random.default_rng(seed), reference.value("NAMES"))
        difference = before.losses - after.losses
        falls.append(before.mean - after.mean)
        bad += claims_too_much(losses, after)
        sizes.append(difference.mean() / difference.std(ddof=1) * np.sqrt(len(difference)))
        bad += fails(the_trained_model_is_better.run, student, reference, seed) if min(sizes) <= FAIR else 0
    if runs:
        nats = f"{min(falls):8.4f} {np.mean(falls):8.4f} nats"
        errors = f"{min(sizes):7.1f} {np.mean(sizes):7.1f} standard errors, spread {np.std(sizes):5.1f}"
        print(f"{name:36} {nats} {errors}   {bad} fails", flush=True)
    else:
        print(f"{name:36} {bad} fails", flush=True)
    return bad


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
