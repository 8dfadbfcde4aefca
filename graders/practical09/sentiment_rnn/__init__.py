"""The sentiment of film reviews by a plain RNN."""

from graders.practical09.sentiment_rnn.checks import question

__all__ = ["question"]
