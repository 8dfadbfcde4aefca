"""Why the largest score is subtracted: marked by a person."""

from graders import Question, RubricItem

question = Question("why_shift", title="Why subtract the largest score?", points=1)

question.written(
    "explanation",
    "Why the largest score may be subtracted, and why one does it",
    RubricItem("harmless", 0.5, "It says why the probabilities stay the same: the common factor cancels."),
    RubricItem("useful", 0.5, "It says what is gained: no exponent above zero, so nothing overflows."),
)
