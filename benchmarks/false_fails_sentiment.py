"""How often the checks of the sentiment questions fail somebody who is right.

    python benchmarks/false_fails_sentiment.py --seeds 1000

For the reference and every correct variant, every check is made for so many seeds; those that train on reviews for
which a threshold is calibrated only with --slow. For what is tried several times (`learns_one_batch`) it also prints
how many first tries failed. Exit status 1 when anything fails.
"""

from __future__ import annotations

import argparse
import random
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import torch

from graders import CallError, Failed
from graders.catalog import load
from graders.practical09 import sentiment_lstm, sentiment_rnn
from graders.recording import Recording
from graders.solution import ModuleSolution

ROOT = Path(__file__).resolve().parents[1]
SLOW = ("classifies_unseen_reviews",)


def main() -> None:
    """Count, and print as it goes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--only", default="", help="part of the names of those who are tried")
    parser.add_argument("--slow", action="store_true", help="only the checks that train on many reviews")
    options = parser.parse_args()
    torch.set_num_threads(1)
    assignment = load("practical09", ROOT)
    reference = assignment.solution("quick")
    bad = 0
    for question in (sentiment_rnn.question, sentiment_lstm.question):
        own = {item.name: item for item in assignment.variants if item.question == question.id}
        checks = [check for check in question.checks if (check.name in SLOW) == options.slow]
        for name in ("reference", *own):
            if options.only in name:
                student = assignment.solution("quick", own.get(name))
                found = [
                    tried(check.run, student, reference, seed) for check in checks for seed in range(options.seeds)
                ]
                failed, again = sum(fails for fails, _ in found), sum(calls > 1 for _, calls in found)
                print(f"{question.id:15} {name:32} {failed} fails, {again} second tries of {options.seeds}", flush=True)
                bad += failed
    print(f"{bad} false fails")
    sys.exit(bool(bad))


def tried(run: Any, student: ModuleSolution, reference: ModuleSolution, seed: int) -> tuple[bool, int]:
    """Whether a check that ought to pass does not, and how often it has trained a model."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    watched = Recording(student)
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            run(watched, reference, np.random.default_rng(seed))
    except (Failed, CallError) as error:
        print(f"  seed {seed}: {error}", flush=True)
        return True, 0
    return False, sum(call.name in ("fitted_logits", "unseen_logits") for call in watched.calls)


if __name__ == "__main__":
    main()
