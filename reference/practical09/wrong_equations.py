"""Wrong answers to `equations` in many notations, none of which a machine may give what it breaks."""

from pathlib import Path

from graders.catalog.notations import wrong_answers

globals().update(wrong_answers(Path(__file__).with_name("equations_wrong.md"), "equations", __name__))
