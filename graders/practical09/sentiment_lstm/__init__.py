"""The sentiment of film reviews by a bidirectional LSTM."""

from graders.practical09.sentiment_lstm.checks import question

__all__ = ["question"]
