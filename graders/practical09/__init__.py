"""Practical 9, recurrent neural networks: a folder or a module a question, and what they share."""

from graders import AssignmentPackage
from graders.practical09 import (
    by_hand,
    equations,
    numpy_forward,
    rnn_cell,
    sampling,
    sampling_discussion,
    sentiment_discussion,
    sentiment_lstm,
    sentiment_rnn,
    training,
)
from graders.practical09.datasets.imdb import IMDB
from graders.practical09.sentiment.imdb import calibrated
from graders.practical09.shown_results import shown_results

PACKAGE = AssignmentPackage(
    questions=(
        equations.question,
        by_hand.question,
        numpy_forward.question,
        rnn_cell.question,
        training.question,
        sampling.question,
        sampling_discussion.question,
        sentiment_rnn.question,
        sentiment_lstm.question,
        sentiment_discussion.question,
    ),
    datasets=(IMDB,),
    shown_results=shown_results,
    measures=calibrated.MEASURES,
    measured_variants=calibrated.VARIANTS,
)
