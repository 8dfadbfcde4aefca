"""What a handed-in notebook shows of its training on the film reviews: accuracies and losses, read from its outputs.

These are claims. They earn nothing, and are shown next to what the grader has measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graders import QuestionReport, ShownResult

Shown = Sequence[tuple[str | None, str]]

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


def shown_results(shown: Shown, questions: Sequence[QuestionReport]) -> dict[str, ShownResult]:
    """Question -> what the notebook shows of it, next to what was measured where the real reviews were trained on."""
    measured = {
        question.id: verdict.evidence["accuracy"]
        for question in questions
        for verdict in question.verdicts
        if verdict.evidence and "accuracy" in verdict.evidence and "auc" in verdict.evidence
    }
    return {id: _result(claim, measured.get(id)) for id, claim in claims(shown).items()}


def _result(claim: Mapping[str, Any], measured: float | None) -> ShownResult:
    accuracy, losses = claim.get("accuracy"), claim.get("losses", [])
    parts = [] if accuracy is None else [f"an accuracy of {accuracy:.1%}"]
    if losses:
        parts.append("the losses " + ", ".join(f"{loss:.3f}" for loss in losses[:10]) + ", …" * (len(losses) > 10))
    text = " and ".join(parts)
    if accuracy is None or measured is None:
        return ShownResult(text)
    return ShownResult(text, f"{measured:.1%}", far_off(accuracy, measured))


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
