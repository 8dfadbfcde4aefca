"""The softmax of scores: one public check, which students run themselves, and two hidden ones."""

import numpy as np

from graders import Question, close

question = Question("softmax", title="Softmax", points=3)


@question.check(points=1, public=True)
def works_on_the_example(student, reference, rng):
    """The scores 1, 2 and 3, twice, give the probabilities of the worked example."""
    scores = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]])
    close(student.call("softmax", scores), reference.call("softmax", scores))


@question.check(points=1)
def agrees_on_random_scores(student, reference, rng):
    """The probabilities are right for arrays of random sizes, with one, two or three axes."""
    for axes in (1, 2, 3):
        scores = rng.normal(0, 2, rng.integers(2, 6, axes))
        close(student.call("softmax", scores), reference.call("softmax", scores))


@question.check(points=1, after=works_on_the_example)
def survives_large_scores(student, reference, rng):
    """Scores in the thousands, and below minus a thousand, still give probabilities."""
    for centre in (2000.0, -2000.0):
        scores = centre + rng.normal(0, 2, (3, 5))
        close(student.call("softmax", scores), reference.call("softmax", scores))
