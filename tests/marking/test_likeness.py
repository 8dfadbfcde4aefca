"""Which submissions share code: copies with other names are reported, right answers that look alike are not."""

from dataclasses import replace
from pathlib import Path

import pytest
from sample_reports import graded

from graders.archive.classroom import likeness
from graders.archive.classroom.likeness import alike_in, compare_class
from graders.archive.store import Store
from graders.marking.likeness.pairs import alike
from graders.marking.likeness.passages import passages
from graders.model import CellRun

GIVEN = "import numpy as np\n\ndef rnn_forward(x, h0, W_xh, W_hh, b_h, W_hy, b_y):\n    raise NotImplementedError\n"
LOOP = """def rnn_forward(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    state, states, outputs = h0, [], []
    for step in range(len(x)):
        state = np.tanh(W_xh @ x[step] + W_hh @ state + b_h)
        states.append(state)
        scores = W_hy @ state + b_y
        outputs.append(np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum())
    return np.array(states), np.array(outputs)
"""
ODD = """
def clipped(values, limit=12.5, floor=-12.5):
    kept = [limit if value > limit else floor if value < floor else value for value in values]
    while len(kept) % 3:
        kept.insert(0, sum(kept) / (len(kept) + 1))
    return {index: (value ** 2, -value, str(value)[:4]) for index, value in enumerate(kept) if value or index}
"""


def test_a_copy_with_other_names_and_comments_is_told() -> None:
    """And those who only wrote the same right answer are not."""
    renamed = ODD.replace("kept", "behalten").replace("value", "x").replace("limit", "top") + "# my own work\n"
    texts = [GIVEN + LOOP for _ in range(8)] + [GIVEN + LOOP + ODD, GIVEN + LOOP + renamed]
    ((one, other, share),) = alike([passages(text) for text in texts], passages(GIVEN))
    assert (one, other) == (8, 9) and share > 0.9


def test_a_copy_that_comes_later_is_recognised(tmp_path: Path) -> None:
    """The fingerprints of an earlier run, which are kept, are those that a later one takes."""
    with Store(tmp_path / "a.db") as store:
        for student, code in (("ada", LOOP + ODD), ("bob", GIVEN), ("eve", LOOP + ODD)):
            made = graded(student, content=student.encode())
            store.keep(replace(made, cells=(CellRun(0, "numpy_forward", code),)))
            assert compare_class(store, "practical09", [GIVEN]) is None
        (pair,) = alike_in(store, "practical09")
    assert {pair.one, pair.other} == {"ada", "eve"} and pair.share > 0.9


def test_the_same_short_answers_say_nothing() -> None:
    """Nor does what the notebook gives, nor an empty class."""
    assert alike([passages(GIVEN + LOOP)] * 10, passages(GIVEN)) == []
    assert alike([passages(GIVEN)] * 3, passages(GIVEN)) == []
    assert alike([]) == [] and alike([[], []]) == [] and passages("x") == []


def test_cells_that_were_left_as_they_are_say_nothing_in_whatever_order_they_stand(tmp_path: Path) -> None:
    """What stands where one stub ends and the next begins belongs to nobody."""
    stubs = [GIVEN.replace("rnn_forward", name).replace("np", name) for name in ("one", "two", "three", "four")]
    with Store(tmp_path / "a.db") as store:
        for student, left in (("ada", stubs), ("bob", stubs[1:]), ("eve", stubs[::2])):
            made = graded(student, content=student.encode())
            cells = tuple(CellRun(place, "numpy_forward", code) for place, code in enumerate(left))
            store.keep(replace(made, cells=cells))
        assert compare_class(store, "practical09", ["import torch", *stubs]) is None
        assert alike_in(store, "practical09") == []


def test_a_class_is_compared_once_a_submission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fingerprints are taken of new submissions alone; the page has the pairs, and a failure is reported."""
    with Store(tmp_path / "a.db") as store:
        for student, code in (("ada", ODD), ("bob", ODD), ("eve", LOOP)):
            cells = (CellRun(1, "numpy_forward", code), CellRun(2, None, GIVEN))
            made = graded(student, content=student.encode())
            store.keep(type(made)(**vars(made) | {"cells": cells}))
        assert compare_class(store, "practical09", [GIVEN]) is None
        (pair,) = alike_in(store, "practical09")
        assert {pair.one, pair.other} == {"ada", "bob"} and pair.share == 1.0
        monkeypatch.setattr(likeness, "_passages", lambda texts: pytest.fail("nothing is new"))
        assert compare_class(store, "practical09", [GIVEN]) is None
        monkeypatch.setattr(likeness, "_passages", lambda texts: [])
        store.keep(graded("new", content=b"new"))
        assert "could not be found out" in (compare_class(store, "practical09", [GIVEN]) or "")
