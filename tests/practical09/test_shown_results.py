"""What a notebook shows of its own results is read, shown next to what was measured, and believed by nobody."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_reports import report

from graders import ShownResult
from graders.notebooks.reading import shown_text
from graders.practical09.shown_results import claims, far_off
from graders.report.classroom.page import render_index
from graders.report.csv import faults
from graders.report.html import render_report
from graders.report.text import remark

PROVIDED = "SentimentRNN: losses 0.693 0.612 0.488\naccuracy on 25,000 test reviews: 84.2%\n"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("run-sentiment-rnn", PROVIDED, {"sentiment_rnn": {"accuracy": 0.842, "losses": [0.693, 0.612, 0.488]}}),
        (None, "LSTM test accuracy = 0.871", {"sentiment_lstm": {"accuracy": 0.871}}),
        (None, "RNN acc: 51 %\nRNN acc: 53 %", {"sentiment_rnn": {"accuracy": 0.53}}),
        (None, "training RNN, loss: 0.69\nloss: 0.5", {"sentiment_rnn": {"losses": [0.69, 0.5]}}),
        ("run-sentiment-lstm", "accuracy on 25,000 test reviews: 100.0%", {"sentiment_lstm": {"accuracy": 1.0}}),
        (None, "accuracy 0.9 of something else", {}),
        ("run-sentiment-rnn", "accuracy: 250 %", {}),
        ("run-sentiment-rnn", "", {}),
    ],
)
def test_results_are_read_as_people_print_them(name: str | None, text: str, expected: dict[str, Any]) -> None:
    """From the provided cells in any wording, from others where they name the model; the last accuracy counts."""
    assert claims([(name, text)]) == expected


@given(st.text(max_size=200), st.sampled_from(["run-sentiment-rnn", None]))
def test_no_text_breaks_the_reader(text: str, name: str | None) -> None:
    """Whatever is printed, what is read are shares and numbers."""
    for claim in claims([(name, text), (name, "RNN accuracy " + text)]).values():
        assert 0 <= claim.get("accuracy", 0) <= 1 and all(isinstance(loss, float) for loss in claim.get("losses", []))


@given(st.lists(st.dictionaries(st.sampled_from(["text", "data"]), st.none() | st.text() | st.lists(st.integers()))))
def test_no_output_breaks_the_reader(outputs: list[dict[str, Any]]) -> None:
    """A file may say anything of its outputs."""
    assert isinstance(shown_text(outputs), str)


@pytest.mark.parametrize("line", ["step 7 loss: 0.5 ", "accuracy acc ", "loss 1.1.1.1.1 ", "RNN "])
def test_megabytes_of_progress_hide_no_result(line: str) -> None:
    """The result is found at the end of 30 MB that were printed before it, in no time."""
    text = line * (30_000_000 // len(line)) + "\nRNN accuracy: 0.75"
    assert claims([("run-sentiment-rnn", text)])["sentiment_rnn"]["accuracy"] == 0.75


def test_text_comes_from_streams_and_results() -> None:
    """As nbformat keeps them, whole or in lines."""
    outputs = [{"text": ["a\n", "b\n"]}, {"data": {"text/plain": "c"}}, {"ename": "E"}]
    assert shown_text(outputs) == "a\nb\nc"


def test_staff_see_a_claim_that_is_far_off() -> None:
    """On the page of the class, in the table and on the student's page; an honest one is only shown."""
    assert far_off(0.91, 0.52) and not far_off(0.86, 0.84)
    shown = ShownResult("an accuracy of 91.0% and the losses 0.600, 0.200", "52.0%", True)
    sound = [q for q in report().questions if all(v.outcome.value != "internal" for v in q.verdicts)]
    doubtful = replace(report(), questions=tuple(sound), shown_results={sound[0].id: shown})
    sentence = f"{sound[0].id} shows an accuracy of 91.0% and the losses 0.600, 0.200 where 52.0% was measured"
    assert faults(doubtful) == remark(doubtful) == sentence and sentence in render_index([doubtful])
    page = render_report(doubtful)
    assert all(words in page for words in ("91.0%", "0.600, 0.200", "measured 52.0%", "a person will look at it"))
    honest = replace(doubtful, shown_results={sound[0].id: replace(shown, measured="90.0%", far_off=False)})
    assert faults(honest) == "" and "a person will look" not in render_report(honest)
