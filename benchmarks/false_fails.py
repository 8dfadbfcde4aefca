"""How often the graders fail somebody who is right.

    python benchmarks/false_fails.py --seeds 1000 --runs 2000

The reference and every correct variant take every check with so many seeds each. The checks that judge by statistics,
or that train a model, are run so many times each, in turn by all who are right. Prints a line a question and kind of
check, and every failure; exit status 1 when there is one.
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

import numpy as np
import torch

from graders.authoring.question import Question
from graders.authoring.solution import Solution
from graders.catalog.assignment import Assignment
from graders.catalog.loader import load
from graders.grading.checking import run_check, word
from graders.model import Check, Outcome, Verdict
from graders.runners.local import cpus

ROOT = Path(__file__).resolve().parents[1]
BY_CHANCE = {
    "training": ("the_trained_model_is_better",),
    "sampling": (
        "draws_differ",
        "follows_the_distribution",
        "follows_any_distribution",
        "stays_within_the_k",
        "renormalises_the_k",
        "large_k_is_everything",
        "names_follow_the_model",
    ),
    "sentiment_rnn": ("classifies_unseen_reviews",),
    "sentiment_lstm": ("classifies_unseen_reviews",),
}
PORTION = 25  # seeds in one task of a worker


@dataclass(frozen=True)
class Portion:
    """Some seeds of one correct solution; of its checks either those that judge by chance, or the others."""

    question: str
    name: str
    by_chance: bool
    seeds: tuple[int, ...]


def main() -> None:
    """Count, and print as it goes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--questions", nargs="*", help="all by default")
    parser.add_argument("--only", default="", help="part of the names of those who are tried")
    parser.add_argument("--jobs", type=int, default=cpus())
    options = parser.parse_args()
    portions = [
        portion
        for portion in _portions(_assignment(), options.seeds, options.runs)
        if (not options.questions or portion.question in options.questions) and options.only in portion.name
    ]
    people = Counter[tuple[str, bool]]()
    verdicts, fails, seconds = Counter[tuple[str, bool]](), Counter[tuple[str, bool]](), Counter[tuple[str, bool]]()
    left = Counter((portion.question, portion.by_chance) for portion in portions)
    names = {(portion.question, portion.by_chance, portion.name) for portion in portions}
    people.update((question, kind) for question, kind, _ in names)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.jobs, mp_context=context, initializer=_one_thread) as workers:
        for portion, (count, found, took) in zip(portions, workers.map(tried, portions), strict=True):
            key = (portion.question, portion.by_chance)
            verdicts[key] += count
            fails[key] += len(found)
            seconds[key] += took
            left[key] -= 1
            for line in found:
                print(f"  {line}", flush=True)
            if not left[key]:
                kind = "by chance" if portion.by_chance else "certain"
                numbers = f"{people[key]:3} solutions {verdicts[key]:8} verdicts {seconds[key]:7.0f} s of CPU"
                print(f"{portion.question:15} {kind:10} {numbers}   {fails[key]} false fails", flush=True)
    print(f"{sum(fails.values())} false fails in {sum(verdicts.values())} verdicts")
    sys.exit(bool(sum(fails.values())))


def _portions(assignment: Assignment, seeds: int, runs: int) -> Iterator[Portion]:
    for question in assignment.questions:
        if all(check.written for check in question.checks):
            continue
        names = ["", *(item.name for item in assignment.variants if item.question == question.id)]
        for name in names:
            for numbers in _cut(range(seeds)):
                yield Portion(question.id, name, False, numbers)
        for place, name in enumerate(names if question.id in BY_CHANCE else ()):
            for numbers in _cut(range(place, runs, len(names))):
                yield Portion(question.id, name, True, numbers)


def _cut(numbers: range) -> Iterator[tuple[int, ...]]:
    for start in range(0, len(numbers), PORTION):
        yield tuple(numbers[start : start + PORTION])


def tried(portion: Portion) -> tuple[int, list[str], float]:
    """How many verdicts there were, those that should not be, and the CPU seconds."""
    assignment, started = _assignment(), time.process_time()
    question = next(q for q in assignment.questions if q.id == portion.question)
    item = next((item for item in assignment.variants if item.name == portion.name), None)
    student, reference = assignment.solution("quick", item), assignment.solution("quick")
    chancy = BY_CHANCE.get(question.id, ())
    checks = [check for check in question.checks if (check.name in chancy) == portion.by_chance and not check.written]
    found = []
    for seed in portion.seeds:
        for check in checks:
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()), np.errstate(all="ignore"):
                verdict = _verdict(check, question, student, reference, seed)
            if verdict.outcome not in (Outcome.PASSED, Outcome.PENDING):  # what a person reads has lost nothing
                who = portion.name or "reference"
                found.append(
                    f"{question.id}.{check.name} fails {who}, seed {seed}: {verdict.detail or verdict.message}"
                )
    return len(portion.seeds) * len(checks), found, time.process_time() - started


def _verdict(check: Check, question: Question, student: Solution, reference: Solution, seed: int) -> Verdict:
    """The verdict of a check that waits for no other one, and draws again even where it is public."""
    alone = replace(check, public=False, after=None)
    return run_check(alone, question, student, reference, word(seed, "false fails", question.id), {})


@functools.cache
def _assignment() -> Assignment:
    return load("practical09", ROOT)


def _one_thread() -> None:
    torch.set_num_threads(1)


if __name__ == "__main__":
    main()
