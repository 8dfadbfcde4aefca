"""Correct answers to `equations` in many notations: those of `equations_right.md`."""

from pathlib import Path

from graders.catalog.notations import right_answers

globals().update(right_answers(Path(__file__).with_name("equations_right.md"), "equations", __name__))
