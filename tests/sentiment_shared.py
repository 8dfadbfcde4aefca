"""Shared by the tests of the two sentiment questions: who loses which checks, and what a student reads."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import torch
from alternatives import lost, named, solution
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from graders import Question
from graders.authoring.solution import ModuleSolution
from graders.catalog.assignment import Assignment
from graders.catalog.loader import load
from graders.grading.checking import grade_question
from graders.grading.diagnosis import explain
from graders.model import Check, QuestionReport

ACCURACY = "classifies_unseen_reviews"
LEARNS = "learns_one_batch"


class Model(nn.Module):
    """A classifier in a student's own words: other names, another order of the layers, another initialisation."""

    kind: type[Any] = nn.RNN
    both = False

    def __init__(self, vocab_size: int, embedding_dim: int = 128, hidden_dim: int = 256, pad_idx: int = 0) -> None:
        super().__init__()
        self.to_logit = nn.Linear((1 + self.both) * hidden_dim, 1)
        self.reader = self.kind(embedding_dim, hidden_dim, batch_first=True, bidirectional=self.both)
        self.words = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        nn.init.normal_(self.to_logit.weight)

    def forward(self, tokens: Any, lengths: Any) -> Any:
        """One logit a review."""
        packed = pack_padded_sequence(self.words(tokens), lengths, batch_first=True, enforce_sorted=False)
        _, h = self.reader(packed)
        h = h[0] if isinstance(h, tuple) else h
        return self.to_logit(torch.cat(list(h), dim=1)).squeeze(1)


def without(question: Question, *names: str) -> Question:
    """The question without some of its checks."""
    found = Question(question.id, title=question.title, points=question.points)
    for check in question.checks:
        if check.name not in names:
            found._add(check)
    return found


def only(question: Question, name: str) -> Check:
    """One of its checks."""
    return next(check for check in question.checks if check.name == name)


def lost_quickly(question: Question, student: ModuleSolution | str | None = None, seed: int = 0) -> set[str]:
    """The checks that a student, an alternative or the reference loses, but for those that train models."""
    if not isinstance(student, ModuleSolution):
        student = solution(named(student) if student else None)
    return lost(without(question, ACCURACY, LEARNS), student, seed)


@cache
def assignment() -> Assignment:
    """Practical 9."""
    return load("practical09")


def told(question: Question, names: Sequence[str] = (), seed: int = 3, **changes: Any) -> QuestionReport:
    """The report, with its diagnosis, of a student who has all these misconceptions, and these names."""
    student = assignment().solution("quick")
    for name in names:
        student.namespace = named(name).applied_to(student.namespace)
    student.namespace |= changes
    short, reference = without(question, ACCURACY, LEARNS), assignment().solution("quick")
    report, records = grade_question(short, lambda _: student, reference, seed)
    return explain(report, records, assignment(), "quick")


def is_told(report: QuestionReport, name: str) -> bool:
    """Whether the feedback says what a misconception's docstring says."""
    return any(named(name).explanation in (verdict.hint or "") for verdict in report.verdicts)
