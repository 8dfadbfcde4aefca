"""What a handed-in notebook shows of its training on the film reviews: accuracies and losses, read from its outputs.

These are claims. They earn nothing, and are shown beside what the grader has measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

MODELS = {"sentiment_rnn": "RNN", "sentiment_lstm": "LSTM"}
CELLS = {"run-sentiment-rnn": "sentiment_rnn", "run-sentiment-lstm": "sentiment_lstm"}
ACCURACY = re.compile(
    r"\bacc(?:uracy)?\b[^\n%]{0,60}?(?<![\d.,])(\d{1,3}(?:\.\d+)?\s*%|[01]?\.\d+|1\.0+)", re.IGNORECASE
)
LOSSES = re.compile(r"\bloss(?:es)?\b[^\d\n]{0,20}((?:\d+\.\d+[ ,;\]]*)+)", re.IGNORECASE)
NUMBER = re.compile(r"\d+\.\d+")
FAR = 0.05  # between a claimed and a measured accuracy: more than the chance of another seed makes
MOST = 100  # losses that are kept
READ = 100_000  # characters of a cell's text


def claims(shown: Iterable[tuple[str | None, str]]) -> dict[str, dict[str, Any]]:
    """Question -> `accuracy`, a share, and `losses`, where the notebook shows them.

    Args:
        shown: for each cell its name, where it has one, and the text that it printed. What a cell of another name
            prints counts where it names the model.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, text in shown:
        for question, model in MODELS.items():
            if CELLS.get(name or "") != question and not re.search(rf"(?<![A-Za-z]){model}\b|Sentiment{model}\b", text):
                continue
            end = text[-READ:]  # results come last
            accuracies = [_share(match) for match in ACCURACY.findall(end)]
            losses = [float(number) for run in LOSSES.findall(end) for number in NUMBER.findall(run)]
            claim = found.setdefault(question, {})
            if known := [share for share in accuracies if share is not None]:
                claim["accuracy"] = known[-1]
            if losses:
                claim["losses"] = losses[:MOST]
    return {question: claim for question, claim in found.items() if claim}


def far_off(claimed: float, measured: float) -> bool:
    """Whether a claimed accuracy is not what a run with another seed would have given."""
    return abs(claimed - measured) > FAR


def _share(text: str) -> float | None:
    number = float(text.rstrip("% \t")) / (100 if "%" in text else 1)
    return round(number, 6) if 0 <= number <= 1 else None
