"""Marks every known answer to the review questions at full size: the right ones in full, none of the wrong ones.

    python benchmarks/full_size.py --data FOLDER --device cuda --jobs 8 --to results.jsonl

The reference and every correct variant take every check of their question, five epochs over 25,000 reviews among them.
A wrong answer takes one after the other until it has lost marks. Each result is printed and written as it comes, and
one that `--to` holds is not made again, so that a run may be stopped and goes on. Exit status 1 where a right answer
loses marks, or a wrong one does not.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from graders.catalog.assignment import Assignment, Data
from graders.catalog.loader import load
from graders.commands.datasets import prepared_data
from graders.grading.checking import LOST, derive, try_check, use_one_thread
from graders.model import Outcome, Verdict
from graders.runners import mps
from graders.runners.pool import Factory, Lost, Pool, Work

ROOT = Path(__file__).resolve().parents[1]
PROFILE = "full"
QUESTIONS = ("sentiment_rnn", "sentiment_lstm")


@dataclass(frozen=True)
class Answer:
    """An answer to a question, by its name: right or wrong."""

    question: str
    name: str
    right: bool


@dataclass(frozen=True)
class Marked:
    """What became of it: the checks that it lost, or did not pass for sure, and what its training reached."""

    question: str
    name: str
    right: bool
    lost: list[str]
    accuracy: float | None
    seconds: float

    @property
    def as_it_should_be(self) -> bool:
        """Whether a right answer has lost nothing, and a wrong one something."""
        return bool(self.lost) != self.right


def main() -> None:
    """Mark them, print and keep each as it comes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--to", type=Path, default=Path("full_size.jsonl"))
    parser.add_argument("--only", default="", help="a pattern of their names")
    parser.add_argument("--without", default="$^", help="a pattern of those that are left out")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="when to stop")
    options = parser.parse_args()
    loaded = load("practical09", ROOT)
    data = prepared_data(loaded, PROFILE, options.data)
    given = {"DEVICE": options.device, "IMDB_EPOCHS": options.epochs, "DATA": str(data.public) if data else ""}
    loaded = loaded.prepared(PROFILE, {**loaded.parameters(PROFILE), **given}, data)
    wanted = [one for one in answers(loaded) if re.search(options.only, one.name)]
    wanted = [one for one in wanted if not re.search(options.without, one.name)]
    lines = options.to.read_text("utf-8").splitlines() if options.to.is_file() else []
    results = {Answer(one.question, one.name, one.right): one for one in (Marked(**json.loads(line)) for line in lines)}
    todo, started = [one for one in wanted if one not in results], time.monotonic()
    factory = partial(marking, dict(loaded.parameters(PROFILE)), data)
    with options.to.open("a", encoding="utf-8") as file:
        for answer, found in run(factory, todo, options.jobs, options.device == "cuda"):
            if isinstance(found, Lost):
                sys.exit(f"{answer.name} broke down: {found.detail}")
            results[answer] = found
            print(f"{time.monotonic() - started:5.0f} s  {told(found)}", flush=True)
            file.write(json.dumps(asdict(found)) + "\n")
            file.flush()
            if time.monotonic() - started > options.seconds:
                break
    sys.exit(summary([one for one in results.values() if Answer(one.question, one.name, one.right) in wanted], wanted))


def answers(assignment: Assignment) -> list[Answer]:
    """The wrong ones first, for they are soon caught; then the right ones of both questions in turn."""
    wrong = [Answer(one.question, one.name, False) for one in assignment.misconceptions if one.question in QUESTIONS]
    right = [Answer(question, "reference", True) for question in QUESTIONS]
    right += [Answer(one.question, one.name, True) for one in assignment.variants if one.question in QUESTIONS]
    return wrong + right


def run(factory: Factory, todo: list[Answer], jobs: int, on_gpu: bool) -> Iterator[tuple[Answer, Any]]:
    """Each answer and what became of it; several at a time, over a server of MPS where one starts."""
    with mps.seats(jobs) if on_gpu else nullcontext([{}]) as seats:
        pool = Pool(factory, jobs, seats).run(todo)
        try:
            yield from ((todo[number], found) for number, found in pool)
        finally:
            pool.close()


@contextmanager
def marking(parameters: dict[str, Any], data: Data | None) -> Iterator[Work]:
    """A worker's tool: marks an answer."""
    assignment = load("practical09", ROOT).prepared(PROFILE, parameters, data)
    use_one_thread()
    yield partial(marked, assignment)


def marked(assignment: Assignment, answer: Answer) -> Marked:
    """Mark an answer, as a student's would be, in this process."""
    known = {(one.question, one.name): one for one in (*assignment.variants, *assignment.misconceptions)}
    student = assignment.solution(PROFILE, known.get((answer.question, answer.name)))
    reference, verdicts, started = assignment.solution(PROFILE), dict[str, Verdict](), time.perf_counter()
    question = next(one for one in assignment.questions if one.id == answer.question)
    seed = derive(b"full size", answer.question, answer.name)
    for check in question.checks:
        verdicts[check.name], _ = try_check(check, question, lambda _: student, reference, seed, verdicts)
        if not answer.right and verdicts[check.name].outcome in LOST:
            break
    lost = [
        f"{one.check} ({one.outcome}: {one.message})" for one in verdicts.values() if one.outcome is not Outcome.PASSED
    ]
    reached = [one.evidence["accuracy"] for one in verdicts.values() if "accuracy" in (one.evidence or {})]
    taken = round(time.perf_counter() - started, 1)
    return Marked(answer.question, answer.name, answer.right, lost, reached[0] if reached else None, taken)


def told(found: Marked) -> str:
    """A line for a person."""
    kind = "right" if found.right else "wrong"
    verdict = "as it should be" if found.as_it_should_be else "NOT AS IT SHOULD BE"
    reached = "" if found.accuracy is None else f" {found.accuracy:.3f}"
    return (
        f"{verdict}: {kind} {found.question} {found.name}{reached} {found.seconds:.0f} s {'; '.join(found.lost)[:160]}"
    )


def summary(results: list[Marked], wanted: list[Answer]) -> int:
    """Print how many are as they should be, and which are left; the exit status."""
    for right, word in ((True, "right answers in full"), (False, "wrong answers caught")):
        made = [one for one in results if one.right == right]
        print(f"{sum(one.as_it_should_be for one in made)} of {len(made)} {word}.")
    known = {(one.question, one.name) for one in results}
    left = [one.name for one in wanted if (one.question, one.name) not in known]
    print(f"Left: {', '.join(left) or 'none'}.")
    return 0 if all(one.as_it_should_be for one in results) else 1


if __name__ == "__main__":
    main()
